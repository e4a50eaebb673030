//! One store that a program is tried on.

use std::sync::Arc;

use quanta_storage::Memory;

use crate::db::{BackupPolicy, Database, Engine, Options, Sweep};
use crate::error::Error;
use crate::plan::Plan;
use crate::rehearse::{Standing, check_sound};

use super::failure::{Failure, broken, told};

/// Where stores in memory lie: nowhere.
const PLACE: &str = "memory";

/// How a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    AsItOpens,
    AlongTheLock,
}

impl Way {
    fn text(self) -> &'static str {
        match self {
            Self::AsItOpens => "as the program opens it",
            Self::AlongTheLock => "opened along the lock",
        }
    }
}

/// How a program opens its stores, and the text of its lock.
type Program<'a> = (&'a dyn Fn() -> Options, &'a str);

/// One store in memory, how it is opened, and what it shows before.
pub(super) struct Case<'a> {
    place: String,
    way: Way,
    program: Program<'a>,
    pub memory: Memory,
    pub before: Standing,
}

impl<'a> Case<'a> {
    pub fn new(place: &str, way: Way, engine: Engine, program: Program<'a>) -> Result<Self, Failure> {
        let Engine::Memory(memory) = engine else {
            return Err(Failure::new(place, "the store is not in memory"));
        };
        let before = stand(&memory).and_then(|db| Standing::of(&db));
        let before = before.map_err(|error| Failure::new(place, told("the store can't be read", &error)))?;
        Ok(Self {
            place: place.to_owned(),
            way,
            program,
            memory,
            before,
        })
    }

    /// Makes a failure of this store.
    pub fn failure(&self, problem: impl std::fmt::Display) -> Failure {
        Failure::new(&self.place, problem).opened(self.way.text())
    }

    /// Makes a failure of something that the store refuses.
    pub fn refused(&self, doing: &str, error: &Error) -> Failure {
        let failure = self.failure(told(doing, error));
        match error.plan() {
            // What is refused, the error says.
            Some(plan) => failure.planned(&Plan {
                refusals: Vec::new(),
                ..plan.clone()
            }),
            None => failure,
        }
    }

    /// Returns the options of the program, on an engine.
    pub fn options(&self, engine: Engine) -> Options {
        let (program, lock) = self.program;
        let options = program()
            .engine(engine)
            .sweep(Sweep::Off)
            .backup(BackupPolicy::off());
        match self.way {
            Way::AsItOpens => options,
            Way::AlongTheLock => options.history(lock),
        }
    }

    /// Opens a store with the program.
    pub fn open(&self, memory: &Memory) -> Result<Database, Failure> {
        let opened = self.options(Engine::Memory(memory.clone())).open(PLACE);
        opened.map_err(|error| self.refused("the store can't be opened", &error))
    }

    /// Opens a store with the program, and goes up again after a rollback.
    pub fn open_again(&self, memory: &Memory) -> Result<Database, Failure> {
        let options = self.options(Engine::Memory(memory.clone())).release_hold();
        let opened = options.open(PLACE);
        opened.map_err(|error| self.refused("the store can't be opened again after a rollback", &error))
    }

    /// Opens a store with the program on an engine that may fail.
    pub fn open_on(&self, engine: Arc<dyn quanta_storage::Engine>) -> crate::Result<Database> {
        self.options(Engine::Custom(engine)).open(PLACE)
    }

    /// Looks at everything in a store.
    pub fn look(&self, db: &Database, when: &str) -> Result<Standing, Failure> {
        Standing::of(db).map_err(|error| self.refused(&format!("{when}, rows can't be read"), &error))
    }

    /// Has a store look for contradictions.
    pub fn verify(&self, db: &Database, when: &str) -> Result<(), Failure> {
        check_sound(db)
            .map_err(|found| self.failure(broken(&format!("{when}, `verify` finds something"), &found)))
    }

    /// Compares all rows: `expected` is what should be there.
    pub fn compare(&self, (expected, found): (&Standing, &Standing), when: &str) -> Result<(), Failure> {
        let equal = expected.image.check_equal(&found.image);
        equal.map_err(|differs| self.failure(broken(when, &differs)))
    }
}

/// Opens a store where it stands, with no entity of any program.
pub(super) fn stand(memory: &Memory) -> crate::Result<Database> {
    options(memory).open(PLACE)
}

/// Looks at a store where it stands, and changes nothing.
pub(super) fn stand_read_only(memory: &Memory) -> crate::Result<Database> {
    options(memory).read_only().open(PLACE)
}

fn options(memory: &Memory) -> Options {
    Options::new()
        .engine(Engine::Memory(memory.clone()))
        .sweep(Sweep::Off)
        .entities::<()>()
}
