//! Putting a backup where a store was, or where none was.

use std::path::Path;

use super::directory::{open_directory, unknown_engine};
use super::lock;
use super::marker::Marker;
use super::options::{Access, CreateMode, EngineKind, OpenOptions};
use super::rewrite;
use crate::backup::CheckedBackup;
use crate::copy::{Copied, copy_records, dump_digest};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};

/// Puts the records of a backup into the store that it was taken of, or into a new one, and checks that they are there.
///
/// `engine` chooses the engine of a new store; without it, it gets that of the store which the backup is of, or fjall if
/// that was one in memory. A store that is there is replaced if it is the one that the backup was taken of and nobody has it
/// open; its files may be damaged or gone, but for the marker. Interrupted anywhere, the next opening finds what was there
/// before, or all of the backup. `progress` is called after each batch.
///
/// ```
/// use quanta_storage::{BackupHead, Engine, Memory, OpenOptions, StoreId};
/// use quanta_storage::{backup, check_backup, dump_digest, open, restore};
/// # let dir = tempfile::tempdir()?;
/// # let (store, file) = (dir.path().join("app.quanta"), dir.path().join("app.backup"));
/// let opened = open(&store, &OpenOptions::default(), StoreId([7; 16]))?;
/// let head = BackupHead { marker: opened.marker.clone(), note: Vec::new() };
/// backup(opened.engine.snapshot()?.as_ref(), &head, &file, &mut |_| {})?;
/// drop(opened);
///
/// let checked = check_backup(&file, &mut |_| {})?;
/// restore(&checked, &store, None, &mut |_| {})?;
/// let opened = open(&store, &OpenOptions::default(), StoreId([8; 16]))?;
/// assert_eq!(dump_digest(opened.engine.snapshot()?.as_ref())?, checked.digest());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Locked`] if the store is open, [`ErrorKind::NotEmpty`] if it is another store or has another engine than
/// `engine`, the errors of [`check_backup`](crate::check_backup) if the file was changed since, and those of the engine and
/// of the operating system.
pub fn restore(
    backup: &CheckedBackup,
    path: impl AsRef<Path>,
    engine: Option<EngineKind>,
    progress: &mut dyn FnMut(Copied),
) -> Result<Copied> {
    let path = path.as_ref();
    let from = &backup.head().marker;
    let marker = match Marker::read(path) {
        Ok(marker) => marker,
        Err(error) if *error.kind() == ErrorKind::NotAStore => {
            return restore_new(backup, path, engine, progress);
        }
        Err(error) => return Err(error),
    };
    if marker.id != from.id {
        let message = format!(
            "{} holds another store, {}, than the backup is of, {}: restore it to a new path",
            path.display(),
            marker.id,
            from.id
        );
        return Err(Error::new(ErrorKind::NotEmpty, message));
    }
    let kind = EngineKind::from_name(&marker.engine).ok_or_else(|| unknown_engine(path, &marker))?;
    if let Some(asked) = engine.filter(|asked| *asked != kind) {
        let message = format!(
            "{} has the engine {}: to get the backup on {}, restore it to a new path",
            path.display(),
            kind.name(),
            asked.name()
        );
        return Err(Error::new(ErrorKind::NotEmpty, message));
    }
    let _lock = lock::acquire(path)?;
    rewrite::finish(path)?;
    rewrite::replace_data(path, kind, &mut |target| fill(backup, target, &marker, progress))
}

/// Puts the records of a backup into an empty engine, such as [`Memory`](crate::Memory), and checks that they are there. It
/// becomes the store that the backup was taken of.
///
/// ```
/// use std::sync::Arc;
/// use quanta_storage::{BackupHead, Memory, StoreId, backup, check_backup, open_engine, restore_to_engine};
/// # let dir = tempfile::tempdir()?;
/// # let file = dir.path().join("app.backup");
/// let opened = open_engine(Arc::new(Memory::new()), StoreId([7; 16]))?;
/// let head = BackupHead { marker: opened.marker.clone(), note: Vec::new() };
/// backup(opened.engine.snapshot()?.as_ref(), &head, &file, &mut |_| {})?;
///
/// let memory = Memory::new();
/// restore_to_engine(&check_backup(&file, &mut |_| {})?, &memory)?;
/// assert_eq!(open_engine(Arc::new(memory), StoreId([8; 16]))?.marker.id, StoreId([7; 16]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::NotEmpty`] if the engine holds a record, the errors of [`check_backup`](crate::check_backup) if the file was
/// changed since, and those of the engine and of the operating system.
pub fn restore_to_engine(backup: &CheckedBackup, engine: &dyn Engine) -> Result<Copied> {
    let marker = Marker::new(engine.name(), backup.head().marker.id);
    fill(backup, engine, &marker, &mut |_| {})
}

fn restore_new(
    backup: &CheckedBackup,
    path: &Path,
    engine: Option<EngineKind>,
    progress: &mut dyn FnMut(Copied),
) -> Result<Copied> {
    let from = &backup.head().marker;
    let options = OpenOptions {
        engine: Some(
            engine
                .or_else(|| EngineKind::from_name(&from.engine))
                .unwrap_or(EngineKind::Fjall),
        ),
        create: CreateMode::MustBeNew,
        access: Access::ReadWrite,
    };
    let mut copied = Copied::default();
    let filled = &mut |engine: &dyn Engine, marker: &Marker| {
        copied = fill(backup, engine, marker, progress)?;
        Ok(())
    };
    drop(open_directory(path, &options, from.id, filled)?);
    Ok(copied)
}

/// Puts the records into an empty engine, and reads them again.
fn fill(
    backup: &CheckedBackup,
    target: &dyn Engine,
    marker: &Marker,
    progress: &mut dyn FnMut(Copied),
) -> Result<Copied> {
    let mut records = backup.records()?;
    let copied = copy_records(&mut records, target, marker.id, progress)?;
    if dump_digest(target.snapshot()?.as_ref())? != backup.digest() {
        let message = format!(
            "the backup {} was changed while it was restored: nothing was replaced",
            backup.path().display()
        );
        return Err(Error::new(ErrorKind::Corrupt, message));
    }
    Ok(copied)
}
