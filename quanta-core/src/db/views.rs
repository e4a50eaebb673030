//! The views that a store knows.

use serde_json::{Value, json};

use std::collections::BTreeMap;

use quanta_storage::Snapshot;

use crate::catalog::{read_standpoint, read_version, read_view};
use crate::error::{Error, Result};
use crate::plan::{Head, NamedNow, Presence, Version, standing, view_json, view_text};
use crate::schema::ViewSchema;

use super::database::Database;

/// A view that a store knows: see [`Database::views`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredViewSchema {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// What it reads, by the names that tables and fields have now; but for the text of the filter, which stays as it was
    /// declared.
    pub schema: ViewSchema,
    /// Whether the text of the filter has the names that fields have now.
    pub filter_is_current: bool,
}

impl StoredViewSchema {
    /// Returns it as text.
    ///
    /// ```text
    /// view late_flight of flight {
    ///     carrier: string = carrier->name,
    ///     id: u64,
    /// } where delay >= 60
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        view_text(&self.name, &self.schema)
    }

    /// Returns it as JSON: `{"view", "version", "schema": {"table", "columns": [{"name", "path", "type"}], "filter"}}`. A view
    /// of all rows has null as its filter.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # #[derive(QuantaView)]
    /// # #[quanta(of = City, filter = |c| c.people.ge(1_000_000), register = false)]
    /// # struct LargeCity { name: String }
    /// let db = options().entities::<(City,)>().views::<(LargeCity,)>().open("cities")?;
    /// let json = db.views()?[0].to_json();
    /// assert_eq!(json["view"], "large_city");
    /// assert_eq!(json["schema"]["filter"], "people >= 1000000");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "view": self.name, "version": self.version, "schema": view_json(&self.schema) })
    }
}

impl Database {
    /// Lists the views that the store knows, by name: those that programs opened it with.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// #[derive(QuantaView)]
    /// #[quanta(of = City, filter = |c| c.people.ge(1_000_000))]
    /// # #[quanta(register = false)]
    /// struct LargeCity {
    ///     name: String,
    /// }
    ///
    /// let options = Options::new().engine(Engine::memory());
    /// let db = options.entities::<(City,)>().views::<(LargeCity,)>().open("cities")?;
    /// let text = "view large_city of city {\n    name: string,\n} where people >= 1000000\n";
    /// assert_eq!(db.views()?[0].to_text(), text);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the catalogue is damaged.
    pub fn views(&self) -> Result<Vec<StoredViewSchema>> {
        let snapshot = self.core().snapshot()?;
        let head = read_standpoint(snapshot.as_ref())?.map_or_else(|| self.head(), |(_, head)| head);
        let mut views = Vec::new();
        if head.views.is_empty() {
            return Ok(views);
        }
        let versions = versions_now(snapshot.as_ref(), &head)?;
        let tables = versions.iter();
        let tables = standing(tables.map(|(id, version)| (*id, &head.tables[id].state, version)));
        for (id, view) in &head.views {
            let state = &view.state;
            if state.presence != Presence::Live {
                continue;
            }
            let mut stored = read_view(snapshot.as_ref(), *id, view)?;
            // Reading makes sure that it is there.
            if let Some(version) = stored.versions.remove(&state.version) {
                let NamedNow {
                    schema,
                    filter_is_current,
                } = version
                    .named_now(&tables)
                    .map_err(|problem| Error::corrupt(format!("view {}", state.name), problem))?;
                views.push(StoredViewSchema {
                    name: state.name.clone(),
                    version: state.version,
                    schema,
                    filter_is_current,
                });
            }
        }
        views.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(views)
    }
}

fn versions_now(snapshot: &dyn Snapshot, head: &Head) -> Result<BTreeMap<u32, Version>> {
    let tables = head.tables.iter();
    tables
        .map(|(id, table)| Ok((*id, read_version(snapshot, *id, table.state.version)?)))
        .collect()
}
