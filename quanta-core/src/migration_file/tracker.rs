//! A file beside a store that says which migration files were applied, for tools that read files. The ledger is the truth.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::Result;

/// What `format` says in trackers of this version.
pub(crate) const TRACKER_FORMAT: &str = "quanta-tracker/1";

/// What a tracker holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tracked {
    pub(crate) format: String,
    /// The id of the store, in hexadecimal digits.
    pub(crate) store: String,
    /// The files that are applied, in the order in which they were.
    pub(crate) applied: Vec<TrackedFile>,
}

/// One applied file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrackedFile {
    pub(crate) id: String,
    pub(crate) checksum: String,
    pub(crate) revision: u64,
    pub(crate) time_ms: u64,
}

/// Where the tracker is.
#[derive(Debug, Clone)]
pub(crate) struct Tracker {
    pub(crate) path: PathBuf,
}

impl Tracker {
    /// Brings the file up to date with what the ledger says; tells what was different.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub(crate) fn update(&self, truth: &Tracked) -> Result<Option<String>> {
        let known = std::fs::read_to_string(&self.path).ok();
        let read = known.as_deref().map(serde_json::from_str::<Tracked>);
        let difference = match &read {
            Some(Ok(known)) if known == truth => return Ok(None),
            Some(Ok(known)) => difference(known, truth),
            Some(Err(error)) => Some(format!("it can't be read ({error})")),
            None => None,
        };
        let text = serde_json::to_string_pretty(truth).unwrap_or_default() + "\n";
        quanta_storage::replace_file(&self.path, text.as_bytes())?;
        Ok(difference.map(|difference| {
            format!(
                "the tracker {} disagreed with the store: {difference}; it says what the ledger says now",
                self.path.display()
            )
        }))
    }
}

/// Says where a tracker is wrong; none if it only lacks what came last, or what was taken back.
fn difference(known: &Tracked, truth: &Tracked) -> Option<String> {
    if known.store != truth.store {
        return Some(format!("it is of the store {}", known.store));
    }
    let claimed = known
        .applied
        .iter()
        .find(|file| !truth.applied.iter().any(|other| other.id == file.id));
    if let Some(file) = claimed {
        return Some(format!("it says that {} is applied, and it isn't", file.id));
    }
    let is_changed = |file: &&TrackedFile| {
        let truth = truth.applied.iter().find(|other| other.id == file.id);
        truth.is_some_and(|truth| truth.checksum != file.checksum)
    };
    let changed = known.applied.iter().find(is_changed);
    changed.map(|file| format!("it has another checksum of {}", file.id))
}
