//! Reading rows by an index, in the order of their values.

use std::ops::ControlFlow;

use quanta_storage::{Cursor, Direction};

use crate::error::{Error, Result};
use crate::index::{Index, IndexKeyForm, IndexRange};

use super::row::{Source, row_place};
use super::table::Table;
use super::transaction::read_row;

/// Takes the key of a row and its body at the current version; breaks if it needs no more.
type Show<'s> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>> + 's;

/// Entries whose index keys are cut after the same bytes: only their rows say which of them comes first.
#[derive(Default)]
struct Run {
    start: Vec<u8>,
    row_keys: Vec<Vec<u8>>,
}

/// One way through an index.
struct Lookup<'a, S: ?Sized> {
    source: &'a S,
    table: &'a Table,
    index: &'a Index,
    range: &'a IndexRange,
    direction: Direction,
    run: Run,
}

/// Shows the rows that have an index key in a range, in the order of these keys, and of row keys where they are equal. A row
/// with several values comes up once for each. `cursor` goes through [`IndexRange::of_entries`] in that direction, over
/// what `source` reads from. Where index keys are equal in all bytes that are stored, their rows are sorted in memory.
///
/// # Errors
///
/// Those of the engine and of `show`, and damage.
pub fn rows_by_index<S: Source + ?Sized>(
    source: &S,
    mut cursor: Box<dyn Cursor>,
    (table, index, range): (&Table, &Index, &IndexRange),
    direction: Direction,
    show: &mut Show<'_>,
) -> Result<()> {
    let mut lookup = Lookup {
        source,
        table,
        index,
        range,
        direction,
        run: Run::default(),
    };
    while let Some((key, value)) = cursor.next()? {
        let (form, row_key) = index
            .parts(key, value)
            .ok_or_else(|| lookup.damaged("the key of an entry holds no row key"))?;
        if lookup.add(form, row_key, show)?.is_break() {
            return Ok(());
        }
    }
    lookup.end_run(show).map(drop)
}

impl<S: Source + ?Sized> Lookup<'_, S> {
    fn add(
        &mut self,
        form: IndexKeyForm<'_>,
        row_key: &[u8],
        show: &mut Show<'_>,
    ) -> Result<ControlFlow<()>> {
        match form {
            IndexKeyForm::Cut(start) if start == self.run.start => {
                self.run.row_keys.push(row_key.to_vec());
                Ok(ControlFlow::Continue(()))
            }
            IndexKeyForm::Cut(start) => {
                let flow = self.end_run(show)?;
                self.run = Run {
                    start: start.to_vec(),
                    row_keys: vec![row_key.to_vec()],
                };
                Ok(flow)
            }
            IndexKeyForm::Whole(key) => {
                if self.end_run(show)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                if self.range.contains(key) {
                    self.show(row_key, show)
                } else {
                    Ok(ControlFlow::Continue(()))
                }
            }
        }
    }

    /// Shows the rows of a run in the order of their whole keys.
    fn end_run(&mut self, show: &mut Show<'_>) -> Result<ControlFlow<()>> {
        let run = std::mem::take(&mut self.run);
        let mut found = Vec::new();
        let mut row_keys = run.row_keys;
        // A row with several keys of one start has as many entries here.
        row_keys.sort_unstable();
        row_keys.dedup();
        for row_key in row_keys {
            let keys = self.read(&row_key, |body| self.index.whole_keys(&run.start, body))?;
            let keys = keys.map_err(|error| Error::corrupt(row_place(self.table, &row_key), error))?;
            let inside = keys.into_iter().filter(|key| self.range.contains(key));
            found.extend(inside.map(|key| (key, row_key.clone())));
        }
        found.sort_unstable();
        if self.direction == Direction::Backward {
            found.reverse();
        }
        for (_, row_key) in found {
            if self.show(&row_key, show)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn show(&self, row_key: &[u8], show: &mut Show<'_>) -> Result<ControlFlow<()>> {
        self.read(row_key, |body| show(row_key, body))?
    }

    fn read<R>(&self, row_key: &[u8], read: impl FnOnce(&[u8]) -> R) -> Result<R> {
        let found = read_row(self.source, self.table, row_key, |body| Ok(read(body)))?;
        found.ok_or_else(|| {
            let row = row_place(self.table, row_key);
            self.damaged(&format!("{row} is not there"))
        })
    }

    fn damaged(&self, problem: &str) -> Error {
        let name = &self.index.definition.name;
        Error::corrupt(format!("the index {name} of table {}", self.table.name), problem)
    }
}

#[cfg(test)]
mod tests;
