//! Edits of tables: their names, keys, indexes and references.

use std::collections::BTreeSet;

use crate::schema::{OnDelete, OrderWay, Resolution};

use super::super::seed::Seed;
use super::draft::{Content, Draft, Home, IndexDraft, Place, ReferenceDraft, Uid};
use super::grow::{add_table, fresh_name};

/// Tables that a history has at a time.
const TABLES_MAX: usize = 4;

pub(super) fn add(draft: &mut Draft, seed: &mut Seed) {
    if draft.tables.len() < TABLES_MAX {
        add_table(draft, seed);
    }
}

pub(super) fn drop_one(draft: &mut Draft, table: Uid) {
    if draft.tables.len() > 1 {
        draft.tables.remove(&table);
    }
}

/// Gives a table a name that none ever had.
pub(super) fn rename(draft: &mut Draft, table: Uid, seed: &mut Seed) {
    let names = &draft.table_names;
    let name = fresh_name(&["people", "things", "archive"], seed, &|name| {
        names.contains(name)
    });
    draft.table_names.insert(name.clone());
    if let Some(table) = draft.tables.get_mut(&table) {
        table.name = name;
    }
}

/// Adds a field to the key or takes one out of it, or lets key fields change places.
pub(super) fn change_key(draft: &mut Draft, table: Uid, seed: &mut Seed) {
    let candidates: Vec<Uid> = fields(draft, table);
    let Some(table) = draft.tables.get_mut(&table) else {
        return;
    };
    match seed.below(3) {
        0 if table.key.len() > 1 => drop(table.key.pop()),
        1 if table.key.len() > 1 => table.key.reverse(),
        _ => {
            let chosen = *seed.choose(&candidates);
            if !table.key.contains(&chosen) {
                table.key.push(chosen);
            }
        }
    }
}

fn fields(draft: &Draft, table: Uid) -> Vec<Uid> {
    draft
        .slots(Home::Table(table))
        .iter()
        .map(|slot| slot.uid)
        .collect()
}

/// Adds an index, drops one, gives one another name, or turns one round.
pub(super) fn change_indexes(draft: &mut Draft, table: Uid, seed: &mut Seed) {
    let candidates = fields(draft, table);
    let uid = draft.uid();
    let Some(table) = draft.tables.get_mut(&table) else {
        return;
    };
    let name = fresh_name(&["by_it", "by_that", "main"], seed, &|name| {
        table.indexes.iter().any(|index| index.name == name)
    });
    let count = table.indexes.len();
    let way = *seed.choose(&[OrderWay::Ascending, OrderWay::Descending]);
    match seed.below(5) {
        0 if count > 0 => drop(table.indexes.remove(seed.below(count))),
        1 if count > 0 => table.indexes[seed.below(count)].name = name,
        2 if count > 0 => {
            let index = seed.below(count);
            let fields = &mut table.indexes[index].fields;
            fields.iter_mut().for_each(|(_, known)| *known = way);
        }
        _ => table.indexes.push(IndexDraft {
            uid,
            name,
            fields: vec![(*seed.choose(&candidates), way)],
            unique: seed.one_in(5),
        }),
    }
}

/// Adds a reference to the key of another table, or drops one.
pub(super) fn change_references(draft: &mut Draft, table: Uid, seed: &mut Seed) {
    let Some(current) = draft.tables.get(&table) else {
        return;
    };
    if !current.references.is_empty() && seed.one_in(2) {
        if let Some(table) = draft.tables.get_mut(&table) {
            table.references.pop();
        }
        return;
    }
    let mut found = Vec::new();
    for (parent, target) in &draft.tables {
        let [key] = target.key.as_slice() else { continue };
        let wanted = content(draft, *parent, *key);
        let fitting = current.slots.iter().filter(|slot| Some(&slot.content) == wanted);
        found.extend(fitting.map(|slot| (slot.uid, *parent)));
    }
    if found.is_empty() {
        return;
    }
    let (field, parent) = *seed.choose(&found);
    let on_delete = *seed.choose(&[OnDelete::Restrict, OnDelete::Cascade]);
    if let Some(table) = draft.tables.get_mut(&table) {
        let reference = ReferenceDraft {
            field,
            table: parent,
            on_delete,
        };
        table.references.retain(|known| known.field != field);
        table.references.push(reference);
    }
}

fn content(draft: &Draft, table: Uid, field: Uid) -> Option<&Content> {
    let slot = draft
        .slots(Home::Table(table))
        .iter()
        .find(|slot| slot.uid == field)?;
    Some(&slot.content)
}

/// Says what becomes of rows that this version's changes refuse.
pub(super) fn resolve_failures(draft: &mut Draft, table: Uid, seed: &mut Seed) {
    let candidates = fields(draft, table);
    let Some(table) = draft.tables.get_mut(&table) else {
        return;
    };
    let unique = table
        .indexes
        .iter()
        .find(|index| index.unique)
        .map(|index| index.uid);
    let (place, resolution) = match (seed.below(5), unique) {
        (0, _) => (Place::Key, Resolution::DropRow),
        (1, Some(index)) => (Place::Index(index), Resolution::DropRow),
        _ => {
            let resolution = *seed.choose(&[Resolution::Default, Resolution::DropRow]);
            (Place::Field(*seed.choose(&candidates)), resolution)
        }
    };
    table.on_failure.insert(place, resolution);
}

/// Takes away what names fields and tables that are gone, and references that fit no key any more.
pub(super) fn tidy(draft: &mut Draft) {
    let whole = draft.clone();
    for (uid, table) in &mut draft.tables {
        let live = fields(&whole, *uid);
        table
            .indexes
            .retain(|index| index.fields.iter().all(|(field, _)| live.contains(field)));
        let mut seen = BTreeSet::new();
        table
            .indexes
            .retain(|index| seen.insert((index.fields.clone(), index.unique)));
        table.references.retain(|reference| {
            let parent = whole.tables.get(&reference.table);
            let fits = parent.is_some_and(|parent| match parent.key.as_slice() {
                [key] => content(&whole, *uid, reference.field) == content(&whole, reference.table, *key),
                _ => false,
            });
            live.contains(&reference.field) && fits
        });
        let indexes = &table.indexes;
        table.on_failure.retain(|place, _| match place {
            Place::Key => true,
            Place::Field(field) => live.contains(field),
            Place::Index(index) => indexes.iter().any(|known| known.uid == *index && known.unique),
        });
    }
}
