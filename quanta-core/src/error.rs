//! The one error of the product.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

/// What an error that was not ours says.
type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What went wrong, where, and what helps.
///
/// The message is a lower-case fragment that names table, field, key or version; the cause is kept as the source. A
/// refused change carries its plan: see [`Error::plan`].
///
/// ```
/// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let oslo = City { name: "Oslo".into(), people: 717_710 };
/// cities.insert(&oslo)?;
/// let error = cities.insert(&oslo).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::KeyExists);
/// assert!(error.to_string().contains("\"Oslo\"") && error.to_string().contains("table city"));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    /// Shared: several commits may fail for one reason.
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    detail: Option<Arc<dyn Any + Send + Sync>>,
}

/// What is wrong with one field of a row: what a function of `validate_with` answers.
///
/// ```
/// # use quantadb::{Engine, ErrorKind, FieldError, Options, QuantaEntity};
/// #[derive(QuantaEntity)]
/// #[quanta(table = "users", validate_with = check)]
/// # #[quanta(register = false)]
/// struct User {
///     #[quanta(id)]
///     id: u64,
///     mail: String,
/// }
///
/// fn check(user: &User) -> Result<(), FieldError> {
///     if user.mail.contains('@') {
///         return Ok(());
///     }
///     Err(FieldError::new("mail", "has no @"))
/// }
///
/// let db = Options::new().engine(Engine::memory()).entities::<(User,)>().open("app")?;
/// let error = db.collection::<User>().insert(&User { id: 7, mail: "ada".into() }).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Invalid);
/// assert_eq!(error.to_string(), "row 7 of table users is not valid: mail: has no @");
/// assert_eq!(error.field_errors(), [FieldError::new("mail", "has no @")]);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The path of the field, as in `address.city`; empty if the row as a whole is meant.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

impl FieldError {
    /// Says what is wrong with a field.
    ///
    /// ```
    /// # use quantadb::FieldError;
    /// let error = FieldError::new("address.city", "is no city");
    /// assert_eq!(error.to_string(), "address.city: is no city");
    /// assert_eq!(FieldError::new("", "is a duplicate").to_string(), "is a duplicate");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.problem);
        }
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl std::error::Error for FieldError {}

/// The kinds of [`Error`] that a caller may want to tell apart.
///
/// ```
/// # use quantadb::{Collection, Engine, ErrorKind, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// fn is_new(cities: &Collection<City>, city: &City) -> quantadb::Result<bool> {
///     match cities.insert(city) {
///         Ok(()) => Ok(true),
///         Err(error) if error.kind() == ErrorKind::KeyExists => Ok(false),
///         Err(error) => Err(error),
///     }
/// }
///
/// let oslo = City { name: "Oslo".into(), people: 717_710 };
/// assert!(is_new(&cities, &oslo)? && !is_new(&cities, &oslo)?);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The engine or the file system failed.
    Storage,
    /// The disk is full, or has too little left for work that can wait. Once there is room, the store has to be opened
    /// anew: it takes writes again then, and has the commit that failed whole or not at all, as after a power loss.
    /// A disk that was full for the engine's work in the background may be told as [`ErrorKind::Storage`].
    DiskFull,
    /// A snapshot on sled or in memory was open for so long that more was overwritten since than is kept for it. A new one
    /// shows what there is now.
    SnapshotTooOld,
    /// Another opener holds the store.
    Locked,
    /// There is something at the path, and it is no store.
    NotAStore,
    /// There is something at the path, and it is no backup.
    NotABackup,
    /// A migration file, or several of them together, can't be what they are: the message says which, and in which line.
    MigrationFile,
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
    /// A row that is written refers to a row that isn't there.
    Dangling,
    /// A row that others refer to can't be deleted or get another key.
    Restricted,
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
    /// A row is not what `validate_with` or a hook of the program demands: see [`Error::field_errors`].
    Invalid,
    /// A function of the program failed or panicked.
    OwnCode,
    /// The program's own [`Options::progress`](crate::Options::progress) hook ended the work: nothing was changed.
    Cancelled,
    /// A query asks what can't be asked, or finds several rows where one was asked for.
    Query,
    /// The store was closed: there is nothing more to watch.
    Closed,
    /// What is asked for is not supported yet.
    NotSupported,
}

impl Error {
    /// Makes an error of a kind.
    ///
    /// ```
    /// # use quantadb::{Engine, Error, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// // For what a transaction or a hook of the program's own refuses.
    /// let refused = db.write(|tx| {
    ///     tx.collection().insert(&City { name: "Oslo".into(), people: 0 })?;
    ///     Err::<(), _>(Error::new(ErrorKind::Invalid, "nobody lives there"))
    /// });
    /// assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    /// assert!(cities.is_empty()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    ///
    /// ```
    /// # use quantadb::{Error, ErrorKind};
    /// let error = Error::corrupt("row 7 of table users", "its name is no text");
    /// assert_eq!(error.kind(), ErrorKind::Corrupt);
    /// assert_eq!(error.to_string(), "row 7 of table users is damaged: its name is no text");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn corrupt(place: impl fmt::Display, problem: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Corrupt, format!("{place} is damaged: {problem}"))
    }

    /// Adds what caused it.
    ///
    /// ```
    /// # use quantadb::{Error, ErrorKind};
    /// use std::error::Error as _;
    ///
    /// let cause = "seven".parse::<u8>().unwrap_err();
    /// let error = Error::new(ErrorKind::Input, "the first line").with_source(cause);
    /// assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("invalid digit found in string"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    pub(crate) fn with_detail(mut self, detail: Arc<dyn Any + Send + Sync>) -> Self {
        self.0.detail = Some(detail);
        self
    }

    pub(crate) fn detail<T: 'static>(&self) -> Option<&T> {
        self.0.detail.as_deref().and_then(|detail| detail.downcast_ref())
    }

    /// Makes the error of a row that is not what the program demands.
    #[must_use]
    pub(crate) fn invalid(place: impl fmt::Display, problems: Vec<FieldError>) -> Self {
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let text = if texts.is_empty() {
            "the validator gives no reason".to_owned()
        } else {
            texts.join("; ")
        };
        Self::new(ErrorKind::Invalid, format!("{place} is not valid: {text}")).with_detail(Arc::new(problems))
    }

    /// Says which fields of a row are not valid: what a function of `validate_with` answered. Empty for other errors.
    ///
    /// ```
    /// # use quantadb::{Engine, FieldError, Options, QuantaEntity};
    /// #[derive(QuantaEntity)]
    /// #[quanta(validate_with = check)]
    /// # #[quanta(register = false)]
    /// struct User { #[quanta(id)] id: u64, age: u8 }
    ///
    /// fn check(user: &User) -> Result<(), FieldError> {
    ///     if user.age < 150 { Ok(()) } else { Err(FieldError::new("age", "is too high")) }
    /// }
    ///
    /// # let db = Options::new().engine(Engine::memory()).entities::<(User,)>().open("users")?;
    /// let error = db.collection::<User>().insert(&User { id: 7, age: 200 }).unwrap_err();
    /// assert_eq!(error.field_errors()[0].path, "age");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        self.detail::<Vec<FieldError>>().map_or(&[], Vec::as_slice)
    }

    /// Says where it happened, in front of the message.
    #[must_use]
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.0.message = format!("{place}: {}", self.0.message);
        self
    }

    /// Says what kind of error it is.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.table("town").unwrap_err().kind(), ErrorKind::NotFound);
    /// assert_eq!(db.migrate_to(7).unwrap_err().kind(), ErrorKind::NotFound);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
            Storage::NotABackup => ErrorKind::NotABackup,
            Storage::Missing => ErrorKind::Missing,
            Storage::NeedsRepair { .. } => ErrorKind::NeedsRepair,
            Storage::ReadOnly | Storage::NotWritable => ErrorKind::ReadOnly,
            Storage::InvalidBatch => ErrorKind::TooLarge,
            Storage::DiskFull => ErrorKind::DiskFull,
            Storage::SnapshotTooOld => ErrorKind::SnapshotTooOld,
            _ => ErrorKind::Storage,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}

/// Returns what a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
