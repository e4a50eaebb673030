//! Going through the entries of an index, in the order of their values.

use quanta_storage::{Cursor, Direction, KeyRange, Snapshot};

use crate::error::{Error, Result};
use crate::index::{Index, IndexKeyForm, IndexRange};

use super::read::read_row;
use super::row::row_place;
use super::run::{RUN_BYTES_MAX, Run, Sorting};
use super::table::Table;
use super::transaction::Transaction;

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

    /// Goes through a range of entries.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    fn scan_entries(&self, range: &KeyRange) -> Result<Box<dyn Cursor>>;

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

    fn scan_entries(&self, range: &KeyRange) -> Result<Box<dyn Cursor>> {
        Ok(self.scan(range, Direction::Forward)?)
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

    fn scan_entries(&self, range: &KeyRange) -> Result<Box<dyn Cursor>> {
        self.scan(range, Direction::Forward)
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
/// rows are read and sorted, as many at once as fit in [`RUN_BYTES_MAX`].
pub struct IndexWalk {
    cursor: Box<dyn Cursor>,
    direction: Direction,
    run_bytes_max: usize,
    /// Entries that are cut alike, while they are gathered.
    run: Option<Box<Run>>,
    /// Such that are gathered, and not all asked for yet.
    ended: Option<Box<Run>>,
    /// The entry that stands behind those.
    next: Option<Found>,
}

impl IndexWalk {
    /// Begins. `cursor` goes through [`IndexRange::of_entries`] in that direction.
    #[must_use]
    pub fn new(cursor: Box<dyn Cursor>, direction: Direction) -> Self {
        Self {
            cursor,
            direction,
            run_bytes_max: RUN_BYTES_MAX,
            run: None,
            ended: None,
            next: None,
        }
    }

    /// Goes on to the next entry; none at the end. `source` is what the cursor reads from.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub fn next<S: RowReader + ?Sized>(&mut self, source: &S, looked: Looked<'_>) -> Result<Option<Found>> {
        let sorting = Sorting {
            looked,
            direction: self.direction,
            bytes_max: self.run_bytes_max,
        };
        loop {
            if let Some(run) = &mut self.ended {
                if let Some(found) = run.next(source, sorting)? {
                    return Ok(Some(found));
                }
                self.ended = None;
            }
            if let Some(found) = self.next.take() {
                return Ok(Some(found));
            }
            let Some((key, value)) = self.cursor.next()? else {
                self.ended = self.run.take();
                if self.ended.is_none() {
                    return Ok(None);
                }
                continue;
            };
            let (form, row_key) = looked
                .index
                .parts(key, value)
                .ok_or_else(|| looked.damaged("the key of an entry holds no row key"))?;
            match form {
                IndexKeyForm::Cut(start) => {
                    if self.run.as_ref().is_none_or(|run| run.start != start) {
                        self.ended = self.run.replace(Box::new(Run::new(start)));
                    }
                    if let Some(run) = &mut self.run {
                        run.add(source, sorting, &row_key)?;
                    }
                }
                IndexKeyForm::Whole(key) => {
                    self.next = looked.range.contains(key).then(|| Found {
                        index_key: key.to_vec(),
                        row_key: row_key.into_owned(),
                    });
                    self.ended = self.run.take();
                }
            }
        }
    }
}

impl std::fmt::Debug for IndexWalk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexWalk")
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

impl Looked<'_> {
    /// Makes the error of an entry that leads to a row which is not there.
    #[must_use]
    pub fn missing(&self, row_key: &[u8]) -> Error {
        self.damaged(&format!("{} is not there", row_place(self.table, row_key)))
    }

    pub(super) fn damaged(&self, problem: &str) -> Error {
        let name = &self.index.definition.name;
        Error::corrupt(format!("the index {name} of table {}", self.table.name), problem)
    }
}

#[cfg(test)]
mod tests;
