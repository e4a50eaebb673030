//! The releases that a store missed, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Refusal, RefusalKind, RowMigration, TableMigration};
use crate::error::{Error, ErrorKind, Result};
use crate::history::{HistoryDocument, HistoryVersion};
use crate::model::Declaration;
use crate::plan::{DeclaredTable, Direction, Policy, decide};
use crate::schema::Resolution;

use super::super::declared::{DeclaredEntity, DeclaredTables};
use super::super::prepare::freeze_table;
use super::super::workshop::Mode;
use super::ahead::Ahead;
use super::code::ReleaseCode;
use super::position::{Found, position};

/// What a program says that goes along a released history.
pub struct Program<'a> {
    /// The history.
    pub document: &'a HistoryDocument,
    /// Its own migrations of whole tables.
    pub(in super::super) table_migrations: Vec<&'a TableMigration>,
    /// Its tables.
    pub(in super::super) declared: &'a DeclaredTables<'a>,
    /// What becomes of rows that don't fit, where no hint says.
    pub on_failure: Option<Resolution>,
    /// By what its tables are found in the history.
    pub(in super::super) by: Found,
    /// Whether anything is run.
    pub(in super::super) mode: Mode,
}

impl Program<'_> {
    /// Finds the entity of a table of the last release, under whatever name by now.
    fn entity(&self, name: &str) -> Option<&DeclaredEntity<'_>> {
        let claims = |entity: &&DeclaredEntity<'_>| {
            let mut names = entity.declared.hints.renamed_from.iter();
            names.any(|old| old == name)
        };
        let named = self.declared.get(name);
        named.or_else(|| self.declared.values().find(claims))
    }
}

/// What the way through the releases came to, besides changes.
#[derive(Debug, Default)]
pub struct Followed {
    /// Why the store can't go on.
    pub refusals: Vec<Refusal>,
    /// Held tables that are taken up again.
    pub held: Vec<String>,
    /// The labels of the releases that change something.
    pub releases: Vec<String>,
}

/// Takes a catalogue through the releases that it missed, as far as they go.
///
/// # Errors
///
/// If the version trees are damaged.
pub fn follow(ahead: &mut Ahead, program: &Program<'_>) -> Result<Followed> {
    let tables = ahead.stored.iter();
    let positions: BTreeMap<u32, Option<usize>> = tables
        .map(|(id, table)| (*id, position(program.document, table, program.by)))
        .collect();
    let mut followed = Followed::default();
    let Some(first) = positions.values().flatten().min() else {
        return Ok(followed);
    };
    for (at, version) in program.document.versions.iter().enumerate().skip(first + 1) {
        let stage = Stage {
            program,
            positions: &positions,
            at,
            version,
        };
        stage.run(ahead, &mut followed)?;
        if !followed.refusals.is_empty() {
            break;
        }
    }
    Ok(followed)
}

/// One release on the way.
struct Stage<'a> {
    program: &'a Program<'a>,
    /// Where each table of the store stands; none at no release.
    positions: &'a BTreeMap<u32, Option<usize>>,
    at: usize,
    version: &'a HistoryVersion,
}

impl Stage<'_> {
    fn run(&self, ahead: &mut Ahead, followed: &mut Followed) -> Result<()> {
        let mut declarations = self.declarations(ahead);
        let mut migrations = Vec::new();
        for declaration in &mut declarations {
            match self.own_code(ahead, declaration) {
                Ok(own) => migrations.push(own),
                Err(refusal) => followed.refusals.push(self.told(refusal)),
            }
        }
        followed
            .refusals
            .extend(self.table_migrations(ahead).map(|refusal| self.told(refusal)));
        if !followed.refusals.is_empty() {
            return Ok(());
        }
        let declared = declarations.iter().zip(&migrations);
        let declared: Vec<DeclaredTable<'_>> = declared.filter_map(declared_table).collect();
        let policy = Policy {
            direction: Direction::Onward,
            drop_tables: self.dropped(ahead),
            on_failure: self.program.on_failure,
            ..Policy::default()
        };
        let decision = decide(&ahead.head, &ahead.stored, &declared, &policy)
            .map_err(|problem| Error::corrupt("the version tree", problem))?;
        let mut plan = decision.plan;
        if !plan.refusals.is_empty() {
            let refusals = std::mem::take(&mut plan.refusals).into_iter();
            followed
                .refusals
                .extend(refusals.map(|refusal| self.told(refusal)));
            return Ok(());
        }
        followed.held.extend(decision.held);
        if self.program.mode == Mode::Run {
            for table in &mut plan.tables {
                let code = self.entity(&table.name).map(|entity| entity.code.clone());
                let old = table.before.clone();
                if let Err(refusal) = freeze_table(table, &code.unwrap_or_default(), old.as_ref()) {
                    followed.refusals.push(self.told(refusal));
                    return Ok(());
                }
            }
        }
        if plan.steps().next().is_some() {
            followed.releases.push(self.version.label.clone());
        }
        ahead.run(plan, Some(&self.version.label))
    }

    /// Finds the program's entity of a table of this release.
    fn entity(&self, table: &str) -> Option<&DeclaredEntity<'_>> {
        let end = self.program.document.name_at_the_end(self.at, table)?;
        self.program.entity(end)
    }

    /// Adds the program's own code to the declaration of a table.
    fn own_code(
        &self,
        ahead: &Ahead,
        declaration: &mut Declaration,
    ) -> std::result::Result<Vec<RowMigration>, Refusal> {
        let table = declaration.table.clone();
        let code = ReleaseCode {
            version: self.version,
            table: &table,
            entity: self.entity(&table),
        };
        code.add_functions(declaration)?;
        let of_tables: Vec<&str> = self
            .program
            .table_migrations
            .iter()
            .map(|migration| migration.id.as_str())
            .collect();
        code.migrations(ahead, &of_tables)
    }

    /// Refuses migrations of whole tables that came with this release, if tables that they read changed before it: the
    /// program runs them over rows as they are stored.
    fn table_migrations(&self, ahead: &Ahead) -> impl Iterator<Item = Refusal> {
        let named: BTreeSet<&String> = self.version.hints.migrations.values().flatten().collect();
        let of_tables = self.program.table_migrations.iter();
        let mut pending = of_tables.filter(move |migration| {
            named.contains(&migration.id) && !ahead.head.migrations.contains_key(&migration.id)
        });
        let refused = pending.find_map(|migration| {
            let read = migration.reads.iter().find(|read| ahead.has_passed(read))?;
            Some(Refusal {
                kind: RefusalKind::OwnCode,
                table: read.clone(),
                path: String::new(),
                problem: format!(
                    "the migration {} reads rows as they were in the release before it, and this store is further back",
                    migration.id
                ),
                fixes: Vec::new(),
            })
        });
        refused.into_iter()
    }

    /// Declares the tables that have not come this far and that this release changes. One that the store never had is left to
    /// the end, unless another refers to it.
    fn declarations(&self, ahead: &Ahead) -> Vec<Declaration> {
        let is_wanted = |name: &&String| {
            let end = self.program.document.name_at_the_end(self.at, name);
            end.is_none_or(|end| self.program.entity(end).is_some())
        };
        let behind = self.version.tables.keys().filter(is_wanted);
        let behind: BTreeSet<String> = behind
            .filter(|name| self.is_behind(ahead, name) == Some(true))
            .cloned()
            .collect();
        let mut names: BTreeSet<String> = behind.iter().filter(|name| self.changes(name)).cloned().collect();
        self.add_referred(ahead, &mut names);
        // What comes, or gets another name, is held against all others.
        if names.iter().any(|name| ahead.table(name).is_none()) {
            names.extend(behind);
            self.add_referred(ahead, &mut names);
        }
        let all = self.version.declarations().into_iter();
        all.filter(|declaration| names.contains(&declaration.table))
            .collect()
    }

    /// Tells whether this release says anything else of a table than the one before.
    fn changes(&self, name: &str) -> bool {
        let before = &self.program.document.versions[self.at - 1];
        let hints = &self.version.hints;
        let has_code = hints.functions.contains_key(name) || hints.migrations.contains_key(name);
        has_code || before.tables.get(name) != self.version.tables.get(name)
    }

    /// Adds the tables that the store doesn't have and that others refer to.
    fn add_referred(&self, ahead: &Ahead, names: &mut BTreeSet<String>) {
        loop {
            let referred = names
                .iter()
                .flat_map(|name| &self.version.tables[name].schema.references);
            let missing: Vec<String> = referred
                .map(|reference| reference.table.clone())
                .filter(|name| !names.contains(name) && self.is_behind(ahead, name).is_none())
                .collect();
            if missing.is_empty() {
                break;
            }
            names.extend(missing);
        }
    }

    /// Tells whether a table of this version has not come this far; none if the store doesn't have it.
    fn is_behind(&self, ahead: &Ahead, name: &str) -> Option<bool> {
        let renamed = self.version.hints.renamed_tables.iter();
        let mut old_names = renamed
            .filter(|(_, new)| *new == name)
            .map(|(old, _)| old.as_str());
        if let Some(table) = old_names.find_map(|old| ahead.table(old)) {
            return Some(self.misses(table.id) && self.is_free(ahead, name));
        }
        Some(self.misses(ahead.table(name)?.id))
    }

    /// Tells whether a table goes through this release. One that came on the way does; one at no release doesn't.
    fn misses(&self, table: u32) -> bool {
        match self.positions.get(&table) {
            Some(position) => position.is_some_and(|position| position < self.at),
            None => true,
        }
    }

    /// Tells whether no table has a name once this release is there. One at no release, or at a later one, may have it.
    fn is_free(&self, ahead: &Ahead, name: &str) -> bool {
        let hints = &self.version.hints;
        let (mut name, mut seen) = (name, BTreeSet::new());
        while let Some(table) = ahead.table(name) {
            if !self.misses(table.id) {
                return false;
            }
            match hints.renamed_tables.get(name) {
                Some(new) if seen.insert(new) => name = new,
                Some(_) => return true,
                None => return hints.dropped_tables.iter().any(|dropped| dropped == name),
            }
        }
        true
    }

    /// Lists the tables that go with this release.
    fn dropped(&self, ahead: &Ahead) -> BTreeSet<String> {
        let dropped = self.version.hints.dropped_tables.iter();
        dropped
            .filter(|name| ahead.table(name).is_some_and(|table| self.misses(table.id)))
            .cloned()
            .collect()
    }

    /// Says at which release something is refused. What is released is not mended by attributes.
    fn told(&self, refusal: Refusal) -> Refusal {
        let label = &self.version.label;
        let fix = format!(
            "open the store once with the program of release {label}, or one without `Options::history`"
        );
        Refusal {
            problem: format!("{} (on the way to release {label})", refusal.problem),
            fixes: vec![fix],
            ..refusal
        }
    }
}

fn declared_table<'d>(
    (declaration, migrations): (&'d Declaration, &'d Vec<RowMigration>),
) -> Option<DeclaredTable<'d>> {
    // A document that was read holds sound declarations.
    let declared = declaration.declared.as_ref().ok()?;
    Some(DeclaredTable {
        name: &declaration.table,
        schema: &declared.schema,
        fingerprint: declared.fingerprint,
        hints: &declared.hints,
        hints_digest: declared.hints_digest,
        migrations,
    })
}

/// Refuses a text that is no history.
pub fn unreadable(problem: &str) -> Error {
    Error::new(
        ErrorKind::Declaration,
        format!("the text given with `Options::history` is no history: {problem}"),
    )
}
