//! What two branches do that can't be done in any order.

use std::collections::BTreeSet;

use super::edit::Edit;
use super::facts::Place;
use super::report::{Conflict, Done};

/// What comes of laying the changes of two branches beside each other.
pub(super) struct Beside {
    /// Changes that both made alike.
    pub(super) shared: Vec<Done>,
    pub(super) conflicts: Vec<Conflict>,
}

/// Lays the changes of two branches beside each other.
pub(super) fn beside(a: &[Edit], b: &[Edit]) -> Beside {
    let alone_a: Vec<&Edit> = a.iter().filter(|edit| !is_shared(edit, a, b)).collect();
    let alone_b: Vec<&Edit> = b.iter().filter(|edit| !is_shared(edit, b, a)).collect();
    let mut conflicts = Vec::new();
    for one in &alone_a {
        let others = alone_b.iter().copied().chain(of_resolution(one, b));
        let met = others.filter(|two| one.footprint.meets(&two.footprint));
        conflicts.extend(met.map(|two| conflict(one, two)));
    }
    for two in &alone_b {
        let met = of_resolution(two, a).filter(|one| one.footprint.meets(&two.footprint));
        conflicts.extend(met.map(|one| conflict(one, two)));
    }
    conflicts.sort();
    conflicts.dedup();
    let shared: BTreeSet<Done> = a.iter().filter(|edit| is_shared(edit, a, b)).map(done).collect();
    Beside {
        shared: shared.into_iter().collect(),
        conflicts,
    }
}

/// Tells whether the others did the same to a place, and nothing else to it, before or after.
fn is_shared(edit: &Edit, own: &[Edit], others: &[Edit]) -> bool {
    let at_place = |edits: &[Edit], among: &[Edit]| {
        let mut edits = edits.iter().filter(|known| known.place == edit.place);
        edits.all(|known| among.iter().any(|other| known.is_same_as(other)))
    };
    at_place(own, others) && at_place(others, own)
}

/// Lists what a hint on rows that don't fit may be about on the other side: also what both did, as only one of them says
/// what becomes of the rows then.
fn of_resolution<'e>(edit: &Edit, others: &'e [Edit]) -> impl Iterator<Item = &'e Edit> {
    let is_resolution = matches!(edit.place, Place::OnFailure(..));
    others.iter().filter(move |_| is_resolution)
}

/// Tells what a change does, and where.
pub(super) fn done(edit: &Edit) -> Done {
    let (table, path) = edit.at.clone();
    Done {
        table,
        path,
        does: edit.says.clone(),
    }
}

fn conflict(a: &Edit, b: &Edit) -> Conflict {
    // The inner one of the two places says more.
    let (table, path) = if a.at.1.len() >= b.at.1.len() {
        &a.at
    } else {
        &b.at
    };
    let is_name =
        |edit: &Edit| edit.before.is_none() && matches!(edit.place, Place::Slot(..) | Place::Table(_));
    let fix = if is_name(a) && is_name(b) {
        "if both mean one thing, declare it alike on both sides; else give one of the two another name"
    } else {
        "let one side go first: take its lock, make the change of the other on top of it, and run `lock` again"
    };
    Conflict {
        table: table.clone(),
        path: path.clone(),
        a: a.says.clone(),
        b: b.says.clone(),
        fix: fix.to_owned(),
    }
}
