//! What a transaction did to rows that somebody looks at: hooks are called before it is committed, and watchers and other
//! hooks told of it afterwards.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::error::{Error, ErrorKind, Result, panic_text};
use crate::schema::limits::HOOK_ROUNDS_MAX;

use super::observers::{BeforeHook, Observed, RowChange};
use super::read::read_row;
use super::row::{row_place, split};
use super::table::Table;
use super::transaction::Transaction;

/// What there is to tell once a transaction is committed.
pub(super) struct News {
    observed: Observed,
    changes: Vec<Arc<RowChange>>,
}

impl News {
    /// Tells it. It is the commit's turn, so that everything is told in the order of commits.
    pub(super) fn publish(self) {
        for watcher in self.observed.watchers.values() {
            watcher.notice(&self.changes);
        }
        let table = &self.observed.table;
        for change in &self.changes {
            for hook in &self.observed.after {
                let outcome = catch_unwind(AssertUnwindSafe(|| hook(table, change)));
                // What is committed stays committed: the transaction is not to blame.
                let problem = match outcome {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => error.to_string(),
                    Err(panic) => format!("it panicked: {}", panic_text(panic.as_ref())),
                };
                let place = row_place(table, &change.row_key);
                tracing::error!(row = %place, %problem, "an after_write hook failed");
            }
        }
    }
}

/// The bodies that hooks left rows with, by table, row key and number of the hook.
type Seen = BTreeMap<(u32, Vec<u8>, usize), Option<Vec<u8>>>;

/// What hooks have seen of a transaction so far.
#[derive(Default)]
pub(super) struct Rounds {
    seen: Seen,
    rounds: usize,
}

impl Transaction<'_> {
    /// Calls the hooks for what the transaction wrote and they have not seen. Returns whether one was called: it may have
    /// written more, so that this has to be done again, behind whatever else follows from writes.
    ///
    /// # Errors
    ///
    /// What a hook says, that it panicked, or that hooks don't come to rest; and if a row that is replaced is damaged.
    pub(super) fn call_hooks(&self, rounds: &mut Rounds) -> Result<bool> {
        let Some(tables) = self.core().observers().tables() else {
            return Ok(false);
        };
        self.core().check_epoch()?;
        self.core().check_writable()?;
        let mut last = None;
        for observed in tables.values().filter(|observed| !observed.before.is_empty()) {
            for row_key in self.written_keys(&observed.table) {
                if self.call_hooks_of_row(observed, &row_key, &mut rounds.seen)? {
                    last = Some((&observed.table, row_key));
                }
            }
        }
        let Some((table, row_key)) = last else {
            return Ok(false);
        };
        rounds.rounds += 1;
        if rounds.rounds < HOOK_ROUNDS_MAX {
            return Ok(true);
        }
        let problem = format!(
            "before_write hooks don't come to rest: after {HOOK_ROUNDS_MAX} rounds they still write rows for which hooks \
             are called, {} for one; a hook must leave a row alone that is as it should be",
            row_place(table, &row_key)
        );
        Err(Error::new(ErrorKind::OwnCode, problem))
    }

    /// Finds out what there is to tell once the transaction is committed.
    ///
    /// # Errors
    ///
    /// If a row that is replaced is damaged, or the engine fails.
    pub(super) fn news(&self) -> Result<Vec<News>> {
        // A hook may have begun to watch.
        let Some(tables) = self.core().observers().tables() else {
            return Ok(Vec::new());
        };
        let mut news = Vec::new();
        for observed in tables.values() {
            if observed.after.is_empty() && observed.watchers.is_empty() {
                continue;
            }
            let mut changes = Vec::new();
            for row_key in self.written_keys(&observed.table) {
                changes.extend(self.row_change(&observed.table, &row_key)?.map(Arc::new));
            }
            if !changes.is_empty() {
                let observed = observed.clone();
                news.push(News { observed, changes });
            }
        }
        Ok(news)
    }

    /// Calls each hook that has not seen the row as it is now. Returns whether there was one.
    fn call_hooks_of_row(&self, observed: &Observed, row_key: &[u8], seen: &mut Seen) -> Result<bool> {
        let table = &observed.table;
        let mut was_called = false;
        for (number, hook) in observed.before.iter().enumerate() {
            let place = (table.id, row_key.to_vec(), number);
            let now = self.written_body(table, row_key)?;
            if seen.get(&place).is_some_and(|seen| *seen == now) {
                continue;
            }
            let Some(change) = self.row_change(table, row_key)? else {
                continue;
            };
            self.call_hook(hook, table, &change)?;
            // What the hook itself made of the row is nothing new to it.
            seen.insert(place, self.written_body(table, row_key)?);
            was_called = true;
        }
        Ok(was_called)
    }

    fn call_hook(&self, hook: &BeforeHook, table: &Table, change: &RowChange) -> Result<()> {
        let outcome = catch_unwind(AssertUnwindSafe(|| hook(self, table, change)));
        let place = || row_place(table, &change.row_key);
        match outcome {
            Ok(outcome) => outcome.map_err(|error| error.at(format!("a before_write hook for {}", place()))),
            Err(panic) => {
                let text = panic_text(panic.as_ref());
                let problem = format!("a before_write hook panicked at {}: {text}", place());
                Err(Error::new(ErrorKind::OwnCode, problem))
            }
        }
    }

    /// Lists the keys of the rows that the transaction wrote, in order.
    fn written_keys(&self, table: &Table) -> Vec<Vec<u8>> {
        let range = keys::rows(table.space);
        let bounds: (Bound<Vec<u8>>, Bound<Vec<u8>>) = (range.start, range.end);
        let writes = self.writes().borrow();
        let rows = writes.range::<Vec<u8>, _>(bounds);
        rows.map(|(key, _)| key[ROW_PREFIX_BYTES..].to_vec()).collect()
    }

    /// Returns the body that the transaction wrote; none if it removed the row.
    fn written_body(&self, table: &Table, row_key: &[u8]) -> Result<Option<Vec<u8>>> {
        let writes = self.writes().borrow();
        let value = writes
            .get(&keys::row(table.space, row_key))
            .and_then(Option::as_ref);
        // Transactions write at the current version alone.
        value
            .map(|value| split(table, value).map(|(_, body)| body.to_vec()))
            .transpose()
    }

    /// Compares a row with what it was when the transaction began; none if that is the same.
    fn row_change(&self, table: &Table, row_key: &[u8]) -> Result<Option<RowChange>> {
        let new = self.written_body(table, row_key)?;
        let old = read_row(self.base(), table, row_key, |body| Ok(body.to_vec()))?;
        Ok((old != new).then(|| RowChange {
            row_key: row_key.to_vec(),
            old,
            new,
        }))
    }
}
