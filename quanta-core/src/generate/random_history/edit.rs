//! From one version to the next.

use super::super::seed::Seed;
use super::draft::{Draft, Home, Slot, Uid};
use super::grow::{add_type, type_label};
use super::hints::settle_names;
use super::sound::is_sound;
use super::{slots, tables};

/// Edits that lead from one version to the next.
const EDITS_MAX: usize = 6;
/// Types that a draft has at a time.
const TYPES_MAX: usize = 6;

/// Makes the next version of a draft.
pub(super) fn next_version(before: &Draft, seed: &mut Seed) -> Draft {
    let mut draft = before.clone();
    forget_what_is_over(&mut draft);
    for _ in 0..seed.below(EDITS_MAX + 1) {
        let mut edited = draft.clone();
        edit(&mut edited, seed);
        tables::tidy(&mut edited);
        edited.prune();
        if is_sound(&edited) {
            draft = edited;
        }
    }
    settle_names(before, &mut draft, seed);
    draft
}

/// What a version says of its own change alone is not said again.
fn forget_what_is_over(draft: &mut Draft) {
    for home in draft.homes() {
        draft.with_slots(home, |slots: &mut Vec<Slot>| {
            slots.iter_mut().for_each(|slot| slot.says_new = false);
        });
    }
    for table in draft.tables.values_mut() {
        table.says_new = false;
        table.on_failure.clear();
    }
}

fn edit(draft: &mut Draft, seed: &mut Seed) {
    let homes = draft.homes();
    let home = *seed.choose(&homes);
    let all: Vec<Uid> = draft.tables.keys().copied().collect();
    let table = *seed.choose(&all);
    match seed.below(36) {
        0..6 => slots::add(draft, home, seed),
        6..10 => slots::drop_one(draft, home, seed),
        10..13 => slots::rename(draft, home, seed),
        13..15 => slots::permute(draft, home, seed),
        15 => slots::chain(draft, home, seed),
        16 => slots::retire(draft, home, seed),
        17..23 => slots::change_content(draft, home, seed),
        23 => slots::reorder(draft, home, seed),
        24 => slots::change_default_variant(draft, home, seed),
        25 => rename_type(draft, seed),
        26 if draft.types.len() < TYPES_MAX => {
            add_type(draft, seed);
            slots::add(draft, Home::Table(table), seed);
        }
        27 => tables::add(draft, seed),
        28 => tables::drop_one(draft, table),
        29 => tables::rename(draft, table, seed),
        30 if seed.one_in(2) => tables::change_key(draft, table, seed),
        31 => tables::change_indexes(draft, table, seed),
        32 => tables::change_references(draft, table, seed),
        33 => tables::resolve_failures(draft, table, seed),
        _ => super::values::change_default(draft, home, seed),
    }
}

/// Gives an embedded type another name: a label, and no change of shape.
fn rename_type(draft: &mut Draft, seed: &mut Seed) {
    let types: Vec<Uid> = draft.types.keys().copied().collect();
    if types.is_empty() {
        return;
    }
    let label = type_label(draft, seed);
    if let Some(declared) = draft.types.get_mut(seed.choose(&types)) {
        declared.label = label;
    }
}

/// Tells which slot had that identity, or that name.
#[derive(Debug, Clone, Copy)]
pub(super) enum By<'a> {
    Uid(Uid),
    Name(&'a str),
}

/// Finds a slot.
pub(super) fn find<'s>(slots: &'s [Slot], by: By<'_>) -> Option<&'s Slot> {
    slots.iter().find(|slot| match by {
        By::Uid(uid) => slot.uid == uid,
        By::Name(name) => slot.name == name,
    })
}
