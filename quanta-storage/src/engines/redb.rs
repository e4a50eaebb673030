//! The engine `redb`: a B-tree with copy-on-write pages in one file, with snapshots of its own.

use std::fs::create_dir_all;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{AccessGuard, Database, Range, ReadOnlyTable, ReadableDatabase, TableDefinition};

use crate::batch::{Batch, Commit, Durability, Operation};
use crate::commits::Commits;
use crate::engine::{Cursor, Direction, Engine, Entry, KeyRange, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::store::Guard;

const CACHE_BYTES: usize = 64 * 1024 * 1024;
const FILE: &str = "quanta.redb";
const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("quanta");

type Rows = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// Opens or creates the engine in a directory of its own, and keeps `guard` as long as anything of it is in use.
pub(crate) fn open(path: &Path, guard: Guard) -> Result<Arc<dyn Engine>> {
    create_dir_all(path).map_err(|error| Error::io(format_args!("creating {}", path.display()), error))?;
    // Whoever creates a store begins with no file at all.
    if std::fs::metadata(path.join(FILE)).is_ok_and(|file| file.len() == 0) {
        let message = format!("the redb file in {} is empty: restore a backup", path.display());
        return Err(Error::new(ErrorKind::Corrupt, message));
    }
    let opened = panic::catch_unwind(AssertUnwindSafe(|| open_file(path))).map_err(|_| {
        let message = format!(
            "redb gave up opening {}: its file is damaged; restore a backup",
            path.display()
        );
        Error::new(ErrorKind::Corrupt, message)
    })?;
    let (database, rows) = opened.map_err(|error| from_redb("opening", path, error))?;
    fs::sync_dir(path)?;
    Ok(Arc::new(Redb {
        visible: RwLock::new(Some(Arc::new(rows))),
        inner: Arc::new(Inner {
            database,
            path: path.to_path_buf(),
            _guard: guard,
        }),
        commits: Commits::default(),
    }))
}

fn open_file(path: &Path) -> std::result::Result<(Database, Rows), redb::Error> {
    let mut builder = Database::builder();
    let database = builder.set_cache_size(CACHE_BYTES).create(path.join(FILE))?;
    let rows = match present(&database) {
        Ok(rows) => rows,
        Err(redb::Error::TableDoesNotExist(_)) => {
            let transaction = database.begin_write()?;
            transaction.open_table(TABLE)?;
            transaction.commit()?;
            present(&database)?
        }
        Err(error) => return Err(error),
    };
    Ok((database, rows))
}

/// Returns the rows as they are now, for as long as they are looked at.
fn present(database: &Database) -> std::result::Result<Rows, redb::Error> {
    Ok(database.begin_read()?.open_table(TABLE)?)
}

/// What snapshots and cursors share with the engine, so that they can outlive it.
struct Inner {
    database: Database,
    path: PathBuf,
    // Released last: fields are dropped in the order in which they are declared.
    _guard: Guard,
}

impl Inner {
    fn error<E: Into<redb::Error>>(&self, action: &str) -> impl Fn(E) -> Error {
        move |error| from_redb(action, &self.path, error.into())
    }
}

struct Redb {
    /// What readers see: the state after the last commit. The first reader behind a commit looks it up: many commits are
    /// followed by another one, and whoever looks at a past state keeps its pages from being used again.
    visible: RwLock<Option<Arc<Rows>>>,
    inner: Arc<Inner>,
    commits: Commits,
}

impl std::fmt::Debug for Redb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redb")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

impl Redb {
    /// Returns the rows as readers see them.
    fn rows(&self) -> Result<Arc<Rows>> {
        let visible = self.visible.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = visible.as_ref() {
            return Ok(Arc::clone(rows));
        }
        drop(visible);
        // All readers go by the first one: nobody may go back behind what another one has seen.
        let mut visible = self.visible.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = visible.as_ref() {
            return Ok(Arc::clone(rows));
        }
        // It may be of a commit that is about to end: that is whole, and lasts if it has to, also where redb fails behind
        // that and the writer is told of an error.
        let rows = guarded(
            || present(&self.inner.database),
            self.inner.error("reading"),
            &self.inner,
        )?;
        Ok(Arc::clone(visible.insert(Arc::new(rows))))
    }

    fn write(&self, batch: &Batch, durability: Durability) -> std::result::Result<(), redb::Error> {
        let mut transaction = self.inner.database.begin_write()?;
        transaction.set_durability(match durability {
            Durability::Sync => redb::Durability::Immediate,
            Durability::Buffered => redb::Durability::None,
        })?;
        {
            let mut rows = transaction.open_table(TABLE)?;
            for write in batch.effective() {
                match write {
                    Operation::Put(key, value) => drop(rows.insert(key.as_slice(), value.as_slice())?),
                    Operation::Delete(key) => drop(rows.remove(key.as_slice())?),
                }
            }
        }
        transaction.commit()?;
        let past = self
            .visible
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(past);
        Ok(())
    }
}

impl Engine for Redb {
    fn name(&self) -> &'static str {
        "redb"
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        find(&*self.rows()?, &self.inner, key, read)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        Ok(Box::new(View {
            rows: self.rows()?,
            inner: Arc::clone(&self.inner),
        }))
    }

    fn commit(&self, batch: &Batch, durability: Durability) -> Result<Commit> {
        let write = || {
            if batch.is_empty() && durability == Durability::Buffered {
                return Ok(());
            }
            let written = self.write(batch, durability);
            written.map_err(self.inner.error("writing to"))
        };
        self.commits.commit(batch, |key, read| self.get(key, read), write)
    }

    fn flush(&self) -> Result<()> {
        // A commit that lasts makes those before it last too.
        let sync = || self.write(&Batch::new(), Durability::Sync);
        self.commits.sync(|| sync().map_err(self.inner.error("syncing")))
    }

    fn disk_bytes(&self) -> Result<u64> {
        fs::disk_bytes(&self.inner.path)
    }

    fn free_bytes(&self) -> Result<Option<u64>> {
        fs::free_bytes(&self.inner.path)
    }
}

/// Reads one key of a state.
fn find(rows: &Rows, inner: &Inner, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
    let value = guarded(|| rows.get(key), inner.error("reading"), inner)?;
    if let Some(value) = &value {
        read(value.value());
    }
    Ok(value.is_some())
}

struct View {
    rows: Arc<Rows>,
    inner: Arc<Inner>,
}

impl Snapshot for View {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        find(&self.rows, &self.inner, key, read)
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> Result<Box<dyn Cursor>> {
        let entries = match range.is_empty() {
            true => None,
            false => {
                let entries = || self.rows.range::<&[u8]>(range.bounds());
                Some(guarded(entries, self.inner.error("scanning"), &self.inner)?)
            }
        };
        Ok(Box::new(Walk {
            entries,
            direction,
            current: None,
            inner: Arc::clone(&self.inner),
        }))
    }
}

type Found = (
    AccessGuard<'static, &'static [u8]>,
    AccessGuard<'static, &'static [u8]>,
);

/// A cursor; the iterator keeps the state that it shows alive, and goes only after what it has lent.
struct Walk {
    current: Option<Found>,
    entries: Option<Range<'static, &'static [u8], &'static [u8]>>,
    direction: Direction,
    inner: Arc<Inner>,
}

impl Cursor for Walk {
    fn next(&mut self) -> Result<Option<Entry<'_>>> {
        let Some(entries) = &mut self.entries else {
            return Ok(None);
        };
        let entry = || match self.direction {
            Direction::Forward => entries.next().transpose(),
            Direction::Backward => entries.next_back().transpose(),
        };
        self.current = guarded(entry, self.inner.error("scanning"), &self.inner)?;
        if self.current.is_none() {
            self.entries = None;
        }
        Ok(self
            .current
            .as_ref()
            .map(|(key, value)| (key.value(), value.value())))
    }
}

/// Reads, and makes an error of a panic: that is what redb does about some damaged pages.
fn guarded<T, E>(
    read: impl FnOnce() -> std::result::Result<T, E>,
    error: impl Fn(E) -> Error,
    inner: &Inner,
) -> Result<T> {
    match panic::catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(error),
        Err(_) => {
            let place = inner.path.display();
            let message =
                format!("the redb file in {place} is damaged: reading it panicked; restore a backup");
            Err(Error::new(ErrorKind::Corrupt, message))
        }
    }
}

fn from_redb(action: &str, path: &Path, error: redb::Error) -> Error {
    let place = format!("{action} the redb file in {}", path.display());
    match error {
        redb::Error::Io(error) => Error::io(place, error),
        redb::Error::PreviousIo => Error::poisoned(None),
        redb::Error::DatabaseAlreadyOpen => Error::new(
            ErrorKind::Locked {
                holder: None,
                path: path.to_path_buf(),
            },
            format!("{place}: another opener holds it; close it first"),
        ),
        error => Error::new(ErrorKind::Corrupt, format!("{place}: {error}")).with_source(error),
    }
}
