//! Functions and migrations of the program's own: they see whole rows, so that nothing else of these may change beside
//! them.

use std::collections::BTreeSet;

use super::super::owner::Owner;
use super::branch::Branch;
use super::clash::LET_ONE_GO_FIRST;
use super::edit::Edit;
use super::report::Conflict;
use super::view::{inside, reach};

/// Own code that a branch runs over the rows of a table.
struct OwnCode {
    /// The table's identity.
    table: String,
    name: String,
    says: String,
}

/// Lists what one branch does to rows that own code of the other one sees.
pub(super) fn beside_code(a: &Branch<'_>, b: &Branch<'_>) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for own in own_code(a) {
        let met = b.edits.iter().filter(|edit| is_seen(&own, edit, (a, b)));
        conflicts.extend(met.map(|edit| conflict(&own, &own.says, &edit.says)));
    }
    for own in own_code(b) {
        let met = a.edits.iter().filter(|edit| is_seen(&own, edit, (a, b)));
        conflicts.extend(met.map(|edit| conflict(&own, &edit.says, &own.says)));
    }
    conflicts
}

fn own_code(branch: &Branch<'_>) -> Vec<OwnCode> {
    let mut found = Vec::new();
    for (version, view) in branch.versions.iter().zip(&branch.views[1..]) {
        let hints = &version.hints;
        for (name, ids) in &hints.migrations {
            found.extend(ids.iter().map(|id| OwnCode {
                table: view.table(name),
                name: name.clone(),
                says: format!("run the migration {id} over {name}"),
            }));
        }
        for (name, functions) in &hints.functions {
            found.extend(functions.iter().map(|(path, function)| OwnCode {
                table: view.table(name),
                name: name.clone(),
                says: format!("give {name}.{path} the values of {function}"),
            }));
        }
    }
    found
}

/// Tells whether a change is one of the table that own code runs over, or of a type in it.
fn is_seen(own: &OwnCode, edit: &Edit, (a, b): (&Branch<'_>, &Branch<'_>)) -> bool {
    let Some(owner) = edit.place.owner() else {
        return false;
    };
    let table = Owner::Table(own.table.clone());
    let facts = [a.base(), a.last(), b.last()];
    let types: BTreeSet<&str> = facts.iter().flat_map(|facts| inside(&table, facts)).collect();
    owner == table || reach(types, &facts).contains(&super::view::around(&owner))
}

fn conflict(own: &OwnCode, a: &str, b: &str) -> Conflict {
    Conflict {
        table: own.name.clone(),
        path: String::new(),
        a: a.to_owned(),
        b: b.to_owned(),
        fix: LET_ONE_GO_FIRST.to_owned(),
    }
}
