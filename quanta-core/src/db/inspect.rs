//! What a store holds: one ordered pass over its key space.

use std::collections::{BTreeMap, BTreeSet};

use quanta_storage::{Direction, KeyRange, Snapshot};
use serde_json::{Value, json};

use crate::catalog::{for_each, keys, read_standpoint};
use crate::codec::Decoder;
use crate::diff::Way;
use crate::error::Result;
use crate::plan::{Head, Presence, TableHead, Usage};
use crate::txn::Table;

use super::database::Database;

/// Records that a pass looks at between two calls of `progress`.
const RECORDS_PER_CALL: u64 = 4096;

/// What a store holds: see [`Database::inspect`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The name of the engine.
    pub engine: String,
    /// The version of the format on disk.
    pub format: u32,
    /// The identity of the store, in hexadecimal digits.
    pub store_id: String,
    /// Bytes that the engine takes on disk.
    pub disk_bytes: u64,
    /// The current revision.
    pub revision: u64,
    /// Records in the ledger.
    pub ledger_records: u64,
    /// Whether a rollback by hand holds a table where it stands.
    pub is_held: bool,
    /// All tables, also those that are gone, by name and id.
    pub tables: Vec<TableInspection>,
    /// Work that was begun and not finished.
    pub work: Usage,
    /// Rows, kept values and index entries in spaces of no table: what the next sweep clears away.
    pub left_over: Usage,
}

/// What a store holds of one table: see [`Inspection::tables`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInspection {
    /// The id.
    pub id: u32,
    /// The name; of a table that is gone, the last one.
    pub name: String,
    /// Whether it is there.
    pub presence: Presence,
    /// Whether a rollback by hand holds it where it stands.
    pub is_held: bool,
    /// How many versions it has had.
    pub versions: u32,
    /// The current version.
    pub version: u32,
    /// The fingerprint of the current version, in hexadecimal digits.
    pub fingerprint: String,
    /// Its rows.
    pub rows: Usage,
    /// Rows by the version that they are written in.
    pub stamps: BTreeMap<u32, u64>,
    /// Other versions whose rows are the same, byte for byte: they stay as they are.
    pub versions_alike: BTreeSet<u32>,
    /// Rows without a readable stamp: `quanta verify` says more.
    pub rows_damaged: u64,
    /// What is kept of rows that crossed an edge, by child version and way.
    pub kept: BTreeMap<(u32, Way), Usage>,
    /// Its indexes, in the order of the schema.
    pub indexes: Vec<IndexInspection>,
    /// Whether rows may still have to be rewritten to the current version.
    pub is_sweep_pending: bool,
}

/// What a store holds of one index: see [`TableInspection::indexes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexInspection {
    /// The id.
    pub id: u32,
    /// The name.
    pub name: String,
    /// Its entries.
    pub entries: Usage,
}

impl Inspection {
    /// Returns it as JSON: `{"engine", "format", "store_id", "disk_bytes", "revision", "ledger_records", "held",
    /// "tables": [{"id", "name", "presence", "held", "versions", "version", "fingerprint", "rows", "row_bytes",
    /// "rows_damaged", "stamps": [{"version", "rows"}], "versions_alike", "unswept_rows", "sweep_pending",
    /// "kept": [{"edge", "way", "entries", "bytes"}], "indexes": [{"id", "name", "entries", "bytes"}]}],
    /// "work": {"records", "bytes"}, "left_over": {..}}`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let json = db.inspect()?.to_json();
    /// assert_eq!(json["tables"][0]["name"], "city");
    /// assert_eq!(json["tables"][0]["rows"], 3);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "engine": self.engine,
            "format": self.format,
            "store_id": self.store_id,
            "disk_bytes": self.disk_bytes,
            "revision": self.revision,
            "ledger_records": self.ledger_records,
            "held": self.is_held,
            "tables": self.tables.iter().map(TableInspection::to_json).collect::<Vec<_>>(),
            "work": self.work.to_json(),
            "left_over": self.left_over.to_json(),
        })
    }
}

impl TableInspection {
    fn new(snapshot: &dyn Snapshot, id: u32, head: &TableHead) -> Self {
        let state = &head.state;
        // What is damaged says nothing.
        let table = Table::load(snapshot, id, head, None).ok();
        let others = head.stamps.iter().copied();
        let (versions_alike, unlike): (BTreeSet<u32>, BTreeSet<u32>) = others
            .filter(|stamp| *stamp != state.version)
            .partition(|stamp| table.as_ref().is_some_and(|table| table.is_current(*stamp)));
        Self {
            id,
            name: state.name.clone(),
            presence: state.presence,
            is_held: head.held,
            versions: 0,
            version: state.version,
            fingerprint: head.fingerprint.to_string(),
            rows: Usage::default(),
            stamps: BTreeMap::new(),
            versions_alike,
            rows_damaged: 0,
            kept: BTreeMap::new(),
            indexes: state
                .index_ids
                .iter()
                .zip(&state.index_names)
                .map(|(id, name)| IndexInspection {
                    id: *id,
                    name: name.clone(),
                    entries: Usage::default(),
                })
                .collect(),
            is_sweep_pending: state.presence == Presence::Live && !unlike.is_empty(),
        }
    }

    /// Returns how many rows are written in another version than the current one, and differ there.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Sweep};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = Before { name: "Oslo".into() };
    /// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
    /// let db = options().entities::<(City,)>().sweep(Sweep::Off).open("cities")?;
    /// let before = db.inspect()?.tables[0].rows_unswept();
    /// db.sweep().wait()?;
    /// assert_eq!((before, db.inspect()?.tables[0].rows_unswept()), (1, 0));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn rows_unswept(&self) -> u64 {
        self.stamps
            .iter()
            .filter(|(stamp, _)| **stamp != self.version && !self.versions_alike.contains(stamp))
            .map(|(_, rows)| rows)
            .sum()
    }

    /// Returns everything that is kept of its rows.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Name { #[quanta(id)] name: String }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// // `Name` has no field `people`: what it was is kept when the row is rewritten.
    /// let db = options().entities::<(Name,)>().open("cities")?;
    /// db.sweep().wait()?;
    /// assert_eq!(db.inspect()?.tables[0].kept_total().records, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn kept_total(&self) -> Usage {
        self.kept.values().fold(Usage::default(), |sum, usage| Usage {
            records: sum.records + usage.records,
            bytes: sum.bytes + usage.bytes,
        })
    }

    fn to_json(&self) -> Value {
        let stamps = self
            .stamps
            .iter()
            .map(|(version, rows)| json!({ "version": version, "rows": rows }));
        let kept = self.kept.iter().map(|((edge, way), usage)| {
            json!({ "edge": edge, "way": way, "entries": usage.records, "bytes": usage.bytes })
        });
        let indexes = self.indexes.iter().map(|index| {
            let Usage { records, bytes } = index.entries;
            json!({ "id": index.id, "name": index.name, "entries": records, "bytes": bytes })
        });
        json!({
            "id": self.id,
            "name": self.name,
            "presence": self.presence,
            "held": self.is_held,
            "versions": self.versions,
            "version": self.version,
            "fingerprint": self.fingerprint,
            "rows": self.rows.records,
            "row_bytes": self.rows.bytes,
            "rows_damaged": self.rows_damaged,
            "stamps": stamps.collect::<Vec<_>>(),
            "versions_alike": self.versions_alike,
            "unswept_rows": self.rows_unswept(),
            "sweep_pending": self.is_sweep_pending,
            "kept": kept.collect::<Vec<_>>(),
            "indexes": indexes.collect::<Vec<_>>(),
        })
    }
}

impl Database {
    /// Counts what the store holds, in one ordered pass over all of it.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let inspection = db.inspect()?;
    /// let city = &inspection.tables[0];
    /// assert_eq!((city.name.as_str(), city.rows.records, city.versions), ("city", 3, 1));
    /// assert_eq!((inspection.revision, inspection.is_held), (1, false));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the schema has moved, the head is damaged, or the engine fails. Damage elsewhere is no error here.
    pub fn inspect(&self) -> Result<Inspection> {
        self.inspect_with(&mut |_| {})
    }

    /// Counts what the store holds, and calls `progress` with the number of records seen so far now and then.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let names = (0..10_000).map(|number| City { name: format!("city {number}"), people: 0 });
    /// # db.collection::<City>().load(names)?;
    /// // There are ten thousand rows.
    /// let mut seen = 0;
    /// let inspection = db.inspect_with(&mut |records| seen = records)?;
    /// assert_eq!(inspection.tables[0].rows.records, 10_000);
    /// assert!(seen > 4_000);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Database::inspect`].
    pub fn inspect_with(&self, progress: &mut dyn FnMut(u64)) -> Result<Inspection> {
        let snapshot = self.core().snapshot()?;
        let head = read_standpoint(snapshot.as_ref())?.map_or_else(|| self.head(), |(_, head)| head);
        let mut count = Count::new(snapshot.as_ref(), &head);
        count.all(snapshot.as_ref(), progress)?;
        let mut tables: Vec<TableInspection> = count.tables.into_values().collect();
        tables.sort_by(|one, two| (&one.name, one.id).cmp(&(&two.name, two.id)));
        let marker = self.marker();
        Ok(Inspection {
            engine: marker.engine.clone(),
            format: marker.format,
            store_id: marker.id.to_string(),
            disk_bytes: self.core().engine().disk_bytes()?,
            revision: head.revision,
            ledger_records: head.ledger_records,
            is_held: head.tables.values().any(|table| table.held),
            tables,
            work: count.work,
            left_over: count.left_over,
        })
    }
}

impl Database {
    /// Counts what is kept of the rows of a table, by its id: by edge, named by its child version, and way.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Name { #[quanta(id)] name: String }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// let db = options().entities::<(Name,)>().open("cities")?; // `Name` has no field `people`.
    /// db.sweep().wait()?;
    /// let table = *db.head().tables.keys().next().expect("it has one table");
    /// let ((edge, _), usage) = db.kept(table)?.pop_first().expect("something is kept");
    /// assert_eq!((edge, usage.records), (2, 1));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the schema has moved or the engine fails.
    pub fn kept(&self, table: u32) -> Result<BTreeMap<(u32, Way), Usage>> {
        let mut kept: BTreeMap<(u32, Way), Usage> = BTreeMap::new();
        let head = self.head();
        let Some(table) = head.tables.get(&table) else {
            return Ok(kept);
        };
        let snapshot = self.core().snapshot()?;
        for_each(
            snapshot.as_ref(),
            &keys::complements(table.state.space),
            &mut |key, value| {
                if let Some((_, edge, way, _)) = keys::kept_place(&key[1..]) {
                    kept.entry((edge, way)).or_default().add(key, value);
                }
                Ok(())
            },
        )?;
        Ok(kept)
    }
}

/// A pass over all records.
struct Count {
    tables: BTreeMap<u32, TableInspection>,
    /// The table of each space.
    spaces: BTreeMap<u32, u32>,
    /// The table of each space of an index, and the position of the index.
    index_spaces: BTreeMap<u32, (u32, usize)>,
    work: Usage,
    left_over: Usage,
}

impl Count {
    fn new(snapshot: &dyn Snapshot, head: &Head) -> Self {
        Self {
            tables: head
                .tables
                .iter()
                .map(|(id, table)| (*id, TableInspection::new(snapshot, *id, table)))
                .collect(),
            spaces: head
                .tables
                .iter()
                .map(|(id, table)| (table.state.space, *id))
                .collect(),
            index_spaces: head
                .tables
                .iter()
                .flat_map(|(id, table)| {
                    let spaces = table.index_spaces.iter().enumerate();
                    spaces.map(|(position, space)| (*space, (*id, position)))
                })
                .collect(),
            work: Usage::default(),
            left_over: Usage::default(),
        }
    }

    fn all(&mut self, snapshot: &dyn Snapshot, progress: &mut dyn FnMut(u64)) -> Result<()> {
        let mut cursor = snapshot.scan(&KeyRange::all(), Direction::Forward)?;
        let mut records = 0;
        while let Some((key, value)) = cursor.next()? {
            self.add(key, value);
            records += 1;
            if records % RECORDS_PER_CALL == 0 {
                progress(records);
            }
        }
        progress(records);
        Ok(())
    }

    fn add(&mut self, key: &[u8], value: &[u8]) {
        let Some((area, rest)) = key.split_first() else {
            return;
        };
        match keys::Area::of(*area) {
            Some(keys::Area::Version) => {
                if let Some(table) = number(rest).and_then(|table| self.tables.get_mut(&table)) {
                    table.versions += 1;
                }
            }
            Some(keys::Area::Row) => self.add_row(rest, key, value),
            Some(keys::Area::Complement) => self.add_kept(rest, key, value),
            Some(keys::Area::Index) => self.add_entry(rest, key, value),
            Some(keys::Area::Work) => self.work.add(key, value),
            _ => {}
        }
    }

    fn add_row(&mut self, rest: &[u8], key: &[u8], value: &[u8]) {
        let Some(table) = self.table_of_space(rest) else {
            return self.left_over.add(key, value);
        };
        table.rows.add(key, value);
        match Decoder::new(value).primitive::<u32>() {
            Ok(stamp) => *table.stamps.entry(stamp).or_default() += 1,
            Err(_) => table.rows_damaged += 1,
        }
    }

    fn add_entry(&mut self, rest: &[u8], key: &[u8], value: &[u8]) {
        let place = number(rest).and_then(|space| self.index_spaces.get(&space));
        let table = place.and_then(|(table, position)| Some((self.tables.get_mut(table)?, position)));
        match table.and_then(|(table, position)| table.indexes.get_mut(*position)) {
            Some(index) => index.entries.add(key, value),
            None => self.left_over.add(key, value),
        }
    }

    fn add_kept(&mut self, rest: &[u8], key: &[u8], value: &[u8]) {
        let place = keys::kept_place(rest);
        match (self.table_of_space(rest), place) {
            (Some(table), Some((_, edge, way, _))) => {
                table.kept.entry((edge, way)).or_default().add(key, value);
            }
            _ => self.left_over.add(key, value),
        }
    }

    fn table_of_space(&mut self, rest: &[u8]) -> Option<&mut TableInspection> {
        let table = self.spaces.get(&number(rest)?)?;
        self.tables.get_mut(table)
    }
}

fn number(rest: &[u8]) -> Option<u32> {
    rest.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}
