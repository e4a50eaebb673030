//! Where a store lies.

use std::sync::Arc;

use quanta_core::Seed;
use quanta_storage::{Engine as RawEngine, EngineKind, OpenOptions, StoreId, dump_digest};
use quantadb::{Database, OnOlder, Options};
use tempfile::TempDir;

use crate::support::{Places, Small, Work, check_records, custom, verify};

pub enum Place {
    Memory(Small),
    Disk(TempDir, EngineKind),
}

impl Place {
    pub fn memory() -> Self {
        Self::Memory(Small::default())
    }

    pub fn disk(kind: EngineKind) -> Self {
        Self::Disk(tempfile::tempdir().unwrap(), kind)
    }

    /// Opens the engine. Nothing else may have it open, on a disk.
    pub fn engine(&self) -> Arc<dyn RawEngine> {
        match self {
            Self::Memory(small) => Arc::new(small.clone()),
            Self::Disk(directory, kind) => {
                let options = OpenOptions {
                    engine: Some(*kind),
                    ..OpenOptions::default()
                };
                quanta_storage::open(directory.path().join("store"), &options, StoreId([7; 16]))
                    .unwrap()
                    .engine
            }
        }
    }

    /// Returns the options to open the store without a sweep, wherever it is.
    pub fn options(engine: Arc<dyn RawEngine>) -> Options {
        custom(engine).release_hold().on_older(OnOlder::RollBack)
    }

    pub fn digest(&self) -> [u8; 32] {
        dump_digest(self.engine().snapshot().unwrap().as_ref()).unwrap()
    }

    /// Checks that every record is where it should be. Says nothing of the rows.
    pub fn check(&self, db: &Database, work: Work) {
        verify(db);
        if let Self::Memory(small) = self {
            check_records(small.snapshot().unwrap().as_ref(), &Places::of(db), work);
        }
    }

    /// How many operations a store gets: those on a disk are slow.
    pub fn steps(&self, seed: &mut Seed) -> usize {
        match self {
            Self::Memory(_) => 30 + seed.below(30),
            Self::Disk(..) => 12,
        }
    }
}
