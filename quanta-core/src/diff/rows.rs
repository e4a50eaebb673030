//! Own migrations of rows and of whole tables, as planning sees them.

use serde::{Deserialize, Serialize};

use crate::schema::Shape;

/// How rows go back over an own migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reversal {
    /// By the function of that name; rows that were not changed return as they were.
    Inverse(String),
    /// Only rows that were not changed go back: they return as they were.
    Kept,
    /// Not at all.
    Irreversible,
}

/// An own migration of the rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMigration {
    /// Its name: it runs once in a store.
    pub id: String,
    /// The shape of the rows that it takes, if it takes rows as they were before the change.
    pub takes: Option<Shape>,
    /// The shape that it gives, if it is for rows of one shape.
    pub gives: Option<Shape>,
    /// Whether it makes the new row from the old one alone.
    pub replaces: bool,
    /// Words to choose migrations by.
    pub tags: Vec<String>,
    /// Whether it is left for a later open.
    pub is_left: bool,
    /// How rows go back.
    pub reversal: Reversal,
}

/// An own migration of whole tables: it reads rows as they were before a change, and writes rows of after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableMigration {
    /// Its name: it runs once in a store.
    pub id: String,
    /// Tables that it reads.
    pub reads: Vec<String>,
    /// Tables that it writes.
    pub writes: Vec<String>,
    /// How to go back over it.
    pub reversal: Reversal,
    /// Words to choose migrations by.
    pub tags: Vec<String>,
}
