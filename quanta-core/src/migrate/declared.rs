//! The program's declarations beside what the head says.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Declaration, Declared};
use crate::plan::{Head, Presence, TableHead};

use super::code::CodeTable;
use super::request::{Hold, Request};

/// Checks the declarations: each sound, and one for each table.
pub(super) fn sound<'a>(declarations: &[&'a Declaration]) -> Result<DeclaredTables<'a>> {
    let mut tables: BTreeMap<&'a str, (&str, &'a Declared)> = BTreeMap::new();
    for declaration in declarations {
        let declared = declaration.declared.as_ref().map_err(|problem| {
            Error::new(
                ErrorKind::Declaration,
                format!("entity {}: {problem}", declaration.rust_name),
            )
        })?;
        let earlier = tables.insert(&declaration.table, (&declaration.rust_name, declared));
        if let Some((other, _)) = earlier.filter(|(name, _)| **name != declaration.rust_name) {
            let problem = format!(
                "{other} and {} both declare the table {}: give one another name with #[quanta(table = \"..\")], \
                 or open with Options::entities",
                declaration.rust_name, declaration.table
            );
            return Err(Error::new(ErrorKind::Declaration, problem));
        }
    }
    Ok(tables
        .into_iter()
        .map(|(table, (_, declared))| (table, declared))
        .collect())
}

pub(super) type DeclaredTables<'a> = BTreeMap<&'a str, &'a Declared>;

/// Tells whether every entity stands in the head as declared: then nothing else is read.
pub(super) fn is_unchanged(head: &Head, all: &DeclaredTables<'_>, request: &Request<'_>) -> bool {
    let live: BTreeMap<&str, _> = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live)
        .map(|table| (table.state.name.as_str(), table))
        .collect();
    let claimed = claimed_names(all);
    let all_equal = all.keys().all(|name| {
        live.get(name)
            .is_some_and(|table| !claimed.contains(name) && stands_as_declared(table, all))
    });
    let drops = request
        .policy
        .drop_tables
        .iter()
        .any(|name| live.contains_key(name.as_str()) && !all.contains_key(name.as_str()));
    let releases = request.hold == Hold::Release && head.tables.values().any(|table| table.held);
    all_equal && !drops && !releases
}

/// Lists the names that hints claim: an entity may say that it is such a table, and give its name to a new one.
pub(super) fn claimed_names<'a>(declared: &DeclaredTables<'a>) -> BTreeSet<&'a str> {
    let hints = declared
        .values()
        .flat_map(|declared| &declared.hints.renamed_from);
    hints.map(String::as_str).collect()
}

/// Tells whether nothing happens to a table that no hint claims, so that its versions need not be read.
pub(super) fn stands_as_declared(table: &TableHead, declared: &DeclaredTables<'_>) -> bool {
    table.state.presence == Presence::Live
        && declared.get(table.state.name.as_str()).is_some_and(|declared| {
            let names = declared.schema.indexes.iter().map(|index| &index.name);
            table.fingerprint == declared.fingerprint
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
        .map(|declared| CodeTable::of(declared))
        .unwrap_or_default()
}
