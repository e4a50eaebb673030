//! Writing what a repair is certain of: records that belong together go in one batch, and a crash between two batches
//! leaves the store no worse than it was.

use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, BTreeSet};

use quanta_storage::{Batch, Commit, Condition, Durability, Engine};

use crate::catalog::keys;
use crate::codec::encode_record;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Head, LedgerKind, LedgerRecord};
use crate::schema::limits::{BATCH_BYTES_MAX, WORK_BATCH_BYTES};

use super::switch::write_ledger;

/// What is to be written so that records agree with each other. Each record by itself makes the store better.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mending {
    /// The records: what they become, or none for one that goes.
    records: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Records that two findings want to be different: none of both is certain.
    contested: BTreeSet<Vec<u8>>,
    bytes: usize,
    bytes_max: usize,
    /// The head, if ids or stamps are missing in it.
    pub head: Option<Head>,
    /// The epoch that the store must at least have afterwards, if it is behind.
    pub epoch: Option<u64>,
}

impl Mending {
    /// Makes one that takes records. The default takes none: it notes the head and the epoch only.
    #[must_use]
    pub fn of_records() -> Self {
        Self {
            bytes_max: BATCH_BYTES_MAX,
            ..Self::default()
        }
    }

    /// Says that a record should have this value. Two of them that differ are both left out.
    pub fn put(&mut self, key: &[u8], value: Vec<u8>) {
        if self.is_full() || self.contested.contains(key) {
            return;
        }
        self.bytes += key.len() + value.len();
        match self.records.entry(key.to_vec()) {
            Place::Vacant(place) => drop(place.insert(Some(value))),
            Place::Occupied(mut place) => match place.get() {
                None => drop(place.insert(Some(value))),
                Some(other) if *other == value => {}
                Some(_) => {
                    self.contested.insert(place.remove_entry().0);
                }
            },
        }
    }

    /// Says that a record should not be there, unless something else should stand in its place.
    pub fn delete(&mut self, key: &[u8]) {
        if self.is_full() || self.contested.contains(key) {
            return;
        }
        self.bytes += key.len();
        self.records.entry(key.to_vec()).or_insert(None);
    }

    /// Tells whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.head.is_none() && self.epoch.is_none()
    }

    /// Tells whether no record is to be written.
    #[must_use]
    pub fn has_no_records(&self) -> bool {
        self.records.is_empty()
    }

    /// Tells whether no more fits into the memory that it may take: what is written by then is left out by the next look.
    fn is_full(&self) -> bool {
        self.bytes >= self.bytes_max
    }
}

/// How many records a repair wrote and deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mended {
    /// Records that were written.
    pub written: u64,
    /// Records that were deleted.
    pub deleted: u64,
}

/// Writes the records of a mending in bounded batches, as long as the epoch has the bytes that were seen.
///
/// # Errors
///
/// If the epoch moved, and those of the engine.
pub fn mend_records(engine: &dyn Engine, epoch: Option<&[u8]>, mending: &Mending) -> Result<Mended> {
    let mut mended = Mended::default();
    let mut batch = Batch::new();
    let mut rows = 0;
    for (key, value) in &mending.records {
        if let Some(value) = value {
            batch.put(key.clone(), value.clone());
            mended.written += 1;
        } else {
            batch.delete(key.clone());
            mended.deleted += 1;
        }
        rows += 1;
        if batch.bytes() >= WORK_BATCH_BYTES || rows >= engine.batch_rows_max() {
            commit(engine, epoch, &mut batch)?;
            rows = 0;
        }
    }
    if !batch.is_empty() {
        commit(engine, epoch, &mut batch)?;
    }
    Ok(mended)
}

/// What the ledger says of a repair.
#[derive(Debug, Clone)]
pub struct RepairEntry {
    /// BLAKE3 hash of the findings that were put in order, as JSON.
    pub digest: [u8; 32],
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// What the program says of itself.
    pub app_version: String,
    /// Rows that were looked at.
    pub rows_checked: u64,
    /// Records that were written or deleted.
    pub records: u64,
}

/// Ends a repair: writes the head under a new epoch, and a record of the ledger, if that is sound. Returns the position of
/// that record.
///
/// # Errors
///
/// If the epoch moved, and those of the engine.
pub fn end_repair(
    engine: &dyn Engine,
    (epoch, head): (Option<&[u8]>, &Head),
    mending: &Mending,
    entry: Option<RepairEntry>,
) -> Result<Option<u64>> {
    let mut batch = Batch::new();
    let mut head = mending.head.as_ref().unwrap_or(head).clone();
    let sequence = entry.as_ref().map(|_| head.ledger_records);
    if let Some(entry) = entry {
        let record = LedgerRecord {
            sequence: head.ledger_records,
            previous_hash: head.ledger_hash,
            kind: LedgerKind::Repair,
            revision: head.revision,
            from_revision: Some(head.revision),
            plan_digest: entry.digest,
            time_ms: entry.time_ms,
            app_version: entry.app_version,
            rows_checked: entry.rows_checked,
            rows_built: entry.records,
            effects: Vec::new(),
            migrations: Vec::new(),
            release: None,
            forgotten: Vec::new(),
            views: Vec::new(),
            file: None,
        };
        write_ledger(&record, &mut head, &mut batch)?;
    }
    let known = epoch.and_then(|epoch| <[u8; 8]>::try_from(epoch).ok());
    let next = known.map_or(1, |epoch| u64::from_be_bytes(epoch).saturating_add(1));
    // One more record needs one more epoch.
    let least = mending.epoch.map_or(0, |least| least.saturating_add(1));
    let bytes = encode_record(&head).map_err(|problem| Error::new(ErrorKind::TooLarge, problem))?;
    batch.put(keys::HEAD, bytes);
    batch.put(keys::EPOCH, next.max(least).to_be_bytes());
    commit(engine, epoch, &mut batch)?;
    Ok(sequence)
}

fn commit(engine: &dyn Engine, epoch: Option<&[u8]>, batch: &mut Batch) -> Result<()> {
    let mut batch = std::mem::take(batch);
    batch.require(match epoch {
        Some(epoch) => Condition::Equals(keys::EPOCH.to_vec(), epoch.to_vec()),
        None => Condition::Absent(keys::EPOCH.to_vec()),
    });
    match engine.commit(&batch, Durability::Sync)? {
        Commit::Done => Ok(()),
        Commit::Refused { .. } => {
            let problem = "another process changed the store meanwhile: look at it again";
            Err(Error::new(ErrorKind::SchemaMoved, problem))
        }
    }
}
