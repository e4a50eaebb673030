//! Entries of an index whose keys are cut alike: only their rows say which of them comes first.

use std::collections::BTreeSet;

use quanta_storage::{Direction, KeyRange};

use crate::catalog::keys;
use crate::error::{Error, Result};

use super::lookup::{Found, Looked, RowReader};
use super::row::row_place;

/// Bytes of index keys that are sorted at once: 16 MiB. Where there are more that are cut alike, their entries are gone
/// through again for each further so many.
pub const RUN_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What keeping one key takes beside its bytes.
const PLACE_BYTES: usize = 96;

/// What entries are sorted for.
#[derive(Clone, Copy)]
pub struct Sorting<'a> {
    /// Which entries.
    pub looked: Looked<'a>,
    /// Which of them come first.
    pub direction: Direction,
    /// Bytes that are sorted at once, but one key at least.
    pub bytes_max: usize,
}

/// Entries that are cut alike.
#[derive(Debug)]
pub struct Run {
    /// What their index keys begin with: all that is stored of them.
    pub start: Vec<u8>,
    /// Those that come first, behind what was asked for already.
    window: BTreeSet<Place>,
    bytes: usize,
    /// Whether there are others behind them.
    is_short: bool,
    /// The last one that was asked for, if others may come behind it that are not in the window.
    behind: Option<Place>,
}

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    index_key: Vec<u8>,
    /// The row key, as it stands behind the index key.
    row_key: Vec<u8>,
}

impl Run {
    /// Begins with no entry.
    pub fn new(start: &[u8]) -> Self {
        Self {
            start: start.to_vec(),
            window: BTreeSet::new(),
            bytes: 0,
            is_short: false,
            behind: None,
        }
    }

    /// Adds what the row of an entry says, unless others come before it that fill the window.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub fn add<S: RowReader + ?Sized>(
        &mut self,
        source: &S,
        sorting: Sorting<'_>,
        row_key: &[u8],
    ) -> Result<()> {
        let looked = sorting.looked;
        let mut keys = None;
        let is_there = source.read_body(looked.table, row_key, &mut |body| {
            let whole = looked.index.whole_keys(&self.start, body);
            keys = Some(whole.map_err(|error| Error::corrupt(row_place(looked.table, row_key), error))?);
            Ok(())
        })?;
        let Some(keys) = keys.filter(|_| is_there) else {
            if source.may_lose_rows() {
                return Ok(());
            }
            return Err(looked.missing(row_key));
        };
        for index_key in keys.into_iter().filter(|key| looked.range.contains(key)) {
            let place = Place {
                index_key,
                row_key: looked.index.behind(row_key).into_owned(),
            };
            if self.behind.as_ref().is_none_or(|behind| match sorting.direction {
                Direction::Forward => place > *behind,
                Direction::Backward => place < *behind,
            }) {
                self.insert(place, sorting);
            }
        }
        Ok(())
    }

    /// Puts an entry where it stands, and those out that don't fit then. A row with several such keys comes with each
    /// of its entries.
    fn insert(&mut self, place: Place, sorting: Sorting<'_>) {
        let bytes = place.bytes();
        if self.window.insert(place) {
            self.bytes += bytes;
        }
        while self.bytes > sorting.bytes_max && self.window.len() > 1 {
            let last = match sorting.direction {
                Direction::Forward => self.window.pop_last(),
                Direction::Backward => self.window.pop_first(),
            };
            self.bytes -= last.map_or(0, |last| last.bytes());
            self.is_short = true;
        }
    }

    /// Returns the next entry, once all were added; none at the end.
    ///
    /// # Errors
    ///
    /// As [`Run::add`].
    pub fn next<S: RowReader + ?Sized>(&mut self, source: &S, sorting: Sorting<'_>) -> Result<Option<Found>> {
        if self.window.is_empty() && self.is_short {
            self.read_on(source, sorting)?;
        }
        let next = match sorting.direction {
            Direction::Forward => self.window.pop_first(),
            Direction::Backward => self.window.pop_last(),
        };
        let Some(next) = next else { return Ok(None) };
        self.bytes -= next.bytes();
        if self.window.is_empty() && self.is_short {
            self.behind = Some(next.clone());
        }
        Ok(Some(Found {
            row_key: sorting.looked.index.behind(&next.row_key).into_owned(),
            index_key: next.index_key,
        }))
    }

    /// Goes through the entries again, for those behind the last one.
    fn read_on<S: RowReader + ?Sized>(&mut self, source: &S, sorting: Sorting<'_>) -> Result<()> {
        self.is_short = false;
        let looked = sorting.looked;
        let all = KeyRange::prefix(&keys::index_entry(looked.index.space, &self.start, &[]));
        let mut cursor = source.scan_entries(&all)?;
        while let Some((key, value)) = cursor.next()? {
            let row_key = looked.index.row_key(key, value);
            let row_key = row_key.ok_or_else(|| looked.damaged("the key of an entry holds no row key"))?;
            self.add(source, sorting, &row_key)?;
        }
        Ok(())
    }
}

impl Place {
    fn bytes(&self) -> usize {
        self.index_key.len() + self.row_key.len() + PLACE_BYTES
    }
}
