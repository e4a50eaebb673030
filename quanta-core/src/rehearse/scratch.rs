//! Stores in memory to try things on.

use quanta_storage::{Durability, Engine as _, Memory, copy, dump_digest};

use crate::db::{Database, Engine, Options, Sweep};
use crate::error::Result;
use crate::history::HistoryVersion;
use crate::plan::{Direction, Plan};
use crate::schema::Resolution;

use super::stand_in::with_functions;

/// A version of a history, and how a store is brought to it.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    /// The version, with the hints that lead there.
    pub version: HistoryVersion,
    /// Whether it is a new version even if the store had its shape before.
    pub direction: Direction,
    /// What becomes of rows that don't fit, where the document doesn't say.
    pub on_failure: Option<Resolution>,
}

impl Declared {
    pub fn new(version: HistoryVersion) -> Self {
        Self {
            version,
            direction: Direction::Anywhere,
            on_failure: None,
        }
    }
}

/// A store in memory that nobody needs.
#[derive(Debug)]
pub(super) struct Scratch {
    memory: Memory,
}

/// Where stores in memory lie: nowhere.
const PLACE: &str = "rehearsal";

impl Scratch {
    pub fn new() -> Self {
        Self {
            memory: Memory::new(),
        }
    }

    fn options(&self, declared: &Declared) -> Options {
        let declarations = declared.version.declarations().into_iter().map(with_functions);
        let options = Options::new()
            .engine(Engine::Memory(self.memory.clone()))
            .durability(Durability::Buffered)
            .sweep(Sweep::Off)
            .clock(|| 0)
            .app_version(&*declared.version.label)
            .given(declarations.collect(), &declared.version.hints.dropped_tables);
        let options = match declared.direction {
            Direction::Forward => options.forward(),
            Direction::Anywhere | Direction::Onward => options,
        };
        match declared.on_failure {
            Some(resolution) => options.on_failure(resolution),
            None => options,
        }
    }

    /// Opens the store and brings it to a version.
    pub fn open(&self, declared: &Declared) -> Result<Database> {
        self.options(declared).open(PLACE)
    }

    /// Opens the store on recorded edges, taking off the hold of a rollback.
    pub fn open_again(&self, declared: &Declared) -> Result<Database> {
        let recorded = Declared {
            direction: Direction::Anywhere,
            ..declared.clone()
        };
        self.options(&recorded).release_hold().open(PLACE)
    }

    /// Plans what [`Scratch::open`] would do.
    pub fn plan(&self, declared: &Declared) -> Result<Plan> {
        self.options(declared).plan(PLACE)
    }

    /// Makes a store with the same records.
    pub fn fork(&self) -> Result<Self> {
        let fork = Self::new();
        copy(
            self.memory.snapshot()?.as_ref(),
            &fork.memory,
            quanta_storage::StoreId([0; 16]),
            &mut |_| {},
        )?;
        Ok(fork)
    }

    /// Hashes all records in the order of their keys.
    pub fn digest(&self) -> Result<[u8; 32]> {
        Ok(dump_digest(self.memory.snapshot()?.as_ref())?)
    }
}
