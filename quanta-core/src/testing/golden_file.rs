//! Stores that lie in git.

use std::fs;
use std::path::Path;

use crate::db::{Backup, Engine};
use crate::error::{Error, ErrorKind};

use super::failure::{Failure, told};
use super::release::Release;

/// Puts a golden store into memory.
pub(super) fn read(path: &Path) -> Result<Engine, Failure> {
    let store = Backup::check(path).and_then(|backup| backup.restore_to_memory());
    store.map_err(|error| {
        let problem = match error.kind() {
            ErrorKind::Missing => {
                "there is no golden store yet: run this test once with QUANTA_BLESS=1 in the \
                                   environment, and commit the file"
                    .to_owned()
            }
            _ => told("the golden store can't be read", &error),
        };
        Failure::new(&path.display().to_string(), problem)
    })
}

/// Writes the store of a release to a file, unless there is one.
pub(super) fn write(release: &Release, path: &Path) -> crate::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(|error| {
            let problem = format!("creating {}: {error}", directory.display());
            Error::new(ErrorKind::Storage, problem).with_source(error)
        })?;
    }
    release.store()?.as_released()?.backup(path).map(drop)
}
