//! Schemas of stored versions, and the way between two of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::catalog::{read_version, read_versions};
use crate::diff::Step;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{
    Presence, StoredTable, Style, TableEffect, TableHead, TableState, Version, diff_text, path, steps_along,
};
use crate::schema::{Fingerprint, schema_text, schemas_to_json};

use super::database::Database;
use super::lookup::table_by_name;

/// What lies between two versions of a table: see [`Database::version_diff`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionDiff {
    /// The first schema as text; empty if the table wasn't there.
    pub before: String,
    /// The second schema as text; empty if the table isn't there.
    pub after: String,
    /// The steps from the first to the second, along the recorded edges.
    pub steps: Vec<Step>,
    /// The edges on the way, by child version.
    pub edges: Vec<u32>,
}

impl VersionDiff {
    /// Returns the difference of the two schemas, line by line.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Style};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().open("cities")?; // The field `people` came.
    /// let text = db.version_diff("cities", 1, 2)?.to_text(Style::Plain);
    /// assert!(text.contains("+   people: option<u64>\n"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        diff_text(&self.before, &self.after, style)
    }

    /// Returns it as JSON: `{"text", "edges", "steps": [{"change", "class", "cost", "sentence"}]}`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().open("cities")?; // The field `people` came.
    /// let json = db.version_diff("cities", 1, 2)?.to_json();
    /// assert_eq!(json["edges"], serde_json::json!([2]));
    /// assert_eq!(json["steps"][0]["class"], "exact");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "text": self.to_text(Style::Plain),
            "edges": self.edges,
            "steps": self.steps.iter().map(Step::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Database {
    /// Returns the schema of a table as text, at its current version or at another one that it had.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.schema_text("city", None)?, "table city {\n  name: string (key)\n  people: u64\n}\n");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such table or version, or it is damaged.
    pub fn schema_text(&self, table: &str, version: Option<u32>) -> Result<String> {
        let (_, version) = self.version_of(table, version)?;
        Ok(schema_text(table, &version.schema))
    }

    /// Returns the schema of a table as JSON: `{"table", "version", "fingerprint", "schema"}`. The schema is as in a
    /// history document: `{"types", "tables"}`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let json = db.schema_json("city", None)?;
    /// assert_eq!(json["version"], 1);
    /// assert_eq!(json["schema"]["tables"][0]["key"], serde_json::json!(["name"]));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Database::schema_text`].
    pub fn schema_json(&self, table: &str, version: Option<u32>) -> Result<Value> {
        let (number, version) = self.version_of(table, version)?;
        let fingerprint = Fingerprint::of(&version.schema).to_string();
        Ok(json!({
            "table": table,
            "version": number,
            "fingerprint": fingerprint,
            "schema": schemas_to_json(&[(table.to_owned(), version.schema)].into()),
        }))
    }

    /// Returns what lies between two versions of a table, along the recorded edges.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().open("cities")?; // The field `people` came.
    /// let diff = db.version_diff("cities", 1, 2)?;
    /// assert_eq!(diff.steps.len(), 1);
    /// assert!(!diff.before.contains("people"));
    /// assert!(diff.after.contains("people: option<u64>"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such table or version, or the version tree is damaged.
    pub fn version_diff(&self, table: &str, from: u32, to: u32) -> Result<VersionDiff> {
        let head = self.head();
        let (id, table_head) = table_by_name(&head, table)?;
        let versions = read_versions(self.core().snapshot()?.as_ref(), id)?;
        let text =
            |number| known(&versions, table, number).map(|version| schema_text(table, &version.schema));
        let (before, after) = (text(from)?, text(to)?);
        let (steps, edges) = steps_between(id, table_head, versions, from, to)?;
        Ok(VersionDiff {
            before,
            after,
            steps,
            edges,
        })
    }

    /// Returns what a ledger record says of one table: its schema before and after, and the steps.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().open("cities")?; // The field `people` came.
    /// let history = db.history()?;
    /// let diff = db.effect_diff(&history.records[1].effects[0])?;
    /// assert!(diff.after.contains("people") && !diff.before.contains("people"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a version is missing or damaged.
    pub fn effect_diff(&self, effect: &TableEffect) -> Result<VersionDiff> {
        let snapshot = self.core().snapshot()?;
        let text = |state: Option<&TableState>| -> Result<String> {
            match state.filter(|state| state.presence == Presence::Live) {
                Some(state) => {
                    let version = read_version(snapshot.as_ref(), effect.table, state.version)?;
                    Ok(schema_text(&state.name, &version.schema))
                }
                None => Ok(String::new()),
            }
        };
        let (before, after) = (text(effect.before.as_ref())?, text(Some(&effect.after))?);
        let edges = match &effect.before {
            Some(state) => {
                let versions = read_versions(snapshot.as_ref(), effect.table)?;
                let hops = path(&versions, state.version, effect.after.version);
                let damaged =
                    |problem| Error::corrupt(format!("the version tree of table {}", state.name), problem);
                hops.map_err(damaged)?.into_iter().map(|(edge, _)| edge).collect()
            }
            None => Vec::new(),
        };
        Ok(VersionDiff {
            before,
            after,
            steps: effect.up.clone(),
            edges,
        })
    }

    fn version_of(&self, table: &str, version: Option<u32>) -> Result<(u32, Version)> {
        let head = self.head();
        let (id, table_head) = table_by_name(&head, table)?;
        let number = version.unwrap_or(table_head.state.version);
        let versions = read_versions(self.core().snapshot()?.as_ref(), id)?;
        known(&versions, table, number).map(|version| (number, version.clone()))
    }
}

fn known<'a>(versions: &'a BTreeMap<u32, Version>, table: &str, number: u32) -> Result<&'a Version> {
    versions.get(&number).ok_or_else(|| {
        let numbers: Vec<String> = versions.keys().map(u32::to_string).collect();
        let problem = format!(
            "table {table} has no version {number}: it has {}",
            numbers.join(", ")
        );
        Error::new(ErrorKind::NotFound, problem)
    })
}

fn steps_between(
    id: u32,
    head: &TableHead,
    versions: BTreeMap<u32, Version>,
    from: u32,
    to: u32,
) -> Result<(Vec<Step>, Vec<u32>)> {
    let table = StoredTable {
        id,
        head: head.clone(),
        versions,
    };
    let damaged = |problem| Error::corrupt(format!("the version tree of table {}", head.state.name), problem);
    let hops = path(&table.versions, from, to).map_err(damaged)?;
    let steps = steps_along(&table, &hops).map_err(damaged)?;
    Ok((steps, hops.into_iter().map(|(edge, _)| edge).collect()))
}
