//! Which own migrations of whole tables run with an open.

use std::collections::BTreeSet;

use quanta_storage::{Direction, Snapshot};

use crate::catalog::keys;
use crate::custom::{MigrationWork, TableWork, in_order};
use crate::error::Result;
use crate::plan::{Head, Presence};

use super::declared::wrong;
use super::request::Request;
use super::tables::TableRun;

/// Own migrations of whole tables that the store has not seen on the way to where it stands.
#[derive(Default)]
pub(super) struct Pending<'a> {
    /// Those that run, in this order.
    pub(super) runs: Vec<&'a TableWork>,
    /// Those that have nothing to do, now or later.
    pub(super) unneeded: Vec<&'a TableWork>,
}

impl<'a> Pending<'a> {
    /// Looks which there are.
    ///
    /// # Errors
    ///
    /// If migrations depend on each other in a circle, and those of the engine.
    pub(super) fn of(request: &Request<'a>, snapshot: &dyn Snapshot, head: &Head, epoch: Option<u64>) -> Result<Self> {
        let mut pending = Self::default();
        for declaration in in_order(request.migrations).map_err(wrong)? {
            let MigrationWork::Tables(work) = &declaration.work else {
                continue;
            };
            if head.migrations.contains_key(&work.migration.id) {
                continue;
            }
            if epoch.is_some() && is_needed(work, snapshot, head)? {
                pending.runs.push(work);
            } else {
                pending.unneeded.push(work);
            }
        }
        Ok(pending)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.unneeded.is_empty()
    }

    /// Tells whether a table is written.
    pub(super) fn writes(&self, table: &str) -> bool {
        self.runs.iter().any(|work| work.migration.writes.iter().any(|name| name == table))
    }

    /// Lists the names of all of them.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'a String> {
        self.runs.iter().chain(&self.unneeded).map(|work| &work.migration.id)
    }

    /// Lists the names of those that run.
    pub(super) fn run_ids(&self) -> BTreeSet<String> {
        self.runs.iter().map(|work| work.migration.id.clone()).collect()
    }

    /// Puts together what is called.
    pub(super) fn to_run(&self) -> Vec<TableRun> {
        let run = |work: &&TableWork| TableRun {
            id: work.migration.id.clone(),
            name: work.migration.id.clone(),
            function: work.up,
            reads: work.migration.reads.clone(),
            writes: work.migration.writes.clone(),
        };
        self.runs.iter().map(run).collect()
    }
}

/// Tells whether there is anything to do: a migration that reads nothing makes rows out of nothing.
fn is_needed(work: &TableWork, snapshot: &dyn Snapshot, head: &Head) -> Result<bool> {
    let live = head.tables.values().filter(|table| table.state.presence == Presence::Live);
    for table in live.filter(|table| work.migration.reads.contains(&table.state.name)) {
        let mut rows = snapshot.scan(&keys::rows(table.state.space), Direction::Forward)?;
        if rows.next()?.is_some() {
            return Ok(true);
        }
    }
    Ok(work.migration.reads.is_empty())
}
