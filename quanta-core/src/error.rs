//! The one error of the product.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What went wrong, where, and what helps.
///
/// The message is a lower-case fragment that names table, field, key or version; the cause is kept as the source. A
/// refused change carries its plan: see [`Error::plan`].
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Source>,
    detail: Option<Arc<dyn Any + Send + Sync>>,
}

/// The kinds of [`Error`] that a caller may want to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The engine or the file system failed.
    Storage,
    /// Another opener holds the store.
    Locked,
    /// There is something at the path, and it is no store.
    NotAStore,
    /// There is nothing at the path, and nothing may be created.
    Missing,
    /// The store was made with another engine than the one asked for.
    WrongEngine,
    /// A newer version of this crate wrote the store.
    NewerFormat,
    /// What is stored contradicts itself; the message says where.
    Corrupt,
    /// The store has a damage that opening must not mend by itself.
    NeedsRepair,
    /// A declaration of an entity is wrong.
    Declaration,
    /// A change can't be made as it stands; the plan says why and what to write instead.
    Refused,
    /// The store is newer than this program.
    Older,
    /// The store was rolled back by hand and is held there.
    Held,
    /// The schema has moved since this handle was opened.
    SchemaMoved,
    /// A row with the key exists.
    KeyExists,
    /// Another row has the value that a row is to have under a unique index.
    NotUnique,
    /// There is no such row, table, version, revision or release.
    NotFound,
    /// The name that a release is to have names another revision.
    NameTaken,
    /// The name that a release is to have is empty, too long or not printable.
    BadName,
    /// A value can't be stored, or a stored one is not of the type asked for.
    Value,
    /// A key, a row or a record of the catalogue is over its limit.
    TooLarge,
    /// A transaction writes more than one may: `load` makes several of them.
    TransactionTooLarge,
    /// Rows that were to be read in are no rows of the table, or what they are read from failed.
    Input,
    /// The store was opened for reading only, or can't be written.
    ReadOnly,
    /// A function of the program failed or panicked.
    OwnCode,
    /// What is asked for is not supported yet.
    NotSupported,
}

impl Error {
    /// Makes an error of a kind.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
            detail: None,
        }))
    }

    /// Makes an error about something that is stored and contradicts itself.
    #[must_use]
    pub fn corrupt(place: impl fmt::Display, problem: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Corrupt, format!("{place} is damaged: {problem}"))
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_detail(mut self, detail: Arc<dyn Any + Send + Sync>) -> Self {
        self.0.detail = Some(detail);
        self
    }

    pub(crate) fn detail<T: 'static>(&self) -> Option<&T> {
        self.0.detail.as_deref().and_then(|detail| detail.downcast_ref())
    }

    /// Says what kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}

impl From<quanta_storage::Error> for Error {
    fn from(error: quanta_storage::Error) -> Self {
        use quanta_storage::ErrorKind as Storage;
        let kind = match error.kind() {
            Storage::Locked { .. } => ErrorKind::Locked,
            Storage::MarkerDamaged | Storage::Corrupt => ErrorKind::Corrupt,
            Storage::WrongEngine { .. } | Storage::EngineMissing => ErrorKind::WrongEngine,
            Storage::NewerFormat { .. } => ErrorKind::NewerFormat,
            Storage::NotAStore => ErrorKind::NotAStore,
            Storage::Missing => ErrorKind::Missing,
            Storage::NeedsRepair { .. } => ErrorKind::NeedsRepair,
            Storage::ReadOnly | Storage::NotWritable => ErrorKind::ReadOnly,
            Storage::InvalidBatch => ErrorKind::TooLarge,
            _ => ErrorKind::Storage,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}
