//! A table as reads and writes need it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use quanta_storage::Snapshot;

use crate::catalog::{read_version, read_versions};
use crate::diff::Way;
use crate::error::{Error, Result};
use crate::index::Index;
use crate::plan::{Head, TableHead};
use crate::schema::{Fingerprint, NodeId, Schema};

use super::admission::Validators;
use super::counters::number_field;
use super::link::Link;
use super::route::{Route, Routes};

/// A table at one epoch: where its rows lie, and how those of each stamp are read.
#[derive(Debug)]
pub struct Table {
    /// The table's id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// The space where its rows lie.
    pub space: u32,
    /// The current version.
    pub version: u32,
    /// The current schema.
    pub schema: Arc<Schema>,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Explicit defaults of top-level fields, encoded.
    pub write_defaults: BTreeMap<String, Vec<u8>>,
    /// The route of each stamp that is not current.
    routes: BTreeMap<u32, Arc<Route>>,
    /// Whether all rows have become current since. Views from before still need the routes.
    settled: AtomicBool,
    /// Whether the table has a counter of its keys; empty until a write asks.
    counted: OnceLock<AtomicBool>,
    /// The types of the key fields, in key order.
    pub key_nodes: Vec<NodeId>,
    /// The type of the key, if that is one integer.
    pub number_key: Option<NodeId>,
    /// Edges across which something may be kept.
    pub kept: BTreeSet<(u32, Way)>,
    /// Its indexes. Their entries are of images at the current version.
    pub indexes: Vec<Index>,
    /// What the program demands of its rows.
    pub validators: Validators,
    /// Its references.
    pub links: Vec<Link>,
}

impl Table {
    /// Loads a table. Where all rows are current, its versions are not read if the schema is known.
    ///
    /// # Errors
    ///
    /// If a version is missing or damaged.
    pub fn load(
        snapshot: &dyn Snapshot,
        id: u32,
        head: &TableHead,
        known: Option<(&Schema, Fingerprint)>,
    ) -> Result<Self> {
        let state = &head.state;
        let schema = match known {
            Some((schema, fingerprint)) if fingerprint == head.fingerprint => schema.clone(),
            _ => state.labelled(&read_version(snapshot, id, state.version)?.schema),
        };
        let mut routes = BTreeMap::new();
        if head.stamps.iter().any(|stamp| *stamp != state.version) {
            let versions = read_versions(snapshot, id)?;
            let mut compiled = Routes::new(&state.name, &versions, &head.kept);
            for stamp in head.stamps.iter().filter(|stamp| **stamp != state.version) {
                routes.insert(*stamp, Arc::new(compiled.between(*stamp, state.version)?));
            }
        }
        Ok(Self {
            id,
            indexes: Index::all(&schema, &head.index_spaces)?,
            links: links(snapshot, id, head, &schema)?,
            name: state.name.clone(),
            space: state.space,
            version: state.version,
            key_nodes: schema.key_nodes(),
            number_key: number_field(&schema),
            schema: Arc::new(schema),
            fingerprint: head.fingerprint,
            write_defaults: state.write_defaults.clone(),
            routes,
            settled: AtomicBool::new(false),
            counted: OnceLock::new(),
            kept: head.kept.clone(),
            validators: Validators::default(),
        })
    }

    /// Finds the route of rows with a stamp; none if no row may have it.
    #[must_use]
    pub fn route(&self, stamp: u32) -> Option<&Arc<Route>> {
        self.routes.get(&stamp)
    }

    /// Tells whether a row with a stamp is as it would be written now.
    #[must_use]
    pub fn is_current(&self, stamp: u32) -> bool {
        stamp == self.version || self.route(stamp).is_some_and(|route| route.is_identity())
    }

    /// Tells whether rows may be left that are to be rewritten.
    #[must_use]
    pub fn needs_sweep(&self) -> bool {
        self.is_mixed() && self.routes.values().any(|route| !route.is_identity())
    }

    /// Tells whether a write may skip reading the row it replaces.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.indexes.is_empty() && self.leaves_nothing()
    }

    fn leaves_nothing(&self) -> bool {
        !self.is_mixed() || self.routes.values().all(|route| route.is_blind())
    }

    /// Tells whether reading one row may need another record, so that both must be of one instant.
    #[must_use]
    pub fn needs_view(&self) -> bool {
        self.is_mixed() && self.routes.values().any(|route| route.reads_kept())
    }

    /// Tells whether rows of earlier versions may be left.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        !self.routes.is_empty() && !self.settled.load(Ordering::Acquire)
    }

    /// Tells whether writes have to look at the counter of the table. The first one looks whether there is one.
    ///
    /// # Errors
    ///
    /// Those of `look`.
    pub fn is_counted(&self, look: impl FnOnce() -> Result<bool>) -> Result<bool> {
        let counted = match self.counted.get() {
            Some(counted) => counted,
            None => {
                let found = look()?;
                self.counted.get_or_init(|| AtomicBool::new(found))
            }
        };
        Ok(counted.load(Ordering::Acquire))
    }

    /// Notes that the table has a counter.
    pub fn set_counted(&self) {
        let counted = self.counted.get_or_init(|| AtomicBool::new(true));
        counted.store(true, Ordering::Release);
    }

    /// Notes that all rows are current.
    pub fn settle(&self) {
        self.settled.store(true, Ordering::Release);
    }
}

/// Says where the references of a table lead, which only its version does: names are labels.
fn links(snapshot: &dyn Snapshot, id: u32, head: &TableHead, schema: &Schema) -> Result<Vec<Link>> {
    if schema.references.is_empty() {
        return Ok(Vec::new());
    }
    let version = read_version(snapshot, id, head.state.version)?;
    Link::all(schema, &version.targets)
        .map_err(|problem| Error::corrupt(format!("table {}", head.state.name), problem))
}

/// Finds a live table by name.
#[must_use]
pub fn live_table<'a>(head: &'a Head, name: &str) -> Option<(u32, &'a TableHead)> {
    let mut live = head
        .tables
        .iter()
        .filter(|(_, table)| table.state.presence == crate::plan::Presence::Live);
    live.find(|(_, table)| table.state.name == name)
        .map(|(id, table)| (*id, table))
}
