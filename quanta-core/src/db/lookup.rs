//! Finding tables by name, and saying which one may have been meant.

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

/// Counts the characters to insert, delete or replace (Levenshtein's distance).
fn edits(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (line, character) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in two.iter().enumerate() {
            let replaced = diagonal + usize::from(character != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::edits;

    #[test]
    fn counts_edits_between_names() {
        for (one, two, count) in [
            ("users", "users", 0),
            ("users", "usr", 2),
            ("", "abc", 3),
            ("team", "tema", 2),
        ] {
            assert_eq!(edits(one, two), count, "{one} {two}");
            assert_eq!(edits(two, one), count, "{two} {one}");
        }
    }
}
