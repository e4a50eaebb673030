//! Which own migrations of whole tables run with an open.

use std::collections::BTreeSet;

use quanta_storage::{Direction, Snapshot};

use crate::catalog::keys;
use crate::custom::{MigrationDeclaration, MigrationWork, TableWork, behind, in_order, left_for_later};
use crate::diff::{Change, Refusal, RefusalKind, TableMigration};
use crate::error::Result;
use crate::plan::{Head, Plan, Presence};

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
    /// What is worth knowing.
    pub(super) notes: Vec<String>,
    /// The program's own migrations.
    migrations: &'a [&'a MigrationDeclaration],
}

impl<'a> Pending<'a> {
    /// Looks which there are.
    ///
    /// # Errors
    ///
    /// If migrations depend on each other in a circle, and those of the engine.
    pub(super) fn of(
        request: &Request<'a>,
        snapshot: &dyn Snapshot,
        head: &Head,
        epoch: Option<u64>,
    ) -> Result<Self> {
        let left = left_for_later(request.migrations, &request.policy.skip_tags);
        let mut pending = Self {
            migrations: request.migrations,
            ..Self::default()
        };
        for declaration in in_order(request.migrations).map_err(wrong)? {
            let MigrationWork::Tables(work) = &declaration.work else {
                continue;
            };
            if head.migrations.contains_key(&work.migration.id) {
                continue;
            }
            if epoch.is_none() || !is_needed(work, snapshot, head)? {
                pending.note_unknown(work, head);
                pending.unneeded.push(work);
            } else if left.contains(declaration.hints.id) {
                let TableMigration { id, tags, .. } = &work.migration;
                pending.notes.push(format!(
                    "the migration {id} ({}) is left for a later open",
                    tags.join(", ")
                ));
            } else {
                pending.runs.push(work);
            }
        }
        Ok(pending)
    }

    /// Tells of tables that a migration reads and that the store never had: the name may be a slip.
    fn note_unknown(&mut self, work: &TableWork, head: &Head) {
        let had = |name: &String| head.tables.values().any(|table| table.state.name == *name);
        let TableMigration { id, reads, .. } = &work.migration;
        let unknown: Vec<&str> = reads
            .iter()
            .filter(|name| !had(name))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() && !head.tables.is_empty() {
            self.notes.push(format!(
                "the migration {id} reads {}, which this store never had: it is not run, now or later",
                unknown.join(", ")
            ));
        }
    }

    /// Refuses migrations of rows that wait for one of whole tables: those run after them.
    pub(super) fn refuse_waiting(&self, plan: &mut Plan) {
        let runs = self.run_ids();
        for table in &plan.tables {
            for step in &table.steps {
                let Change::RunMigration { id, .. } = &step.change else {
                    continue;
                };
                let first = behind(self.migrations, id)
                    .into_iter()
                    .find(|first| runs.contains(*first));
                plan.refusals
                    .extend(first.map(|first| waits(&table.name, id, first)));
            }
        }
    }

    /// Says of each that runs what it would do.
    pub(super) fn foretold(&self) -> impl Iterator<Item = String> {
        self.runs.iter().map(|work| {
            let TableMigration { id, writes, .. } = &work.migration;
            format!(
                "the migration {id} would run: it writes {}, and was not called",
                writes.join(", ")
            )
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.unneeded.is_empty()
    }

    /// Tells whether a table is written.
    pub(super) fn writes(&self, table: &str) -> bool {
        self.runs
            .iter()
            .any(|work| work.migration.writes.iter().any(|name| name == table))
    }

    /// Lists the names of all of them.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'a String> {
        self.runs
            .iter()
            .chain(&self.unneeded)
            .map(|work| &work.migration.id)
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
            behind: behind(self.migrations, &work.migration.id)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        };
        self.runs.iter().map(run).collect()
    }
}

/// Tells whether there is anything to do: a migration that reads nothing makes rows out of nothing.
fn is_needed(work: &TableWork, snapshot: &dyn Snapshot, head: &Head) -> Result<bool> {
    let live = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live);
    for table in live.filter(|table| work.migration.reads.contains(&table.state.name)) {
        let mut rows = snapshot.scan(&keys::rows(table.state.space), Direction::Forward)?;
        if rows.next()?.is_some() {
            return Ok(true);
        }
    }
    Ok(work.migration.reads.is_empty())
}

fn waits(table: &str, id: &str, first: &str) -> Refusal {
    Refusal {
        kind: RefusalKind::Declaration,
        table: table.to_owned(),
        path: String::new(),
        problem: format!(
            "the migration {id} of its rows depends on {first}, which is for whole tables: those run after migrations of \
             rows"
        ),
        fixes: vec![
            format!("do in {first} what {id} does"),
            format!("give {id} a tag, and leave it for a later open with Options::skip_tag(\"..\")"),
        ],
    }
}
