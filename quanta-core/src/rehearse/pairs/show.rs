//! Reports of pairs for people and for programs.

use std::fmt;

use serde_json::{Value, json};

use super::report::{BrokenPair, PairsReport, Reason, SourceReport};

impl PairsReport {
    /// Returns the report as JSON: equal arguments give equal bytes (docs/migrations.md).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let total = self.total();
        let broken: Vec<Value> = self.broken.iter().map(BrokenPair::to_json).collect();
        let sources: Vec<Value> = self.sources.iter().map(SourceReport::to_json).collect();
        json!({
            "name": self.name,
            "rows": self.rows,
            "seed": self.seed,
            "versions": self.versions,
            "good": self.is_good(),
            "pairs": total.pairs(),
            "intact": total.intact,
            "refused": total.refused,
            "refused_rest_intact": total.refused_rest_intact,
            "stepless": total.stepless,
            "turns": total.turns,
            "broken": total.broken,
            "left_out": self.left_out,
            "sources": sources,
            "reasons": self.reasons,
            "broken_pairs": broken,
        })
    }
}

impl SourceReport {
    fn to_json(&self) -> Value {
        let mut json = json!(self);
        json["pairs"] = json!(self.pairs());
        json
    }
}

impl BrokenPair {
    fn to_json(&self) -> Value {
        let mut json = json!(self.counterexample);
        json["from"] = json!(self.from);
        json["to"] = json!(self.to);
        json["law"] = json!(self.law);
        json
    }
}

impl fmt::Display for PairsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        writeln!(
            f,
            "{}: {} versions, {} rows, seed {}: {} pairs, {} intact, {} refused, {} broken",
            self.name,
            self.versions,
            self.rows,
            self.seed,
            total.pairs(),
            total.intact,
            total.refused,
            total.broken
        )?;
        self.left_out.iter().try_for_each(|version| {
            writeln!(f, "  version {} left out: {}", version.version, version.problem)
        })?;
        self.reasons
            .iter()
            .try_for_each(|reason| writeln!(f, "  {reason}"))?;
        self.broken
            .iter()
            .try_for_each(|broken| writeln!(f, "  {broken}"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = [&*self.table, &*self.path];
        let place: Vec<&str> = place.into_iter().filter(|name| !name.is_empty()).collect();
        let problem = self.problem.lines().next().unwrap_or_default();
        write!(
            f,
            "{} refused ({}) {}: {} -> {}: {problem}",
            self.pairs,
            self.kind,
            place.join("."),
            self.from,
            self.to
        )
    }
}

impl fmt::Display for BrokenPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} -> {}: law {} is broken: {}",
            self.from,
            self.to,
            self.law.name(),
            self.counterexample
        )
    }
}
