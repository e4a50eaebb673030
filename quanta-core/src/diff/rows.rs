//! Own migrations of rows and of whole tables, as planning sees them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::Shape;

use super::lens::Way;

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
    /// What it does, if it is no function of the program but said as data.
    pub edit: Option<RowEdit>,
}

/// What a migration file does to the rows of one table, as data: any program can do it, and do it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowEdit {
    /// Its name: that of the file and of the table.
    pub id: String,
    /// What is done to each row, one after the other.
    pub up: Vec<Edit>,
    /// What is done on the way back to rows that were changed since; the others return as they were.
    pub down: Vec<Edit>,
}

/// One change of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Which rows it is about, in the language of filters; without it, all of them.
    pub filter: Option<String>,
    /// What happens to them.
    pub action: EditAction,
}

/// What happens to rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditAction {
    /// Fields get these values, by path; values are JSON texts.
    Set(Vec<(String, String)>),
    /// They are taken out, and kept.
    Delete,
}

/// What the name of an edit begins with, so that it is no function's.
const EDIT_MARK: &str = "edit:";

/// What the name of the way back over an edit begins with.
const EDIT_BACK_MARK: &str = "edit-back:";

/// The path at which a row stops that an edit takes out.
pub const ROW_PATH: &str = "@row";

impl RowEdit {
    /// Returns the name that a lens calls it by.
    #[must_use]
    pub fn name(&self, way: Way) -> String {
        let mark = match way {
            Way::Up => EDIT_MARK,
            Way::Down => EDIT_BACK_MARK,
        };
        format!("{mark}{}", self.id)
    }

    /// Returns which way an edit is gone by a name, and which edit that is; none for a function.
    #[must_use]
    pub fn by_name(name: &str) -> Option<(Way, &str)> {
        let up = name.strip_prefix(EDIT_MARK).map(|id| (Way::Up, id));
        up.or_else(|| name.strip_prefix(EDIT_BACK_MARK).map(|id| (Way::Down, id)))
    }

    /// Tells whether it takes rows out.
    #[must_use]
    pub fn takes_out(&self) -> bool {
        self.up.iter().any(|edit| edit.action == EditAction::Delete)
    }

    /// Returns it as the migration of rows that planning knows.
    #[must_use]
    pub fn migration(self, tags: Vec<String>) -> RowMigration {
        RowMigration {
            id: self.name(Way::Up),
            takes: None,
            gives: None,
            replaces: false,
            tags,
            is_left: false,
            reversal: Reversal::Inverse(self.name(Way::Down)),
            edit: Some(self),
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.action {
            EditAction::Set(values) => {
                f.write_str("set ")?;
                for (position, (path, value)) in values.iter().enumerate() {
                    let comma = if position == 0 { "" } else { ", " };
                    write!(f, "{comma}{path} = {value}")?;
                }
            }
            EditAction::Delete => f.write_str("delete rows")?,
        }
        match &self.filter {
            Some(filter) => write!(f, " where {filter}"),
            None => Ok(()),
        }
    }
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
