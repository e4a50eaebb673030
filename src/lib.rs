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
//! - [`Collection`], [`Database::write`], [`Database::read`]: rows, transactions, views
//! - [`OpenReport`], [`Plan`], [`History`]: what happened, would happen, has happened
//! - [`lock`]: `quanta.lock`, the history of the entities beside the code
//! - [`Database::release`], [`Database::objects`]: names for revisions, and what each of them consists of
//! - [`Error`] and [`ErrorKind`]: a refused change carries its plan, [`Error::plan`]
//!
//! # Features
//!
//! - `inventory` (default): entities register themselves at link time
//! - `sled` (default): the second engine
//! - `uuid`, `rust_decimal`, `jiff`, `chrono`, `bytes`: their types can be stored
//! - `serde_json`: its `Value` can be stored, as `opaque(json)`

pub use quanta_core::{
    AsKey, Class, Collection, Database, Destination, Durability, DynamicCollection,
    DynamicTransactionCollection, Engine, EngineKind, Entities, Erasure, Error, ErrorKind, Export, Finding,
    FindingCode, Forget, ForgetReport, Format, History, HistoryDocument, Import, ImportProgress,
    ImportReport, ImportSource, Inspection, KeptPart, LineError, Load, LoadReport, Memory, MigrationResult,
    MigrationRow, MigrationRows, MigrationTables, Object, Objects, OldRow, OnExisting, OnOlder, OpenReport,
    Options, OwnMigration, Plan, QuantaEntity, QuantaType, Recovery, Release, ReleaseReport, Releases,
    Resolution, Result, Rows, Spans, Style, Sweep, SweepHandle, SweepProgress, TableInspection,
    TransactionCollection, TransactionHandle, TravelReport, Value, VerifyReport, VersionDiff, View,
    ViewCollection,
};
pub use quanta_core::{diff, lock, plan, rehearse, schema};
pub use quanta_derive::{QuantaEntity, QuantaType, migration};

#[doc(hidden)]
pub use quanta_core::__private;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the page on migrations.
#[cfg(doctest)]
#[doc = include_str!("../docs/migrations.md")]
struct Migrations;
