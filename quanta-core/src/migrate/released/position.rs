//! Where a table stands in a released history.

use crate::history::HistoryDocument;
use crate::plan::{StoredTable, ancestors};
use crate::schema::Fingerprint;

/// Finds the version of a document that a table stands at, or that its nearest ancestor was: a position in the document.
/// The label of a stored version says which one it is; one whose label the document doesn't know is none of its versions.
/// A stored version without a label is the last one of its shape: a field that went and came again may be either, and
/// what the store shows stays that way.
///
/// # Errors
///
/// If the version tree is damaged.
pub(super) fn position(document: &HistoryDocument, table: &StoredTable) -> Result<Option<usize>, String> {
    let current = table.head.state.version;
    for number in ancestors(&table.versions, current)? {
        let version = &table.versions[&number];
        let fingerprint = Fingerprint::of(&version.schema);
        let name = &table.head.state.name;
        let is_at = |position: usize| {
            let declared = document.versions[position].tables.get(name);
            declared.is_some_and(|declared| Fingerprint::of(&declared.schema) == fingerprint)
        };
        let mut all = 0..document.versions.len();
        let found = match &version.label {
            Some(label) => {
                let labelled = all
                    .clone()
                    .find(|position| document.versions[*position].label == *label);
                let labelled = labelled.filter(|position| has(document, *position, fingerprint));
                // A rename of the table alone makes no version.
                labelled.map(|first| {
                    all.find(|position| *position >= first && is_at(*position))
                        .unwrap_or(first)
                })
            }
            None => all.rev().find(|position| is_at(*position)),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Tells whether a version of a document has a table of a shape, whatever it is called.
fn has(document: &HistoryDocument, position: usize, fingerprint: Fingerprint) -> bool {
    let mut tables = document.versions[position].tables.values();
    tables.any(|table| Fingerprint::of(&table.schema) == fingerprint)
}
