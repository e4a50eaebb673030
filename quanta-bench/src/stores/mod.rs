//! The stores that are compared, one file each. Workloads know this trait alone.

mod bare;
#[cfg(feature = "peers")]
mod microrm;
#[cfg(feature = "peers")]
mod native_db;
mod quanta;
#[cfg(feature = "peers")]
mod sqlite;
#[cfg(feature = "peers")]
mod structsy;

use std::path::Path;
use std::time::Duration;

use crate::entities::Evolved;
use crate::error::Outcome;
use crate::flights::FlightStore;
use crate::rows::User;

/// Turns rows of a store into ours and back, where they have the same fields.
#[cfg(feature = "peers")]
macro_rules! same_fields {
    ($ours:ty, $theirs:ty { $($field:ident),+ $(,)? }) => {
        impl From<$ours> for $theirs {
            fn from(row: $ours) -> Self {
                Self { $($field: row.$field),+ }
            }
        }

        impl From<$theirs> for $ours {
            fn from(row: $theirs) -> Self {
                Self { $($field: row.$field),+ }
            }
        }
    };
}
#[cfg(feature = "peers")]
use same_fields;

/// A store with one table of users, which have a unique address. Each does what it is asked in the fastest way that its
/// documentation has, and as durably as the others: a write that has returned survives power loss.
pub trait Store: Send + Sync {
    /// Loads rows in the order in which they come, in as many transactions as the store likes. They last at the end.
    fn load(&self, rows: &mut dyn Iterator<Item = User>) -> Outcome<()>;

    /// Writes one row, in a transaction of its own.
    fn put(&self, user: &User) -> Outcome<()>;

    /// Reads rows by their keys, one call for each.
    fn get(&self, ids: &mut dyn Iterator<Item = u64>, each: &mut dyn FnMut(User)) -> Outcome<()>;

    /// Reads rows by their addresses, one call for each.
    fn get_by_email(
        &self,
        emails: &mut dyn Iterator<Item = String>,
        each: &mut dyn FnMut(User),
    ) -> Outcome<()>;

    /// Reads the rows from one key to before another.
    fn range(&self, from: u64, to: u64, each: &mut dyn FnMut(User)) -> Outcome<()>;

    /// Reads all rows.
    fn scan(&self, each: &mut dyn FnMut(User)) -> Outcome<()>;

    /// Adds one to the score of rows, in one transaction.
    fn update(&self, ids: &[u64]) -> Outcome<()>;

    /// Deletes rows, in one transaction.
    fn delete(&self, ids: &[u64]) -> Outcome<()>;
}

/// A store after its table has changed: the name renamed, the score widened, a level added, the note dropped.
pub trait EvolvedStore: Send {
    /// Reads a row in its new shape.
    fn get(&self, id: u64) -> Outcome<Option<Evolved>>;

    /// Reads all rows in their new shape.
    fn scan(&self, each: &mut dyn FnMut(Evolved)) -> Outcome<()>;

    /// Waits until every row is rewritten, and that lasts. Most have done so before they let anybody read.
    fn finish(&mut self) -> Outcome<()>;

    /// How much of its open was the engine's, where that can be told.
    fn engine_span(&self) -> Option<Duration> {
        None
    }

    /// Says when the rows are rewritten.
    fn rewriting(&self) -> Rewriting {
        Rewriting::Before
    }
}

/// When the rows of a changed table are rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewriting {
    /// Before the open returns.
    Before,
    /// By [`EvolvedStore::finish`].
    Later,
    /// Never: each stays as it is until it is written.
    Never,
}

/// Opens something at a place.
pub type Opens<S> = fn(&Path) -> Outcome<Box<S>>;

/// What is known of a store before it is opened.
#[derive(Clone, Copy)]
pub struct Kind {
    /// What the tables call it.
    pub name: &'static str,
    /// The bare engine that it lies on, or is.
    pub bare: Option<&'static str>,
    /// Opens or creates one.
    pub open: fn(&Path) -> Outcome<Box<dyn Store>>,
    /// Opens one that was made before the change.
    pub evolve: Result<Opens<dyn EvolvedStore>, &'static str>,
    /// Gives back what nobody needs any more, of a closed store that has changed.
    pub compact: Result<fn(&Path) -> Outcome<()>, &'static str>,
    /// Whether a change that was killed can be run again; or why not.
    pub again: Result<(), &'static str>,
    /// Opens or creates one with a table of flights.
    pub flights: Result<Opens<dyn FlightStore>, &'static str>,
    /// What it is asked to do.
    pub role: Role,
    /// Whether it lies on a disk.
    pub place: Place,
    /// Above so many rows nothing is asked of it, and why.
    pub rows_max: Option<(u64, &'static str)>,
    /// Above so many rows it isn't changed, and why.
    pub evolve_rows_max: Option<(u64, &'static str)>,
}

/// What a store is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// All workloads.
    Everything,
    /// To change its table: in all else it is one of the others.
    Evolve,
}

/// Where rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In files, which another process can open.
    Disk,
    /// Gone with the process.
    Memory,
}

/// All stores of this build, in the order of the tables.
pub fn all() -> Vec<Kind> {
    let mut all = quanta::kinds();
    all.extend(bare::kinds());
    #[cfg(feature = "peers")]
    all.extend(
        [native_db::kind(), structsy::kind(), microrm::kind()]
            .into_iter()
            .chain(sqlite::kinds()),
    );
    all
}

/// The store of a name.
pub fn find(name: &str) -> Outcome<Kind> {
    let all = all();
    let names = || all.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
    let found = all.iter().find(|kind| kind.name == name).copied();
    found.ok_or_else(|| format!("there is no store {name} in this build: there are {}", names()).into())
}
