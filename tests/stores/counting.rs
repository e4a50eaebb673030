//! An engine that counts what is read of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quanta_storage::{
    Batch, Commit, Cursor, Direction, Durability, Engine as RawEngine, KeyRange, Result as RawResult,
    Snapshot,
};

use crate::support::Small;

/// The area of rows in the key space, and that of index entries.
const ROW: u8 = 0x06;
const INDEX: u8 = 0x07;

/// Counts what is read of an engine.
#[derive(Debug, Clone, Default)]
pub struct Counting {
    inner: Small,
    pub counts: Arc<Counts>,
}

/// How often something was read.
#[derive(Debug, Default)]
pub struct Counts {
    rows_by_key: AtomicU64,
    row_scans: AtomicU64,
    index_scans: AtomicU64,
}

impl Counts {
    /// Returns how many rows were read by their keys, how often rows were scanned, and index entries, since it was last
    /// asked.
    pub fn take(&self) -> (u64, u64, u64) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        (
            take(&self.rows_by_key),
            take(&self.row_scans),
            take(&self.index_scans),
        )
    }
}

struct CountingSnapshot {
    inner: Box<dyn Snapshot>,
    counts: Arc<Counts>,
}

impl Snapshot for CountingSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> RawResult<bool> {
        if key[0] == ROW {
            self.counts.rows_by_key.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.get(key, read)
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> RawResult<Box<dyn Cursor>> {
        let area = match range.bounds().0 {
            std::ops::Bound::Included([area, ..]) | std::ops::Bound::Excluded([area, ..]) => *area,
            _ => 0,
        };
        match area {
            ROW => drop(self.counts.row_scans.fetch_add(1, Ordering::Relaxed)),
            INDEX => drop(self.counts.index_scans.fetch_add(1, Ordering::Relaxed)),
            _ => {}
        }
        self.inner.scan(range, direction)
    }
}

impl RawEngine for Counting {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> RawResult<bool> {
        if key[0] == ROW {
            self.counts.rows_by_key.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.get(key, read)
    }

    fn snapshot(&self) -> RawResult<Box<dyn Snapshot>> {
        Ok(Box::new(CountingSnapshot {
            inner: self.inner.snapshot()?,
            counts: Arc::clone(&self.counts),
        }))
    }

    fn commit(&self, batch: &Batch, durability: Durability) -> RawResult<Commit> {
        self.inner.commit(batch, durability)
    }

    fn flush(&self) -> RawResult<()> {
        self.inner.flush()
    }

    fn disk_bytes(&self) -> RawResult<u64> {
        self.inner.disk_bytes()
    }
}
