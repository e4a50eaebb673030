//! Emptying a space that no head points to.

use std::ops::Bound;

use quanta_storage::{Direction, Durability, Engine, KeyRange, Snapshot};

use crate::catalog::keys;
use crate::error::Result;

use super::build::WorkWriter;
use super::switch::Built;

/// Deletes everything in a space that no head points to, and then its work record.
///
/// # Errors
///
/// Those of the engine.
pub fn discard_space(engine: &dyn Engine, epoch: Option<u64>, built: Built) -> Result<()> {
    let Built { space, work } = built;
    let mut writer = WorkWriter::new(engine, epoch);
    for range in [
        keys::rows(space),
        keys::index_entries(space),
        keys::complements(space),
        keys::victims(space),
    ] {
        delete_range(engine, range, &mut writer)?;
    }
    writer.batch().delete(keys::work(work));
    writer.write(Durability::Buffered)
}

/// Deletes all keys of a range, each batch from a view of its own.
pub(super) fn delete_range(
    engine: &dyn Engine,
    mut range: KeyRange,
    writer: &mut WorkWriter<'_>,
) -> Result<()> {
    while let Some(last) = delete_batch(engine.snapshot()?.as_ref(), &range, writer)? {
        writer.write(Durability::Buffered)?;
        // The engine need not step over what was deleted.
        range.start = Bound::Excluded(last);
    }
    Ok(())
}

/// Deletes keys until the batch is full, and then returns the last of them.
fn delete_batch(
    snapshot: &dyn Snapshot,
    range: &KeyRange,
    writer: &mut WorkWriter<'_>,
) -> Result<Option<Vec<u8>>> {
    let mut cursor = snapshot.scan(range, Direction::Forward)?;
    while let Some((key, _)) = cursor.next()? {
        writer.batch().delete(key);
        if writer.end_row().is_break() {
            return Ok(Some(key.to_vec()));
        }
    }
    Ok(None)
}
