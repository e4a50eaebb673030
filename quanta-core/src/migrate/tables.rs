//! Running own migrations of whole tables, up and down.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use quanta_storage::Snapshot;

use crate::catalog::read_table;
use crate::custom::{TableForm, TablesFn};
use crate::diff::{Change, Refusal, RefusalKind, Step};
use crate::error::{Error, Result};
use crate::plan::{Head, Presence};
use crate::progress::{Phase, RowsTotal};
use crate::schema::{Fingerprint, Schema};
use crate::txn::{Route, Routes};

use super::build::kept_after_build;
use super::code::unpanicked;
use super::switch::Ready;
use super::table_access::{OpenTables, Source, Target, Writes};
use super::workshop::Workshop;

/// A migration of whole tables that runs with a change.
pub(super) struct TableRun {
    /// What the migration is called.
    pub(super) id: String,
    /// What the function is called that runs.
    pub(super) name: String,
    pub(super) function: TablesFn,
    pub(super) reads: Vec<String>,
    pub(super) writes: Vec<String>,
    /// Migrations that it depends on: of a table that one of them rewrites with this change, it reads the rows of after.
    pub(super) behind: BTreeSet<String>,
}

impl Workshop<'_> {
    /// Runs migrations of whole tables, one after the other, until one fails. `head` is that of before the change, and
    /// the tables that are written are ready.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub(super) fn run_tables(
        &mut self,
        runs: &[TableRun],
        head: &Head,
        ready: &[Ready],
    ) -> Result<Option<Refusal>> {
        let started = Instant::now();
        for run in runs {
            let span =
                tracing::info_span!("run_migration", id = %run.id, rows = tracing::field::Empty).entered();
            let tables = self.open_tables(run, head, ready)?;
            let result = unpanicked(&run.name, || (run.function)(&tables)).and_then(|result| result);
            if let Some(fault) = tables.fault.take() {
                return Err(fault);
            }
            if let Err(problem) = result {
                return Ok(Some(refusal(run, &problem, tables.row.take())));
            }
            tables.flush()?;
            let rows = tables.writes.borrow().rows;
            tables.stage.into_inner().end()?;
            self.spans.rows_built += rows;
            span.record("rows", rows);
        }
        if !runs.is_empty() {
            // Else the switch would wait until all that was written is on the disk.
            self.engine.flush()?;
            self.snapshot = Arc::from(self.engine.snapshot()?);
            self.spans.builds += started.elapsed();
        }
        Ok(None)
    }

    fn open_tables<'r>(&'r self, run: &'r TableRun, head: &Head, ready: &[Ready]) -> Result<OpenTables<'r>> {
        let mut sources = BTreeMap::new();
        for name in &run.reads {
            let source = match rewritten(run, ready, name) {
                Some(source) => Some(source),
                None => source(self.snapshot.as_ref(), head, name)?,
            };
            sources.insert(name.clone(), source);
        }
        let mut targets = BTreeMap::new();
        for ready in ready
            .iter()
            .filter(|ready| run.writes.contains(&ready.shift.after.name))
        {
            if let Some(target) = target(ready)? {
                targets.insert(ready.shift.after.name.clone(), target);
            }
        }
        Ok(OpenTables {
            id: &run.id,
            engine: self.engine,
            epoch: self.epoch,
            sources,
            targets,
            writes: RefCell::new(Writes::default()),
            row: RefCell::new(None),
            fault: RefCell::new(None),
            stage: RefCell::new(self.meter.stage(
                (Phase::Migrate, &run.id),
                (0, RowsTotal::Unknown),
                self.engine.batch_rows_max(),
            )?),
        })
    }
}

/// Finds a table as it is before the change; none if the store doesn't have it.
fn source(snapshot: &dyn Snapshot, head: &Head, name: &str) -> Result<Option<Source>> {
    let mut live = head
        .tables
        .iter()
        .filter(|(_, table)| table.state.presence == Presence::Live);
    let Some((id, table)) = live.find(|(_, table)| table.state.name == name) else {
        return Ok(None);
    };
    let stored = read_table(snapshot, *id, table)?;
    let state = &table.state;
    let mut compiled = Routes::new(name, &stored.versions, &table.kept);
    let routes = table
        .stamps
        .iter()
        .map(|stamp| Ok((*stamp, compiled.between(*stamp, state.version)?)));
    let routes = routes.collect::<Result<_>>()?;
    let version = stored.versions.get(&state.version);
    let version = version.ok_or_else(|| Error::corrupt(format!("table {name}"), "its version is missing"))?;
    Ok(Some(Source {
        form: form(name, &version.schema, &state.write_defaults),
        space: state.space,
        routes,
    }))
}

/// Finds a table whose rows a migration rewrote that this one depends on.
fn rewritten(run: &TableRun, ready: &[Ready], name: &str) -> Option<Source> {
    let rewrites =
        |step: &Step| matches!(&step.change, Change::RunMigration { id, .. } if run.behind.contains(id));
    let mut named = ready.iter().filter(|ready| {
        let before = ready.shift.before.as_ref();
        before.is_some_and(|before| before.presence == Presence::Live && before.name == name)
    });
    let ready = named.find(|ready| ready.shift.steps.iter().any(rewrites))?;
    let (built, after) = (ready.built?, &ready.shift.after);
    Some(Source {
        form: form(name, ready.shift.schema(), &after.write_defaults),
        space: built.space,
        routes: [(after.version, Route::default())].into(),
    })
}

/// Finds a table as it is after the change; none if nothing was made ready for it.
fn target(ready: &Ready) -> Result<Option<Target>> {
    let shift = &ready.shift;
    let Some(built) = ready.built.filter(|_| shift.after.presence == Presence::Live) else {
        return Ok(None);
    };
    let kept = kept_after_build(shift, &shift.routes()?);
    Ok(Some(Target {
        form: form(&shift.after.name, shift.schema(), &shift.after.write_defaults),
        space: built.space,
        version: shift.after.version,
        kept: kept.into_iter().collect(),
    }))
}

fn form(name: &str, schema: &Schema, write_defaults: &BTreeMap<String, Vec<u8>>) -> Arc<TableForm> {
    Arc::new(TableForm {
        name: name.to_owned(),
        fingerprint: Fingerprint::of(schema),
        schema: schema.clone(),
        write_defaults: write_defaults.clone(),
    })
}

fn refusal(run: &TableRun, problem: &str, row: Option<String>) -> Refusal {
    let place = row.map_or_else(
        || "before it read any row".to_owned(),
        |row| format!("the last that it read was {row}"),
    );
    Refusal {
        kind: RefusalKind::OwnCode,
        table: run.writes.first().cloned().unwrap_or_default(),
        path: String::new(),
        problem: format!("the migration {} gave up ({place}): {problem}", run.id),
        fixes: vec!["mend the function and open again: nothing was changed".to_owned()],
    }
}
