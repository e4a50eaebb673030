//! What became of every value.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::truth::{Branch, Full, Place, hidden_from, values};

/// What the store did, and what became of every value that was ever written.
#[derive(Debug, Default)]
pub struct Account {
    pub rounds: usize,
    pub opens: usize,
    pub inserts: usize,
    pub updates: usize,
    pub deletes: usize,
    /// Values that were written.
    written: usize,
    /// Of these, the ones that a later write or a delete took the place of.
    replaced: usize,
    /// Values that were there when a branch took the store that can't hold them.
    kept: usize,
    /// Of these, the ones that were there again when the other branch took it back.
    returned: usize,
    /// Of these, the ones that were given up: the branch wrote another value, or deleted the row.
    kept_replaced: usize,
    now: BTreeMap<Place, String>,
    hidden: BTreeSet<Place>,
}

impl Account {
    /// A branch took the store: the rows are as they must be, so what was hidden from the other one is there again.
    pub fn taken<B: Branch>(&mut self, truth: &BTreeMap<u64, Full>) {
        self.opens += 1;
        self.returned += self.hidden.len();
        self.hidden = truth.values().flat_map(hidden_from::<B>).collect();
        self.kept += self.hidden.len();
    }

    /// A branch left the store.
    pub fn left(&mut self, truth: &BTreeMap<u64, Full>) {
        let then = std::mem::take(&mut self.now);
        self.now = truth.values().flat_map(values).collect();
        let survives = |place: &Place| then.get(place) == self.now.get(place);
        self.written += self
            .now
            .iter()
            .filter(|(place, value)| then.get(*place) != Some(*value))
            .count();
        self.replaced += then.keys().filter(|place| !survives(place)).count();
        let hidden = self.hidden.len();
        self.hidden.retain(survives);
        self.kept_replaced += hidden - self.hidden.len();
    }

    /// Checks that nothing is missing. Whoever asks has taken the store with the other branch.
    pub fn close(&self) -> Result<(), String> {
        let there = self.now.len();
        if self.written != there + self.replaced {
            return Err(format!(
                "{} written, {there} there, {} replaced",
                self.written, self.replaced
            ));
        }
        if self.kept != self.returned + self.kept_replaced + self.hidden.len() {
            return Err(format!("of {} kept values some are missing", self.kept));
        }
        Ok(())
    }

    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let rows = [
            ("rounds", self.rounds, "each branch opens, reads all rows, writes"),
            ("opens", self.opens, "that moved the store to the other branch"),
            ("inserts", self.inserts, ""),
            ("updates", self.updates, ""),
            ("deletes", self.deletes, ""),
            ("values written", self.written, ""),
            ("  there in the end", self.now.len(), "each read and compared"),
            ("  replaced", self.replaced, "by a later write or a delete"),
            (
                "values kept",
                self.kept,
                "while the branch that had the store couldn't hold them",
            ),
            ("  returned", self.returned, "to the other branch, as they were"),
            (
                "  replaced",
                self.kept_replaced,
                "by a write or a delete of the branch that had the store",
            ),
            (
                "  still kept",
                self.hidden.len(),
                "for the branch that comes next",
            ),
        ];
        for (what, count, meaning) in rows {
            writeln!(out, "{}", format!("{what:<20}{count:>7}  {meaning}").trim_end())?;
        }
        Ok(())
    }
}
