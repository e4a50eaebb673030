//! What a merge came to.

use std::fmt;

use serde_json::{Value as Json, json};

use super::super::document::HistoryDocument;

/// What came of merging two branches of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// What the history is called.
    pub name: String,
    /// The last version that both branches have, by its label.
    pub base: String,
    /// The first branch: it goes first in the merged history.
    pub a: MergeSide,
    /// The second branch.
    pub b: MergeSide,
    /// What both did alike. It is done once.
    pub shared: Vec<Done>,
    /// What stands against each other. If there is something, there is no merged history.
    pub conflicts: Vec<Conflict>,
    /// What to think of besides: what a store asks that took neither branch.
    pub notes: Vec<String>,
    /// The merged history: base, the first branch, and the second one on top of it.
    pub merged: Option<HistoryDocument>,
}

/// What one branch did since the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeSide {
    /// The labels of its versions.
    pub labels: Vec<String>,
    /// What they did.
    pub does: Vec<Done>,
}

/// One thing that a branch did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Done {
    /// The table or embedded type.
    pub table: String,
    /// Where in it; empty for all of it.
    pub path: String,
    /// What was done.
    pub does: String,
}

/// Two things that can't be done in any order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The table or embedded type; empty where the two don't fit together as a whole.
    pub table: String,
    /// Where in it; empty for all of it.
    pub path: String,
    /// What the first branch does.
    pub a: String,
    /// What the second branch does.
    pub b: String,
    /// What helps.
    pub fix: String,
}

impl Merge {
    /// Tells whether the branches commute: whichever goes first, the same schema comes of it.
    #[must_use]
    pub fn commutes(&self) -> bool {
        self.conflicts.is_empty()
    }

    /// Returns it as JSON: `{"commutes", "name", "base", "a": {"labels", "does": [{"table", "path", "does"}]}, "b",
    /// "shared", "conflicts": [{"table", "path", "a", "b", "fix"}], "notes", "merged"}`. `merged` lists the labels of the
    /// merged history; null if there is none.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let done = |done: &Done| json!({ "table": done.table, "path": done.path, "does": done.does });
        let all = |list: &[Done]| list.iter().map(done).collect::<Vec<_>>();
        let side = |side: &MergeSide| json!({ "labels": side.labels, "does": all(&side.does) });
        let conflict = |found: &Conflict| json!({ "table": found.table, "path": found.path, "a": found.a, "b": found.b, "fix": found.fix });
        let labels = |document: &HistoryDocument| {
            let labels = document.versions.iter().map(|version| version.label.clone());
            labels.collect::<Vec<_>>()
        };
        json!({
            "commutes": self.commutes(),
            "name": self.name,
            "base": self.base,
            "a": side(&self.a),
            "b": side(&self.b),
            "shared": all(&self.shared),
            "conflicts": self.conflicts.iter().map(conflict).collect::<Vec<_>>(),
            "notes": self.notes,
            "merged": self.merged.as_ref().map(labels),
        })
    }
}

/// Tells what each side did, then what stands against each other.
impl fmt::Display for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, since version {}", self.name, self.base)?;
        for (name, side) in [("a", &self.a), ("b", &self.b)] {
            writeln!(f, "  {name}: {}", or_nothing(&side.labels))?;
            for done in &side.does {
                writeln!(f, "    {}", done.does)?;
            }
        }
        if !self.shared.is_empty() {
            writeln!(f, "  both alike, and done once:")?;
            for done in &self.shared {
                writeln!(f, "    {}", done.does)?;
            }
        }
        for conflict in &self.conflicts {
            writeln!(f, "{conflict}")?;
        }
        for note in &self.notes {
            writeln!(f, "  note: {note}")?;
        }
        Ok(())
    }
}

fn or_nothing(labels: &[String]) -> String {
    if labels.is_empty() {
        "no version".to_owned()
    } else {
        format!("version {}", labels.join(", "))
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.table.as_str(), self.path.as_str()) {
            ("", _) => writeln!(f, "  conflict:")?,
            (table, "") => writeln!(f, "  conflict at {table}:")?,
            (table, path) => writeln!(f, "  conflict at {table}, {path}:")?,
        }
        writeln!(f, "    a: {}", self.a)?;
        writeln!(f, "    b: {}", self.b)?;
        write!(f, "    fix: {}", self.fix)
    }
}
