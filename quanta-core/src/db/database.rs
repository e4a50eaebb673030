//! An open store.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use quanta_storage::{EngineKind, Marker, OpenOptions, Opened};

use crate::collection::{Collection, DynamicCollection, Snapshot, TransactionHandle};
use crate::custom::MigrationDeclaration;
use crate::error::Result;
use crate::migrate::{CodeTable, Destination, Traveller, travel};
use crate::model::QuantaEntity;
use crate::query::{Origin, Query};
use crate::txn::{Core, Transaction};

use super::options::{Options, Sweep, fresh_id};
use super::report::{OpenReport, TravelReport};
use super::sweeper::{SweepHandle, Sweeper};

/// An open store. Clones are handles of the same one, for any thread; it is closed when the last is dropped, and what
/// came from it, such as collections. Calls block: the crate `quantadb` says how async programs use it.
///
/// ```
/// # use quanta_core::{Engine, Options};
/// let db = Options::new().engine(Engine::memory()).entities::<()>().open("anywhere")?;
/// assert_eq!(db.history()?.records.len(), 1);
/// # Ok::<(), quanta_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

/// The order of fields is the order in which they are dropped: the sweep ends before the store is closed.
#[derive(Debug)]
struct Inner {
    sweeper: Mutex<Option<Sweeper>>,
    core: Arc<Core>,
    marker: Marker,
    report: OpenReport,
    /// The program's functions, by table: rows may need them on the way back.
    code: BTreeMap<String, CodeTable>,
    /// The program's own migrations.
    migrations: Vec<&'static MigrationDeclaration>,
    app_version: String,
    clock: fn() -> u64,
}

impl Database {
    /// Opens the store at `path`, or makes it, with the entities that the program registers and all defaults.
    ///
    /// # Errors
    ///
    /// As [`Options::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Options::new().open(path)
    }

    pub(super) fn start(core: Core, opened: Opened, report: OpenReport, options: &Options) -> Result<Self> {
        let core = Arc::new(core);
        options.attach_hooks(&core)?;
        let sweeper = match options.sweep_mode() {
            Sweep::On => Some(Sweeper::start(Arc::clone(&core))?),
            Sweep::Off => None,
        };
        let inner = Inner {
            sweeper: Mutex::new(sweeper),
            core,
            marker: opened.marker,
            report,
            code: options.code_tables(),
            migrations: options.migrations(),
            app_version: options.app_version_text().to_owned(),
            clock: options.now(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.inner.core
    }

    /// Says what opening did.
    #[must_use]
    pub fn open_report(&self) -> &OpenReport {
        &self.inner.report
    }

    /// Says what the store is: its format, its engine, its identity.
    #[must_use]
    pub fn marker(&self) -> &Marker {
        &self.inner.marker
    }

    /// Returns the rows of an entity.
    #[must_use]
    pub fn collection<E: QuantaEntity>(&self) -> Collection<E> {
        Collection::new(Arc::clone(self.core()))
    }

    /// Asks about the rows of an entity, as they are when the answer is asked for.
    pub fn query<E: QuantaEntity>(&self) -> Query<'static, E> {
        Query::new(Origin::Latest(Arc::clone(self.core())))
    }

    /// Returns the rows of a table as values, by the schema that the store has.
    ///
    /// # Errors
    ///
    /// If there is no such table, or it is damaged.
    pub fn table(&self, name: &str) -> Result<DynamicCollection> {
        DynamicCollection::new(Arc::clone(self.core()), name)
    }

    /// Runs a transaction: everything that it writes, over any number of tables, is applied as one, or not at all if
    /// it returns an error or panics. There is one writer at a time; readers don't wait.
    ///
    /// # Errors
    ///
    /// What the closure returns, and why the commit failed. [`NotSupported`](crate::ErrorKind::NotSupported) within
    /// the closure of another one: a thread has one transaction at a time.
    pub fn write<R>(&self, body: impl FnOnce(&TransactionHandle<'_>) -> Result<R>) -> Result<R> {
        let transaction = Transaction::begin(self.core())?;
        let result = body(&TransactionHandle::new(&transaction))?;
        transaction.commit()?;
        Ok(result)
    }

    /// Opens a snapshot of the present state, which no later write changes.
    ///
    /// # Errors
    ///
    /// If the schema has moved, or the engine fails.
    pub fn read(&self) -> Result<Snapshot> {
        Snapshot::new(Arc::clone(self.core()))
    }

    /// Returns the sweep: rows of earlier versions are rewritten in the background. Starts it if it is not running.
    #[must_use]
    pub fn sweep(&self) -> SweepHandle {
        let mut sweeper = self.inner.sweeper.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = sweeper.as_ref().filter(|sweeper| !sweeper.has_ended()) {
            return running.handle();
        }
        // The one before has ended: dropping it only joins its thread.
        *sweeper = None;
        match Sweeper::start(Arc::clone(self.core())) {
            Ok(started) => sweeper.insert(started).handle(),
            Err(error) => SweepHandle::failed(&error),
        }
    }

    /// Goes back by so many revisions, to the shape that the tables had: what was dropped or narrowed returns, rows
    /// written since are carried along, and the head is held there. Consumes this handle; others of the same store
    /// answer [`SchemaMoved`](crate::ErrorKind::SchemaMoved).
    ///
    /// # Errors
    ///
    /// If there is no such revision, or rows don't fit the shape to go to: the plan in the error lists them.
    pub fn rollback(self, revisions: u64) -> Result<TravelReport> {
        self.travel(&Destination::Back(revisions))
    }

    /// Goes to a revision that the store was at, as [`Database::rollback`].
    ///
    /// # Errors
    ///
    /// As [`Database::rollback`].
    pub fn migrate_to(self, revision: u64) -> Result<TravelReport> {
        self.travel(&Destination::Revision(revision))
    }

    /// Ends the sweep after its present batch.
    pub(super) fn stop_sweep(&self) {
        let mut sweeper = self.inner.sweeper.lock().unwrap_or_else(PoisonError::into_inner);
        drop(sweeper.take());
    }

    pub(super) fn app_version(&self) -> &str {
        &self.inner.app_version
    }

    pub(super) fn now(&self) -> u64 {
        (self.inner.clock)()
    }

    pub(super) fn travel(self, to: &Destination) -> Result<TravelReport> {
        let core = Arc::clone(self.core());
        core.check_epoch()?;
        // The sweep must not wait for a right that this thread has.
        core.check_idle()?;
        self.stop_sweep();
        let right = core.lock()?;
        core.check_writable()?;
        let traveller = Traveller {
            code: &self.inner.code,
            migrations: &self.inner.migrations,
            app_version: &self.inner.app_version,
            time_ms: self.now(),
        };
        let opening = travel(core.engine(), to, traveller)?;
        core.set_moved();
        drop(right);
        Ok(TravelReport {
            revision: opening.head.revision,
            plan: opening.plan,
            spans: opening.spans,
        })
    }

    /// Says which version of the program this is, and what time it is.
    pub(super) fn signature(&self) -> (&str, u64) {
        (&self.inner.app_version, (self.inner.clock)())
    }

    /// Copies the whole store, history included, into a new directory on another engine.
    ///
    /// # Errors
    ///
    /// If there is something at `path`, and those of the engines.
    pub fn copy_to(&self, path: impl AsRef<Path>, engine: EngineKind) -> Result<()> {
        let snapshot = self.core().snapshot()?;
        let options = OpenOptions {
            engine: Some(engine),
            ..OpenOptions::default()
        };
        quanta_storage::copy_to_dir(snapshot.as_ref(), path, &options, fresh_id(), &mut |_| {})?;
        Ok(())
    }

    /// Makes every commit so far survive power loss, whatever its durability was.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn flush(&self) -> Result<()> {
        Ok(self.core().engine().flush()?)
    }
}
