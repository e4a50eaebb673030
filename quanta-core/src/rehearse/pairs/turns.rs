//! Rows of which only one can be there: they share a key, or a value under a unique index.

use std::collections::BTreeMap;

use crate::diff::{KEY_PATH, RefusalKind};
use crate::error::Error;
use crate::plan::Version;

use super::super::image::TableImage;
use super::super::law::Check;
use super::super::travel::Standing;
use super::build::refusals;

/// What rows share of which a change takes out all but one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Share {
    /// A value under a unique index.
    Value,
    /// The key.
    Key,
}

/// Tables where a way leads over a change that takes out all but one of several rows. One that was taken out comes back
/// with the way down, and on the way up it is decided anew which one stays: rows that were written or deleted above
/// since then give others their turn.
#[derive(Debug, Default)]
pub(super) struct Turns {
    shares: BTreeMap<u32, Share>,
    /// Whether other rows were there than before.
    pub taken: bool,
}

impl Share {
    /// Says what rows share of which a version takes out all but one.
    pub fn of(version: &Version) -> Option<Self> {
        let drops = &version.edge.as_ref()?.lens.drops;
        let mut shared = drops.iter().filter(|path| path.starts_with('@'));
        if drops.contains(KEY_PATH) {
            Some(Self::Key)
        } else {
            shared.next().map(|_| Self::Value)
        }
    }
}

impl Turns {
    /// Adds the tables of one more change on the way.
    pub fn add(&mut self, shares: &BTreeMap<u32, Share>) {
        for (table, share) in shares {
            let known = self.shares.entry(*table).or_insert(*share);
            *known = (*known).max(*share);
        }
    }

    /// Tells whether all that is refused is of rows that take turns: one that got its turn may not fit.
    pub fn explain(&self, refused: &Error, standing: &Standing) -> bool {
        refusals(refused).iter().all(|refusal| {
            let place = standing.tables.get(&refusal.table);
            refusal.kind == RefusalKind::Rows
                && place.is_some_and(|place| self.shares.contains_key(&place.id))
        })
    }

    /// Compares rows. Where they may take turns, only those are compared that are there on both sides, and none if the
    /// key doesn't tell them apart.
    pub fn check_equal(&mut self, expected: &Standing, found: &Standing) -> Check {
        let (mut expected_rows, mut found_rows) = (expected.image.clone(), found.image.clone());
        for (name, place) in &expected.tables {
            let tables = (
                expected_rows.tables.get_mut(name),
                found_rows.tables.get_mut(name),
            );
            if let (Some(share), (Some(one), Some(other))) = (self.shares.get(&place.id), tables)
                && one.rows != other.rows
            {
                self.taken |= leave_common(*share, one, other);
            }
        }
        expected_rows.check_equal(&found_rows)
    }
}

/// Leaves the rows that can be compared; true if they are not all.
fn leave_common(share: Share, one: &mut TableImage, other: &mut TableImage) -> bool {
    let rows = one.rows.len() + other.rows.len();
    if share == Share::Key {
        one.rows.clear();
        other.rows.clear();
    }
    one.rows.retain(|key, _| other.rows.contains_key(key));
    other.rows.retain(|key, _| one.rows.contains_key(key));
    one.rows.len() + other.rows.len() < rows
}
