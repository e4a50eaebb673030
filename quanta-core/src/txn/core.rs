//! An open store at one epoch: what all handles of it share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use quanta_storage::{Batch, Commit, Condition, Durability, Engine, Snapshot};

use crate::catalog::keys;
use crate::codec::encode_record;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Declaration;
use crate::plan::{Head, Presence};
use crate::schema::{Fingerprint, Schema};

use super::base::Base;
use super::observers::Observers;
use super::queue::{CommitQueue, Queued, caught};
use super::referrers::Referrers;
use super::settle::News;
use super::table::{Table, live_table};
use super::thread_mark::ThreadMark;
use super::uuids::next_uuid;

/// What may be done with an open store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    ReadWrite,
    /// Reading.
    ReadOnly,
}

/// An open store at one epoch: what all handles of it share.
///
/// There is one writer at a time: whoever holds the guard of [`Core::lock`], or has its turn as a transaction. Readers
/// never wait for it.
#[derive(Debug)]
pub struct Core {
    engine: Arc<dyn Engine>,
    epoch: AtomicU64,
    access: Access,
    durability: Durability,
    clock: fn() -> u64,
    head: Mutex<Head>,
    tables: RwLock<BTreeMap<String, Arc<Table>>>,
    referrers: OnceLock<Referrers>,
    writer: Mutex<()>,
    /// The thread that has the right to write.
    holder: ThreadMark,
    /// The thread that tells watchers and hooks of a commit.
    teller: ThreadMark,
    /// What transactions wrote and the engine doesn't have yet.
    queue: CommitQueue,
    moved: AtomicBool,
    /// How often what transactions wrote went to the engine. It grows once that can be seen, and before it counts as
    /// written: whoever has the right to write and finds the number of before can rely on what was read in between.
    writes: AtomicU64,
    observers: Arc<Observers>,
    /// Entities with functions that say whether a row is valid.
    validating: Vec<&'static Declaration>,
}

/// The right to write to the engine, which has everything that was written before.
#[derive(Debug)]
pub struct WriteGuard<'c> {
    _right: Right<'c>,
}

/// The right to write, behind what waits to be written: what a transaction has.
#[derive(Debug)]
pub(super) struct Turn<'c> {
    _right: Right<'c>,
}

#[derive(Debug)]
struct Right<'c> {
    core: &'c Core,
    /// Given back after the holder was forgotten.
    _right: MutexGuard<'c, ()>,
}

impl Drop for Right<'_> {
    fn drop(&mut self) {
        self.core.holder.clear();
    }
}

/// Somebody is told of a commit, until this is dropped.
struct Telling<'c>(&'c Core);

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.0.teller.clear();
    }
}

impl Core {
    /// Puts together what an open found out.
    #[must_use]
    pub fn new(
        engine: Arc<dyn Engine>,
        epoch: u64,
        head: Head,
        access: Access,
        (durability, clock): (Durability, fn() -> u64),
    ) -> Self {
        Self {
            engine,
            epoch: AtomicU64::new(epoch),
            access,
            durability,
            clock,
            head: Mutex::new(head),
            tables: RwLock::default(),
            referrers: OnceLock::new(),
            writer: Mutex::new(()),
            holder: ThreadMark::default(),
            teller: ThreadMark::default(),
            queue: CommitQueue::default(),
            moved: AtomicBool::new(false),
            writes: AtomicU64::new(0),
            observers: Arc::default(),
            validating: Vec::new(),
        }
    }

    /// Says with which entities the program opened the store: the rows that it writes are held to their validators.
    #[must_use]
    pub fn validating(self, entities: Vec<&'static Declaration>) -> Self {
        Self {
            validating: entities,
            ..self
        }
    }

    /// Returns who looks at the tables.
    #[must_use]
    pub fn observers(&self) -> &Arc<Observers> {
        &self.observers
    }

    /// Returns the engine, for reads.
    #[must_use]
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    /// Returns the epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Goes on at a new epoch, which whoever has the right to write gave the store without moving a table: all handles
    /// stay what they are.
    pub fn go_on(&self, _right: &WriteGuard<'_>, epoch: u64, head: Head) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
        self.epoch.store(epoch, Ordering::Release);
    }

    /// Returns what may be done with the store.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// Returns how durable commits are.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.durability
    }

    /// Returns a UUID v7 above all that were given out by the clock of the store.
    #[must_use]
    pub fn next_uuid(&self) -> [u8; 16] {
        next_uuid(self.clock)
    }

    /// Returns a copy of the head.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens a consistent view.
    ///
    /// # Errors
    ///
    /// If the schema has moved, or the engine fails.
    pub fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        self.check_epoch()?;
        Ok(Arc::from(self.engine.snapshot()?))
    }

    /// Checks that the schema is still the one that this handle knows.
    ///
    /// # Errors
    ///
    /// If it has moved.
    pub fn check_epoch(&self) -> Result<()> {
        if self.moved.load(Ordering::Acquire) {
            Err(moved())
        } else {
            Ok(())
        }
    }

    /// Checks that the store may be written.
    ///
    /// # Errors
    ///
    /// If it was opened for reading only.
    pub fn check_writable(&self) -> Result<()> {
        match self.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => Err(Error::new(
                ErrorKind::ReadOnly,
                "the store was opened for reading only: by Options::read_only, or as a newer one by OnOlder::ReadOnly",
            )),
        }
    }

    /// Makes every handle answer that the schema has moved.
    pub fn set_moved(&self) {
        self.moved.store(true, Ordering::Release);
        self.observers.end(ErrorKind::SchemaMoved);
    }

    /// Waits for the right to write, and until the engine has what was committed before and everybody was told of it.
    ///
    /// # Errors
    ///
    /// If this thread has it already: it would wait for itself.
    pub fn lock(&self) -> Result<WriteGuard<'_>> {
        let right = self.right()?;
        self.queue.drain();
        Ok(WriteGuard { _right: right })
    }

    /// Waits for the right to write, to begin a transaction behind what waits to be written.
    ///
    /// # Errors
    ///
    /// As [`Core::lock`].
    pub(super) fn begin(&self) -> Result<(Turn<'_>, Base<'_>)> {
        let right = self.right()?;
        let base = Base::new(self, self.queue.waiting());
        Ok((Turn { _right: right }, base))
    }

    /// A panic of an earlier holder left nothing behind: writes reach the engine as one batch at the very end.
    fn right(&self) -> Result<Right<'_>> {
        self.check_idle()?;
        let right = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.holder.set();
        Ok(Right {
            core: self,
            _right: right,
        })
    }

    /// Checks that this thread is in no transaction.
    ///
    /// # Errors
    ///
    /// If it is.
    pub fn check_idle(&self) -> Result<()> {
        if self.holder.is_here() || self.teller.is_here() {
            let problem =
                "this thread is in a transaction already: write through its handle, or when it is over";
            return Err(Error::new(ErrorKind::NotSupported, problem));
        }
        Ok(())
    }

    /// Adds the condition that every commit carries and applies the batch.
    ///
    /// # Errors
    ///
    /// If the store is read-only, the schema has moved, or the engine fails.
    pub fn commit(&self, _right: &WriteGuard<'_>, mut batch: Batch, durability: Durability) -> Result<()> {
        self.check_epoch()?;
        self.check_writable()?;
        if batch.is_empty() {
            return Ok(());
        }
        batch.require(self.condition());
        self.write(&batch, durability)
    }

    /// Lets what a transaction wrote be committed, with whatever else waits for it, and tells those who look at it.
    /// `batch` writes each key once, in their order.
    ///
    /// # Errors
    ///
    /// As [`Core::commit`], for this batch or one that the transaction has read from.
    pub(super) fn commit_in_line(
        &self,
        (turn, base): (Turn<'_>, Base<'_>),
        (mut batch, durability): (Batch, Durability),
        news: Vec<News>,
    ) -> Result<()> {
        self.check_epoch()?;
        self.check_writable()?;
        if batch.is_empty() {
            // What it has read may still wait, and others need not wait with it.
            drop(turn);
            return self.queue.settle_read(base.queued());
        }
        batch.require(self.condition());
        if durability == Durability::Buffered && base.queued().is_empty() && news.is_empty() {
            // Nothing waits before it, and nobody gains by waiting with it: the disk is not asked.
            let written = caught(|| self.write(&batch, durability));
            self.writes.fetch_add(1, Ordering::AcqRel);
            drop(turn);
            return written;
        }
        // Nothing of the engine is asked between getting in line and settling: others count on whoever stands there.
        let rows_max = self.engine.batch_rows_max();
        let (queued, news_turn) = self
            .queue
            .enqueue(base.queued(), (batch, durability), !news.is_empty())?;
        drop(turn);
        let outcome = self.queue.settle(&queued, rows_max, |batch, durability| {
            let written = self.write(batch, durability);
            // Also where it failed: then it isn't known what was written.
            self.writes.fetch_add(1, Ordering::AcqRel);
            written
        });
        if let Some(news_turn) = news_turn {
            let is_written = outcome.is_ok();
            self.queue.in_turn(news_turn, || {
                if is_written {
                    self.tell(news);
                }
            });
        }
        outcome
    }

    fn tell(&self, news: Vec<News>) {
        self.teller.set();
        // Also where something of the program panics that is let go here.
        let _telling = Telling(self);
        news.into_iter().for_each(News::publish);
    }

    /// Waits until it is known what became of commits.
    pub(super) fn wait_for(&self, queued: &[Arc<Queued>]) {
        self.queue.wait_for(queued);
    }

    fn condition(&self) -> Condition {
        Condition::Equals(keys::EPOCH.to_vec(), self.epoch().to_be_bytes().to_vec())
    }

    fn write(&self, batch: &Batch, durability: Durability) -> Result<()> {
        match self.engine.commit(batch, durability)? {
            Commit::Done => Ok(()),
            Commit::Refused { .. } => {
                self.set_moved();
                Err(moved())
            }
        }
    }

    /// Returns how often what transactions wrote went to the engine.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    /// Finds a live table by name, and loads it if this is the first time. `known` is a schema
    /// that the program declares for it: it is read from the store if its fingerprint is another one.
    ///
    /// # Errors
    ///
    /// If there is no such table, or it is damaged.
    pub fn table(&self, name: &str, known: Option<(&Schema, Fingerprint)>) -> Result<Arc<Table>> {
        self.check_epoch()?;
        if let Some(table) = self
            .tables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
        {
            return Ok(Arc::clone(table));
        }
        let head = self.head();
        let (id, table) = live_table(&head, name)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("the store has no table {name}")))?;
        let table = Arc::new(Table::load(self.engine.snapshot()?.as_ref(), id, table, known)?);
        for entity in &self.validating {
            let declared = entity.declared.as_ref().ok();
            let has_its_shape = declared.is_some_and(|declared| declared.fingerprint == table.fingerprint);
            if entity.table == name && has_its_shape {
                table.validators.add(entity);
            }
        }
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(tables.entry(name.to_owned()).or_insert(table)))
    }

    /// Says where the rows of a live table lie.
    #[must_use]
    pub fn space_of(&self, id: u32) -> Option<u32> {
        let head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let table = head.tables.get(&id)?;
        (table.state.presence == Presence::Live).then_some(table.state.space)
    }

    /// Finds a live table by its id.
    ///
    /// # Errors
    ///
    /// As [`Core::table`].
    pub fn table_of_id(&self, id: u32) -> Result<Arc<Table>> {
        let name = {
            let head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
            head.tables.get(&id).map(|table| table.state.name.clone())
        };
        let name = name.ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("the store has no table with id {id}"),
            )
        })?;
        self.table(&name, None)
    }

    /// Says which tables refer to which. Read once, when it is first asked for.
    ///
    /// # Errors
    ///
    /// If a version is missing or damaged.
    pub fn referrers(&self) -> Result<&Referrers> {
        if let Some(referrers) = self.referrers.get() {
            return Ok(referrers);
        }
        let referrers = Referrers::load(self.engine.snapshot()?.as_ref(), &self.head())?;
        Ok(self.referrers.get_or_init(|| referrers))
    }

    /// Notes that all rows of a table are current, on disk and here. `extra` is written with it.
    ///
    /// # Errors
    ///
    /// Those of [`Core::commit`].
    pub fn retire_stamps(&self, right: &WriteGuard<'_>, id: u32, mut extra: Batch) -> Result<()> {
        let mut head = self.head();
        let Some(table) = head.tables.get_mut(&id) else {
            return Ok(());
        };
        table.stamps = [table.state.version].into();
        let record = encode_record(&head).map_err(|problem| Error::new(ErrorKind::TooLarge, problem))?;
        extra.put(keys::HEAD, record);
        self.commit(right, extra, Durability::Buffered)?;
        let name = head.tables[&id].state.name.clone();
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        // Another table may be there by the name of one that is gone.
        if let Some(table) = tables.get(&name).filter(|table| table.id == id) {
            table.settle();
        }
        Ok(())
    }
}

fn moved() -> Error {
    let problem = "the schema has moved since this handle was opened: drop it and open the store again";
    Error::new(ErrorKind::SchemaMoved, problem)
}
