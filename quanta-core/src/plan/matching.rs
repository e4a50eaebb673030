//! Which stored table each declared one is: by name, by hint, or not at all. Never by guess.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Refusal, RefusalKind, may_become, shares_half};
use crate::schema::{Fingerprint, NodeId, Schema};

use super::claims::{Claims, claims};
use super::decide::DeclaredTable;
use super::plan::Plan;
use super::policy::{OnOlder, Policy};
use super::stored::{Presence, StoredTable};

/// Which stored table each declared one is.
pub(super) struct Matches {
    pub(super) tables: Vec<Option<u32>>,
    /// Of each declared table, the names in its hint that stay to be followed by a later open.
    pub(super) put_off: Vec<BTreeSet<String>>,
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
    // What a hint names is the same table, even if another entity has taken that name over.
    let Claims {
        mut tables,
        put_off,
        notes,
        refusals,
    } = claims(stored, declared, &by_name, policy);
    plan.notes.extend(notes);
    plan.refusals.extend(refusals);
    for (position, declaration) in declared.iter().enumerate() {
        let former = former(stored, declaration, declared).filter(|table| !tables.contains(&Some(*table)));
        if let (None, Some(former)) = (tables[position], former) {
            tables[position] = Some(former);
            let taken = live(declaration.name).filter(|_| policy.on_older == OnOlder::RollBack);
            plan.refusals
                .extend(taken.map(|_| taken_over(declaration.name, &stored[&former])));
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
        // Without a table of its own, an entity follows a hint again that has counted before.
        let mut by_hint = declaration
            .hints
            .renamed_from
            .iter()
            .filter_map(|name| live(name));
        tables[position] = by_hint
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
    Matches { tables, put_off }
}

/// Finds the table that had this name and this shape before a newer program gave it another name: the one that there is.
fn former(
    stored: &BTreeMap<u32, StoredTable>,
    declaration: &DeclaredTable<'_>,
    declared: &[DeclaredTable<'_>],
) -> Option<u32> {
    let live = || {
        stored
            .values()
            .filter(|table| table.head.state.presence == Presence::Live)
    };
    let is_own = |table: &&StoredTable| table.head.state.name == declaration.name;
    if live().filter(is_own).any(|table| has_shape(table, declaration)) {
        return None;
    }
    let is_declared = |table: &&StoredTable| declared.iter().any(|other| other.name == table.head.state.name);
    let mut former = live().filter(|table| {
        table.head.consumed_names.contains(declaration.name)
            && !is_own(table)
            && !is_declared(table)
            && has_shape(table, declaration)
    });
    let found = former.next()?;
    former.next().is_none().then_some(found.id)
}

fn has_shape(table: &StoredTable, declaration: &DeclaredTable<'_>) -> bool {
    // Of a table that stands as it is declared no version is read.
    let mut versions = table.versions.values();
    table.head.fingerprint == declaration.fingerprint
        || versions.any(|version| Fingerprint::of(&version.schema) == declaration.fingerprint)
}

/// Refuses to give a table its former name back while another one has it.
fn taken_over(name: &str, former: &StoredTable) -> Refusal {
    Refusal {
        kind: RefusalKind::Older,
        table: name.to_owned(),
        path: String::new(),
        problem: format!(
            "it is called {} now, and a newer program gave its name to another table",
            former.head.state.name
        ),
        fixes: vec![
            "go back with the newer program, or with `quanta rollback`, to a revision before that".to_owned(),
            "Options::on_older(OnOlder::ReadOnly) reads it as it was".to_owned(),
        ],
    }
}

/// Finds a table that was rolled back out of existence, under this name and with this shape in its past.
fn absent_with(stored: &BTreeMap<u32, StoredTable>, declaration: &DeclaredTable<'_>) -> Option<u32> {
    let mut absent = stored.values().filter(|table| {
        table.head.state.presence == Presence::Absent && table.head.state.name == declaration.name
    });
    absent
        .find(|table| has_shape(table, declaration))
        .map(|table| table.id)
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
