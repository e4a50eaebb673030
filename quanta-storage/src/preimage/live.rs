//! What the adapter needs of the tree underneath.

use std::borrow::Borrow;

use crate::batch::Operation;
use crate::engine::{Direction, KeyRange};
use crate::error::Result;

/// The writes of a batch, one per key.
pub(crate) type Writes<'a> = &'a [&'a Operation];

/// Consecutive entries of a tree, in the direction of the walk.
pub(crate) struct Chunk<B> {
    pub(crate) entries: Vec<(B, B)>,
    /// Whether the range holds nothing behind the last entry.
    pub(crate) exhausted: bool,
}

/// A tree with atomic batches and without snapshots.
///
/// Reads may run beside a batch and may see any part of it. Only one batch runs at a time.
pub(crate) trait LiveTree: Send + Sync + 'static {
    /// Bytes that are cheap to clone.
    type Bytes: AsRef<[u8]> + Borrow<[u8]> + Ord + Clone + Send + Sync + for<'a> From<&'a [u8]> + 'static;

    const NAME: &'static str;

    /// Whether a commit is only durable after [`sync`](Self::sync).
    const SYNCS: bool;

    fn get(&self, key: &[u8]) -> Result<Option<Self::Bytes>>;

    /// Reads entries until one of the limits is reached; at least one, if there is one.
    fn chunk(
        &self,
        range: &KeyRange,
        direction: Direction,
        rows_max: usize,
        bytes_max: usize,
    ) -> Result<Chunk<Self::Bytes>>;

    fn apply(&self, writes: Writes<'_>) -> Result<()>;

    fn sync(&self) -> Result<()>;

    fn disk_bytes(&self) -> Result<u64>;

    fn free_bytes(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    fn batch_rows_max(&self) -> usize {
        usize::MAX
    }
}

/// Takes entries from an iterator until one of the limits is reached.
pub(crate) fn take_chunk<B: AsRef<[u8]>>(
    mut entries: impl Iterator<Item = Result<(B, B)>>,
    rows_max: usize,
    bytes_max: usize,
) -> Result<Chunk<B>> {
    let mut chunk = Chunk {
        entries: Vec::new(),
        exhausted: false,
    };
    let mut bytes = 0;
    while chunk.entries.len() < rows_max && bytes < bytes_max {
        let Some(entry) = entries.next() else {
            chunk.exhausted = true;
            break;
        };
        let (key, value) = entry?;
        bytes += key.as_ref().len() + value.as_ref().len();
        chunk.entries.push((key, value));
    }
    Ok(chunk)
}
