//! The rows that a query finds, one after the other, as bytes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use quanta_storage::{Cursor, Direction};

use crate::catalog::keys::ROW_PREFIX_BYTES;
use crate::collection::RowSource;
use crate::error::{Error, Result};
use crate::index::{Index, IndexRange};
use crate::schema::NodeId;
use crate::txn::{Found, IndexWalk, Looked, Table, row_place, split, to_current};

use super::access::{Access, By, key_range};
use super::check::{Check, Tester};

/// Rows that satisfy conditions, one after the other, as bytes.
pub struct Stream<'a> {
    source: RowSource<'a>,
    table: Arc<Table>,
    by: By,
    direction: Direction,
    /// What was not looked at yet, in order.
    ranges: VecDeque<IndexRange>,
    /// All of them.
    all: Vec<IndexRange>,
    /// Whether no row can come up twice in them.
    comes_once: bool,
    /// Whether each of them is one value, which one row has at most.
    finds_one: bool,
    walk: Walk,
    /// The keys of the rows that another index has; none if it is not asked.
    among: Option<BTreeSet<Vec<u8>>>,
    check: Check,
    starts: Vec<usize>,
    row: RowBytes,
    /// The present image of a row of an earlier version.
    image: Vec<u8>,
}

/// A row as bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowBytes {
    /// Its key.
    pub key: Vec<u8>,
    /// Its body at the current version.
    pub body: Vec<u8>,
}

enum Walk {
    Between,
    Rows(Box<dyn Cursor>),
    Entries(Box<IndexWalk>, IndexRange),
}

impl<'a> Stream<'a> {
    /// Begins. `conditions` are those that rows are still to be asked.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn new(source: RowSource<'a>, table: Arc<Table>, access: &Access, check: Check) -> Result<Self> {
        let direction = access.in_order.unwrap_or(Direction::Forward);
        let mut ranges: VecDeque<_> = access.ranges.iter().cloned().collect();
        if direction == Direction::Backward {
            ranges.make_contiguous().reverse();
        }
        let among = access.also.as_ref().map(|also| {
            let index = &table.indexes[also.index];
            row_keys(&source, &table, index, &also.ranges)
        });
        Ok(Self {
            among: among.transpose()?,
            source,
            table,
            by: access.by,
            direction,
            ranges,
            all: access.ranges.clone(),
            comes_once: access.comes_once,
            finds_one: access.finds_one,
            walk: Walk::Between,
            check,
            starts: Vec::new(),
            image: Vec::new(),
            row: RowBytes::default(),
        })
    }

    /// Returns the table.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Goes on to the next row, and lends it; none at the end.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub fn next(&mut self) -> Result<Option<&mut RowBytes>> {
        while self.advance()? {
            if self.passes()? {
                return Ok(Some(&mut self.row));
            }
        }
        Ok(None)
    }

    /// Counts the rows that are left: without reading them, where what was looked for is all that is asked.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub fn count(mut self) -> Result<u64> {
        let mut count = 0;
        let is_plain = self.check == Check::Const(true) && self.among.is_none();
        let comes_once = self.comes_once || self.index().is_none_or(|index| !index.is_many());
        match self.by {
            By::Index(_) if is_plain && comes_once => {
                while self.next_entry()?.is_some() {
                    count += 1;
                }
            }
            By::Key if is_plain => {
                for range in &self.ranges {
                    let range = key_range(&self.table, self.by, range);
                    let mut cursor = self.source.scan(&range, Direction::Forward)?;
                    while cursor.next()?.is_some() {
                        count += 1;
                    }
                }
            }
            _ => {
                while self.next()?.is_some() {
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    fn index(&self) -> Option<&Index> {
        match self.by {
            By::Index(index) => Some(&self.table.indexes[index]),
            _ => None,
        }
    }

    /// Goes on to the next row whatever it is like; false at the end.
    fn advance(&mut self) -> Result<bool> {
        match self.by {
            By::Nothing => Ok(false),
            By::Key => self.next_by_key(),
            By::Index(_) => self.next_by_index(),
        }
    }

    fn next_by_key(&mut self) -> Result<bool> {
        loop {
            let Walk::Rows(cursor) = &mut self.walk else {
                let Some(range) = self.ranges.pop_front() else {
                    return Ok(false);
                };
                if let Some(row_key) = self.one_in(&range) {
                    if self.read(row_key)? {
                        self.row.key.clear();
                        self.row.key.extend_from_slice(row_key);
                        return Ok(true);
                    }
                    continue;
                }
                let range = key_range(&self.table, self.by, &range);
                self.walk = Walk::Rows(self.source.scan(&range, self.direction)?);
                continue;
            };
            let Some((key, value)) = cursor.next()? else {
                self.walk = Walk::Between;
                continue;
            };
            let row_key = &key[ROW_PREFIX_BYTES..];
            self.row.key.clear();
            self.row.key.extend_from_slice(row_key);
            let (stamp, body) = split(&self.table, value)?;
            self.row.body.clear();
            let body = to_current(&self.source, &self.table, row_key, (stamp, body), &mut self.image)?;
            self.row.body.extend_from_slice(body);
            return Ok(true);
        }
    }

    fn next_by_index(&mut self) -> Result<bool> {
        while let Some(found) = self.next_entry()? {
            if self
                .among
                .as_ref()
                .is_some_and(|among| !among.contains(&found.row_key))
            {
                continue;
            }
            if !self.read(&found.row_key)? {
                match &self.source {
                    // It was deleted since the walk began.
                    RowSource::Transaction(_) => continue,
                    RowSource::Snapshot(_) => return Err(self.missing(&found.row_key)),
                }
            }
            self.row.key = found.row_key;
            if self.is_first(&found.index_key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the one key that may be in a range, if there is no more than that.
    fn one_in<'r>(&self, range: &'r IndexRange) -> Option<&'r [u8]> {
        range.point().filter(|_| self.finds_one)
    }

    /// Reads the body of a row; false if there is no such row.
    fn read(&mut self, row_key: &[u8]) -> Result<bool> {
        let body = &mut self.row.body;
        let read = self.source.read_row(&self.table, row_key, |read| {
            body.clear();
            body.extend_from_slice(read);
            Ok(())
        })?;
        Ok(read.is_some())
    }

    fn next_entry(&mut self) -> Result<Option<Found>> {
        let By::Index(index) = self.by else {
            return Ok(None);
        };
        loop {
            let Walk::Entries(walk, range) = &mut self.walk else {
                let Some(range) = self.ranges.pop_front() else {
                    return Ok(None);
                };
                if let Some(index_key) = self.one_in(&range) {
                    let entry = self.table.indexes[index].unique_entry(index_key);
                    match self.source.value(&entry)? {
                        None => continue,
                        Some(row_key) => {
                            let index_key = index_key.to_vec();
                            return Ok(Some(Found { index_key, row_key }));
                        }
                    }
                }
                let cursor = self
                    .source
                    .scan(&key_range(&self.table, self.by, &range), self.direction)?;
                let walk = Box::new(IndexWalk::new(cursor, self.direction));
                self.walk = Walk::Entries(walk, range);
                continue;
            };
            let looked = Looked {
                table: &self.table,
                index: &self.table.indexes[index],
                range,
            };
            match walk.next(&self.source, looked)? {
                None => self.walk = Walk::Between,
                found => return Ok(found),
            }
        }
    }

    /// Tells whether this is the first entry by which a row comes up that has several.
    fn is_first(&self, index_key: &[u8]) -> Result<bool> {
        let Some(index) = self.index().filter(|index| index.is_many()) else {
            return Ok(true);
        };
        let keys = index.projection().index_keys(&self.row.body);
        let keys = keys.map_err(|error| Error::corrupt(row_place(&self.table, &self.row.key), error))?;
        let is_inside = |key: &[u8]| self.all.iter().any(|range| range.contains(key));
        let mut inside = keys
            .iter()
            .map(|key| key.bytes.as_slice())
            .filter(|key| is_inside(key));
        let first = match self.direction {
            Direction::Forward => inside.next(),
            Direction::Backward => inside.next_back(),
        };
        Ok(first == Some(index_key))
    }

    fn passes(&mut self) -> Result<bool> {
        if self.check == Check::Const(true) {
            return Ok(true);
        }
        self.starts.clear();
        let mut tester = Tester::new(&self.table.schema.shape, NodeId::ROOT);
        let passes = tester.test(&self.check, &self.row.body, &mut self.starts);
        passes.map_err(|error| Error::corrupt(row_place(&self.table, &self.row.key), error))
    }

    fn missing(&self, row_key: &[u8]) -> Error {
        let name = self.index().map_or("", |index| index.definition.name.as_str());
        let problem = format!("{} is not there", row_place(&self.table, row_key));
        Error::corrupt(format!("the index {name} of table {}", self.table.name), problem)
    }
}

/// Lists the keys of the rows in ranges of an index.
fn row_keys(
    source: &RowSource<'_>,
    table: &Table,
    index: &Index,
    ranges: &[IndexRange],
) -> Result<BTreeSet<Vec<u8>>> {
    let mut keys = BTreeSet::new();
    for range in ranges {
        let cursor = source.scan(&range.of_entries(index), Direction::Forward)?;
        let mut walk = IndexWalk::new(cursor, Direction::Forward);
        let looked = Looked { table, index, range };
        while let Some(found) = walk.next(source, looked)? {
            keys.insert(found.row_key);
        }
    }
    Ok(keys)
}
