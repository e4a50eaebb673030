//! What a view reads of rows, as plain data.

use serde::{Deserialize, Serialize};

use super::fingerprint::{Fingerprint, canonical_view};
use super::shape::{Shape, check_name};

/// What stands in a path between a reference and the path in the row that it leads to: `team->name`.
pub const ACROSS: &str = "->";

/// A named, read-only projection of the rows of one table, and of rows that they refer to. It does not hold the view's
/// name, as a [`Schema`](super::Schema) doesn't hold its table's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewSchema {
    /// The table whose rows are read.
    pub table: String,
    /// What is read of each row, sorted by name.
    pub columns: Vec<Column>,
    /// Which rows are read; all of them if it isn't said.
    pub filter: Option<ViewFilter>,
}

/// What a view reads of each row under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The path of storage names to the value: `address.city`. Where it leads along references, each stands before a `->`.
    pub path: String,
    /// The type of the value at the end of the path, without options that what is missing on the way makes of it.
    pub shape: Shape,
}

/// Which rows a view reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewFilter {
    /// The condition as text, in the language of filters.
    pub text: String,
    /// The paths that it asks, sorted, each once: `age`, `tags[].name`, `shape::Circle.radius`.
    pub paths: Vec<String>,
}

impl ViewSchema {
    /// Makes the schema of a view; columns may come in any order.
    ///
    /// # Errors
    ///
    /// Says what is wrong: no column, one whose name is none, or two of one name.
    pub fn new(table: String, mut columns: Vec<Column>, filter: Option<ViewFilter>) -> Result<Self, String> {
        columns.sort_by(|one, two| one.name.cmp(&two.name));
        let schema = Self {
            table,
            columns,
            filter,
        };
        schema.check()?;
        Ok(schema)
    }

    /// Checks what [`ViewSchema::new`] checks.
    ///
    /// # Errors
    ///
    /// As [`ViewSchema::new`].
    pub fn check(&self) -> Result<(), String> {
        if self.columns.is_empty() {
            return Err("it has no column".to_owned());
        }
        for pair in self.columns.windows(2) {
            if pair[0].name >= pair[1].name {
                return Err(format!("its columns are not sorted at `{}`", pair[1].name));
            }
        }
        self.columns.iter().try_for_each(|column| {
            check_name(&column.name)?;
            Shape::new(column.shape.nodes().to_vec()).map(drop)
        })
    }

    /// Computes its fingerprint (docs/format.md, "Views").
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_bytes(&canonical_view(self))
    }
}
