//! The way up, back, and up again.

use quanta_storage::Memory;

use crate::db::Database;
use crate::rehearse::{Standing, sweep};

use super::case::{Case, stand};
use super::failure::{Failure, broken, told};

/// Whether rows are swept wherever the store comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sweeping {
    Never,
    Everywhere,
}

/// Takes the store up, back and up again, without sweeps and with them.
pub(super) fn check(case: &Case<'_>) -> Result<(), Failure> {
    check_round(case, Sweeping::Never)?;
    check_round(case, Sweeping::Everywhere)
}

fn check_round(case: &Case<'_>, sweeping: Sweeping) -> Result<(), Failure> {
    let memory = case.memory.fork();
    let db = case.open(&memory)?;
    let plan = db.open_report().plan.clone();
    let planned = |failure: Failure| failure.planned(&plan);
    let after = settle(case, &db, sweeping, "opened")?;
    if after.revision == case.before.revision {
        return Ok(());
    }
    go_back(case, db)?;

    check_below(case, &memory, sweeping).map_err(planned)?;
    let db = case.open_again(&memory)?;
    let again = settle(case, &db, sweeping, "up again")?;
    case.compare((&after, &again), "back and up again")
        .map_err(planned)?;
    check_place(case, (&after, &again), "back and up again").map_err(planned)?;
    case.verify(&db, "up again")
}

/// Looks at a store, after a sweep if there is to be one.
fn settle(case: &Case<'_>, db: &Database, sweeping: Sweeping, when: &str) -> Result<Standing, Failure> {
    if sweeping == Sweeping::Everywhere {
        sweep(db).map_err(|error| case.refused(&format!("{when}, the sweep fails"), &error))?;
    }
    case.look(db, when)
}

fn go_back(case: &Case<'_>, db: Database) -> Result<(), Failure> {
    let back = db.migrate_to(case.before.revision);
    back.map(drop)
        .map_err(|error| case.refused("the store can't go back", &error))
}

/// Compares the store with what it was at first.
fn check_below(case: &Case<'_>, memory: &Memory, sweeping: Sweeping) -> Result<(), Failure> {
    let db = stand(memory);
    let db = db.map_err(|error| case.failure(told("gone back, the store can't be read", &error)))?;
    let below = settle(case, &db, sweeping, "gone back")?;
    case.compare((&case.before, &below), "gone back")?;
    check_place(case, (&case.before, &below), "gone back")?;
    case.verify(&db, "gone back")
}

fn check_place(
    case: &Case<'_>,
    (expected, found): (&Standing, &Standing),
    when: &str,
) -> Result<(), Failure> {
    let placed = expected.check_place(found);
    placed.map_err(|differs| case.failure(broken(when, &differs)))
}
