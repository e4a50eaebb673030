//! Finding tables by name, and saying which one may have been meant.

use crate::catalog::edits;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Head, Presence, TableHead};

/// Edits between two names up to which one is taken for a slip of the other.
const EDITS_MAX: usize = 2;

/// Names that an error lists.
const LISTED_NAMES_MAX: usize = 12;

/// Finds a table by name: the live one, else the latest that went under that name.
///
/// # Errors
///
/// If there never was one. The error names what may have been meant.
pub fn table_by_name<'a>(head: &'a Head, name: &str) -> Result<(u32, &'a TableHead)> {
    let named = head.tables.iter().filter(|(_, table)| table.state.name == name);
    let found = named.max_by_key(|(id, table)| (table.state.presence == Presence::Live, **id));
    found
        .map(|(id, table)| (*id, table))
        .ok_or_else(|| no_table(head, name))
}

fn no_table(head: &Head, name: &str) -> Error {
    let mut names: Vec<&str> = head
        .tables
        .values()
        .map(|table| table.state.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut problem = format!("the store has no table {name}");
    let close = names.iter().map(|known| (edits(known, name), known)).min();
    match close.filter(|(edits, _)| *edits <= EDITS_MAX) {
        Some((_, known)) => problem.push_str(&format!(": did you mean {known}?")),
        None if names.is_empty() => problem.push_str(": it has no table at all"),
        None => {
            let listed = &names[..names.len().min(LISTED_NAMES_MAX)];
            let rest = if listed.len() < names.len() { ", .." } else { "" };
            problem.push_str(&format!(": it has {}{rest}", listed.join(", ")));
        }
    }
    Error::new(ErrorKind::NotFound, problem)
}
