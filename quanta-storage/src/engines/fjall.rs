//! The default engine, `fjall`: a log-structured merge tree with snapshots of its own.

use std::io;
use std::ops::Bound;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use fjall::{AbstractTree, CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode, Slice};
use lsm_tree::{Guard as _, IterGuardImpl};

use super::fjall_close::Journal;
use super::fjall_journal::{self, Mending};
use crate::batch::{Batch, Commit, Durability, Operation};
use crate::commits::Commits;
use crate::engine::{Cursor, Direction, Engine, Entry, KeyRange, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::store::{Guard, Recovery};

/// What stands in memory has to be put there again from the journal at the next opening.
const MEMTABLE_BYTES: u64 = 8 * 1024 * 1024;
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
const JOURNALS_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// How many small commits may go by before what readers see is pinned anew, and what is small: one record, buffered, of so
/// many bytes. Together they are less than fjall keeps in memory.
const PIN_COMMITS_MAX: u64 = 64;
const PIN_COMMIT_BYTES_MAX: usize = 4 * 1024;

/// How often it is looked whether fjall's threads have written their tables.
const TABLES_POLL: Duration = Duration::from_micros(500);
const KEYSPACE: &str = "quanta";

/// Opens or creates the engine in a directory of its own, and keeps `guard` as long as anything of it is in use.
pub(crate) fn open(path: &Path, guard: Guard) -> Result<(Arc<dyn Engine>, Option<Recovery>)> {
    let recovered = fjall_journal::recover(path, Mending::Refuse)?;
    let opened = panic::catch_unwind(AssertUnwindSafe(|| open_database(path))).map_err(|_| {
        let message = format!(
            "fjall gave up opening {}: its files are damaged; restore a backup",
            path.display()
        );
        Error::new(ErrorKind::Corrupt, message)
    })?;
    let (keyspace, database) = opened.map_err(|error| from_fjall("opening", path, error))?;
    let pin = database.snapshot();
    let engine = Fjall {
        visible: AtomicU64::new(pin.seqno()),
        pin: RwLock::new(Arc::new(pin)),
        inner: Arc::new(Inner {
            keyspace,
            database,
            journal: Journal::new(path.to_path_buf(), recovered.bytes),
            commits: Commits::default(),
            path: path.to_path_buf(),
            _guard: guard,
        }),
    };
    Ok((Arc::new(engine), recovered.recovery))
}

/// Cuts damaged journals of a closed engine at the damage, whatever follows.
pub(crate) fn repair(path: &Path) -> Result<Option<Recovery>> {
    fjall_journal::recover(path, Mending::Cut).map(|recovered| recovered.recovery)
}

fn open_database(path: &Path) -> fjall::Result<(Keyspace, Database)> {
    let database = Database::builder(path)
        .cache_size(CACHE_BYTES)
        .max_journaling_size(JOURNALS_BYTES_MAX)
        // Recovery would have to decompress and compress every large value to check it.
        .journal_compression(CompressionType::None)
        .open()?;
    let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
    let keyspace = database.keyspace(KEYSPACE, options)?;
    Ok((keyspace, database))
}

/// What snapshots and cursors share with the engine, so that they can outlive it.
///
/// Fields are dropped in the order in which they are declared.
struct Inner {
    keyspace: Keyspace,
    database: Database,
    /// Shortened once fjall is closed.
    journal: Journal,
    commits: Commits,
    path: PathBuf,
    // Released last.
    _guard: Guard,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.commits.is_poisoned() {
            return;
        }
        if let Err(problem) = self.journal.settle(|| self.write_tables()) {
            // What was committed stands in the journal.
            tracing::warn!(path = %self.path.display(), %problem, "could not bring the journal into tables");
        }
    }
}

impl Inner {
    /// Brings everything that stands in memory into tables. False if somebody wrote meanwhile.
    ///
    /// # Errors
    ///
    /// Those of fjall, also in its own threads: its own function for this waits for ever after such a one.
    #[expect(
        clippy::disallowed_methods,
        reason = "fjall's threads tell nobody when they have written"
    )]
    fn write_tables(&self) -> fjall::Result<bool> {
        self.database.persist(PersistMode::SyncAll)?;
        self.keyspace.rotate_memtable()?;
        let tree = &self.keyspace.tree;
        while tree.sealed_memtable_count() > 0 {
            // Says whether one of the threads has given up.
            self.database.persist(PersistMode::Buffer)?;
            thread::sleep(TABLES_POLL);
        }
        Ok(tree.get_highest_persisted_seqno() == tree.get_highest_seqno())
    }

    /// Reads one key of a state.
    fn get(&self, key: &[u8], visible: u64, read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        if key.is_empty() {
            return Ok(false);
        }
        let found = self.keyspace.tree.get(key, visible);
        let value = found.map_err(|error| self.error("reading")(error.into()))?;
        if let Some(value) = &value {
            read(value);
        }
        Ok(value.is_some())
    }

    fn error(&self, action: &str) -> impl Fn(fjall::Error) -> Error {
        move |error| from_fjall(action, &self.path, error)
    }
}

struct Fjall {
    /// What readers see: what has a lower sequence number, which is all up to the last commit, once it was synced if it had
    /// to be.
    ///
    /// It is moved only while no commit is running. The background work of fjall 3.1 moves its own visible sequence number
    /// past batches that are still being applied, so that a snapshot taken beside one can see a part of it.
    visible: AtomicU64,
    /// Keeps fjall from forgetting what readers see: it is never ahead of that. It costs more than to move a number does,
    /// and may be some writes behind.
    pin: RwLock<Arc<fjall::Snapshot>>,
    /// Dropped behind the state above, which it has to outlive.
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Fjall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fjall")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

impl Fjall {
    /// Returns what readers see now, and what keeps it there: looked at first, so that it isn't ahead.
    fn visible(&self) -> (Arc<fjall::Snapshot>, u64) {
        let pin = Arc::clone(&self.pin.read().unwrap_or_else(PoisonError::into_inner));
        (pin, self.visible.load(Ordering::Acquire))
    }

    /// Shows readers the present state. The caller holds the turn, and no write has failed.
    fn renew_visible(&self) {
        let present = Arc::new(self.inner.database.snapshot());
        self.visible.store(present.seqno(), Ordering::Release);
        let mut pin = self.pin.write().unwrap_or_else(PoisonError::into_inner);
        let past = std::mem::replace(&mut *pin, present);
        drop(pin);
        drop(past);
    }

    /// Shows readers the state behind one more small commit. The caller holds the turn, and no write has failed.
    fn advance_visible(&self) {
        let pinned = self.pin.read().unwrap_or_else(PoisonError::into_inner).seqno();
        let present = self.inner.database.visible_seqno();
        // fjall takes a pin of nothing for none.
        if pinned == 0 || present - pinned > PIN_COMMITS_MAX {
            self.renew_visible();
        } else {
            self.visible.store(present, Ordering::Release);
        }
    }

    fn write(&self, batch: &Batch, durability: Durability) -> fjall::Result<Written> {
        let mode = match durability {
            Durability::Sync => PersistMode::SyncAll,
            Durability::Buffered => PersistMode::Buffer,
        };
        if batch.is_empty() {
            return self.inner.database.persist(mode).map(|()| Written::Batch);
        }
        self.inner.journal.add(batch.bytes());
        if let (Durability::Buffered, [write]) = (durability, batch.operations()) {
            return self.write_alone(write).map(|()| Written::Alone);
        }
        let mut writes = self.inner.database.batch().durability(Some(mode));
        for write in batch.effective() {
            match write {
                Operation::Put(key, value) => {
                    writes.insert(&self.inner.keyspace, key.as_slice(), value.as_slice());
                }
                Operation::Delete(key) => writes.remove(&self.inner.keyspace, key.as_slice()),
            }
        }
        writes.commit().map(|()| Written::Batch)
    }

    /// Writes what stands in the journal as a batch of one does, by the shorter way that fjall has for it. That applies the
    /// write without syncing it, so it is no way for one that has to last.
    fn write_alone(&self, write: &Operation) -> fjall::Result<()> {
        let keyspace = &self.inner.keyspace;
        match write {
            Operation::Put(key, value) => keyspace.insert(key.as_slice(), value.as_slice()),
            Operation::Delete(key) => keyspace.remove(key.as_slice()),
        }
    }
}

/// How a batch was written.
enum Written {
    /// As it is.
    Batch,
    /// As the one write that it has.
    Alone,
}

impl Engine for Fjall {
    fn name(&self) -> &'static str {
        "fjall"
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let (_pin, visible) = self.visible();
        self.inner.get(key, visible, read)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        // An old state keeps files and memory of the engine alive, so it is renewed whenever nobody writes.
        if self.visible.load(Ordering::Acquire) != self.inner.database.visible_seqno()
            && let Some(_turn) = self.inner.commits.try_turn()
        {
            self.renew_visible();
        }
        let (pin, visible) = self.visible();
        Ok(Box::new(View {
            visible,
            pin,
            inner: Arc::clone(&self.inner),
        }))
    }

    fn commit(&self, batch: &Batch, durability: Durability) -> Result<Commit> {
        let write = || {
            let written = self.write(batch, durability);
            match written.map_err(self.inner.error("writing to"))? {
                Written::Alone if batch.bytes() <= PIN_COMMIT_BYTES_MAX => self.advance_visible(),
                _ => self.renew_visible(),
            }
            Ok(())
        };
        self.inner
            .commits
            .commit(batch, |key, read| self.get(key, read), write)
    }

    fn flush(&self) -> Result<()> {
        let persist = || self.inner.database.persist(PersistMode::SyncAll);
        self.inner
            .commits
            .sync(|| persist().map_err(self.inner.error("syncing")))
    }

    fn disk_bytes(&self) -> Result<u64> {
        fs::disk_bytes(&self.inner.path)
    }

    fn free_bytes(&self) -> Result<Option<u64>> {
        fs::free_bytes(&self.inner.path)
    }

    fn compact(&self) -> Result<()> {
        self.inner.commits.check()?;
        // What the last commits have overwritten is to go too.
        if let Some(_turn) = self.inner.commits.try_turn() {
            self.renew_visible();
        }
        self.inner.write_tables().map_err(self.inner.error("flushing"))?;
        let keyspace = &self.inner.keyspace;
        keyspace.major_compact().map_err(self.inner.error("compacting"))
    }
}

/// Fields are dropped in the order in which they are declared: the engine outlives the pin.
struct View {
    visible: u64,
    pin: Arc<fjall::Snapshot>,
    inner: Arc<Inner>,
}

impl Snapshot for View {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.inner.get(key, self.visible, read)
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> Result<Box<dyn Cursor>> {
        if range.is_empty() {
            return Ok(Box::new(Nothing));
        }
        // No key is empty, and the tree takes no empty bound. An empty end was an empty range.
        let start = match range.start.as_ref().map(Vec::as_slice) {
            Bound::Included([]) | Bound::Excluded([]) => Bound::Unbounded,
            start => start,
        };
        let end = range.end.as_ref().map(Vec::as_slice);
        if matches!(end, Bound::Included([])) {
            return Ok(Box::new(Nothing));
        }
        let tree = &self.inner.keyspace.tree;
        Ok(Box::new(Walk {
            entries: Some(tree.range::<&[u8], _>((start, end), self.visible, None)),
            direction,
            current: None,
            _pin: Arc::clone(&self.pin),
            inner: Arc::clone(&self.inner),
        }))
    }
}

struct Nothing;

impl Cursor for Nothing {
    fn next(&mut self) -> Result<Option<Entry<'_>>> {
        Ok(None)
    }
}

/// A cursor, which keeps the state that it shows alive.
struct Walk {
    entries: Option<Box<dyn DoubleEndedIterator<Item = IterGuardImpl> + Send>>,
    direction: Direction,
    current: Option<(Slice, Slice)>,
    _pin: Arc<fjall::Snapshot>,
    inner: Arc<Inner>,
}

impl Cursor for Walk {
    fn next(&mut self) -> Result<Option<Entry<'_>>> {
        let Some(entries) = &mut self.entries else {
            return Ok(None);
        };
        let entry = match self.direction {
            Direction::Forward => entries.next(),
            Direction::Backward => entries.next_back(),
        };
        self.current = match entry {
            Some(entry) => Some(
                entry
                    .into_inner()
                    .map_err(|error| self.inner.error("scanning")(error.into()))?,
            ),
            None => None,
        };
        if self.current.is_none() {
            self.entries = None;
        }
        Ok(self
            .current
            .as_ref()
            .map(|(key, value)| (key.as_ref(), value.as_ref())))
    }
}

fn from_fjall(action: &str, path: &Path, error: fjall::Error) -> Error {
    let place = format!("{action} the fjall files in {}", path.display());
    match error {
        // A file that ends too early, or holds what no file of its kind does, was damaged: the disk did what it was asked for.
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error))
            if matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData
            ) =>
        {
            Error::new(ErrorKind::Corrupt, format!("{place}: {error}")).with_source(error)
        }
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => {
            Error::io(place, error)
        }
        fjall::Error::Poisoned => Error::poisoned(None),
        fjall::Error::Locked => Error::new(
            ErrorKind::Locked {
                holder: None,
                path: path.to_path_buf(),
            },
            format!("{place}: another opener holds them; close it first"),
        ),
        error => Error::new(ErrorKind::Corrupt, format!("{place}: {error}")).with_source(error),
    }
}
