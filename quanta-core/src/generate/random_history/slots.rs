//! Edits of fields and variants.

use std::collections::BTreeSet;

use super::super::seed::Seed;
use super::draft::{Content, Draft, Home, Slot, Uid};
use super::grow::{content, growing, new_slot, slot, slot_name};
use super::types::{changed_type, random_type};

/// Chooses a slot of a home that may change in any way; none if there is none.
fn any_slot(draft: &Draft, home: Home, seed: &mut Seed) -> Option<Uid> {
    let key = key_of(draft, home);
    let free: Vec<Uid> = draft
        .slots(home)
        .iter()
        .map(|slot| slot.uid)
        .filter(|uid| !key.contains(uid))
        .collect();
    (!free.is_empty()).then(|| *seed.choose(&free))
}

pub(super) fn key_of(draft: &Draft, home: Home) -> Vec<Uid> {
    match home {
        Home::Table(uid) => draft
            .tables
            .get(&uid)
            .map(|table| table.key.clone())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn edit(draft: &mut Draft, home: Home, uid: Uid, change: impl FnOnce(&mut Slot)) {
    draft.with_slots(home, |slots| {
        if let Some(slot) = slots.iter_mut().find(|slot| slot.uid == uid) {
            change(slot);
        }
    });
}

pub(super) fn add(draft: &mut Draft, home: Home, seed: &mut Seed) {
    let slot = new_slot(draft, home, seed, &BTreeSet::new());
    draft.with_slots(home, |slots| slots.push(slot));
}

/// Drops a slot. A home keeps at least one.
pub(super) fn drop_one(draft: &mut Draft, home: Home, seed: &mut Seed) {
    if draft.slots(home).len() < 2 {
        return;
    }
    if let Some(uid) = any_slot(draft, home, seed) {
        draft.with_slots(home, |slots| slots.retain(|slot| slot.uid != uid));
    }
}

/// Gives a slot another name, key fields included.
pub(super) fn rename(draft: &mut Draft, home: Home, seed: &mut Seed) {
    let slots = draft.slots(home);
    if slots.is_empty() {
        return;
    }
    let uid = seed.choose(slots).uid;
    let name = slot_name(draft, home, seed, draft.slots(home), &BTreeSet::new());
    edit(draft, home, uid, |slot| slot.name = name);
}

/// Lets the names of some slots go round: two swap, three make a circle.
pub(super) fn permute(draft: &mut Draft, home: Home, seed: &mut Seed) {
    let count = draft.slots(home).len();
    if count < 2 {
        return;
    }
    let first = seed.below(count);
    let length = if count > 2 && seed.one_in(3) { 3 } else { 2 };
    draft.with_slots(home, |slots| {
        let at = |step: usize| (first + step) % count;
        let names: Vec<String> = (0..length).map(|step| slots[at(step)].name.clone()).collect();
        for (step, name) in names.into_iter().enumerate() {
            slots[at((step + 1) % length)].name = name;
        }
    });
}

/// Moves the name of one slot to the next one, which leaves its own to nobody, or to a slot that is new.
pub(super) fn chain(draft: &mut Draft, home: Home, seed: &mut Seed) {
    let count = draft.slots(home).len();
    if count < 2 {
        return;
    }
    let (from, to) = (seed.below(count), seed.below(count));
    let fresh = slot_name(draft, home, seed, draft.slots(home), &BTreeSet::new());
    let freed = draft.slots(home)[from].name.clone();
    draft.with_slots(home, |slots| {
        slots[from].name = fresh;
        slots[to].name = freed;
    });
}

/// Gives a slot another name, and its old name to a new one.
pub(super) fn retire(draft: &mut Draft, home: Home, seed: &mut Seed) {
    let Some(uid) = any_slot(draft, home, seed) else {
        return;
    };
    let fresh = slot_name(draft, home, seed, draft.slots(home), &BTreeSet::new());
    let mut retired = String::new();
    edit(draft, home, uid, |slot| {
        retired = std::mem::replace(&mut slot.name, fresh);
    });
    let content = content(draft, home, seed);
    let mut new = slot(draft.uid(), retired, content);
    new.says_new = true;
    draft.with_slots(home, |slots| slots.push(new));
}

/// Changes what a slot holds.
pub(super) fn change_content(draft: &mut Draft, home: Home, seed: &mut Seed) {
    let slots = draft.slots(home);
    if slots.is_empty() {
        return;
    }
    let (uid, old) = {
        let chosen = seed.choose(slots);
        (chosen.uid, chosen.content.clone())
    };
    let new = match &old {
        Content::Type(ty) => Content::Type(changed_type(draft, seed, ty)),
        Content::Unit if seed.one_in(2) => Content::Tuple(vec![random_type(draft, seed, 1, &growing(home))]),
        Content::Unit => {
            let of = growing(home).first().copied().unwrap_or_default();
            Content::Fields(vec![new_slot(
                draft,
                Home::Variant(of, uid),
                seed,
                &BTreeSet::new(),
            )])
        }
        Content::Tuple(items) if items.len() < 2 => Content::Unit,
        Content::Tuple(items) => {
            let mut items = items.clone();
            let at = seed.below(items.len());
            items[at] = changed_type(draft, seed, &items[at]);
            Content::Tuple(items)
        }
        Content::Fields(_) => return,
    };
    edit(draft, home, uid, |slot| slot.content = new);
}

pub(super) fn reorder(draft: &mut Draft, home: Home, seed: &mut Seed) {
    draft.with_slots(home, |slots| {
        let middle = seed.below(slots.len());
        slots.rotate_left(middle);
    });
}

/// Lets another variant be the default, or none.
pub(super) fn change_default_variant(draft: &mut Draft, home: Home, seed: &mut Seed) {
    if !draft.has_variants(home) {
        return;
    }
    let chosen = seed.below(draft.slots(home).len() + 1);
    draft.with_slots(home, |slots| {
        for (position, slot) in slots.iter_mut().enumerate() {
            slot.is_default = position == chosen && slot.content == Content::Unit;
        }
    });
}
