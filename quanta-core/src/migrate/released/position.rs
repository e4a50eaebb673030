//! Where a table stands in a released history.

use std::collections::BTreeSet;

use crate::history::HistoryDocument;
use crate::plan::{StoredTable, Version};
use crate::schema::Fingerprint;

/// Finds the version of a document that a table stands at: a position in the document. The label of the stored version
/// says which one it is; one whose label the document doesn't know is none of its versions, nor is one that has another
/// shape there, as on a branch that was merged. A stored version without a label is the last one of its shape: a field
/// that went and came again may be either, and what the store shows stays that way.
///
/// A table that was at a later release before is at none: an older program gave it a shape that the store had not seen.
/// What the later release knew of its rows lies behind the edge between, and the releases would lead away from there.
pub(super) fn position(document: &HistoryDocument, table: &StoredTable) -> Option<usize> {
    let current = table.head.state.version;
    let version = table.versions.get(&current)?;
    let found = match labelled(document, version) {
        Some(labelled) => under_its_name(document, table, labelled),
        None if version.label.is_some() => None,
        None => last_of_its_shape(document, table, Fingerprint::of(&version.schema)),
    }?;
    let mut above = version.parent;
    while let Some(version) = above.and_then(|number| table.versions.get(&number)) {
        if labelled(document, version).is_some_and(|earlier| earlier > found) {
            return None;
        }
        above = version.parent;
    }
    Some(found)
}

/// Finds the version of a document that has the label of a stored version, and a table of its shape, whatever it is called.
fn labelled(document: &HistoryDocument, stored: &Version) -> Option<usize> {
    let label = stored.label.as_ref()?;
    let mut versions = document.versions.iter();
    let position = versions.position(|version| version.label == *label)?;
    let fingerprint = Fingerprint::of(&stored.schema);
    let mut tables = document.versions[position].tables.values();
    tables
        .any(|table| Fingerprint::of(&table.schema) == fingerprint)
        .then_some(position)
}

fn last_of_its_shape(
    document: &HistoryDocument,
    table: &StoredTable,
    fingerprint: Fingerprint,
) -> Option<usize> {
    let name = &table.head.state.name;
    document.versions.iter().rposition(|version| {
        let declared = version.tables.get(name);
        declared.is_some_and(|declared| Fingerprint::of(&declared.schema) == fingerprint)
    })
}

/// Goes on from the release that a label names to the one that gave the table the name that it has: a new name alone
/// makes no version. Several tables of that release may have the shape, and get that name at some time. The table is the
/// one that has had the most names on the way of which the store knows that this table had them.
fn under_its_name(document: &HistoryDocument, table: &StoredTable, labelled: usize) -> Option<usize> {
    let state = &table.head.state;
    let fingerprint = Fingerprint::of(&table.versions.get(&state.version)?.schema);
    let mut best: Option<(usize, usize)> = None;
    for first in document.versions[labelled].tables.keys() {
        let (mut name, mut former) = (first, BTreeSet::new());
        for (position, version) in document.versions.iter().enumerate().skip(labelled) {
            if let Some(new) = version
                .hints
                .renamed_tables
                .get(name)
                .filter(|_| position > labelled)
            {
                former.insert(name.clone());
                name = new;
            }
            let declared = version.tables.get(name);
            if declared.is_none_or(|declared| Fingerprint::of(&declared.schema) != fingerprint) {
                break;
            }
            let is_it = *name == state.name && former.is_subset(&table.head.consumed_names);
            if is_it && best.is_none_or(|(names, _)| names < former.len()) {
                best = Some((former.len(), position));
            }
        }
    }
    Some(best.map_or(labelled, |(_, position)| position))
}
