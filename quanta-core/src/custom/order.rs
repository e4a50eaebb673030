//! The order in which migrations run: what they depend on first, then by name.

use std::collections::{BTreeMap, BTreeSet};

use super::declaration::MigrationDeclaration;

/// Sorts migrations: each stands behind those that it depends on, else they are sorted by name.
///
/// # Errors
///
/// Names two migrations with one name, one that is missing, or those that wait for each other.
pub fn in_order<'m>(
    migrations: &[&'m MigrationDeclaration],
) -> Result<Vec<&'m MigrationDeclaration>, String> {
    let mut waiting: BTreeMap<&str, &'m MigrationDeclaration> = BTreeMap::new();
    for migration in migrations {
        if waiting.insert(migration.hints.id, migration).is_some() {
            return Err(format!(
                "two migrations are called {}: give one another name with `id = \"..\"`",
                migration.hints.id
            ));
        }
    }
    for migration in waiting.values() {
        let missing = migration
            .hints
            .depends_on
            .iter()
            .find(|id| !waiting.contains_key(**id));
        if let Some(missing) = missing {
            return Err(format!(
                "the migration {} depends on {missing}, which this program doesn't have",
                migration.hints.id
            ));
        }
    }
    let mut done = BTreeSet::new();
    let mut sorted = Vec::new();
    while !waiting.is_empty() {
        let next = waiting
            .values()
            .find(|migration| migration.hints.depends_on.iter().all(|id| done.contains(id)));
        let Some(next) = next.copied() else {
            let names: Vec<&str> = waiting.keys().copied().collect();
            return Err(format!(
                "these migrations wait for each other: {}",
                names.join(", ")
            ));
        };
        waiting.remove(next.hints.id);
        done.insert(next.hints.id);
        sorted.push(next);
    }
    Ok(sorted)
}

/// Lists everything that a migration depends on, directly or not.
#[must_use]
pub fn behind(migrations: &[&MigrationDeclaration], id: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut next = vec![id];
    while let Some(id) = next.pop() {
        let migration = migrations.iter().find(|migration| migration.hints.id == id);
        for needed in migration.map_or(&[][..], |migration| migration.hints.depends_on) {
            if found.insert(*needed) {
                next.push(needed);
            }
        }
    }
    found
}
