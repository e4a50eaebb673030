//! Migrations that end early: after each of their writes.

use std::sync::Arc;

use quanta_storage::Memory;
use quanta_storage::faults::{Fault, Faulty};

use crate::rehearse::{Standing, sweep};

use super::case::{Case, stand_read_only};
use super::failure::{Failure, told};

/// Rows in one batch of background work: few rows make many writes then.
const BATCH_ROWS: usize = 2;

/// How a migration ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    /// The process ends: what was written stays.
    Process,
    /// The power goes: what was not synced is gone.
    Power,
}

impl Crash {
    fn text(self) -> &'static str {
        match self {
            Self::Process => "the process ended",
            Self::Power => "the power went",
        }
    }
}

/// Cuts the migration off after each of its writes, and looks at what is left.
pub(super) fn check(case: &Case<'_>) -> Result<(), Failure> {
    let (after, writes) = run_whole(case)?;
    for cut in 0..writes {
        for crash in [Crash::Process, Crash::Power] {
            let survivor = cut_off(case, cut, crash)?;
            let place = format!("{} after write {cut} of {writes}", crash.text());
            check_survivor(case, &survivor, &after, &place)?;
        }
    }
    Ok(())
}

fn faulty(case: &Case<'_>) -> Faulty {
    Faulty::new(Arc::new(case.memory.fork())).batches_of(BATCH_ROWS)
}

/// Runs the migration to its end. Returns what the store holds then, and how many writes it took.
fn run_whole(case: &Case<'_>) -> Result<(Standing, u64), Failure> {
    let engine = faulty(case);
    let db = case.open_on(Arc::new(engine.clone()));
    let db = db.map_err(|error| case.refused("the store can't be opened", &error))?;
    sweep(&db).map_err(|error| case.refused("the sweep fails", &error))?;
    let after = case.look(&db, "opened")?;
    drop(db);
    Ok((after, engine.writes()))
}

/// Runs the migration until it is cut off. Returns what is left of the store.
fn cut_off(case: &Case<'_>, writes: u64, crash: Crash) -> Result<Memory, Failure> {
    let left = case.memory.fork();
    let engine = Faulty::new(Arc::new(left.clone())).batches_of(BATCH_ROWS);
    engine.inject(Fault::CutOff { writes });
    // Whether it fails here, in the sweep, or while it is closed: what counts is what is left.
    if let Ok(db) = case.open_on(Arc::new(engine.clone())) {
        let _ = sweep(&db);
    }
    if crash == Crash::Power {
        let lost = engine.lose_unsynced();
        lost.map_err(|error| case.failure(format!("writes can't be taken back: {error}")))?;
    }
    Ok(left)
}

/// Checks that a store is in the old state or the new one, and that the program brings it to the new one.
fn check_survivor(case: &Case<'_>, survivor: &Memory, after: &Standing, place: &str) -> Result<(), Failure> {
    let look = stand_read_only(&survivor.fork()).and_then(|db| Standing::of(&db));
    let found =
        look.map_err(|error| case.failure(told(&format!("{place}, the store can't be read"), &error)))?;
    let (state, expected) = if found.revision == case.before.revision {
        ("the old state", &case.before)
    } else {
        ("the new state", after)
    };
    case.compare((expected, &found), &format!("{place}, the store is in {state}"))?;

    let db = case.open_on(Arc::new(survivor.clone()));
    let db = db.map_err(|error| case.refused(&format!("{place}, the store can't be opened"), &error))?;
    let opened = format!("{place}, and the store was opened again");
    case.compare((after, &case.look(&db, &opened)?), &opened)?;
    sweep(&db).map_err(|error| case.refused(&format!("{opened}, the sweep fails"), &error))?;
    case.compare((after, &case.look(&db, &opened)?), &format!("{opened} and swept"))?;
    case.verify(&db, &opened)
}
