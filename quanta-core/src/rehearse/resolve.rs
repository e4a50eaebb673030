//! Making a change, and doing what a person would do where it is refused.

use serde_json::Value as Json;

use crate::diff::{Refusal, RefusalKind};
use crate::error::{Error, ErrorKind};
use crate::generate::{Seed, random_value};
use crate::plan::{Direction, Plan};
use crate::schema::Resolution;

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
    /// Whether refused opens left the store as it was; none if nothing was refused.
    pub refused_clean: Option<Check>,
}

/// A version that was reached.
#[derive(Debug)]
pub(super) struct Taken {
    pub declared: Declared,
    pub plan: Plan,
}

impl Taken {
    /// Counts the rows that were taken out.
    pub fn rows_dropped(&self) -> u64 {
        self.plan.tables.iter().map(|table| table.rows_dropped).sum()
    }
}

/// Brings a store to a version.
pub(super) fn attempt(store: &Scratch, next: Declared) -> Check<Attempt> {
    let mut attempt = Attempt {
        taken: None,
        refusals: Vec::new(),
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
        if !resolve(&mut next, &error, &mut attempt.refusals) {
            return Ok(attempt);
        }
    }
}

/// Says in the declaration what helps against the refusals of an error; false if nothing does.
fn resolve(next: &mut Declared, error: &Error, told: &mut Vec<Resolved>) -> bool {
    if error.kind() == ErrorKind::Older && next.direction == Direction::Anywhere {
        next.direction = Direction::Forward;
        told.push(of_error(error, Some("forward")));
        return true;
    }
    let plan = error.plan().filter(|plan| !plan.refusals.is_empty());
    let Some(plan) = plan else {
        told.push(of_error(error, None));
        return false;
    };
    let dropped_already = next.on_failure.is_some();
    let mut helps = true;
    for refusal in &plan.refusals {
        let resolution = match refusal.kind {
            RefusalKind::Rows if !dropped_already => {
                next.on_failure = Some(Resolution::DropRow);
                Some("drop_row")
            }
            _ => declare(next, refusal),
        };
        helps &= resolution.is_some();
        told.push(of_refusal(refusal, resolution));
    }
    helps
}

/// Says in the declaration what a refusal asks for; none if there is nothing to say.
fn declare(next: &mut Declared, refusal: &Refusal) -> Option<&'static str> {
    let table = next.version.tables.get_mut(&refusal.table)?;
    if refusal.kind == RefusalKind::Ambiguous && refusal.path.is_empty() {
        let was_new = std::mem::replace(&mut table.hints.is_new, true);
        return (!was_new).then_some("new");
    }
    let shape = &table.schema.shape;
    let slot = slot_at(shape, &refusal.path)?;
    let hint = table.hints.slots.entry(slot).or_default();
    match refusal.kind {
        RefusalKind::Ambiguous if !hint.is_new => {
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

/// Says on one line what an error refuses.
pub(super) fn outline(error: &Error) -> String {
    let Some(plan) = error.plan().filter(|plan| !plan.refusals.is_empty()) else {
        return first_line(&error.to_string());
    };
    let refusals = plan.refusals.iter().map(|refusal| {
        let problem = first_line(&refusal.problem);
        format!("{}.{}: {problem}", refusal.table, refusal.path)
    });
    refusals.collect::<Vec<_>>().join("; ")
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
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
