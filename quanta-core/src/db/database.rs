//! An open store.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use quanta_storage::{EngineKind, Marker, OpenOptions, Opened};

use crate::collection::{Collection, DynamicCollection, Snapshot, TransactionHandle};
use crate::custom::MigrationDeclaration;
use crate::error::Result;
use crate::migrate::{Baggage, Budget, CodeTable, Destination, Traveller, travel};
use crate::model::QuantaEntity;
use crate::progress::Meter;
use crate::query::compile_edits;
use crate::query::{Origin, Query};
use crate::txn::{Core, Transaction};

use super::backup::AutoBackups;
use super::migration_hooks::{Migration, MigrationHooks};
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
    /// What tells the program how far long work has got.
    meter: Meter,
    budget: Budget,
    /// What is put by before the store changes.
    backups: AutoBackups,
    migration_hooks: MigrationHooks,
}

impl Database {
    /// Opens the store at `path`, or makes it, with the entities that the program registers and all defaults.
    ///
    /// ```standalone_crate
    /// # use quantadb::{Database, QuantaEntity};
    /// #[derive(QuantaEntity)]
    /// struct City { #[quanta(id)] name: String, people: u64 }
    ///
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// # let path = dir.path().join("cities");
    /// let db = Database::open(&path)?;
    /// db.collection().insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// drop(db);
    /// assert_eq!(Database::open(&path)?.collection::<City>().len()?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Options::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Options::new().open(path)
    }

    pub(super) fn start(
        core: Core,
        opened: Opened,
        report: OpenReport,
        (options, backups): (&Options, AutoBackups),
    ) -> Result<Self> {
        let core = Arc::new(core);
        options.attach_hooks(&core)?;
        let sweeper = match options.sweep_mode() {
            Sweep::On => Some(Sweeper::start(
                Arc::clone(&core),
                (options.meter().clone(), options.budget()),
            )?),
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
            meter: options.meter().clone(),
            budget: options.budget(),
            backups,
            migration_hooks: options.migration_hooks().clone(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.inner.core
    }

    /// Says what opening did.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().open("cities")?; // The field `people` came.
    /// let report = db.open_report();
    /// assert!(!report.created);
    /// assert_eq!(report.plan.steps().count(), 1); // The field that came.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn open_report(&self) -> &OpenReport {
        &self.inner.report
    }

    /// Says what the store is: its format, its engine, its identity.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// let id = db.marker().id;
    /// # drop(db);
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.marker().id, id); // It is the same store.
    /// assert_eq!(db.marker().engine, "memory");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn marker(&self) -> &Marker {
        &self.inner.marker
    }

    /// Returns the rows of an entity.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let cities = db.collection::<City>();
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert_eq!(cities.get("Oslo")?.unwrap().people, 717_710);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn collection<E: QuantaEntity>(&self) -> Collection<E> {
        Collection::new(Arc::clone(self.core()))
    }

    /// Asks about the rows of an entity, as they are when the answer is asked for.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let large = db.query::<City>().filter(|city| city.people.gt(250_000)).order_by(|city| city.people.desc());
    /// assert_eq!(large.select(|city| city.name).collect()?, ["Oslo", "Bergen"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn query<E: QuantaEntity>(&self) -> Query<'static, E> {
        Query::new(Origin::Latest(Arc::clone(self.core())))
    }

    /// Returns the rows of a table as values, by the schema that the store has.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let cities = db.table("city")?;
    /// assert_eq!(cities.get(&"Oslo".into())?.unwrap().get("people"), Some(&717_710_u64.into()));
    /// assert_eq!(db.table("town").unwrap_err().kind(), ErrorKind::NotFound);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let people = db.write(|tx| {
    ///     let cities = tx.collection::<City>();
    ///     let oslo = cities.update("Oslo", |oslo| oslo.people -= 1)?;
    ///     cities.update("Bergen", |bergen| bergen.people += 1)?;
    ///     Ok(oslo.map(|oslo| oslo.people))
    /// })?;
    /// assert_eq!(people, Some(717_709));
    /// assert_eq!(cities.get("Bergen")?.unwrap().people, 291_941);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let snapshot = db.read()?;
    /// cities.delete("Oslo")?;
    /// assert!(snapshot.collection::<City>().contains("Oslo")?);
    /// assert!(!cities.contains("Oslo")?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the schema has moved, or the engine fails.
    pub fn read(&self) -> Result<Snapshot> {
        Snapshot::new(Arc::clone(self.core()))
    }

    /// Returns the sweep: rows of earlier versions are rewritten in the background. Starts it if it is not running.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = Before { name: "Oslo".into() };
    /// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
    /// // `City` has one field more than what is stored.
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// let progress = db.sweep().wait()?;
    /// assert!(progress.is_done);
    /// assert_eq!(db.inspect()?.tables[0].rows_unswept(), 0);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn sweep(&self) -> SweepHandle {
        let mut sweeper = self.inner.sweeper.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = sweeper.as_ref().filter(|sweeper| !sweeper.has_ended()) {
            return running.handle();
        }
        // The one before has ended: dropping it only joins its thread.
        *sweeper = None;
        match Sweeper::start(
            Arc::clone(self.core()),
            (self.inner.meter.clone(), self.inner.budget),
        ) {
            Ok(started) => sweeper.insert(started).handle(),
            Err(error) => SweepHandle::failed(&error),
        }
    }

    /// Goes back by so many revisions, to the shape that the tables had: what was dropped or narrowed returns, rows
    /// written since are carried along, and the head is held there. Consumes this handle; others of the same store
    /// answer [`SchemaMoved`](crate::ErrorKind::SchemaMoved).
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Name { #[quanta(id)] name: String }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// // `Name` has no field `people`: what rows had there is kept,
    /// let db = options().entities::<(Name,)>().open("cities")?;
    /// assert_eq!(db.rollback(1)?.revision, 1);
    /// // and is there again when it comes back.
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().people, 717_710);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such revision, or rows don't fit the shape to go to: the plan in the error lists them.
    pub fn rollback(self, revisions: u64) -> Result<TravelReport> {
        self.travel(&Destination::Back(revisions))
    }

    /// Goes to a revision that the store was at, as [`Database::rollback`].
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(Before,)>().open("cities")?);
    /// drop(options().entities::<(City,)>().open("cities")?);
    /// let report = options().entities::<(City,)>().open("cities")?.migrate_to(1)?;
    /// assert_eq!(report.revision, 1);
    /// let report = options().entities::<(Before,)>().open("cities")?.migrate_to(2)?;
    /// assert_eq!(report.revision, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Database::rollback`].
    pub fn migrate_to(self, revision: u64) -> Result<TravelReport> {
        self.travel(&Destination::Revision(revision))
    }

    /// Ends the sweep after its present batch.
    pub(super) fn stop_sweep(&self) {
        let sweeper = self
            .inner
            .sweeper
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // Without the lock: the sweep may be in a function of the program that asks for it.
        drop(sweeper);
    }

    pub(super) fn app_version(&self) -> &str {
        &self.inner.app_version
    }

    /// Returns what rows and tables may need of this program on a journey.
    pub(super) fn baggage(&self) -> Baggage<'_> {
        Baggage {
            code: &self.inner.code,
            migrations: &self.inner.migrations,
            compile_edits,
            budget: self.inner.budget,
        }
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
        let (backups, hooks, time_ms) = (&self.inner.backups, &self.inner.migration_hooks, self.now());
        let traveller = Traveller {
            baggage: self.baggage(),
            app_version: &self.inner.app_version,
            time_ms,
            meter: &self.inner.meter,
            before: &|plan, state| {
                hooks.before(Migration::Travel, plan)?;
                backups.before(plan, state, time_ms).map(|()| None)
            },
        };
        let opening =
            travel(core.engine(), to, traveller).map_err(|error| hooks.failed(Migration::Travel, error))?;
        core.set_moved();
        drop(right);
        backups.after(&opening.plan);
        hooks.after(Migration::Travel, &opening.plan, opening.head.revision);
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
    /// ```
    /// # use quantadb::{Engine, EngineKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// # let path = dir.path().join("copy");
    /// db.copy_to(&path, EngineKind::Fjall)?;
    /// let copy = Options::new().entities::<(City,)>().open(&path)?;
    /// assert_eq!(copy.collection::<City>().len()?, 3);
    /// assert_eq!(copy.marker().engine, "fjall");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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

    /// Returns how many bytes the engine's files take on the disk; 0 for an engine that has none.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn disk_bytes(&self) -> Result<u64> {
        Ok(self.core().engine().disk_bytes()?)
    }

    /// Gives back the space on the disk of what was overwritten or deleted, as far as the engine can do that on demand. It may
    /// take as long as writing everything anew. Rows, history and kept values stay as they are.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// let db = Options::new().entities::<(City,)>().open(dir.path().join("cities.quanta"))?;
    /// for people in 0..1_000 {
    ///     db.collection().put(&City { name: "Oslo".into(), people })?;
    /// }
    /// db.compact()?;
    /// assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().people, 999);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the store was opened for reading only, and those of the engine.
    pub fn compact(&self) -> Result<()> {
        self.core().check_writable()?;
        Ok(self.core().engine().compact()?)
    }

    /// Makes every commit so far survive power loss, whatever its durability was.
    ///
    /// ```
    /// # use quantadb::{Durability, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = options().entities::<(City,)>().durability(Durability::Buffered).open("cities")?;
    /// for (name, people) in [("Oslo", 717_710), ("Bergen", 291_940)] {
    ///     db.collection().insert(&City { name: name.into(), people })?;
    /// }
    /// db.flush()?;
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn flush(&self) -> Result<()> {
        Ok(self.core().engine().flush()?)
    }
}
