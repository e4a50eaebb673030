//! Tables while a migration of whole tables runs: it reads the spaces of before, and fills those of after.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use quanta_storage::{Durability, Engine, Snapshot};

use crate::catalog::keys;
use crate::codec::Decoder;
use crate::custom::{RowBatch, TableAccess, TableForm};
use crate::diff::Way;
use crate::error::{Error, ErrorKind, Result};
use crate::program::NoCode;
use crate::progress::Stage;
use crate::schema::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX, WORK_BATCH_BYTES};
use crate::txn::{CarryError, Route, joined, translate};
use crate::value::show_key;

use super::build::WorkWriter;
use super::check::rows_after;

/// Rows that are read at a time.
const ROWS_AT_A_TIME: usize = 256;

/// A table that is read.
pub(super) struct Source {
    pub(super) form: Arc<TableForm>,
    pub(super) space: u32,
    /// The routes of stamps to the version that is read.
    pub(super) routes: BTreeMap<u32, Route>,
}

/// A table that is written, in a space that no head points to yet.
pub(super) struct Target {
    pub(super) form: Arc<TableForm>,
    pub(super) space: u32,
    pub(super) version: u32,
    /// Edges across which something may be kept of its rows.
    pub(super) kept: Vec<(u32, Way)>,
}

/// Tables while one migration runs.
pub(super) struct OpenTables<'a> {
    /// What the migration is called.
    pub(super) id: &'a str,
    pub(super) engine: &'a dyn Engine,
    pub(super) epoch: Option<u64>,
    /// By name; none for a table that the store doesn't have.
    pub(super) sources: BTreeMap<String, Option<Source>>,
    /// By name.
    pub(super) targets: BTreeMap<String, Target>,
    /// What is written and not in the engine yet: none for a key that is removed.
    pub(super) writes: RefCell<Writes>,
    /// The last row that was read.
    pub(super) row: RefCell<Option<String>>,
    /// What failed that is no fault of the migration.
    pub(super) fault: RefCell<Option<Error>>,
    /// Rows that are read count as done.
    pub(super) stage: RefCell<Stage>,
}

/// Writes that are gathered.
#[derive(Default)]
pub(super) struct Writes {
    records: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
    /// Rows that were written so far.
    pub(super) rows: u64,
}

impl OpenTables<'_> {
    /// Writes what has gathered.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub(super) fn flush(&self) -> Result<()> {
        let mut writes = self.writes.borrow_mut();
        let mut writer = WorkWriter::new(self.engine, self.epoch);
        for (key, value) in std::mem::take(&mut writes.records) {
            match value {
                Some(value) => writer.batch().put(key, value),
                None => writer.batch().delete(key),
            };
        }
        writes.bytes = 0;
        writer.write(Durability::Buffered)
    }

    fn set(&self, key: Vec<u8>, value: Option<Vec<u8>>) -> Result<()> {
        let is_full = {
            let mut writes = self.writes.borrow_mut();
            writes.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
            writes.records.insert(key, value);
            writes.bytes >= WORK_BATCH_BYTES || writes.records.len() >= self.engine.batch_rows_max()
        };
        if is_full { self.flush() } else { Ok(()) }
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        if let Some(written) = self.writes.borrow().records.get(key) {
            return Ok(written.clone());
        }
        let mut found = None;
        self.engine.get(key, &mut |value| found = Some(value.to_vec()))?;
        Ok(found)
    }

    /// Keeps what failed for whoever runs the migration, which sees only a copy.
    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            let told = Error::new(error.kind(), error.to_string());
            self.fault.borrow_mut().get_or_insert(error);
            told
        })
    }

    fn source(&self, table: &str) -> Result<Option<&Source>> {
        let source = self
            .sources
            .get(table)
            .ok_or_else(|| self.undeclared(table, "reads", self.sources.keys()))?;
        Ok(source.as_ref())
    }

    fn target(&self, table: &str) -> Result<&Target> {
        self.targets
            .get(table)
            .ok_or_else(|| self.undeclared(table, "writes", self.targets.keys()))
    }

    fn undeclared<'n>(&self, table: &str, what: &str, names: impl Iterator<Item = &'n String>) -> Error {
        let names: Vec<&str> = names.map(String::as_str).collect();
        let known = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        let problem = format!(
            "table {table} is none that the migration {} {what}: it {what} {known}; name it in `{what}(..)`, or in the \
             other list if this is the way back",
            self.id
        );
        Error::new(ErrorKind::Declaration, problem)
    }

    fn batch_after(&self, source: &Source, after: Option<&[u8]>) -> Result<RowBatch> {
        let snapshot: Arc<dyn Snapshot> = Arc::from(self.engine.snapshot()?);
        let (mut rows, mut bytes) = (Vec::new(), 0);
        rows_after(&snapshot, source.space, after, &source.routes, &mut |row| {
            let body = translate(
                snapshot.as_ref(),
                source.space,
                row.key,
                row.route,
                row.body,
                &NoCode,
            );
            let body = body.map_err(|error| unreadable(&source.form, row.key, error))?;
            bytes += row.key.len() + body.len();
            rows.push((row.key.to_vec(), body));
            self.stage.borrow_mut().row()?;
            let is_full = rows.len() >= ROWS_AT_A_TIME || bytes >= WORK_BATCH_BYTES;
            Ok(if is_full {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(rows)
    }

    fn body(&self, target: &Target, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let Some(row) = self.read(&keys::row(target.space, key))? else {
            return Ok(None);
        };
        let mut input = Decoder::new(&row);
        let stamp: std::result::Result<u32, _> = input.primitive();
        match stamp {
            Ok(stamp) if stamp == target.version => Ok(Some(input.rest().to_vec())),
            _ => Err(Error::corrupt(
                row_place(&target.form, key),
                "it is not of the version that was built",
            )),
        }
    }
}

impl TableAccess for OpenTables<'_> {
    fn readable(&self, table: &str) -> Result<Option<Arc<TableForm>>> {
        Ok(self.source(table)?.map(|source| Arc::clone(&source.form)))
    }

    fn writable(&self, table: &str) -> Result<Arc<TableForm>> {
        self.target(table).map(|target| Arc::clone(&target.form))
    }

    fn rows_after(&self, table: &str, after: Option<&[u8]>) -> Result<RowBatch> {
        match self.source(table)? {
            Some(source) => self.noted(self.batch_after(source, after)),
            None => Ok(Vec::new()),
        }
    }

    fn stand_at(&self, table: &TableForm, key: &[u8]) {
        *self.row.borrow_mut() = Some(row_place(table, key));
    }

    fn get(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let target = self.target(table)?;
        self.noted(self.body(target, key))
    }

    fn put(&self, table: &str, key: &[u8], body: &[u8]) -> Result<()> {
        let target = self.target(table)?;
        check_limits(&target.form, key, body)?;
        self.writes.borrow_mut().rows += 1;
        self.noted(self.set(keys::row(target.space, key), Some(joined(target.version, body))))
    }

    fn remove(&self, table: &str, key: &[u8]) -> Result<bool> {
        let target = self.target(table)?;
        let stored = keys::row(target.space, key);
        if self.noted(self.read(&stored))?.is_none() {
            return Ok(false);
        }
        self.noted(self.set(stored, None))?;
        for (edge, way) in &target.kept {
            self.noted(self.set(keys::complement(target.space, *edge, *way, key), None))?;
        }
        Ok(true)
    }
}

fn row_place(form: &TableForm, key: &[u8]) -> String {
    format!("row {} of table {}", show_key(&form.schema, key), form.name)
}

fn check_limits(form: &TableForm, key: &[u8], body: &[u8]) -> Result<()> {
    let over = |what: &str, bytes: usize, limit: usize| {
        let problem = format!(
            "the {what} of a row of table {} takes {bytes} bytes, and {limit} is the limit",
            form.name
        );
        Err(Error::new(ErrorKind::TooLarge, problem))
    };
    if key.len() > KEY_BYTES_MAX {
        return over("key", key.len(), KEY_BYTES_MAX);
    }
    if body.len() > VALUE_BYTES_MAX {
        return over("body", body.len(), VALUE_BYTES_MAX);
    }
    Ok(())
}

fn unreadable(form: &TableForm, key: &[u8], error: CarryError) -> Error {
    match error {
        CarryError::Engine(error) => error,
        CarryError::Row(stopped) => {
            let problems: Vec<String> = stopped.failures.iter().map(ToString::to_string).collect();
            Error::corrupt(row_place(form, key), problems.join("; "))
        }
    }
}
