//! Transactions: writes over a consistent view, applied as one batch.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use quanta_storage::{Batch, Cursor, Direction, Durability, KeyRange, Snapshot};

use crate::catalog::{Show, keys};
use crate::error::{Error, ErrorKind, Result};
use crate::program::NoCode;
use crate::schema::limits::BATCH_BYTES_MAX;

use super::base::Base;
use super::changes::{Changes, record_bytes};
use super::core::{Core, Turn};
use super::counters::count;
use super::indexed::{Writes, change_entries};
use super::merged::Merged;
use super::read::read_row;
use super::references::{Touched, hold_references};
use super::row::{RowRecord, Source, carry, joined, known_route, row_place, split, unreadable};
use super::settle::Rounds;
use super::table::Table;

/// Writes over a consistent view, applied as one batch. Reads see the writes.
pub struct Transaction<'c> {
    core: &'c Core,
    /// Given back before the base is let go, which may have to wait.
    turn: Turn<'c>,
    base: Base<'c>,
    snapshot: OnceCell<Arc<dyn Snapshot>>,
    writes: RefCell<Writes>,
    bytes: std::cell::Cell<usize>,
    /// Why it can't be committed any more.
    broken: OnceCell<(ErrorKind, String)>,
    touched: Touched,
    /// The highest keys of tables that are filled in order, by their space: no row is above them.
    tops: RefCell<BTreeMap<u32, Vec<u8>>>,
}

impl<'c> Transaction<'c> {
    /// Waits for the right to write and begins.
    ///
    /// # Errors
    ///
    /// If the schema has moved.
    pub fn begin(core: &'c Core) -> Result<Self> {
        let (turn, base) = core.begin()?;
        core.check_epoch()?;
        Ok(Self {
            core,
            turn,
            base,
            snapshot: OnceCell::new(),
            writes: RefCell::default(),
            bytes: std::cell::Cell::new(0),
            broken: OnceCell::new(),
            touched: Touched::default(),
            tops: RefCell::default(),
        })
    }

    /// Returns the store.
    #[must_use]
    pub fn core(&self) -> &'c Core {
        self.core
    }

    /// Applies everything, what follows from it for rows that refer to others and what hooks add included, and tells those
    /// who watch.
    ///
    /// # Errors
    ///
    /// What hooks say, those of [`hold_references`], and those of [`Core::commit`].
    pub fn commit(self) -> Result<()> {
        let durability = self.core.durability();
        self.commit_with(durability)
    }

    /// Applies everything, as [`Transaction::commit`], to last from now on or from some later time on.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn commit_with(self, durability: Durability) -> Result<()> {
        self.check_sound()?;
        let mut rounds = Rounds::default();
        while self.call_hooks(&mut rounds)? {}
        hold_references(&self)?;
        // What references did to other rows is new to their hooks, and what these write is held to references again.
        while self.call_hooks(&mut rounds)? {
            hold_references(&self)?;
        }
        // A hook may have left something half done.
        self.check_sound()?;
        let news = self.news()?;
        let mut batch = Batch::new();
        for (key, value) in self.writes.into_inner() {
            match value {
                Some(value) => batch.put(key, value),
                None => batch.delete(key),
            };
        }
        self.core
            .commit_in_line((self.turn, self.base), (batch, durability), news)
    }

    /// Returns what it began with.
    pub(super) fn base(&self) -> &Base<'c> {
        &self.base
    }

    /// Returns what is written so far.
    pub(super) fn writes(&self) -> &RefCell<Writes> {
        &self.writes
    }

    /// Returns why it can't be committed any more, once that is so.
    pub(super) fn broken(&self) -> &OnceCell<(ErrorKind, String)> {
        &self.broken
    }

    pub(super) fn touched(&self) -> &Touched {
        &self.touched
    }

    /// Shows the key and the stored value of every row of a table that was written and is there.
    pub(super) fn written_rows(&self, table: &Table, show: &mut Show<'_>) -> Result<()> {
        let rows = keys::rows(table.space);
        let writes = self.writes.borrow();
        for (key, value) in writes.range::<[u8], _>((as_slice(&rows.start), as_slice(&rows.end))) {
            if let Some(value) = value {
                show(&key[keys::ROW_PREFIX_BYTES..], value)?;
            }
        }
        Ok(())
    }

    /// Returns a view for scans. As the writer is alone, it is the state that the transaction began with.
    ///
    /// # Errors
    ///
    /// If the schema has moved, or the engine fails.
    pub fn snapshot(&self) -> Result<&Arc<dyn Snapshot>> {
        if let Some(snapshot) = self.snapshot.get() {
            return Ok(snapshot);
        }
        let snapshot = self.base.snapshot()?;
        Ok(self.snapshot.get_or_init(|| snapshot))
    }

    /// Returns how many records it writes so far, and how many bytes they take.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.writes.borrow().len(), self.bytes.get())
    }

    /// Adds what belongs together: all of it, or nothing if it is too much.
    pub(super) fn write(&self, changes: Changes) -> Result<()> {
        let mut writes = self.writes.borrow_mut();
        let mut bytes = self.bytes.get() + changes.bytes();
        if bytes > BATCH_BYTES_MAX {
            let replaced = changes.iter().filter_map(|(key, _)| {
                let value = writes.get(key)?;
                Some(record_bytes(key, value.as_ref()))
            });
            if bytes - replaced.sum::<usize>() > BATCH_BYTES_MAX {
                return Err(too_large());
            }
        }
        for (key, value) in changes {
            let key_bytes = key.len();
            if let Some(replaced) = writes.insert(key, value) {
                bytes -= key_bytes + replaced.map_or(0, |value| value.len());
            }
        }
        self.bytes.set(bytes);
        Ok(())
    }

    /// Shows the current image of a row to `read`; none if there is no such row.
    ///
    /// # Errors
    ///
    /// If the row is damaged, or the engine fails.
    pub fn get<R>(
        &self,
        table: &Table,
        row_key: &[u8],
        read: impl FnOnce(&[u8]) -> Result<R>,
    ) -> Result<Option<R>> {
        read_row(self, table, row_key, read)
    }

    /// Tells whether there is a row.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn contains(&self, table: &Table, row_key: &[u8]) -> Result<bool> {
        Source::get(self, &keys::row(table.space, row_key), &mut |_| {})
    }

    /// Writes a row, new or not.
    ///
    /// # Errors
    ///
    /// If the key or the row is over its limit or not valid, the row that it replaces is damaged, or another row has its
    /// value under a unique index.
    pub fn put(&self, table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
        self.check_row(table, row_key, body)?;
        self.put_checked(table, row_key, body)
    }

    fn put_checked(&self, table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
        let mut changes = Changes::default();
        if !table.is_blind() {
            let old = self.cross_over(table, row_key, &mut changes)?;
            let old = old.as_ref().map(|old| (row_key, old.as_slice()));
            change_entries(self, table, old, Some((row_key, body)), &mut changes)?;
        }
        changes.put(keys::row(table.space, row_key), joined(table.version, body));
        count(self, table, row_key, &mut changes)?;
        self.wrote(table, row_key);
        self.write(changes)
    }

    /// Writes a row, new or not, and commits. A row that nobody looks at and that needs nothing of the store goes to the
    /// engine as it is.
    ///
    /// # Errors
    ///
    /// Those of [`Transaction::put`] and [`Transaction::commit`].
    pub fn put_alone(self, table: &Table, row: RowRecord) -> Result<()> {
        self.check_row(table, row.row_key(), row.body())?;
        let needs_nothing = table.is_blind() && table.links.is_empty() && !self.counts(table)?;
        // A validator may have begun to watch.
        if !needs_nothing || self.core.observers().tables().is_some() || !self.writes.borrow().is_empty() {
            self.put_checked(table, row.row_key(), row.body())?;
            return self.commit();
        }
        let mut batch = Batch::new();
        row.put_into(&mut batch);
        let durability = self.core.durability();
        self.core
            .commit_in_line((self.turn, self.base), (batch, durability), Vec::new())
    }

    /// Writes a row that must be new.
    ///
    /// # Errors
    ///
    /// If there is a row with that key, besides the errors of [`Transaction::put`].
    pub fn insert(&self, table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
        self.check_new(table, row_key, body)?;
        let mut changes = Changes::default();
        change_entries(self, table, None, Some((row_key, body)), &mut changes)?;
        changes.put(keys::row(table.space, row_key), joined(table.version, body));
        count(self, table, row_key, &mut changes)?;
        self.wrote(table, row_key);
        self.write(changes)
    }

    fn check_new(&self, table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
        self.check_row(table, row_key, body)?;
        if !self.is_above_all(table, row_key) && self.contains(table, row_key)? {
            let problem = format!("{} exists: use put to replace it", row_place(table, row_key));
            return Err(Error::new(ErrorKind::KeyExists, problem));
        }
        Ok(())
    }

    /// Says that many rows will be inserted in the order of their keys, so that it pays to know the highest one: what is
    /// above it is new without a look.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn expect_ascending(&self, table: &Table) -> Result<()> {
        let mut rows = self.scan(&keys::rows(table.space), Direction::Backward)?;
        let last = rows.next()?;
        let top = last.map_or_else(Vec::new, |(key, _)| key[keys::ROW_PREFIX_BYTES..].to_vec());
        self.tops.borrow_mut().insert(table.space, top);
        Ok(())
    }

    fn is_above_all(&self, table: &Table, row_key: &[u8]) -> bool {
        let tops = self.tops.borrow();
        tops.get(&table.space).is_some_and(|top| row_key > top.as_slice())
    }

    fn wrote(&self, table: &Table, row_key: &[u8]) {
        self.touched.wrote(table);
        if let Some(top) = self.tops.borrow_mut().get_mut(&table.space)
            && row_key > top.as_slice()
        {
            top.clear();
            top.extend_from_slice(row_key);
        }
    }

    /// Writes a row under another key than before, and takes along what is kept of it.
    ///
    /// # Errors
    ///
    /// As [`Transaction::insert`] and [`Transaction::put`].
    pub fn put_elsewhere(&self, table: &Table, old_key: &[u8], row_key: &[u8], body: &[u8]) -> Result<()> {
        self.check_new(table, row_key, body)?;
        let mut changes = Changes::default();
        let old = self.cross_over(table, old_key, &mut changes)?;
        for (edge, way) in &table.kept {
            let old = keys::complement(table.space, *edge, *way, old_key);
            let mut kept = None;
            match changes.get(&old) {
                Some(change) => kept.clone_from(change),
                None => {
                    Source::get(self, &old, &mut |bytes| kept = Some(bytes.to_vec()))?;
                }
            }
            if let Some(kept) = kept {
                changes.put(keys::complement(table.space, *edge, *way, row_key), kept);
            }
            changes.delete(old);
        }
        let old = old.as_ref().map(|old| (old_key, old.as_slice()));
        change_entries(self, table, old, Some((row_key, body)), &mut changes)?;
        changes.delete(keys::row(table.space, old_key));
        changes.put(keys::row(table.space, row_key), joined(table.version, body));
        count(self, table, row_key, &mut changes)?;
        self.wrote(table, row_key);
        self.touched.moved(self.core, table, old_key)?;
        self.write(changes)
    }

    /// Removes a row and everything that was kept of it. False if there was none.
    ///
    /// # Errors
    ///
    /// If the row has entries in indexes and is damaged, and those of the engine.
    pub fn delete(&self, table: &Table, row_key: &[u8]) -> Result<bool> {
        if !self.contains(table, row_key)? {
            return Ok(false);
        }
        let mut changes = Changes::default();
        if !table.indexes.is_empty() {
            self.get(table, row_key, |body| {
                change_entries(self, table, Some((row_key, body)), None, &mut changes)
            })?;
        }
        changes.delete(keys::row(table.space, row_key));
        for (edge, way) in &table.kept {
            changes.delete(keys::complement(table.space, *edge, *way, row_key));
        }
        self.touched.deleted(self.core, table, row_key)?;
        self.write(changes)?;
        Ok(true)
    }

    /// Carries the row that is about to be replaced to the current version: what it loses on the way is kept. Returns its
    /// body there; none if there is no such row.
    fn cross_over(&self, table: &Table, row_key: &[u8], changes: &mut Changes) -> Result<Option<Vec<u8>>> {
        let mut value = None;
        Source::get(self, &keys::row(table.space, row_key), &mut |bytes| {
            value = Some(bytes.to_vec());
        })?;
        let Some(value) = value else { return Ok(None) };
        let (stamp, body) = split(table, &value)?;
        if table.is_current(stamp) {
            return Ok(Some(body.to_vec()));
        }
        let route = known_route(table, row_key, stamp)?;
        let carried = carry(self, table.space, row_key, route, body, &NoCode)
            .map_err(|error| unreadable(table, row_key, stamp, error))?;
        for change in carried.changes {
            let (edge, way) = change.edge;
            if let Some(entry) = change.entry {
                changes.put(keys::complement(table.space, edge, way, row_key), entry);
            }
            if change.uses_up {
                changes.delete(keys::complement(table.space, edge, way.back(), row_key));
            }
        }
        Ok(Some(carried.body))
    }

    /// Opens a cursor over the stored values of a range, writes included.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn scan(&self, range: &KeyRange, direction: Direction) -> Result<Box<dyn Cursor>> {
        let base = self.snapshot()?.scan(range, direction)?;
        let writes = self.writes.borrow();
        let bounds = (as_slice(&range.start), as_slice(&range.end));
        let inside: Vec<(Vec<u8>, Option<Vec<u8>>)> = if range.is_empty() {
            Vec::new()
        } else {
            writes
                .range::<[u8], _>(bounds)
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
        if inside.is_empty() {
            return Ok(base);
        }
        Ok(Box::new(Merged::new(base, inside, direction)))
    }
}

fn too_large() -> Error {
    let problem = format!(
        "the transaction writes more than {BATCH_BYTES_MAX} bytes: split it, or write rows by `load`, which makes several \
         transactions"
    );
    Error::new(ErrorKind::TransactionTooLarge, problem)
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(key) => Bound::Included(key),
        Bound::Excluded(key) => Bound::Excluded(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}

impl Source for Transaction<'_> {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        if let Some(value) = self.writes.borrow().get(key) {
            if let Some(value) = value {
                read(value);
            }
            return Ok(value.is_some());
        }
        self.base.get(key, read)
    }
}
