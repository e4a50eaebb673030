//! New slots, types and tables.

use std::collections::{BTreeMap, BTreeSet};

use super::super::seed::Seed;
use super::draft::{Content, Draft, Home, Slot, TableDraft, Ty, TypeDraft, TypeKind, Uid};
use super::types::{key_type, random_type};

const FIELDS: [&str; 14] = [
    "a", "b", "c", "d", "town", "zip", "size", "note", "mail", "age", "struct", "_x", "from", "total",
];
const VARIANTS: [&str; 8] = ["On", "Off", "Dot", "Line", "Circle", "Red", "none", "Other"];
const TYPES: [&str; 6] = ["Address", "Node", "Tag", "Shape", "Money", "Pair"];
const TABLES: [&str; 8] = ["users", "teams", "posts", "tags", "t", "log", "orders", "items"];
/// Levels to which a single type nests; those of embedded types come on top.
const TYPE_DEPTH: usize = 3;

/// Returns a name of the list, or one with a number, that `taken` doesn't hold.
pub(super) fn fresh_name(pool: &[&str], seed: &mut Seed, taken: &dyn Fn(&str) -> bool) -> String {
    let first = *seed.choose(pool);
    let numbered = (2..).map(|number| format!("{first}{number}"));
    std::iter::once(first.to_owned())
        .chain(numbered)
        .find(|name| !taken(name))
        .expect("numbers have no end")
}

/// Returns a name for a slot that neither `slots` nor `taken` has.
pub(super) fn slot_name(
    draft: &Draft,
    home: Home,
    seed: &mut Seed,
    slots: &[Slot],
    taken: &BTreeSet<String>,
) -> String {
    let pool: &[&str] = if draft.has_variants(home) {
        &VARIANTS
    } else {
        &FIELDS
    };
    fresh_name(pool, seed, &|name| {
        taken.contains(name) || slots.iter().any(|slot| slot.name == name)
    })
}

pub(super) fn slot(uid: Uid, name: String, content: Content) -> Slot {
    Slot {
        uid,
        name,
        content,
        default: None,
        is_default: false,
        says_new: false,
        reuses: BTreeSet::new(),
        consumed: BTreeSet::new(),
    }
}

/// Makes the content of a slot of a home.
pub(super) fn content(draft: &mut Draft, home: Home, seed: &mut Seed) -> Content {
    if !draft.has_variants(home) {
        let growing = growing(home);
        return Content::Type(random_type(draft, seed, TYPE_DEPTH, &growing));
    }
    payload(draft, home, seed)
}

/// The types that a home is a part of.
pub(super) fn growing(home: Home) -> Vec<Uid> {
    match home {
        Home::Table(_) => Vec::new(),
        Home::Type(uid) | Home::Variant(uid, _) => vec![uid],
    }
}

fn payload(draft: &mut Draft, home: Home, seed: &mut Seed) -> Content {
    let growing = growing(home);
    match seed.below(4) {
        0 => Content::Tuple(
            (0..=seed.below(3))
                .map(|_| random_type(draft, seed, 1, &growing))
                .collect(),
        ),
        1 => {
            let mut fields: Vec<Slot> = Vec::new();
            for _ in 0..=seed.below(3) {
                let name = fresh_name(&FIELDS, seed, &|name| fields.iter().any(|slot| slot.name == name));
                let content = Content::Type(random_type(draft, seed, 2, &growing));
                fields.push(slot(draft.uid(), name, content));
            }
            Content::Fields(fields)
        }
        _ => Content::Unit,
    }
}

/// Returns a label that no type ever had.
pub(super) fn type_label(draft: &mut Draft, seed: &mut Seed) -> String {
    let label = fresh_name(&TYPES, seed, &|name| draft.type_labels.contains(name));
    draft.type_labels.insert(label.clone());
    label
}

/// Adds a type that may embed those which are there.
pub(super) fn add_type(draft: &mut Draft, seed: &mut Seed) -> Uid {
    let uid = draft.uid();
    let label = type_label(draft, seed);
    let kind = if seed.one_in(3) {
        TypeKind::Enum
    } else {
        TypeKind::Struct
    };
    let declared = TypeDraft {
        label,
        kind,
        slots: Vec::new(),
    };
    draft.types.insert(uid, declared);
    for number in 0..=seed.below(3) {
        let mut slot = new_slot(draft, Home::Type(uid), seed, &BTreeSet::new());
        if number == 0 && kind == TypeKind::Enum {
            // A variant without payload makes sure that values end.
            slot.content = Content::Unit;
            slot.is_default = seed.one_in(2);
        }
        draft.with_slots(Home::Type(uid), |slots| slots.push(slot));
    }
    uid
}

/// Makes a slot that a home can take; `taken` are names that it must not have.
pub(super) fn new_slot(draft: &mut Draft, home: Home, seed: &mut Seed, taken: &BTreeSet<String>) -> Slot {
    let name = slot_name(draft, home, seed, draft.slots(home), taken);
    let content = content(draft, home, seed);
    Slot {
        says_new: !seed.one_in(10),
        ..slot(draft.uid(), name, content)
    }
}

/// Adds a table.
pub(super) fn add_table(draft: &mut Draft, seed: &mut Seed) -> Uid {
    let uid = draft.uid();
    let name = fresh_name(&TABLES, seed, &|name| draft.table_names.contains(name));
    draft.table_names.insert(name.clone());
    let mut slots = Vec::new();
    let mut key = Vec::new();
    for name in ["id", "part"]
        .into_iter()
        .take(if seed.one_in(4) { 2 } else { 1 })
    {
        let content = Content::Type(key_type(draft, seed));
        let field = slot(draft.uid(), name.to_owned(), content);
        key.push(field.uid);
        slots.push(field);
    }
    if seed.one_in(2) {
        key.reverse();
    }
    let table = TableDraft {
        name,
        slots,
        key,
        indexes: Vec::new(),
        references: Vec::new(),
        says_new: !seed.one_in(10),
        on_failure: BTreeMap::new(),
    };
    draft.tables.insert(uid, table);
    for _ in 0..=seed.below(5) {
        let slot = new_slot(draft, Home::Table(uid), seed, &BTreeSet::new());
        draft.with_slots(Home::Table(uid), |slots| slots.push(slot));
    }
    if seed.one_in(2) && !draft.types.is_empty() {
        let types: Vec<Uid> = draft.types.keys().copied().collect();
        let home = Home::Table(uid);
        let name = slot_name(draft, home, seed, draft.slots(home), &BTreeSet::new());
        let content = Content::Type(Ty::Named(*seed.choose(&types)));
        let slot = slot(draft.uid(), name, content);
        draft.with_slots(home, |slots| slots.push(slot));
    }
    uid
}
