//! Copies of stores whose directory can't be written.

use std::fs;
use std::io;
use std::path::Path;

use super::directory::DATA_DIR;
use super::lock;
use super::marker::{MARKER_FILE, Marker};
use super::rewrite::whole_data;
use crate::error::{Error, ErrorKind, Result};

/// Copies the store at `path` into `scratch`, an empty or missing directory, without writing to the original.
///
/// The copy is the same store, with the same id: it is meant to be looked at and thrown away.
///
/// ```
/// use quanta_storage::{Access, OpenOptions, StoreId, copy_dir_to_scratch, open};
/// # let dir = tempfile::tempdir()?;
/// # let (path, scratch) = (dir.path().join("app.quanta"), dir.path().join("scratch"));
/// drop(open(&path, &OpenOptions::default(), StoreId([7; 16]))?);
/// copy_dir_to_scratch(&path, &scratch)?;
/// let options = OpenOptions { access: Access::ReadOnly, ..OpenOptions::default() };
/// assert_eq!(open(&scratch, &options, StoreId([8; 16]))?.marker.id, StoreId([7; 16]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::NotAStore`], [`ErrorKind::NotEmpty`] for the scratch directory, [`ErrorKind::Locked`] if the store
/// is open, and those of the operating system.
pub fn copy_dir_to_scratch(path: impl AsRef<Path>, scratch: impl AsRef<Path>) -> Result<()> {
    let (path, scratch) = (path.as_ref(), scratch.as_ref());
    Marker::read(path)?;
    let _lock = lock::acquire_for_copy(path)?;
    let copied = || {
        fs::create_dir_all(scratch)?;
        if fs::read_dir(scratch)?.next().is_some() {
            return Ok(false);
        }
        copy_tree(&whole_data(path), &scratch.join(DATA_DIR))?;
        fs::copy(path.join(MARKER_FILE), scratch.join(MARKER_FILE))?;
        io::Result::Ok(true)
    };
    match copied() {
        Ok(true) => Ok(()),
        Ok(false) => {
            let message = format!(
                "{} is not empty: choose another scratch directory",
                scratch.display()
            );
            Err(Error::new(ErrorKind::NotEmpty, message))
        }
        Err(error) => {
            let place = format!("copying {} to {}", path.display(), scratch.display());
            Err(Error::io(place, error))
        }
    }
}

fn copy_tree(source: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let target = target.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            // The content alone: permissions of a read-only original would make the copy read-only.
            io::copy(
                &mut fs::File::open(entry.path())?,
                &mut fs::File::create(&target)?,
            )?;
        }
    }
    Ok(())
}
