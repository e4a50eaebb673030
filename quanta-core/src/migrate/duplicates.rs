//! Finding rows that are told apart by their keys only: equal values under a unique index, equal keys after a re-key.
//!
//! Memory is bounded whatever the number of rows: values are hashed to 128 bits, and a pass over the rows takes the
//! range of hashes that fits. Two values count as equal if their hashes are; with BLAKE3 that takes 2^64 tries to
//! force.

use std::ops::{ControlFlow, RangeInclusive};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Result;
use crate::schema::limits::DUPLICATES_BYTES_MAX;

/// Duplicates that are listed by key.
pub const SHOWN_DUPLICATES_MAX: usize = 10;
/// Bytes of a duplicated value that is shown; of a longer one only the rows are named.
const SHOWN_VALUE_BYTES_MAX: usize = 1024;
/// A hash, and a byte for each that is repeated.
const BYTES_PER_HASH: usize = 17;

/// Takes a row key and the bytes that must be its own; breaks if it needs no more rows.
pub type See<'a> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>> + 'a;

/// Shows all rows in the order of their keys. It is called several times and has to show the same each time. A row
/// may be shown with several values, each once, or not at all.
pub type EachRow<'a> = dyn FnMut(&mut See<'_>) -> Result<()> + 'a;

/// Rows whose value a row with a lower key has too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// How many there are: a row with several such values counts for each of them.
    pub count: u64,
    /// The first ones in the order of row keys, at most [`SHOWN_DUPLICATES_MAX`].
    pub first: Vec<Duplicate>,
}

/// One row whose value a row with a lower key has too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// Its key.
    pub row_key: Vec<u8>,
    /// The lowest row key that has the value: that row survives where the others are dropped.
    pub survivor: Vec<u8>,
    /// The value, unless it is too long to show.
    pub value: Option<Vec<u8>>,
}

/// Memory to look for duplicates in, which several threads share.
#[derive(Debug, Clone)]
pub struct Room {
    bytes: usize,
    threads: Arc<AtomicUsize>,
}

impl Room {
    /// Shares out all there is.
    #[must_use]
    pub fn shared_by(threads: usize) -> Self {
        Self {
            bytes: DUPLICATES_BYTES_MAX,
            threads: Arc::new(AtomicUsize::new(threads)),
        }
    }

    /// Returns the bytes that a thread may take now. The others have no more each: that was shared out when there were as
    /// many threads, or more.
    #[must_use]
    pub fn part(&self) -> usize {
        self.bytes / self.threads.load(Ordering::Relaxed).max(1)
    }

    /// Leaves the part of one thread to the others.
    pub fn leave(&self) {
        self.threads.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Finds every row whose value a row with a lower key has too, and calls `each` with its key. One pass calls it in
/// the order of keys; a store that needs several passes has several such runs. Each takes what there is room for, and the
/// same is found however much that is.
///
/// # Errors
///
/// Those of `rows` and `each`.
pub fn find_duplicates(
    room: &Room,
    rows: &mut EachRow<'_>,
    each: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<Duplicates> {
    find_within(&|| room.part() / BYTES_PER_HASH, rows, each)
}

/// Does it with at most that many hashes at a time.
fn find_within(
    hashes_max: &dyn Fn() -> usize,
    rows: &mut EachRow<'_>,
    each: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<Duplicates> {
    let mut found = Found::default();
    let mut lowest = 0;
    loop {
        let pass = Pass::over(lowest, hashes_max(), rows)?;
        let end = *pass.range.end();
        found.name(pass, rows, each)?;
        match end.checked_add(1) {
            Some(next) => lowest = next,
            None => break,
        }
    }
    found.with_survivors(rows)
}

/// Hashes of one range, gathered in one look at all rows.
struct Pass {
    range: RangeInclusive<u128>,
    /// At most twice each once they are compacted.
    hashes: Vec<u128>,
    hashes_max: usize,
}

impl Pass {
    /// Gathers the hashes from `lowest` on, as far as they fit.
    fn over(lowest: u128, hashes_max: usize, rows: &mut EachRow<'_>) -> Result<Self> {
        // Half of what is compacted stays, and that has to be more than one value twice.
        let hashes_max = hashes_max.max(8);
        let mut pass = Self {
            range: lowest..=u128::MAX,
            hashes: Vec::new(),
            hashes_max,
        };
        rows(&mut |_, value| {
            let hash = hash(value);
            if pass.range.contains(&hash) {
                pass.add(hash);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(pass)
    }

    fn add(&mut self, hash: u128) {
        if self.hashes.len() == self.hashes_max {
            self.compact();
            if !self.range.contains(&hash) {
                return;
            }
        }
        if self.hashes.len() == self.hashes.capacity() {
            let room = self.hashes_max - self.hashes.len();
            self.hashes
                .reserve_exact(self.hashes.len().clamp(1024, 1 << 20).min(room));
        }
        self.hashes.push(hash);
    }

    /// Leaves at most two of each hash, and gives up the upper part of the range if they still fill more than half.
    fn compact(&mut self) {
        self.hashes.sort_unstable();
        let mut kept = 0;
        for position in 0..self.hashes.len() {
            let hash = self.hashes[position];
            if kept < 2 || self.hashes[kept - 2] != hash {
                self.hashes[kept] = hash;
                kept += 1;
            }
        }
        self.hashes.truncate(kept);
        if kept <= self.hashes_max / 2 {
            return;
        }
        let bound = self.hashes[kept / 2];
        self.hashes
            .truncate(self.hashes.partition_point(|hash| *hash < bound));
        debug_assert!(!self.hashes.is_empty(), "two of each hash are less than half");
        self.range = *self.range.start()..=bound - 1;
    }

    /// Leaves the hashes that are there twice, once each.
    fn repeated(mut self) -> Vec<u128> {
        self.hashes.sort_unstable();
        let mut kept = 0;
        for position in 1..self.hashes.len() {
            let hash = self.hashes[position];
            let is_repeated = self.hashes[position - 1] == hash;
            if is_repeated && (kept == 0 || self.hashes[kept - 1] != hash) {
                self.hashes[kept] = hash;
                kept += 1;
            }
        }
        self.hashes.truncate(kept);
        self.hashes
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    count: u64,
    /// Row keys in order, each with the hash of its value.
    first: Vec<(Vec<u8>, u128)>,
}

impl Found {
    /// Looks at all rows again and names those that come second.
    fn name(
        &mut self,
        pass: Pass,
        rows: &mut EachRow<'_>,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let repeated = pass.repeated();
        if repeated.is_empty() {
            return Ok(());
        }
        let mut is_met = vec![false; repeated.len()];
        rows(&mut |row_key, value| {
            let hash = hash(value);
            let position = repeated.binary_search(&hash);
            if position.is_ok_and(|position| std::mem::replace(&mut is_met[position], true)) {
                self.add(row_key, hash);
                each(row_key)?;
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    fn add(&mut self, row_key: &[u8], hash: u128) {
        self.count += 1;
        let place = self
            .first
            .partition_point(|(other, of)| (other.as_slice(), *of) <= (row_key, hash));
        if place < SHOWN_DUPLICATES_MAX {
            self.first.insert(place, (row_key.to_vec(), hash));
            self.first.truncate(SHOWN_DUPLICATES_MAX);
        }
    }

    /// Looks at rows until the survivors of the first duplicates are found.
    fn with_survivors(self, rows: &mut EachRow<'_>) -> Result<Duplicates> {
        let mut survivors = vec![None; self.first.len()];
        if !survivors.is_empty() {
            rows(&mut |row_key, value| {
                let hash = hash(value);
                let mut wanted = self.first.iter().zip(&mut survivors);
                wanted
                    .by_ref()
                    .filter(|((_, of), survivor)| *of == hash && survivor.is_none())
                    .for_each(|(_, survivor)| {
                        let shown = (value.len() <= SHOWN_VALUE_BYTES_MAX).then(|| value.to_vec());
                        *survivor = Some((row_key.to_vec(), shown));
                    });
                Ok(if survivors.iter().all(Option::is_some) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            })?;
        }
        let first = self.first.into_iter().zip(survivors);
        Ok(Duplicates {
            count: self.count,
            first: first
                .filter_map(|((row_key, _), survivor)| {
                    let (survivor, value) = survivor?;
                    Some(Duplicate {
                        row_key,
                        survivor,
                        value,
                    })
                })
                .collect(),
        })
    }
}

fn hash(value: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&blake3::hash(value).as_bytes()[..16]);
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests;
