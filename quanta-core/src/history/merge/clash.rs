//! What two branches do that can't be done in any order.

use std::collections::BTreeSet;

use super::edit::{Edit, is_same};
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
    let is_told = |one: &Edit, two: &Edit| is_told_elsewhere((one, &alone_a), (two, &alone_b));
    for one in &alone_a {
        let others = alone_b.iter().copied().chain(of_resolution(one, b));
        let met = others.filter(|two| one.footprint.meets(&two.footprint) && !is_told(one, two));
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

/// Tells whether a conflict follows from another one. One side did the same and then more: that is where they part. Or
/// both made things of one name: what they then did with them meets too.
fn is_told_elsewhere((one, a): (&Edit, &[&Edit]), (two, b): (&Edit, &[&Edit])) -> bool {
    let makes = |edit: &Edit, place: &Place| edit.before.is_none() && edit.place == *place;
    let is_contested = |edit: &Edit| {
        let is_whole = matches!(edit.place, Place::Table(_) | Place::Type(_));
        let both = [a, b]
            .iter()
            .all(|side| side.iter().any(|known| makes(known, &edit.place)));
        is_whole && both
    };
    one.is_same_as(two) || (one.place != two.place && (is_contested(one) || is_contested(two)))
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
    let are_made = a.before.is_none() && b.before.is_none();
    let fix = if a.footprint.shares_a_name(&b.footprint) || (are_made && a.place == b.place) {
        "if both mean one thing, declare it alike on both sides; else give one of the two another name"
    } else {
        LET_ONE_GO_FIRST
    };
    Conflict {
        table: table.clone(),
        path: path.clone(),
        a: told(a, b),
        b: told(b, a),
        fix: fix.to_owned(),
    }
}

/// What helps against every conflict.
pub(super) const LET_ONE_GO_FIRST: &str =
    "let one side go first: take its lock, make the change of the other on top of it, and run `lock` again";

/// Says what a change does; of things of one name, what makes one different from the other.
fn told(edit: &Edit, other: &Edit) -> String {
    if edit.says != other.says {
        return edit.says.clone();
    }
    let bare = |part: &str| part.strip_prefix("add ").unwrap_or(part).to_owned();
    let places: BTreeSet<&Place> = edit.with.keys().chain(other.with.keys()).collect();
    let different = places
        .into_iter()
        .filter(|place| !is_same(edit.with.get(place), other.with.get(place)));
    let parts = different.filter_map(|place| match (edit.parts.get(place), other.parts.get(place)) {
        (Some(own), _) => Some(format!("with {}", bare(own))),
        (None, theirs) => theirs.map(|theirs| format!("without {}", bare(theirs))),
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return edit.says.clone();
    }
    format!("{} {}", edit.says, parts.join(", "))
}
