//! Group commit: commits wait in line, and whoever finds nobody writing writes all that wait as one batch of the engine,
//! with one sync.
//!
//! The right to write covers a transaction and getting in line, not the sync. So the next transaction begins while earlier
//! ones are on their way to the disk, and reads what they wrote from here (`base.rs`). Readers and watchers see what the
//! engine has.

use std::collections::VecDeque;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::yield_now;
use std::time::{Duration, Instant};

use quanta_storage::{Batch, Durability, KeyRange, Operation};

use crate::error::{Error, ErrorKind, Result, panic_text};
use crate::schema::limits::{BATCH_BYTES_MAX, WORK_BATCH_BYTES};

/// How long the next commit is waited for where others are about to come: much less than a sync takes.
const GATHERING: Duration = Duration::from_micros(20);

/// A commit in line.
#[derive(Debug)]
pub(super) struct Queued {
    batch: Batch,
    durability: Durability,
    outcome: OnceLock<Result<()>>,
    /// Whether whoever made it may go on: it is known what became of it, or it is the first in line and nobody writes.
    is_called: Mutex<bool>,
    called: Condvar,
}

impl Queued {
    fn new(batch: Batch, durability: Durability) -> Self {
        Self {
            batch,
            durability,
            outcome: OnceLock::new(),
            is_called: Mutex::default(),
            called: Condvar::new(),
        }
    }

    /// Waits until it is called.
    fn wait(&self) {
        let mut is_called = self.is_called.lock().unwrap_or_else(PoisonError::into_inner);
        while !*is_called {
            is_called = self
                .called
                .wait(is_called)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *is_called = false;
    }

    /// Calls whoever made it, and nobody else: of all that wait, one has something to do.
    fn call(&self) {
        *self.is_called.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.called.notify_one();
    }

    /// Returns what it does to a key, if it writes it.
    pub fn find(&self, key: &[u8]) -> Option<&Operation> {
        let operations = self.batch.operations();
        let found = operations.binary_search_by(|operation| operation.key().cmp(key));
        found.ok().map(|position| &operations[position])
    }

    /// Lists what it writes of a range, in the order of keys.
    pub fn within(&self, range: &KeyRange) -> &[Operation] {
        let operations = self.batch.operations();
        let start = operations.partition_point(|operation| match &range.start {
            Bound::Included(start) => operation.key() < start.as_slice(),
            Bound::Excluded(start) => operation.key() <= start.as_slice(),
            Bound::Unbounded => false,
        });
        let inside = operations[start..]
            .iter()
            .take_while(|operation| range.contains(operation.key()));
        &operations[start..start + inside.count()]
    }

    /// Tells whether the engine has it.
    pub fn is_written(&self) -> bool {
        matches!(self.outcome.get(), Some(Ok(())))
    }

    fn has_failed(&self) -> bool {
        matches!(self.outcome.get(), Some(Err(_)))
    }
}

/// Whose turn it is to tell watchers and hooks of a commit: they hear of commits in the order of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NewsTurn(u64);

/// Commits on their way to the engine.
#[derive(Debug, Default)]
pub(super) struct CommitQueue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Oldest first. The engine doesn't have them yet, or nobody was told that it has.
    waiting: VecDeque<Arc<Queued>>,
    /// Whether somebody is writing the first of them, or is called to. It is so whenever a thread sleeps until it is called.
    is_led: bool,
    /// How many threads are about to commit: as many as were written at once, and came meanwhile.
    expected: usize,
    /// How many threads wait for a change, beside those whose commits are in line.
    sleepers: usize,
    bytes: usize,
    news_given: u64,
    news_told: u64,
}

impl State {
    /// Takes what is written together. The first commit is taken however large it is.
    fn group(&self, rows_max: usize) -> Vec<Arc<Queued>> {
        let (mut bytes, mut rows) = (0, 0);
        let fits = |queued: &&Arc<Queued>| {
            let is_first = rows == 0;
            bytes += queued.batch.bytes();
            rows += queued.batch.operations().len();
            is_first || (bytes <= WORK_BATCH_BYTES && rows <= rows_max)
        };
        self.waiting.iter().take_while(fits).map(Arc::clone).collect()
    }

    /// Notes what became of a group. What waits behind one that failed has read what it wrote, so all of it fails. Lists
    /// who is to be called: those whose commits are settled, and who writes the next group.
    fn settle(&mut self, group: usize, outcome: &Result<()>) -> Vec<Arc<Queued>> {
        let settled = if outcome.is_ok() {
            group
        } else {
            self.waiting.len()
        };
        let mut called: Vec<Arc<Queued>> = self.waiting.drain(..settled).collect();
        for queued in &called {
            self.bytes -= queued.batch.bytes();
            // Nobody else writes it.
            let _ = queued.outcome.set(outcome.clone());
        }
        self.expected = settled + self.waiting.len();
        let next = self.waiting.front();
        self.is_led = next.is_some();
        // First of all: the others only go their ways.
        called.splice(..0, next.cloned());
        called
    }
}

impl CommitQueue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        state.sleepers += 1;
        let mut state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.sleepers -= 1;
        state
    }

    /// Wakes whoever waits for a change. To wake nobody would be a call of the system still.
    fn wake(&self, state: &State) {
        if state.sleepers > 0 {
            self.changed.notify_all();
        }
    }

    /// Lists the commits in line, oldest first, once they don't take too much memory. The caller has the right to write, so
    /// that no other comes in.
    pub fn waiting(&self) -> Vec<Arc<Queued>> {
        let mut state = self.state();
        while state.bytes > BATCH_BYTES_MAX {
            state = self.wait(state);
        }
        state.waiting.iter().map(Arc::clone).collect()
    }

    /// Waits until nothing is in line, and everything is told. The caller has the right to write.
    pub fn drain(&self) {
        let mut state = self.state();
        while !state.waiting.is_empty() || state.news_told != state.news_given {
            state = self.wait(state);
        }
    }

    /// Gets in line, behind what the transaction read from. The caller has the right to write. `batch` writes each key once,
    /// in their order.
    ///
    /// # Errors
    ///
    /// If something failed that the transaction has read.
    pub fn enqueue(
        &self,
        read: &[Arc<Queued>],
        (batch, durability): (Batch, Durability),
        has_news: bool,
    ) -> Result<(Arc<Queued>, Option<NewsTurn>)> {
        let mut state = self.state();
        check_read(read)?;
        state.bytes += batch.bytes();
        let queued = Arc::new(Queued::new(batch, durability));
        state.waiting.push_back(Arc::clone(&queued));
        let turn = has_news.then(|| {
            state.news_given += 1;
            NewsTurn(state.news_given)
        });
        Ok((queued, turn))
    }

    /// Waits until a commit is written, or writes it with all that is in line. `rows_max` is how many rows the engine likes
    /// in one batch.
    ///
    /// # Errors
    ///
    /// Those of `write`, for this commit or one before it.
    pub fn settle(
        &self,
        queued: &Queued,
        rows_max: usize,
        write: impl Fn(&Batch, Durability) -> Result<()>,
    ) -> Result<()> {
        loop {
            let mut state = self.state();
            if let Some(outcome) = queued.outcome.get() {
                return outcome.clone();
            }
            let is_led = std::mem::replace(&mut state.is_led, true);
            drop(state);
            if is_led {
                queued.wait();
                if let Some(outcome) = queued.outcome.get() {
                    return outcome.clone();
                }
            }
            let group = self.gather(rows_max);
            // An error for this commit too: whoever made it has to give up its turn to tell of it.
            let outcome = caught(|| write_group(&group, &write));
            let mut state = self.state();
            let called = state.settle(group.len(), &outcome);
            self.wake(&state);
            drop(state);
            called.iter().for_each(|called| called.call());
        }
    }

    /// Takes what is written together. Those whose commits were written at once come back at once, and are let in, so that
    /// they needn't wait for a sync of their own.
    fn gather(&self, rows_max: usize) -> Vec<Arc<Queued>> {
        let mut state = self.state();
        let mut came = Instant::now();
        while state.waiting.len() < state.expected && came.elapsed() < GATHERING {
            let before = state.waiting.len();
            drop(state);
            yield_now();
            state = self.state();
            if state.waiting.len() > before {
                came = Instant::now();
            }
        }
        state.group(rows_max)
    }

    /// Waits until everything is written that a transaction has read, which writes nothing itself.
    ///
    /// # Errors
    ///
    /// If something of it failed: what the transaction has seen never was.
    pub fn settle_read(&self, read: &[Arc<Queued>]) -> Result<()> {
        self.wait_for(read);
        check_read(read)
    }

    /// Waits until it is known what became of commits.
    pub fn wait_for(&self, read: &[Arc<Queued>]) {
        if read.iter().all(|queued| queued.outcome.get().is_some()) {
            return;
        }
        let mut state = self.state();
        while read.iter().any(|queued| queued.outcome.get().is_none()) {
            state = self.wait(state);
        }
    }

    /// Runs `tell` when it is the commit's turn.
    pub fn in_turn(&self, turn: NewsTurn, tell: impl FnOnce()) {
        let mut state = self.state();
        while state.news_told + 1 != turn.0 {
            state = self.wait(state);
        }
        drop(state);
        let told = catch_unwind(AssertUnwindSafe(tell));
        let mut state = self.state();
        state.news_told = turn.0;
        self.wake(&state);
        drop(state);
        if let Err(panic) = told {
            resume_unwind(panic);
        }
    }
}

fn check_read(read: &[Arc<Queued>]) -> Result<()> {
    if read.iter().any(|queued| queued.has_failed()) {
        let problem =
            "an earlier transaction failed, whose writes this one has read: nothing of it is written";
        return Err(Error::new(ErrorKind::Storage, problem));
    }
    Ok(())
}

/// Lets the engine write. It is an error if it panics: others may wait for what becomes of it.
pub(super) fn caught(write: impl FnOnce() -> Result<()>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|panic| {
        let problem = format!(
            "the engine panicked while it wrote: {}",
            panic_text(panic.as_ref())
        );
        Err(Error::new(ErrorKind::Storage, problem))
    })
}

fn write_group(group: &[Arc<Queued>], write: impl Fn(&Batch, Durability) -> Result<()>) -> Result<()> {
    let (first, rest) = group.split_first().expect("whoever writes waits in line");
    if rest.is_empty() {
        return write(&first.batch, first.durability);
    }
    let is_synced = group.iter().any(|queued| queued.durability == Durability::Sync);
    let durability = if is_synced {
        Durability::Sync
    } else {
        Durability::Buffered
    };
    let mut joined = first.batch.clone();
    for queued in rest {
        joined.append(&queued.batch);
    }
    write(&joined, durability)
}

#[cfg(test)]
mod tests;
