//! Verifying index entries: what rows should have is computed again, and compared both ways.

use crate::catalog::{keys, read_bytes};
use crate::error::Result;
use crate::index::{Entries, Index};
use crate::program::NoCode;
use crate::txn::{CarryError, translate};

use super::codes::FindingCode;
use super::rows::{place_of_row, row_problem};
use super::run::{Verification, place_of};
use super::table::TableCheck;

impl Verification<'_> {
    /// Looks for the entries that a row should have, by its body at the current version.
    pub(super) fn missing_entries(&self, table: &TableCheck, row_key: &[u8], body: &[u8]) -> Result<Missing> {
        let mut missing = Missing::default();
        for index in &table.indexes {
            let mut entries = Entries::new();
            if let Err(error) = index.add_entries(row_key, body, &mut entries) {
                missing
                    .problems
                    .push(format!("{} can't be filled: {error}", shown(index)));
                missing.is_taken = true;
            }
            for (key, value) in entries {
                let what = match read_bytes(self.snapshot, &key)? {
                    Some(stored) if stored == value => continue,
                    Some(other) => {
                        missing.is_taken |= index.definition.unique
                            && other != value
                            && self.owns(table, index, &other, (&key, &other))? != Owned::No;
                        format!(
                            "has {} for {}",
                            index.show_values(&key),
                            place_of_row(table, &other)
                        )
                    }
                    None => format!("has no entry for {}", index.show_values(&key)),
                };
                missing.problems.push(format!("{} {what}", shown(index)));
                missing.entries.push((key, value));
            }
        }
        Ok(missing)
    }

    /// Tells of entries that a row should have.
    pub(super) fn add_missing(&mut self, place: &str, missing: Missing) {
        let code = FindingCode::IndexMissing;
        if missing.problems.is_empty() {
            return;
        }
        let problem = missing.problems.join("; ");
        if missing.is_taken {
            return self.report.add_with(code, place, problem, code.refusal());
        }
        if self.add_certain(code, place.to_owned(), problem) {
            for (key, value) in missing.entries {
                self.mending.put(&key, value);
            }
        }
    }

    /// Looks whether the row that an entry leads to has it.
    pub(super) fn index_entry(
        &mut self,
        (table, position): (u32, usize),
        key: &[u8],
        value: &[u8],
    ) -> Result<()> {
        self.report.counts.index_entries += 1;
        let table = self.tables.get(&table);
        // Without a current version there are no indexes, and that has been found already.
        let Some((table, index)) = table.and_then(|table| Some((table, table.indexes.get(position)?))) else {
            return Ok(());
        };
        let Some(row_key) = index.row_key(key, value) else {
            let place = format!("{} of {}", place_of(key), shown(index));
            let problem = "the key holds no row key".to_owned();
            if self.add_certain(FindingCode::IndexSurplus, place, problem) {
                self.mending.delete(key);
            }
            return Ok(());
        };
        if self.owns(table, index, &row_key, (key, value))? == Owned::No {
            let values = index.show_values(key);
            let place = format!("{} of table {}", shown(index), table.head.state.name);
            let problem = format!(
                "it has {values} for {}, which has no such value or is not there",
                place_of_row(table, &row_key)
            );
            if self.add_certain(FindingCode::IndexSurplus, place, problem) {
                self.mending.delete(key);
            }
        }
        Ok(())
    }

    /// Tells whether a row should have an entry.
    fn owns(
        &self,
        table: &TableCheck,
        index: &Index,
        row_key: &[u8],
        (key, value): (&[u8], &[u8]),
    ) -> Result<Owned> {
        Ok(match self.current_body(table, row_key)? {
            Found::Body(body) => {
                let mut entries = Entries::new();
                match index.add_entries(row_key, &body, &mut entries) {
                    Err(_) => Owned::Unknown,
                    Ok(()) if entries.get(key).is_some_and(|expected| expected == value) => Owned::Yes,
                    Ok(()) => Owned::No,
                }
            }
            Found::Damaged => Owned::Unknown,
            Found::Nothing => Owned::No,
        })
    }

    fn current_body(&self, table: &TableCheck, row_key: &[u8]) -> Result<Found> {
        let space = table.head.state.space;
        let Some(value) = read_bytes(self.snapshot, &keys::row(space, row_key))? else {
            return Ok(Found::Nothing);
        };
        let Ok((stamp, body)) = row_problem(table, row_key, &value) else {
            return Ok(Found::Damaged);
        };
        let Some(route) = table.routes.get(&stamp) else {
            return Ok(Found::Damaged);
        };
        match translate(self.snapshot, space, row_key, route, body, &NoCode) {
            Ok(body) => Ok(Found::Body(body)),
            Err(CarryError::Engine(error)) => Err(error),
            Err(CarryError::Row(_)) => Ok(Found::Damaged),
        }
    }
}

/// Entries that a row should have and that are not there, or are others.
#[derive(Default)]
pub(super) struct Missing {
    problems: Vec<String>,
    /// What they should be.
    entries: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether another row has one of them, or what they should be is not known.
    is_taken: bool,
}

/// Whether a row should have an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owned {
    Yes,
    No,
    /// The row can't be read.
    Unknown,
}

/// What is under the key of a row.
enum Found {
    Body(Vec<u8>),
    /// A row that can't be read, which is found where rows are looked at.
    Damaged,
    Nothing,
}

fn shown(index: &Index) -> String {
    let kind = if index.definition.unique {
        "unique index"
    } else {
        "index"
    };
    format!("the {kind} {}", index.definition.name)
}
