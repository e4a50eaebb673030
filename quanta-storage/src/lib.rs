//! Ordered key-value engines underneath QuantaDB, and the directories they live in.
//!
//! This crate knows bytes only. An [`Engine`] holds one ordered key space; it is written with a [`Batch`] that is
//! applied as a whole if its [`Condition`]s hold, and read through a [`Snapshot`] that shows one instant. There are
//! four: fjall, the default, sled, redb, and [`Memory`].
//!
//! ```
//! use quanta_storage::{Batch, Condition, Direction, Durability, KeyRange, OpenOptions, StoreId, open};
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("app.quanta");
//! let store = open(&path, &OpenOptions::default(), StoreId([7; 16]))?;
//!
//! let mut batch = Batch::new();
//! batch.require(Condition::Absent(b"user/1".to_vec()));
//! batch.put(*b"user/1", *b"Ada");
//! let commit = store.engine.commit(&batch, Durability::Sync)?;
//! assert_eq!(commit, quanta_storage::Commit::Done);
//!
//! let mut users = store.engine.snapshot()?.scan(&KeyRange::prefix(b"user/"), Direction::Forward)?;
//! assert_eq!(users.next()?, Some((&b"user/1"[..], &b"Ada"[..])));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! - `sled` (default): the second engine.
//! - `redb`: the third engine.
//! - `testing`: the conformance suite that every engine passes, and an engine that fails on purpose.

mod backup;
mod batch;
mod commits;
mod copy;
mod engine;
mod engines;
mod error;
mod fs;
mod overlay;
mod preimage;
mod store;
#[cfg(feature = "testing")]
mod testing;

pub use backup::{BACKUP_VERSION, BackupHead, CheckedBackup, backup, check_backup};
pub use batch::{Batch, Commit, Condition, Durability, Operation};
pub use copy::{COPY_BATCH_BYTES_MAX, Copied, copy, dump_digest};
pub use engine::{Cursor, Direction, Engine, Entry, KEY_BYTES_MAX, KeyRange, Snapshot, VALUE_BYTES_MAX};
pub use engines::memory::Memory;
pub use error::{Error, ErrorKind, Result};
pub use fs::replace_file;
pub use overlay::Overlay;
pub use preimage::PREIMAGE_BYTES_MAX;
pub use store::{
    Access, CreateMode, EngineKind, FORMAT_VERSION, MARKER_KEY, Marker, OpenOptions, Opened, Origin,
    Recovery, StoreId, Survey, copy_dir_to_scratch, copy_to_dir, open, open_engine, repair, restore,
    restore_to_engine, rewrite, survey, unfinished_backups,
};
#[cfg(feature = "testing")]
pub use testing::{conformance, faults};
