//! Emptying a space that no head points to.

use std::ops::Bound;

use quanta_storage::{Direction, Durability, Engine, KeyRange, Snapshot};

use crate::catalog::keys;
use crate::error::Result;
use crate::plan::{BuildProgress, WorkTask};

use super::build::{WorkWriter, work_record};
use super::switch::Built;
use super::unfinished::BEGUN_ANEW;

/// Deletes everything in a space that nothing points to any more, and then its work record.
///
/// # Errors
///
/// Those of the engine.
pub fn discard_space(engine: &dyn Engine, epoch: Option<u64>, built: Built) -> Result<()> {
    empty(engine, WorkWriter::new(engine, epoch), built)
}

/// Does it with a space that was built for a change, whole or in part: from the first batch on, no open goes on with it.
///
/// # Errors
///
/// Those of the engine.
pub fn discard_built(engine: &dyn Engine, epoch: Option<u64>, built: Built) -> Result<()> {
    let mut writer = WorkWriter::new(engine, epoch);
    let task = WorkTask::Build {
        space: built.space,
        digest: BEGUN_ANEW,
        progress: BuildProgress::default(),
    };
    let record = work_record(epoch.unwrap_or(0), task)?;
    writer.batch().put(keys::work(built.work), record);
    empty(engine, writer, built)
}

fn empty(engine: &dyn Engine, mut writer: WorkWriter<'_>, built: Built) -> Result<()> {
    let Built { space, work } = built;
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
