//! What lies between the writer, which never waits, and a watcher.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result, panic_text};
use crate::query::RowTest;
use crate::schema::limits::WATCH_BYTES_MAX;
use crate::txn::{RowChange, Watcher};

/// Tells whether a row is watched.
pub(crate) type RowFilter = RowTest;

/// Which rows are watched.
#[derive(Clone, Default)]
pub(super) struct Selection {
    /// Only the row with this key.
    pub row_key: Option<Vec<u8>>,
    /// Only rows that match.
    pub filter: Option<RowFilter>,
}

/// What comes next out of a channel.
pub(super) enum Next {
    Change(Arc<RowChange>),
    Lagged(u64),
    Failed(Error),
    Ended(ErrorKind),
}

/// Changes that wait for a watcher. If there are too many, the oldest are lost: whoever comes late learns of that first.
pub(super) struct Channel {
    selection: Selection,
    events_max: usize,
    state: Mutex<State>,
    ready: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Result<Arc<RowChange>>>,
    bytes: usize,
    /// Events that were lost in front of those that wait.
    lost: u64,
    ended: Option<ErrorKind>,
    waker: Option<Waker>,
}

impl Channel {
    pub(super) fn new(selection: Selection, events_max: usize) -> Self {
        Self {
            selection,
            events_max,
            state: Mutex::default(),
            ready: Condvar::new(),
        }
    }

    /// Waits for what comes next.
    pub(super) fn wait(&self) -> Next {
        let mut state = self.state();
        loop {
            match state.next() {
                Some(next) => return next,
                None => state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Waits for what comes next, but no longer than that.
    pub(super) fn wait_for(&self, timeout: Duration) -> Option<Next> {
        let waited = self
            .ready
            .wait_timeout_while(self.state(), timeout, |state| state.is_idle());
        waited.unwrap_or_else(PoisonError::into_inner).0.next()
    }

    /// Returns what comes next if it is there already.
    pub(super) fn take(&self) -> Option<Next> {
        self.state().next()
    }

    /// Returns what comes next, or has the task woken when it is there.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Next> {
        let mut state = self.state();
        if let Some(next) = state.next() {
            return Poll::Ready(next);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes whoever waits.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let waker = state.waker.take();
        drop(state);
        self.ready.notify_all();
        // A woken task may run at once, and ask for the state.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Watcher for Channel {
    fn notice(&self, changes: &[Arc<RowChange>]) {
        let selected: Vec<_> = changes
            .iter()
            .filter_map(|change| self.selection.of(change).transpose())
            .collect();
        if selected.is_empty() {
            return;
        }
        self.change(|state| {
            for change in selected {
                state.push(change, self.events_max);
            }
        });
    }

    fn end(&self, why: ErrorKind) {
        self.change(|state| {
            state.ended.get_or_insert(why);
        });
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.lost == 0 && self.waiting.is_empty() && self.ended.is_none()
    }

    fn next(&mut self) -> Option<Next> {
        if self.lost > 0 {
            return Some(Next::Lagged(std::mem::take(&mut self.lost)));
        }
        match self.waiting.pop_front() {
            Some(Ok(change)) => {
                self.bytes -= bytes_of(&change);
                Some(Next::Change(change))
            }
            Some(Err(error)) => Some(Next::Failed(error)),
            None => self.ended.map(Next::Ended),
        }
    }

    fn push(&mut self, change: Result<Arc<RowChange>>, events_max: usize) {
        self.bytes += change.as_ref().map_or(0, |change| bytes_of(change));
        self.waiting.push_back(change);
        while self.waiting.len() > events_max || (self.bytes > WATCH_BYTES_MAX && self.waiting.len() > 1) {
            if let Some(Ok(change)) = self.waiting.pop_front() {
                self.bytes -= bytes_of(&change);
            }
            self.lost += 1;
        }
    }
}

fn bytes_of(change: &RowChange) -> usize {
    let sides = [&change.old, &change.new].into_iter().flatten();
    sides.map(Vec::len).sum()
}

impl Selection {
    /// Returns the change as a watcher of the selection sees it; none if it sees nothing.
    fn of(&self, change: &Arc<RowChange>) -> Result<Option<Arc<RowChange>>> {
        if self.row_key.as_ref().is_some_and(|key| *key != change.row_key) {
            return Ok(None);
        }
        let Some(filter) = &self.filter else {
            return Ok(Some(Arc::clone(change)));
        };
        let old = matching(filter, change.old.as_ref())?;
        let new = matching(filter, change.new.as_ref())?;
        if old.is_none() && new.is_none() {
            return Ok(None);
        }
        if old == change.old.as_ref() && new == change.new.as_ref() {
            return Ok(Some(Arc::clone(change)));
        }
        Ok(Some(Arc::new(RowChange {
            row_key: change.row_key.clone(),
            old: old.cloned(),
            new: new.cloned(),
        })))
    }
}

/// Returns the body if it matches. A panic must not reach the writer: it has committed.
fn matching<'a>(filter: &RowFilter, body: Option<&'a Vec<u8>>) -> Result<Option<&'a Vec<u8>>> {
    let Some(body) = body else { return Ok(None) };
    let outcome = catch_unwind(AssertUnwindSafe(|| filter(body)));
    let matches = outcome.unwrap_or_else(|panic| {
        let problem = format!("the filter of a watch panicked: {}", panic_text(panic.as_ref()));
        Err(Error::new(ErrorKind::OwnCode, problem))
    })?;
    Ok(matches.then_some(body))
}
