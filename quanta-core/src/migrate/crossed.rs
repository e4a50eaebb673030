//! Own migrations of whole tables that a journey between two revisions passes.

use std::collections::BTreeSet;

use crate::catalog::{Revisions, Tables};
use crate::custom::{MigrationDeclaration, MigrationWork, TableWork};
use crate::diff::{Change, Refusal, RefusalKind, Reversal, Step, TableMigration};
use crate::plan::{Head, Presence, TableState};

use super::tables::TableRun;

/// A migration that a journey passes.
struct Passed {
    migration: TableMigration,
    /// The revision that it ran into.
    revision: u64,
    /// The revision before that one.
    below: Option<u64>,
    /// The tables that were there before it.
    tables_below: BTreeSet<String>,
}

/// The migrations that a journey passes.
pub(super) struct Crossed {
    /// Those that are taken back, the last first.
    undone: Vec<Passed>,
    /// Those that run again.
    redone: Vec<Passed>,
}

impl Crossed {
    pub(super) fn of(revisions: &Revisions, from: u64, to: u64) -> Self {
        let passed = |revision: u64, other: u64| -> Vec<Passed> {
            let behind_other = revisions.migrations_run(other);
            let behind = revisions.migrations_run(revision).into_iter();
            let passed = behind.filter(|(_, one)| behind_other.iter().all(|(_, other)| other.id != one.id));
            passed
                .map(|(revision, migration)| Passed::of(revisions, revision, migration))
                .collect()
        };
        let mut undone = passed(from, to);
        undone.reverse();
        Self {
            undone,
            redone: passed(to, from),
        }
    }

    /// Lists the steps of a table that migrations write on this journey.
    pub(super) fn steps(&self, after: &TableState) -> Vec<Step> {
        if after.presence != Presence::Live {
            return Vec::new();
        }
        let undone = self
            .undone
            .iter()
            .filter(|passed| passed.migration.reads.contains(&after.name));
        let undone = undone.map(|passed| Change::UndoTableMigration(passed.migration.clone()));
        let redone = self
            .redone
            .iter()
            .filter(|passed| passed.migration.writes.contains(&after.name));
        let redone = redone.map(|passed| Change::RunTableMigration(passed.migration.clone()));
        undone
            .chain(redone)
            .map(|change| Step::new(&after.name, change))
            .collect()
    }

    /// Tells whether migrations write a table on this journey.
    pub(super) fn writes(&self, after: &TableState) -> bool {
        !self.steps(after).is_empty()
    }

    /// Puts together what is called, and says why the journey can't be made.
    pub(super) fn runs(
        &self,
        head: &Head,
        state: &Tables,
        migrations: &[&MigrationDeclaration],
    ) -> (Vec<TableRun>, Vec<Refusal>) {
        let before = live(head.tables.values().map(|table| &table.state));
        let after = live(state.values());
        let (mut runs, mut refusals) = (Vec::new(), Vec::new());
        if let (Some(down), Some(up)) = (self.undone.last(), self.redone.first()) {
            refusals.push(down.both_ways(up));
        }
        for passed in &self.undone {
            match passed.undo(&before, &after, migrations) {
                Ok(run) => runs.push(run),
                Err(refusal) => refusals.push(refusal),
            }
        }
        for passed in &self.redone {
            match passed.redo(&after, migrations) {
                Ok(run) => runs.push(run),
                Err(refusal) => refusals.push(refusal),
            }
        }
        (runs, refusals)
    }
}

fn live<'s>(states: impl Iterator<Item = &'s TableState>) -> BTreeSet<String> {
    let live = states.filter(|state| state.presence == Presence::Live);
    live.map(|state| state.name.clone()).collect()
}

impl Passed {
    fn of(revisions: &Revisions, revision: u64, migration: TableMigration) -> Self {
        let below = revisions.ancestors(revision).first().copied();
        let tables = below.and_then(|below| revisions.state(below));
        Self {
            migration,
            revision,
            below,
            tables_below: tables.map(|tables| live(tables.values())).unwrap_or_default(),
        }
    }

    /// Takes the migration back: the roles are exchanged.
    fn undo(
        &self,
        before: &BTreeSet<String>,
        after: &BTreeSet<String>,
        migrations: &[&MigrationDeclaration],
    ) -> Result<TableRun, Refusal> {
        let TableMigration {
            id, reads, writes, ..
        } = &self.migration;
        let Reversal::Inverse(down) = &self.migration.reversal else {
            let problem = format!("the migration {id} can't be taken back: it is declared irreversible");
            let fixes = vec![
                format!(
                    "go no further back than to revision {}, which it made",
                    self.revision
                ),
                "restore a backup from before it".to_owned(),
            ];
            return Err(self.refusal(RefusalKind::Irreversible, problem, fixes));
        };
        if let Some(gone) = writes.iter().find(|table| !before.contains(*table)) {
            return Err(self.step_by_step(down, "reads", gone, Some(self.revision)));
        }
        let there = |table: &&String| self.tables_below.contains(*table) && !after.contains(*table);
        if let Some(gone) = reads.iter().find(there) {
            return Err(self.step_by_step(down, "writes", gone, self.below));
        }
        let function = self.work(migrations).and_then(|work| work.down);
        let function = function.ok_or_else(|| self.missing(down))?;
        Ok(TableRun {
            id: id.clone(),
            name: down.clone(),
            function,
            reads: writes.clone(),
            writes: reads.clone(),
            behind: BTreeSet::new(),
        })
    }

    fn redo(
        &self,
        after: &BTreeSet<String>,
        migrations: &[&MigrationDeclaration],
    ) -> Result<TableRun, Refusal> {
        let TableMigration {
            id, reads, writes, ..
        } = &self.migration;
        if let Some(gone) = writes.iter().find(|table| !after.contains(*table)) {
            return Err(self.step_by_step(id, "writes", gone, Some(self.revision)));
        }
        let work = self.work(migrations).ok_or_else(|| self.missing(id))?;
        Ok(TableRun {
            id: id.clone(),
            name: id.clone(),
            function: work.up,
            reads: reads.clone(),
            writes: writes.clone(),
            behind: BTreeSet::new(),
        })
    }

    fn work<'m>(&self, migrations: &[&'m MigrationDeclaration]) -> Option<&'m TableWork> {
        migrations.iter().find_map(|declaration| match &declaration.work {
            MigrationWork::Tables(work) if work.migration.id == self.migration.id => Some(work),
            _ => None,
        })
    }

    fn missing(&self, function: &str) -> Refusal {
        let id = &self.migration.id;
        let problem = if function == id {
            format!("the migration {id} has to run again, and this program doesn't have it")
        } else {
            format!("the migration {id} is taken back by {function}, and this program doesn't have it")
        };
        let fixes = vec![format!(
            "run a program that has `{function}`: nothing was changed"
        )];
        self.refusal(RefusalKind::OwnCode, problem, fixes)
    }

    fn step_by_step(&self, function: &str, what: &str, table: &str, first: Option<u64>) -> Refusal {
        let problem = format!(
            "the migration {}: {function} {what} {table}, which isn't there on this way at once",
            self.migration.id
        );
        let first = first.map(|first| format!("go to revision {first} first, and from there on"));
        self.refusal(RefusalKind::OwnCode, problem, first.into_iter().collect())
    }

    fn both_ways(&self, up: &Self) -> Refusal {
        let problem = format!(
            "the migration {} would be taken back, and {} would run, at once",
            self.migration.id, up.migration.id
        );
        let first = self
            .below
            .map(|first| format!("go to revision {first} first, and from there on"));
        self.refusal(RefusalKind::OwnCode, problem, first.into_iter().collect())
    }

    fn refusal(&self, kind: RefusalKind, problem: String, fixes: Vec<String>) -> Refusal {
        Refusal {
            kind,
            table: self.migration.writes.join(", "),
            path: String::new(),
            problem,
            fixes,
        }
    }
}
