//! Writing the files of a closed store anew, so that nothing is left in them of what was overwritten or deleted.
//!
//! No engine here promises that on demand: fjall keeps a journal until it is long, sled reuses its log bit by bit. So
//! all records go into a new directory beside the old one, which then takes its place.

use std::fs;
use std::path::{Path, PathBuf};

use super::directory::{DATA_DIR, open_kind, unknown_engine};
use super::lock;
use super::marker::Marker;
use super::options::EngineKind;
use crate::copy::{Copied, copy};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::{engines, fs as durable};

/// Records on their way into new files. Without [`OLD_DIR`] beside it, it may be incomplete.
pub(super) const NEW_DIR: &str = "data.new";

/// The files from before. As long as it is there, [`NEW_DIR`] or what took its place is complete.
pub(super) const OLD_DIR: &str = "data.old";

/// Writes the files of a closed store anew: they hold its records, and nothing of what was overwritten or deleted.
///
/// While it runs, the store takes its place on disk twice. Interrupted anywhere, the next opening finds the old files or the new
/// ones, and removes the others. What the file system itself keeps of deleted files is out of reach. `progress` is
/// called after each batch.
///
/// ```
/// use quanta_storage::{OpenOptions, StoreId, open, rewrite};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.quanta");
/// drop(open(&path, &OpenOptions::default(), StoreId([7; 16]))?);
/// rewrite(&path, &mut |_| {})?;
/// assert_eq!(open(&path, &OpenOptions::default(), StoreId([8; 16]))?.marker.id, StoreId([7; 16]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Locked`](crate::ErrorKind) if the store is open, the marker's own errors, and those of the engine and of
/// the operating system.
pub fn rewrite(path: impl AsRef<Path>, progress: &mut dyn FnMut(Copied)) -> Result<Copied> {
    let path = path.as_ref();
    let marker = Marker::read(path)?;
    let _lock = lock::acquire(path)?;
    finish(path)?;
    let kind = EngineKind::from_name(&marker.engine).ok_or_else(|| unknown_engine(path, &marker))?;
    let data = path.join(DATA_DIR);
    replace_data(path, kind, &mut |target| {
        let copied = {
            let (source, _) = open_kind(kind, &data, None)?;
            let snapshot = source.snapshot()?;
            copy(snapshot.as_ref(), target, marker.id, progress)?
        };
        await_close(kind, &data)?;
        Ok(copied)
    })
}

/// Puts other data in place of that of a store, which `fill` writes: it is there whole or not at all. The caller holds the
/// lock, and has brought what was interrupted to an end.
pub(super) fn replace_data(
    path: &Path,
    kind: EngineKind,
    fill: &mut dyn FnMut(&dyn Engine) -> Result<Copied>,
) -> Result<Copied> {
    let (data, new, old) = (path.join(DATA_DIR), path.join(NEW_DIR), path.join(OLD_DIR));
    let (target, _) = open_kind(kind, &new, None)?;
    let filled = fill(target.as_ref()).and_then(|copied| {
        target.flush()?;
        Ok(copied)
    });
    drop(target);
    await_close(kind, &new)?;
    let copied = match filled {
        Ok(copied) => copied,
        Err(error) => {
            // The error above says what is wrong; what is left is removed by the next opening.
            let _ = fs::remove_dir_all(&new);
            return Err(error);
        }
    };
    if !data.exists() {
        // What is put aside has to be there for an interruption to be recognised.
        fs::create_dir(&data)
            .map_err(|error| Error::io(format_args!("creating {}", data.display()), error))?;
    }
    durable::sync_dir(&new)?;
    rename(&data, &old)?;
    durable::sync_dir(path)?;
    rename(&new, &data)?;
    durable::sync_dir(path)?;
    remove(&old)?;
    durable::sync_dir(path)?;
    Ok(copied)
}

/// Waits until the threads of an engine that was dropped have let go of its files: they write to them by their path.
fn await_close(kind: EngineKind, data: &Path) -> Result<()> {
    match kind {
        #[cfg(feature = "sled")]
        EngineKind::Sled => engines::sled::await_close(data),
        _ => {
            debug_assert!(data.exists(), "what was open a moment ago is there");
            Ok(())
        }
    }
}

/// Brings a rewrite that was interrupted to its end, or takes it back. The caller holds the lock.
pub(super) fn finish(path: &Path) -> Result<()> {
    let (data, new, old) = (path.join(DATA_DIR), path.join(NEW_DIR), path.join(OLD_DIR));
    if old.exists() {
        if !data.exists() {
            rename(&new, &data)?;
            durable::sync_dir(path)?;
        }
        remove(&old)?;
        durable::sync_dir(path)?;
    }
    if new.exists() {
        remove(&new)?;
        durable::sync_dir(path)?;
    }
    Ok(())
}

/// Returns the directory that holds all records, where nothing may be put in order.
pub(super) fn whole_data(path: &Path) -> PathBuf {
    let (data, old) = (path.join(DATA_DIR), path.join(OLD_DIR));
    if data.exists() || !old.exists() { data } else { old }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| Error::io(format_args!("renaming {}", from.display()), error))
}

fn remove(directory: &Path) -> Result<()> {
    fs::remove_dir_all(directory)
        .map_err(|error| Error::io(format_args!("removing {}", directory.display()), error))
}
