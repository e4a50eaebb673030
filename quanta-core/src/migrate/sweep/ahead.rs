//! Translating the rows of the batches to come, beside whoever writes.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;

use quanta_storage::{Batch, Direction, Engine, KeyRange, Operation, Snapshot};

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::error::Result;
use crate::program::NoCode;
use crate::schema::limits::WORK_BATCH_BYTES;
use crate::txn::{Core, Source, Table, carry, joined, known_route, split, translate, unreadable};

use super::TableSweep;
use super::pace::ROWS_PER_BATCH_MAX;

/// Translates the rows of a table, batch after batch.
pub(super) struct Translator<'a> {
    core: &'a Core,
    table: Arc<Table>,
    /// The last row key that was done before.
    cursor: Vec<u8>,
    /// Rows of the next batch.
    pub(super) rows_max: AtomicUsize,
    /// Which of the sweeps it works for.
    pub(super) position: usize,
}

/// What a translator hands on, with its place among the translators.
pub(super) enum Ahead {
    /// It begins.
    Begins(usize),
    /// Its next batch, or why there is none.
    Batch(usize, Result<Translated>),
}

/// A batch that is to be written.
pub(super) struct Translated {
    /// Keys and values, in order.
    rows: Vec<(Vec<u8>, Vec<u8>)>,
    /// What rows leave and take up, in the order of its keys, each with the position of its row.
    kept: Vec<(usize, Operation)>,
    bytes: usize,
    snapshot: Arc<dyn Snapshot>,
    /// How often others had written before the view was taken.
    pub(super) writes: u64,
    /// Rows that were looked at.
    pub(super) rows_seen: u64,
    /// The last of them; none at the end of the table.
    pub(super) last_key: Option<Vec<u8>>,
}

impl Translated {
    /// Returns all writes, and of how many rows they are.
    pub(super) fn all(self) -> (Batch, u64) {
        self.batch(&mut |_| true)
    }

    /// Returns the writes of rows that are still what was translated, and how many of these there are.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub(super) fn unwritten(self, engine: &dyn Engine) -> Result<(Batch, u64)> {
        let snapshot = self.snapshot.as_ref();
        let rows = self.rows.iter();
        let unwritten = rows.map(|(key, _)| is_unwritten(snapshot, engine, key));
        let unwritten = unwritten.collect::<Result<Vec<bool>>>()?;
        Ok(self.batch(&mut |position| unwritten[position]))
    }

    fn batch(self, is_written: &mut dyn FnMut(usize) -> bool) -> (Batch, u64) {
        let (mut batch, mut rows) = (Batch::new(), 0);
        for (position, (key, value)) in self.rows.into_iter().enumerate() {
            if is_written(position) {
                batch.put(key, value);
                rows += 1;
            }
        }
        for (position, write) in self.kept {
            if is_written(position) {
                match write {
                    Operation::Put(key, value) => batch.put(key, value),
                    Operation::Delete(key) => batch.delete(key),
                };
            }
        }
        (batch, rows)
    }
}

/// Tells whether a row is what it was.
fn is_unwritten(before: &dyn Snapshot, now: &dyn Engine, key: &[u8]) -> Result<bool> {
    let mut old = None;
    Source::get(before, key, &mut |value| old = Some(value.to_vec()))?;
    let mut is_same = false;
    Source::get(now, key, &mut |value| is_same = old.as_deref() == Some(value))?;
    Ok(is_same)
}

/// Translates the tables that no other thread has taken, one after the other, until nobody takes what comes of it.
pub(super) fn translate_all(tables: &[Translator<'_>], next: &AtomicUsize, sender: &SyncSender<Ahead>) {
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let Some(table) = tables.get(place) else { return };
        if table.run(place, sender).is_break() {
            return;
        }
    }
}

impl<'a> Translator<'a> {
    pub(super) fn of(core: &'a Core, sweep: &TableSweep, position: usize) -> Self {
        Self {
            core,
            table: Arc::clone(&sweep.table),
            cursor: sweep.cursor.clone(),
            rows_max: AtomicUsize::new(ROWS_PER_BATCH_MAX),
            position,
        }
    }

    /// Hands on all rows that are left. Breaks if nobody takes them.
    fn run(&self, place: usize, sender: &SyncSender<Ahead>) -> ControlFlow<()> {
        let hand_on = |ahead| match sender.send(ahead) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        hand_on(Ahead::Begins(place))?;
        let mut cursor = self.cursor.clone();
        loop {
            let translated = self.batch(&cursor);
            let last_key = translated.as_ref().ok().and_then(|batch| batch.last_key.clone());
            hand_on(Ahead::Batch(place, translated))?;
            match last_key {
                Some(last_key) => cursor = last_key,
                None => return ControlFlow::Continue(()),
            }
        }
    }

    /// Translates the next rows.
    fn batch(&self, cursor: &[u8]) -> Result<Translated> {
        let table = self.table.as_ref();
        // Before the view: what is written behind this is looked for.
        let writes = self.core.writes();
        let snapshot = self.core.snapshot()?;
        let mut range = keys::rows(table.space);
        if !cursor.is_empty() {
            range = KeyRange {
                start: Bound::Excluded(keys::row(table.space, cursor)),
                end: range.end,
            };
        }
        let mut translated = Translated {
            rows: Vec::new(),
            kept: Vec::new(),
            bytes: 0,
            snapshot: Arc::clone(&snapshot),
            writes,
            rows_seen: 0,
            last_key: None,
        };
        let rows_max = self.rows_max.load(Ordering::Relaxed);
        let rows_max = rows_max.min(self.core.engine().batch_rows_max()) as u64;
        let mut rows = snapshot.scan(&range, Direction::Forward)?;
        while let Some((key, value)) = rows.next()? {
            let (stamp, body) = split(table, value)?;
            if stamp != table.version {
                self.add((key, stamp, body), &mut translated)?;
            }
            translated.rows_seen += 1;
            if translated.bytes >= WORK_BATCH_BYTES || translated.rows_seen >= rows_max {
                translated.last_key = Some(key[ROW_PREFIX_BYTES..].to_vec());
                break;
            }
        }
        // A batch in the order of keys is written as it is.
        translated
            .kept
            .sort_by(|(_, one), (_, other)| one.key().cmp(other.key()));
        Ok(translated)
    }

    /// Adds the writes of one row.
    fn add(&self, (key, stamp, body): (&[u8], u32, &[u8]), translated: &mut Translated) -> Result<()> {
        let (table, row_key) = (self.table.as_ref(), &key[ROW_PREFIX_BYTES..]);
        let route = known_route(table, row_key, stamp)?;
        let snapshot = translated.snapshot.as_ref();
        let unreadable = |error| unreadable(table, row_key, stamp, error);
        let row = if route.is_blind() {
            // It leaves nothing and takes nothing up: it is carried like a row that is read.
            let body = translate(snapshot, table.space, row_key, route, body, &NoCode);
            joined(table.version, &body.map_err(unreadable)?)
        } else {
            let carried = carry(snapshot, table.space, row_key, route, body, &NoCode).map_err(unreadable)?;
            let changes = carried.changes.into_iter();
            let position = translated.rows.len();
            for write in changes.flat_map(|change| change.writes(table.space, row_key)) {
                translated.bytes += write.key().len() + write.value().map_or(0, <[u8]>::len);
                translated.kept.push((position, write));
            }
            joined(table.version, &carried.body)
        };
        translated.bytes += key.len() + row.len();
        translated.rows.push((key.to_vec(), row));
        Ok(())
    }
}
