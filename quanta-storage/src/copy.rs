//! Moving all records into another engine, and proving that two states are the same.

use std::fmt::Display;

use crate::batch::{Batch, Commit, Durability};
use crate::engine::{Cursor, Direction, Engine, KeyRange, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{MARKER_KEY, Marker, StoreId, is_empty};

/// How many bytes of keys and values one batch of a copy holds, unless a single record has more: 1 MiB.
pub const COPY_BATCH_BYTES_MAX: usize = 1024 * 1024;

/// What a copy has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// How many records, without the marker.
    pub records: u64,
    /// How many bytes of keys and values.
    pub bytes: u64,
}

/// Copies all records into an empty engine, which becomes a store with the id `target_id`.
///
/// The marker is written last, so that an interrupted copy is not taken for a store. `progress` is called after
/// each batch.
///
/// ```
/// use quanta_storage::{Engine, Memory, StoreId, copy, dump_digest, open_engine};
/// let (source, target) = (Memory::new(), Memory::new());
/// # let mut batch = quanta_storage::Batch::new();
/// # batch.put(*b"key", *b"value");
/// # let _ = source.commit(&batch, quanta_storage::Durability::Sync)?;
/// let copied = copy(source.snapshot()?.as_ref(), &target, StoreId([7; 16]), &mut |_| {})?;
/// assert_eq!(copied.records, 1);
/// assert_eq!(dump_digest(source.snapshot()?.as_ref())?, dump_digest(target.snapshot()?.as_ref())?);
/// # Ok::<(), quanta_storage::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::NotEmpty`] if the target holds a record, besides the errors of both engines.
pub fn copy(
    source: &dyn Snapshot,
    target: &dyn Engine,
    target_id: StoreId,
    progress: &mut dyn FnMut(Copied),
) -> Result<Copied> {
    let mut cursor = source.scan(&KeyRange::all(), Direction::Forward)?;
    copy_records(cursor.as_mut(), target, target_id, progress)
}

/// Puts records into an empty engine, as [`copy`].
pub(crate) fn copy_records(
    source: &mut dyn Cursor,
    target: &dyn Engine,
    target_id: StoreId,
    progress: &mut dyn FnMut(Copied),
) -> Result<Copied> {
    if !is_empty(target)? {
        let message = format!(
            "the target of the copy, a {} engine, is not empty: choose a new one",
            target.name()
        );
        return Err(Error::new(ErrorKind::NotEmpty, message));
    }
    let mut copied = Copied::default();
    let mut batch = Batch::new();
    while let Some((key, value)) = source.next()? {
        if key == MARKER_KEY {
            continue;
        }
        let full = batch.bytes() + key.len() + value.len() > COPY_BATCH_BYTES_MAX
            || batch.operations().len() >= target.batch_rows_max();
        if full && !batch.is_empty() {
            write(target, &std::mem::take(&mut batch), Durability::Buffered)?;
            progress(copied);
        }
        batch.put(key, value);
        copied.records += 1;
        copied.bytes += (key.len() + value.len()) as u64;
    }
    write(target, &batch, Durability::Buffered)?;
    progress(copied);
    let mut last = Batch::new();
    last.put(MARKER_KEY, Marker::new(target.name(), target_id).encode());
    write(target, &last, Durability::Sync)?;
    Ok(copied)
}

fn write(target: &dyn Engine, batch: &Batch, durability: Durability) -> Result<()> {
    match target.commit(batch, durability)? {
        Commit::Done => Ok(()),
        Commit::Refused { condition } => Err(broken_promise(target.name(), condition)),
    }
}

fn broken_promise(engine: impl Display, condition: usize) -> Error {
    let message = format!("the {engine} engine refused condition {condition} of a batch without conditions");
    Error::new(ErrorKind::Corrupt, message)
}

/// Hashes all records but the marker, in the order of their keys: equal digests mean equal records.
///
/// It is BLAKE3 over each key's length as a little-endian `u64`, the key, the value's length likewise, the value.
///
/// # Errors
///
/// Those of the engine.
pub fn dump_digest(snapshot: &dyn Snapshot) -> Result<[u8; 32]> {
    let mut hasher = DumpHasher::default();
    let mut cursor = snapshot.scan(&KeyRange::all(), Direction::Forward)?;
    while let Some((key, value)) = cursor.next()? {
        if key != MARKER_KEY {
            hasher.add(key, value);
        }
    }
    Ok(hasher.finish())
}

/// Hashes records, as [`dump_digest`] does.
#[derive(Default)]
pub(crate) struct DumpHasher(blake3::Hasher);

impl DumpHasher {
    pub fn add(&mut self, key: &[u8], value: &[u8]) {
        for part in [key, value] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    pub fn finish(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}
