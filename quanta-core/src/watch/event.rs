//! What happened to a row.

use crate::collection::Decode;
use crate::error::{Error, ErrorKind, Result};
use crate::txn::{RowChange, Table};

/// What a transaction does to a row, on the whole: hooks see it before the commit or after it.
///
/// A row that gets another key is one row deleted, and another one inserted.
///
/// ```
/// # use quantadb::{Change, Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// let (sender, seen) = std::sync::mpsc::channel();
/// let options = Options::new().engine(Engine::memory()).entities::<(City,)>();
/// let options = options.after_write::<City>(move |change| match change {
///     Change::Inserted(city) => drop(sender.send(city.name.clone())),
///     Change::Updated { .. } | Change::Deleted(_) => {}
/// });
/// let db = options.open("cities")?;
/// db.collection().insert(&City { name: "Oslo".into(), people: 717_710 })?;
/// assert_eq!(seen.recv().as_deref(), Ok("Oslo"));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// There was no row with that key.
    Inserted(T),
    /// A row is replaced.
    Updated {
        /// As it was before the transaction.
        old: T,
        /// As the transaction leaves it.
        new: T,
    },
    /// A row is removed. This is as it was before the transaction.
    Deleted(T),
}

impl<T> Change<T> {
    pub(super) fn decoded(table: &Table, change: &RowChange, decode: Decode<T>) -> Result<Self> {
        let row = |body: &Vec<u8>| decode(table, &change.row_key, body);
        match (&change.old, &change.new) {
            (None, Some(new)) => Ok(Self::Inserted(row(new)?)),
            (Some(old), Some(new)) => Ok(Self::Updated {
                old: row(old)?,
                new: row(new)?,
            }),
            (Some(old), None) => Ok(Self::Deleted(row(old)?)),
            (None, None) => {
                let problem = format!("a change of table {} has no row", table.name);
                Err(Error::new(ErrorKind::Value, problem))
            }
        }
    }

    /// Returns the row before; none if there was none.
    ///
    /// ```
    /// # use quantadb::Change;
    /// assert_eq!(Change::Updated { old: 1, new: 2 }.before(), Some(&1));
    /// assert_eq!(Change::Deleted(1).before(), Some(&1));
    /// assert_eq!(Change::Inserted(1).before(), None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn before(&self) -> Option<&T> {
        match self {
            Self::Updated { old, .. } | Self::Deleted(old) => Some(old),
            Self::Inserted(_) => None,
        }
    }

    /// Returns the row after; none if it is gone.
    ///
    /// ```
    /// # use quantadb::Change;
    /// assert_eq!(Change::Updated { old: 1, new: 2 }.after(), Some(&2));
    /// assert_eq!(Change::Inserted(2).after(), Some(&2));
    /// assert_eq!(Change::Deleted(2).after(), None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn after(&self) -> Option<&T> {
        match self {
            Self::Inserted(new) | Self::Updated { new, .. } => Some(new),
            Self::Deleted(_) => None,
        }
    }
}

/// What a watch tells.
///
/// ```
/// # use quantadb::{Engine, Event, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let watch = db.watch::<City>().capacity(1).start()?;
/// for name in ["Bergen", "Oslo", "Turku"] {
///     cities.insert(&City { name: name.into(), people: 0 })?;
/// }
/// assert_eq!(watch.recv()?, Event::Lagged(2)); // There was room for one.
/// assert_eq!(watch.recv()?, Event::Inserted(City { name: "Turku".into(), people: 0 }));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<T> {
    /// A row came, or one that was there came under the filter of the watch.
    Inserted(T),
    /// A row was replaced.
    Updated {
        /// As it was before the transaction.
        old: T,
        /// As the transaction left it.
        new: T,
    },
    /// A row went, or one that is there left the filter of the watch: this is what it was before.
    Deleted(T),
    /// So many events were lost here, because too many waited. What the watch knows of the table is no longer right:
    /// read it again, and go on.
    Lagged(u64),
}

impl<T> From<Change<T>> for Event<T> {
    fn from(change: Change<T>) -> Self {
        match change {
            Change::Inserted(row) => Self::Inserted(row),
            Change::Updated { old, new } => Self::Updated { old, new },
            Change::Deleted(row) => Self::Deleted(row),
        }
    }
}
