//! An embedded, typed record store whose schema follows the code.
//!
//! Derive [`QuantaEntity`] for the structs whose rows are stored, and [`QuantaType`] for what is inside of them. Open a
//! store with [`Database::open`] or with [`Options`]. If a struct has changed since the store was last opened, the open
//! plans the difference, checks it against the rows where it has to, and makes it current in one atomic step. How to go
//! back is stored with it: see [`Database::rollback`].
//!
//! ```
//! use quantadb::{Engine, Options, QuantaEntity};
//!
//! #[derive(QuantaEntity, Debug, PartialEq)]
//! #[quanta(table = "cities")]
//! struct City {
//!     #[quanta(id)]
//!     name: String,
//!     people: u64,
//! }
//!
//! let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("anywhere")?;
//! let oslo = City { name: "Oslo".into(), people: 717_710 };
//! db.collection::<City>().insert(&oslo)?;
//! assert_eq!(db.collection::<City>().get("Oslo")?, Some(oslo));
//! # Ok::<(), quantadb::Error>(())
//! ```
//!
//! # Where to look
//!
//! - [`QuantaEntity`](derive@QuantaEntity) and [`QuantaType`](derive@QuantaType): all attributes
//! - [`migration`]: functions over whole rows, for what no attribute says
//! - [`Options`]: how a store is opened; [`Options::plan`] shows what an open would do
//! - [`Import`], [`Export`]: rows from CSV and JSON lines, and into them
//! - [`Collection`], [`Database::write`], [`Database::read`]: rows, transactions, snapshots
//! - [`Query`]: which rows, in what order, how many; [`query`]: what its parts are made of; [`DynamicQuery`]: the same with
//!   filters as text, and without types
//! - [`QuantaView`](derive@QuantaView) and [`Database::view`]: named projections of rows, and of rows that they refer to
//! - [`Database::watch`], [`Options::before_write`], [`FieldError`]: learning of what is written, and having a say in it
//! - [`OpenReport`], [`Plan`], [`History`]: what happened, would happen, has happened
//! - [`lock`]: `quanta.lock`, the history of the entities beside the code
#![cfg_attr(
    feature = "testing",
    doc = "- [`testing`]: stores of every release, for tests of a program's migrations"
)]
//! - [`Database::release`], [`Database::objects`]: names for revisions, and what each of them consists of
//! - [`Error`] and [`ErrorKind`]: a refused change carries its plan, [`Error::plan`]
//!
//! # Async programs
//!
//! Reads and writes block, mostly on the disk. [`Database`], [`Collection`] and [`Snapshot`] are handles: `Send`, `Sync`, and
//! cheap to clone, with one store behind all clones. So share one [`Database`] as the state of a server, clone it into
//! each task, and run what reads or writes on a thread for blocking work: `tokio::task::spawn_blocking`,
//! `blocking::unblock`, or whatever the runtime has. A transaction is one closure, and belongs into one such call. Its
//! handle can't be held over an `.await`, which keeps tasks that don't run from holding up all writers.
//!
//! ```
//! # use quantadb::{Database, Engine, Options, QuantaEntity, Result};
//! # #[derive(QuantaEntity, Debug, PartialEq)]
//! # #[quanta(register = false)]
//! # struct User { #[quanta(id)] id: u64, visits: u64 }
//! # mod blocking { pub async fn unblock<R>(work: impl FnOnce() -> R) -> R { work() } }
//! async fn visit(db: &Database, id: u64) -> Result<u64> {
//!     let db = db.clone();
//!     let visits = blocking::unblock(move || {
//!         db.write(|tx| {
//!             let users = tx.collection::<User>();
//!             if let Some(user) = users.update(&id, |user| user.visits += 1)? {
//!                 return Ok(user.visits);
//!             }
//!             users.insert(&User { id, visits: 1 })?;
//!             Ok(1)
//!         })
//!     });
//!     visits.await
//! }
//! # let db = Options::new().engine(Engine::memory()).entities::<(User,)>().open("users")?;
//! # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! # for expected in 1..3 {
//! #     let visits = std::pin::pin!(visit(&db, 7)).poll(&mut context);
//! #     assert!(matches!(visits, std::task::Poll::Ready(Ok(visits)) if visits == expected));
//! # }
//! # Ok::<(), quantadb::Error>(())
//! ```
//!
//! A [`Watch`] needs no thread: a task polls it with [`Watch::poll_recv`], as below, or as a `Stream` with the feature
//! `futures`. Only [`WatchBuilder::start`] may wait, for the transaction that runs then. What was given to a thread for
//! blocking work is done, also if the task that waits for it is dropped.
//!
//! ```
//! # use quantadb::{Engine, Event, Options, QuantaEntity, Result, Watch};
//! # #[derive(QuantaEntity, Debug, PartialEq)]
//! # #[quanta(register = false)]
//! # struct User { #[quanta(id)] id: u64, visits: u64 }
//! async fn next(watch: &mut Watch<User>) -> Option<Result<Event<User>>> {
//!     std::future::poll_fn(|context| watch.poll_recv(context)).await
//! }
//! # let db = Options::new().engine(Engine::memory()).entities::<(User,)>().open("users")?;
//! # let mut watch = db.watch::<User>().start()?;
//! # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! # assert!(std::pin::pin!(next(&mut watch)).poll(&mut context).is_pending());
//! # db.collection::<User>().insert(&User { id: 7, visits: 1 })?;
//! # let event = std::pin::pin!(next(&mut watch)).poll(&mut context);
//! # let event = match event { std::task::Poll::Ready(Some(event)) => event?, _ => panic!("there is one") };
//! # assert_eq!(event, Event::Inserted(User { id: 7, visits: 1 }));
//! # Ok::<(), quantadb::Error>(())
//! ```
//!
//! # Features
//!
//! - `inventory` (default): entities register themselves at link time
//! - `sled` (default): the second engine
//! - `uuid`, `rust_decimal`, `jiff`, `chrono`, `bytes`: their types can be stored
//! - `serde_json`: its `Value` can be stored, as `opaque(json)`
//! - `futures`: a [`Watch`] is a `Stream`
//! - `testing`: the module `testing`, with what a program tests its own migrations with; for `[dev-dependencies]`

pub use quanta_core::query::{
    Cursor, DynamicGroups, DynamicQuery, DynamicSelected, Explanation, Field, Filter, Groups, Order, Page,
    Query, QueryRows, Selected, ViewQuery, With,
};
#[cfg(feature = "testing")]
pub use quanta_core::testing;
pub use quanta_core::{
    AsKey, AutoEntity, AutoKey, Backup, BackupPolicy, BackupReport, ByRef, ByValue, Change, Class,
    Collection, Database, Delta, Destination, Durability, DynamicCollection, DynamicTransactionCollection,
    Engine, EngineKind, Entities, Erasure, Error, ErrorKind, Event, Events, Export, FieldError, FileReport,
    FileState, FileStatus, FileStep, FilesReport, FilesStatus, Finding, FindingCode, Forget, ForgetReport,
    Format, History, HistoryDocument, Import, ImportProgress, ImportReport, ImportSource, IndexInspection,
    Inspection, KeptPart, LineError, Load, LoadReport, Memory, Migration, MigrationEvent, MigrationFile,
    MigrationResult, MigrationRow, MigrationRows, MigrationSource, MigrationTables, NewTable, Object,
    Objects, OldRow, OnExisting, OnOlder, OpenReport, Options, OwnMigration, Phase, Plan, Progress,
    QuantaEntity, QuantaType, QuantaView, Recovery, Ref, Referred, Release, ReleaseReport, Releases, Remedy,
    RepairReport, Repaired, Resolution, Result, RowProgram, Rows, RowsTotal, RunFiles, Severity, Snapshot,
    SnapshotCollection, Spans, Standing, StoredViewSchema, Style, Sweep, SweepHandle, SweepProgress,
    TableInspection, TableStanding, TransactionCollection, TransactionHandle, TravelReport, Validation,
    ValidationCode, ValidationFinding, Value, VerifyReport, VersionDiff, Views, Watch, WatchBuilder,
    cut_damaged_journal, file_id, next_file_id,
};
pub use quanta_core::{diff, lint, lock, plan, query, rehearse, schema};
pub use quanta_derive::{QuantaEntity, QuantaType, QuantaView, migration, migration_files};

#[doc(hidden)]
pub use quanta_core::__private;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the page on queries.
#[cfg(doctest)]
#[doc = include_str!("../docs/queries.md")]
struct Queries;

/// The examples of the page on migration files.
#[cfg(doctest)]
#[doc = include_str!("../docs/migration-files.md")]
struct MigrationFiles;

/// The examples of the page for those who know another tool.
#[cfg(doctest)]
#[doc = include_str!("../docs/coming-from.md")]
struct ComingFrom;

/// The examples of the page on migrations.
#[cfg(doctest)]
#[doc = include_str!("../docs/migrations.md")]
struct Migrations;
