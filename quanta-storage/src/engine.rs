//! The contract between the typed layer and an ordered key-value engine.

use std::ops::Bound;

use crate::batch::{Batch, Commit, Durability};
use crate::error::Result;

/// An ordered key-value engine: one key space, atomic conditional batches, consistent snapshots.
///
/// Keys and values are plain bytes; keys are ordered lexicographically by unsigned byte.
///
/// What every engine guarantees, and the `conformance` suite (feature `testing`) checks:
///
/// - [`commit`](Engine::commit) is atomic: all operations of a batch become visible together or none does, also
///   after a crash, and its conditions are evaluated in the same instant.
/// - A commit with [`Durability::Sync`] survives power loss once it has returned. One with
///   [`Durability::Buffered`] may be lost by a crash, but never overtakes an earlier one: what survives is a
///   prefix of the commits.
/// - A write of keys or values over [`KEY_BYTES_MAX`] and [`VALUE_BYTES_MAX`], or of an empty key, is refused with
///   [`ErrorKind::InvalidBatch`](crate::ErrorKind) before anything is written.
/// - A [`Snapshot`] shows one instant: no batch is ever seen in part, however long the snapshot lives and
///   whatever is written meanwhile.
/// - After a failed write the engine answers every later write with [`ErrorKind::Poisoned`](crate::ErrorKind).
pub trait Engine: Send + Sync + std::fmt::Debug {
    /// Names the engine as stores record it: `fjall`, `sled`, `redb`, `memory`.
    fn name(&self) -> &'static str;

    /// Reads one key and shows its value to `read`, without copying it; false if the key is absent.
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool>;

    /// Opens a consistent view of the present state.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>>;

    /// Applies a batch atomically if all its conditions hold.
    fn commit(&self, batch: &Batch, durability: Durability) -> Result<Commit>;

    /// Makes every commit so far survive power loss.
    fn flush(&self) -> Result<()>;

    /// Returns the bytes that the engine takes on disk (in memory, for the memory engine).
    fn disk_bytes(&self) -> Result<u64>;

    /// Returns how many bytes the engine may still take of the disk that it is on; none if it is on no disk, or that
    /// can't be told.
    fn free_bytes(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// Gives back the space of overwritten and deleted records, as far as the engine can do that on demand.
    ///
    /// It may take as long as rewriting everything, and changes no record.
    fn compact(&self) -> Result<()> {
        Ok(())
    }

    /// Returns how many rows a background batch should hold at most.
    ///
    /// Larger batches are applied as atomically as small ones, but may be slow out of proportion.
    fn batch_rows_max(&self) -> usize {
        usize::MAX
    }
}

/// The most bytes a key may have in any engine.
pub const KEY_BYTES_MAX: usize = 65_535;

/// The most bytes a value may have in any engine: 64 MiB.
pub const VALUE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A consistent read-only view of an engine.
pub trait Snapshot: Send + Sync {
    /// Reads one key and shows its value to `read`, without copying it; false if the key is absent.
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool>;

    /// Opens a cursor over a key range. It owns what it needs and may outlive the snapshot.
    fn scan(&self, range: &KeyRange, direction: Direction) -> Result<Box<dyn Cursor>>;
}

/// One key with its value, lent by a [`Cursor`] until it moves on.
pub type Entry<'a> = (&'a [u8], &'a [u8]);

/// A lending iterator over a key range.
pub trait Cursor: Send {
    /// Moves on and lends the next entry; `None` at the end, and from then on.
    fn next(&mut self) -> Result<Option<Entry<'_>>>;
}

/// The order in which a cursor walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Ascending keys.
    Forward,
    /// Descending keys.
    Backward,
}

/// A range of keys. Engines treat a range whose start lies behind its end as empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// Where the range starts.
    pub start: Bound<Vec<u8>>,
    /// Where the range ends.
    pub end: Bound<Vec<u8>>,
}

impl KeyRange {
    /// Returns the range of every key.
    #[must_use]
    pub fn all() -> Self {
        Self {
            start: Bound::Unbounded,
            end: Bound::Unbounded,
        }
    }

    /// Returns the range of all keys that start with `prefix`.
    ///
    /// ```
    /// use quanta_storage::KeyRange;
    /// assert!(KeyRange::prefix(b"ab").contains(b"abc"));
    /// assert!(!KeyRange::prefix(b"ab").contains(b"b"));
    /// ```
    #[must_use]
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut end = prefix.to_vec();
        while let Some(last) = end.pop() {
            if last < u8::MAX {
                end.push(last + 1);
                return Self {
                    start: Bound::Included(prefix.to_vec()),
                    end: Bound::Excluded(end),
                };
            }
        }
        Self {
            start: Bound::Included(prefix.to_vec()),
            end: Bound::Unbounded,
        }
    }

    /// Tells whether the bounds leave no room for any key.
    ///
    /// ```
    /// use std::ops::Bound;
    /// use quanta_storage::KeyRange;
    /// let range = KeyRange { start: Bound::Included(b"b".to_vec()), end: Bound::Excluded(b"a".to_vec()) };
    /// assert!(range.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match (&self.start, &self.end) {
            (_, Bound::Excluded(end)) if end.is_empty() => true,
            (Bound::Included(start), Bound::Included(end)) => start > end,
            (
                Bound::Included(start) | Bound::Excluded(start),
                Bound::Included(end) | Bound::Excluded(end),
            ) => start >= end,
            _ => false,
        }
    }

    /// Borrows the bounds.
    #[must_use]
    pub fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (
            self.start.as_ref().map(Vec::as_slice),
            self.end.as_ref().map(Vec::as_slice),
        )
    }

    /// Tells whether `key` lies in the range.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        let after_start = match &self.start {
            Bound::Included(start) => key >= start.as_slice(),
            Bound::Excluded(start) => key > start.as_slice(),
            Bound::Unbounded => true,
        };
        let before_end = match &self.end {
            Bound::Included(end) => key <= end.as_slice(),
            Bound::Excluded(end) => key < end.as_slice(),
            Bound::Unbounded => true,
        };
        after_start && before_end
    }
}
