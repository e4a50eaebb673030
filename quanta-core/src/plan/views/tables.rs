//! The tables that are there after a change, as views see them.

use std::collections::BTreeMap;

use super::super::stored::{Presence, TableState, Version};

/// The tables that are there after a change, by id.
pub type TablesAfter<'a> = BTreeMap<u32, TableAfter<'a>>;

/// A table after a change.
#[derive(Debug, Clone, Copy)]
pub struct TableAfter<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it is there.
    pub presence: Presence,
    /// Its version.
    pub version: &'a Version,
    /// How it got there.
    pub fate: Fate,
}

/// How a table got to where it is after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it was.
    Stays,
    /// It goes back to a version that it had, or is gone with the revision that it came with.
    GoesBack,
    /// It goes on: to a version that it never had, or to one that was gone back from; or it is dropped on purpose.
    GoesOn,
}

/// Returns tables as they stand, each with its version.
#[must_use]
pub fn standing<'a>(tables: impl Iterator<Item = (u32, &'a TableState, &'a Version)>) -> TablesAfter<'a> {
    let tables = tables.map(|(id, state, version)| {
        let table = TableAfter {
            name: &state.name,
            presence: state.presence,
            version,
            fate: Fate::Stays,
        };
        (id, table)
    });
    tables.collect()
}
