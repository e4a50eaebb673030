//! The program's declarations beside what the head says.

use std::collections::{BTreeMap, BTreeSet};

use crate::custom::{MigrationDeclaration, MigrationWork, in_order, left_for_later};
use crate::diff::RowMigration;
use crate::error::{Error, ErrorKind, Result};
use crate::history::ReleasedHistory;
use crate::model::Declared;
use crate::plan::{Head, Presence, TableHead};

use super::code::CodeTable;
use super::request::{FileRun, Hold, Request};

/// What the program declares of one table.
pub(super) struct DeclaredEntity<'a> {
    pub(super) declared: &'a Declared,
    /// Its own migrations, in the order in which they run.
    pub(super) migrations: Vec<RowMigration>,
    /// Digest of the hints and of the migrations.
    pub(super) hints_digest: [u8; 16],
    pub(super) code: CodeTable,
}

impl std::ops::Deref for DeclaredEntity<'_> {
    type Target = Declared;

    fn deref(&self) -> &Declared {
        self.declared
    }
}

pub(super) type DeclaredTables<'a> = BTreeMap<&'a str, DeclaredEntity<'a>>;

/// Checks the declarations: each sound, and one for each table.
pub(super) fn sound<'a>(request: &Request<'a>) -> Result<DeclaredTables<'a>> {
    let mut tables: BTreeMap<&'a str, (&str, DeclaredEntity<'a>)> = BTreeMap::new();
    for declaration in request.declarations {
        let declared = declaration
            .declared
            .as_ref()
            .map_err(|problem| wrong(format!("entity {}: {problem}", declaration.rust_name)))?;
        let entity = DeclaredEntity {
            declared,
            migrations: Vec::new(),
            hints_digest: seen(declared.hints_digest, request.history),
            code: CodeTable::of(declared),
        };
        let earlier = tables.insert(&declaration.table, (&declaration.rust_name, entity));
        if let Some((other, _)) = earlier.filter(|(name, _)| **name != declaration.rust_name) {
            return Err(wrong(format!(
                "{other} and {} both declare the table {}: give one another name with #[quanta(table = \"..\")], \
                 or open with Options::entities",
                declaration.rust_name, declaration.table
            )));
        }
    }
    let mut tables: DeclaredTables<'a> = tables
        .into_iter()
        .map(|(table, (_, entity))| (table, entity))
        .collect();
    let left = left_for_later(request.migrations, &request.policy.skip_tags);
    for migration in in_order(request.migrations).map_err(wrong)? {
        add_migration(&mut tables, migration, &left)?;
    }
    if let Some(run) = request.file {
        add_file(&mut tables, run);
    }
    Ok(tables)
}

/// Adds what a migration file does to rows, and the functions that it may name.
fn add_file(tables: &mut DeclaredTables<'_>, run: FileRun<'_>) {
    for (table, entity) in tables {
        if let Some(code) = run.code.get(*table) {
            entity.code.add_all(code);
        }
        if let Some(edit) = run.edits.get(*table) {
            entity.migrations.push(edit.clone().migration(Vec::new()));
            entity.say(&edit.id);
        }
    }
}

/// Tells of own migrations whose rows are in no table that this program opens.
pub(super) fn unopened(request: &Request<'_>, declared: &DeclaredTables<'_>) -> Vec<String> {
    let of_rows = request.migrations.iter().filter_map(|migration| {
        let MigrationWork::Rows(work) = &migration.work else {
            return None;
        };
        let (table, _) = work.declared.as_ref().ok()?;
        Some((migration.hints.id, table))
    });
    of_rows
        .filter(|(_, table)| !declared.contains_key(table.as_str()))
        .map(|(id, table)| {
            format!("the migration {id} does nothing: this program opens no entity of its table {table}")
        })
        .collect()
}

/// Returns the digest of hints together with the history that the program was released with.
fn seen(hints_digest: [u8; 16], history: Option<&ReleasedHistory>) -> [u8; 16] {
    let Some(history) = history else {
        return hints_digest;
    };
    let both = [hints_digest, history.digest()].concat();
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(&both).as_bytes()[..16]);
    digest
}

pub(super) fn wrong(problem: String) -> Error {
    Error::new(ErrorKind::Declaration, problem)
}

/// Adds an own migration to its table. Of a table that this program doesn't open, it says nothing.
fn add_migration(
    tables: &mut DeclaredTables<'_>,
    migration: &MigrationDeclaration,
    left: &BTreeSet<&str>,
) -> Result<()> {
    let id = migration.hints.id;
    let MigrationWork::Rows(work) = &migration.work else {
        return Ok(());
    };
    let (table, planned) = work
        .declared
        .as_ref()
        .map_err(|problem| wrong(format!("migration {id}: {problem}")))?;
    let Some(entity) = tables.get_mut(table.as_str()) else {
        return Ok(());
    };
    let gives_other = planned
        .gives
        .as_ref()
        .is_some_and(|gives| !gives.is_same_as(&entity.declared.schema.shape));
    // A migration into a shape of another time stays in the source, and has nothing to do any more.
    if gives_other && !planned.replaces {
        return Err(wrong(format!(
            "migration {id}: it gives rows of another shape than the entity of the table {table} has"
        )));
    }
    let is_left = left.contains(id);
    entity.migrations.push(RowMigration {
        is_left,
        ..planned.clone()
    });
    entity.code.add(migration);
    if !is_left {
        entity.say(id);
    }
    Ok(())
}

impl DeclaredEntity<'_> {
    /// Notes in the digest that a migration is behind the entity.
    fn say(&mut self, id: &str) {
        let named = [self.hints_digest.as_slice(), id.as_bytes()].concat();
        self.hints_digest
            .copy_from_slice(&blake3::hash(&named).as_bytes()[..16]);
    }
}

/// Tells whether every entity stands in the head as declared: then nothing else is read.
pub(super) fn is_unchanged(head: &Head, all: &DeclaredTables<'_>, request: &Request<'_>) -> bool {
    let live: BTreeMap<&str, _> = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live)
        .map(|table| (table.state.name.as_str(), table))
        .collect();
    let all_equal = all.iter().all(|(name, entity)| {
        // A hint of a table that was seen and not followed waits for what it needs.
        let mut names = entity.declared.hints.renamed_from.iter();
        live.get(name).is_some_and(|table| {
            let waits =
                names.any(|old| live.contains_key(old.as_str()) && !table.consumed_names.contains(old));
            !waits && stands_as_declared(table, all)
        })
    });
    let drops = request
        .policy
        .drop_tables
        .iter()
        .any(|name| live.contains_key(name.as_str()) && !all.contains_key(name.as_str()));
    let runs = request.migrations.iter().any(|migration| {
        matches!(migration.work, MigrationWork::Tables(_))
            && !head.migrations.contains_key(migration.hints.id)
    });
    let releases = request.hold == Hold::Release && head.tables.values().any(|table| table.held);
    all_equal && !drops && !releases && !runs
}

/// Lists the names that hints claim: an entity may say that it is such a table, and give its name to a new one.
pub(super) fn claimed_names<'a>(declared: &DeclaredTables<'a>) -> BTreeSet<&'a str> {
    let hints = declared
        .values()
        .flat_map(|entity| &entity.declared.hints.renamed_from);
    hints.map(String::as_str).collect()
}

/// Tells whether nothing happens to a table that no hint claims, so that its versions need not be read.
pub(super) fn stands_as_declared(table: &TableHead, declared: &DeclaredTables<'_>) -> bool {
    table.state.presence == Presence::Live
        && declared.get(table.state.name.as_str()).is_some_and(|declared| {
            let names = declared.schema.indexes.iter().map(|index| &index.name);
            let is_left = declared.migrations.iter().any(|migration| migration.is_left);
            !is_left
                && table.fingerprint == declared.fingerprint
                && table.hints_digest == declared.hints_digest
                && table.state.index_names.iter().eq(names)
        })
}

pub(super) fn unregistered(head: &Head, declared: &DeclaredTables<'_>) -> Vec<String> {
    let live = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live);
    let names: BTreeSet<&str> = live.map(|table| table.state.name.as_str()).collect();
    names
        .into_iter()
        .filter(|name| !declared.contains_key(name))
        .map(str::to_owned)
        .collect()
}

pub(super) fn code_for(declared: &DeclaredTables<'_>, table: &str) -> CodeTable {
    declared
        .get(table)
        .map(|declared| declared.code.clone())
        .unwrap_or_default()
}
