//! Index entries beside the rows that a transaction writes: they change in the same batch.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};
use crate::index::{Entries, Index};

use super::changes::Changes;
use super::row::{Source, row_place};
use super::table::Table;

/// What a transaction writes: none for a key that it removes.
pub(super) type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A row at the current version: its key and its body.
type Row<'a> = (&'a [u8], &'a [u8]);

/// Adds to the changes what indexes say when a row takes the place of another one, or of none.
///
/// # Errors
///
/// If another row has the new row's value under a unique index, a row is damaged, or the engine fails.
pub(super) fn change_entries(
    source: &impl Source,
    table: &Table,
    old: Option<Row<'_>>,
    new: Option<Row<'_>>,
    changes: &mut Changes,
) -> Result<()> {
    for index in &table.indexes {
        let old_entries = entries(table, index, old)?;
        let new_entries = entries(table, index, new)?;
        for key in old_entries.keys().filter(|key| !new_entries.contains_key(*key)) {
            changes.delete(key.clone());
        }
        for (key, value) in new_entries {
            if old_entries.get(&key) == Some(&value) {
                continue;
            }
            // What the old row has, it gives up.
            if index.definition.unique && !old_entries.contains_key(&key) {
                check_free(source, table, index, (&key, &value))?;
            }
            changes.put(key, value);
        }
    }
    Ok(())
}

fn entries(table: &Table, index: &Index, row: Option<Row<'_>>) -> Result<Entries> {
    let mut entries = Entries::new();
    if let Some((row_key, body)) = row {
        index
            .add_entries(row_key, body, &mut entries)
            .map_err(|error| Error::corrupt(row_place(table, row_key), error))?;
    }
    Ok(entries)
}

fn check_free(
    source: &impl Source,
    table: &Table,
    index: &Index,
    (key, row_key): (&[u8], &[u8]),
) -> Result<()> {
    let mut holder = None;
    source.get(key, &mut |value| holder = Some(value.to_vec()))?;
    let Some(holder) = holder else { return Ok(()) };
    let problem = format!(
        "{} can't be written: {} has {} too, and the index {} ({}) is unique",
        row_place(table, row_key),
        row_place(table, &holder),
        index.show_values(key),
        index.definition.name,
        index.definition.fields_text()
    );
    Err(Error::new(ErrorKind::NotUnique, problem))
}
