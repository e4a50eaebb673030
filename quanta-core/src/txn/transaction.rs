//! Transactions: writes over a consistent view, applied as one batch.

use std::cell::{OnceCell, RefCell};
use std::ops::Bound;
use std::sync::Arc;

use quanta_storage::{Batch, Cursor, Direction, KeyRange, Snapshot};

use crate::catalog::{Show, keys};
use crate::error::{Error, ErrorKind, Result};
use crate::program::NoCode;
use crate::schema::limits::BATCH_BYTES_MAX;

use super::base::Base;
use super::core::{Core, Turn};
use super::counters::count;
use super::indexed::{Writes, change_entries};
use super::merged::Merged;
use super::references::{Touched, hold_references};
use super::row::{Source, carry, joined, known_route, row_place, split, to_current, unreadable};
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
        self.core.commit_in_line((self.turn, self.base), batch, news)
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
    pub(super) fn write(&self, changes: Writes) -> Result<()> {
        let mut writes = self.writes.borrow_mut();
        let bytes_of = |key: &[u8], value: &Option<Vec<u8>>| key.len() + value.as_ref().map_or(0, Vec::len);
        let added: usize = changes.iter().map(|(key, value)| bytes_of(key, value)).sum();
        let replaced = changes
            .keys()
            .filter_map(|key| Some(bytes_of(key, writes.get(key)?)));
        let bytes = self.bytes.get() + added - replaced.sum::<usize>();
        if bytes > BATCH_BYTES_MAX {
            let problem = format!(
                "the transaction writes more than {BATCH_BYTES_MAX} bytes: split it, or write rows by `load`, which \
                 makes several transactions"
            );
            return Err(Error::new(ErrorKind::TransactionTooLarge, problem));
        }
        self.bytes.set(bytes);
        writes.extend(changes);
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
        let mut changes = Writes::new();
        if !table.is_blind() {
            let old = self.cross_over(table, row_key, &mut changes)?;
            let old = old.as_ref().map(|old| (row_key, old.as_slice()));
            change_entries(self, table, old, Some((row_key, body)), &mut changes)?;
        }
        changes.insert(keys::row(table.space, row_key), Some(joined(table.version, body)));
        count(self, table, row_key, &mut changes)?;
        self.touched.wrote(table);
        self.write(changes)
    }

    /// Writes a row that must be new.
    ///
    /// # Errors
    ///
    /// If there is a row with that key, besides the errors of [`Transaction::put`].
    pub fn insert(&self, table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
        self.check_new(table, row_key, body)?;
        let mut changes = Writes::new();
        change_entries(self, table, None, Some((row_key, body)), &mut changes)?;
        changes.insert(keys::row(table.space, row_key), Some(joined(table.version, body)));
        count(self, table, row_key, &mut changes)?;
        self.touched.wrote(table);
        self.write(changes)
    }

    fn check_new(&self, table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
        self.check_row(table, row_key, body)?;
        if self.contains(table, row_key)? {
            let problem = format!("{} exists: use put to replace it", row_place(table, row_key));
            return Err(Error::new(ErrorKind::KeyExists, problem));
        }
        Ok(())
    }

    /// Writes a row under another key than before, and takes along what is kept of it.
    ///
    /// # Errors
    ///
    /// As [`Transaction::insert`] and [`Transaction::put`].
    pub fn put_elsewhere(&self, table: &Table, old_key: &[u8], row_key: &[u8], body: &[u8]) -> Result<()> {
        self.check_new(table, row_key, body)?;
        let mut changes = Writes::new();
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
            if kept.is_some() {
                changes.insert(keys::complement(table.space, *edge, *way, row_key), kept);
            }
            changes.insert(old, None);
        }
        let old = old.as_ref().map(|old| (old_key, old.as_slice()));
        change_entries(self, table, old, Some((row_key, body)), &mut changes)?;
        changes.insert(keys::row(table.space, old_key), None);
        changes.insert(keys::row(table.space, row_key), Some(joined(table.version, body)));
        count(self, table, row_key, &mut changes)?;
        self.touched.wrote(table);
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
        let mut changes = Writes::new();
        if !table.indexes.is_empty() {
            self.get(table, row_key, |body| {
                change_entries(self, table, Some((row_key, body)), None, &mut changes)
            })?;
        }
        changes.insert(keys::row(table.space, row_key), None);
        for (edge, way) in &table.kept {
            changes.insert(keys::complement(table.space, *edge, *way, row_key), None);
        }
        self.touched.deleted(self.core, table, row_key)?;
        self.write(changes)?;
        Ok(true)
    }

    /// Carries the row that is about to be replaced to the current version: what it loses on the way is kept. Returns its
    /// body there; none if there is no such row.
    fn cross_over(&self, table: &Table, row_key: &[u8], changes: &mut Writes) -> Result<Option<Vec<u8>>> {
        let mut value = None;
        Source::get(self, &keys::row(table.space, row_key), &mut |bytes| {
            value = Some(bytes.to_vec());
        })?;
        let Some(value) = value else { return Ok(None) };
        let (stamp, body) = split(table, &value)?;
        if stamp == table.version {
            return Ok(Some(body.to_vec()));
        }
        let route = known_route(table, row_key, stamp)?;
        let carried = carry(self, table.space, row_key, route, body, &NoCode)
            .map_err(|error| unreadable(table, row_key, stamp, error))?;
        for change in carried.changes {
            let (edge, way) = change.edge;
            if let Some(entry) = change.entry {
                changes.insert(keys::complement(table.space, edge, way, row_key), Some(entry));
            }
            if change.uses_up {
                changes.insert(keys::complement(table.space, edge, way.back(), row_key), None);
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

/// Shows the current image of a row to `read`; none if there is no such row.
///
/// # Errors
///
/// If the row is damaged, or the engine fails.
pub fn read_row<S: Source + ?Sized, R>(
    source: &S,
    table: &Table,
    row_key: &[u8],
    read: impl FnOnce(&[u8]) -> Result<R>,
) -> Result<Option<R>> {
    let mut read = Some(read);
    let mut found = None;
    source.get(&keys::row(table.space, row_key), &mut |value| {
        found = Some(split(table, value).map(|(stamp, body)| {
            match read.take() {
                Some(read) if stamp == table.version => Found::Current(read(body)),
                // Reading more while the engine lends a value could lock it twice.
                untaken => Found::Earlier {
                    stamp,
                    body: body.to_vec(),
                    read: untaken,
                },
            }
        }));
    })?;
    match found.transpose()? {
        None => Ok(None),
        Some(Found::Current(result)) => result.map(Some),
        Some(Found::Earlier { stamp, body, read }) => {
            let body = to_current(source, table, row_key, stamp, &body)?;
            read.map(|read| read(&body)).transpose()
        }
    }
}

/// What was found under a row's key.
enum Found<R, F> {
    Current(Result<R>),
    Earlier {
        stamp: u32,
        body: Vec<u8>,
        read: Option<F>,
    },
}

/// Shows the present image of a row to `read`, without opening a view where one record tells all.
///
/// # Errors
///
/// If the schema has moved, the row is damaged, or the engine fails.
pub fn read_latest<R>(
    core: &Core,
    table: &Table,
    row_key: &[u8],
    read: impl FnOnce(&[u8]) -> Result<R>,
) -> Result<Option<R>> {
    core.check_epoch()?;
    if table.needs_view() {
        return read_row(core.snapshot()?.as_ref(), table, row_key, read);
    }
    read_row(core.engine(), table, row_key, read)
}
