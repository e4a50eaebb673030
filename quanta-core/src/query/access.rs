//! The way by which a query finds its rows.

use std::collections::BTreeSet;
use std::ops::Bound;

use quanta_storage::{Direction, KeyRange};

use crate::index::IndexRange;
use crate::txn::Table;

use super::page::Cursor;

/// The way by which rows are found.
#[derive(Debug, Clone)]
pub struct Access {
    /// By what.
    pub by: By,
    /// Where, in order.
    pub ranges: Vec<IndexRange>,
    /// The conditions that needn't be asked of a row that was found.
    pub covered: BTreeSet<usize>,
    /// The direction in which rows come in the order that is asked for; none if they have to be sorted.
    pub in_order: Option<Direction>,
    /// Whether no row can come up twice in the ranges, even if it has several values.
    pub comes_once: bool,
    /// Whether each range is one value, which one row has at most.
    pub finds_one: bool,
    /// What index keys begin with before the values by which rows are ordered; none if these come first, or not at all.
    pub ordered_behind: Option<Vec<u8>>,
    /// Entries that were counted; none if nothing had to be counted.
    pub counted: Option<Counted>,
    /// Another index in which rows have to be too.
    pub also: Option<Also>,
}

/// By what rows are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// There is none.
    Nothing,
    /// The keys of rows.
    Key,
    /// The index with that position.
    Index(usize),
}

/// A second index that the rows are in.
#[derive(Debug, Clone)]
pub struct Also {
    /// Its position.
    pub index: usize,
    /// Where.
    pub ranges: Vec<IndexRange>,
    /// So many entries.
    pub counted: u64,
}

/// How many entries are in ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// So many.
    Exactly(u64),
    /// So many or fewer: nothing had to be looked at to know that.
    AtMost(u64),
    /// More than were counted.
    MoreThan(u64),
}

impl Access {
    /// Leaves out what can't be behind the place where a page ended. Rows that have its values may be in the ranges still.
    pub fn begin_behind(&mut self, cursor: &Cursor) {
        let (Some(direction), [range]) = (self.in_order, self.ranges.as_mut_slice()) else {
            return;
        };
        let place = match (self.by, &self.ordered_behind) {
            (By::Key, _) => cursor.key().to_vec(),
            (By::Index(_), Some(prefix)) => {
                let turned = |byte: &u8| match direction {
                    Direction::Forward => *byte,
                    Direction::Backward => !*byte,
                };
                prefix
                    .iter()
                    .copied()
                    .chain(cursor.values().iter().map(turned))
                    .collect()
            }
            _ => return,
        };
        let bound = match direction {
            Direction::Forward => &mut range.start,
            Direction::Backward => &mut range.end,
        };
        let is_nearer = match (&*bound, direction) {
            (Bound::Unbounded, _) => true,
            // A cursor may come from another filter: what is excluded with all that begins so stays excluded.
            (Bound::Excluded(old), _) if place.starts_with(old) => false,
            (Bound::Included(old) | Bound::Excluded(old), Direction::Forward) => *old < place,
            (Bound::Included(old) | Bound::Excluded(old), Direction::Backward) => {
                *old > place || place.starts_with(old)
            }
        };
        if is_nearer {
            *bound = Bound::Included(place);
        }
    }
}

impl Counted {
    /// Returns how many were counted, or may be there.
    #[must_use]
    pub fn entries(self) -> u64 {
        match self {
            Self::Exactly(count) | Self::AtMost(count) | Self::MoreThan(count) => count,
        }
    }
}

/// Returns where in the store a range is.
pub fn key_range(table: &Table, by: By, range: &IndexRange) -> KeyRange {
    match by {
        By::Index(index) => range.of_entries(&table.indexes[index]),
        By::Key | By::Nothing => range.of_rows(table.space),
    }
}
