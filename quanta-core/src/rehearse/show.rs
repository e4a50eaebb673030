//! Reports of rehearsals for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::law::{Law, Verdict};
use super::report::{Outcome, RehearsalReport, Resolved, TransitionReport};

impl RehearsalReport {
    /// Returns the report as JSON, without times: equal arguments give equal bytes. `{"name", "rows", "seed", "versions",
    /// "good", "steps": {kind: count}, "transitions": [{"from", "to", "outcome", "steps", "class", "cost", "refusals",
    /// "rows_checked", "rows_dropped", "laws", "renames"}]}` (docs/migrations.md).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let transitions: Vec<Value> = self.transitions.iter().map(TransitionReport::to_json).collect();
        json!({
            "name": self.name,
            "rows": self.rows,
            "seed": self.seed,
            "versions": self.versions,
            "good": self.is_good(),
            "steps": self.steps(),
            "transitions": transitions,
        })
    }

    /// Returns the times as JSON, in microseconds: `[{"to", "change_us", "laws_us"}]`.
    #[must_use]
    pub fn times_json(&self) -> Value {
        let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let times = self
            .transitions
            .iter()
            .zip(&self.times)
            .map(|(transition, times)| {
                json!({
                    "to": transition.to,
                    "change_us": micros(times.change),
                    "laws_us": micros(times.laws),
                })
            });
        times.collect()
    }
}

impl TransitionReport {
    /// Returns the transition as JSON (docs/migrations.md).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let laws: BTreeMap<&str, Value> = self
            .laws
            .iter()
            .map(|(law, verdict)| (law.name(), verdict.to_json()))
            .collect();
        json!({
            "from": self.from,
            "to": self.to,
            "outcome": self.outcome,
            "steps": self.steps,
            "class": self.class,
            "cost": self.cost,
            "refusals": self.refusals,
            "rows_checked": self.rows_checked,
            "rows_dropped": self.rows_dropped,
            "laws": laws,
            "renames": self.renames,
        })
    }

    /// Lists the steps by kind, as in `AddField 2, DropField 1`.
    #[must_use]
    pub fn steps_text(&self) -> String {
        let steps: Vec<String> = self
            .steps
            .iter()
            .map(|(kind, count)| format!("{kind} {count}"))
            .collect();
        steps.join(", ")
    }
}

impl Verdict {
    /// Returns the verdict as JSON: `"held"`, `{"excused": reason}` or `{"broken": {"table", "key", "field", "expected",
    /// "found", "problem"}}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Held => json!("held"),
            Self::Excused(reason) => json!({ "excused": reason }),
            Self::Broken(counterexample) => json!({ "broken": counterexample }),
        }
    }
}

impl fmt::Display for RehearsalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_good() { "good" } else { "not good" };
        writeln!(
            f,
            "{}: {verdict}; {} versions, {} rows in each table, seed {}",
            self.name, self.versions, self.rows, self.seed
        )?;
        self.transitions
            .iter()
            .try_for_each(|transition| write!(f, "{transition}"))
    }
}

impl fmt::Display for TransitionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            Outcome::Taken => "",
            Outcome::Refused => " REFUSED",
            Outcome::StartedAnew => " REFUSED again, started anew",
        };
        let steps = if self.steps.is_empty() {
            "no step".to_owned()
        } else {
            self.steps_text()
        };
        write!(f, "{} -> {}{outcome}: {steps}", self.from, self.to)?;
        if self.outcome == Outcome::Taken && !self.steps.is_empty() {
            write!(f, " ({}, {})", self.class, self.cost)?;
        }
        write!(f, "; {} rows", self.rows_checked)?;
        if self.rows_dropped > 0 {
            write!(f, ", {} dropped", self.rows_dropped)?;
        }
        let held: Vec<&str> = Law::ALL
            .iter()
            .filter(|law| self.laws.get(law) == Some(&Verdict::Held))
            .map(|law| law.name())
            .collect();
        writeln!(f, "; laws {}", held.join(" "))?;
        for refusal in &self.refusals {
            writeln!(f, "  {refusal}")?;
        }
        for (law, verdict) in &self.laws {
            match verdict {
                Verdict::Held => {}
                Verdict::Excused(reason) => writeln!(f, "  law {} excused: {reason}", law.name())?,
                Verdict::Broken(counterexample) => {
                    writeln!(
                        f,
                        "  law {} BROKEN ({}): {counterexample}",
                        law.name(),
                        law.sentence()
                    )?;
                }
            }
        }
        for rename in &self.renames {
            let (place, from, to) = (&rename.place, &rename.from, &rename.to);
            writeln!(
                f,
                "  without its hint, {place}: {from} -> {to}: {}",
                rename.outcome.name()
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused ({})", self.kind)?;
        if !self.table.is_empty() {
            write!(f, " {}", self.table)?;
        }
        if !self.path.is_empty() {
            write!(f, ".{}", self.path)?;
        }
        let first = self.problem.lines().next().unwrap_or_default();
        let done = self.resolution.as_deref().unwrap_or("nothing helps");
        write!(f, ": {first} -> {done}")
    }
}
