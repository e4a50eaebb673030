//! Looking at the rows of tables before anything changes. What needs no function of the program is done for several tables at
//! once.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::codec::Class;
use crate::diff::{Change, Refusal, Step, Way};
use crate::error::Result;
use crate::plan::TablePlan;
use crate::program::{NoCode, OwnCodeTable};
use crate::progress::Phase;
use crate::txn::Route;

use super::check::{Checked, check_rows};
use super::claims::{ClaimingEdge, claiming_edges, count_meeting};
use super::code::OnlyStandIns;
use super::moved::{count_returning, note_meeting_keys};
use super::shift::Shift;
use super::side_by_side::{Bench, is_large, side_by_side};
use super::workshop::{Mode, Workshop, refuse_irreversible};

/// What is to be done about the rows of one table before the switch, as far as that can be told without them.
pub(super) struct Outlook {
    pub(super) shift: Shift,
    pub(super) is_empty: bool,
    /// Why the table can't go there, whatever its rows are.
    pub(super) refused: Vec<Refusal>,
    /// None if rows stay as they are.
    pub(super) rows: Option<RowsOutlook>,
    /// What was found by [`Workshop::look_ahead`].
    looked: Option<Result<Checked>>,
}

/// What is to be done about rows that may not stay as they are.
pub(super) struct RowsOutlook {
    pub(super) routes: BTreeMap<u32, Route>,
    pub(super) edges: Vec<ClaimingEdge>,
    pub(super) needs_code: bool,
    /// Whether they are carried into a new space, whatever they are.
    pub(super) must_build: bool,
    pub(super) first: First,
}

/// What is done first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// All rows are looked at.
    Look,
    /// All rows are carried, as which there are at an edge is known only once they were carried there.
    Build,
    /// None can fail or lose what is counted: nothing.
    Nothing,
}

impl Mode {
    /// Returns the functions that there are without the program's.
    fn no_code(self) -> &'static dyn OwnCodeTable {
        match self {
            Self::DryRun => &OnlyStandIns,
            Self::Run => &NoCode,
        }
    }
}

impl Outlook {
    /// Takes a table whose rows are not looked at.
    pub(super) fn unlooked(shift: Shift) -> Self {
        Self {
            shift,
            is_empty: false,
            refused: Vec::new(),
            rows: None,
            looked: None,
        }
    }

    /// Tells whether rows are looked at without functions of the program.
    fn looks_without_code(&self) -> bool {
        let rows = self.rows.as_ref();
        rows.is_some_and(|rows| rows.first == First::Look && !rows.needs_code)
    }
}

impl RowsOutlook {
    fn of(shift: &Shift, mode: Mode) -> Result<Self> {
        let routes = shift.routes()?;
        let edges = claiming_edges(shift)?;
        let needs_code = routes.values().any(needs_code_upwards);
        let is_filled = shift.is_written() && mode == Mode::Run;
        let mut must_build = is_filled || needs_code || shift.rekeys() || !shift.returning().is_empty();
        must_build |= routes.values().any(Route::gives_back);
        let is_thinned_out = edges.iter().any(ClaimingEdge::is_before_a_move);
        let first = if mode == Mode::DryRun {
            First::Look
        } else if is_thinned_out || !shift.cuts()?.is_empty() {
            First::Build
        } else if needs_code && !shift.rekeys() {
            First::Nothing
        } else if shift.rekeys() || !edges.is_empty() || can_fail(shift)? {
            First::Look
        } else {
            First::Nothing
        };
        Ok(Self {
            routes,
            edges,
            needs_code,
            must_build,
            first,
        })
    }
}

impl Workshop<'_> {
    /// Says what is to be done about the rows of one table.
    ///
    /// # Errors
    ///
    /// Those of the engine, and a damaged version tree.
    pub(super) fn outlook(&self, shift: Shift, mode: Mode) -> Result<Outlook> {
        let refused = refuse_irreversible(&shift.after.name, &shift);
        let is_empty = self.is_empty(&shift)?;
        // What a migration writes goes into a space of its own, whether rows are carried there or not.
        let is_filled = shift.is_written() && mode == Mode::Run;
        let stays = (is_empty || shift.hops.is_empty()) && !is_filled;
        let rows = if stays || !refused.is_empty() {
            None
        } else {
            Some(RowsOutlook::of(&shift, mode)?)
        };
        Ok(Outlook {
            shift,
            is_empty,
            refused,
            rows,
            looked: None,
        })
    }

    /// Looks at the tables that need no function of the program side by side, if several have many rows. What is found is
    /// taken up, and an error raised, when it is the table's turn.
    ///
    /// # Errors
    ///
    /// If the program cancels it, and those of the engine.
    pub(super) fn look_ahead<'o>(
        &mut self,
        outlooks: impl Iterator<Item = &'o mut Outlook>,
        mode: Mode,
    ) -> Result<()> {
        let mut ahead: Vec<&mut Outlook> = outlooks.filter(|outlook| outlook.looks_without_code()).collect();
        let started = Instant::now();
        let threads = self.threads(ahead.iter().map(|outlook| &outlook.shift))?;
        if threads > 1 {
            let jobs = ahead
                .iter()
                .filter_map(|outlook| Some((&outlook.shift, outlook.rows.as_ref()?)));
            let this = &*self;
            let look = |(shift, rows): (&Shift, &RowsOutlook), bench: &Bench| {
                this.look_at((shift, rows), mode.no_code(), bench)
            };
            let found = side_by_side(threads, &self.meter, jobs.collect(), &look)?;
            for (outlook, checked) in ahead.iter_mut().zip(found) {
                outlook.looked = Some(checked);
            }
        }
        self.spans.checks += started.elapsed();
        Ok(())
    }

    /// Says how many threads may look at tables at once: one, unless several tables have many rows.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub(super) fn threads<'s>(&self, tables: impl ExactSizeIterator<Item = &'s Shift>) -> Result<usize> {
        let (mut left, mut large) = (tables.len(), 0);
        let tables_max = left;
        if !self.budget.allows_several(left) {
            return Ok(1);
        }
        for shift in tables {
            // All that is asked is whether there are two: the others need no estimate.
            if large + left < 2 || large == 2 {
                break;
            }
            left -= 1;
            large += usize::from(is_large(self.estimate(shift)?));
        }
        Ok(match large {
            2 => self.budget.threads_for(tables_max),
            _ => 1,
        })
    }

    /// Looks at all rows where one may fail, and counts what they would lose, unless that was done ahead.
    pub(super) fn look(
        &mut self,
        outlook: &mut Outlook,
        plan: &mut TablePlan,
        code: Option<&dyn OwnCodeTable>,
        mode: Mode,
    ) -> Result<Checked> {
        let Some(rows) = &outlook.rows else {
            return Ok(Checked::default());
        };
        let ahead = outlook.looked.take();
        let started = Instant::now();
        let code = code.unwrap_or(mode.no_code());
        let mut checked = match ahead {
            Some(ahead) => ahead,
            None => self.look_at((&outlook.shift, rows), code, &Bench::whole(&self.meter)),
        }?;
        self.spans.checks += started.elapsed();
        self.spans.rows_checked += checked.rows;
        plan.account(&checked);
        if mode == Mode::DryRun {
            plan.sample = checked.sample.take().map(|sample| sample.row);
        }
        Ok(checked)
    }

    fn look_at(
        &self,
        (shift, outlook): (&Shift, &RowsOutlook),
        code: &dyn OwnCodeTable,
        bench: &Bench,
    ) -> Result<Checked> {
        let RowsOutlook { routes, edges, .. } = outlook;
        let table = &shift.after.name;
        let span = tracing::info_span!("check_rows", table = %table, rows = tracing::field::Empty).entered();
        let mut stage = self.stage(&bench.meter, Phase::Check, shift)?;
        let mut checked = check_rows(&self.snapshot, shift, (routes, code), &mut stage)?;
        if shift.rekeys() && shift.steps.iter().any(may_meet) {
            note_meeting_keys(
                (&self.snapshot, &bench.room),
                shift,
                (routes, code),
                (&mut checked, &mut stage),
            )?;
        }
        if checked.failures.is_empty() {
            let place = (&self.snapshot, &bench.room);
            checked.rows_dropped += count_meeting(place, shift, (edges, code), &mut stage)?;
        }
        stage.end()?;
        count_returning(self.snapshot.as_ref(), shift, &mut checked)?;
        span.record("rows", checked.rows);
        Ok(checked)
    }
}

/// Tells whether a row may fail on the way that the change itself takes.
fn can_fail(shift: &Shift) -> Result<bool> {
    let new_edges = shift.new_edges()?;
    Ok(new_edges.hops.iter().any(|hop| hop.crossing.can_fail(hop.way)))
}

/// Tells whether rows may have one key after a step.
fn may_meet(step: &Step) -> bool {
    let moves = matches!(
        step.change,
        Change::ChangeKey { .. } | Change::RunMigration { .. } | Change::UndoMigration { .. }
    );
    moves && step.class >= Class::Checked
}

fn needs_code_upwards(route: &Route) -> bool {
    let mut hops = route.hops.iter();
    hops.any(|hop| hop.way == Way::Up && hop.crossing.needs_own_code(hop.way))
}
