//! Verifying index entries: what rows should have is computed again, and compared both ways.

use crate::catalog::{keys, read_bytes};
use crate::codec::Decoder;
use crate::error::Result;
use crate::index::{Entries, Index};
use crate::program::NoCode;
use crate::txn::{CarryError, translate};

use super::report::FindingCode;
use super::rows::{Problem, place_of_row};
use super::run::{Verification, place_of};
use super::table::TableCheck;

impl Verification<'_> {
    /// Looks for the entries that a row should have, by its body at the current version.
    pub(super) fn missing_entries(
        &self,
        table: &TableCheck,
        row_key: &[u8],
        body: &[u8],
    ) -> Result<Option<Problem>> {
        let mut problems = Vec::new();
        for index in &table.indexes {
            let mut entries = Entries::new();
            if let Err(error) = index.add_entries(row_key, body, &mut entries) {
                problems.push(format!("{} can't be filled: {error}", shown(index)));
            }
            for (key, value) in entries {
                match read_bytes(self.snapshot, &key)? {
                    Some(stored) if stored == value => {}
                    Some(other) => problems.push(format!(
                        "{} has {} for {}",
                        shown(index),
                        index.show_values(&key),
                        place_of_row(table, &other)
                    )),
                    None => problems.push(format!(
                        "{} has no entry for {}",
                        shown(index),
                        index.show_values(&key)
                    )),
                }
            }
        }
        Ok((!problems.is_empty()).then(|| (FindingCode::IndexMissing, problems.join("; "))))
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
            let problem = "the key holds no row key";
            self.report.add(FindingCode::IndexSurplus, place, problem);
            return Ok(());
        };
        let is_sound = match self.current_body(table, &row_key)? {
            Found::Body(body) => {
                let mut entries = Entries::new();
                let added = index.add_entries(&row_key, &body, &mut entries);
                added.is_err() || entries.get(key).is_some_and(|expected| expected == value)
            }
            Found::Damaged => true,
            Found::Nothing => false,
        };
        if !is_sound {
            let values = index.show_values(key);
            let place = format!("{} of table {}", shown(index), table.head.state.name);
            let problem = format!(
                "it has {values} for {}, which has no such value or is not there",
                place_of_row(table, &row_key)
            );
            self.report.add(FindingCode::IndexSurplus, place, problem);
        }
        Ok(())
    }

    fn current_body(&self, table: &TableCheck, row_key: &[u8]) -> Result<Found> {
        let space = table.head.state.space;
        let Some(value) = read_bytes(self.snapshot, &keys::row(space, row_key))? else {
            return Ok(Found::Nothing);
        };
        let mut input = Decoder::new(&value);
        let stamp = input.primitive::<u32>().ok();
        let Some(route) = stamp.and_then(|stamp| table.routes.get(&stamp)) else {
            return Ok(Found::Damaged);
        };
        match translate(self.snapshot, space, row_key, route, input.rest(), &NoCode) {
            Ok(body) => Ok(Found::Body(body)),
            Err(CarryError::Engine(error)) => Err(error),
            Err(CarryError::Row(_)) => Ok(Found::Damaged),
        }
    }
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
