//! Migrations that an open leaves for a later one, by their tags.

use std::collections::BTreeSet;

use super::declaration::{MigrationDeclaration, MigrationWork};
use super::order::behind;

/// Lists the migrations that are left: those with one of the tags, and those that depend on one of them. A migration of
/// rows that takes rows as they were before a change belongs to that change, and is never left; neither is what it
/// depends on.
#[must_use]
pub fn left_for_later(
    migrations: &[&MigrationDeclaration],
    tags: &BTreeSet<String>,
) -> BTreeSet<&'static str> {
    let mut left: BTreeSet<&'static str> = migrations
        .iter()
        .filter(|migration| migration.hints.tags.iter().any(|tag| tags.contains(*tag)) && may_wait(migration))
        .map(|migration| migration.hints.id)
        .collect();
    for migration in migrations.iter().filter(|migration| !may_wait(migration)) {
        for needed in behind(migrations, migration.hints.id) {
            left.remove(needed);
        }
    }
    let waits = |migration: &&&MigrationDeclaration| {
        let behind = behind(migrations, migration.hints.id);
        may_wait(migration) && behind.iter().any(|id| left.contains(id))
    };
    let waiting: Vec<&'static str> = migrations
        .iter()
        .filter(waits)
        .map(|migration| migration.hints.id)
        .collect();
    left.extend(waiting);
    left
}

fn may_wait(migration: &MigrationDeclaration) -> bool {
    match &migration.work {
        MigrationWork::Tables(_) => true,
        MigrationWork::Rows(work) => {
            let planned = work.declared.as_ref();
            planned.is_ok_and(|(_, planned)| planned.takes.is_none())
        }
    }
}
