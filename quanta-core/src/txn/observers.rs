//! Who looks at what is written: watchers and hooks, by table.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::error::{ErrorKind, Result};

use super::table::Table;
use super::transaction::Transaction;

/// What a transaction did to one row: its body before and after, both at the current version. They differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// The key of the row.
    pub row_key: Vec<u8>,
    /// The body before; none if there was no such row.
    pub old: Option<Vec<u8>>,
    /// The body after; none if there is no such row any more.
    pub new: Option<Vec<u8>>,
}

/// Called before a commit, within the transaction.
pub type BeforeHook = Arc<dyn Fn(&Transaction<'_>, &Table, &RowChange) -> Result<()> + Send + Sync>;

/// Called after a commit.
pub type AfterHook = Arc<dyn Fn(&Table, &RowChange) -> Result<()> + Send + Sync>;

/// Takes what was committed, in the order of commits. The writer calls it, and must not have to wait.
pub trait Watcher: Send + Sync {
    /// Takes the changes of one transaction, in the order of row keys.
    fn notice(&self, changes: &[Arc<RowChange>]);

    /// Learns that nothing will come any more, and why: [`ErrorKind::Closed`] or [`ErrorKind::SchemaMoved`].
    fn end(&self, why: ErrorKind);
}

/// Who looks at one table.
#[derive(Clone)]
pub struct Observed {
    /// The table.
    pub table: Arc<Table>,
    /// Hooks in the order in which they were named.
    pub before: Vec<BeforeHook>,
    /// Hooks in the order in which they were named.
    pub after: Vec<AfterHook>,
    /// Watchers by their number.
    pub watchers: BTreeMap<u64, Arc<dyn Watcher>>,
}

/// Tables that somebody looks at, by id.
pub type ObservedTables = BTreeMap<u32, Observed>;

/// Who looks at the tables of an open store.
#[derive(Default)]
pub struct Observers {
    /// Whether there is anybody: all that a commit asks where nobody looks.
    any: AtomicBool,
    next: AtomicU64,
    /// Replaced as a whole, so that nobody is called while it is locked.
    tables: RwLock<Arc<ObservedTables>>,
}

impl Observers {
    /// Returns who looks at which table now; none if nobody looks at any.
    #[must_use]
    pub fn tables(&self) -> Option<Arc<ObservedTables>> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        Some(Arc::clone(
            &self.tables.read().unwrap_or_else(PoisonError::into_inner),
        ))
    }

    /// Adds a watcher of a table, and returns its number.
    pub fn watch(&self, table: &Arc<Table>, watcher: Arc<dyn Watcher>) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.change(|tables| {
            observed(tables, table).watchers.insert(number, watcher);
        });
        number
    }

    /// Lets a watcher go.
    pub fn forget(&self, table: u32, watcher: u64) {
        self.change(|tables| {
            if let Some(observed) = tables.get_mut(&table) {
                observed.watchers.remove(&watcher);
            }
        });
    }

    /// Adds a hook to be called before commits.
    pub fn before(&self, table: &Arc<Table>, hook: BeforeHook) {
        self.change(|tables| observed(tables, table).before.push(hook));
    }

    /// Adds a hook to be called after commits.
    pub fn after(&self, table: &Arc<Table>, hook: AfterHook) {
        self.change(|tables| observed(tables, table).after.push(hook));
    }

    /// Tells all watchers that nothing will come any more, and lets them go.
    pub fn end(&self, why: ErrorKind) {
        let mut ended = Vec::new();
        self.change(|tables| {
            for observed in tables.values_mut() {
                ended.extend(std::mem::take(&mut observed.watchers).into_values());
            }
        });
        for watcher in ended {
            watcher.end(why);
        }
    }

    fn change(&self, change: impl FnOnce(&mut ObservedTables)) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = ObservedTables::clone(&tables);
        change(&mut changed);
        changed.retain(|_, observed| !observed.is_idle());
        self.any.store(!changed.is_empty(), Ordering::Release);
        let before = std::mem::replace(&mut *tables, Arc::new(changed));
        drop(tables);
        // Whoever is let go may drop what calls back here.
        drop(before);
    }
}

fn observed<'a>(tables: &'a mut ObservedTables, table: &Arc<Table>) -> &'a mut Observed {
    tables.entry(table.id).or_insert_with(|| Observed {
        table: Arc::clone(table),
        before: Vec::new(),
        after: Vec::new(),
        watchers: BTreeMap::new(),
    })
}

impl Observed {
    fn is_idle(&self) -> bool {
        self.before.is_empty() && self.after.is_empty() && self.watchers.is_empty()
    }
}

impl Drop for Observers {
    fn drop(&mut self) {
        self.end(ErrorKind::Closed);
    }
}

impl std::fmt::Debug for Observers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observers")
    }
}
