//! The directory of a store: what is there, lock, marker, engine, in this order.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::lock::{self, Guard, LOCK_FILE};
use super::marker::{self, MARKER_FILE, Marker, StoreId};
use super::open::{Opened, Origin};
use super::options::{Access, CreateMode, EngineKind, OpenOptions, Recovery};
use super::records::{is_empty, store_marker, stored_marker};
use super::rewrite;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::{engines, fs as durable};

/// The directory that belongs to the engine.
pub(super) const DATA_DIR: &str = "data";

/// The marker of a store whose creation has not come to its end, and in which nothing can be lost.
pub(super) const NEW_MARKER_FILE: &str = "MARKER.new";

/// What a path holds, as far as opening is concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// A creation that has not come to its end.
    Unfinished,
    Store,
}

/// Puts the first records into a new store, the marker last.
pub(super) type Fill<'a> = dyn FnMut(&dyn Engine, &Marker) -> Result<()> + 'a;

pub(super) fn open_directory(
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
    let kind = EngineKind::from_name(&marker.engine).ok_or_else(|| unknown_engine(path, &marker))?;
    rewrite::finish(path)?;
    let data = path.join(DATA_DIR);
    if is_gone(&data)? {
        return Err(lost_data(path));
    }
    let (engine, recovery) = open_kind(kind, &data, guard)?;
    match stored_marker(engine.as_ref(), path.display())? {
        Some(stored) if stored == marker => {}
        Some(_) => return Err(foreign_data(path)),
        // A repair may have cut off everything, and has said so.
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
    durable::sync_parent(path)?;
    Ok(Opened {
        engine,
        marker,
        recovery,
        origin: Origin::Created,
    })
}

pub(super) fn open_kind(
    kind: EngineKind,
    data: &Path,
    guard: Guard,
) -> Result<(Arc<dyn Engine>, Option<Recovery>)> {
    match kind {
        EngineKind::Fjall => engines::fjall::open(data, guard),
        #[cfg(feature = "sled")]
        EngineKind::Sled => Ok((engines::sled::open(data, guard)?, None)),
        #[cfg(not(feature = "sled"))]
        EngineKind::Sled => Err(not_built_in(kind, data)),
        #[cfg(feature = "redb")]
        EngineKind::Redb => Ok((engines::redb::open(data, guard)?, None)),
        #[cfg(not(feature = "redb"))]
        EngineKind::Redb => Err(not_built_in(kind, data)),
    }
}

#[cfg(not(all(feature = "sled", feature = "redb")))]
fn not_built_in(kind: EngineKind, data: &Path) -> Error {
    let (data, name) = (data.display(), kind.name());
    let message = format!("{data} needs the engine {name}: build with the feature `{name}`");
    Error::new(ErrorKind::EngineMissing, message)
}

/// Tells whether an engine's directory is missing or empty. The marker's file is the last that a creation writes, so that
/// there was something in it.
fn is_gone(data: &Path) -> Result<bool> {
    match fs::read_dir(data) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Error::io(format_args!("looking at {}", data.display()), error)),
    }
}

fn lost_data(path: &Path) -> Error {
    let message = format!(
        "{} is a store whose records are gone: its directory `{DATA_DIR}` was removed or emptied. Restore that from a backup; to \
         begin anew, remove the whole directory of the store",
        path.display()
    );
    Error::new(ErrorKind::Corrupt, message)
}

pub(super) fn unknown_engine(path: &Path, marker: &Marker) -> Error {
    let message = format!(
        "{} was made with the engine {}, which is unknown here",
        path.display(),
        marker.engine
    );
    Error::new(ErrorKind::EngineMissing, message)
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

pub(super) fn wrong_engine(place: impl std::fmt::Display, stored: &str, asked: &str) -> Error {
    let message = format!(
        "{place} was made with the engine {stored}, not {asked}: leave the engine out or choose {stored}, \
         or copy the store to {asked} with `Database::copy_to`"
    );
    Error::new(
        ErrorKind::WrongEngine {
            stored: stored.to_owned(),
        },
        message,
    )
}
