//! Where a table stands in a released history.

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
pub(super) fn position(document: &HistoryDocument, table: &StoredTable, by: Found) -> Option<usize> {
    let version = table.versions.get(&table.head.state.version)?;
    let fingerprint = Fingerprint::of(&version.schema);
    let is_at = |position: usize| {
        let declared = document.versions[position].tables.get(&table.head.state.name);
        declared.is_some_and(|declared| Fingerprint::of(&declared.schema) == fingerprint)
    };
    let mut all = 0..document.versions.len();
    let labelled = version
        .label
        .as_deref()
        .and_then(|label| labelled(document, label));
    let Some(labelled) = labelled else {
        return all
            .rev()
            .find(|position| by == Found::ByShapeToo && is_at(*position));
    };
    if !has(document, labelled, fingerprint) {
        return None;
    }
    // A rename of the table alone makes no version.
    let here = all.find(|position| *position >= labelled && is_at(*position));
    Some(here.unwrap_or(labelled))
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
