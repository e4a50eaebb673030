//! Looking at every row before anything changes: which would fail, and how many leave something behind.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use quanta_storage::{Direction, Snapshot};

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::codec::{Class, Decoder};
use crate::diff::{Change, Refusal, RefusalKind, Step};
use crate::error::{Error, Result};
use crate::program::{Failure, FailureKind, NONE_WHERE_REQUIRED, OwnCodeTable};
use crate::schema::Schema;
use crate::txn::{Carried, CarryError, Route, carry, translate};
use crate::value::show_key;

use super::shift::Shift;

/// Failures of one field that a refusal lists by key.
const SHOWN_FAILURES_MAX: usize = 10;

/// Rows that don't fit, by path of the field.
#[derive(Debug, Default)]
pub struct Failures {
    by_path: BTreeMap<String, FieldFailures>,
}

#[derive(Debug, Default)]
struct FieldFailures {
    count: u64,
    is_own_code: bool,
    first: Vec<String>,
}

impl Failures {
    /// Notes a row that doesn't fit.
    pub fn add(&mut self, schema: &Schema, row_key: &[u8], failure: &Failure) {
        let field = self.by_path.entry(failure.path.clone()).or_default();
        field.count += 1;
        field.is_own_code |= failure.kind == FailureKind::OwnCode;
        if field.first.len() < SHOWN_FAILURES_MAX {
            field
                .first
                .push(format!("{}: {}", show_key(schema, row_key), failure.problem));
        }
    }

    /// Tells whether all rows fit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// Makes one refusal for each field.
    #[must_use]
    pub fn refusals(self, table: &str) -> Vec<Refusal> {
        let refusal = |(path, field): (String, FieldFailures)| {
            let shown = field.first.len() as u64;
            let mut problem = format!("{} rows don't fit", field.count);
            for line in &field.first {
                problem.push_str(&format!("\n    {line}"));
            }
            if field.count > shown {
                problem.push_str(&format!("\n    and {} more", field.count - shown));
            }
            let (kind, fixes) = if field.is_own_code {
                let fix = "mend the function, or run a program that has it: nothing was changed";
                (RefusalKind::OwnCode, vec![fix.to_owned()])
            } else {
                (RefusalKind::Rows, fixes(&path, &field.first))
            };
            Refusal {
                kind,
                table: table.to_owned(),
                path,
                problem,
                fixes,
            }
        };
        self.by_path.into_iter().map(refusal).collect()
    }
}

/// Says what to write, or to do, for rows that don't fit.
fn fixes(path: &str, first: &[String]) -> Vec<String> {
    let name = path.rsplit(['.', ':']).next().unwrap_or(path);
    let mut fixes = Vec::new();
    if first.iter().any(|line| line.ends_with(NONE_WHERE_REQUIRED)) {
        fixes.push(format!(
            "#[quanta(default = ..)] at `{name}`: none becomes that value, and is none again on the way back"
        ));
        fixes.push(format!("leave `{name}` an option"));
    }
    fixes.push("change these rows with the program that wrote them".to_owned());
    fixes.push("keep the old field and add the new one beside it, under another name".to_owned());
    fixes
}

/// What a look at the rows of one table found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Rows that were looked at.
    pub rows: u64,
    /// Rows that lose something on each lossy step of the change, in the order of the steps.
    pub rows_lost: Vec<u64>,
    /// Rows that don't fit.
    pub failures: Failures,
}

/// What a look at rows is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Only failures are looked for.
    Validate,
    /// Rows that leave something behind are counted too.
    Account,
}

/// Carries every row of a table along its route, without writing anything.
///
/// # Errors
///
/// Those of the engine, and damage.
pub fn check_rows(
    snapshot: &Arc<dyn Snapshot>,
    shift: &Shift,
    routes: &BTreeMap<u32, Route>,
    code: &dyn OwnCodeTable,
    purpose: Purpose,
) -> Result<Checked> {
    let mut checked = Checked::default();
    let Some(before) = &shift.before else {
        return Ok(checked);
    };
    let schema = &shift.versions[&before.version].schema;
    each_row(snapshot, before.space, routes, &mut |row| {
        checked.rows += 1;
        let (source, space, key) = (snapshot.as_ref(), before.space, row.key);
        let result = match purpose {
            Purpose::Validate => translate(source, space, key, row.route, row.body, code).map(|_| None),
            Purpose::Account => carry(source, space, key, row.route, row.body, code).map(Some),
        };
        match result {
            Ok(Some(carried)) => checked.count_lost(shift, row.route, &carried)?,
            Ok(None) => {}
            Err(CarryError::Row(failures)) => {
                failures
                    .iter()
                    .for_each(|failure| checked.failures.add(schema, key, failure));
            }
            Err(CarryError::Engine(error)) => return Err(error),
        }
        Ok(())
    })?;
    Ok(checked)
}

impl Checked {
    /// Counts a row at every lossy step on which it lost something.
    ///
    /// # Errors
    ///
    /// If what it left behind can't be read: that is a damage.
    pub fn count_lost(&mut self, shift: &Shift, route: &Route, carried: &Carried) -> Result<()> {
        let lossy: Vec<&str> = shift.steps.iter().filter_map(lossy_path).collect();
        self.rows_lost.resize(lossy.len(), 0);
        let mut lost = BTreeSet::new();
        // A row may be behind: what it loses on edges that were passed before is no part of this change.
        for change in carried
            .changes
            .iter()
            .filter(|change| shift.hops.contains(&change.edge))
        {
            let hop = route.hops.iter().find(|hop| (hop.edge, hop.way) == change.edge);
            if let (Some(hop), Some(entry)) = (hop, &change.entry) {
                let paths = hop.crossing.lost(hop.way, entry);
                lost.extend(paths.map_err(|failure| Error::corrupt("a kept value", failure))?);
            }
        }
        for (count, step) in self.rows_lost.iter_mut().zip(&lossy) {
            let is_lost = lost.iter().any(|path| lies_in(path, step) || lies_in(step, path));
            *count += u64::from(is_lost);
        }
        Ok(())
    }
}

/// Returns the path of a step on which rows may lose something.
fn lossy_path(step: &Step) -> Option<&str> {
    match &step.change {
        _ if step.class != Class::Lossy => None,
        Change::DropField { path, .. } | Change::ChangeType { path, .. } => Some(path),
        // A dropped table loses no value of a row.
        _ => Some(""),
    }
}

/// Tells whether a path is another one, or lies in it: `home.city` in `home`, `tags[]` in `tags`.
fn lies_in(path: &str, outer: &str) -> bool {
    !outer.is_empty()
        && path
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{', ':']))
}

/// One stored row with the route of its stamp.
pub struct StoredRow<'a> {
    /// The row key.
    pub key: &'a [u8],
    /// The body.
    pub body: &'a [u8],
    /// The way to the version wanted.
    pub route: &'a Route,
}

/// Shows every row of a space with its route.
///
/// # Errors
///
/// Those of the engine and of `show`, and rows with a stamp that none may have.
pub fn each_row(
    snapshot: &Arc<dyn Snapshot>,
    space: u32,
    routes: &BTreeMap<u32, Route>,
    show: &mut dyn FnMut(StoredRow<'_>) -> Result<()>,
) -> Result<()> {
    rows_after(snapshot, space, None, routes, &mut |row| {
        show(row).map(|()| ControlFlow::Continue(()))
    })
}

/// Shows the rows behind a row key, or all, until `show` has had enough.
///
/// # Errors
///
/// As [`each_row`].
pub fn rows_after(
    snapshot: &Arc<dyn Snapshot>,
    space: u32,
    after: Option<&[u8]>,
    routes: &BTreeMap<u32, Route>,
    show: &mut dyn FnMut(StoredRow<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut range = keys::rows(space);
    if let Some(after) = after {
        range.start = Bound::Excluded(keys::row(space, after));
    }
    let mut cursor = snapshot.scan(&range, Direction::Forward)?;
    while let Some((key, value)) = cursor.next()? {
        let key = &key[ROW_PREFIX_BYTES..];
        let mut input = Decoder::new(value);
        let place = || format!("a row of space {space}");
        let stamp: u32 = input
            .primitive()
            .map_err(|error| Error::corrupt(place(), error))?;
        let route = routes
            .get(&stamp)
            .ok_or_else(|| Error::corrupt(place(), format!("no row should be at version {stamp}")))?;
        let row = StoredRow {
            key,
            body: input.rest(),
            route,
        };
        if show(row)?.is_break() {
            break;
        }
    }
    Ok(())
}
