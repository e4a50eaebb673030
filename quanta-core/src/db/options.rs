//! How a store is opened.

mod declares;
mod files;
mod hooks;
mod opening;
mod policies;

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use quanta_storage::{CreateMode, Durability, Memory, StoreId};

use crate::custom::MigrationDeclaration;
use crate::history::ReleasedHistory;
use crate::migrate::Hold;
use crate::model::{Declaration, ViewDeclaration};
use crate::plan::Policy;
use crate::progress::{Meter, Progress};
use crate::txn::Access;
use crate::watch::Hook;

use super::backup::BackupPolicy;
use super::files::Files;
use super::migration_hooks::MigrationHooks;

/// The ordered key-value engine underneath a store. A store remembers its engine.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// let engine = Engine::memory();
/// let options = || Options::new().engine(engine.clone()).entities::<(City,)>();
/// let oslo = City { name: "Oslo".into(), people: 717_710 };
/// options().open("cities")?.collection::<City>().insert(&oslo)?; // It is closed here,
/// let db = options().open("cities")?; // and opened again.
/// assert_eq!(db.collection::<City>().get("Oslo")?, Some(oslo));
/// assert_eq!(db.marker().engine, "memory");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Engine {
    /// A log-structured merge tree: the default.
    #[default]
    Fjall,
    /// The second engine on disk. Needs the feature `sled`, which is on by default.
    Sled,
    /// A B-tree in one file: it opens at once, also a large store, and reads single rows fastest; loads are slower than
    /// with fjall. Needs the feature `redb`.
    Redb,
    /// Nothing on disk. Clones of the handle are one store, so that it can be opened again once the database before is
    /// dropped. Unlike a directory it has no lock: two databases on it at a time don't know of each other's writes.
    Memory(Memory),
    /// An engine of your own.
    Custom(Arc<dyn quanta_storage::Engine>),
}

impl Engine {
    /// Makes a new, empty store in memory.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// let open = || Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities");
    /// let (one, other) = (open()?, open()?);
    /// one.collection::<City>().insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert!(other.collection::<City>().is_empty()?); // Each is a store of its own.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(Memory::new())
    }
}

/// Whether rows are rewritten in the background after a change.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, Sweep};
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Before { #[quanta(id)] name: String }
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "cities", register = false)]
/// # struct City { #[quanta(id)] name: String, people: Option<u64> }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// let before = options().entities::<(Before,)>().open("cities")?;
/// before.collection::<Before>().insert(&Before { name: "Oslo".into() })?;
/// # drop(before);
/// // `City` has one field more than `Before`.
/// let db = options().entities::<(City,)>().sweep(Sweep::Off).open("cities")?;
/// assert_eq!(db.inspect()?.tables[0].rows_unswept(), 1);
/// assert_eq!(db.sweep().wait()?.rows_rewritten, 1);
/// assert_eq!(db.inspect()?.tables[0].rows_unswept(), 0);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sweep {
    /// They are, from the open on.
    #[default]
    On,
    /// They are not, until [`Database::sweep`](crate::Database::sweep) asks for it.
    Off,
}

/// How a store is opened. The defaults hide no loss: whatever is ambiguous, doesn't fit or is newer is refused.
///
/// ```
/// # use quanta_core::{Database, Engine, Options};
/// let db = Options::new().engine(Engine::memory()).entities::<()>().open("anywhere")?;
/// assert!(db.open_report().plan.is_empty());
/// # Ok::<(), quanta_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    engine: Option<Engine>,
    durability: Durability,
    entities: Option<Vec<Known>>,
    registered: Vec<Known>,
    views: Option<Vec<&'static ViewDeclaration>>,
    registered_views: Vec<&'static ViewDeclaration>,
    migrations: Vec<&'static MigrationDeclaration>,
    history: Option<Arc<ReleasedHistory>>,
    policy: Policy,
    hold: Hold,
    access: Access,
    create: CreateMode,
    sweep: Sweep,
    hooks: Vec<Hook>,
    meter: Meter,
    /// None if it is for the machine to say.
    threads: Option<NonZeroUsize>,
    backup: BackupPolicy,
    approved: Option<String>,
    files: Files,
    migration_hooks: MigrationHooks,
    app_version: String,
    clock: fn() -> u64,
}

/// A declaration of the program's, or one that was read from a document.
#[derive(Debug, Clone)]
enum Known {
    Linked(&'static Declaration),
    Given(Arc<Declaration>),
}

impl Known {
    fn declaration(&self) -> &Declaration {
        match self {
            Self::Linked(declaration) => declaration,
            Self::Given(declaration) => declaration,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// Returns the defaults.
    ///
    /// ```
    /// # use quantadb::{Engine, Options};
    /// let db = Options::new().engine(Engine::memory()).entities::<()>().open("anywhere")?;
    /// assert!(db.open_report().created);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            engine: None,
            durability: Durability::Sync,
            entities: None,
            registered: Vec::new(),
            views: None,
            registered_views: Vec::new(),
            migrations: Vec::new(),
            history: None,
            policy: Policy::default(),
            hold: Hold::default(),
            access: Access::ReadWrite,
            create: CreateMode::IfMissing,
            sweep: Sweep::default(),
            hooks: Vec::new(),
            meter: Meter::default(),
            threads: None,
            backup: BackupPolicy::default(),
            approved: None,
            files: Files::default(),
            migration_hooks: MigrationHooks::default(),
            app_version: String::new(),
            clock: system_clock,
        }
    }

    /// Chooses the engine. Without this, a store keeps its own, and a new one is made on fjall.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.inspect()?.engine, "memory");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// Chooses how durable commits are. The default, [`Durability::Sync`], survives power loss.
    ///
    /// ```
    /// # use quantadb::{Durability, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let options = options().entities::<(City,)>().durability(Durability::Buffered);
    /// let db = options.open("cities")?;
    /// db.collection::<City>().insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// db.flush()?; // From here on it survives power loss too.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Opens for reading only. A change of shape is refused then.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(City,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().read_only().open("cities")?;
    /// let error = db.collection().insert(&City { name: "Oslo".into(), people: 0 }).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::ReadOnly);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    /// Opens a store that is there, and makes none where there is nothing.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let error = options().entities::<(City,)>().must_exist().open("cities").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Missing);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn must_exist(mut self) -> Self {
        self.create = CreateMode::Never;
        self
    }

    /// Chooses whether rows are rewritten in the background after a change.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Sweep};
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
    /// let db = options().entities::<(City,)>().sweep(Sweep::Off).open("cities")?;
    /// assert_eq!(db.inspect()?.tables[0].rows_unswept(), 1);
    /// assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().people, None); // Reading needs no sweep.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn sweep(mut self, sweep: Sweep) -> Self {
        self.sweep = sweep;
        self
    }

    /// Has a function told how far long work has got: an open that looks at rows, builds or fills indexes, a rollback, and
    /// the sweep. It is called at the beginning and the end of each phase of each table, and in between once for each
    /// batch, at the latest after 1024 rows.
    ///
    /// It answers whether the work is to go on. [`ControlFlow::Break`] ends it with
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled): the store is as it was, and opens with the program of before as
    /// well as with this one. What was built by then stays for the next open, which goes on there if it can, or
    /// empties it. A sweep ends after its present batch, as if the store were closed, and goes on where it was when it is
    /// asked for again. A panic of the function ends the work too, with [`ErrorKind::OwnCode`](crate::ErrorKind::OwnCode).
    /// The sweep calls it in its own thread, so it must not wait there for the sweep, close the store, or roll it back.
    ///
    /// An answer, rather than a token to be cancelled from elsewhere: whoever has a token, a deadline or a key that was
    /// pressed asks for it here, and the work needs to know nothing of it.
    ///
    /// It is called in the thread that does the work: that of the open, or of the sweep. So it must not take long.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # use std::{ops::ControlFlow, sync::{Arc, atomic::{AtomicBool, Ordering}}};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = Before { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
    /// let is_cancelled = Arc::new(AtomicBool::new(false));
    /// let asked = is_cancelled.clone();
    /// let options = options().entities::<(City,)>().progress(move |progress| {
    ///     println!("{}: {} rows", progress.phase, progress.rows_done);
    ///     if asked.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// });
    /// is_cancelled.store(true, Ordering::Relaxed); // Somebody has had enough.
    /// let error = options.clone().open("cities").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Cancelled);
    /// is_cancelled.store(false, Ordering::Relaxed);
    /// assert_eq!(options.open("cities")?.collection::<City>().len()?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn progress(mut self, hook: impl Fn(&Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        self.meter.also(hook);
        self
    }

    /// Says in how many threads the rows of different tables may be looked at before a change, and translated by the sweep
    /// after it: in each, one table at a time. By default they are as many as the machine has processors, at most 8; for
    /// the sweep, half as many.
    ///
    /// Functions of the program are called in the thread of the open, one after the other, whatever this says. What comes of
    /// it is the same with any number. Where no two tables have thousands of rows, one thread does it all.
    ///
    /// ```
    /// # use quantadb::{Engine, Options};
    /// # use std::num::NonZeroUsize;
    /// let options = Options::new().engine(Engine::memory()).entities::<()>();
    /// let db = options.threads(NonZeroUsize::MIN).open("cities")?; // The rest of the machine is for others.
    /// # assert!(db.open_report().created);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn threads(mut self, threads_max: NonZeroUsize) -> Self {
        self.threads = Some(threads_max);
        self
    }

    /// Says whether a backup is taken before the store changes: see [`BackupPolicy`]. By default none is.
    ///
    /// If it can't be taken, such as on a full disk, the open fails and the store is as it was.
    ///
    /// ```
    /// # use quantadb::{BackupPolicy, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// let options = Options::new().entities::<(City,)>().backup(BackupPolicy::auto().keep(5));
    /// let db = options.open(dir.path().join("cities.quanta"))?;
    /// assert!(!dir.path().join("cities.quanta.backups").exists()); // There was nothing to lose.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn backup(mut self, policy: BackupPolicy) -> Self {
        self.backup = policy;
        self
    }

    /// Lets an open change the store, or make it, only by the plan that has this token: see
    /// [`Plan::token`](crate::Plan::token). A rollback by hand needs none.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let token = options().entities::<(City,)>().plan("cities")?.token(); // `City` has one field more.
    /// let other = options().entities::<(City,)>().approved("0123456789abcdef").open("cities");
    /// assert_eq!(other.unwrap_err().kind(), ErrorKind::Refused);
    /// let db = options().entities::<(City,)>().approved(token).open("cities")?;
    /// # assert_eq!(db.open_report().revision, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn approved(mut self, token: impl Into<String>) -> Self {
        self.approved = Some(token.into());
        self
    }

    /// Says which version of the program this is: the ledger records it.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = options().entities::<(City,)>().app_version(env!("CARGO_PKG_VERSION")).open("cities")?;
    /// assert_eq!(db.history()?.records[0].app_version, env!("CARGO_PKG_VERSION"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn app_version(mut self, version: impl Into<String>) -> Self {
        self.app_version = version.into();
        self
    }

    /// Takes the time, in milliseconds since 1970, from a function of yours.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = options().entities::<(City,)>().clock(|| 86_400_000).open("cities")?;
    /// assert_eq!(db.history()?.records[0].time_ms, 86_400_000);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: fn() -> u64) -> Self {
        self.clock = clock;
        self
    }
}

fn system_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Returns the id of a new store. The standard library seeds each of its hashers from the system's randomness.
pub(super) fn fresh_id() -> StoreId {
    use std::hash::{BuildHasher, RandomState};
    let mut id = [0; 16];
    id[..8].copy_from_slice(&RandomState::new().hash_one(0_u8).to_be_bytes());
    id[8..].copy_from_slice(&RandomState::new().hash_one(1_u8).to_be_bytes());
    StoreId(id)
}
