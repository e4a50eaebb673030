//! What was deleted on purpose, as the ledger names it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::usage::Usage;

/// What was deleted on purpose of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// The table's id.
    pub table: u32,
    /// What of it.
    pub part: ForgottenPart,
}

/// A part of what a store keeps that is forgotten as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForgottenPart {
    /// What was kept when rows crossed an edge.
    Edge {
        /// The edge, by its child version.
        edge: u32,
        /// What rows left on the way up: it would come back on the way down.
        up: Usage,
        /// What rows left on the way down: it would come back on the way up.
        down: Usage,
        /// Rows that the edge took out.
        victims: Usage,
    },
    /// The rows of a table that is dropped or absent.
    Rows {
        /// Its rows.
        rows: Usage,
        /// What was kept of them.
        kept: Usage,
        /// Rows that changes had taken out.
        victims: Usage,
    },
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (table, Usage { records, bytes }) = (self.table, self.part.total());
        match &self.part {
            ForgottenPart::Edge { edge, .. } => write!(
                f,
                "forget what was kept between version {edge} of table id {table} and its parent: {records} records, \
                 {bytes} bytes"
            ),
            ForgottenPart::Rows { .. } => write!(
                f,
                "forget the rows of table id {table}, which was gone: {records} records, {bytes} bytes"
            ),
        }
    }
}

impl ForgottenPart {
    /// Tells whether there is nothing to forget.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.usages().iter().all(|usage| usage.is_empty())
    }

    /// Returns all records and bytes together.
    #[must_use]
    pub fn total(&self) -> Usage {
        self.usages().iter().fold(Usage::default(), |sum, usage| Usage {
            records: sum.records + usage.records,
            bytes: sum.bytes + usage.bytes,
        })
    }

    fn usages(&self) -> [Usage; 3] {
        match self {
            Self::Edge {
                up, down, victims, ..
            } => [*up, *down, *victims],
            Self::Rows { rows, kept, victims } => [*rows, *kept, *victims],
        }
    }
}
