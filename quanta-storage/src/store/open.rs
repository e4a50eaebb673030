//! Opening: what is there, lock, marker, engine, in this order.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::lock::{self, Guard, LOCK_FILE};
use super::marker::{self, MARKER_FILE, MARKER_KEY, Marker, StoreId};
use super::options::{Access, CreateMode, EngineKind, OpenOptions, Recovery};
use super::read_only::ReadOnly;
use crate::batch::{Batch, Commit, Condition, Durability};
use crate::copy::{Copied, copy};
use crate::engine::{Direction, Engine, KeyRange, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::{engines, fs as durable};

/// The directory that belongs to the engine.
pub(super) const DATA_DIR: &str = "data";

/// The marker of a store whose creation has not come to its end, and in which nothing can be lost.
pub(super) const NEW_MARKER_FILE: &str = "MARKER.new";

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
            return Err(wrong_engine("the engine", &marker.engine, place));
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

/// What a path holds, as far as opening is concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// A creation that has not come to its end.
    Unfinished,
    Store,
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

/// Puts the first records into a new store, the marker last.
type Fill<'a> = dyn FnMut(&dyn Engine, &Marker) -> Result<()> + 'a;

fn open_directory(
    path: &Path,
    options: &OpenOptions,
    fresh_id: StoreId,
    fill: &mut Fill<'_>,
) -> Result<Opened> {
    if admit(path, options)? == Found::Nothing {
        fs::create_dir_all(path)
            .map_err(|error| Error::io(format_args!("creating {}", path.display()), error))?;
    }
    let lock = lock::acquire(path)?;
    // Looked at again under the lock: another opener may have been faster.
    match admit(path, options)? {
        Found::Store => open_existing(path, options, Some(lock)),
        Found::Nothing | Found::Unfinished => create(
            path,
            options.engine.unwrap_or(EngineKind::Fjall),
            fresh_id,
            Some(lock),
            fill,
        ),
    }
}

/// Looks at what is there, and refuses what the options don't allow.
fn admit(path: &Path, options: &OpenOptions) -> Result<Found> {
    let found = inspect(path)?;
    let place = path.display();
    if found == Found::Store && options.create == CreateMode::MustBeNew {
        let message = format!("{place} holds a store already: open it, or choose another path");
        return Err(Error::new(ErrorKind::NotEmpty, message));
    }
    let may_create = options.create != CreateMode::Never && options.access == Access::ReadWrite;
    if found != Found::Store && !may_create {
        let message = format!("there is no store at {place}: check the path, or allow to create one");
        return Err(Error::new(ErrorKind::Missing, message));
    }
    Ok(found)
}

fn inspect(path: &Path) -> Result<Found> {
    let place = || format!("looking at {}", path.display());
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(not_a_store(path)),
        Err(error) => return Err(Error::io(place(), error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(|error| Error::io(place(), error))?.file_name());
    }
    let has = |name: &str| names.iter().any(|found| found == name);
    if has(MARKER_FILE) {
        return Ok(Found::Store);
    }
    let ours = [LOCK_FILE, NEW_MARKER_FILE, DATA_DIR];
    if names.iter().any(|name| !ours.iter().any(|ours| name == ours)) {
        return Err(not_a_store(path));
    }
    // The new marker is complete before the data directory is begun, so data without it is not ours to remove.
    if has(DATA_DIR) && marker::read_file(&path.join(NEW_MARKER_FILE))?.is_none() {
        return Err(not_a_store(path));
    }
    Ok(if names.is_empty() {
        Found::Nothing
    } else {
        Found::Unfinished
    })
}

fn open_existing(path: &Path, options: &OpenOptions, guard: Guard) -> Result<Opened> {
    let marker = Marker::read(path)?;
    if let Some(asked) = options.engine
        && asked.name() != marker.engine
    {
        return Err(wrong_engine(path.display(), &marker.engine, asked.name()));
    }
    let Some(kind) = EngineKind::from_name(&marker.engine) else {
        let message = format!(
            "{} was made with the engine {}, which is unknown here",
            path.display(),
            marker.engine
        );
        return Err(Error::new(ErrorKind::EngineMissing, message));
    };
    let (engine, recovery) = open_kind(kind, &path.join(DATA_DIR), guard)?;
    match stored_marker(engine.as_ref(), path.display())? {
        Some(stored) if stored == marker => {}
        Some(_) => return Err(foreign_data(path)),
        None if is_empty(engine.as_ref())? => store_marker(engine.as_ref(), &marker)?,
        None => return Err(foreign_data(path)),
    }
    Ok(Opened {
        engine,
        marker,
        recovery,
        origin: Origin::Existing,
    })
}

/// Creates a store so that its marker file appears last: until then the creation can be started over.
fn create(path: &Path, kind: EngineKind, id: StoreId, guard: Guard, fill: &mut Fill<'_>) -> Result<Opened> {
    let data = path.join(DATA_DIR);
    if data.exists() {
        fs::remove_dir_all(&data)
            .map_err(|error| Error::io(format_args!("removing the unfinished {}", data.display()), error))?;
    }
    let marker = Marker::new(kind.name(), id);
    let new_marker = path.join(NEW_MARKER_FILE);
    durable::write_synced(&new_marker, &marker.encode())?;
    durable::sync_dir(path)?;
    let (engine, recovery) = open_kind(kind, &data, guard)?;
    fill(engine.as_ref(), &marker)?;
    durable::sync_dir(path)?;
    fs::rename(&new_marker, path.join(MARKER_FILE))
        .map_err(|error| Error::io(format_args!("renaming {}", new_marker.display()), error))?;
    durable::sync_dir(path)?;
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        durable::sync_dir(parent)?;
    }
    Ok(Opened {
        engine,
        marker,
        recovery,
        origin: Origin::Created,
    })
}

fn open_kind(kind: EngineKind, data: &Path, guard: Guard) -> Result<(Arc<dyn Engine>, Option<Recovery>)> {
    match kind {
        EngineKind::Fjall => engines::fjall::open(data, guard),
        #[cfg(feature = "sled")]
        EngineKind::Sled => Ok((engines::sled::open(data, guard)?, None)),
        #[cfg(not(feature = "sled"))]
        EngineKind::Sled => {
            let message = format!(
                "{} needs the engine sled: build with the feature `sled`",
                data.display()
            );
            Err(Error::new(ErrorKind::EngineMissing, message))
        }
    }
}

fn stored_marker(engine: &dyn Engine, place: impl std::fmt::Display) -> Result<Option<Marker>> {
    let mut bytes = Vec::new();
    if !engine.get(MARKER_KEY, &mut |value| bytes = value.to_vec())? {
        return Ok(None);
    }
    Marker::decode(&bytes, format_args!("the records of {place}")).map(Some)
}

fn store_marker(engine: &dyn Engine, marker: &Marker) -> Result<()> {
    let mut batch = Batch::new();
    batch.require(Condition::Absent(MARKER_KEY.to_vec()));
    batch.put(MARKER_KEY, marker.encode());
    match engine.commit(&batch, Durability::Sync)? {
        Commit::Done => Ok(()),
        Commit::Refused { .. } => {
            let message = "another opener made a store of this engine at the same time: open it again";
            Err(Error::new(ErrorKind::NotEmpty, message))
        }
    }
}

pub(crate) fn is_empty(engine: &dyn Engine) -> Result<bool> {
    let mut all = engine.snapshot()?.scan(&KeyRange::all(), Direction::Forward)?;
    Ok(all.next()?.is_none())
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

fn not_a_store(path: &Path) -> Error {
    let message = format!(
        "{} is no store: there is no {MARKER_FILE} in it; choose another path",
        path.display()
    );
    Error::new(ErrorKind::NotAStore, message)
}

fn foreign_data(path: &Path) -> Error {
    let message = format!(
        "marker and data belong to different stores in {}: restore both together",
        path.display()
    );
    Error::new(ErrorKind::Corrupt, message)
}

fn wrong_engine(place: impl std::fmt::Display, stored: &str, asked: &str) -> Error {
    let message = format!(
        "{place} was made with the engine {stored}, not {asked}: leave the engine out or choose {stored}, \
         or `copy` the store to {asked}"
    );
    Error::new(
        ErrorKind::WrongEngine {
            stored: stored.to_owned(),
        },
        message,
    )
}
