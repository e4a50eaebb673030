//! Stores in memory that are opened with the versions of a history, and random writes to them.

use std::collections::BTreeMap;

use quanta_storage::{Direction, Memory};

use crate::catalog::keys;
use crate::codec::{Decoder, Encoder};
use crate::db::{Database, Engine, Options, Sweep};
use crate::diff::RefusalKind;
use crate::error::{Error, ErrorKind};
use crate::generate::{Seed, random_value};
use crate::history::HistoryVersion;
use crate::plan::{Plan, Presence};
use crate::schema::NodeId;
use crate::value::{Value, decode_value, encode_value};

/// Rows by table name.
pub(super) type AllRows = BTreeMap<String, Vec<Value>>;

/// The key of a row and its body, as they are stored.
pub(super) type Body = (Vec<u8>, Vec<u8>);

/// A store in memory.
pub(super) struct Store {
    memory: Memory,
    db: Option<Database>,
}

fn options(memory: &Memory) -> Options {
    Options::new()
        .engine(Engine::Memory(memory.clone()))
        .sweep(Sweep::Off)
        .clock(|| 1_700_000_000_000)
        .forward()
}

/// Shows an error as a law's text.
pub(super) fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Store {
    pub(super) fn new() -> Self {
        Self {
            memory: Memory::new(),
            db: None,
        }
    }

    pub(super) fn db(&self) -> &Database {
        self.db.as_ref().expect("the store was opened")
    }

    /// Opens the store with a version. Refused, it stays open as it was before.
    pub(super) fn open(
        &mut self,
        version: &HistoryVersion,
        before: Option<&HistoryVersion>,
    ) -> Result<Plan, Error> {
        drop(self.db.take());
        match options(&self.memory).tables_of(version).open("memory") {
            Ok(db) => {
                let plan = db.open_report().plan.clone();
                self.db = Some(db);
                Ok(plan)
            }
            Err(error) => {
                if let Some(before) = before {
                    self.db = Some(options(&self.memory).tables_of(before).open("memory")?);
                }
                Err(error)
            }
        }
    }

    /// Opens the store with the tables that it has.
    pub(super) fn open_as_it_is(&mut self) -> Result<(), Error> {
        drop(self.db.take());
        self.db = Some(options(&self.memory).entities::<()>().open("memory")?);
        Ok(())
    }

    /// Takes the open database away, to go somewhere with it.
    pub(super) fn take(&mut self) -> Database {
        self.db.take().expect("the store was opened")
    }

    pub(super) fn sweep(&self) -> Result<(), String> {
        self.db().sweep().wait().map(drop).map_err(told)
    }

    pub(super) fn tables(&self) -> Vec<String> {
        let head = self.db().head();
        let live = head
            .tables
            .values()
            .filter(|table| table.state.presence == Presence::Live);
        let mut names: Vec<String> = live.map(|table| table.state.name.clone()).collect();
        names.sort();
        names
    }

    /// Reads all rows.
    pub(super) fn rows(&self) -> Result<AllRows, String> {
        let rows = |name: String| {
            let table = self.db().table(&name).map_err(told)?;
            let rows: Result<Vec<Value>, Error> = table.iter().collect();
            Ok((name, rows.map_err(told)?))
        };
        self.tables().into_iter().map(rows).collect()
    }

    /// Reads the bytes of all rows of a table, without their stamps.
    pub(super) fn bodies(&self, table: &str) -> Result<Vec<Body>, String> {
        let core = self.db().core();
        let table = core.table(table, None).map_err(told)?;
        let prefix = keys::row(table.space, &[]).len();
        let snapshot = core.snapshot().map_err(told)?;
        let mut cursor = snapshot
            .scan(&keys::rows(table.space), Direction::Forward)
            .map_err(told)?;
        let mut bodies = Vec::new();
        while let Some((key, value)) = cursor.next().map_err(told)? {
            let (_, body) = crate::txn::split(&table, value).map_err(told)?;
            bodies.push((key[prefix..].to_vec(), body.to_vec()));
        }
        Ok(bodies)
    }

    /// Writes a row, if it can be stored.
    pub(super) fn put(&self, table: &str, row: &Value) -> Result<(), ErrorKind> {
        let table = self.db().table(table).map_err(|error| error.kind())?;
        table.put(row).map_err(|error| error.kind())
    }

    pub(super) fn delete(&self, table: &str, key: &Value) -> Result<bool, String> {
        self.db()
            .table(table)
            .and_then(|table| table.delete(key))
            .map_err(told)
    }

    /// Returns the key of a row.
    pub(super) fn key_of(&self, table: &str, row: &Value) -> Result<Value, String> {
        let table = self.db().table(table).map_err(told)?;
        let parts = table.schema().key.iter().map(|name| row.get(name).cloned());
        let mut parts: Vec<Value> = parts.collect::<Option<_>>().ok_or("a row has its key")?;
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Value::Tuple(parts)
        })
    }

    /// Makes a random row of a table.
    pub(super) fn random_row(&self, table: &str, seed: &mut Seed) -> Result<Value, String> {
        let table = self.db().table(table).map_err(told)?;
        let schema = table.schema();
        let bytes = random_value(&schema.shape, NodeId::ROOT, seed);
        decode_value(&schema.shape, NodeId::ROOT, &mut Decoder::new(&bytes)).map_err(told)
    }
}

/// Writes random rows into several stores alike; how many rows were written.
pub(super) fn write_alike(stores: &[&Store], seed: &mut Seed, count: usize) -> Result<u32, String> {
    let mut written = 0;
    for table in stores[0].tables() {
        for _ in 0..seed.below(count + 1) {
            let known = stores[0].rows()?.remove(&table).unwrap_or_default();
            let mut row = stores[0].random_row(&table, seed)?;
            if !known.is_empty() && seed.one_in(4) {
                let old = seed.choose(&known);
                row = with_key_of(stores[0], &table, row, old)?;
            }
            if !known.is_empty() && seed.one_in(8) {
                let key = stores[0].key_of(&table, seed.choose(&known))?;
                let deleted: Vec<_> = stores.iter().map(|store| store.delete(&table, &key)).collect();
                same("deleting a row", &deleted)?;
                continue;
            }
            let results: Vec<_> = stores.iter().map(|store| store.put(&table, &row)).collect();
            same("writing a row", &results)?;
            written += u32::from(results[0].is_ok());
        }
    }
    Ok(written)
}

fn with_key_of(store: &Store, table: &str, row: Value, old: &Value) -> Result<Value, String> {
    let table = store.db().table(table).map_err(told)?;
    let (Value::Struct(mut fields), Value::Struct(old)) = (row, old) else {
        return Err("a row is a struct".to_owned());
    };
    for name in &table.schema().key {
        fields.insert(name.clone(), old[name].clone());
    }
    Ok(Value::Struct(fields))
}

/// Tells that several stores gave one answer.
pub(super) fn same<T: PartialEq + std::fmt::Debug>(what: &str, answers: &[T]) -> Result<(), String> {
    match answers.iter().find(|answer| **answer != answers[0]) {
        None => Ok(()),
        Some(other) => Err(format!("{what}: {:?} and {other:?}", answers[0])),
    }
}

/// What a store had before a version was opened.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Bodies of the rows, sorted, by table id.
    pub(super) bodies: Bodies,
    /// The version of each table.
    pub(super) versions: BTreeMap<u32, u32>,
}

/// Bodies of rows, sorted, by table id.
pub(super) type Bodies = BTreeMap<u32, Vec<Vec<u8>>>;

impl Standing {
    pub(super) fn of(store: &Store) -> Result<Self, String> {
        if store.db.is_none() {
            return Ok(Self::default());
        }
        let head = store.db().head();
        let mut standing = Self::default();
        for (id, table) in head
            .tables
            .iter()
            .filter(|(_, table)| table.state.presence == Presence::Live)
        {
            let rows = store.db().table(&table.state.name).map_err(told)?;
            let encoded = rows.iter().map(|row| {
                let mut out = Encoder::default();
                encode_value(&rows.schema().shape, NodeId::ROOT, &row.map_err(told)?, &mut out)?;
                out.finish()
            });
            let mut encoded: Vec<Vec<u8>> = encoded.collect::<Result<_, String>>()?;
            encoded.sort();
            standing.bodies.insert(*id, encoded);
            standing.versions.insert(*id, table.state.version);
        }
        Ok(standing)
    }
}

/// Opens a version in several stores alike, and returns how they stood before. Rows that don't fit are deleted, half of
/// a table's at a time, then all. None if the version is refused even so.
pub(super) fn open_alike(
    stores: &mut [&mut Store],
    version: &HistoryVersion,
    before: Option<&HistoryVersion>,
) -> Result<Option<Standing>, String> {
    for attempt in 0..4 {
        let standing = Standing::of(stores[0])?;
        let answers: Vec<_> = stores
            .iter_mut()
            .map(|store| match store.open(version, before) {
                Ok(plan) => (true, plan.to_json().to_string()),
                Err(error) => (
                    false,
                    error
                        .plan()
                        .map_or_else(|| told(&error), |plan| plan.to_json().to_string()),
                ),
            })
            .collect();
        same("opening a version", &answers)?;
        if answers[0].0 {
            return Ok(Some(standing));
        }
        let Some(tables) = tables_with_unfit_rows(stores[0], version, before) else {
            return Ok(None);
        };
        for table in tables {
            let rows = stores[0].rows()?.remove(&table).unwrap_or_default();
            let gone = if attempt < 2 {
                rows.len().div_ceil(2)
            } else {
                rows.len()
            };
            for row in rows.iter().take(gone) {
                let key = stores[0].key_of(&table, row)?;
                for store in stores.iter() {
                    store.delete(&table, &key)?;
                }
            }
        }
    }
    Ok(None)
}

/// Lists the tables whose rows refuse a version, by their names before it; none if something else refuses it.
fn tables_with_unfit_rows(
    store: &mut Store,
    version: &HistoryVersion,
    before: Option<&HistoryVersion>,
) -> Option<Vec<String>> {
    let error = store.open(version, before).err()?;
    let plan = error.plan()?.clone();
    let unfit = plan.refusals.iter().map(|refusal| {
        let planned = plan.tables.iter().find(|table| table.name == refusal.table)?;
        let name = planned
            .renamed_from
            .clone()
            .unwrap_or_else(|| planned.name.clone());
        (refusal.kind == RefusalKind::Rows).then_some(name)
    });
    unfit.collect()
}
