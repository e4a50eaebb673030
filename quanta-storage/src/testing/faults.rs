//! An engine that fails where a test wants it to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::batch::{Batch, Commit, Durability};
use crate::commits::Remembered;
use crate::engine::{Cursor, Direction, Engine, Entry, KeyRange, Snapshot};
use crate::error::{Error, ErrorKind, Result};

/// What goes wrong, and when. Writes are counted from the making of the [`Faulty`] engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// So many writes succeed; the next one, and every write and read after it, fails with [`ErrorKind::Io`].
    ///
    /// It looks like the end of the process: open a new engine over [`Faulty::inner`] to go on.
    CutOff {
        /// How many writes succeed.
        writes: u64,
    },
    /// So many writes succeed; the next one fails once, and later ones with [`ErrorKind::Poisoned`]. Reads go on.
    Fail {
        /// How many writes succeed.
        writes: u64,
        /// The kind of the failure, such as [`ErrorKind::DiskFull`].
        kind: ErrorKind,
    },
}

/// An engine around another one that fails on purpose, the same way every time.
///
/// It is a handle: clones share the faults and the counter. A *write* is a commit that changes something: one with
/// operations, whose conditions hold.
///
/// ```
/// use std::sync::Arc;
/// use quanta_storage::faults::{Fault, Faulty};
/// use quanta_storage::{Batch, Durability, Engine, ErrorKind, Memory};
///
/// let faulty = Faulty::new(Arc::new(Memory::new()));
/// faulty.inject(Fault::CutOff { writes: 1 });
/// let mut batch = Batch::new();
/// batch.put(*b"key", *b"value");
/// assert!(faulty.commit(&batch, Durability::Buffered).is_ok());
/// assert_eq!(faulty.commit(&batch, Durability::Buffered).unwrap_err().kind(), &ErrorKind::Io);
///
/// // The power goes as well: what was never synced is gone.
/// assert_eq!(faulty.lose_unsynced()?, 1);
/// assert!(!faulty.inner().get(b"key", &mut |_| {})?);
/// # Ok::<(), quanta_storage::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Faulty {
    inner: Arc<dyn Engine>,
    state: Arc<Mutex<State>>,
    cut: Arc<AtomicBool>,
    batch_rows_max: usize,
}

#[derive(Debug, Default)]
struct State {
    fault: Fault,
    writes: u64,
    poisoned: bool,
    /// What takes back each write since the last sync, oldest first.
    unsynced: Vec<Batch>,
}

impl Faulty {
    /// Wraps an engine. Nothing fails until a fault is injected.
    #[must_use]
    pub fn new(inner: Arc<dyn Engine>) -> Self {
        Self {
            batch_rows_max: inner.batch_rows_max(),
            inner,
            state: Arc::default(),
            cut: Arc::default(),
        }
    }

    /// Has background work put at most so many rows into a batch, so that few rows make many writes.
    #[must_use]
    pub fn batches_of(mut self, rows: usize) -> Self {
        self.batch_rows_max = self.batch_rows_max.min(rows.max(1));
        self
    }

    /// Says what goes wrong from now on.
    pub fn inject(&self, fault: Fault) {
        self.state().fault = fault;
    }

    /// Returns how many writes have succeeded.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    /// Tells whether the engine has been cut off.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }

    /// Cuts the engine off at once.
    pub fn cut_off(&self) {
        self.cut.store(true, Ordering::Release);
    }

    /// Returns the engine underneath, which knows nothing of the faults.
    #[must_use]
    pub fn inner(&self) -> Arc<dyn Engine> {
        Arc::clone(&self.inner)
    }

    /// Cuts the engine off and takes back all writes since the last sync, as a power loss may; returns how many.
    ///
    /// # Errors
    ///
    /// Those of the engine underneath.
    pub fn lose_unsynced(&self) -> Result<usize> {
        self.cut_off();
        let mut state = self.state();
        let undo = std::mem::take(&mut state.unsynced);
        for batch in undo.iter().rev() {
            let _ = self.inner.commit(batch, Durability::Sync)?;
        }
        Ok(undo.len())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_cut(&self) -> Result<()> {
        check_cut(&self.cut)
    }

    /// Fails if this write is the one that has to.
    fn strike(&self, state: &mut State) -> Result<()> {
        if state.poisoned {
            return Err(Error::poisoned(None));
        }
        match &state.fault {
            Fault::CutOff { writes } if state.writes >= *writes => {
                self.cut_off();
                self.check_cut()
            }
            Fault::Fail { writes, kind } if state.writes >= *writes => {
                state.poisoned = true;
                Err(Error::new(kind.clone(), "a write failed on purpose"))
            }
            _ => Ok(()),
        }
    }

    /// Makes the batch that takes a batch back.
    fn undo(&self, batch: &Batch) -> Result<Batch> {
        let mut undo = Batch::new();
        for write in batch.effective() {
            let mut before = None;
            self.inner
                .get(write.key(), &mut |value| before = Some(value.to_vec()))?;
            match before {
                Some(value) => undo.put(write.key(), value),
                None => undo.delete(write.key()),
            };
        }
        Ok(undo)
    }
}

fn check_cut(cut: &AtomicBool) -> Result<()> {
    if cut.load(Ordering::Acquire) {
        Err(Error::new(ErrorKind::Io, "cut off"))
    } else {
        Ok(())
    }
}

impl Engine for Faulty {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.check_cut()?;
        self.inner.get(key, read)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        self.check_cut()?;
        Ok(Box::new(FaultySnapshot {
            inner: self.inner.snapshot()?,
            cut: Arc::clone(&self.cut),
        }))
    }

    fn commit(&self, batch: &Batch, durability: Durability) -> Result<Commit> {
        let mut state = self.state();
        self.check_cut()?;
        batch.check_limits()?;
        let unmet = Remembered::default().first_unmet(batch, |key, read| self.inner.get(key, read))?;
        if let Some(condition) = unmet {
            return Ok(Commit::Refused { condition });
        }
        if !batch.is_empty() {
            self.strike(&mut state)?;
        }
        let undo = if durability == Durability::Buffered {
            Some(self.undo(batch)?)
        } else {
            None
        };
        let commit = self.inner.commit(batch, durability)?;
        if commit == Commit::Done {
            match undo {
                Some(undo) => state.unsynced.push(undo),
                None => state.unsynced.clear(),
            }
            state.writes += u64::from(!batch.is_empty());
        }
        Ok(commit)
    }

    fn flush(&self) -> Result<()> {
        let mut state = self.state();
        self.check_cut()?;
        if state.poisoned {
            return Err(Error::poisoned(None));
        }
        self.inner.flush()?;
        state.unsynced.clear();
        Ok(())
    }

    fn disk_bytes(&self) -> Result<u64> {
        self.check_cut()?;
        self.inner.disk_bytes()
    }

    fn free_bytes(&self) -> Result<Option<u64>> {
        self.check_cut()?;
        self.inner.free_bytes()
    }

    fn compact(&self) -> Result<()> {
        self.check_cut()?;
        self.inner.compact()
    }

    fn batch_rows_max(&self) -> usize {
        self.batch_rows_max
    }
}

struct FaultySnapshot {
    inner: Box<dyn Snapshot>,
    cut: Arc<AtomicBool>,
}

impl Snapshot for FaultySnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        check_cut(&self.cut)?;
        self.inner.get(key, read)
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> Result<Box<dyn Cursor>> {
        check_cut(&self.cut)?;
        Ok(Box::new(FaultyCursor {
            inner: self.inner.scan(range, direction)?,
            cut: Arc::clone(&self.cut),
        }))
    }
}

struct FaultyCursor {
    inner: Box<dyn Cursor>,
    cut: Arc<AtomicBool>,
}

impl Cursor for FaultyCursor {
    fn next(&mut self) -> Result<Option<Entry<'_>>> {
        check_cut(&self.cut)?;
        self.inner.next()
    }
}
