//! What going from every version to every other one gave.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diff::Refusal;

use super::super::law::{Counterexample, Law};
use super::super::resolve::kind_name;

/// What going from every version of a history to every other one, and back, gave.
#[derive(Debug, Clone, PartialEq)]
pub struct PairsReport {
    /// The name of the document.
    pub name: String,
    /// How many rows a table was to get over all versions.
    pub rows: u64,
    /// The seed of the rows.
    pub seed: u64,
    /// How many versions the document has.
    pub versions: usize,
    /// Versions that the store could not be brought to: there is no pair of them.
    pub left_out: Vec<LeftOut>,
    /// What came of the pairs, by the version that was started from.
    pub sources: Vec<SourceReport>,
    /// Why pairs were refused, by kind, table and path. A pair that was refused for two reasons is counted at both.
    pub reasons: Vec<Reason>,
    /// The pairs whose values did not stay as they were.
    pub broken: Vec<BrokenPair>,
}

/// A version that the store could not be brought to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its label.
    pub version: String,
    /// What was refused, on one line.
    pub problem: String,
}

/// What came of the pairs that start at one version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SourceReport {
    /// The label of the version.
    pub from: String,
    /// Rows in the store there.
    pub rows: u64,
    /// Rows of the whole store that can't be there, and were deleted before.
    pub rows_left_out: u64,
    /// Pairs that gave every value back.
    pub intact: u64,
    /// Pairs that were refused, there or back, naming what stands in the way.
    pub refused: u64,
    /// Of the refused pairs, those that gave every value back once the rows that were named had been deleted.
    pub refused_rest_intact: u64,
    /// Of the pairs that were gone, those where going step by step is refused by a version between.
    pub stepless: u64,
    /// Of the intact pairs, those where rows that share a key or a unique value took turns: a change between takes out
    /// all but one of them, and after the way there and back it may be another one.
    pub turns: u64,
    /// Pairs that are broken.
    pub broken: u64,
}

/// Why pairs were refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The kind of the refusal, as in plans.
    pub kind: String,
    /// The table, by its name after the change.
    pub table: String,
    /// The field, or empty.
    pub path: String,
    /// How many pairs were refused for it.
    pub pairs: u64,
    /// The versions of the first such pair.
    pub from: String,
    /// Where it went.
    pub to: String,
    /// What was said there.
    pub problem: String,
}

/// A pair whose values did not stay as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenPair {
    /// The label of the version that was started from.
    pub from: String,
    /// The label of the version that was gone to; that of `from` if the store could not be brought there.
    pub to: String,
    /// The law that is broken.
    pub law: Law,
    /// The first place where.
    pub counterexample: Counterexample,
}

impl PairsReport {
    /// Tells whether no pair is broken. What is refused by design is not.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.broken.is_empty()
    }

    /// Adds up what came of all pairs. The sum has no label.
    #[must_use]
    pub fn total(&self) -> SourceReport {
        let mut total = SourceReport::default();
        for source in &self.sources {
            total.rows += source.rows;
            total.rows_left_out += source.rows_left_out;
            total.intact += source.intact;
            total.refused += source.refused;
            total.refused_rest_intact += source.refused_rest_intact;
            total.stepless += source.stepless;
            total.turns += source.turns;
            total.broken += source.broken;
        }
        total
    }
}

impl SourceReport {
    /// Counts the pairs.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        self.intact + self.refused + self.broken
    }
}

/// Reasons while they are counted: by kind, table and path.
#[derive(Debug, Default)]
pub(super) struct Reasons(BTreeMap<(String, String, String), Reason>);

impl Reasons {
    /// Counts a pair that was refused.
    pub fn add(&mut self, (from, to): (&str, &str), refusals: &[Refusal]) {
        let of_pair: BTreeMap<_, &Refusal> = refusals
            .iter()
            .map(|refusal| {
                let place = (
                    kind_name(refusal.kind),
                    refusal.table.clone(),
                    refusal.path.clone(),
                );
                (place, refusal)
            })
            .collect();
        for (place, refusal) in of_pair {
            let (kind, table, path) = place.clone();
            let reason = self.0.entry(place).or_insert_with(|| Reason {
                kind,
                table,
                path,
                pairs: 0,
                from: from.to_owned(),
                to: to.to_owned(),
                problem: refusal.problem.clone(),
            });
            reason.pairs += 1;
        }
    }

    pub fn list(self) -> Vec<Reason> {
        self.0.into_values().collect()
    }
}
