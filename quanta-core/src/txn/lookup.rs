//! Going through the entries of an index, in the order of their values.

use std::collections::VecDeque;

use quanta_storage::{Cursor, Direction, Snapshot};

use crate::error::{Error, Result};
use crate::index::{Index, IndexKeyForm, IndexRange};
use crate::schema::OrderWay;

use super::row::row_place;
use super::table::Table;
use super::transaction::{Transaction, read_row};

/// Where the rows are read that entries lead to.
pub trait RowReader {
    /// Shows the present image of a row to `read`; false if there is no such row.
    ///
    /// # Errors
    ///
    /// Those of the engine and of `read`, and damage.
    fn read_body(
        &self,
        table: &Table,
        row_key: &[u8],
        read: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool>;

    /// Tells whether rows may be gone that were there when the entries were listed.
    fn may_lose_rows(&self) -> bool;
}

impl RowReader for dyn Snapshot + '_ {
    fn read_body(
        &self,
        table: &Table,
        row_key: &[u8],
        read: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        Ok(read_row(self, table, row_key, read)?.is_some())
    }

    fn may_lose_rows(&self) -> bool {
        false
    }
}

impl RowReader for Transaction<'_> {
    fn read_body(
        &self,
        table: &Table,
        row_key: &[u8],
        read: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        Ok(self.get(table, row_key, read)?.is_some())
    }

    /// It writes while others walk.
    fn may_lose_rows(&self) -> bool {
        true
    }
}

/// An entry that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The index key, all of it.
    pub index_key: Vec<u8>,
    /// The key of the row.
    pub row_key: Vec<u8>,
}

/// Which entries are gone through.
#[derive(Debug, Clone, Copy)]
pub struct Looked<'a> {
    /// The table.
    pub table: &'a Table,
    /// The index.
    pub index: &'a Index,
    /// The keys under it.
    pub range: &'a IndexRange,
}

/// A way through the entries of an index in a range: in the order of their index keys, and of row keys where those are
/// equal. A row with several values comes up once for each. Where index keys are equal in all bytes that are stored, their
/// rows are read and sorted in memory.
pub struct IndexWalk {
    cursor: Box<dyn Cursor>,
    direction: Direction,
    run: Run,
    /// What was found and not asked for yet.
    ready: VecDeque<Found>,
}

/// Entries whose index keys are cut after the same bytes: only their rows say which of them comes first.
#[derive(Debug, Default)]
struct Run {
    start: Vec<u8>,
    row_keys: Vec<Vec<u8>>,
}

impl IndexWalk {
    /// Begins. `cursor` goes through [`IndexRange::of_entries`] in that direction.
    #[must_use]
    pub fn new(cursor: Box<dyn Cursor>, direction: Direction) -> Self {
        Self {
            cursor,
            direction,
            run: Run::default(),
            ready: VecDeque::new(),
        }
    }

    /// Goes on to the next entry; none at the end. `source` is what the cursor reads from.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub fn next<S: RowReader + ?Sized>(&mut self, source: &S, looked: Looked<'_>) -> Result<Option<Found>> {
        loop {
            if let Some(found) = self.ready.pop_front() {
                return Ok(Some(found));
            }
            let Some((key, value)) = self.cursor.next()? else {
                self.end_run(source, looked)?;
                return Ok(self.ready.pop_front());
            };
            let (form, row_key) = looked
                .index
                .parts(key, value)
                .ok_or_else(|| looked.damaged("the key of an entry holds no row key"))?;
            match form {
                IndexKeyForm::Cut(start) if start == self.run.start => {
                    self.run.row_keys.push(row_key.into_owned());
                }
                IndexKeyForm::Cut(start) => {
                    let run = Run {
                        start: start.to_vec(),
                        row_keys: vec![row_key.into_owned()],
                    };
                    self.end_run(source, looked)?;
                    self.run = run;
                }
                IndexKeyForm::Whole(key) => {
                    let found = looked.range.contains(key).then(|| Found {
                        index_key: key.to_vec(),
                        row_key: row_key.into_owned(),
                    });
                    self.end_run(source, looked)?;
                    self.ready.extend(found);
                }
            }
        }
    }

    /// Puts the rows of a run in the order of their whole keys.
    fn end_run<S: RowReader + ?Sized>(&mut self, source: &S, looked: Looked<'_>) -> Result<()> {
        if self.run.row_keys.is_empty() {
            return Ok(());
        }
        let mut run = std::mem::take(&mut self.run);
        // A row with several keys of one start has as many entries here.
        run.row_keys.sort_unstable();
        run.row_keys.dedup();
        let mut found = Vec::new();
        for row_key in run.row_keys {
            let mut keys = None;
            let is_there = source.read_body(looked.table, &row_key, &mut |body| {
                let whole = looked.index.whole_keys(&run.start, body);
                keys = Some(whole.map_err(|error| Error::corrupt(row_place(looked.table, &row_key), error))?);
                Ok(())
            })?;
            let Some(keys) = keys.filter(|_| is_there) else {
                if source.may_lose_rows() {
                    continue;
                }
                return Err(looked.missing(&row_key));
            };
            let inside = keys.into_iter().filter(|key| looked.range.contains(key));
            found.extend(inside.map(|index_key| Found {
                index_key,
                row_key: row_key.clone(),
            }));
        }
        let way_behind = looked.index.projection().way_behind();
        found.sort_unstable_by(|one, other| {
            let by_row_key = match way_behind {
                OrderWay::Ascending => one.row_key.cmp(&other.row_key),
                OrderWay::Descending => other.row_key.cmp(&one.row_key),
            };
            one.index_key.cmp(&other.index_key).then(by_row_key)
        });
        if self.direction == Direction::Backward {
            found.reverse();
        }
        self.ready.extend(found);
        Ok(())
    }
}

impl std::fmt::Debug for IndexWalk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexWalk")
            .field("ready", &self.ready)
            .finish_non_exhaustive()
    }
}

impl Looked<'_> {
    /// Makes the error of an entry that leads to a row which is not there.
    #[must_use]
    pub fn missing(&self, row_key: &[u8]) -> Error {
        self.damaged(&format!("{} is not there", row_place(self.table, row_key)))
    }

    fn damaged(&self, problem: &str) -> Error {
        let name = &self.index.definition.name;
        Error::corrupt(format!("the index {name} of table {}", self.table.name), problem)
    }
}

#[cfg(test)]
mod tests;
