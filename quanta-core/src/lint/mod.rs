//! Rules that a change is held against before it runs: what is worth a second look, with a code for each.
//!
//! ```
//! # use quantadb::{Engine, Options, QuantaEntity, lint};
//! # #[derive(QuantaEntity, Debug, PartialEq)]
//! # #[quanta(table = "cities", register = false)]
//! # struct City { #[quanta(id)] name: String, people: u64 }
//! # #[derive(QuantaEntity)]
//! # #[quanta(table = "cities", register = false)]
//! # struct Name { #[quanta(id)] name: String }
//! # let engine = Engine::memory();
//! # let options = || Options::new().engine(engine.clone());
//! # drop(options().entities::<(City,)>().open("cities")?);
//! let plan = options().entities::<(Name,)>().plan("cities")?; // `Name` has no field `people`.
//! let findings = lint::check(&plan, &lint::Levels::default());
//! assert_eq!((findings[0].rule.code, findings[0].table.as_str()), ("Q001", "cities"));
//! # Ok::<(), quantadb::Error>(())
//! ```

mod rules;
mod sarif;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::plan::Plan;

pub use rules::{RULES, Rule, rule};
pub use sarif::to_sarif;

/// How much a finding of a rule matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It is not told.
    Allow,
    /// It is told.
    Warn,
    /// It is told, and the check fails.
    Deny,
}

impl Level {
    /// Returns the name in configurations and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// Levels of rules by code; a rule that isn't named has its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Levels(pub BTreeMap<String, Level>);

impl Levels {
    /// Returns the level of a rule.
    #[must_use]
    pub fn of(&self, rule: &Rule) -> Level {
        self.0.get(rule.code).copied().unwrap_or(rule.level)
    }

    /// Lists the codes that are none of a rule.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.0
            .keys()
            .map(String::as_str)
            .filter(|code| rule(code).is_none())
    }
}

/// Something in a plan that is worth a second look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFinding {
    /// The rule.
    pub rule: &'static Rule,
    /// How much it matters here.
    pub level: Level,
    /// The table.
    pub table: String,
    /// The field, index or view; empty for the table as a whole.
    pub path: String,
    /// What was found.
    pub problem: String,
}

impl fmt::Display for LintFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = place(&self.table, &self.path);
        write!(
            f,
            "{} {}: {place}: {}",
            self.level.name(),
            self.rule.code,
            self.problem
        )
    }
}

impl LintFinding {
    /// Returns it as JSON: `{"code", "rule", "level", "table", "path", "problem", "fix"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "code": self.rule.code,
            "rule": self.rule.name,
            "level": self.level,
            "table": self.table,
            "path": self.path,
            "problem": self.problem,
            "fix": self.rule.fix,
        })
    }
}

fn place(table: &str, path: &str) -> String {
    if path.is_empty() {
        table.to_owned()
    } else {
        format!("{table}.{path}")
    }
}

/// Holds a plan against all rules that are not allowed. Findings come by rule, and in the order of the plan.
#[must_use]
pub fn check(plan: &Plan, levels: &Levels) -> Vec<LintFinding> {
    let told = RULES.iter().map(|rule| (rule, levels.of(rule)));
    let told = told.filter(|(_, level)| *level > Level::Allow);
    told.flat_map(|(rule, level)| {
        let mut hits = Vec::new();
        (rule.find)(plan, &mut hits);
        hits.into_iter().map(move |hit| LintFinding {
            rule,
            level,
            table: hit.table,
            path: hit.path,
            problem: hit.problem,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests;
