//! The one error of this crate.

use std::io;
use std::path::PathBuf;

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What went wrong in a store or an engine, where, and what helps.
///
/// Its message is a lower-case fragment that names the place and the fix; the cause is kept as its source.
// Transparent over a box, because results of single reads carry the error on their hot path.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Inner>);

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Inner {
    kind: ErrorKind,
    message: String,
    #[source]
    source: Option<Source>,
}

/// The kinds of [`Error`] that a caller may want to tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system failed a read or a write.
    Io,
    /// Another opener holds the store.
    Locked {
        /// The process that holds it, if it can be read.
        holder: Option<u32>,
        /// The lock file.
        path: PathBuf,
    },
    /// The marker file is not one that this crate wrote in full.
    MarkerDamaged,
    /// The store was made with another engine than the one asked for.
    WrongEngine {
        /// The engine that the store records.
        stored: String,
    },
    /// The store was written by a newer version of this crate.
    NewerFormat {
        /// The format version that the store records.
        found: u32,
    },
    /// There is something at the path, and it is no store.
    NotAStore,
    /// There is something at the path, and it is no backup.
    NotABackup,
    /// There is nothing at the path, and nothing may be created.
    Missing,
    /// Something is there already that must not be overwritten.
    NotEmpty,
    /// The engine is not built into this program.
    EngineMissing,
    /// What is stored contradicts itself.
    Corrupt,
    /// The store has a damage that opening must not mend by itself.
    NeedsRepair {
        /// The damaged file.
        file: PathBuf,
    },
    /// A write failed earlier, so that no further one is accepted until the store is opened again.
    Poisoned,
    /// The snapshot lived longer than the engine could keep what was overwritten since.
    SnapshotTooOld,
    /// The store was opened for reading only.
    ReadOnly,
    /// The device has no space left.
    DiskFull,
    /// The directory can't be written, which the engine needs even for reading.
    NotWritable,
    /// A batch writes a key or value that no engine can hold.
    InvalidBatch,
}

impl Error {
    /// Makes an error of a kind; the message names the place and, where it is known, the fix.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
        }))
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Makes an error out of one of the operating system, while doing what `place` says.
    ///
    /// ```
    /// use quanta_storage::{Error, ErrorKind};
    /// let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    /// assert_eq!(Error::io("writing the marker", full).kind(), &ErrorKind::DiskFull);
    /// ```
    #[must_use]
    pub fn io(place: impl std::fmt::Display, source: io::Error) -> Self {
        let kind = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::DiskFull,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorKind::NotWritable,
            _ => ErrorKind::Io,
        };
        Self::new(kind, format!("{place}: {source}")).with_source(source)
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Returns the message, which [`Display`](std::fmt::Display) shows too.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Says that a write failed earlier, and why, where that is known.
    pub(crate) fn poisoned(why: Option<&str>) -> Self {
        let why = why.map_or_else(String::new, |why| format!(" ({why})"));
        let message = format!(
            "an earlier write failed{why}, so the store takes no further ones: close it and open it again"
        );
        Self::new(ErrorKind::Poisoned, message)
    }
}
