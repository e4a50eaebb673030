//! The tables that are there after a change, as views see them.

use std::collections::BTreeMap;

use super::super::stored::{Presence, Version};

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
    /// It goes to a version that it had, or is gone with the revision that it came with.
    Travels,
    /// It gets a version that it never had, or is dropped on purpose.
    Changes,
}
