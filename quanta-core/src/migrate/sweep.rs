//! The sweep: rewriting rows to the current version, one bounded batch at a time.

use std::ops::Bound;
use std::sync::Arc;

use quanta_storage::{Batch, Direction, Durability, Engine, KeyRange};

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::catalog::read_work;
use crate::error::{ErrorKind, Result};
use crate::plan::{Presence, TableHead, WorkTask};
use crate::program::NoCode;
use crate::schema::limits::WORK_BATCH_BYTES;
use crate::txn::{Core, KeptChange, Source, Table, carry, joined, known_route, split, unreadable};

use super::build::work_record;
use super::discard::discard_space;
use super::switch::Built;

/// Rows that one batch looks at, rewritten or not.
const ROWS_SEEN_MAX: usize = 4096;

/// The sweep of one table.
#[derive(Debug)]
pub struct TableSweep {
    table: Arc<Table>,
    /// The last row key that was done; empty at the start.
    cursor: Vec<u8>,
    /// Rows seen so far.
    pub rows_seen: u64,
    /// Rows rewritten so far.
    pub rows_rewritten: u64,
}

/// Whether there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There is.
    More,
    /// All of it is done.
    Done,
}

/// A row that is to be rewritten.
struct Rewrite {
    row_key: Vec<u8>,
    old: Vec<u8>,
    new: Vec<u8>,
    changes: Vec<KeptChange>,
}

/// Lists the tables with rows of earlier versions, each from where its sweep got to.
///
/// # Errors
///
/// Those of the engine, and damage.
pub fn pending(core: &Core) -> Result<Vec<TableSweep>> {
    let head = core.head();
    let work = read_work(core.snapshot()?.as_ref())?;
    let mut sweeps = Vec::new();
    let mixed = head.tables.iter().filter(|(_, table)| {
        table.state.presence == Presence::Live
            && table.stamps.iter().any(|stamp| *stamp != table.state.version)
    });
    for (id, head) in mixed {
        let cursor = work.values().find_map(|record| match &record.task {
            WorkTask::Sweep { table, cursor } if table == id && record.epoch == core.epoch() => {
                Some(cursor.clone())
            }
            _ => None,
        });
        sweeps.push(TableSweep::start(core, *id, head, cursor.unwrap_or_default())?);
    }
    Ok(sweeps)
}

/// Empties the spaces that no head points to any more. Returns how many there were.
///
/// # Errors
///
/// Those of the engine.
pub fn retire_spaces(core: &Core) -> Result<usize> {
    core.check_epoch()?;
    let retired = retired(core.engine())?;
    retired.iter().try_for_each(|built| retire_space(core, *built))?;
    Ok(retired.len())
}

/// Empties the spaces that no head points to any more, at an epoch.
///
/// # Errors
///
/// Those of the engine.
pub(super) fn retire_spaces_of(engine: &dyn Engine, epoch: u64) -> Result<()> {
    let retired = retired(engine)?;
    retired
        .into_iter()
        .try_for_each(|built| discard_space(engine, Some(epoch), built))
}

fn retired(engine: &dyn Engine) -> Result<Vec<Built>> {
    let work = read_work(engine.snapshot()?.as_ref())?.into_iter();
    let retired = work.filter_map(|(work, record)| match record.task {
        WorkTask::Retire { space } => Some(Built { space, work }),
        _ => None,
    });
    Ok(retired.collect())
}

/// Empties a space. Nobody waits for that: a release that gives the store a new epoch meanwhile makes it begin again.
fn retire_space(core: &Core, built: Built) -> Result<()> {
    loop {
        let epoch = core.epoch();
        match discard_space(core.engine(), Some(epoch), built) {
            Err(error) if error.kind() == ErrorKind::SchemaMoved => {
                // Whoever gives the store a new epoch has the right to write until it is known here.
                drop(core.lock()?);
                core.check_epoch()?;
                if core.epoch() == epoch {
                    return Err(error);
                }
            }
            ended => return ended,
        }
    }
}

/// Sweeps tables to the end, also such as are gone. Returns how many rows were rewritten.
///
/// # Errors
///
/// If the schema has moved, a row is damaged, or the engine fails.
pub(super) fn sweep_tables(core: &Core, tables: impl Iterator<Item = u32>) -> Result<u64> {
    let head = core.head();
    let mut rows = 0;
    for id in tables {
        let Some(head) = head.tables.get(&id) else {
            continue;
        };
        if head.stamps.iter().all(|stamp| *stamp == head.state.version) {
            continue;
        }
        let mut sweep = TableSweep::start(core, id, head, Vec::new())?;
        while sweep.run_batch(core)? == Progress::More {}
        rows += sweep.rows_rewritten;
    }
    Ok(rows)
}

impl TableSweep {
    fn start(core: &Core, id: u32, head: &TableHead, cursor: Vec<u8>) -> Result<Self> {
        let table = if head.state.presence == Presence::Live {
            core.table(&head.state.name, None)?
        } else {
            Arc::new(Table::load(core.snapshot()?.as_ref(), id, head, None)?)
        };
        Ok(Self {
            table,
            cursor,
            rows_seen: 0,
            rows_rewritten: 0,
        })
    }

    /// Returns the name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table.name
    }

    /// Rewrites the next batch of rows. Translating happens beside other writers; the lock is taken only to write,
    /// and rows that were written since are left out: they are current already.
    ///
    /// # Errors
    ///
    /// If the schema has moved, a row is damaged, or the engine fails.
    pub fn run_batch(&mut self, core: &Core) -> Result<Progress> {
        let (rewrites, last_key) = self.translate_batch(core)?;
        let right = core.lock()?;
        let mut batch = Batch::new();
        for rewrite in &rewrites {
            self.rows_rewritten += u64::from(self.add(core, rewrite, &mut batch)?);
        }
        match last_key {
            Some(last_key) => {
                self.cursor = last_key;
                if !batch.is_empty() {
                    let task = WorkTask::Sweep {
                        table: self.table.id,
                        cursor: self.cursor.clone(),
                    };
                    batch.put(keys::sweep(self.table.id), work_record(core.epoch(), task)?);
                    core.commit(&right, batch, Durability::Buffered)?;
                }
                Ok(Progress::More)
            }
            None => {
                batch.delete(keys::sweep(self.table.id));
                core.retire_stamps(&right, self.table.id, batch)?;
                Ok(Progress::Done)
            }
        }
    }

    /// Adds a rewrite if the row is still what was translated.
    fn add(&self, core: &Core, rewrite: &Rewrite, batch: &mut Batch) -> Result<bool> {
        let key = keys::row(self.table.space, &rewrite.row_key);
        let mut is_unwritten = false;
        Source::get(core.engine(), &key, &mut |value| {
            is_unwritten = value == rewrite.old;
        })?;
        if is_unwritten {
            batch.put(key, rewrite.new.clone());
            for change in &rewrite.changes {
                change.write(self.table.space, &rewrite.row_key, batch);
            }
        }
        Ok(is_unwritten)
    }

    /// Translates the next rows. The last key seen is none at the end of the table.
    fn translate_batch(&mut self, core: &Core) -> Result<(Vec<Rewrite>, Option<Vec<u8>>)> {
        let table = Arc::clone(&self.table);
        let snapshot = core.snapshot()?;
        let mut range = keys::rows(table.space);
        if !self.cursor.is_empty() {
            range = KeyRange {
                start: Bound::Excluded(keys::row(table.space, &self.cursor)),
                end: range.end,
            };
        }
        let mut cursor = snapshot.scan(&range, Direction::Forward)?;
        let (mut rewrites, mut bytes, mut seen, mut last_key) = (Vec::new(), 0, 0, None);
        let rows_max = ROWS_SEEN_MAX.min(core.engine().batch_rows_max());
        while let Some((key, value)) = cursor.next()? {
            let row_key = &key[ROW_PREFIX_BYTES..];
            let (stamp, body) = split(&table, value)?;
            if stamp != table.version {
                let route = known_route(&table, row_key, stamp)?;
                let carried = carry(snapshot.as_ref(), table.space, row_key, route, body, &NoCode)
                    .map_err(|error| unreadable(&table, row_key, stamp, error))?;
                bytes += value.len() + carried.body.len();
                rewrites.push(Rewrite {
                    row_key: row_key.to_vec(),
                    old: value.to_vec(),
                    new: joined(table.version, &carried.body),
                    changes: carried.changes,
                });
            }
            seen += 1;
            self.rows_seen += 1;
            if bytes >= WORK_BATCH_BYTES || seen >= rows_max {
                last_key = Some(row_key.to_vec());
                break;
            }
        }
        Ok((rewrites, last_key))
    }
}
