//! The order of a rehearsal.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::codec::Class;
use crate::diff::Cost;
use crate::error::{Error, ErrorKind, Result};
use crate::generate::Seed;
use crate::history::{HistoryDocument, HistoryVersion};
use crate::plan::Plan;

use super::image::Image;
use super::jump::Jump;
use super::law::{Check, Counterexample, Law, Verdict};
use super::reads::{check_arrived, check_lazy, check_plan, check_sound, sweep};
use super::renames::withheld;
use super::report::{Outcome, RehearsalReport, TransitionReport, TransitionTimes};
use super::resolve::{Taken, attempt, delete_rows, first_version, next_version, without};
use super::rows::{Births, next_writes, write};
use super::scratch::{Declared, Scratch};
use super::travel::{Change, Standing, Sweeping};
use super::{fresh, travel, writes};

/// The longest path, in transitions, that is compared with the change at once.
const JUMP_TRANSITIONS_MAX: usize = 8;

/// How a history is rehearsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rehearsal {
    /// How many rows each table gets, if there are as many keys.
    pub rows: u64,
    /// Where the rows come from: equal seeds, equal rows.
    pub seed: u64,
    /// Whether transitions are planned without their renames too.
    pub renames: Renames,
}

impl Default for Rehearsal {
    /// A hundred rows of seed 0, and renames as the document says them.
    fn default() -> Self {
        Self {
            rows: 100,
            seed: 0,
            renames: Renames::Given,
        }
    }
}

/// Whether transitions are planned without their renames too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Renames {
    /// Only as the document says them.
    #[default]
    Given,
    /// Also without them: the report says of each rename whether the plan asks.
    Withheld,
}

/// Replays a history in memory with generated rows, and checks every law at every transition.
///
/// ```
/// use quanta_core::HistoryDocument;
/// use quanta_core::rehearse::{Rehearsal, rehearse};
///
/// let history = HistoryDocument::from_json(r#"{"format": "quanta-history/1", "name": "shop", "versions": [
///     {"label": "1", "tables": [{"name": "users", "key": ["id"],
///       "fields": [{"name": "id", "type": "i64"}, {"name": "mail", "type": "string"}]}]},
///     {"label": "2", "tables": [{"name": "users", "key": ["id"],
///       "fields": [{"name": "id", "type": "i64"}, {"name": "email", "type": "string"}]}],
///      "hints": {"renamed_fields": {"users": {"mail": "email"}}}}]}"#)?;
/// let report = rehearse(&history, &Rehearsal { rows: 10, ..Rehearsal::default() })?;
/// assert!(report.is_good(), "{report}");
/// assert_eq!(report.transitions[0].steps["RenameField"], 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the document has no version, or a store can't even be made with the first. Everything later is in the report.
pub fn rehearse(document: &HistoryDocument, rehearsal: &Rehearsal) -> Result<RehearsalReport> {
    rehearse_with(document, rehearsal, &mut |_| {})
}

/// As [`rehearse`], calling `progress` with the number of transitions that are done.
///
/// ```
/// # use quantadb::{HistoryDocument, rehearse::{Rehearsal, rehearse_with}};
/// # let history = HistoryDocument::from_json(r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1", "tables": [{"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "i64"}]}]},
/// #     {"label": "2", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "i64"}, {"name": "mail", "type": "option<string>"}]}]}]}"#)?;
/// // A history of two versions has one transition.
/// let mut done = Vec::new();
/// let report = rehearse_with(&history, &Rehearsal { rows: 5, ..Rehearsal::default() }, &mut |count| done.push(count))?;
/// assert!(report.is_good(), "{report}");
/// assert_eq!(done, [1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`rehearse`].
pub fn rehearse_with(
    document: &HistoryDocument,
    rehearsal: &Rehearsal,
    progress: &mut dyn FnMut(usize),
) -> Result<RehearsalReport> {
    let mut report = RehearsalReport {
        name: document.name.clone(),
        rows: rehearsal.rows,
        seed: rehearsal.seed,
        versions: document.versions.len(),
        transitions: Vec::new(),
        times: Vec::new(),
    };
    let mut run = Run::start(&document.versions, rehearsal)?;
    for to in 1..document.versions.len() {
        let (transition, times) = run.transition(to)?;
        report.transitions.push(transition);
        report.times.push(times);
        progress(to);
    }
    Ok(report)
}

/// The stores of a rehearsal. Both hold the same rows.
struct Run<'d> {
    versions: &'d [HistoryVersion],
    rehearsal: &'d Rehearsal,
    seed: Seed,
    /// Never swept.
    lazy: Scratch,
    /// Swept after every transition.
    swept: Scratch,
    jump: Option<Jump>,
    /// The position of the version that was reached last.
    reached: usize,
    here: Declared,
}

impl<'d> Run<'d> {
    fn start(versions: &'d [HistoryVersion], rehearsal: &'d Rehearsal) -> Result<Self> {
        let first = first_version(versions)?;
        let mut run = Self {
            versions,
            rehearsal,
            seed: Seed::new(rehearsal.seed),
            lazy: Scratch::new(),
            swept: Scratch::new(),
            jump: None,
            reached: 0,
            here: Declared::new(first.clone()),
        };
        run.start_anew(0)?;
        Ok(run)
    }

    /// Makes new stores at a version.
    fn start_anew(&mut self, at: usize) -> Result<()> {
        (self.lazy, self.swept, self.jump) = (Scratch::new(), Scratch::new(), None);
        self.here = Declared::new(self.versions[at].clone());
        self.reached = at;
        drop(self.lazy.open(&self.here)?);
        drop(self.swept.open(&self.here)?);
        self.write()
    }

    /// Writes the same rows to both stores.
    fn write(&mut self) -> Result<()> {
        let lazy = self.lazy.open(&self.here)?;
        let rows = next_writes(
            &Image::of(&lazy)?,
            Births::UpTo(self.rehearsal.rows),
            &mut self.seed,
        )?;
        write(&lazy, &rows)?;
        write(&self.swept.open(&self.here)?, &rows)
    }

    fn transition(&mut self, to: usize) -> Result<(TransitionReport, TransitionTimes)> {
        let started = Instant::now();
        let next = Declared::new(next_version(self.versions, self.reached, to)?);
        let mut laws = Laws::default();
        let mut report = self.blank(to);
        if self.rehearsal.renames == Renames::Withheld {
            match withheld(&self.lazy, &self.here.version, &next.version) {
                Ok(renames) => report.renames = renames,
                Err(broken) => laws.add(Law::Plan, Err(broken.when("planned without its renames"))),
            }
        }
        let before = Standing::of(&self.lazy.open(&self.here)?)?;
        laws.add(Law::Plan, check_plan(&self.lazy, &next));
        let opening = Instant::now();
        let attempt = match attempt(&self.lazy, &self.here, next) {
            Ok(attempt) => attempt,
            Err(broken) => return Err(Error::new(ErrorKind::Corrupt, broken.to_string())),
        };
        let change = opening.elapsed();
        laws.extend(Law::Refusal, attempt.refused_clean.clone());
        report.refusals.clone_from(&attempt.refusals);

        report.rows_dropped = attempt.rows_dropped();
        delete_rows(&self.swept.open(&self.here)?, &attempt.deleted)?;
        match &attempt.taken {
            Some(taken) => {
                tell_plan(&mut report, &taken.plan);
                let before = Standing {
                    image: without(before.image, &attempt.deleted),
                    ..before
                };
                self.check(to, taken, &before, &mut report, &mut laws)?;
            }
            None => {
                report.outcome = Outcome::Refused;

                self.jump = None;
                if self.reached + 1 < to {
                    self.start_anew(to)?;
                    report.outcome = Outcome::StartedAnew;
                }
            }
        }
        report.laws = laws.verdicts;
        let times = TransitionTimes {
            change,
            laws: started.elapsed().saturating_sub(change),
        };
        Ok((report, times))
    }

    fn blank(&self, to: usize) -> TransitionReport {
        TransitionReport {
            from: self.here.version.label.clone(),
            to: self.versions[to].label.clone(),
            outcome: Outcome::Taken,
            steps: BTreeMap::new(),
            class: Class::Exact,
            cost: Cost::Record,
            refusals: Vec::new(),
            rows_checked: 0,
            rows_dropped: 0,
            laws: BTreeMap::new(),
            renames: Vec::new(),
        }
    }

    /// Checks all laws of a change that was made, and goes on from there.
    fn check(
        &mut self,
        to: usize,
        taken: &Taken,
        before: &Standing,
        report: &mut TransitionReport,
        laws: &mut Laws,
    ) -> Result<()> {
        let db = self.lazy.open(&taken.declared)?;
        let after = Standing::of(&db)?;
        report.rows_checked = after.image.rows();
        laws.add(Law::Lazy, after.image.check_gets(&db));
        laws.add(Law::Ledger, check_sound(&db));
        drop(db);
        laws.add(Law::Arrived, check_arrived(&self.lazy, taken, &after.image));
        laws.add(Law::Lazy, check_lazy(&self.lazy, taken, &after.image));
        laws.add(Law::LazyPath, self.check_swept(taken, &after.image));
        let fork = self.lazy.fork();
        laws.add(Law::Fresh, fresh::check(&fork, taken, &after, &mut self.seed));
        if before.revision != after.revision {
            let change = Change {
                here: &self.here,
                taken,
                before,
                after: &after,
            };
            for (store, sweeping) in [(&self.lazy, Sweeping::Never), (&self.swept, Sweeping::Everywhere)] {
                let fork = store.fork();
                for (law, check) in travel::check(&fork, &change, sweeping) {
                    laws.add(law, check);
                }
            }
            let fork = self.lazy.fork();
            laws.judge(Law::Writes, writes::check(&fork, &change, &mut self.seed));
        }
        self.go_on(to, taken, laws)
    }

    /// Makes the change in the store that is swept every time, and compares.
    fn check_swept(&self, taken: &Taken, image: &Image) -> Check {
        let db = self.swept.open(&taken.declared)?;
        sweep(&db)?;
        image.check_equal(&Image::of(&db)?)
    }

    fn go_on(&mut self, to: usize, taken: &Taken, laws: &mut Laws) -> Result<()> {
        if let Some(mut jump) = self.jump.take() {
            match jump.step(&self.here, &taken.declared, &self.versions[to]) {
                Ok(true) if jump.to == to => {
                    if let Some(check) = jump.follow(self.versions, &taken.declared) {
                        laws.add(Law::LazyPath, check);
                    }
                    laws.judge(Law::DirectPath, jump.finish(self.versions, &taken.declared));
                }
                Ok(true) => self.jump = Some(jump),
                Ok(false) => laws.add(
                    Law::LazyPath,
                    Err(Counterexample::new(
                        "a store with other rows can't make this change",
                    )),
                ),
                Err(broken) => laws.add(Law::LazyPath, Err(broken)),
            }
        }
        self.here = taken.declared.clone();
        self.reached = to;
        self.write()?;
        let left = self.versions.len() - 1 - to;
        if self.jump.is_none() && left > 1 {
            let length = 2 + self.seed.below(JUMP_TRANSITIONS_MAX.min(left) - 1);
            let store = if self.seed.one_in(2) {
                &self.lazy
            } else {
                &self.swept
            };
            self.jump = Some(Jump::new(store, &self.here, to, to + length));
        }
        Ok(())
    }
}

fn tell_plan(report: &mut TransitionReport, plan: &Plan) {
    for step in plan.steps() {
        *report.steps.entry(step_kind(&step.change)).or_default() += 1;
    }
    report.class = plan.class();
    report.cost = plan.cost();
}

/// Returns the name of a kind of steps in plans.
fn step_kind(change: &crate::diff::Change) -> String {
    match serde_json::to_value(change) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(change)) => change.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// What came of the laws so far.
#[derive(Debug, Default)]
struct Laws {
    verdicts: BTreeMap<Law, Verdict>,
}

impl Laws {
    fn add(&mut self, law: Law, check: Check) {
        self.judge(law, check.into());
    }

    fn extend(&mut self, law: Law, check: Option<Check>) {
        if let Some(check) = check {
            self.add(law, check);
        }
    }

    /// Adds a verdict. The first place where a law is broken stays.
    fn judge(&mut self, law: Law, verdict: Verdict) {
        match (self.verdicts.get(&law), &verdict) {
            (None, _) | (Some(Verdict::Held | Verdict::Excused(_)), Verdict::Broken(_)) => {
                self.verdicts.insert(law, verdict);
            }
            _ => {}
        }
    }
}
