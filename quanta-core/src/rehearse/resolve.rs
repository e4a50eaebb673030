//! Making a change, and doing what a person would do where it is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::db::Database;
use crate::diff::{Change, Refusal, RefusalKind};
use crate::error::{Error, ErrorKind, Result};
use crate::generate::{Seed, random_value};
use crate::history::{HistoryVersion, direct};
use crate::plan::{Direction, Plan, TablePlan};
use crate::schema::{Resolution, content, own_field, slot_at};
use crate::value::show_key;

use super::image::{Image, encoded, key_of};
use super::law::{Check, Counterexample};
use super::refer::Parents;
use super::report::Resolved;
use super::scratch::{Declared, Scratch};
use super::stand_in::conversion;

/// How a change went.
#[derive(Debug)]
pub(super) struct Attempt {
    /// How the version was reached, with everything that had to be said; none if it wasn't.
    pub taken: Option<Taken>,
    /// What was refused on the way.
    pub refusals: Vec<Resolved>,
    /// Keys of rows that were deleted by hand, by the table's name before the change.
    pub deleted: Keys,
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
        let deleted: u64 = self.deleted.values().map(|keys| keys.len() as u64).sum();
        let taken_out = self.taken.as_ref().map_or(0, Taken::rows_dropped);
        deleted + taken_out
    }
}

impl Taken {
    /// Counts the rows that were taken out.
    fn rows_dropped(&self) -> u64 {
        self.plan.tables.iter().map(|table| table.rows_dropped).sum()
    }
}

/// Returns the version that a history begins with.
pub(super) fn first_version(versions: &[HistoryVersion]) -> Result<&HistoryVersion> {
    let first = versions.first();
    first.ok_or_else(|| Error::new(ErrorKind::Value, "the history has no version"))
}

/// Returns a version with the hints that lead to it from an earlier one.
pub(super) fn next_version(versions: &[HistoryVersion], from: usize, to: usize) -> Result<HistoryVersion> {
    if from + 1 == to {
        return Ok(versions[to].clone());
    }
    direct(&versions[from..=to]).map_err(|problem| Error::new(ErrorKind::Declaration, problem))
}

/// Brings a store that stands at `here` to a version.
pub(super) fn attempt(store: &Scratch, here: &Declared, next: Declared) -> Check<Attempt> {
    let mut attempt = Attempt {
        taken: None,
        refusals: Vec::new(),
        deleted: Keys::new(),
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
        if !resolve((store, here), &mut next, &error, &mut attempt)? {
            return Ok(attempt);
        }
    }
}

/// Does what helps against the refusals of an error: says it in the declaration, or deletes rows by hand. False if
/// nothing does.
fn resolve(
    (store, here): (&Scratch, &Declared),
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
    let by_hand = next.on_failure.is_some();
    let deleted = if by_hand {
        let db = store.open(here)?;
        let listed = listed_rows(&db, plan, &[RefusalKind::Rows])?;
        let any = !listed.is_empty();
        for (table, keys) in delete_rows(&db, &listed)? {
            attempt.deleted.entry(table).or_default().extend(keys);
        }
        Some("delete").filter(|_| any)
    } else {
        None
    };
    let mut helps = true;
    for refusal in &plan.refusals {
        let resolution = match refusal.kind {
            RefusalKind::Rows if by_hand => deleted,
            RefusalKind::Rows => {
                next.on_failure = Some(Resolution::DropRow);
                Some("drop_row")
            }
            _ => declare(next, plan, refusal),
        };
        helps &= resolution.is_some();
        note(&mut attempt.refusals, of_refusal(refusal, resolution));
    }
    Ok(helps)
}

/// Adds a refusal, once for each place, with what was done last: not all rows are listed, so that others come up when
/// it is tried again.
fn note(refusals: &mut Vec<Resolved>, resolved: Resolved) {
    let is_same = |known: &&mut Resolved| {
        (&known.kind, &known.table, &known.path) == (&resolved.kind, &resolved.table, &resolved.path)
    };
    match refusals.iter_mut().find(is_same) {
        Some(known) => known.resolution = resolved.resolution,
        None => refusals.push(resolved),
    }
}

/// Returns the name that a table had before a change.
fn name_before(plan: &Plan, name: &str) -> String {
    let planned = plan.tables.iter().find(|table| table.name == name);
    planned
        .and_then(|table| table.renamed_from.clone())
        .unwrap_or_else(|| name.to_owned())
}

/// Finds the rows that refusals of these kinds list by key, by the table's name before the change.
pub(super) fn listed_rows(db: &Database, plan: &Plan, kinds: &[RefusalKind]) -> Result<Keys> {
    let mut listed = Keys::new();
    for refusal in plan
        .refusals
        .iter()
        .filter(|refusal| kinds.contains(&refusal.kind))
    {
        let old_name = name_before(plan, &refusal.table);
        let table = match db.table(&old_name) {
            // Its rows come with the change: there is nothing to be done about them before.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            table => table?,
        };
        let lines: Vec<&str> = refusal.problem.lines().skip(1).map(str::trim_start).collect();
        let keys = listed.entry(old_name).or_default();
        for row in table.iter() {
            let (key, _) = encoded(table.schema(), &row?)?;
            let key_text = show_key(table.schema(), &key);
            let prefix = format!("{key_text}: ");
            if lines
                .iter()
                .any(|line| *line == key_text || line.starts_with(&prefix))
            {
                keys.insert(key);
            }
        }
    }
    listed.retain(|_, keys| !keys.is_empty());
    Ok(listed)
}

/// Deletes rows by their keys, and those that refer to them, in the version where the store stands. Returns all of them.
pub(super) fn delete_rows(db: &Database, rows: &Keys) -> Result<Keys> {
    let mut image = Image::of(db)?;
    let (mut all, mut next) = (Keys::new(), rows.clone());
    while !next.is_empty() {
        for (name, keys) in std::mem::take(&mut next) {
            if let Some(table) = image.tables.get_mut(&name) {
                table.rows.retain(|key, _| !keys.contains(key));
            }
            all.entry(name).or_default().extend(keys);
        }
        next = dangling_rows(&image)?;
    }
    let mut gone = Vec::new();
    for (name, keys) in &all {
        let table = db.table(name)?;
        for row in table.iter() {
            let row = row?;
            if keys.contains(&encoded(table.schema(), &row)?.0) {
                gone.push((name, key_of(table.schema(), &row)));
            }
        }
    }
    // In one transaction: only its end is held to references.
    db.write(|transaction| {
        gone.iter()
            .try_for_each(|(name, key)| transaction.table(name)?.delete(key).map(drop))
    })?;
    Ok(all)
}

/// Lists the rows that refer to rows which are not there.
fn dangling_rows(image: &Image) -> Result<Keys> {
    let parents = Parents::of(image)?;
    let mut dangling = Keys::new();
    for (name, table) in &image.tables {
        for (key, body) in &table.rows {
            if !parents.lead(&table.schema, &table.value(body)?) {
                dangling.entry(name.clone()).or_default().insert(key.clone());
            }
        }
    }
    Ok(dangling)
}

/// Takes rows out of an image, as they were deleted from a store.
pub(super) fn without(mut image: Image, deleted: &Keys) -> Image {
    for (name, keys) in deleted {
        if let Some(table) = image.tables.get_mut(name) {
            table.rows.retain(|key, _| !keys.contains(key));
        }
    }
    image
}

/// Says in the declaration what a refusal asks for; none if there is nothing to say.
fn declare(next: &mut Declared, plan: &Plan, refusal: &Refusal) -> Option<&'static str> {
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
        RefusalKind::NoConversion if hint.conversion.is_none() && !hint.is_new => {
            let planned = plan.tables.iter().find(|table| table.name == refusal.table)?;
            let old = &planned.before.as_ref()?.shape;
            let from = content(old, slot_at(old, &path_before(planned, &refusal.path))?)?;
            hint.conversion = conversion(old, from, shape, content(shape, slot)?);
            if hint.conversion.is_some() {
                return Some("convert_with");
            }
            // No function stands in between types with parts.
            hint.is_new = true;
            hint.renamed_from.clear();
            Some("new")
        }
        _ => None,
    }
}

/// Returns the path of a field before a change: its first name may have been another one.
fn path_before(table: &TablePlan, path: &str) -> String {
    let own = own_field(path);
    let renamed = table.steps.iter().find_map(|step| match &step.change {
        Change::RenameField { path, from } if path == own => Some(from),
        _ => None,
    });
    renamed.map_or_else(|| path.to_owned(), |old| format!("{old}{}", &path[own.len()..]))
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

/// Returns the name of a kind, as in plans.
pub(super) fn kind_name(kind: RefusalKind) -> String {
    match serde_json::to_value(kind) {
        Ok(Json::String(name)) => name,
        _ => format!("{kind:?}").to_lowercase(),
    }
}

fn of_refusal(refusal: &Refusal, resolution: Option<&str>) -> Resolved {
    Resolved {
        kind: kind_name(refusal.kind),
        table: refusal.table.clone(),
        path: refusal.path.clone(),
        problem: refusal.problem.clone(),
        fixes: refusal.fixes.clone(),
        resolution: resolution.map(str::to_owned),
    }
}
