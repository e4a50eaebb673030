//! Snapshots and cursors that merge the live tree with the pre-images.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use super::images::Sequence;
use super::live::{Chunk, LiveTree};
use super::versioned::Shared;
use crate::engine::{Cursor, Direction, Entry, KeyRange, Snapshot};
use crate::error::Result;

/// How many rows a cursor fetches first; short scans shouldn't pay for long ones.
const CHUNK_ROWS_MIN: usize = 16;
const CHUNK_ROWS_MAX: usize = 512;
const CHUNK_BYTES_MAX: usize = 1024 * 1024;

/// Keeps the pre-images that a reader of one state needs, until it is dropped.
pub(super) struct Reader<T: LiveTree> {
    shared: Arc<Shared<T>>,
    at: Sequence,
}

impl<T: LiveTree> Reader<T> {
    pub(super) fn enter(shared: &Arc<Shared<T>>) -> Self {
        let at = shared.images().enter();
        Self {
            shared: Arc::clone(shared),
            at,
        }
    }
}

impl<T: LiveTree> Clone for Reader<T> {
    fn clone(&self) -> Self {
        self.shared.images().enter_again(self.at);
        Self {
            shared: Arc::clone(&self.shared),
            at: self.at,
        }
    }
}

impl<T: LiveTree> Drop for Reader<T> {
    fn drop(&mut self) {
        self.shared.images().leave(self.at);
    }
}

impl<T: LiveTree> Snapshot for Reader<T> {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let live = self.shared.tree.get(key)?;
        let seen = self.shared.readable(self.at)?.seen(key, self.at);
        let value = seen.unwrap_or(live);
        if let Some(value) = &value {
            read(value.as_ref());
        }
        Ok(value.is_some())
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> Result<Box<dyn Cursor>> {
        let rest = if range.is_empty() {
            None
        } else {
            Some(range.clone())
        };
        Ok(Box::new(MergedCursor {
            reader: self.clone(),
            rest,
            direction,
            chunk_rows: CHUNK_ROWS_MIN,
            fetched: VecDeque::new(),
            current: None,
        }))
    }
}

struct MergedCursor<T: LiveTree> {
    reader: Reader<T>,
    /// What has not been fetched yet; nothing once the range is done.
    rest: Option<KeyRange>,
    direction: Direction,
    chunk_rows: usize,
    fetched: VecDeque<(T::Bytes, T::Bytes)>,
    current: Option<(T::Bytes, T::Bytes)>,
}

impl<T: LiveTree> Cursor for MergedCursor<T> {
    fn next(&mut self) -> Result<Option<Entry<'_>>> {
        while self.fetched.is_empty() && self.rest.is_some() {
            self.fetch()?;
        }
        self.current = self.fetched.pop_front();
        Ok(self
            .current
            .as_ref()
            .map(|(key, value)| (key.as_ref(), value.as_ref())))
    }
}

impl<T: LiveTree> MergedCursor<T> {
    /// Fetches the next stretch of the range and shrinks the rest by it.
    fn fetch(&mut self) -> Result<()> {
        // The rest stays as it is until the stretch is there: an error must not look like the end.
        let Some(range) = self.rest.clone() else {
            return Ok(());
        };
        let rows_max = self.chunk_rows;
        self.chunk_rows = (rows_max * 2).min(CHUNK_ROWS_MAX);
        let shared = &self.reader.shared;
        let mut live = shared
            .tree
            .chunk(&range, self.direction, rows_max, CHUNK_BYTES_MAX)?;

        // The images of the stretch that the live chunk covers: up to its last key, or all of the range.
        let covered = match live.entries.last() {
            Some((last, _)) if !live.exhausted => up_to(&range, last.as_ref(), self.direction),
            _ => range.clone(),
        };
        let images = shared.readable(self.reader.at)?;
        let mut seen = images.seen_in(covered.bounds(), self.direction, self.reader.at, rows_max);
        drop(images);

        let mut exhausted = live.exhausted;
        let mut stop = live.entries.last().map(|(key, _)| key.clone());
        if seen.len() == rows_max {
            // There may be more images in the stretch than were listed, so it ends at the last listed one.
            exhausted = false;
            stop = seen.last().map(|(key, _)| key.clone());
            let end = stop.as_ref().map_or(&[][..], AsRef::as_ref);
            let direction = self.direction;
            live.entries
                .retain(|(key, _)| walk_order(key.as_ref(), end, direction) != Ordering::Greater);
        }
        self.rest = match stop {
            Some(stop) if !exhausted => Some(behind(range, stop.as_ref(), self.direction)),
            _ => None,
        }
        .filter(|rest| !rest.is_empty());
        merge(live, &mut seen, self.direction, &mut self.fetched);
        Ok(())
    }
}

/// Puts the entries that a reader sees into `merged`: images win over live entries.
fn merge<B: AsRef<[u8]>>(
    live: Chunk<B>,
    seen: &mut Vec<(B, Option<B>)>,
    direction: Direction,
    merged: &mut VecDeque<(B, B)>,
) {
    let mut seen = seen.drain(..).peekable();
    for (key, value) in live.entries {
        let mut replaced = false;
        while let Some((image_key, _)) = seen.peek() {
            let order = walk_order(image_key.as_ref(), key.as_ref(), direction);
            if order == Ordering::Greater {
                break;
            }
            replaced = order == Ordering::Equal;
            if let Some((image_key, Some(image))) = seen.next() {
                merged.push_back((image_key, image));
            }
        }
        if !replaced {
            merged.push_back((key, value));
        }
    }
    merged.extend(seen.filter_map(|(key, image)| image.map(|image| (key, image))));
}

fn walk_order(left: &[u8], right: &[u8], direction: Direction) -> Ordering {
    match direction {
        Direction::Forward => left.cmp(right),
        Direction::Backward => right.cmp(left),
    }
}

/// The part of a range up to a key, in walking order.
fn up_to(range: &KeyRange, last: &[u8], direction: Direction) -> KeyRange {
    let bound = Bound::Included(last.to_vec());
    match direction {
        Direction::Forward => KeyRange {
            start: range.start.clone(),
            end: bound,
        },
        Direction::Backward => KeyRange {
            start: bound,
            end: range.end.clone(),
        },
    }
}

/// The part of a range behind a key, in walking order.
fn behind(range: KeyRange, last: &[u8], direction: Direction) -> KeyRange {
    let bound = Bound::Excluded(last.to_vec());
    match direction {
        Direction::Forward => KeyRange {
            start: bound,
            end: range.end,
        },
        Direction::Backward => KeyRange {
            start: range.start,
            end: bound,
        },
    }
}
