//! Stores in memory to try things on.

use std::collections::BTreeMap;

use quanta_storage::{Durability, Engine as _, Memory, dump_digest};

use crate::db::{Database, Engine, Options, Sweep};
use crate::error::Result;
use crate::history::{HistoryDocument, HistoryVersion};
use crate::migrate::{Baggage, Budget, CodeTable, Destination, Traveller, travel};
use crate::plan::{Direction, Plan};
use crate::progress::Meter;
use crate::query::compile_edits;
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

    fn plain(&self) -> Options {
        Options::new()
            .engine(Engine::Memory(self.memory.clone()))
            .durability(Durability::Buffered)
            .sweep(Sweep::Off)
            .clock(|| 0)
            .entities::<()>()
    }

    fn options(&self, declared: &Declared) -> Options {
        let declarations = declared.version.declarations().into_iter().map(with_functions);
        let options = self
            .plain()
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

    /// Opens the store along a history.
    pub fn open_along(&self, declared: &Declared, document: &HistoryDocument) -> Result<Database> {
        self.options(declared).history(document.to_json()).open(PLACE)
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
    pub fn fork(&self) -> Self {
        Self {
            memory: self.memory.fork(),
        }
    }

    /// Opens the store where it stands, with no entity of any program.
    pub fn stand(&self) -> Result<Database> {
        self.plain().open(PLACE)
    }

    /// Goes to a revision, as [`Database::migrate_to`] does, with functions by table.
    pub fn travel(&self, revision: u64, code: &BTreeMap<String, CodeTable>) -> Result<()> {
        let traveller = Traveller {
            baggage: Baggage {
                code,
                migrations: &[],
                compile_edits,
                budget: Budget::one(),
            },
            app_version: PLACE,
            time_ms: 0,
            meter: &Meter::default(),
            before: &|_, _| Ok(None),
        };
        travel(&self.memory, &Destination::Revision(revision), traveller).map(drop)
    }

    /// Hashes all records in the order of their keys.
    pub fn digest(&self) -> Result<[u8; 32]> {
        Ok(dump_digest(self.memory.snapshot()?.as_ref())?)
    }
}
