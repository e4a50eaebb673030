//! Eager work: rows are carried into a new space before the switch, which then only points there.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
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

use super::check::{Checked, StoredRow, rows_after};
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

    /// Ends a row. Breaks if the batch is full: then it is to be written.
    pub fn end_row(&mut self) -> ControlFlow<()> {
        self.rows += 1;
        let is_full = self.batch.bytes() >= WORK_BATCH_BYTES || self.rows >= self.engine.batch_rows_max();
        if is_full {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
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
    /// The view that rows are read from; another one after each batch.
    pub snapshot: &'a mut Arc<dyn Snapshot>,
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
    place: &mut BuildPlace<'_>,
    shift: &Shift,
    routes: &BTreeMap<u32, Route>,
    code: &dyn OwnCodeTable,
) -> Result<Checked> {
    let mut writer = WorkWriter::new(place.engine, Some(place.epoch));
    let record = work_record(place.epoch, WorkTask::Build { space: place.space })?;
    writer.batch().put(keys::work(place.work), record);
    writer.write(Durability::Buffered)?;
    let mut building = Building {
        shift,
        routes,
        code,
        writer,
        checked: Checked::default(),
    };
    let result = building.all(place);
    if result.is_ok() && building.checked.failures.is_empty() {
        // Else the switch would wait until all that was built is on the disk, and its time would grow with the rows.
        place.engine.flush()?;
    } else {
        discard_space(place.engine, Some(place.epoch), place.space, place.work)?;
    }
    result?;
    Ok(building.checked)
}

/// A build on its way.
struct Building<'a> {
    shift: &'a Shift,
    routes: &'a BTreeMap<u32, Route>,
    code: &'a dyn OwnCodeTable,
    writer: WorkWriter<'a>,
    checked: Checked,
}

impl Building<'_> {
    /// Carries all rows, each batch from a view of its own: an engine that keeps what is overwritten for a view does so
    /// only up to a limit. Nobody else writes to the table meanwhile.
    fn all(&mut self, place: &mut BuildPlace<'_>) -> Result<()> {
        let Some(before) = &self.shift.before else {
            return Ok(());
        };
        let mut after = None;
        loop {
            let mut last = None;
            let (snapshot, routes) = (&*place.snapshot, self.routes);
            rows_after(snapshot, before.space, after.as_deref(), routes, &mut |row| {
                let flow = self.add(place, before.space, &row)?;
                if flow.is_break() {
                    last = Some(row.key.to_vec());
                }
                Ok(flow)
            })?;
            if !self.checked.failures.is_empty() {
                return Ok(());
            }
            self.writer.write(Durability::Buffered)?;
            *place.snapshot = Arc::from(place.engine.snapshot()?);
            if last.is_none() {
                return Ok(());
            }
            after = last;
        }
    }

    /// Carries one row. Breaks if the batch is full.
    fn add(&mut self, place: &BuildPlace<'_>, space: u32, row: &StoredRow<'_>) -> Result<ControlFlow<()>> {
        self.checked.rows += 1;
        let snapshot = place.snapshot.as_ref();
        let carried = match carry(snapshot, space, row.key, row.route, row.body, self.code) {
            Ok(carried) => carried,
            Err(CarryError::Engine(error)) => return Err(error),
            Err(CarryError::Row(failures)) => {
                let before = self.shift.before.as_ref().map(|before| before.version);
                let schema = before.and_then(|version| self.shift.versions.get(&version));
                if let Some(version) = schema {
                    for failure in &failures {
                        self.checked.failures.add(&version.schema, row.key, failure);
                    }
                }
                return Ok(ControlFlow::Continue(()));
            }
        };
        self.checked.count_lost(self.shift, row.route, &carried)?;
        // After the first failure nothing is built any more, only counted.
        if !self.checked.failures.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        let batch = self.writer.batch();
        batch.put(
            keys::row(place.space, row.key),
            joined(self.shift.after.version, &carried.body),
        );
        for change in carried.changes.iter().filter(|change| change.entry.is_some()) {
            change.write(place.space, row.key, batch);
        }
        copy_kept(place, self.shift, row, batch)?;
        Ok(self.writer.end_row())
    }
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
    let mut writer = WorkWriter::new(engine, epoch);
    for range in [keys::rows(space), keys::complements(space)] {
        delete_range(engine, range, &mut writer)?;
    }
    writer.batch().delete(keys::work(work));
    writer.write(Durability::Buffered)
}

/// Deletes all keys of a range, each batch from a view of its own.
fn delete_range(engine: &dyn Engine, mut range: KeyRange, writer: &mut WorkWriter<'_>) -> Result<()> {
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
