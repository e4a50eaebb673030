//! Iterating over rows, from both ends.

use std::ops::Bound;
use std::sync::Arc;

use quanta_storage::{Cursor, Direction, KeyRange, Snapshot};

use crate::catalog::keys::ROW_PREFIX_BYTES;
use crate::error::{Error, Result};
use crate::txn::{RowReader, Source, Table, Transaction, read_row, split, to_current};

/// What rows are read from.
#[derive(Clone)]
pub(crate) enum RowSource<'a> {
    Snapshot(Arc<dyn Snapshot>),
    Transaction(&'a Transaction<'a>),
}

impl Source for RowSource<'_> {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        match self {
            Self::Snapshot(snapshot) => Source::get(snapshot.as_ref(), key, read),
            // Rows of earlier versions lie below what the transaction wrote, and what was kept of them with them: the
            // transaction may have used it up since.
            Self::Transaction(transaction) => Source::get(transaction.snapshot()?.as_ref(), key, read),
        }
    }
}

impl RowReader for RowSource<'_> {
    fn read_body(
        &self,
        table: &Table,
        row_key: &[u8],
        read: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        match self {
            Self::Snapshot(snapshot) => snapshot.as_ref().read_body(table, row_key, read),
            Self::Transaction(transaction) => transaction.read_body(table, row_key, read),
        }
    }

    fn scan_entries(&self, range: &KeyRange) -> Result<Box<dyn Cursor>> {
        self.scan(range, Direction::Forward)
    }

    fn may_lose_rows(&self) -> bool {
        matches!(self, Self::Transaction(_))
    }
}

impl RowSource<'_> {
    /// Shows the image of one row to `read`; none if there is no such row.
    pub(crate) fn read_row<R>(
        &self,
        table: &Table,
        row_key: &[u8],
        read: impl FnOnce(&[u8]) -> Result<R>,
    ) -> Result<Option<R>> {
        match self {
            Self::Snapshot(snapshot) => read_row(snapshot.as_ref(), table, row_key, read),
            Self::Transaction(transaction) => transaction.get(table, row_key, read),
        }
    }

    /// Returns the value of a record as it is now; none if there is no such record.
    pub(crate) fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        let mut read = |value: &[u8]| found = Some(value.to_vec());
        match self {
            Self::Snapshot(snapshot) => Source::get(snapshot.as_ref(), key, &mut read)?,
            Self::Transaction(transaction) => Source::get(*transaction, key, &mut read)?,
        };
        Ok(found)
    }

    pub(crate) fn scan(&self, range: &KeyRange, direction: Direction) -> Result<Box<dyn Cursor>> {
        match self {
            Self::Snapshot(snapshot) => Ok(snapshot.scan(range, direction)?),
            Self::Transaction(transaction) => transaction.scan(range, direction),
        }
    }
}

/// Turns a row key and a body into what is iterated over.
pub(crate) type Decode<T> = fn(&Table, &[u8], &[u8]) -> Result<T>;

/// Rows of a table in key order, from both ends. Ends after the first error.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
/// # }
/// let mut rows = cities.iter();
/// assert_eq!(rows.next().transpose()?.unwrap().name, "Bergen");
/// assert_eq!(rows.next_back().transpose()?.unwrap().name, "Turku");
/// assert_eq!(rows.count(), 1);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct Rows<'a, T> {
    state: State<'a, T>,
}

enum State<'a, T> {
    Walking(Box<Walk<'a, T>>),
    Failed(Error),
    Ended,
}

struct Walk<'a, T> {
    source: RowSource<'a>,
    table: Arc<Table>,
    /// What neither end has come to yet.
    range: KeyRange,
    front: Option<Box<dyn Cursor>>,
    back: Option<Box<dyn Cursor>>,
    /// The present image of a row of an earlier version.
    image: Vec<u8>,
    decode: Decode<T>,
}

impl<'a, T> Rows<'a, T> {
    pub(super) fn new(source: RowSource<'a>, table: Arc<Table>, range: KeyRange, decode: Decode<T>) -> Self {
        let walk = Walk {
            source,
            table,
            range,
            front: None,
            back: None,
            image: Vec::new(),
            decode,
        };
        Self {
            state: State::Walking(Box::new(walk)),
        }
    }

    /// Makes an iterator whose only item is an error.
    pub(super) fn failed(error: Error) -> Self {
        Self {
            state: State::Failed(error),
        }
    }

    fn advance(&mut self, direction: Direction) -> Option<Result<T>> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Walking(mut walk) => {
                let step = walk.step(direction).transpose();
                if matches!(step, Some(Ok(_))) {
                    self.state = State::Walking(walk);
                }
                step
            }
            State::Failed(error) => Some(Err(error)),
            State::Ended => None,
        }
    }
}

impl<T> Walk<'_, T> {
    fn step(&mut self, direction: Direction) -> Result<Option<T>> {
        let (end, other) = match direction {
            Direction::Forward => (&mut self.front, &self.back),
            Direction::Backward => (&mut self.back, &self.front),
        };
        let cursor = match end {
            Some(cursor) => cursor,
            None => end.insert(self.source.scan(&self.range, direction)?),
        };
        let Some((key, value)) = cursor.next()? else {
            return Ok(None);
        };
        // The cursor ends with the range that it was opened for; the other end may have made it shorter since.
        if other.is_some() && !self.range.contains(key) {
            return Ok(None);
        }
        // The other end must not come past this key. The buffer is used again for every row.
        let end = match direction {
            Direction::Forward => &mut self.range.start,
            Direction::Backward => &mut self.range.end,
        };
        match end {
            Bound::Excluded(met) => {
                met.clear();
                met.extend_from_slice(key);
            }
            _ => *end = Bound::Excluded(key.to_vec()),
        }
        let row_key = &key[ROW_PREFIX_BYTES..];
        let (stamp, body) = split(&self.table, value)?;
        let body = to_current(&self.source, &self.table, row_key, (stamp, body), &mut self.image)?;
        (self.decode)(&self.table, row_key, body).map(Some)
    }
}

impl<T> Iterator for Rows<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance(Direction::Forward)
    }
}

impl<T> DoubleEndedIterator for Rows<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.advance(Direction::Backward)
    }
}

impl<T> std::iter::FusedIterator for Rows<'_, T> {}

impl<T> std::fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rows")
    }
}
