//! Ranges of index keys.

use std::ops::Bound;

use quanta_storage::KeyRange;

use crate::catalog::keys;
use crate::schema::limits::INDEX_KEY_BYTES_MAX;

use super::entries::Index;

/// A range of index keys. A bound is the key form of the first fields, or of all of them: it stands for every key that
/// begins with it.
#[derive(Debug, Clone)]
pub struct IndexRange {
    /// Where it begins; excluded without the keys that begin with the bound.
    pub start: Bound<Vec<u8>>,
    /// Where it ends; included with the keys that begin with the bound.
    pub end: Bound<Vec<u8>>,
}

impl IndexRange {
    /// Returns the range of all keys.
    #[must_use]
    pub fn all() -> Self {
        Self {
            start: Bound::Unbounded,
            end: Bound::Unbounded,
        }
    }

    /// Returns the range of the keys that begin with a bound.
    #[must_use]
    pub fn of(bound: &[u8]) -> Self {
        Self {
            start: Bound::Included(bound.to_vec()),
            end: Bound::Included(bound.to_vec()),
        }
    }

    /// Returns the one bound that its keys begin with, if it was made of one.
    #[must_use]
    pub fn point(&self) -> Option<&[u8]> {
        match (&self.start, &self.end) {
            (Bound::Included(start), Bound::Included(end)) if start == end => Some(start),
            _ => None,
        }
    }

    /// Returns the range in which the rows of a space lie whose keys are in it.
    #[must_use]
    pub fn of_rows(&self, space: u32) -> KeyRange {
        let all = keys::rows(space);
        KeyRange {
            start: match &self.start {
                Bound::Unbounded => all.start,
                Bound::Included(bound) => Bound::Included(keys::row(space, bound)),
                Bound::Excluded(bound) => match KeyRange::prefix(&keys::row(space, bound)).end {
                    Bound::Excluded(end) => Bound::Included(end),
                    end => end,
                },
            },
            end: match &self.end {
                Bound::Unbounded => all.end,
                Bound::Excluded(bound) => Bound::Excluded(keys::row(space, bound)),
                Bound::Included(bound) => KeyRange::prefix(&keys::row(space, bound)).end,
            },
        }
    }

    /// Tells whether an index key is in it.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        let is_behind_start = match &self.start {
            Bound::Included(start) => key >= start.as_slice(),
            Bound::Excluded(start) => key > start.as_slice() && !key.starts_with(start),
            Bound::Unbounded => true,
        };
        let is_before_end = match &self.end {
            Bound::Included(end) => key < end.as_slice() || key.starts_with(end),
            Bound::Excluded(end) => key < end.as_slice(),
            Bound::Unbounded => true,
        };
        is_behind_start && is_before_end
    }

    /// Returns the range in which the entries of an index lie. Where a bound is longer than what is stored, there are
    /// others in it too.
    #[must_use]
    pub fn of_entries(&self, index: &Index) -> KeyRange {
        let all = keys::index_entries(index.space);
        let behind = |bound: &[u8]| KeyRange::prefix(&keys::index_entry(index.space, cut(bound), &[])).end;
        let at = |bound: &[u8]| keys::index_entry(index.space, cut(bound), &[]);
        let is_cut = |bound: &[u8]| cut(bound).len() < bound.len();
        KeyRange {
            start: match &self.start {
                Bound::Unbounded => all.start,
                Bound::Excluded(bound) if !is_cut(bound) => match behind(bound) {
                    Bound::Excluded(end) => Bound::Included(end),
                    end => end,
                },
                Bound::Included(bound) | Bound::Excluded(bound) => Bound::Included(at(bound)),
            },
            end: match &self.end {
                Bound::Unbounded => all.end,
                Bound::Excluded(bound) if !is_cut(bound) => Bound::Excluded(at(bound)),
                Bound::Included(bound) | Bound::Excluded(bound) => behind(bound),
            },
        }
    }
}

fn cut(bound: &[u8]) -> &[u8] {
    &bound[..bound.len().min(INDEX_KEY_BYTES_MAX)]
}
