//! Why a change is refused, where, and what to write instead.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One reason why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of reason it is.
    pub kind: RefusalKind,
    /// The table, by its name after the change.
    pub table: String,
    /// The field or type; empty for the table as a whole.
    pub path: String,
    /// What is wrong.
    pub problem: String,
    /// Ways out, each ready to paste or to run.
    pub fixes: Vec<String>,
}

/// The kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalKind {
    /// Something went and something came: it may be a rename, or not.
    Ambiguous,
    /// There is no conversion between two types.
    NoConversion,
    /// A new field has no value for old rows.
    NoDefault,
    /// Rows don't fit; the failures say which.
    Rows,
    /// Two slots or tables claim one old name.
    Claimed,
    /// A reference would lead nowhere.
    Reference,
    /// The store is newer than the program.
    Older,
    /// A rollback by hand holds the store where it stands.
    Held,
    /// The change needs a function that this program doesn't have.
    OwnCode,
    /// Nothing leads back over an own migration.
    Irreversible,
    /// A view would read what isn't there.
    View,
    /// The declaration itself is wrong.
    Declaration,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table)?;
        if !self.path.is_empty() {
            write!(f, ".{}", self.path)?;
        }
        write!(f, ": {}", self.problem)?;
        for (position, fix) in self.fixes.iter().enumerate() {
            f.write_str(if position == 0 { "\n  fix: " } else { "\n   or: " })?;
            f.write_str(fix)?;
        }
        Ok(())
    }
}
