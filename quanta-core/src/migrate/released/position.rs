//! Where a table stands in a released history.

use std::collections::BTreeSet;

use crate::history::HistoryDocument;
use crate::plan::StoredTable;
use crate::schema::Fingerprint;

/// By what a table is found in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Found {
    /// By the label of the stored version, else by its shape.
    ByShapeToo,
    /// By the label alone: where the program may be an older one, a shape that comes again proves nothing.
    ByLabel,
}

/// Finds the version of a document that a table stands at: a position in the document. The label of the stored version
/// says which one it is, unless that one has another shape in the document, as on a branch that was merged. A stored version
/// whose label the document doesn't know, or that has none, is the last one of its shape: a field that went and came again
/// may be either, and what the store shows stays that way.
///
/// A table that was at a later release before is at none: an older program gave it a shape that the store had not seen.
/// What the later release knew of its rows lies behind the edge between, and the releases would lead away from there.
pub(super) fn position(document: &HistoryDocument, table: &StoredTable, by: Found) -> Option<usize> {
    let version = table.versions.get(&table.head.state.version)?;
    let fingerprint = Fingerprint::of(&version.schema);
    let label = version.label.as_deref();
    let found = match label.and_then(|label| labelled(document, label)) {
        Some(labelled) if has(document, labelled, fingerprint) => under_its_name(document, table, labelled),
        None if by == Found::ByShapeToo => last_of_its_shape(document, table, fingerprint)?,
        _ => return None,
    };
    let mut above = version.parent;
    while let Some(version) = above.and_then(|number| table.versions.get(&number)) {
        let known = version
            .label
            .as_deref()
            .and_then(|label| labelled(document, label));
        if known.is_some_and(|known| known > found && has(document, known, Fingerprint::of(&version.schema)))
        {
            return None;
        }
        above = version.parent;
    }
    Some(found)
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
fn under_its_name(document: &HistoryDocument, table: &StoredTable, labelled: usize) -> usize {
    let state = &table.head.state;
    let fingerprint = table.head.fingerprint;
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
    best.map_or(labelled, |(_, position)| position)
}

/// Returns the label of the release that a table stands at, if the document knows neither that nor the table's shape.
pub(in super::super) fn unknown_release<'t>(
    document: &HistoryDocument,
    table: &'t StoredTable,
) -> Option<&'t str> {
    let version = table.versions.get(&table.head.state.version)?;
    let label = version.label.as_deref()?;
    let is_known =
        labelled(document, label).is_some() || position(document, table, Found::ByShapeToo).is_some();
    (!is_known).then_some(label)
}

fn labelled(document: &HistoryDocument, label: &str) -> Option<usize> {
    document.versions.iter().position(|known| known.label == label)
}

/// Tells whether a version of a document has a table of a shape, whatever it is called.
fn has(document: &HistoryDocument, position: usize, fingerprint: Fingerprint) -> bool {
    let mut tables = document.versions[position].tables.values();
    tables.any(|table| Fingerprint::of(&table.schema) == fingerprint)
}
