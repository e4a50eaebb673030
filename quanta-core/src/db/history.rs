//! What a store remembers of itself.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::catalog::{read_ledger, read_versions, releases};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Head, LedgerRecord, Version};

use super::database::Database;

/// The ledger: everything that moved the head, the oldest first.
#[derive(Debug, Clone)]
pub struct History {
    /// The records.
    pub records: Vec<LedgerRecord>,
    /// The current revision.
    pub revision: u64,
}

impl History {
    /// Lists the names of a revision, in the order in which it got them.
    #[must_use]
    pub fn names_of(&self, revision: u64) -> Vec<String> {
        let of_revision = releases(&self.records).into_iter();
        let named = of_revision.filter(|release| release.revision == revision);
        named.map(|release| release.name).collect()
    }

    /// Returns the history as JSON: `{"revision", "records"}`. A record of the kind `release` has the name as `release`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "revision": self.revision, "records": self.records })
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for record in &self.records {
            let mark = if record.revision == self.revision && record.kind.makes_revision() {
                "*"
            } else {
                " "
            };
            write!(
                f,
                "{mark} {:>4} {:<8} revision {}",
                record.sequence,
                record.kind.name(),
                record.revision
            )?;
            if let Some(from) = record.from_revision.filter(|_| record.release.is_none()) {
                write!(f, " from {from}")?;
            }
            match &record.release {
                Some(name) => write!(f, " is {name}")?,
                None if record.kind.makes_revision() => {
                    let names = self.names_of(record.revision);
                    if !names.is_empty() {
                        write!(f, " ({})", names.join(", "))?;
                    }
                }
                None => {}
            }
            writeln!(f)?;
            for step in record.effects.iter().flat_map(|effect| &effect.up) {
                writeln!(f, "       {step}")?;
            }
            for forgotten in &record.forgotten {
                writeln!(f, "       {forgotten}")?;
            }
        }
        Ok(())
    }
}

impl Database {
    /// Reads the ledger, and checks the chain of its hashes.
    ///
    /// # Errors
    ///
    /// If a record is missing, damaged or not the one that the next names.
    pub fn history(&self) -> Result<History> {
        let head = self.core().head();
        let records = read_ledger(self.core().snapshot()?.as_ref(), &head)?;
        Ok(History {
            records,
            revision: head.revision,
        })
    }

    /// Returns the head: where every table stands.
    #[must_use]
    pub fn head(&self) -> Head {
        self.core().head()
    }

    /// Reads all versions of a table, by its id.
    ///
    /// # Errors
    ///
    /// If a version is damaged.
    pub fn versions(&self, table: u32) -> Result<BTreeMap<u32, Version>> {
        let versions = read_versions(self.core().snapshot()?.as_ref(), table)?;
        if versions.is_empty() {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("the store has no table with id {table}"),
            ));
        }
        Ok(versions)
    }
}
