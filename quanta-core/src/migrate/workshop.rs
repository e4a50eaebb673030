//! What happens to the rows of one table before the switch: looking at them, and carrying them into a new space where
//! that can't wait. Opens, rollbacks and dry runs share it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use quanta_storage::{Direction, Engine, KeyRange, Snapshot};

use crate::catalog::{estimate_rows, keys};
use crate::codec::Class;
use crate::diff::{Change, Refusal, RefusalKind};
use crate::error::Result;
use crate::plan::{Counters, TablePlan};
use crate::program::{NoCode, OwnCodeTable};
use crate::progress::{Meter, Phase, RowsTotal, Stage};

use super::build::{BuildPlace, build};
use super::check::Checked;
use super::claims::claiming_edges;
use super::debts::pay_debts;
use super::discard::discard_built;
use super::look::{First, Outlook};
use super::request::Spans;
use super::shift::Shift;
use super::side_by_side::Budget;
use super::switch::{Built, IndexSpaces, Ready};
use super::unfinished::{NextOpen, Unfinished};
use super::victims::edges_with_victims;

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
    /// How much of the machine it may take.
    pub(super) budget: Budget,
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
        (meter, budget): (Meter, Budget),
    ) -> Self {
        Self {
            meter,
            budget,
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
        mut outlook: Outlook,
        plan: &mut TablePlan,
        counters: &mut Counters,
        code: &dyn OwnCodeTable,
        mode: Mode,
    ) -> Result<(Ready, Vec<Refusal>)> {
        let Some(rows) = &outlook.rows else {
            return Ok((Ready::unbuilt(outlook.shift, outlook.is_empty), outlook.refused));
        };
        let (needs_code, mut must_build) = (rows.needs_code, rows.must_build);
        if rows.first == First::Build {
            return self.build(&outlook.shift, plan, counters, code);
        }
        let mut checked = Checked::default();
        if rows.first == First::Look {
            let its_code = needs_code.then_some(code);
            checked = self.look(&mut outlook, plan, its_code, mode)?;
        }
        let gets_code = code.has_functions() && !needs_code && checked.failures.is_own_code();
        if gets_code {
            // Rows that were changed go down through the program's own functions.
            must_build = true;
            checked = self.look(&mut outlook, plan, Some(code), mode)?;
        }
        must_build |= checked.rows_dropped > 0;
        let Outlook { shift, is_empty, .. } = outlook;
        if must_build && mode == Mode::Run && checked.failures.is_empty() {
            let table: &dyn OwnCodeTable = if needs_code || gets_code { code } else { &NoCode };
            return self.build(&shift, plan, counters, table);
        }
        let refusals = checked.failures.refusals(&plan.name, &shift);
        Ok((Ready::unbuilt(shift, is_empty), refusals))
    }

    pub(super) fn is_empty(&self, shift: &Shift) -> Result<bool> {
        let Some(before) = &shift.before else {
            return Ok(true);
        };
        let has_none = |range: KeyRange| -> Result<bool> {
            Ok(self.snapshot.scan(&range, Direction::Forward)?.next()?.is_none())
        };
        Ok(has_none(keys::rows(before.space))? && has_none(keys::victims(before.space))?)
    }

    /// Begins a phase of work on the rows of a table as they are before the change.
    pub(super) fn stage(&self, meter: &Meter, phase: Phase, shift: &Shift) -> Result<Stage> {
        let total = self.rows_before(shift)?;
        meter.stage(
            (phase, &shift.after.name),
            (0, total),
            self.engine.batch_rows_max(),
        )
    }

    /// Says about how many rows a table has before the change, if anybody wants to know.
    pub(super) fn rows_before(&self, shift: &Shift) -> Result<RowsTotal> {
        if shift.before.is_some() && !self.meter.is_watched() {
            return Ok(RowsTotal::Unknown);
        }
        self.estimate(shift)
    }

    /// Says about how many rows a table has before the change.
    pub(super) fn estimate(&self, shift: &Shift) -> Result<RowsTotal> {
        match &shift.before {
            Some(before) => {
                let schema = &shift.versions[&before.version].schema;
                estimate_rows(self.snapshot.as_ref(), (before.space, None), schema)
            }
            None => Ok(RowsTotal::Exact(0)),
        }
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
    pub(super) fn account(&mut self, checked: &Checked) {
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

/// Refuses a way that takes back what has no way back.
pub(super) fn refuse_irreversible(table: &str, shift: &Shift) -> Vec<Refusal> {
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
