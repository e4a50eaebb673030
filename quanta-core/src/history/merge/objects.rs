//! What keys, indexes, references and hints stand on.

use super::super::owner::Owner;
use super::facts::{Fact, PathPart, PathParts, Place};
use super::says::Sides;
use super::touch::{Claim, Footprint, How};

/// Reads the tables whose rows a type refers to: a reference to a row holds its key.
pub(super) fn rows_of(footprint: &mut Footprint, ty: &str, sides: Sides<'_>) {
    for part in ty.split("ref<").skip(1) {
        let table = part.split('>').next().unwrap_or_default().to_owned();
        let key = Place::Key(table.clone());
        let facts = [sides.base, sides.branch]
            .into_iter()
            .filter_map(|facts| facts.get(&key));
        for slot in facts.flat_map(|fact| slots_of(&Owner::Table(table.clone()), fact)) {
            footprint.value(slot, sides);
        }
        footprint.place(Place::Table(table), How::Reads);
        footprint.place(key, How::Reads);
    }
}

/// Adds what keys, indexes, references and hints stand on.
pub(super) fn object(
    footprint: &mut Footprint,
    place: &Place,
    change: (Option<&Fact>, Option<&Fact>),
    sides: Sides<'_>,
) {
    let mut read = Vec::new();
    match place {
        Place::Key(table) => {
            let facts = change.0.into_iter().chain(change.1);
            read.extend(facts.flat_map(|fact| slots_of(&Owner::Table(table.clone()), fact)));
        }
        Place::DefaultVariant(name) => {
            let facts = change.0.into_iter().chain(change.1);
            read.extend(facts.flat_map(|fact| slots_of(&Owner::Type(name.clone()), fact)));
        }
        Place::Index(table, paths) => {
            for fact in change.0.into_iter().chain(change.1) {
                if let Fact::Index(name, _) = fact {
                    footprint.claim(Claim::IndexName(table.clone(), name.clone()), How::Writes);
                }
            }
            read.extend(ends(footprint, paths));
        }
        Place::Reference(_, paths, target, to) => {
            footprint.place(Place::Table(target.clone()), How::Reads);
            footprint.place(Place::Key(target.clone()), How::Reads);
            read.extend(ends(footprint, paths));
            let target = Owner::Table(target.clone());
            read.extend(to.iter().map(|field| Place::Slot(target.clone(), field.clone())));
        }
        Place::OnFailure(table, path) => {
            let field = path.split(['.', '[', '{', ':']).next().unwrap_or_default();
            if path == "@key" {
                footprint.place(Place::Key(table.clone()), How::Reads);
            } else if let Some(index) = path.strip_prefix('@') {
                footprint.claim(Claim::IndexName(table.clone(), index.to_owned()), How::Reads);
            } else {
                read.push(Place::Slot(Owner::Table(table.clone()), field.to_owned()));
            }
        }
        Place::Table(_) | Place::Type(_) | Place::Slot(..) => {}
    }
    for slot in read {
        footprint.value(slot, sides);
    }
}

fn slots_of(owner: &Owner, fact: &Fact) -> Vec<Place> {
    let Fact::Slots(slots) = fact else {
        return Vec::new();
    };
    slots
        .iter()
        .map(|slot| Place::Slot(owner.clone(), slot.clone()))
        .collect()
}

/// Reads the slots on the way, and returns those at the ends of the paths: of a path through an embedded type, only the
/// last part has to be what it is as a whole.
fn ends(footprint: &mut Footprint, paths: &[PathParts]) -> Vec<Place> {
    let mut ends = Vec::new();
    for path in paths {
        let mut slots: Vec<Place> = path.iter().filter_map(on_path).collect();
        ends.extend(slots.pop());
        for slot in slots {
            footprint.place(slot, How::Reads);
        }
    }
    ends
}

fn on_path(part: &PathPart) -> Option<Place> {
    match part {
        PathPart::Slot(owner, slot) => Some(Place::Slot(owner.clone(), slot.clone())),
        PathPart::Position(_) | PathPart::Items(_) | PathPart::Descending => None,
    }
}

/// Returns the text of a path, by names that `named` gives.
pub(super) fn path_text(path: &PathParts, named: impl Fn(&Owner, &str) -> String) -> String {
    let mut text = String::new();
    for part in path {
        let name = match part {
            PathPart::Items(mark) => {
                text.push_str(mark);
                continue;
            }
            PathPart::Descending => {
                text.push_str(" desc");
                continue;
            }
            PathPart::Slot(owner, slot) => named(owner, slot),
            PathPart::Position(position) => position.clone(),
        };
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&name);
    }
    text
}
