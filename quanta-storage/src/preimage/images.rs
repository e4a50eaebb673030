//! The pre-images themselves and the snapshots they are kept for. A plain value: locking is up to its owner.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use crate::engine::Direction;

/// Counts commits: a snapshot at sequence `t` shows the commits `1..=t`.
pub(crate) type Sequence = u64;

/// The bytes that a pre-image takes besides its key and value.
const IMAGE_OVERHEAD_BYTES: usize = 96;

/// What commit `by` replaced under a key; no value if the key was absent.
struct Image<B> {
    by: Sequence,
    value: Option<B>,
}

pub(crate) struct Images<B> {
    /// The last commit that snapshots may see.
    published: Sequence,
    /// How many snapshots and cursors are open, by what they show.
    readers: BTreeMap<Sequence, usize>,
    /// Snapshots below this have lost their pre-images.
    floor: Sequence,
    by_key: BTreeMap<B, VecDeque<Image<B>>>,
    /// The keys of each commit's images, oldest commit first.
    by_commit: VecDeque<(Sequence, Vec<B>)>,
    bytes: usize,
    bytes_max: usize,
}

impl<B: AsRef<[u8]> + std::borrow::Borrow<[u8]> + Ord + Clone> Images<B> {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            published: 0,
            readers: BTreeMap::new(),
            floor: 0,
            by_key: BTreeMap::new(),
            by_commit: VecDeque::new(),
            bytes: 0,
            bytes_max,
        }
    }

    pub(crate) fn published(&self) -> Sequence {
        self.published
    }

    pub(crate) fn has_readers(&self) -> bool {
        !self.readers.is_empty()
    }

    /// Registers a reader of the present state.
    pub(crate) fn enter(&mut self) -> Sequence {
        let at = self.published;
        *self.readers.entry(at).or_default() += 1;
        at
    }

    /// Registers one more reader of a state that has one.
    pub(crate) fn enter_again(&mut self, at: Sequence) {
        *self.readers.entry(at).or_default() += 1;
    }

    pub(crate) fn leave(&mut self, at: Sequence) {
        if let Some(count) = self.readers.get_mut(&at) {
            *count -= 1;
            if *count == 0 {
                self.readers.remove(&at);
                self.drop_unneeded();
            }
        }
    }

    pub(crate) fn is_too_old(&self, at: Sequence) -> bool {
        at < self.floor
    }

    /// Records what the next commit is about to replace.
    pub(crate) fn record(&mut self, replaced: Vec<(B, Option<B>)>) {
        let by = self.published + 1;
        let mut keys = Vec::with_capacity(replaced.len());
        for (key, value) in replaced {
            self.bytes += image_bytes(&key, value.as_ref());
            keys.push(key.clone());
            self.by_key.entry(key).or_default().push_back(Image { by, value });
        }
        self.by_commit.push_back((by, keys));
        self.give_up_oldest();
    }

    /// Makes the next commit visible.
    pub(crate) fn publish(&mut self) {
        self.published += 1;
        self.drop_unneeded();
    }

    /// Looks up what a reader sees instead of the live value; `None` if it sees the live one.
    pub(crate) fn seen(&self, key: &[u8], at: Sequence) -> Option<Option<B>> {
        self.by_key.get(key).and_then(|images| first_after(images, at))
    }

    /// Lists what a reader sees instead of the live entries of a range, in the direction of its walk.
    pub(crate) fn seen_in(
        &self,
        range: (Bound<&[u8]>, Bound<&[u8]>),
        direction: Direction,
        at: Sequence,
        rows_max: usize,
    ) -> Vec<(B, Option<B>)> {
        let walk = self.by_key.range::<[u8], _>(range);
        let seen = |(key, images): (&B, &VecDeque<Image<B>>)| {
            first_after(images, at).map(|value| (key.clone(), value))
        };
        match direction {
            Direction::Forward => walk.filter_map(seen).take(rows_max).collect(),
            Direction::Backward => walk.rev().filter_map(seen).take(rows_max).collect(),
        }
    }

    /// Drops the images that no reader, present or future, can ask for.
    fn drop_unneeded(&mut self) {
        let oldest = self
            .readers
            .range(self.floor..)
            .next()
            .map_or(self.published, |(at, _)| *at);
        let oldest = oldest.min(self.published);
        while self.by_commit.front().is_some_and(|(by, _)| *by <= oldest) {
            let Some((by, keys)) = self.by_commit.pop_front() else {
                break;
            };
            for key in keys {
                self.drop_image(&key, by);
            }
        }
    }

    fn drop_image(&mut self, key: &B, by: Sequence) {
        let Some(images) = self.by_key.get_mut(key.as_ref()) else {
            return;
        };
        if images.front().is_some_and(|image| image.by == by)
            && let Some(image) = images.pop_front()
        {
            self.bytes -= image_bytes(key, image.value.as_ref());
        }
        if images.is_empty() {
            self.by_key.remove(key.as_ref());
        }
    }

    /// Sacrifices the oldest readers until the rest fits the limit.
    ///
    /// What the commit in progress replaces is always kept: readers of the present state need it.
    fn give_up_oldest(&mut self) {
        while self.bytes > self.bytes_max {
            let oldest = self
                .readers
                .range(self.floor..self.published)
                .next()
                .map(|(at, _)| *at);
            let Some(oldest) = oldest else { break };
            self.floor = oldest + 1;
            self.drop_unneeded();
        }
    }
}

fn first_after<B: Clone>(images: &VecDeque<Image<B>>, at: Sequence) -> Option<Option<B>> {
    images
        .iter()
        .find(|image| image.by > at)
        .map(|image| image.value.clone())
}

fn image_bytes<B: AsRef<[u8]>>(key: &B, value: Option<&B>) -> usize {
    IMAGE_OVERHEAD_BYTES + 2 * key.as_ref().len() + value.map_or(0, |value| value.as_ref().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks through many orders of opening, closing and writing: in the end nothing may be left.
    #[test]
    fn nothing_outlives_its_readers() {
        let mut state = 7_u32;
        let mut images: Images<Vec<u8>> = Images::new(usize::MAX);
        let mut open = Vec::new();
        for _ in 0..2_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [choice, key, ..] = state.to_be_bytes();
            match choice % 4 {
                0 => open.push(images.enter()),
                1 if !open.is_empty() => images.leave(open.swap_remove(usize::from(key) % open.len())),
                _ => {
                    let value = Some(vec![choice; usize::from(key)]).filter(|_| choice > 99);
                    images.record(vec![(vec![key % 8], value)]);
                    images.publish();
                }
            }
            if open.is_empty() {
                assert_eq!(
                    (images.bytes, images.by_key.len(), images.by_commit.len()),
                    (0, 0, 0)
                );
            }
        }
        for at in open {
            images.leave(at);
        }
        assert_eq!(
            (images.bytes, images.by_key.len(), images.by_commit.len()),
            (0, 0, 0)
        );
    }

    /// Two readers see the value of their time, whatever is written afterwards.
    #[test]
    fn readers_see_the_first_image_after_them() {
        let mut images: Images<Vec<u8>> = Images::new(usize::MAX);
        let first = images.enter();
        images.record(vec![(b"k".to_vec(), None)]);
        images.publish();
        let second = images.enter();
        assert_eq!(images.seen(b"k", first), Some(None));
        assert_eq!(images.seen(b"k", second), None);
        images.record(vec![(b"k".to_vec(), Some(b"1".to_vec()))]);
        // Not yet published: the present still shows what is about to be replaced.
        assert_eq!(images.seen(b"k", images.published()), Some(Some(b"1".to_vec())));
        images.publish();
        assert_eq!(images.seen(b"k", first), Some(None));
        assert_eq!(images.seen(b"k", second), Some(Some(b"1".to_vec())));
        assert_eq!(images.seen(b"k", images.published()), None);
    }
}
