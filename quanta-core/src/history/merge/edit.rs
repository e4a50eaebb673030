//! What a version of a branch changes, one place each.

use std::collections::{BTreeMap, BTreeSet};

use super::super::owner::Owner;
use super::facts::{Content, Fact, Facts, Place};
use super::says::Sides;
use super::touch::{Footprint, footprint};
use super::view::around;

/// One change of a branch.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub(super) place: Place,
    pub(super) before: Option<Fact>,
    pub(super) after: Option<Fact>,
    /// What came with it: the slots of a new table or type.
    pub(super) with: Facts,
    /// The same in words.
    pub(super) parts: BTreeMap<Place, String>,
    /// What it touches.
    pub(super) footprint: Footprint,
    /// What it does, for people.
    pub(super) says: String,
    /// Which table or type it is about, and where in it.
    pub(super) at: (String, String),
}

impl Edit {
    /// Tells whether two branches changed a place in the same way.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.place == other.place
            && is_same(self.after.as_ref(), other.after.as_ref())
            && self.with == other.with
    }
}

/// Lists what a version does to the one before it. What belongs to a table or type that is new or gone is a part of that change.
pub(super) fn edits(base: &Facts, branch: &Facts) -> Vec<Edit> {
    let places: BTreeSet<&Place> = base.keys().chain(branch.keys()).collect();
    let mut edits = Vec::new();
    for place in places {
        let (before, after) = (base.get(place), branch.get(place));
        if is_same(before, after) || is_part_of_another(place, base, branch) {
            continue;
        }
        // A type is gone when nothing uses it any more: that is told at what used it.
        if matches!(place, Place::Type(_)) && after.is_none() {
            continue;
        }
        let sides = Sides { base, branch };
        let with = if is_whole(before, after) {
            with(place, branch)
        } else {
            Facts::new()
        };
        let parts = with
            .iter()
            .map(|(part, fact)| (part.clone(), sides.says(part, (None, Some(fact)))));
        edits.push(Edit {
            place: place.clone(),
            before: before.cloned(),
            after: after.cloned(),
            parts: parts.collect(),
            with,
            footprint: footprint(place, (before, after), sides),
            says: sides.says(place, (before, after)),
            at: sides.at(place),
        });
    }
    edits
}

/// Tells whether a place came with all that is in it, or a variant got another kind of content.
fn is_whole(before: Option<&Fact>, after: Option<&Fact>) -> bool {
    match (before, after) {
        (Some(Fact::Slot(before)), Some(Fact::Slot(after))) => before.content != after.content,
        (before, _) => before.is_none(),
    }
}

/// Tells whether two facts are the same; which names are reused follows from others.
pub(super) fn is_same(one: Option<&Fact>, two: Option<&Fact>) -> bool {
    match (one, two) {
        (Some(Fact::Slot(one)), Some(Fact::Slot(two))) => {
            (&one.name, &one.content, &one.default) == (&two.name, &two.content, &two.default)
        }
        (one, two) => one == two,
    }
}

/// Tells whether what a place belongs to came or went itself, or a variant got another kind of content.
fn is_part_of_another(place: &Place, base: &Facts, branch: &Facts) -> bool {
    let Some(owner) = place.owner() else { return false };
    let outer = match around(&owner) {
        Owner::Table(id) => Place::Table(id),
        Owner::Type(name) | Owner::Variant(name, _) => Place::Type(name),
    };
    if base.get(&outer).is_some() != branch.get(&outer).is_some() {
        return true;
    }
    let Owner::Variant(name, variant) = owner else {
        return false;
    };
    let slot = Place::Slot(Owner::Type(name), variant);
    content(base, &slot) != content(branch, &slot)
}

fn content<'f>(facts: &'f Facts, slot: &Place) -> Option<&'f Content> {
    match facts.get(slot) {
        Some(Fact::Slot(fact)) => Some(&fact.content),
        _ => None,
    }
}

/// Lists what belongs to a table, type or variant.
fn with(place: &Place, facts: &Facts) -> Facts {
    let belongs = |owner: &Owner| match place {
        Place::Table(id) => *owner == Owner::Table(id.clone()),
        Place::Type(name) => around(owner) == Owner::Type(name.clone()),
        Place::Slot(Owner::Type(name), variant) => *owner == Owner::Variant(name.clone(), variant.clone()),
        _ => false,
    };
    let parts = facts
        .iter()
        .filter(|(place, _)| place.owner().is_some_and(|owner| belongs(&owner)));
    parts.map(|(place, fact)| (place.clone(), fact.clone())).collect()
}
