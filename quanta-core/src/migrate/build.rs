//! Eager work: rows are carried into a new space before the switch, which then only points there.

use std::collections::BTreeMap;
use std::sync::Arc;

use quanta_storage::{Batch, Commit, Condition, Direction, Durability, Engine, KeyRange, Snapshot};

use crate::catalog::keys;
use crate::codec::encode_record;
use crate::diff::Way;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{WorkRecord, WorkTask};
use crate::program::OwnCodeTable;
use crate::schema::limits::WORK_BATCH_BYTES;
use crate::txn::{CarryError, Route, carry, joined};

use super::check::{Checked, StoredRow, each_row};
use super::shift::Shift;

/// Writes for eager work, in bounded batches, each of which fails if the epoch is another one.
pub struct WorkWriter<'a> {
    engine: &'a dyn Engine,
    epoch: Option<u64>,
    batch: Batch,
    rows: usize,
}

impl<'a> WorkWriter<'a> {
    /// Starts with an empty batch. `epoch` is none for a store that has none yet.
    #[must_use]
    pub fn new(engine: &'a dyn Engine, epoch: Option<u64>) -> Self {
        Self {
            engine,
            epoch,
            batch: Batch::new(),
            rows: 0,
        }
    }

    /// Returns the batch to write to.
    pub fn batch(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// Ends a row: writes the batch if it is full.
    ///
    /// # Errors
    ///
    /// As [`WorkWriter::write`].
    pub fn end_row(&mut self) -> Result<()> {
        self.rows += 1;
        let is_full = self.batch.bytes() >= WORK_BATCH_BYTES || self.rows >= self.engine.batch_rows_max();
        if is_full {
            self.write(Durability::Buffered)
        } else {
            Ok(())
        }
    }

    /// Writes what has gathered.
    ///
    /// # Errors
    ///
    /// If another process moved the head, or the engine fails.
    pub fn write(&mut self, durability: Durability) -> Result<()> {
        let mut batch = std::mem::take(&mut self.batch);
        self.rows = 0;
        if batch.is_empty() {
            return Ok(());
        }
        batch.require(epoch_condition(self.epoch));
        match self.engine.commit(&batch, durability)? {
            Commit::Done => Ok(()),
            Commit::Refused { .. } => Err(Error::new(
                ErrorKind::SchemaMoved,
                "another process changed the store meanwhile: open it again",
            )),
        }
    }
}

/// Returns the condition under which anything may be written.
#[must_use]
pub fn epoch_condition(epoch: Option<u64>) -> Condition {
    match epoch {
        Some(epoch) => Condition::Equals(keys::EPOCH.to_vec(), epoch.to_be_bytes().to_vec()),
        None => Condition::Absent(keys::EPOCH.to_vec()),
    }
}

/// Encodes a work record.
///
/// # Errors
///
/// Never in practice: a work record is small.
pub fn work_record(epoch: u64, task: WorkTask) -> Result<Vec<u8>> {
    encode_record(&WorkRecord { epoch, task }).map_err(|problem| Error::new(ErrorKind::TooLarge, problem))
}

/// Where eager work takes place.
pub struct BuildPlace<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// The view that rows are read from.
    pub snapshot: &'a Arc<dyn Snapshot>,
    /// The epoch at which the work is done.
    pub epoch: u64,
    /// The space to fill.
    pub space: u32,
    /// The id of its work record.
    pub work: u32,
}

/// Carries all rows of a table into a new space. If a row doesn't fit, the space is emptied again.
///
/// # Errors
///
/// Those of the engine. Rows that don't fit are no error here: they are in the result.
pub fn build(
    place: &BuildPlace<'_>,
    shift: &Shift,
    routes: &BTreeMap<u32, Route>,
    code: &dyn OwnCodeTable,
) -> Result<Checked> {
    let mut checked = Checked::default();
    let Some(before) = &shift.before else {
        return Ok(checked);
    };
    let mut writer = WorkWriter::new(place.engine, Some(place.epoch));
    let record = work_record(place.epoch, WorkTask::Build { space: place.space })?;
    writer.batch().put(keys::work(place.work), record);
    writer.write(Durability::Buffered)?;
    let schema = &shift.versions[&before.version].schema;
    let result = each_row(place.snapshot, before.space, routes, &mut |row| {
        checked.rows += 1;
        let carried = carry(
            place.snapshot.as_ref(),
            before.space,
            row.key,
            row.route,
            row.body,
            code,
        );
        let carried = match carried {
            Ok(carried) => carried,
            Err(CarryError::Engine(error)) => return Err(error),
            Err(CarryError::Row(failure)) => {
                checked.failures.add(schema, row.key, &failure);
                return Ok(());
            }
        };
        // After the first failure nothing is built any more, only counted.
        if checked.failures.is_empty() {
            let batch = writer.batch();
            batch.put(
                keys::row(place.space, row.key),
                joined(shift.after.version, &carried.body),
            );
            for change in carried.changes.iter().filter(|change| change.entry.is_some()) {
                change.write(place.space, row.key, batch);
            }
            copy_kept(place, shift, &row, writer.batch())?;
            writer.end_row()?;
        }
        Ok(())
    });
    let is_built = result.is_ok() && checked.failures.is_empty();
    if is_built {
        writer.write(Durability::Buffered)?;
        // Else the switch would wait until all that was built is on the disk, and its time would grow with the rows.
        place.engine.flush()?;
    } else {
        discard_space(place.engine, Some(place.epoch), place.space, place.work)?;
    }
    result?;
    Ok(checked)
}

/// Takes along what is kept of a row on edges that it does not cross now.
fn copy_kept(place: &BuildPlace<'_>, shift: &Shift, row: &StoredRow<'_>, batch: &mut Batch) -> Result<()> {
    let Some(before) = &shift.before else {
        return Ok(());
    };
    let crossed = |edge: u32| row.route.hops.iter().any(|hop| hop.edge == edge);
    for (edge, way) in shift.kept.iter().filter(|(edge, _)| !crossed(*edge)) {
        let mut kept = None;
        let source = keys::complement(before.space, *edge, *way, row.key);
        place
            .snapshot
            .get(&source, &mut |bytes| kept = Some(bytes.to_vec()))?;
        if let Some(kept) = kept {
            batch.put(keys::complement(place.space, *edge, *way, row.key), kept);
        }
    }
    Ok(())
}

/// Lists the edges across which something may be kept once a table was built anew.
#[must_use]
pub fn kept_after_build(
    shift: &Shift,
    routes: &BTreeMap<u32, Route>,
) -> std::collections::BTreeSet<(u32, Way)> {
    let mut kept = shift.kept.clone();
    for hop in routes.values().flat_map(|route| &route.hops) {
        if hop.keeps() {
            kept.insert((hop.edge, hop.way));
        }
    }
    kept
}

/// Deletes everything in a space that no head points to, and then its work record.
///
/// # Errors
///
/// Those of the engine.
pub fn discard_space(engine: &dyn Engine, epoch: Option<u64>, space: u32, work: u32) -> Result<()> {
    let snapshot = engine.snapshot()?;
    let mut writer = WorkWriter::new(engine, epoch);
    for range in [keys::rows(space), keys::complements(space)] {
        delete_range(snapshot.as_ref(), &range, &mut writer)?;
    }
    writer.batch().delete(keys::work(work));
    writer.write(Durability::Buffered)
}

fn delete_range(snapshot: &dyn Snapshot, range: &KeyRange, writer: &mut WorkWriter<'_>) -> Result<()> {
    let mut cursor = snapshot.scan(range, Direction::Forward)?;
    while let Some((key, _)) = cursor.next()? {
        writer.batch().delete(key);
        writer.end_row()?;
    }
    Ok(())
}
