//! What happens to the rows of one table before the switch: looking at them, and carrying them into a new space where
//! that can't wait. Opens, rollbacks and dry runs share it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use quanta_storage::{Direction, Engine, KeyRange, Snapshot};

use crate::catalog::{estimate_rows, keys};
use crate::codec::Class;
use crate::diff::{Change, Refusal, RefusalKind, Step, Way};
use crate::error::Result;
use crate::plan::{Counters, TablePlan};
use crate::program::{NoCode, OwnCodeTable};
use crate::progress::{Meter, Phase, RowsTotal, Stage};
use crate::txn::Route;

use super::build::{BuildPlace, build};
use super::check::{Checked, check_rows};
use super::claims::{ClaimingEdge, claiming_edges, count_meeting};
use super::code::OnlyStandIns;
use super::debts::pay_debts;
use super::discard::discard_built;
use super::moved::{count_returning, note_meeting_keys};
use super::request::Spans;
use super::shift::Shift;
use super::switch::{Built, IndexSpaces, Ready};
use super::unfinished::{NextOpen, Unfinished};
use super::victims::edges_with_victims;

/// The program's functions as one table needs them.
#[derive(Clone, Copy)]
pub(super) struct Code<'a> {
    /// All that the program has.
    pub(super) table: &'a dyn OwnCodeTable,
    /// Whether there is any at all.
    pub(super) is_empty: bool,
}

/// Whether eager work is done or only foretold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Run,
    DryRun,
}

/// Where looking at rows and eager work take place.
pub(super) struct Workshop<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) snapshot: Arc<dyn Snapshot>,
    pub(super) epoch: Option<u64>,
    pub(super) spans: Spans,
    pub(super) meter: Meter,
    /// How many rows of a table there are after the change, where they were counted, by id.
    pub(super) rows_counted: BTreeMap<u32, u64>,
    /// What an interrupted open left.
    pub(super) unfinished: Vec<Unfinished>,
    /// What becomes of this work if it is interrupted.
    pub(super) next_open: NextOpen,
}

impl<'a> Workshop<'a> {
    pub(super) fn new(
        engine: &'a dyn Engine,
        snapshot: Arc<dyn Snapshot>,
        epoch: Option<u64>,
        meter: Meter,
    ) -> Self {
        Self {
            meter,
            rows_counted: BTreeMap::new(),
            engine,
            snapshot,
            epoch,
            spans: Spans::default(),
            unfinished: Vec::new(),
            next_open: NextOpen::GoesOn,
        }
    }

    /// Deletes what was forgotten and is still there.
    pub(super) fn pay_debts(&mut self) -> Result<()> {
        if pay_debts(self.engine, self.snapshot.as_ref(), self.epoch)? {
            self.snapshot = Arc::from(self.engine.snapshot()?);
        }
        Ok(())
    }

    /// Empties the spaces that were filled for a change that is refused after all.
    pub(super) fn discard_ready(&self, ready: &[Ready]) -> Result<()> {
        let built = ready.iter().flat_map(|ready| {
            let rows = ready.built.iter().chain(&ready.scaffolds);
            rows.chain(&ready.indexes.built)
        });
        built
            .copied()
            .try_for_each(|built| discard_built(self.engine, self.epoch, built))
    }

    /// Looks at the rows of one table and does its eager work.
    pub(super) fn prepare(
        &mut self,
        shift: Shift,
        plan: &mut TablePlan,
        counters: &mut Counters,
        code: Code<'_>,
        mode: Mode,
    ) -> Result<(Ready, Vec<Refusal>)> {
        let irreversible = refuse_irreversible(&plan.name, &shift);
        let is_empty = self.is_empty(&shift)?;
        // What a migration writes goes into a space of its own, whether rows are carried there or not.
        let is_filled = shift.is_written() && mode == Mode::Run;
        let stays = is_empty || shift.hops.is_empty();
        if stays && !is_filled || !irreversible.is_empty() {
            return Ok((Ready::unbuilt(shift, is_empty), irreversible));
        }
        let routes = shift.routes()?;
        let needs_code = routes.values().any(needs_code_upwards);
        let mut must_build = is_filled || needs_code || shift.rekeys() || !shift.returning().is_empty();
        must_build |= routes.values().any(Route::gives_back);
        let edges = claiming_edges(&shift)?;
        let is_thinned_out = edges.iter().any(ClaimingEdge::is_before_a_move);
        if mode == Mode::Run && (is_thinned_out || !shift.cuts()?.is_empty()) {
            // Which rows there are at an edge is known only once they were carried there.
            return self.build(&shift, plan, counters, code.table);
        }
        let mut checked = Checked::default();
        if mode == Mode::DryRun || !needs_code || shift.rekeys() {
            let table: &dyn OwnCodeTable = match mode {
                _ if needs_code => code.table,
                Mode::DryRun => &OnlyStandIns,
                Mode::Run => &NoCode,
            };
            checked = self.look(&shift, (&routes, &edges), (plan, table), mode)?;
        }
        let gets_code = !code.is_empty && !needs_code && checked.failures.is_own_code();
        if gets_code {
            // Rows that were changed go down through the program's own functions.
            must_build = true;
            checked = self.look(&shift, (&routes, &edges), (plan, code.table), mode)?;
        }
        must_build |= checked.rows_dropped > 0;
        if must_build && mode == Mode::Run && checked.failures.is_empty() {
            let table: &dyn OwnCodeTable = if needs_code || gets_code {
                code.table
            } else {
                &NoCode
            };
            return self.build(&shift, plan, counters, table);
        }
        let refusals = checked.failures.refusals(&plan.name, &shift);
        Ok((Ready::unbuilt(shift, is_empty), refusals))
    }

    fn is_empty(&self, shift: &Shift) -> Result<bool> {
        let Some(before) = &shift.before else {
            return Ok(true);
        };
        let has_none = |range: KeyRange| -> Result<bool> {
            Ok(self.snapshot.scan(&range, Direction::Forward)?.next()?.is_none())
        };
        Ok(has_none(keys::rows(before.space))? && has_none(keys::victims(before.space))?)
    }

    /// Begins a phase of work on the rows of a table as they are before the change.
    pub(super) fn stage(&self, phase: Phase, shift: &Shift, table: &str) -> Result<Stage> {
        let total = self.rows_before(shift)?;
        self.meter
            .stage((phase, table), (0, total), self.engine.batch_rows_max())
    }

    /// Says about how many rows a table has before the change, if anybody wants to know.
    pub(super) fn rows_before(&self, shift: &Shift) -> Result<RowsTotal> {
        match &shift.before {
            Some(before) if self.meter.is_watched() => {
                let schema = &shift.versions[&before.version].schema;
                estimate_rows(self.snapshot.as_ref(), (before.space, None), schema)
            }
            Some(_) => Ok(RowsTotal::Unknown),
            None => Ok(RowsTotal::Exact(0)),
        }
    }

    /// Looks at all rows where one may fail, and counts what they would lose.
    fn look(
        &mut self,
        shift: &Shift,
        (routes, edges): (&BTreeMap<u32, Route>, &[ClaimingEdge]),
        (plan, code): (&mut TablePlan, &dyn OwnCodeTable),
        mode: Mode,
    ) -> Result<Checked> {
        let new_edges = shift.new_edges()?;
        let can_fail = new_edges.hops.iter().any(|hop| hop.crossing.can_fail(hop.way));
        if !can_fail && !shift.rekeys() && edges.is_empty() && mode == Mode::Run {
            return Ok(Checked::default());
        }
        let span =
            tracing::info_span!("check_rows", table = %plan.name, rows = tracing::field::Empty).entered();
        let started = Instant::now();
        let mut stage = self.stage(Phase::Check, shift, &plan.name)?;
        let mut checked = check_rows(&self.snapshot, shift, (routes, code), &mut stage)?;
        if shift.rekeys() && shift.steps.iter().any(may_meet) {
            note_meeting_keys(&self.snapshot, shift, (routes, code), (&mut checked, &mut stage))?;
        }
        if checked.failures.is_empty() {
            checked.rows_dropped += count_meeting(&self.snapshot, shift, (edges, code), &mut stage)?;
        }
        stage.end()?;
        count_returning(self.snapshot.as_ref(), shift, &mut checked)?;
        self.spans.checks += started.elapsed();
        self.spans.rows_checked += checked.rows;
        span.record("rows", checked.rows);
        plan.account(&checked);
        if mode == Mode::DryRun {
            plan.sample = checked.sample.take().map(|sample| sample.row);
        }
        Ok(checked)
    }

    /// Carries the rows into a new space, part after part of the way.
    fn build(
        &mut self,
        shift: &Shift,
        plan: &mut TablePlan,
        counters: &mut Counters,
        code: &dyn OwnCodeTable,
    ) -> Result<(Ready, Vec<Refusal>)> {
        let span = tracing::info_span!("build", table = %plan.name, rows = tracing::field::Empty).entered();
        let started = Instant::now();
        let mut ready = Ready::unbuilt(shift.clone(), false);
        let mut checked = Checked::default();
        let total = match plan.rows_checked {
            Some(rows) => RowsTotal::Exact(rows),
            None => self.rows_before(shift)?,
        };
        let phase = if shift.rekeys() {
            Phase::Rekey
        } else {
            Phase::Build
        };
        let (meter, batch_rows) = (self.meter.clone(), self.engine.batch_rows_max());
        let begin = |resumed: u64| meter.stage((phase, &plan.name), (resumed, total), batch_rows);
        let mut stage = None;
        let mut parts = shift.parts()?.into_iter().peekable();
        while let Some(part) = parts.next() {
            let (built, claims, mut carried) =
                self.build_part(&part, counters, code, (&mut stage, &begin))?;
            carried.count_all_steps(&part);
            checked = checked.then(carried);
            if !checked.failures.is_empty() {
                self.discard_ready(std::slice::from_ref(&ready))?;
                checked.failures.between = ready.built.and_then(|_| part.before.map(|before| before.version));
                ready = Ready::unbuilt(shift.clone(), false);
                break;
            }
            ready.scaffolds.extend(claims);
            ready.scaffolds.extend(ready.built.replace(built));
            let victims = edges_with_victims(self.snapshot.as_ref(), &part, built.space)?;
            if let Some(next) = parts.peek_mut() {
                next.begin_in(built.space, &part, victims)?;
            } else {
                ready.victims = victims;
            }
        }
        stage.map_or(Ok(()), Stage::end)?;
        self.rows_counted.insert(
            shift.table,
            checked.rows - checked.rows_dropped + checked.rows_returned,
        );
        self.spans.builds += started.elapsed();
        self.spans.rows_built += checked.rows;
        span.record("rows", checked.rows);
        if !shift.hops.is_empty() {
            plan.account(&checked);
        }
        Ok((ready, checked.failures.refusals(&plan.name, shift)))
    }

    /// Carries the rows along one part of the way. Returns where they are, and where it says what they have taken.
    fn build_part(
        &mut self,
        part: &Shift,
        counters: &mut Counters,
        code: &dyn OwnCodeTable,
        (stage, begin): (&mut Option<Stage>, &dyn Fn(u64) -> Result<Stage>),
    ) -> Result<(Built, Option<Built>, Checked)> {
        let (routes, edges) = (part.routes()?, claiming_edges(part)?);
        let digest = self.digest(part)?;
        let (built, progress) = self.place(part, digest, counters);
        let claims = (!edges.is_empty()).then(|| {
            let digest = *blake3::hash(&[&digest[..], b"claims"].concat()).as_bytes();
            (self.place(part, digest, counters).0, digest)
        });
        let stage = match stage {
            Some(stage) => stage,
            None => stage.insert(begin(progress.rows)?),
        };
        let mut place = BuildPlace {
            engine: self.engine,
            snapshot: &mut self.snapshot,
            epoch: self.epoch.unwrap_or(0),
            built,
            digest,
            claims,
        };
        let checked = build(&mut place, part, (&routes, code), (progress, edges), stage)?;
        Ok((built, claims.map(|(claims, _)| claims), checked))
    }
}

impl Ready {
    pub(super) fn unbuilt(shift: Shift, is_empty: bool) -> Self {
        Self {
            victims: shift.victims.clone(),
            shift,
            built: None,
            scaffolds: Vec::new(),
            is_empty,
            indexes: IndexSpaces::default(),
        }
    }
}

impl TablePlan {
    /// Fills in what a look at the rows found.
    fn account(&mut self, checked: &Checked) {
        self.rows_checked = Some(checked.rows);
        self.rows_dropped = checked.rows_dropped;
        self.first_dropped = checked.first_dropped.clone();
        self.rows_returned = checked.rows_returned;
        self.rows_left_out = checked.rows_left_out;
        for (position, loss) in self.losses.iter_mut().enumerate() {
            loss.rows = Some(checked.rows_lost.get(position).copied().unwrap_or(0));
            loss.first = checked.first_lost.get(position).cloned().unwrap_or_default();
        }
        for given in &mut self.restored {
            given.rows = checked.restored.get(&given.path).copied().unwrap_or_default();
        }
    }
}

/// Tells whether rows may have one key after a step.
fn may_meet(step: &Step) -> bool {
    let moves = matches!(
        step.change,
        Change::ChangeKey { .. } | Change::RunMigration { .. } | Change::UndoMigration { .. }
    );
    moves && step.class >= Class::Checked
}

fn refuse_irreversible(table: &str, shift: &Shift) -> Vec<Refusal> {
    let steps = shift.steps.iter();
    let undone = steps
        .filter(|step| step.class == Class::Refused && matches!(step.change, Change::UndoMigration { .. }));
    undone
        .map(|step| Refusal {
            kind: RefusalKind::Irreversible,
            table: table.to_owned(),
            path: String::new(),
            problem: step.to_string(),
            fixes: vec![
                "go no further back than to the revision that it made".to_owned(),
                "restore a backup from before it".to_owned(),
            ],
        })
        .collect()
}

fn needs_code_upwards(route: &Route) -> bool {
    let mut hops = route.hops.iter();
    hops.any(|hop| hop.way == Way::Up && hop.crossing.needs_own_code(hop.way))
}
