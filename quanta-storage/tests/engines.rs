//! Every engine passes the conformance suite.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use quanta_storage::conformance::{self, Harness};
use quanta_storage::faults::{Fault, Faulty};
use quanta_storage::{Engine, EngineKind, ErrorKind, Memory, OpenOptions, StoreId, open, open_engine};
use tempfile::TempDir;

/// Makes engines in directories of their own.
struct Directories {
    kind: EngineKind,
    made: Vec<TempDir>,
}

impl Directories {
    fn open_last(&self) -> Arc<dyn Engine> {
        let options = OpenOptions {
            engine: Some(self.kind),
            ..OpenOptions::default()
        };
        let path = self.made.last().unwrap().path().join("store");
        open(path, &options, StoreId([7; 16])).unwrap().engine
    }
}

impl Harness for Directories {
    fn make(&mut self) -> Arc<dyn Engine> {
        self.made.push(tempfile::tempdir().unwrap());
        self.open_last()
    }

    fn reopen(&mut self, engine: Arc<dyn Engine>) -> Option<Arc<dyn Engine>> {
        drop(engine);
        Some(self.open_last())
    }
}

/// Makes engines in memory, wrapped so that they can fail.
#[derive(Default)]
struct InMemory {
    last: Memory,
}

impl Harness for InMemory {
    fn make(&mut self) -> Arc<dyn Engine> {
        self.last = Memory::new();
        open_engine(
            Arc::new(Faulty::new(Arc::new(self.last.clone()))),
            StoreId([7; 16]),
        )
        .unwrap()
        .engine
    }

    fn reopen(&mut self, engine: Arc<dyn Engine>) -> Option<Arc<dyn Engine>> {
        drop(engine);
        Some(
            open_engine(Arc::new(self.last.clone()), StoreId([8; 16]))
                .unwrap()
                .engine,
        )
    }

    fn make_failing(&mut self) -> Option<Arc<dyn Engine>> {
        let faulty = Faulty::new(Arc::new(Memory::new()));
        faulty.inject(Fault::Fail {
            writes: 0,
            kind: ErrorKind::DiskFull,
        });
        Some(Arc::new(faulty))
    }
}

#[test]
fn memory_conforms() {
    conformance::run(&mut || Arc::new(Memory::new()) as Arc<dyn Engine>);
}

#[test]
fn faulty_without_faults_conforms() {
    conformance::run(&mut InMemory::default());
}

#[test]
fn fjall_conforms() {
    conformance::run(&mut Directories {
        kind: EngineKind::Fjall,
        made: Vec::new(),
    });
}

#[cfg(feature = "redb")]
#[test]
fn redb_conforms() {
    conformance::run(&mut Directories {
        kind: EngineKind::Redb,
        made: Vec::new(),
    });
}

#[cfg(feature = "sled")]
#[test]
fn sled_conforms() {
    conformance::run(&mut Directories {
        kind: EngineKind::Sled,
        made: Vec::new(),
    });
}
