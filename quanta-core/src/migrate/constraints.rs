//! Holding rows to the unique indexes and references of a change, before the switch: different tables at once, where no
//! function of the program is needed for that.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::catalog::{read_table, read_version};
use crate::diff::Refusal;
use crate::error::Result;
use crate::plan::{Head, Presence};
use crate::progress::{Phase, Stage};
use crate::schema::IndexDef;

use super::dangling::{HeldReference, check_references, held_references};
use super::objects::{Candidate, Spaces, spaces};
use super::shift::Shift;
use super::side_by_side::{Bench, side_by_side};
use super::unique::{built_indexes, check_unique};
use super::workshop::Workshop;

/// The phase in which rows are held to indexes and references: it begins when the first row is looked at, as most tables
/// get none that rows may not hold to.
pub(super) struct LazyStage<'a> {
    shop: &'a Workshop<'a>,
    bench: &'a Bench,
    shift: &'a Shift,
    begun: Option<Stage>,
}

impl<'a> LazyStage<'a> {
    fn of(shop: &'a Workshop<'a>, shift: &'a Shift, bench: &'a Bench) -> Self {
        Self {
            shop,
            bench,
            shift,
            begun: None,
        }
    }

    /// Begins to look at all rows, for the first time or again.
    pub(super) fn again(&mut self) -> Result<&mut Stage> {
        let stage = match self.begun.take() {
            Some(mut begun) => {
                begun.again();
                begun
            }
            None => self
                .shop
                .stage(&self.bench.meter, Phase::Constraints, self.shift)?,
        };
        Ok(self.begun.insert(stage))
    }

    fn end(self) -> Result<()> {
        self.begun.map_or(Ok(()), Stage::end)
    }
}

/// What the rows of one table may not hold to.
struct Trial<'a> {
    candidate: &'a Candidate<'a>,
    indexes: Vec<IndexDef>,
    references: Vec<HeldReference<'a>>,
}

/// What is refused of a table, and how many of its rows were looked at.
type Found = (Vec<Refusal>, u64);

impl<'a> Trial<'a> {
    /// Says what a table is tried for; none if its rows hold to everything.
    fn of(candidate: &'a Candidate<'a>, spaces: &Spaces<'_>) -> Result<Option<Self>> {
        let trial = Self {
            candidate,
            indexes: built_indexes(candidate)?,
            references: held_references(candidate, spaces)?,
        };
        let is_empty = trial.indexes.is_empty() && trial.references.is_empty();
        Ok(Some(trial).filter(|_| !is_empty))
    }
}

impl Workshop<'_> {
    /// Looks at the rows of every table that gets an index or a reference which they may not hold to, unless the
    /// change is refused anyway.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub(super) fn check_objects(
        &mut self,
        head: &Head,
        candidates: &[Candidate<'_>],
        refusals: &mut Vec<Refusal>,
    ) -> Result<()> {
        if !refusals.is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        let spaces = spaces(head, candidates);
        let others = self.referring(head, candidates)?;
        let others: Vec<Candidate<'_>> = others.iter().map(Candidate::unchanged).collect();
        let live = candidates
            .iter()
            .filter(|candidate| candidate.shift.after.presence == Presence::Live && !candidate.is_unknown());
        let trials = live
            .chain(&others)
            .filter_map(|candidate| Trial::of(candidate, &spaces).transpose());
        let found = self.try_all(trials.collect::<Result<_>>()?)?;
        for (refused, rows) in found {
            refusals.extend(refused);
            self.spans.rows_checked += rows;
        }
        self.spans.checks += started.elapsed();
        Ok(())
    }

    /// Lists the tables to which nothing happens, and which refer to rows that move or go.
    fn referring(&self, head: &Head, candidates: &[Candidate<'_>]) -> Result<Vec<Shift>> {
        let moved: BTreeSet<u32> = candidates
            .iter()
            .filter(|candidate| candidate.moves())
            .map(|candidate| candidate.shift.table)
            .collect();
        let changes = |id: u32| candidates.iter().any(|candidate| candidate.shift.table == id);
        let others = head
            .tables
            .iter()
            .filter(|(id, table)| !changes(**id) && table.state.presence == Presence::Live);
        let mut referring = Vec::new();
        for (id, table) in others.filter(|_| !moved.is_empty()) {
            let current = read_version(self.snapshot.as_ref(), *id, table.state.version)?;
            if current.targets.iter().any(|target| moved.contains(&target.table)) {
                let stored = read_table(self.snapshot.as_ref(), *id, table)?;
                referring.push(Shift::unchanged(&stored));
            }
        }
        Ok(referring)
    }

    /// Tries tables: side by side where several have many rows. Those that need functions of the program are tried here, in
    /// their turn.
    fn try_all(&self, trials: Vec<Trial<'_>>) -> Result<Vec<Found>> {
        let (here, aside): (Vec<_>, Vec<_>) = trials
            .into_iter()
            .enumerate()
            .partition(|(_, trial)| trial.candidate.calls_program());
        let threads = self.threads(aside.iter().map(|(_, trial)| trial.candidate.shift))?;
        let (here, aside) = if threads > 1 {
            (here, aside)
        } else {
            (here.into_iter().chain(aside).collect(), Vec::new())
        };
        let attempt = |(position, trial), bench: &Bench| (position, self.attempt(trial, bench));
        let mut tried: BTreeMap<usize, Result<Found>> = BTreeMap::new();
        if !aside.is_empty() {
            tried.extend(side_by_side(threads, &self.meter, aside, &attempt)?);
        }
        let mut here: BTreeMap<usize, Trial<'_>> = here.into_iter().collect();
        let bench = Bench::whole(&self.meter);
        let positions = 0..here.len() + tried.len();
        let found = positions.filter_map(|position| match here.remove(&position) {
            Some(trial) => Some(self.attempt(trial, &bench)),
            None => tried.remove(&position),
        });
        found.collect()
    }

    /// Tries one table.
    fn attempt(&self, trial: Trial<'_>, bench: &Bench) -> Result<Found> {
        let candidate = trial.candidate;
        let mut stage = LazyStage::of(self, candidate.shift, bench);
        let place = (&self.snapshot, &bench.room);
        let (mut refused, unique_rows) = check_unique(place, candidate, &trial.indexes, &mut stage)?;
        let (dangling, referring_rows) =
            check_references(&self.snapshot, candidate, trial.references, &mut stage)?;
        refused.extend(dangling);
        stage.end()?;
        Ok((refused, unique_rows.max(referring_rows)))
    }
}
