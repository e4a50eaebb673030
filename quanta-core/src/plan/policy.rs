//! How an open decides what it may do.

use std::collections::BTreeSet;

use crate::schema::Resolution;

/// What to do about a store that is newer than the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnOlder {
    /// Refuses to open, with an account of every field.
    #[default]
    Refuse,
    /// Takes the store back with the stored inverses.
    RollBack,
    /// Reads rows as they were, through the stored inverses, and writes nothing: a write is an error. The store stays as
    /// it is for the newer program. A row that doesn't fit the older shape is an error of the kind `Value` when it is read. Refuses where
    /// rows have another key by now.
    ReadOnly,
}

/// In which direction an open may search the version tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// A fingerprint that the store had is gone to.
    #[default]
    Anywhere,
    /// A fingerprint below the current version is gone to along the recorded edges. Any other shape that the store had is
    /// made anew.
    Onward,
    /// Every change makes a new version, also into a shape that the store had.
    Forward,
}

/// What becomes of hints that a version consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConsumedHints {
    /// They count no more: an attribute stays in the source.
    #[default]
    Spent,
    /// They count again: a migration file says what it means now.
    Fresh,
}

/// How an open decides.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// What to do if the store is newer.
    pub on_older: OnOlder,
    /// Whether known fingerprints are gone to.
    pub direction: Direction,
    /// Tables that are dropped on purpose.
    pub drop_tables: BTreeSet<String>,
    /// Views that are dropped on purpose.
    pub drop_views: BTreeSet<String>,
    /// Views that are dropped where a change takes away what they read: the program says next what they are to be.
    pub yielding_views: BTreeSet<String>,
    /// What becomes of rows that don't fit, where no hint says; without it, they refuse the change.
    pub on_failure: Option<Resolution>,
    /// Whether hints count that a version consumed.
    pub consumed: ConsumedHints,
    /// Tags of own migrations that are left for a later open.
    pub skip_tags: BTreeSet<String>,
}
