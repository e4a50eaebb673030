//! Opening stores: directories, copies, and engines that are there already.

use std::path::Path;
use std::sync::Arc;

use super::directory::{self, open_directory};
use super::marker::{Marker, StoreId};
use super::options::{Access, CreateMode, OpenOptions, Recovery};
use super::read_only::ReadOnly;
use super::records::{is_empty, store_marker, stored_marker};
use crate::copy::{Copied, copy};
use crate::engine::{Engine, Snapshot};
use crate::error::{Error, ErrorKind, Result};

/// An open store: it is closed, and its lock given free, when the last clone of its engine, the last snapshot and
/// the last cursor are dropped.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The engine with all records, the marker's among them.
    pub engine: Arc<dyn Engine>,
    /// What the store is.
    pub marker: Marker,
    /// What had to be cut off for it to open.
    pub recovery: Option<Recovery>,
    /// Whether it was there before.
    pub origin: Origin,
}

/// Where an open store comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This call made it.
    Created,
    /// It was there.
    Existing,
}

/// Opens the store in a directory, or creates it with `fresh_id`, which should be random.
///
/// The directory gets a file `MARKER` that says what the store is, a file `LOCK` with the process id of whoever has
/// it open, and a directory `data` that belongs to the engine. A directory with anything else in it and without a
/// marker is refused and left as it is.
///
/// ```
/// use quanta_storage::{OpenOptions, Origin, StoreId, open};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.quanta");
/// let opened = open(&path, &OpenOptions::default(), StoreId([7; 16]))?;
/// assert_eq!(opened.origin, Origin::Created);
/// drop(opened);
///
/// let opened = open(&path, &OpenOptions::default(), StoreId([8; 16]))?;
/// assert_eq!(opened.marker.id, StoreId([7; 16]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Locked`], [`ErrorKind::NotAStore`], [`ErrorKind::Missing`], [`ErrorKind::NotEmpty`],
/// [`ErrorKind::MarkerDamaged`], [`ErrorKind::NewerFormat`], [`ErrorKind::WrongEngine`],
/// [`ErrorKind::EngineMissing`], [`ErrorKind::NotWritable`], [`ErrorKind::NeedsRepair`], [`ErrorKind::Corrupt`],
/// and those of the operating system.
pub fn open(path: impl AsRef<Path>, options: &OpenOptions, fresh_id: StoreId) -> Result<Opened> {
    let path = path.as_ref();
    let opened =
        open_directory(path, options, fresh_id, &mut store_marker).map_err(|error| explain(path, error))?;
    match options.access {
        Access::ReadWrite => Ok(opened),
        Access::ReadOnly => Ok(Opened {
            engine: Arc::new(ReadOnly(opened.engine)),
            ..opened
        }),
    }
}

/// Opens a store on an engine that is there already, such as [`Memory`](crate::Memory) or one of your own.
///
/// ```
/// use std::sync::Arc;
/// use quanta_storage::{Memory, Origin, StoreId, open_engine};
/// let memory = Memory::new();
/// let opened = open_engine(Arc::new(memory.clone()), StoreId([7; 16]))?;
/// assert_eq!(opened.origin, Origin::Created);
/// assert_eq!(open_engine(Arc::new(memory), StoreId([8; 16]))?.marker.id, StoreId([7; 16]));
/// # Ok::<(), quanta_storage::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::NotAStore`] if the engine holds records and no marker, besides the marker's own errors.
pub fn open_engine(engine: Arc<dyn Engine>, fresh_id: StoreId) -> Result<Opened> {
    let place = engine.name();
    if let Some(marker) = stored_marker(engine.as_ref(), place)? {
        if marker.engine != place {
            return Err(directory::wrong_engine("the engine", &marker.engine, place));
        }
        return Ok(Opened {
            engine,
            marker,
            recovery: None,
            origin: Origin::Existing,
        });
    }
    if !is_empty(engine.as_ref())? {
        let message =
            format!("the {place} engine holds records and no marker: it is no store; give it an empty one");
        return Err(Error::new(ErrorKind::NotAStore, message));
    }
    let marker = Marker::new(place, fresh_id);
    store_marker(engine.as_ref(), &marker)?;
    Ok(Opened {
        engine,
        marker,
        recovery: None,
        origin: Origin::Created,
    })
}

/// Creates a store at `path` that holds all records of `source`, under the new id `fresh_id`.
///
/// Interrupted anywhere, it leaves no store behind that could be taken for the whole one. `progress` is called
/// after each batch.
///
/// ```
/// use quanta_storage::{EngineKind, Engine, Memory, OpenOptions, StoreId, copy_to_dir, dump_digest};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.quanta");
/// let source = Memory::new();
/// let options = OpenOptions { engine: Some(EngineKind::Fjall), ..OpenOptions::default() };
/// let opened = copy_to_dir(source.snapshot()?.as_ref(), &path, &options, StoreId([7; 16]), &mut |_| {})?;
/// let copied = opened.engine.snapshot()?;
/// assert_eq!(dump_digest(copied.as_ref())?, dump_digest(source.snapshot()?.as_ref())?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::NotEmpty`] if there is a store at `path`, besides the errors of [`open`] and of the source.
pub fn copy_to_dir(
    source: &dyn Snapshot,
    path: impl AsRef<Path>,
    options: &OpenOptions,
    fresh_id: StoreId,
    progress: &mut dyn FnMut(Copied),
) -> Result<Opened> {
    let path = path.as_ref();
    let options = OpenOptions {
        create: CreateMode::MustBeNew,
        access: Access::ReadWrite,
        ..*options
    };
    let fill =
        &mut |engine: &dyn Engine, marker: &Marker| copy(source, engine, marker.id, progress).map(drop);
    open_directory(path, &options, fresh_id, fill).map_err(|error| explain(path, error))
}

/// Says what can be done about a directory that can't be written.
fn explain(path: &Path, error: Error) -> Error {
    if *error.kind() != ErrorKind::NotWritable {
        return error;
    }
    let message = format!(
        "{} can't be written, and the engine writes to its files even for reading: \
         use scratch(dir) to open a copy of it in another directory ({error})",
        path.display()
    );
    Error::new(ErrorKind::NotWritable, message).with_source(error)
}
