//! Where a table stands in a released history.

use crate::history::HistoryDocument;
use crate::plan::StoredTable;
use crate::schema::Fingerprint;

/// Finds the version of a document that a table stands at: a position in the document. The label of the stored version
/// says which one it is; one whose label the document doesn't know is none of its versions, nor is one that has another
/// shape there, as on a branch that was merged. A stored version without a label is the last one of its shape: a field
/// that went and came again may be either, and what the store shows stays that way.
pub(super) fn position(document: &HistoryDocument, table: &StoredTable) -> Option<usize> {
    let version = table.versions.get(&table.head.state.version)?;
    let fingerprint = Fingerprint::of(&version.schema);
    let is_at = |position: usize| {
        let declared = document.versions[position].tables.get(&table.head.state.name);
        declared.is_some_and(|declared| Fingerprint::of(&declared.schema) == fingerprint)
    };
    let mut all = 0..document.versions.len();
    let Some(label) = &version.label else {
        return all.rev().find(|position| is_at(*position));
    };
    let labelled = all
        .clone()
        .find(|position| document.versions[*position].label == *label)
        .filter(|position| has(document, *position, fingerprint))?;
    // A rename of the table alone makes no version.
    let here = all.find(|position| *position >= labelled && is_at(*position));
    Some(here.unwrap_or(labelled))
}

/// Tells whether a version of a document has a table of a shape, whatever it is called.
fn has(document: &HistoryDocument, position: usize, fingerprint: Fingerprint) -> bool {
    let mut tables = document.versions[position].tables.values();
    tables.any(|table| Fingerprint::of(&table.schema) == fingerprint)
}
