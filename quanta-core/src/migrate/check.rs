//! Looking at every row before anything changes: which would fail, and how many leave something behind.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use quanta_storage::{Direction, Snapshot};

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::codec::{Class, Decoder, row_key};
use crate::diff::{Change, KEY_PATH, ROW_PATH, Step};
use crate::error::{Error, Result};
use crate::plan::{FIRST_KEYS_MAX, RestoreCounts, Sample};
use crate::program::{OwnCodeTable, RestoreOutcome};
use crate::progress::Stage;
use crate::schema::limits::KEY_BYTES_MAX;
use crate::schema::{NodeId, Schema};
use crate::txn::{Carried, CarryError, Route, Stopped, carry};
use crate::value::{decode_value, show_key, show_value};

use super::failures::Failures;
use super::shift::Shift;

/// What a look at the rows of one table found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Rows that were looked at.
    pub rows: u64,
    /// Rows that lose something on each lossy step of the change, in the order of the steps.
    pub rows_lost: Vec<u64>,
    /// The keys of the first of them, for each of those steps.
    pub first_lost: Vec<Vec<String>>,
    /// The keys of the first rows that are taken out.
    pub first_dropped: Vec<String>,
    /// The first row that changes, or the first of all.
    pub sample: Option<Sampled>,
    /// What became of values that might be given back, by path of the field.
    pub restored: BTreeMap<String, RestoreCounts>,
    /// Rows that don't fit and refuse the change.
    pub failures: Failures,
    /// Rows that don't fit and are taken out.
    pub rows_dropped: u64,
    /// Rows that were taken out before and come back.
    pub rows_returned: u64,
    /// Rows that were taken out before and stay out, because a live row has their key.
    pub rows_left_out: u64,
}

/// A row before and after.
#[derive(Debug)]
pub struct Sampled {
    pub row: Sample,
    /// Whether it changes.
    changes: bool,
}

/// Carries every row of a table along its route, without writing anything.
///
/// # Errors
///
/// Those of the engine, and damage.
pub fn check_rows(
    snapshot: &Arc<dyn Snapshot>,
    shift: &Shift,
    (routes, code): (&BTreeMap<u32, Route>, &dyn OwnCodeTable),
    stage: &mut Stage,
) -> Result<Checked> {
    let mut checked = Checked::default();
    let Some(before) = &shift.before else {
        return Ok(checked);
    };
    each_row(snapshot, before.space, routes, &mut |row| {
        checked.rows += 1;
        stage.row()?;
        let (source, space, key) = (snapshot.as_ref(), before.space, row.key);
        match carry(source, space, key, row.route, row.body, code) {
            Ok(carried) => {
                checked.count_lost(shift, (key, row.route), &carried)?;
                checked.count_restored(&carried);
                checked.sample(shift, &row, &carried.body);
                if shift.rekeys() {
                    checked.note(shift, key, moved_key(shift, &carried.body).err());
                }
            }
            Err(CarryError::Row(stopped)) => checked.note(shift, key, Some(*stopped)),
            Err(CarryError::Engine(error)) => return Err(error),
        }
        Ok(())
    })?;
    Ok(checked)
}

/// Returns the key that a row has after the change.
///
/// # Errors
///
/// If it is too long, or the body has none: a row that stops at the edge that moves rows.
pub fn moved_key(shift: &Shift, body: &[u8]) -> std::result::Result<Vec<u8>, Stopped> {
    let key = row_key(shift.schema(), body).map_err(|error| error.to_string());
    let key = key.and_then(|key| {
        if key.len() <= KEY_BYTES_MAX {
            Ok(key)
        } else {
            let bytes = key.len();
            Err(format!(
                "its new key takes {bytes} bytes, and {KEY_BYTES_MAX} is the limit"
            ))
        }
    });
    key.map_err(|problem| shift.stopped_at_key(problem))
}

impl Checked {
    /// Adds what the next part of the way came to: its steps are behind those of this one.
    pub fn then(self, next: Self) -> Self {
        let mut restored = self.restored;
        restored.extend(next.restored);
        Self {
            rows: self.rows.max(next.rows),
            rows_lost: self.rows_lost.into_iter().chain(next.rows_lost).collect(),
            first_lost: self.first_lost.into_iter().chain(next.first_lost).collect(),
            first_dropped: self.first_dropped.into_iter().chain(next.first_dropped).collect(),
            sample: self.sample.or(next.sample),
            restored,
            failures: next.failures,
            rows_dropped: self.rows_dropped + next.rows_dropped,
            rows_returned: self.rows_returned + next.rows_returned,
            rows_left_out: self.rows_left_out + next.rows_left_out,
        }
    }

    /// Notes a row that doesn't fit: it refuses the change, unless the change takes such rows out.
    pub fn note(&mut self, shift: &Shift, row_key: &[u8], stopped: Option<Stopped>) {
        let Some(stopped) = stopped else { return };
        let schema = before_schema(shift);
        if shift.drops(&stopped) {
            self.count_dropped(shift, row_key);
            return;
        }
        for failure in &stopped.failures {
            self.failures
                .add(schema.unwrap_or_else(|| shift.schema()), row_key, failure);
        }
    }

    /// Counts a row that is taken out.
    pub fn count_dropped(&mut self, shift: &Shift, row_key: &[u8]) {
        self.rows_dropped += 1;
        let schema = before_schema(shift).unwrap_or_else(|| shift.schema());
        add_first(&mut self.first_dropped, schema, row_key);
    }

    /// Counts rows that have no key of their own and are not listed.
    pub fn note_unlisted(&mut self, shift: &Shift, rows: u64) {
        if shift.drops(&shift.stopped_at_key(String::new())) {
            self.rows_dropped += rows;
        } else {
            self.failures.add_unlisted(KEY_PATH, rows);
        }
    }

    /// Counts what a row got back.
    pub fn count_restored(&mut self, carried: &Carried) {
        for one in &carried.restored {
            let counts = self.restored.entry(one.path.clone()).or_default();
            match one.outcome {
                RestoreOutcome::Restored => counts.rows_restored += 1,
                RestoreOutcome::Left => counts.rows_left += 1,
                RestoreOutcome::Unfit => counts.rows_unfit += 1,
            }
        }
    }

    /// Makes sure that every lossy step of a change has a count, if no row lost anything either.
    pub fn count_all_steps(&mut self, shift: &Shift) {
        let lossy = shift.steps.iter().filter_map(lossy_path).count();
        self.rows_lost.resize(lossy, 0);
        self.first_lost.resize(lossy, Vec::new());
    }

    /// Keeps a row to show, if none is kept that changes.
    fn sample(&mut self, shift: &Shift, row: &StoredRow<'_>, after: &[u8]) {
        if self.sample.as_ref().is_some_and(|sample| sample.changes) {
            return;
        }
        let changes = row.body != after;
        if self.sample.is_some() && !changes {
            return;
        }
        let Some(before) = shift.versions.get(&row.stamp) else {
            return;
        };
        let row = Sample {
            key: show_key(before_schema(shift).unwrap_or_else(|| shift.schema()), row.key),
            before: show_row(&before.schema, row.body),
            after: show_row(shift.schema(), after),
        };
        self.sample = Some(Sampled { row, changes });
    }

    /// Counts a row at every lossy step on which it lost something.
    ///
    /// # Errors
    ///
    /// If what it left behind can't be read: that is a damage.
    pub fn count_lost(
        &mut self,
        shift: &Shift,
        (key, route): (&[u8], &Route),
        carried: &Carried,
    ) -> Result<()> {
        let lossy: Vec<&str> = shift.steps.iter().filter_map(lossy_path).collect();
        self.rows_lost.resize(lossy.len(), 0);
        self.first_lost.resize(lossy.len(), Vec::new());
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
        let counts = self.rows_lost.iter_mut().zip(&mut self.first_lost);
        for ((count, first), step) in counts.zip(&lossy) {
            if lost.iter().any(|path| lies_in(path, step) || lies_in(step, path)) {
                *count += 1;
                add_first(first, before_schema(shift).unwrap_or_else(|| shift.schema()), key);
            }
        }
        Ok(())
    }
}

/// Returns the schema that rows go by before the change.
fn before_schema(shift: &Shift) -> Option<&Schema> {
    let before = shift.before.as_ref()?;
    shift.versions.get(&before.version).map(|version| &version.schema)
}

/// Names a row, if few are named.
fn add_first(first: &mut Vec<String>, schema: &Schema, key: &[u8]) {
    if first.len() < FIRST_KEYS_MAX {
        first.push(show_key(schema, key));
    }
}

fn show_row(schema: &Schema, body: &[u8]) -> String {
    match decode_value(&schema.shape, NodeId::ROOT, &mut Decoder::new(body)) {
        Ok(row) => show_value(&row),
        Err(error) => error.to_string(),
    }
}

/// Returns the path of a step on which rows may lose something.
fn lossy_path(step: &Step) -> Option<&str> {
    match &step.change {
        _ if step.class != Class::Lossy => None,
        Change::DropField { path, .. }
        | Change::ChangeType { path, .. }
        | Change::DropVariant { path, .. }
        | Change::WithdrawField { path, .. } => Some(path),
        Change::EditRows(_) | Change::UndoEdit(_) => Some(ROW_PATH),
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
    /// The version that it is stamped with.
    pub stamp: u32,
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
        let stamp: u32 = input.number().map_err(|error| Error::corrupt(place(), error))?;
        let route = routes
            .get(&stamp)
            .ok_or_else(|| Error::corrupt(place(), format!("no row should be at version {stamp}")))?;
        let row = StoredRow {
            key,
            stamp,
            body: input.rest(),
            route,
        };
        if show(row)?.is_break() {
            break;
        }
    }
    Ok(())
}
