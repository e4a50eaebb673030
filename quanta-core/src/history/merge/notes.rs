//! What to think of besides conflicts: a store that took neither branch sees both changes at once.

use crate::diff::may_become;
use crate::schema::{NodeId, Shape};

use super::branch::Branch;
use super::edit::Edit;
use super::facts::{Content, Fact, Place, SlotFact};

/// Lists what such a store would ask: one branch drops a slot beside one that the other adds, and nothing says that this
/// is no rename.
pub(super) fn notes(label: &str, a: &Branch<'_>, b: &Branch<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    for (dropping, adding) in [(a, b), (b, a)] {
        for (gone, went) in slots(&dropping.edits, |edit| {
            edit.after.is_none().then_some(edit.before.as_ref()?)
        }) {
            for (new, came) in slots(&adding.edits, |edit| {
                edit.before.is_none().then_some(edit.after.as_ref()?)
            }) {
                let is_beside = gone.place.owner() == new.place.owner();
                let is_left = stays_away(dropping, gone, went) && adding.last().contains_key(&new.place);
                if is_beside && is_left && may_be_one(went, came) && !says_new(adding, &came.name) {
                    let (table, old, new) = (&new.at.0, &went.name, &came.name);
                    notes.push(format!(
                        "a store that is still at version {label} sees at once that `{old}` of {table} went and `{new}` \
                         came, and asks: `#[quanta(new)]` at `{new}` says that it is no rename"
                    ));
                }
            }
        }
    }
    notes.sort();
    notes.dedup();
    notes
}

/// Tells whether a slot was there in the base and is still gone at the end: nothing came in its place, under its name.
fn stays_away(branch: &Branch<'_>, gone: &Edit, went: &SlotFact) -> bool {
    let owner = gone.place.owner();
    let was_there = branch.base().contains_key(&gone.place);
    let mut last = branch.last().iter();
    was_there
        && !last.any(|(place, fact)| {
            place.owner() == owner && matches!(fact, Fact::Slot(slot) if slot.name == went.name)
        })
}

fn slots<'e>(
    edits: &'e [Edit],
    fact: impl Fn(&'e Edit) -> Option<&'e Fact>,
) -> Vec<(&'e Edit, &'e SlotFact)> {
    let found = edits.iter().filter_map(|edit| match (&edit.place, fact(edit)) {
        (Place::Slot(..), Some(Fact::Slot(slot))) => Some((edit, slot)),
        _ => None,
    });
    found.collect()
}

/// Tells whether a rename from one to the other could be meant. Types by name are not looked into.
fn may_be_one(one: &SlotFact, two: &SlotFact) -> bool {
    let (Content::Field(from), Content::Field(to)) = (&one.content, &two.content) else {
        let is_field = |slot: &SlotFact| matches!(slot.content, Content::Field(_));
        return is_field(one) == is_field(two);
    };
    match (from.parse::<Shape>(), to.parse::<Shape>()) {
        (Ok(from), Ok(to)) => may_become(&from, NodeId::ROOT, &to, NodeId::ROOT),
        _ => true,
    }
}

/// Tells whether a branch says somewhere that a slot of that name is new.
fn says_new(branch: &Branch<'_>, name: &str) -> bool {
    let ends = |new: &String| new.rsplit(['.', ':']).next() == Some(name);
    branch.versions.iter().any(|version| {
        let fields = version.hints.new_fields.values().flatten();
        let slots = version.hints.types.values().flat_map(|hints| &hints.new);
        fields.chain(slots).any(ends)
    })
}
