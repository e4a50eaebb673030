//! What leads from one draft to the next, in the words of history documents.

use std::collections::BTreeSet;

use crate::history::{HistoryHints, TypeHints};

use super::super::seed::Seed;
use super::draft::{Draft, Home, Place, Slot, Uid};
use super::edit::{By, find};
use super::grow::slot_name;

/// Gives other names to slots whose names would make them someone else: a new slot that is named like one which went,
/// and one whose hint an earlier version saw already. Then marks the names that are reused.
pub(super) fn settle_names(before: &Draft, draft: &mut Draft, seed: &mut Seed) {
    for home in draft.homes() {
        let old = before.slots(home).to_vec();
        while let Some(uid) = draft
            .slots(home)
            .iter()
            .find(|slot| is_misread(&old, draft.slots(home), slot))
        {
            let uid = uid.uid;
            let taken: BTreeSet<String> = old.iter().map(|slot| slot.name.clone()).collect();
            let name = slot_name(draft, home, seed, draft.slots(home), &taken);
            draft.with_slots(home, |slots| {
                slots
                    .iter_mut()
                    .filter(|slot| slot.uid == uid)
                    .for_each(|slot| slot.name.clone_from(&name));
            });
        }
        let names: BTreeSet<String> = draft.slots(home).iter().map(|slot| slot.name.clone()).collect();
        draft.with_slots(home, |slots| {
            slots.iter_mut().for_each(|slot| mark(&old, &names, slot));
        });
    }
}

fn is_misread(before: &[Slot], now: &[Slot], slot: &Slot) -> bool {
    let same_name = find(before, By::Name(&slot.name));
    match (find(before, By::Uid(slot.uid)), same_name) {
        (None, Some(other)) => find(now, By::Uid(other.uid)).is_none(),
        (Some(old), Some(other)) => old.name != slot.name && other.consumed.contains(&old.name),
        _ => false,
    }
}

fn mark(before: &[Slot], names: &BTreeSet<String>, slot: &mut Slot) {
    let renamed = find(before, By::Uid(slot.uid)).filter(|old| old.name != slot.name);
    if let Some(old) = renamed {
        slot.reuses.insert(old.name.clone());
        slot.consumed.insert(old.name.clone());
    }
    let own = slot.name.clone();
    slot.reuses.retain(|name| *name != own && names.contains(name));
}

/// Says what leads from one draft to the next.
pub(super) fn hints(before: Option<&Draft>, draft: &Draft) -> HistoryHints {
    let mut hints = HistoryHints::default();
    let none = Draft::default();
    let before = before.unwrap_or(&none);
    table_hints(before, draft, &mut hints);
    for home in draft.homes() {
        if !before.homes().contains(&home) {
            continue;
        }
        for slot in draft.slots(home) {
            match find(before.slots(home), By::Uid(slot.uid)) {
                Some(old) if old.name != slot.name => said(draft, home, &mut hints, (Some(&old.name), slot)),
                None if slot.says_new => said(draft, home, &mut hints, (None, slot)),
                _ => {}
            }
        }
    }
    hints
}

/// Adds that a slot had another name, or none.
fn said(draft: &Draft, home: Home, hints: &mut HistoryHints, (old, slot): (Option<&String>, &Slot)) {
    let type_hints = match home {
        Home::Table(uid) => {
            let table = draft.tables[&uid].name.clone();
            match old {
                Some(old) => {
                    let renamed = hints.renamed_fields.entry(table).or_default();
                    renamed.insert(old.clone(), slot.name.clone());
                }
                None => hints.new_fields.entry(table).or_default().push(slot.name.clone()),
            }
            return;
        }
        Home::Type(uid) => hints.types.entry(draft.types[&uid].label.clone()),
        Home::Variant(uid, variant) => {
            let name = find(draft.slots(Home::Type(uid)), By::Uid(variant)).map_or("", |slot| &slot.name);
            hints.types.entry(format!("{}::{name}", draft.types[&uid].label))
        }
    };
    let TypeHints { renamed, new, .. } = type_hints.or_default();
    match old {
        Some(old) => drop(renamed.insert(old.clone(), slot.name.clone())),
        None => new.push(slot.name.clone()),
    }
}

fn table_hints(before: &Draft, draft: &Draft, hints: &mut HistoryHints) {
    for (uid, table) in &draft.tables {
        match before.tables.get(uid) {
            Some(old) if old.name != table.name => {
                hints.renamed_tables.insert(old.name.clone(), table.name.clone());
            }
            None if table.says_new && !before.tables.is_empty() => hints.new_tables.push(table.name.clone()),
            _ => {}
        }
        for (place, resolution) in &table.on_failure {
            let of_table = hints.on_failure.entry(table.name.clone()).or_default();
            of_table.insert(
                place_name(&table.slots, &index_names(draft, *uid), *place),
                *resolution,
            );
        }
    }
    let gone = before
        .tables
        .iter()
        .filter(|(uid, _)| !draft.tables.contains_key(uid));
    hints.dropped_tables = gone.map(|(_, table)| table.name.clone()).collect();
}

fn index_names(draft: &Draft, table: Uid) -> Vec<(Uid, String)> {
    let indexes = draft.tables.get(&table).map(|table| table.indexes.iter());
    indexes
        .into_iter()
        .flatten()
        .map(|index| (index.uid, index.name.clone()))
        .collect()
}

fn place_name(slots: &[Slot], indexes: &[(Uid, String)], place: Place) -> String {
    match place {
        Place::Key => "@key".to_owned(),
        Place::Field(uid) => find(slots, By::Uid(uid))
            .map(|slot| slot.name.clone())
            .unwrap_or_default(),
        Place::Index(uid) => {
            let name = indexes
                .iter()
                .find(|(known, _)| *known == uid)
                .map(|(_, name)| name.as_str());
            format!("@{}", name.unwrap_or_default())
        }
    }
}
