//! What the ledger tells: the state of all tables at every revision.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Change, TableMigration};
use crate::plan::{LedgerRecord, Presence, TableState, ViewState, Views};

/// The state of all tables at one revision, by table id.
pub type Tables = BTreeMap<u32, TableState>;

/// The tree of revisions.
#[derive(Debug, Clone, Default)]
pub struct Revisions {
    states: BTreeMap<u64, Tables>,
    views: BTreeMap<u64, Views>,
    parents: BTreeMap<u64, Option<u64>>,
    /// Own migrations of whole tables that ran into a revision, in this order.
    runs: BTreeMap<u64, Vec<TableMigration>>,
    /// Migration files that made a revision.
    files: BTreeMap<u64, String>,
}

/// The own migrations of whole tables that are behind a state: all that ran or were not needed, and those that ran.
#[derive(Debug, Clone, Default)]
pub struct MigrationsBehind {
    /// All of them.
    pub all: BTreeSet<String>,
    /// Those that ran.
    pub ran: BTreeSet<String>,
}

impl Revisions {
    /// Folds the ledger: each record that makes a revision changes the state of its parent.
    #[must_use]
    pub fn of(ledger: &[LedgerRecord]) -> Self {
        let mut revisions = Self::default();
        for record in ledger.iter().filter(|record| record.kind.makes_revision()) {
            let parent = record
                .from_revision
                .and_then(|parent| revisions.states.get(&parent));
            let mut tables = parent.cloned().unwrap_or_default();
            tables.extend(
                record
                    .effects
                    .iter()
                    .map(|effect| (effect.table, effect.after.clone())),
            );
            let parent = record
                .from_revision
                .and_then(|parent| revisions.views.get(&parent));
            let mut views = parent.cloned().unwrap_or_default();
            let effects = record.views.iter();
            views.extend(effects.map(|effect| (effect.view, effect.after.clone())));
            revisions.views.insert(record.revision, views);
            revisions.states.insert(record.revision, tables);
            revisions.parents.insert(record.revision, record.from_revision);
            revisions.runs.insert(record.revision, table_migrations(record));
            let file = record
                .file
                .as_ref()
                .map(|file| (record.revision, file.id.clone()));
            revisions.files.extend(file);
        }
        revisions
    }

    /// Lists all revisions, the oldest first, each with its parent and the state of all tables.
    pub fn all(&self) -> impl Iterator<Item = (u64, Option<u64>, &Tables)> {
        let parent = |revision: &u64| self.parents.get(revision).copied().flatten();
        self.states
            .iter()
            .map(move |(revision, tables)| (*revision, parent(revision), tables))
    }

    /// Returns the state of all tables at a revision.
    #[must_use]
    pub fn state(&self, revision: u64) -> Option<&Tables> {
        self.states.get(&revision)
    }

    /// Returns the state of all views at a revision.
    #[must_use]
    pub fn views(&self, revision: u64) -> Option<&Views> {
        self.views.get(&revision)
    }

    /// Returns the id of the migration file that made a revision, if one did.
    #[must_use]
    pub fn file(&self, revision: u64) -> Option<&String> {
        self.files.get(&revision)
    }

    /// Lists a revision's ancestors, the nearest first.
    #[must_use]
    pub fn ancestors(&self, revision: u64) -> Vec<u64> {
        let mut list: Vec<u64> = Vec::new();
        let mut current = revision;
        while let Some(Some(parent)) = self.parents.get(&current) {
            // A parent is always older: damage can't make this walk endless.
            if *parent >= current {
                break;
            }
            list.push(*parent);
            current = *parent;
        }
        list
    }

    /// Lists the own migrations of whole tables that ran on the way to a revision, in the order in which they ran,
    /// each with the revision that it ran into.
    #[must_use]
    pub fn migrations_run(&self, revision: u64) -> Vec<(u64, TableMigration)> {
        let mut way = self.ancestors(revision);
        way.insert(0, revision);
        let ran = |revision: &u64| {
            let migrations = self.runs.get(revision).cloned().unwrap_or_default();
            let revision = *revision;
            migrations.into_iter().map(move |migration| (revision, migration))
        };
        way.iter().rev().flat_map(ran).collect()
    }

    /// Returns what a head at a revision remembers of own migrations of whole tables and of migration files: those that ran,
    /// and of those that it remembered before, what was not needed on the way there.
    #[must_use]
    pub fn migrations_at(&self, revision: u64, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let mut way = self.ancestors(revision);
        way.push(revision);
        let kept = before.iter().filter(|(_, at)| way.contains(at));
        let mut migrations: BTreeMap<String, u64> = kept.map(|(id, at)| (id.clone(), *at)).collect();
        let ran = self.migrations_run(revision).into_iter();
        migrations.extend(ran.map(|(at, migration)| (migration.id, at)));
        let files = way.iter().filter_map(|at| Some((self.files.get(at)?, at)));
        migrations.extend(files.map(|(id, at)| (id.clone(), *at)));
        migrations
    }

    /// Returns the names that hints of a table must not give it again at a revision: those it had on the way there. Of
    /// the names that were given before, those that it had elsewhere count again.
    #[must_use]
    pub fn names_at(&self, revision: u64, table: u32, before: &BTreeSet<String>) -> BTreeSet<String> {
        let mut way = self.ancestors(revision);
        way.push(revision);
        let name = |tables: &Tables| tables.get(&table).map(|state| state.name.clone());
        let had: BTreeSet<String> = self.states.values().filter_map(name).collect();
        let on_the_way = way.iter().filter_map(|revision| self.states.get(revision));
        let never_had = before.difference(&had).cloned();
        let mut names: BTreeSet<String> = on_the_way.filter_map(name).chain(never_had).collect();
        let here = self.states.get(&revision).and_then(name);
        names.retain(|name| Some(name) != here.as_ref());
        names
    }

    /// Finds the newest revision at which all tables and views stand as given, and that the same migrations are behind. Spaces
    /// don't count: where rows lie is no part of a shape.
    #[must_use]
    pub fn matching(&self, tables: &Tables, views: &Views, behind: &MigrationsBehind) -> Option<u64> {
        let same_migrations = |revision: u64| {
            let ran: BTreeSet<String> = self
                .migrations_run(revision)
                .into_iter()
                .map(|(_, migration)| migration.id)
                .collect();
            ran.is_subset(&behind.all) && behind.ran.is_subset(&ran)
        };
        let seen = |tables: &Tables| -> Vec<(u32, TableState)> {
            let live = tables
                .iter()
                .filter(|(_, state)| state.presence != Presence::Absent);
            live.map(|(id, state)| {
                (
                    *id,
                    TableState {
                        space: 0,
                        ..state.clone()
                    },
                )
            })
            .collect()
        };
        let same_views = |revision: u64| {
            self.views
                .get(&revision)
                .is_some_and(|then| there(then).eq(there(views)))
        };
        let wanted = seen(tables);
        self.states
            .iter()
            .rev()
            .find(|(revision, state)| {
                seen(state) == wanted && same_views(**revision) && same_migrations(**revision)
            })
            .map(|(revision, _)| *revision)
    }
}

/// Lists the views that are there, or were dropped.
fn there(views: &Views) -> impl Iterator<Item = (&u32, &ViewState)> {
    views
        .iter()
        .filter(|(_, state)| state.presence != Presence::Absent)
}

/// Lists the own migrations of whole tables that a record names, with what its steps say of them.
fn table_migrations(record: &LedgerRecord) -> Vec<TableMigration> {
    let steps: Vec<_> = record.effects.iter().flat_map(|effect| &effect.up).collect();
    let of_tables = |id: &String| {
        steps.iter().find_map(|step| match &step.change {
            Change::RunTableMigration(migration) if migration.id == *id => Some(migration.clone()),
            _ => None,
        })
    };
    record.migrations.iter().filter_map(of_tables).collect()
}
