//! Eager work: rows are carried into a new space before the switch, which then only points there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use quanta_storage::{Batch, Commit, Condition, Durability, Engine, Snapshot};

use crate::catalog::{keys, read_bytes};
use crate::codec::{encode_record, row_key};
use crate::diff::Way;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{BuildProgress, VictimRecord, WorkRecord, WorkTask};
use crate::program::OwnCodeTable;
use crate::progress::Stage;
use crate::schema::limits::WORK_BATCH_BYTES;
use crate::txn::{Carried, CarryError, Route, RouteHop, Stopped, carry, joined, translate};
use crate::value::show_key;

use super::below::BelowRoutes;
use super::check::{Checked, StoredRow, moved_key, rows_after};
use super::claims::{Claimant, ClaimingEdge, Claims};
use super::discard::discard_built;
use super::shift::Shift;
use super::switch::Built;

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
    /// The space to fill, and the id of its work record.
    pub built: Built,
    /// What identifies the work.
    pub digest: [u8; 32],
    /// The space that says what rows have taken, with what identifies it, if that is to be written down.
    pub claims: Option<(Built, [u8; 32])>,
}

/// Carries all rows of a table into a new space, from where it got to before. If a row doesn't fit, the space is
/// emptied again.
///
/// # Errors
///
/// Those of the engine. Rows that don't fit are no error here: they are in the result.
pub(super) fn build(
    place: &mut BuildPlace<'_>,
    shift: &Shift,
    (routes, code): (&BTreeMap<u32, Route>, &dyn OwnCodeTable),
    (progress, edges): (BuildProgress, Vec<ClaimingEdge>),
    stage: &mut Stage,
) -> Result<Checked> {
    let mut building = Building {
        shift,
        routes,
        code,
        stage,
        rekeys: shift.rekeys(),
        writer: WorkWriter::new(place.engine, Some(place.epoch)),
        new_keys: BTreeSet::new(),
        claims: place.claims.map(|(claims, _)| Claims::new(edges, claims)),
        below: BelowRoutes::default(),
        new_victims: BTreeMap::new(),
        checked: Checked {
            rows: progress.rows,
            rows_lost: progress.rows_lost,
            rows_dropped: progress.rows_dropped,
            restored: progress.restored,
            ..Checked::default()
        },
    };
    let result = building
        .all(place, progress.cursor)
        .and_then(|()| building.bring_back(place))
        .and_then(|()| building.take_along(place));
    let is_cancelled = result
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::Cancelled);
    let ended = if result.is_ok() && building.checked.failures.is_empty() {
        // Else the switch would wait until all that was built is on the disk, and its time would grow with the rows.
        place.engine.flush().map_err(Error::from)
    } else if is_cancelled {
        // The next open goes on with it, or empties its spaces.
        Ok(())
    } else {
        let spaces = [Some(place.built), place.claims.map(|(claims, _)| claims)];
        let mut spaces = spaces.into_iter().flatten();
        spaces.try_for_each(|space| discard_built(place.engine, Some(place.epoch), space))
    };
    // What failed first says why: an engine may take no more writes behind it.
    result.and(ended)?;
    Ok(building.checked)
}

/// A build on its way.
pub(super) struct Building<'a> {
    pub(super) shift: &'a Shift,
    routes: &'a BTreeMap<u32, Route>,
    pub(super) code: &'a dyn OwnCodeTable,
    stage: &'a mut Stage,
    pub(super) rekeys: bool,
    pub(super) writer: WorkWriter<'a>,
    /// Keys of rows in the batch that is being filled, where rows move or come back.
    pub(super) new_keys: BTreeSet<Vec<u8>>,
    /// What rows have taken, if the change takes out those that want the same.
    pub(super) claims: Option<Claims>,
    /// The ways that rows take which are taken out.
    below: BelowRoutes,
    /// Rows in that batch that are taken out, by edge and key.
    pub(super) new_victims: BTreeMap<(u32, Vec<u8>), Vec<VictimRecord>>,
    pub(super) checked: Checked,
}

impl Building<'_> {
    /// Carries all rows, each batch from a view of its own: an engine that keeps what is overwritten for a view does so
    /// only up to a limit. Nobody else writes to the table meanwhile.
    fn all(&mut self, place: &mut BuildPlace<'_>, cursor: Vec<u8>) -> Result<()> {
        self.mark_claims(place)?;
        self.save(place, cursor.clone())?;
        let Some(before) = &self.shift.before else {
            return Ok(());
        };
        let mut after = Some(cursor).filter(|cursor| !cursor.is_empty());
        loop {
            let (mut last, mut is_full) = (None, false);
            let (snapshot, routes) = (&*place.snapshot, self.routes);
            rows_after(snapshot, before.space, after.as_deref(), routes, &mut |row| {
                let flow = self.add(place, before.space, &row)?;
                last = Some(row.key.to_vec());
                is_full = flow.is_break();
                Ok(flow)
            })?;
            if !self.checked.failures.is_empty() {
                return Ok(());
            }
            // The last batch says how far it got too: its rows would meet themselves otherwise.
            let Some(last) = last else { return Ok(()) };
            self.save(place, last.clone())?;
            if !is_full {
                return Ok(());
            }
            after = Some(last);
        }
    }

    /// Says what the space of the claims is for, in the batch that says so of the other one.
    fn mark_claims(&mut self, place: &BuildPlace<'_>) -> Result<()> {
        let Some((claims, digest)) = place.claims else {
            return Ok(());
        };
        let task = WorkTask::Build {
            space: claims.space,
            digest,
            progress: BuildProgress::default(),
        };
        let record = work_record(place.epoch, task)?;
        self.writer.batch().put(keys::work(claims.work), record);
        Ok(())
    }

    /// Writes the batch, and with it how far the build got.
    fn save(&mut self, place: &mut BuildPlace<'_>, cursor: Vec<u8>) -> Result<()> {
        let task = WorkTask::Build {
            space: place.built.space,
            digest: place.digest,
            progress: BuildProgress {
                cursor,
                rows: self.checked.rows,
                rows_lost: self.checked.rows_lost.clone(),
                rows_dropped: self.checked.rows_dropped,
                restored: self.checked.restored.clone(),
            },
        };
        let record = work_record(place.epoch, task)?;
        self.writer.batch().put(keys::work(place.built.work), record);
        self.write(place)
    }

    pub(super) fn write(&mut self, place: &mut BuildPlace<'_>) -> Result<()> {
        self.writer.write(Durability::Buffered)?;
        self.new_keys.clear();
        if let Some(claims) = &mut self.claims {
            claims.end_batch();
        }
        self.new_victims.clear();
        *place.snapshot = Arc::from(place.engine.snapshot()?);
        self.stage.batch(self.checked.rows)
    }

    /// Carries one row. Breaks if the batch is full.
    fn add(&mut self, place: &BuildPlace<'_>, space: u32, row: &StoredRow<'_>) -> Result<ControlFlow<()>> {
        self.checked.rows += 1;
        if !self.checked.failures.is_empty() {
            // Rows are only counted from here on: there is no batch to report.
            self.stage.row()?;
        }
        let snapshot = place.snapshot.as_ref();
        let carried = match carry(snapshot, space, row.key, row.route, row.body, self.code) {
            Ok(carried) => Ok(carried),
            Err(CarryError::Engine(error)) => return Err(error),
            Err(CarryError::Row(stopped)) => Err(*stopped),
        };
        if let Some(stopped) = self.claim(place, space, row, &carried)? {
            let stopped = self.before_edge(place, row, stopped)?;
            return self.stop(place, row, stopped);
        }
        let carried = match carried {
            Ok(carried) => carried,
            Err(stopped) => return self.stop(place, row, stopped),
        };
        self.checked
            .count_lost(self.shift, (row.key, row.route), &carried)?;
        self.checked.count_restored(&carried);
        let key = match self.new_key(place, row.key, &carried.body)? {
            Ok(key) => key,
            Err(stopped) => {
                let stopped = self.before_edge(place, row, stopped)?;
                return self.stop(place, row, stopped);
            }
        };
        // After the first failure nothing is built any more, only counted.
        if !self.checked.failures.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        let batch = self.writer.batch();
        batch.put(
            keys::row(place.built.space, &key),
            joined(self.shift.after.version, &carried.body),
        );
        for change in carried.changes.iter().filter(|change| change.entry.is_some()) {
            change.write(place.built.space, &key, batch);
        }
        for (edge, way, entry) in kept_elsewhere(place, self.shift, row.key, &row.route.hops)? {
            batch.put(keys::complement(place.built.space, edge, way, &key), entry);
        }
        Ok(self.writer.end_row())
    }

    /// Takes for a row what no other one may have then. Returns where it stops if another one has that already.
    fn claim(
        &mut self,
        place: &BuildPlace<'_>,
        space: u32,
        row: &StoredRow<'_>,
        carried: &std::result::Result<Carried, Stopped>,
    ) -> Result<Option<Stopped>> {
        // After the first failure nothing is built any more.
        let Some(claims) = self.claims.as_mut().filter(|_| self.checked.failures.is_empty()) else {
            return Ok(None);
        };
        let (snapshot, code) = (place.snapshot.as_ref(), self.code);
        let claimant = Claimant {
            owner: Claimant::row(row.key),
            from: row.stamp,
            arrival: carried.as_ref().ok().map(|carried| carried.body.as_slice()),
            stopped: carried.as_ref().err(),
            carry: &|route| carried_body(translate(snapshot, space, row.key, route, row.body, code)),
        };
        claims.take(snapshot, self.shift, &claimant, self.writer.batch())
    }

    /// Returns the key that a row has in the new space, or why it has none of its own.
    fn new_key(
        &mut self,
        place: &BuildPlace<'_>,
        old: &[u8],
        body: &[u8],
    ) -> Result<std::result::Result<Vec<u8>, Stopped>> {
        if !self.rekeys {
            return Ok(Ok(old.to_vec()));
        }
        let key = match moved_key(self.shift, body) {
            Ok(key) => key,
            Err(stopped) => return Ok(Err(stopped)),
        };
        let stored = keys::row(place.built.space, &key);
        // Rows come in the order of their old keys: the lowest is there already.
        let is_taken = self.new_keys.contains(&key) || place.snapshot.get(&stored, &mut |_| {})?;
        if is_taken {
            let shown = show_key(self.shift.schema(), &key);
            let problem = format!("a row with a lower key has the new key {shown} too");
            return Ok(Err(self.shift.stopped_at_key(problem)));
        }
        self.new_keys.insert(key.clone());
        Ok(Ok(key))
    }

    /// Carries a row that has no key of its own to the version below the edge that would move it.
    fn before_edge(
        &mut self,
        place: &BuildPlace<'_>,
        row: &StoredRow<'_>,
        stopped: Stopped,
    ) -> Result<Stopped> {
        let below = self.below.route(self.shift, row, stopped.edge.0)?;
        let space = self.shift.before.as_ref().map_or(0, |before| before.space);
        match carry(
            place.snapshot.as_ref(),
            space,
            row.key,
            below,
            row.body,
            self.code,
        ) {
            Ok(before) => Ok(Stopped { before, ..stopped }),
            Err(CarryError::Row(earlier)) => Ok(*earlier),
            Err(CarryError::Engine(error)) => Err(error),
        }
    }

    /// Takes out a row that doesn't fit, or notes that it refuses the change.
    fn stop(
        &mut self,
        place: &BuildPlace<'_>,
        row: &StoredRow<'_>,
        stopped: Stopped,
    ) -> Result<ControlFlow<()>> {
        let is_dropped = self.shift.drops(&stopped);
        if !is_dropped || !self.checked.failures.is_empty() {
            self.checked.note(self.shift, row.key, Some(stopped));
            return Ok(ControlFlow::Continue(()));
        }
        let below = self.below.route(self.shift, row, stopped.edge.0)?;
        // What was kept for that edge and those above it waits until the row gets over them.
        let kept = kept_elsewhere(place, self.shift, row.key, &below.hops)?;
        self.take_out(place, row.key, stopped, kept)?;
        Ok(self.writer.end_row())
    }

    /// Takes out a row, with what is kept of it on edges that it doesn't cross.
    pub(super) fn take_out(
        &mut self,
        place: &BuildPlace<'_>,
        old_key: &[u8],
        stopped: Stopped,
        mut kept: Vec<(u32, Way, Vec<u8>)>,
    ) -> Result<()> {
        self.checked.count_dropped(self.shift, old_key);
        let (edge, _) = stopped.edge;
        let left = stopped.before.changes.into_iter();
        kept.extend(left.filter_map(|change| Some((change.edge.0, change.edge.1, change.entry?))));
        let key = self.key_below(edge, old_key, &stopped.before.body)?;
        let record = VictimRecord {
            body: stopped.before.body,
            kept,
        };
        self.add_victim(place, edge, key, record)
    }

    /// Returns the key of a row as of below an edge. Only an edge before that one can have moved it.
    fn key_below(&self, edge: u32, old: &[u8], body: &[u8]) -> Result<Vec<u8>> {
        let moves_twice = self.rekeys && self.shift.hops.first().is_some_and(|(first, _)| *first != edge);
        if !moves_twice {
            return Ok(old.to_vec());
        }
        let parent = self.shift.versions.get(&edge).and_then(|version| version.parent);
        let below = parent.and_then(|parent| self.shift.versions.get(&parent));
        let below =
            below.ok_or_else(|| Error::corrupt("the version tree", format!("version {edge} is missing")))?;
        row_key(&below.schema, body).map_err(|error| Error::corrupt("a row that is taken out", error))
    }
}

/// Returns a row that was carried; none if it doesn't come to the end.
pub(super) fn carried_body(carried: std::result::Result<Vec<u8>, CarryError>) -> Result<Option<Vec<u8>>> {
    match carried {
        Ok(body) => Ok(Some(body)),
        Err(CarryError::Row(_)) => Ok(None),
        Err(CarryError::Engine(error)) => Err(error),
    }
}

/// Lists what is kept of a row on other edges than those that it crosses now.
fn kept_elsewhere(
    place: &BuildPlace<'_>,
    shift: &Shift,
    row_key: &[u8],
    hops: &[RouteHop],
) -> Result<Vec<(u32, Way, Vec<u8>)>> {
    let Some(before) = &shift.before else {
        return Ok(Vec::new());
    };
    let crossed = |edge: u32| hops.iter().any(|hop| hop.edge == edge);
    let mut found = Vec::new();
    for (edge, way) in shift.kept.iter().filter(|(edge, _)| !crossed(*edge)) {
        let source = keys::complement(before.space, *edge, *way, row_key);
        if let Some(kept) = read_bytes(place.snapshot.as_ref(), &source)? {
            found.push((*edge, *way, kept));
        }
    }
    Ok(found)
}

/// Lists the edges across which something may be kept once a table was built anew.
#[must_use]
pub fn kept_after_build(shift: &Shift, routes: &BTreeMap<u32, Route>) -> BTreeSet<(u32, Way)> {
    let mut kept = shift.kept.clone();
    for hop in routes.values().flat_map(|route| &route.hops) {
        if hop.keeps() {
            kept.insert((hop.edge, hop.way));
        }
    }
    kept
}
