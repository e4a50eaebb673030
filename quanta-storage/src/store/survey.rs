//! Looking at a store from outside: nothing is opened, locked for long, or written.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::directory::NEW_MARKER_FILE;
use super::lock;
use super::marker::{MARKER_FILE, Marker};
use super::rewrite::{NEW_DIR, OLD_DIR};
use crate::backup::BACKUP_MAGIC;
use crate::error::{Error, ErrorKind, Result};

/// What a path holds, as far as that can be seen without opening it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Survey {
    /// The marker, or why it can't be read.
    pub marker: Result<Marker>,
    /// The error that an opener would get because somebody else has the store open.
    pub locked: Option<Error>,
    /// What was begun in the directory and not brought to its end: the next opening does that, or takes it back.
    pub unfinished: Vec<PathBuf>,
}

/// Looks at a store from outside.
///
/// ```
/// use quanta_storage::{OpenOptions, StoreId, open, survey};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.quanta");
/// let opened = open(&path, &OpenOptions::default(), StoreId([7; 16]))?;
/// let survey = survey(&path);
/// assert_eq!(survey.marker?.id, StoreId([7; 16]));
/// assert!(survey.locked.is_some() && survey.unfinished.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn survey(path: impl AsRef<Path>) -> Survey {
    let path = path.as_ref();
    let marker = Marker::read(path);
    let locked = match lock::acquire_for_copy(path) {
        Err(error) if matches!(error.kind(), ErrorKind::Locked { .. }) => Some(error),
        // What else is wrong with the lock is told by whoever opens the store.
        _ => None,
    };
    let mut unfinished: Vec<PathBuf> = [NEW_DIR, OLD_DIR].map(|name| path.join(name)).into();
    if !path.join(MARKER_FILE).exists() {
        unfinished.push(path.join(NEW_MARKER_FILE));
    }
    unfinished.retain(|path| path.exists());
    Survey {
        marker,
        locked,
        unfinished,
    }
}

/// Lists the files in a directory that are parts of backups: of those that were interrupted, and those that are just being
/// taken. A directory that isn't there or can't be read has none.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// assert!(quanta_storage::unfinished_backups(dir.path()).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn unfinished_backups(directory: impl AsRef<Path>) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = files
        .flatten()
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "new") && is_part_of_backup(path))
        .collect();
    found.sort();
    found
}

/// Tells whether a file begins like a backup. What was written last may not be in it yet.
fn is_part_of_backup(path: &Path) -> bool {
    let mut start = [0; BACKUP_MAGIC.len()];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == BACKUP_MAGIC
}
