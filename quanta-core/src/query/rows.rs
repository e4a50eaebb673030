//! The rows that a query finds, as an iterator.

use std::collections::VecDeque;
use std::iter::FusedIterator;

use crate::collection::RowSource;
use crate::error::{Error, Result};
use crate::txn::{Table, row_place};

use super::page::Cursor;
use super::request::{Prepared, Request};
use super::sort::{Rank, first_behind};
use super::stream::{RowBytes, Stream};

/// Turns a row into what is iterated over.
pub type Read<'a, T> = Box<dyn Fn(&Table, &RowBytes) -> Result<T> + 'a>;

/// Makes what comes next; none at the end.
pub type Step<'a, T> = Box<dyn FnMut() -> Result<Option<T>> + 'a>;

/// The rows that a query finds. Ends after the first error.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// let mut rows = db.query::<City>().order_by(|c| c.people.desc()).iter();
/// let mut people = 0;
/// while people < 1_000_000
///     && let Some(city) = rows.next().transpose()?
/// {
///     people += city.people;
/// }
/// assert_eq!(people, 1_009_650);
/// assert_eq!(rows.count(), 1);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct QueryRows<'a, T> {
    state: State<'a, T>,
}

enum State<'a, T> {
    Going(Box<Found<'a>>, Read<'a, T>),
    Steps(Step<'a, T>),
    Failed(Error),
    Ended,
}

/// The rows that a query finds, as bytes.
pub struct Found<'a> {
    source: RowSource<'a>,
    prepared: Prepared,
    from: From<'a>,
    /// The place behind which rows are wanted.
    behind: Option<Rank>,
    passed_over: u64,
    left: u64,
    row: RowBytes,
}

enum From<'a> {
    /// Rows come as they are wanted.
    Stream(Box<Stream<'a>>),
    /// Rows are sorted, as many at once as fit.
    Sorted { ranks: VecDeque<Rank>, is_all: bool },
}

impl<'a> Found<'a> {
    /// Begins.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn new(source: RowSource<'a>, prepared: Prepared, request: &Request) -> Result<Self> {
        let behind = request.after.as_ref().map(|cursor| {
            let values = cursor.values().to_vec();
            prepared.ranking.rank_of(values, cursor.key())
        });
        let from = match prepared.access.in_order {
            Some(_) => From::Stream(Box::new(prepared.stream(source.clone())?)),
            None => From::Sorted {
                ranks: VecDeque::new(),
                is_all: false,
            },
        };
        Ok(Self {
            source,
            prepared,
            from,
            behind,
            passed_over: request.offset,
            left: request.limit.unwrap_or(u64::MAX),
            row: RowBytes::default(),
        })
    }

    /// Returns the table.
    pub fn table(&self) -> &Table {
        &self.prepared.table
    }

    /// Goes on to the next row, and lends it with its table; none at the end.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub fn next(&mut self) -> Result<Option<(&Table, &RowBytes)>> {
        if self.left == 0 {
            return Ok(None);
        }
        loop {
            if !self.advance()? {
                return Ok(None);
            }
            if self.passed_over > 0 {
                self.passed_over -= 1;
                continue;
            }
            self.left -= 1;
            return Ok(Some((&self.prepared.table, &self.row)));
        }
    }

    /// Notes the place of the row that was found last.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn cursor(&self, request: &Request) -> Result<Cursor> {
        let rank = self.rank()?;
        Ok(Cursor::new(self.table(), &request.order, &rank, &self.row.key))
    }

    fn rank(&self) -> Result<Rank> {
        let table = self.table();
        let rank = self
            .prepared
            .ranking
            .rank(&table.schema.shape, &self.row.key, &self.row.body);
        rank.map_err(|error| Error::corrupt(row_place(table, &self.row.key), error))
    }

    fn advance(&mut self) -> Result<bool> {
        loop {
            match &mut self.from {
                From::Stream(stream) => match stream.next()? {
                    None => return Ok(false),
                    Some(row) => std::mem::swap(&mut self.row, row),
                },
                From::Sorted { ranks, is_all } => match ranks.pop_front() {
                    Some(rank) => {
                        let is_there = read(&self.source, &self.prepared, &rank, &mut self.row)?;
                        self.behind = Some(rank);
                        if is_there {
                            return Ok(true);
                        }
                        continue;
                    }
                    None if *is_all => return Ok(false),
                    None => {
                        self.sort()?;
                        continue;
                    }
                },
            }
            match &self.behind {
                Some(behind) if self.rank()? <= *behind => {}
                _ => {
                    self.behind = None;
                    return Ok(true);
                }
            }
        }
    }

    /// Sorts the rows that come next.
    fn sort(&mut self) -> Result<()> {
        let stream = self.prepared.stream(self.source.clone())?;
        let rows_max = usize::try_from(self.left.saturating_add(self.passed_over)).unwrap_or(usize::MAX);
        let window = first_behind(stream, &self.prepared.ranking, self.behind.as_ref(), rows_max)?;
        self.from = From::Sorted {
            ranks: window.ranks.into_iter().collect(),
            is_all: window.is_all,
        };
        Ok(())
    }
}

/// Reads the row of a rank; false if a transaction deleted it since.
fn read(source: &RowSource<'_>, prepared: &Prepared, rank: &Rank, row: &mut RowBytes) -> Result<bool> {
    let key = prepared.ranking.key(rank);
    let found = source.read_row(&prepared.table, &key, |body| {
        row.body.clear();
        row.body.extend_from_slice(body);
        Ok(())
    })?;
    row.key = key;
    Ok(found.is_some())
}

impl<'a, T> QueryRows<'a, T> {
    pub(super) fn new(found: Result<Found<'a>>, read: Read<'a, T>) -> Self {
        let state = match found {
            Ok(found) => State::Going(Box::new(found), read),
            Err(error) => State::Failed(error),
        };
        Self { state }
    }

    /// Makes an iterator over what is made one by one.
    pub(super) fn steps(step: Step<'a, T>) -> Self {
        Self {
            state: State::Steps(step),
        }
    }

    /// Makes an iterator whose only item is an error.
    pub(super) fn failed(error: Error) -> Self {
        Self {
            state: State::Failed(error),
        }
    }
}

impl<T> Iterator for QueryRows<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended => None,
            State::Failed(error) => Some(Err(error)),
            State::Steps(mut step) => {
                let item = step().transpose();
                if matches!(item, Some(Ok(_))) {
                    self.state = State::Steps(step);
                }
                item
            }
            State::Going(mut found, read) => {
                let item = match found.next() {
                    Ok(None) => return None,
                    Ok(Some((table, row))) => read(table, row),
                    Err(error) => Err(error),
                };
                if item.is_ok() {
                    self.state = State::Going(found, read);
                }
                Some(item)
            }
        }
    }
}

impl<T> FusedIterator for QueryRows<'_, T> {}

impl<T> std::fmt::Debug for QueryRows<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QueryRows")
    }
}
