//! What a rehearsal found.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::codec::Class;
use crate::diff::Cost;

use super::law::{Law, Verdict};
use super::renames::{RenameCheck, RenameOutcome};

/// What a rehearsal of a history found.
#[derive(Debug, Clone, PartialEq)]
pub struct RehearsalReport {
    /// The name of the document.
    pub name: String,
    /// How many rows each table was to have.
    pub rows: u64,
    /// The seed of the rows.
    pub seed: u64,
    /// How many versions the document has.
    pub versions: usize,
    /// The transitions, in order.
    pub transitions: Vec<TransitionReport>,
    /// How long each transition took. The only part that two rehearsals with equal arguments don't share.
    pub times: Vec<TransitionTimes>,
}

/// What happened between two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitionReport {
    /// The label of the version that was there: the one before, or an earlier one if that was refused.
    pub from: String,
    /// The label of the version that was gone to.
    pub to: String,
    /// Whether the version was reached.
    pub outcome: Outcome,
    /// How many steps of each kind there were, by their name in plans.
    pub steps: BTreeMap<String, u64>,
    /// The most dangerous class of any step.
    pub class: Class,
    /// The highest cost of any step.
    pub cost: Cost,
    /// What was refused on the way, and what was done about it.
    pub refusals: Vec<Resolved>,
    /// Rows that each law was checked on: those in the store after the change.
    pub rows_checked: u64,
    /// Rows that had to go because they don't fit.
    pub rows_dropped: u64,
    /// What came of each law that could be checked.
    pub laws: BTreeMap<Law, Verdict>,
    /// What became of renames whose hints were withheld; empty unless they were.
    pub renames: Vec<RenameCheck>,
}

/// Whether a version was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The change was made.
    Taken,
    /// The change was refused, and nothing that a person would do at once helps. The next version is tried from the
    /// last one that was reached.
    Refused,
    /// As refused, and for the second time: the rehearsal goes on with new stores at this version.
    StartedAnew,
}

/// A refusal, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Resolved {
    /// The kind of the refusal, as in plans.
    pub kind: String,
    /// The table.
    pub table: String,
    /// The field, or empty.
    pub path: String,
    /// What is wrong.
    pub problem: String,
    /// The ways out that the refusal lists.
    pub fixes: Vec<String>,
    /// What was done: `new`, `default`, `convert_with`, `drop_row`, `delete` (rows, by hand), `forward`, or none if nothing helps.
    pub resolution: Option<String>,
}

/// How long a transition took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransitionTimes {
    /// Making the change: planning, checking, opening.
    pub change: Duration,
    /// Checking the laws.
    pub laws: Duration,
}

impl RehearsalReport {
    /// Tells whether every transition was taken, every law held, and no rename was guessed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.transitions.iter().all(TransitionReport::is_good)
    }

    /// Returns how long everything took.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.times.iter().map(|times| times.change + times.laws).sum()
    }

    /// Counts the steps of all transitions, by kind.
    #[must_use]
    pub fn steps(&self) -> BTreeMap<String, u64> {
        let mut total = BTreeMap::new();
        for (kind, count) in self.transitions.iter().flat_map(|transition| &transition.steps) {
            *total.entry(kind.clone()).or_default() += count;
        }
        total
    }

    /// Counts the refusals of all transitions, by kind and by what was done about them.
    #[must_use]
    pub fn refusals(&self) -> BTreeMap<(String, Option<String>), u64> {
        let mut total = BTreeMap::new();
        let refusals = self
            .transitions
            .iter()
            .flat_map(|transition| &transition.refusals);
        for refusal in refusals {
            *total
                .entry((refusal.kind.clone(), refusal.resolution.clone()))
                .or_default() += 1;
        }
        total
    }

    /// Counts how often a law held, was excused and was broken.
    #[must_use]
    pub fn law(&self, law: Law) -> (u64, u64, u64) {
        let mut counts = (0, 0, 0);
        for verdict in self
            .transitions
            .iter()
            .filter_map(|transition| transition.laws.get(&law))
        {
            match verdict {
                Verdict::Held => counts.0 += 1,
                Verdict::Excused(_) => counts.1 += 1,
                Verdict::Broken(_) => counts.2 += 1,
            }
        }
        counts
    }

    /// Counts the withheld renames, by what became of them.
    #[must_use]
    pub fn renames(&self) -> BTreeMap<RenameOutcome, u64> {
        let mut total = BTreeMap::new();
        for rename in self.transitions.iter().flat_map(|transition| &transition.renames) {
            *total.entry(rename.outcome).or_default() += 1;
        }
        total
    }
}

impl TransitionReport {
    /// Tells whether the version was reached, every law held, and no rename was guessed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.outcome == Outcome::Taken
            && self.broken().next().is_none()
            && self.renames.iter().all(|rename| rename.outcome.is_good())
    }

    /// Lists the broken laws.
    pub fn broken(&self) -> impl Iterator<Item = (Law, &super::law::Counterexample)> {
        self.laws.iter().filter_map(|(law, verdict)| match verdict {
            Verdict::Broken(counterexample) => Some((*law, counterexample)),
            _ => None,
        })
    }
}
