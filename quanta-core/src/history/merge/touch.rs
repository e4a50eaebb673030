//! What a change touches, and how. Two changes whose footprints don't meet may be made in any order.

use std::collections::{BTreeMap, BTreeSet};

use super::super::owner::Owner;
use super::facts::{Content, Fact, Facts, Place};
use super::objects::{object, rows_of};
use super::says::Sides;
use super::view::{around, inside, reach, words};

/// What is touched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    At(Place),
    /// The name of a slot, whoever has it.
    SlotName(Owner, String),
    TableName(String),
    IndexName(String, String),
}

/// How it is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// It has to be there and to stay what it is, whatever it is called.
    Reads,
    /// It gets another name.
    Names,
    /// It comes, goes or becomes something else.
    Writes,
}

/// What a change touches.
#[derive(Debug, Clone, Default)]
pub(super) struct Footprint {
    claims: BTreeMap<Claim, How>,
    /// Types and tables whose values change as a whole, with everything in them.
    whole: BTreeSet<Owner>,
    /// Types that have to give the same first value, whatever is called what in them.
    first_value: BTreeSet<Owner>,
}

impl Footprint {
    pub(super) fn claim(&mut self, claim: Claim, how: How) {
        let known = self.claims.entry(claim).or_insert(how);
        *known = (*known).max(how);
    }

    pub(super) fn place(&mut self, place: Place, how: How) {
        self.claim(Claim::At(place), how);
    }

    /// Reads a table, a type, or a variant with its enum.
    fn owner(&mut self, owner: &Owner) {
        match owner {
            Owner::Table(id) => self.place(Place::Table(id.clone()), How::Reads),
            Owner::Type(name) => self.place(Place::Type(name.clone()), How::Reads),
            Owner::Variant(name, variant) => {
                self.place(Place::Type(name.clone()), How::Reads);
                let slot = Place::Slot(Owner::Type(name.clone()), variant.clone());
                self.place(slot, How::Reads);
            }
        }
    }

    /// Reads a value with everything in it: the bytes of keys and index entries hang on names inside of types too.
    pub(super) fn value(&mut self, place: Place, sides: Sides<'_>) {
        for facts in [sides.base, sides.branch] {
            if let Some(Fact::Slot(slot)) = facts.get(&place) {
                let views: [&Facts; 2] = [sides.base, sides.branch];
                self.whole.extend(reach(slot.content.types(), &views));
            }
        }
        self.place(place, How::Reads);
    }

    /// Reads the types that a new use names: each has to go on meaning the same one.
    fn labels<'t>(&mut self, types: impl IntoIterator<Item = &'t str>, sides: Sides<'_>) {
        for owner in reach(types, &[sides.base, sides.branch]) {
            if let Owner::Type(name) = owner {
                self.place(Place::Type(name), How::Reads);
            }
        }
    }

    /// Writes the types of which one takes over a name from the other: of two types of one name, the second one is
    /// called `Name_2`, and which one that is changes when one comes or goes.
    fn moved_labels(&mut self, before: &[String], after: &[String]) {
        let words = |types: &[String]| -> BTreeSet<String> {
            let words = types.iter().flat_map(|ty| words(ty)).map(str::to_owned);
            words.collect()
        };
        let (before, after) = (words(before), words(after));
        for old in before.difference(&after) {
            for new in after.difference(&before).filter(|new| stem(new) == stem(old)) {
                for name in [old, new] {
                    self.place(Place::Type(name.clone()), How::Writes);
                }
            }
        }
    }

    /// Tells whether both give one name to something.
    pub(super) fn shares_a_name(&self, other: &Self) -> bool {
        self.claims.iter().any(|(claim, how)| {
            let is_name = matches!(
                claim,
                Claim::SlotName(..) | Claim::TableName(_) | Claim::IndexName(..)
            );
            is_name && *how == How::Writes && other.claims.get(claim) == Some(how)
        })
    }

    /// Tells whether something is touched by both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let claims = self.claims.iter().any(|(claim, how)| {
            let theirs = other.claims.get(claim);
            theirs.is_some_and(|theirs| clash(*how, *theirs))
        });
        claims || self.swallows(other) || other.swallows(self)
    }

    /// Tells whether the other one changes something in values that change here as a whole.
    fn swallows(&self, other: &Self) -> bool {
        other.claims.iter().any(|(claim, how)| {
            let owner = match claim {
                Claim::At(place) => match place {
                    Place::Type(name) => Some(Owner::Type(name.clone())),
                    place => place.owner(),
                },
                Claim::SlotName(..) | Claim::TableName(_) | Claim::IndexName(..) => None,
            };
            owner.is_some_and(|owner| {
                let owner = around(&owner);
                let is_whole = *how != How::Reads && self.whole.contains(&owner);
                is_whole || (*how == How::Writes && self.first_value.contains(&owner))
            })
        })
    }
}

/// Returns a name without the number of a second type of that name.
fn stem(name: &str) -> &str {
    let stem = name
        .rsplit_once('_')
        .filter(|(_, number)| number.parse::<u32>().is_ok());
    stem.map_or(name, |(stem, _)| stem)
}

/// Names lead to the same thing after it got another one.
fn clash(one: How, two: How) -> bool {
    !matches!(
        (one, two),
        (How::Reads, How::Reads | How::Names) | (How::Names, How::Reads)
    )
}

/// Tells what a change touches.
pub(super) fn footprint(
    place: &Place,
    change: (Option<&Fact>, Option<&Fact>),
    sides: Sides<'_>,
) -> Footprint {
    let mut footprint = Footprint::default();
    match place {
        Place::Table(id) => table(&mut footprint, id, change, sides),
        Place::Slot(owner, _) => slot(&mut footprint, (place, owner), change, sides),
        _ => {
            footprint.place(place.clone(), How::Writes);
            if let Some(owner) = place.owner() {
                footprint.owner(&owner);
            }
            object(&mut footprint, place, change, sides);
        }
    }
    footprint
}

fn table(footprint: &mut Footprint, id: &str, change: (Option<&Fact>, Option<&Fact>), sides: Sides<'_>) {
    let is_name = matches!(change, (Some(_), Some(_)));
    let how = if is_name { How::Names } else { How::Writes };
    footprint.place(Place::Table(id.to_owned()), how);
    match change.1 {
        Some(Fact::Table(name, _)) => footprint.claim(Claim::TableName(name.clone()), How::Writes),
        _ => {
            let types: Vec<String> = inside(&Owner::Table(id.to_owned()), sides.base)
                .into_iter()
                .map(str::to_owned)
                .collect();
            footprint.whole.extend(reach(&types, &[sides.base]));
        }
    }
    // What a new table embeds comes as it is by then. Its keys and indexes hold values, and what it refers to has to stay.
    if change.0.is_none() {
        for (place, fact) in sides.branch {
            let is_object = matches!(place, Place::Key(_) | Place::Index(..) | Place::Reference(..));
            if is_object && place.owner() == Some(Owner::Table(id.to_owned())) {
                object(footprint, place, (None, Some(fact)), sides);
            }
        }
        for ty in inside(&Owner::Table(id.to_owned()), sides.branch) {
            rows_of(footprint, ty, sides);
            footprint.labels([ty], sides);
        }
    }
}

fn slot(
    footprint: &mut Footprint,
    (place, owner): (&Place, &Owner),
    change: (Option<&Fact>, Option<&Fact>),
    sides: Sides<'_>,
) {
    let slot = |fact: Option<&Fact>| match fact {
        Some(Fact::Slot(slot)) => Some(slot.clone()),
        _ => None,
    };
    let (before, after) = (slot(change.0), slot(change.1));
    let is_name = matches!((&before, &after), (Some(before), Some(after))
        if (&before.content, &before.default) == (&after.content, &after.default));
    footprint.owner(owner);
    footprint.place(place.clone(), if is_name { How::Names } else { How::Writes });
    if let Some(after) = &after
        && before.as_ref().is_none_or(|before| before.name != after.name)
    {
        footprint.claim(Claim::SlotName(owner.clone(), after.name.clone()), How::Writes);
    }
    if is_name {
        return;
    }
    for ty in after.iter().flat_map(|slot| slot.content.types()) {
        rows_of(footprint, ty, sides);
    }
    if let (Some(before), Some(after)) = (&before, &after) {
        footprint.moved_labels(before.content.types(), after.content.types());
    }
    // A new field takes its type as it comes to be, but for the value that old rows get.
    if let (None, Some(Content::Field(ty))) = (&before, after.as_ref().map(|after| &after.content))
        && !is_empty_at_first(ty)
    {
        let reached = reach([ty], &[sides.base, sides.branch]);
        footprint.first_value.extend(reached);
    }
    if before.is_none() {
        let types = after.iter().flat_map(|slot| slot.content.types());
        footprint.labels(types.map(String::as_str), sides);
    }
    if before.is_some() || after.as_ref().is_some_and(|after| after.default.is_some()) {
        let contents = before.iter().chain(&after).flat_map(|slot| slot.content.types());
        footprint
            .whole
            .extend(reach(contents, &[sides.base, sides.branch]));
    }
    if let (Owner::Type(name), Place::Slot(_, variant)) = (owner, place)
        && before.is_some_and(|before| before.content == Content::Fields)
    {
        let of_variant = Owner::Variant(name.clone(), variant.clone());
        let fields = sides.base.iter().filter_map(|(place, fact)| match (place, fact) {
            (Place::Slot(owner, _), Fact::Slot(slot)) if *owner == of_variant => Some(slot),
            _ => None,
        });
        let types: Vec<&String> = fields.flat_map(|slot| slot.content.types()).collect();
        footprint.whole.extend(reach(types, &[sides.base]));
    }
}

/// Tells whether the natural zero of a type is empty, whatever is in it.
fn is_empty_at_first(ty: &str) -> bool {
    ["option<", "list<", "set<", "map<"]
        .iter()
        .any(|start| ty.starts_with(start))
}
