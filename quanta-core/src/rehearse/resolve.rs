//! Making a change, and doing what a person would do where it is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::db::Database;
use crate::diff::{Refusal, RefusalKind};
use crate::error::{Error, ErrorKind, Result};
use crate::generate::{Seed, random_value};
use crate::plan::{Direction, Plan};
use crate::schema::Slot;
use crate::value::show_key;

use super::image::encoded;
use super::law::{Check, Counterexample};
use super::place::{content, slot_at};
use super::report::Resolved;
use super::scratch::{Declared, Scratch};

/// How a change went.
#[derive(Debug)]
pub(super) struct Attempt {
    /// How the version was reached, with everything that had to be said; none if it wasn't.
    pub taken: Option<Taken>,
    /// What was refused on the way.
    pub refusals: Vec<Resolved>,
    /// Keys of the rows that had to go, by the table's name before the change.
    pub dropped: Keys,
    /// Whether refused opens left the store as it was; none if nothing was refused.
    pub refused_clean: Option<Check>,
}

/// A version that was reached.
#[derive(Debug)]
pub(super) struct Taken {
    pub declared: Declared,
    pub plan: Plan,
}

/// Row keys by table.
pub(super) type Keys = BTreeMap<String, BTreeSet<Vec<u8>>>;

impl Attempt {
    /// Counts the rows that had to go.
    pub fn rows_dropped(&self) -> u64 {
        self.dropped.values().map(|keys| keys.len() as u64).sum()
    }
}

/// Brings a store that stands at `here` to `next`.
pub(super) fn attempt(store: &Scratch, here: &Declared, next: Declared) -> Check<Attempt> {
    let mut attempt = Attempt {
        taken: None,
        refusals: Vec::new(),
        dropped: Keys::new(),
        refused_clean: None,
    };
    let mut next = next;
    loop {
        let before = store.digest()?;
        let error = match store.open(&next) {
            Ok(db) => {
                attempt.taken = Some(Taken {
                    declared: next,
                    plan: db.open_report().plan.clone(),
                });
                return Ok(attempt);
            }
            Err(error) => error,
        };
        if attempt.refused_clean.is_none() {
            attempt.refused_clean = Some(Ok(()));
        }
        if store.digest()? != before {
            let problem = format!("a refused open changed the store: {error}");
            attempt.refused_clean = Some(Err(Counterexample::new(problem)));
        }
        if !resolve(store, here, &mut next, &error, &mut attempt)? {
            return Ok(attempt);
        }
    }
}

/// Brings another store with the same rows the same way.
pub(super) fn follow(store: &Scratch, here: &Declared, next: &Declared, dropped: &Keys) -> Result<Database> {
    drop_rows(store, here, dropped)?;
    store.open(next)
}

/// Does what helps against the refusals of an error; false if nothing does.
fn resolve(
    store: &Scratch,
    here: &Declared,
    next: &mut Declared,
    error: &Error,
    attempt: &mut Attempt,
) -> Result<bool> {
    if error.kind() == ErrorKind::Older && next.direction == Direction::Anywhere {
        next.direction = Direction::Forward;
        attempt.refusals.push(of_error(error, Some("forward")));
        return Ok(true);
    }
    let plan = error.plan().filter(|plan| !plan.refusals.is_empty());
    let Some(plan) = plan else {
        attempt.refusals.push(of_error(error, None));
        return Ok(false);
    };
    let mut failing = Keys::new();
    for refusal in plan.refusals.iter().filter(|refusal| refusal.kind == RefusalKind::Rows) {
        let (table, keys) = failing_rows(store, here, plan, refusal)?;
        failing.entry(table).or_default().extend(keys);
    }
    drop_rows(store, here, &failing)?;
    let is_failing = failing.values().any(|keys| !keys.is_empty());
    for (table, keys) in failing {
        attempt.dropped.entry(table).or_default().extend(keys);
    }
    let mut helps = true;
    for refusal in &plan.refusals {
        let resolution = match refusal.kind {
            RefusalKind::Rows => Some("drop_row").filter(|_| is_failing),
            _ => declare(next, refusal),
        };
        helps &= resolution.is_some();
        note(attempt, of_refusal(refusal, resolution));
    }
    Ok(helps)
}

/// Says in the declaration what a refusal asks for; none if there is nothing to say.
fn declare(next: &mut Declared, refusal: &Refusal) -> Option<&'static str> {
    let table = next.version.tables.get_mut(&refusal.table)?;
    if refusal.kind == RefusalKind::Ambiguous && refusal.path.is_empty() {
        let was_new = std::mem::replace(&mut table.hints.is_new, true);
        return (!was_new).then_some("new");
    }
    let shape = &table.schema.shape;
    let slot: Slot = slot_at(shape, &refusal.path)?;
    let hint = table.hints.slots.entry(slot).or_default();
    match refusal.kind {
        RefusalKind::Ambiguous | RefusalKind::NoConversion if !hint.is_new => {
            hint.is_new = true;
            hint.renamed_from.clear();
            Some("new")
        }
        RefusalKind::NoDefault if hint.default.is_none() => {
            // Any value will do: a person would write one that means something.
            let value = random_value(shape, content(shape, slot)?, &mut Seed::new(0));
            hint.default = Some(value);
            Some("default")
        }
        _ => None,
    }
}

/// Finds the rows that a refusal lists, by the table's name before the change.
///
/// Refusals list the first rows of each field by key: the others come up when the change is tried again.
fn failing_rows(store: &Scratch, here: &Declared, plan: &Plan, refusal: &Refusal) -> Result<(String, BTreeSet<Vec<u8>>)> {
    let planned = plan.tables.iter().find(|table| table.name == refusal.table);
    let old_name = planned
        .and_then(|table| table.renamed_from.clone())
        .unwrap_or_else(|| refusal.table.clone());
    let listed: Vec<&str> = refusal.problem.lines().map(str::trim_start).collect();
    let db = store.open(here)?;
    let table = db.table(&old_name)?;
    let mut keys = BTreeSet::new();
    for row in table.iter() {
        let (key, _) = encoded(table.schema(), &row?)?;
        let prefix = format!("{}: ", show_key(table.schema(), &key));
        if listed.iter().any(|line| line.starts_with(&prefix)) {
            keys.insert(key);
        }
    }
    Ok((old_name, keys))
}

/// Deletes rows by their keys, in the version before the change.
pub(super) fn drop_rows(store: &Scratch, here: &Declared, rows: &Keys) -> Result<()> {
    if rows.values().all(BTreeSet::is_empty) {
        return Ok(());
    }
    let db = store.open(here)?;
    for (name, keys) in rows {
        let table = db.table(name)?;
        let mut gone = Vec::new();
        for row in table.iter() {
            let row = row?;
            if keys.contains(&encoded(table.schema(), &row)?.0) {
                gone.push(super::image::key_of(table.schema(), &row));
            }
        }
        db.write(|transaction| {
            let table = transaction.table(name)?;
            gone.iter().try_for_each(|key| table.delete(key).map(drop))
        })?;
    }
    Ok(())
}

fn of_error(error: &Error, resolution: Option<&str>) -> Resolved {
    let kind = match error.kind() {
        ErrorKind::Older => "older".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    Resolved {
        kind,
        table: String::new(),
        path: String::new(),
        problem: error.to_string(),
        fixes: Vec::new(),
        resolution: resolution.map(str::to_owned),
    }
}

fn of_refusal(refusal: &Refusal, resolution: Option<&str>) -> Resolved {
    let kind = match serde_json::to_value(refusal.kind) {
        Ok(Json::String(kind)) => kind,
        _ => format!("{:?}", refusal.kind).to_lowercase(),
    };
    Resolved {
        kind,
        table: refusal.table.clone(),
        path: refusal.path.clone(),
        problem: refusal.problem.clone(),
        fixes: refusal.fixes.clone(),
        resolution: resolution.map(str::to_owned),
    }
}

/// Adds a refusal, once for each place: rows are refused again until all are gone.
fn note(attempt: &mut Attempt, resolved: Resolved) {
    let known = attempt.refusals.iter().any(|known| {
        (&known.kind, &known.table, &known.path, &known.resolution)
            == (
                &resolved.kind,
                &resolved.table,
                &resolved.path,
                &resolved.resolution,
            )
    });
    if !known {
        attempt.refusals.push(resolved);
    }
}
