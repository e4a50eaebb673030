//! The engine without a disk, for tests and caches.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::batch::{Batch, Commit, Durability, Operation};
use crate::engine::{Direction, Engine, KeyRange, Snapshot};
use crate::error::Result;
use crate::preimage::{Chunk, LiveTree, PREIMAGE_BYTES_MAX, Versioned, Writes, take_chunk};

/// An engine that keeps everything in memory.
///
/// It is a handle: clones show the same records, so that a store can be closed and opened again in one process.
///
/// ```
/// use quanta_storage::{Batch, Durability, Engine, Memory};
/// let memory = Memory::new();
/// let mut batch = Batch::new();
/// batch.put(*b"key", *b"value");
/// let commit = memory.commit(&batch, Durability::Sync)?;
/// assert_eq!(commit, quanta_storage::Commit::Done);
///
/// let mut found = Vec::new();
/// assert!(memory.clone().get(b"key", &mut |value| found = value.to_vec())?);
/// assert_eq!(found, b"value");
/// # Ok::<(), quanta_storage::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Memory(Versioned<Tree>);

impl Memory {
    /// Makes an empty engine.
    #[must_use]
    pub fn new() -> Self {
        Self::with_preimage_bytes_max(PREIMAGE_BYTES_MAX)
    }

    /// Makes an empty engine that keeps at most so many bytes of overwritten values for older snapshots.
    #[must_use]
    pub fn with_preimage_bytes_max(bytes: usize) -> Self {
        Self(Versioned::new(Tree::default(), bytes))
    }

    /// Makes an engine of its own that holds the same records, marker included. The two share the bytes of what neither
    /// writes.
    ///
    /// ```
    /// use quanta_storage::{Batch, Durability, Engine, Memory};
    /// let (memory, mut batch) = (Memory::new(), Batch::new());
    /// batch.put(*b"key", *b"value");
    /// let _ = memory.commit(&batch, Durability::Sync)?;
    /// let (fork, mut batch) = (memory.fork(), Batch::new());
    /// batch.delete(*b"key");
    /// let _ = fork.commit(&batch, Durability::Sync)?;
    /// assert!(memory.get(b"key", &mut |_| {})? && !fork.get(b"key", &mut |_| {})?);
    /// # Ok::<(), quanta_storage::Error>(())
    /// ```
    #[must_use]
    pub fn fork(&self) -> Self {
        // A batch is applied under the lock, so that none is seen in part.
        let entries = self.0.tree().entries.read();
        let entries = RwLock::new(entries.unwrap_or_else(PoisonError::into_inner).clone());
        Self(Versioned::new(Tree { entries }, PREIMAGE_BYTES_MAX))
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine for Memory {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.0.get(key, read)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        self.0.snapshot()
    }

    fn commit(&self, batch: &Batch, durability: Durability) -> Result<Commit> {
        self.0.commit(batch, durability)
    }

    fn flush(&self) -> Result<()> {
        self.0.flush()
    }

    fn disk_bytes(&self) -> Result<u64> {
        self.0.disk_bytes()
    }
}

type Bytes = Arc<[u8]>;

#[derive(Default)]
struct Tree {
    entries: RwLock<BTreeMap<Bytes, Bytes>>,
}

impl LiveTree for Tree {
    type Bytes = Bytes;

    const NAME: &'static str = "memory";
    const SYNCS: bool = false;

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self
            .entries
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned())
    }

    fn chunk(
        &self,
        range: &KeyRange,
        direction: Direction,
        rows_max: usize,
        bytes_max: usize,
    ) -> Result<Chunk<Bytes>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let walk = entries.range::<[u8], _>(range.bounds());
        let entry = |(key, value): (&Bytes, &Bytes)| Ok((Arc::clone(key), Arc::clone(value)));
        match direction {
            Direction::Forward => take_chunk(walk.map(entry), rows_max, bytes_max),
            Direction::Backward => take_chunk(walk.rev().map(entry), rows_max, bytes_max),
        }
    }

    fn apply(&self, writes: Writes<'_>) -> Result<()> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        for write in writes {
            match write {
                Operation::Put(key, value) => {
                    entries.insert(Bytes::from(key.as_slice()), Bytes::from(value.as_slice()));
                }
                Operation::Delete(key) => {
                    entries.remove(key.as_slice());
                }
            }
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }

    fn disk_bytes(&self) -> Result<u64> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        Ok(entries
            .iter()
            .map(|(key, value)| (key.len() + value.len()) as u64)
            .sum())
    }
}
