//! A history as plain data.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::model::{Declaration, Declared};
use crate::schema::{Schema, TableHints};

use super::hints::HistoryHints;

/// A sequence of schemas with the hints that lead from one to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryDocument {
    /// What it is the history of.
    pub name: String,
    /// The versions, oldest first.
    pub versions: Vec<HistoryVersion>,
}

/// The tables at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryVersion {
    /// What the version is called.
    pub label: String,
    /// The tables by name.
    pub tables: BTreeMap<String, TableDecl>,
    /// Default values of fields of embedded types, by `Address.zip` or `Shape::Poly.sides`.
    pub type_defaults: BTreeMap<String, Json>,
    /// Default variants of enums, as `Shape::Circle`.
    pub default_variants: BTreeSet<String>,
    /// What leads to this version, as it is written.
    pub hints: HistoryHints,
}

/// One table of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDecl {
    /// The schema. Names that a field of the same struct reuses are marked in it.
    pub schema: Schema,
    /// Default values of the table's own fields.
    pub defaults: BTreeMap<String, Json>,
    /// The hints that lead to this version, on the slots of the schema.
    pub hints: TableHints,
}

impl HistoryVersion {
    /// Returns what the version says of its tables, as entities would.
    #[must_use]
    pub fn declarations(&self) -> Vec<Declaration> {
        let tables = self.tables.iter();
        tables
            .map(|(name, table)| Declaration {
                table: name.clone(),
                rust_name: format!("version {}", self.label).into(),
                validate: None,
                #[cfg(any(test, feature = "testing"))]
                decode: None,
                declared: Ok(Declared::of(table.schema.clone(), table.hints.clone())),
            })
            .collect()
    }
}

impl HistoryDocument {
    /// Returns what a table of one version is called in the last one; none if it was dropped on the way.
    pub(crate) fn name_at_the_end<'d>(&'d self, version: usize, table: &'d str) -> Option<&'d str> {
        let mut name = table;
        for later in self.versions.iter().skip(version + 1) {
            name = later.hints.renamed_tables.get(name).map_or(name, String::as_str);
            if !later.tables.contains_key(name) {
                return None;
            }
        }
        Some(name)
    }

    /// What `format` says in documents of this version.
    pub const FORMAT: &'static str = super::read::FORMAT;

    /// Reads and checks a document (docs/format.md, "History documents").
    ///
    /// ```
    /// # use quantadb::HistoryDocument;
    /// let text = r#"{"format": "quanta-history/1", "name": "cities", "versions": [{"label": "1", "tables": [
    ///     {"name": "cities", "key": ["name"], "fields": [{"name": "name", "type": "string"}]}]}]}"#;
    /// let document = HistoryDocument::from_json(text).expect("it is a history");
    /// assert_eq!((document.name.as_str(), document.versions[0].label.as_str()), ("cities", "1"));
    /// assert!(HistoryDocument::from_json("{}").is_err());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Says what is wrong, and in which version, table and field.
    pub fn from_json(text: &str) -> Result<Self, String> {
        super::read::read(text)
    }

    /// Returns the document as JSON, the same text for equal documents.
    ///
    /// ```
    /// # use quantadb::HistoryDocument;
    /// let document = HistoryDocument { name: "cities".into(), versions: Vec::new() };
    /// let text = document.to_json();
    /// assert!(text.contains("\"quanta-history/1\""));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        super::write::write(self)
    }
}
