//! Which stored table each declared one is: by name, by hint, or not at all. Never by guess.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Refusal, RefusalKind, may_become, shares_half};
use crate::schema::{Fingerprint, NodeId, Schema};

use super::decide::{DeclaredTable, Policy};
use super::plan::Plan;
use super::stored::{Presence, StoredTable};

/// Which stored table each declared one is.
pub(super) struct Matches {
    pub(super) tables: Vec<Option<u32>>,
}

pub(super) fn match_tables(
    stored: &BTreeMap<u32, StoredTable>,
    declared: &[DeclaredTable<'_>],
    policy: &Policy,
    plan: &mut Plan,
) -> Matches {
    let is_live = |table: &&StoredTable| table.head.state.presence == Presence::Live;
    let by_name = stored.values().rev().filter(is_live);
    let by_name: BTreeMap<&str, u32> = by_name
        .map(|table| (table.head.state.name.as_str(), table.id))
        .collect();
    let live = |name: &str| by_name.get(name).copied();
    // A name that was never here is no table that came again: what its hint names is the same table, even if another
    // entity has taken that name over.
    let names: BTreeSet<&str> = stored
        .values()
        .map(|table| table.head.state.name.as_str())
        .collect();
    let was_here = |name: &str| names.contains(name);
    let mut tables: Vec<Option<u32>> = vec![None; declared.len()];
    for (position, declaration) in declared.iter().enumerate() {
        if !was_here(declaration.name) {
            let mut by_hint = declaration
                .hints
                .renamed_from
                .iter()
                .filter_map(|name| live(name));
            tables[position] = by_hint.find(|table| !tables.contains(&Some(*table)));
        }
    }
    for (position, declaration) in declared.iter().enumerate() {
        if tables[position].is_none() {
            tables[position] = live(declaration.name).filter(|table| !tables.contains(&Some(*table)));
        }
    }
    for (position, declaration) in declared.iter().enumerate() {
        if tables[position].is_some() {
            continue;
        }
        let by_hint = declaration
            .hints
            .renamed_from
            .iter()
            .filter_map(|name| live(name));
        tables[position] = by_hint
            .into_iter()
            .find(|table| !tables.contains(&Some(*table)))
            .or_else(|| absent_with(stored, declaration));
    }
    let free: Vec<&StoredTable> = stored
        .values()
        .filter(|table| table.head.state.presence == Presence::Live && !tables.contains(&Some(table.id)))
        .filter(|table| !policy.drop_tables.contains(&table.head.state.name))
        .collect();
    for (declaration, table) in declared.iter().zip(&tables) {
        if table.is_none() && !declaration.hints.is_new {
            plan.refusals.extend(refuse_similar(declaration, &free));
        }
    }
    plan.refusals.extend(refuse_swaps(declared, &live));
    Matches { tables }
}

/// Refuses two tables whose hints ask for each other's rows: no hint of a table is ever consumed, so that a swap would
/// be made anew with every open.
fn refuse_swaps(declared: &[DeclaredTable<'_>], live: &dyn Fn(&str) -> Option<u32>) -> Vec<Refusal> {
    let claims = |one: &DeclaredTable<'_>, other: &DeclaredTable<'_>| {
        one.hints.renamed_from.iter().any(|name| name == other.name)
    };
    let mut refusals = Vec::new();
    for (position, one) in declared.iter().enumerate() {
        for other in &declared[position + 1..] {
            let both_claim = claims(one, other) && claims(other, one);
            if both_claim && live(one.name).is_some() && live(other.name).is_some() {
                refusals.push(Refusal {
                    kind: RefusalKind::Claimed,
                    table: one.name.to_owned(),
                    path: String::new(),
                    problem: format!(
                        "it and {} claim each other's rows: two tables can't swap names at once",
                        other.name
                    ),
                    fixes: vec![
                        format!(
                            "rename {} to a third name first, and to {} in a later change",
                            one.name, other.name
                        ),
                        "take both `renamed_from` off, if the tables were never meant to swap".to_owned(),
                    ],
                });
            }
        }
    }
    refusals
}

/// Finds a table that was rolled back out of existence, under this name and with this shape in its past.
fn absent_with(stored: &BTreeMap<u32, StoredTable>, declaration: &DeclaredTable<'_>) -> Option<u32> {
    let mut absent = stored.values().filter(|table| {
        table.head.state.presence == Presence::Absent && table.head.state.name == declaration.name
    });
    let has_shape = |table: &&StoredTable| {
        table
            .versions
            .values()
            .any(|version| Fingerprint::of(&version.schema) == declaration.fingerprint)
    };
    absent.find(has_shape).map(|table| table.id)
}

/// Refuses a new table that looks like one which lost its entity.
fn refuse_similar(declaration: &DeclaredTable<'_>, free: &[&StoredTable]) -> Option<Refusal> {
    let similar: Vec<&str> = free
        .iter()
        .filter(|table| {
            let version = table.versions.get(&table.head.state.version);
            version.is_some_and(|version| looks_like(&version.schema, declaration.schema))
        })
        .map(|table| table.head.state.name.as_str())
        .collect();
    if similar.is_empty() {
        return None;
    }
    let problem = format!(
        "this table came and {} has no entity any more: a rename, or not?",
        similar.join(", ")
    );
    let mut fixes: Vec<String> = similar
        .iter()
        .map(|name| format!("#[quanta(renamed_from = \"{name}\")] at the struct, to keep its rows"))
        .collect();
    fixes.push("#[quanta(new)] at the struct, if it has nothing to do with it".to_owned());
    Some(Refusal {
        kind: RefusalKind::Ambiguous,
        table: declaration.name.to_owned(),
        path: String::new(),
        problem,
        fixes,
    })
}

fn looks_like(old: &Schema, new: &Schema) -> bool {
    let names = |schema: &'_ Schema| -> Vec<String> {
        schema
            .shape
            .fields()
            .iter()
            .map(|field| field.name.clone())
            .collect()
    };
    let key_node =
        |schema: &Schema, name: &String| schema.field(name).map_or(NodeId::ROOT, |field| field.node);
    let keys_convert = old.key.len() == new.key.len()
        && old
            .key
            .iter()
            .zip(&new.key)
            .all(|(from, to)| may_become(&old.shape, key_node(old, from), &new.shape, key_node(new, to)));
    let (old, new) = (names(old), names(new));
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    keys_convert && shares_half(&old, &new)
}
