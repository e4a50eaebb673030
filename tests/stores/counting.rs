//! An engine that counts what is read of it.

use std::ops::Bound;
use std::sync::{Arc, Mutex};

use quanta_storage::{
    Cursor, Direction, Engine as RawEngine, Entry, KeyRange, Result as RawResult, Snapshot,
};

use super::support::Small;
use crate::support::pass_on;

/// The area of rows in the key space, that of index entries, and that of counters of keys.
const ROW: u8 = 0x06;
const INDEX: u8 = 0x07;
const COUNTER: u8 = 0x0b;

/// An engine in memory that counts what is read of it.
#[derive(Debug, Clone, Default)]
pub struct Counting {
    inner: Small,
    counts: Arc<Mutex<Counts>>,
}

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows_by_key: u64,
    pub row_scans: u64,
    pub index_scans: u64,
    /// Entries that scans of indexes went to.
    pub index_entries: u64,
    pub counters: u64,
}

impl Counts {
    pub fn rows_and_scans(self) -> (u64, u64, u64) {
        (self.rows_by_key, self.row_scans, self.index_scans)
    }
}

impl Counting {
    /// Returns what was read since the last time.
    pub fn take(&self) -> Counts {
        std::mem::take(&mut *self.counts.lock().unwrap())
    }
}

fn count_get(counts: &Mutex<Counts>, key: &[u8]) {
    let mut counts = counts.lock().unwrap();
    match key[0] {
        ROW => counts.rows_by_key += 1,
        COUNTER => counts.counters += 1,
        _ => {}
    }
}

struct CountingSnapshot {
    inner: Box<dyn Snapshot>,
    counts: Arc<Mutex<Counts>>,
}

struct CountingCursor {
    inner: Box<dyn Cursor>,
    counts: Arc<Mutex<Counts>>,
}

impl Cursor for CountingCursor {
    fn next(&mut self) -> RawResult<Option<Entry<'_>>> {
        let entry = self.inner.next()?;
        if entry.is_some_and(|(key, _)| key[0] == INDEX) {
            self.counts.lock().unwrap().index_entries += 1;
        }
        Ok(entry)
    }
}

impl Snapshot for CountingSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> RawResult<bool> {
        count_get(&self.counts, key);
        self.inner.get(key, read)
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> RawResult<Box<dyn Cursor>> {
        let area = match range.bounds().0 {
            Bound::Included([area, ..]) | Bound::Excluded([area, ..]) => *area,
            _ => 0,
        };
        match area {
            ROW => self.counts.lock().unwrap().row_scans += 1,
            INDEX => self.counts.lock().unwrap().index_scans += 1,
            _ => {}
        }
        Ok(Box::new(CountingCursor {
            inner: self.inner.scan(range, direction)?,
            counts: Arc::clone(&self.counts),
        }))
    }
}

impl RawEngine for Counting {
    pass_on!(inner: name, commit, flush, disk_bytes);

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> RawResult<bool> {
        count_get(&self.counts, key);
        self.inner.get(key, read)
    }

    fn snapshot(&self) -> RawResult<Box<dyn Snapshot>> {
        Ok(Box::new(CountingSnapshot {
            inner: self.inner.snapshot()?,
            counts: Arc::clone(&self.counts),
        }))
    }
}
