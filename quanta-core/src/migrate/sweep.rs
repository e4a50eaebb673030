//! The sweep: rewriting rows to the current version, one bounded batch at a time. While one batch is written, the next
//! ones are translated, of several tables at once.

mod ahead;
mod pace;

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use quanta_storage::{Durability, Engine};

use crate::catalog::{estimate_rows, keys, read_work};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Presence, TableHead, WorkTask};
use crate::progress::RowsTotal;
use crate::schema::limits::SWEEP_FREE_BYTES_MIN;
use crate::txn::{Core, Table};

use self::ahead::{Ahead, Translated, Translator, translate_all};
use self::pace::{Writers, next_rows};
use super::build::work_record;
use super::discard::discard_space;
use super::switch::Built;

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
    /// Whether it is at its end.
    progress: Swept,
}

/// How far the sweep of tables got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// It was to stop before the end.
    InPart,
    /// All of it is done.
    Whole,
}

/// Who has tables swept.
pub trait Overseer {
    /// Takes note that a table is begun with, or gone on with.
    ///
    /// # Errors
    ///
    /// If it is to be left.
    fn begins(&mut self, sweep: &TableSweep) -> Result<()>;

    /// Says whether the next batch is to be written.
    fn goes_on(&self) -> bool;

    /// Lets writers have their turn.
    fn rest(&self, time: Duration);

    /// Takes note of the batch that was written.
    ///
    /// # Errors
    ///
    /// If there is to be none after it.
    fn wrote(&mut self, sweep: &TableSweep) -> Result<()>;

    /// Takes note that a table is done.
    ///
    /// # Errors
    ///
    /// If there is to be none after it.
    fn ends(&mut self, sweep: &TableSweep) -> Result<()>;
}

/// Nobody watches, and nothing stops it.
struct Unwatched;

impl Overseer for Unwatched {
    fn begins(&mut self, _: &TableSweep) -> Result<()> {
        Ok(())
    }

    fn goes_on(&self) -> bool {
        true
    }

    fn rest(&self, _: Duration) {}

    fn wrote(&mut self, _: &TableSweep) -> Result<()> {
        Ok(())
    }

    fn ends(&mut self, _: &TableSweep) -> Result<()> {
        Ok(())
    }
}

/// Lists the tables with rows to rewrite, each from where its sweep got to.
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
        let sweep = TableSweep::start(core, *id, head, cursor.unwrap_or_default())?;
        if sweep.table.needs_sweep() {
            sweeps.push(sweep);
        }
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
        sweep_all(core, std::slice::from_mut(&mut sweep), 1, &mut Unwatched)?;
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
            progress: Swept::InPart,
        })
    }

    /// Returns the name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table.name
    }

    /// Says about how many rows are left to be seen.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn rows_left(&self, core: &Core) -> Result<RowsTotal> {
        let Table { space, schema, .. } = self.table.as_ref();
        let after = Some(self.cursor.as_slice()).filter(|cursor| !cursor.is_empty());
        estimate_rows(core.snapshot()?.as_ref(), (*space, after), schema)
    }

    /// Writes a batch. Returns how long it had the right to write, and whether others wrote since it was translated.
    fn write(&mut self, core: &Core, translated: Translated) -> Result<(Duration, Writers)> {
        let right = core.lock()?;
        let started = Instant::now();
        // Whoever writes rows says so before it gives back the right to.
        let writers = if core.writes() == translated.writes {
            Writers::Idle
        } else {
            Writers::Busy
        };
        let (rows_seen, last_key) = (translated.rows_seen, translated.last_key.clone());
        let (mut batch, rows) = match writers {
            Writers::Idle => translated.all(),
            Writers::Busy => translated.unwritten(core.engine())?,
        };
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
            }
            None => {
                batch.delete(keys::sweep(self.table.id));
                core.retire_stamps(&right, self.table.id, batch)?;
            }
        }
        self.rows_seen += rows_seen;
        self.rows_rewritten += rows;
        Ok((started.elapsed(), writers))
    }
}

/// Rewrites all rows of tables that are left. Translating happens beside other writers and beside the writing of the
/// batches before, in that many threads at most, each of which has one table at a time; the right to write is taken only
/// to write, and rows that were written since are left out: they are current already. A table with a row that can't be
/// translated keeps none of the others from its end.
///
/// # Errors
///
/// If the schema has moved, a row is damaged, the disk is nearly full, or the engine fails.
pub fn sweep_all(
    core: &Core,
    sweeps: &mut [TableSweep],
    threads: usize,
    overseer: &mut dyn Overseer,
) -> Result<Swept> {
    let tables: Vec<Translator<'_>> = sweeps
        .iter()
        .enumerate()
        .filter(|(_, sweep)| sweep.progress == Swept::InPart)
        .map(|(position, sweep)| Translator::of(core, sweep, position))
        .collect();
    if tables.is_empty() {
        return Ok(Swept::Whole);
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        // However many threads there are, one batch waits in it, and one with each of them.
        let (sender, ahead) = sync_channel(1);
        let mut begun = Vec::new();
        for _ in 0..threads.clamp(1, tables.len()) {
            let (sender, tables, next) = (sender.clone(), &tables, &next);
            let thread = Builder::new().name("quanta-sweep-ahead".to_owned());
            match thread.spawn_scoped(scope, move || translate_all(tables, next, &sender)) {
                Ok(thread) => begun.push(thread),
                // Those that there are do all of it.
                Err(_) if !begun.is_empty() => break,
                Err(error) => {
                    return Err(Error::new(ErrorKind::Storage, "no thread for the sweep").with_source(error));
                }
            }
        }
        drop(sender);
        let result = write_all(core, sweeps, overseer, (&ahead, &tables));
        // Nobody takes any more: translators that wait to hand on a batch end.
        drop(ahead);
        for thread in begun {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
        result
    })
}

fn write_all(
    core: &Core,
    sweeps: &mut [TableSweep],
    overseer: &mut dyn Overseer,
    (ahead, tables): (&Receiver<Ahead>, &[Translator<'_>]),
) -> Result<Swept> {
    let mut stopped = BTreeMap::new();
    for next in ahead {
        let (table, batch) = match next {
            Ahead::Begins(table) => {
                overseer.begins(&sweeps[tables[table].position])?;
                continue;
            }
            Ahead::Batch(table, Ok(batch)) => (&tables[table], batch),
            Ahead::Batch(table, Err(error)) => {
                stopped.insert(table, error);
                continue;
            }
        };
        let sweep = &mut sweeps[table.position];
        if !overseer.goes_on() {
            return Ok(Swept::InPart);
        }
        check_free_space(core.engine())?;
        let is_last = batch.last_key.is_none();
        let (held, writers) = sweep.write(core, batch)?;
        overseer.wrote(sweep)?;
        if is_last {
            sweep.progress = Swept::Whole;
            overseer.ends(sweep)?;
            continue;
        }
        let rows = table.rows_max.load(Ordering::Relaxed);
        table
            .rows_max
            .store(next_rows(rows, held, writers), Ordering::Relaxed);
        if writers == Writers::Busy {
            overseer.rest(held);
        }
    }
    if let Some((_, first)) = stopped.pop_first() {
        return Err(first);
    }
    // Only a panic ends a translator before the end of its table.
    let is_whole = sweeps.iter().all(|sweep| sweep.progress == Swept::Whole);
    Ok(if is_whole { Swept::Whole } else { Swept::InPart })
}

/// Leaves the last of the disk to the program: a sweep can wait.
fn check_free_space(engine: &dyn Engine) -> Result<()> {
    match engine.free_bytes()? {
        Some(free) if free < SWEEP_FREE_BYTES_MIN as u64 => {
            let problem = format!(
                "the sweep stops with {free} bytes free on the disk, and goes on only with {SWEEP_FREE_BYTES_MIN}: rows are \
                 read all the same"
            );
            Err(Error::new(ErrorKind::DiskFull, problem))
        }
        _ => Ok(()),
    }
}
