//! Releases: names that revisions got.

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::plan::{LedgerKind, LedgerRecord};
use crate::schema::limits::RELEASE_NAME_BYTES_MAX;

use super::nearest::nearest_first;

/// Names that an error lists.
const LISTED_NAMES_MAX: usize = 12;

/// A name that a revision got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// The name.
    pub name: String,
    /// The revision.
    pub revision: u64,
    /// When it got the name: milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// What the program that gave the name said of itself.
    pub app_version: String,
    /// The ledger record that says so.
    pub sequence: u64,
}

/// Lists the releases in the order in which they were named.
#[must_use]
pub fn releases(ledger: &[LedgerRecord]) -> Vec<Release> {
    let named = ledger.iter().filter(|record| record.kind == LedgerKind::Release);
    let release = |record: &LedgerRecord| {
        Some(Release {
            name: record.release.clone()?,
            revision: record.revision,
            time_ms: record.time_ms,
            app_version: record.app_version.clone(),
            sequence: record.sequence,
        })
    };
    named.filter_map(release).collect()
}

/// Finds a release by its name.
///
/// # Errors
///
/// If there is none. The error lists those that are there, the most similar first.
pub fn find_release(ledger: &[LedgerRecord], name: &str) -> Result<Release> {
    let releases = releases(ledger);
    let names = nearest_first(releases.iter().map(|release| release.name.as_str()), name);
    let known = match names.as_slice() {
        [] => "no revision has a name yet".to_owned(),
        names => {
            let listed = &names[..names.len().min(LISTED_NAMES_MAX)];
            let rest = if listed.len() < names.len() { ", .." } else { "" };
            format!("it has {}{rest}", listed.join(", "))
        }
    };
    let problem = format!("the store has no release {}: {known}", name.escape_debug());
    let found = releases.into_iter().find(|release| release.name == name);
    found.ok_or_else(|| Error::new(ErrorKind::NotFound, problem))
}

/// Checks that a release may have this name: printable characters, of which the first and the last are no spaces, and at
/// most [`RELEASE_NAME_BYTES_MAX`] bytes.
///
/// # Errors
///
/// Says what is wrong with it.
pub fn check_release_name(name: &str) -> std::result::Result<(), String> {
    // Quotes are printable, and escaped all the same.
    let bare: String = name
        .chars()
        .filter(|character| !matches!(character, '"' | '\'' | '\\'))
        .collect();
    if name.is_empty() {
        Err("it is empty".to_owned())
    } else if name.len() > RELEASE_NAME_BYTES_MAX {
        Err(format!(
            "it has {} bytes, and {RELEASE_NAME_BYTES_MAX} are allowed",
            name.len()
        ))
    } else if name.trim() != name {
        Err("it begins or ends with a space".to_owned())
    } else if !bare.escape_debug().eq(bare.chars()) {
        Err("not all of its characters are printable".to_owned())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::check_release_name;

    #[test]
    fn names_are_printable_and_short() {
        for name in [
            "1.2.0",
            "v2",
            "März '26",
            "2026-01 \"beta\"",
            "1\\2",
            &"x".repeat(128),
        ] {
            assert_eq!(check_release_name(name), Ok(()), "{name}");
        }
        for (name, problem) in [
            ("", "it is empty"),
            (&"x".repeat(129), "it has 129 bytes, and 128 are allowed"),
            (" 1.0", "it begins or ends with a space"),
            ("1.0\n", "it begins or ends with a space"),
            ("1\t0", "not all of its characters are printable"),
            ("1\u{200b}0", "not all of its characters are printable"),
            ("1\u{202e}0", "not all of its characters are printable"),
            ("1\u{a0}0", "not all of its characters are printable"),
        ] {
            assert_eq!(check_release_name(name), Err(problem.to_owned()), "{name:?}");
        }
    }
}
