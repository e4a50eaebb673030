//! Stores whose tables come from history documents.

use std::sync::Arc;

use quanta_core::HistoryDocument;
use quantadb::{Database, ErrorKind, Options, Result};
use serde_json::{Value as Json, json};

use super::support::{Small, custom, verify};

/// A store in memory, opened with one version of a document after another.
pub struct Store {
    pub small: Small,
    pub document: HistoryDocument,
}

pub fn document(versions: &Json) -> HistoryDocument {
    let text = json!({"format": "quanta-history/1", "name": "test", "versions": versions}).to_string();
    HistoryDocument::from_json(&text).unwrap_or_else(|error| panic!("{error}"))
}

impl Store {
    pub fn new(versions: &Json) -> Self {
        Self {
            small: Small::default(),
            document: document(versions),
        }
    }

    /// Returns another store with the same records.
    pub fn duplicate(&self) -> Self {
        Self {
            small: self.small.duplicate(),
            document: self.document.clone(),
        }
    }

    pub fn options(&self, version: usize) -> Options {
        custom(Arc::new(self.small.clone())).tables_of(&self.document.versions[version])
    }

    pub fn open(&self, version: usize) -> Result<Database> {
        self.options(version).open("")
    }

    /// Opens with a version and puts rows into its tables.
    pub fn fill(&self, version: usize, rows: &[(&str, Json)]) {
        let db = self.open(version).unwrap();
        for (table, row) in rows {
            let table = db.table(table).unwrap();
            table.put(&table.from_json(row).unwrap()).unwrap();
        }
        verify(&db);
    }

    /// Opens with a version, has the store verified, and returns the steps that led there.
    #[track_caller]
    pub fn change(&self, version: usize) -> Vec<String> {
        let planned = self.options(version).plan("").unwrap();
        assert_eq!(planned.refusals, []);
        let db = self.open(version).unwrap();
        verify(&db);
        assert_eq!(
            planned.steps().collect::<Vec<_>>(),
            db.open_report().plan.steps().collect::<Vec<_>>()
        );
        db.open_report().plan.steps().map(ToString::to_string).collect()
    }

    /// Opens with a version that is refused, in the plan and in the open, with the store as it was.
    #[track_caller]
    pub fn refused(&self, version: usize) -> String {
        let before = self.small.digest();
        let plan = self.options(version).plan("").unwrap();
        let error = self.open(version).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert_eq!(plan.refusals, error.plan().unwrap().refusals);
        assert!(self.small.digest() == before, "a refusal changed the store");
        let refusals = plan.refusals.iter().map(ToString::to_string);
        refusals.collect::<Vec<_>>().join("\n")
    }

    /// Returns the names and ids of a table's indexes, as the catalogue has them.
    pub fn indexes(&self, version: usize, table: &str) -> Vec<(String, u32)> {
        indexes(&self.open(version).unwrap(), table)
    }
}

pub fn indexes(db: &Database, table: &str) -> Vec<(String, u32)> {
    let head = db.head();
    let found = head.tables.values().find(|found| found.state.name == table);
    let state = &found.unwrap().state;
    assert_eq!(state.index_ids.len(), state.index_names.len());
    state
        .index_names
        .iter()
        .cloned()
        .zip(state.index_ids.iter().copied())
        .collect()
}

pub fn named(indexes: &[(&str, u32)]) -> Vec<(String, u32)> {
    indexes
        .iter()
        .map(|(name, id)| ((*name).to_owned(), *id))
        .collect()
}

pub fn fields(list: &str) -> Json {
    let field = |field: &str| {
        let (name, ty) = field.split_once(": ").unwrap();
        json!({"name": name, "type": ty})
    };
    list.split(", ").map(field).collect()
}
