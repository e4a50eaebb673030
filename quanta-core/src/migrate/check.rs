//! Looking at every row before anything changes: which would fail, and how many leave something behind.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use quanta_storage::{Direction, Snapshot};

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::codec::{Class, Decoder, row_key};
use crate::diff::{Change, KEY_PATH, ROW_PATH, Refusal, RefusalKind, Step, Way};
use crate::error::{Error, Result};
use crate::plan::RestoreCounts;
use crate::program::{
    Failure, FailureKind, NONE_WHERE_REQUIRED, OwnCodeTable, RestoreOutcome, VARIANT_IS_GONE,
};
use crate::progress::Stage;
use crate::schema::Schema;
use crate::schema::limits::KEY_BYTES_MAX;
use crate::txn::{Carried, CarryError, Route, Stopped, carry};
use crate::value::show_key;

use super::shift::Shift;

/// Failures of one field that a refusal lists by key.
const SHOWN_FAILURES_MAX: usize = 10;

/// Rows that don't fit, by path of the field.
#[derive(Debug, Default)]
pub struct Failures {
    by_path: BTreeMap<String, FieldFailures>,
    /// The version on the way whose keys the rows go by, if it is not the one before.
    pub between: Option<u32>,
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

    /// Counts rows that don't fit at a path and are not listed.
    pub fn add_unlisted(&mut self, path: &str, rows: u64) {
        if rows > 0 {
            self.by_path.entry(path.to_owned()).or_default().count += rows;
        }
    }

    /// Tells whether all rows fit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// Tells whether rows fail, and all of them for want of the program's own code.
    #[must_use]
    pub fn is_own_code(&self) -> bool {
        !self.is_empty() && self.by_path.values().all(|field| field.is_own_code)
    }

    /// Makes one refusal for each field of the table of that name.
    #[must_use]
    pub fn refusals(self, table: &str, shift: &Shift) -> Vec<Refusal> {
        let after = shift.schema();
        let refusal = |(path, field): (String, FieldFailures)| {
            let shown = field.first.len() as u64;
            let mut problem = if path == KEY_PATH {
                format!("{} rows have no key of their own after the change", field.count)
            } else {
                format!("{} rows don't fit", field.count)
            };
            for line in &field.first {
                problem.push_str(&format!("\n    {line}"));
            }
            if field.count > shown {
                problem.push_str(&format!("\n    and {} more", field.count - shown));
            }
            if let Some(version) = self.between {
                problem.push_str(&format!(
                    "\n    these are keys of version {version}, which is on the way"
                ));
            }
            let (kind, fixes) = if field.is_own_code {
                let fix = "mend the function, or run a program that has it: nothing was changed";
                (RefusalKind::OwnCode, vec![fix.to_owned()])
            } else {
                let fixes = match shift.hops.first() {
                    Some((_, Way::Down)) => fixes_back(),
                    _ => fixes(&path, &field.first),
                };
                (RefusalKind::Rows, fixes)
            };
            let path = if path == KEY_PATH {
                after.key.join(", ")
            } else {
                path
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

/// Says what to do about rows that don't fit on the way back: recorded edges lead there, and no attribute changes them.
fn fixes_back() -> Vec<String> {
    vec![
        "change or remove these rows with the program that wrote them".to_owned(),
        "go no further back than to where they fit".to_owned(),
    ]
}

/// Says what to write, or to do, for rows that don't fit.
fn fixes(path: &str, first: &[String]) -> Vec<String> {
    if path == KEY_PATH {
        return vec![
            "#[quanta(on_failure(key = \"drop_row\"))] at the struct: of the rows with one key, that with the lowest \
             key before survives, and the others are kept"
                .to_owned(),
            "change these rows with the program that wrote them".to_owned(),
            "keep the key as it is".to_owned(),
        ];
    }
    let Some(name) = field_of(path) else {
        return vec![
            "let the migration give a row for these too".to_owned(),
            "change these rows with the program that wrote them".to_owned(),
        ];
    };
    let mut fixes = Vec::new();
    let gone = first
        .iter()
        .find_map(|line| line.strip_suffix(VARIANT_IS_GONE)?.rsplit('`').next());
    if let Some(gone) = gone {
        fixes.push(format!(
            "#[quanta(fallback_for = \"{gone}\")] at the variant that stands in for it: what is replaced is kept"
        ));
    }
    if first.iter().any(|line| line.ends_with(NONE_WHERE_REQUIRED)) {
        fixes.push(format!(
            "#[quanta(default = ..)] at `{name}`: none becomes that value, and is none again on the way back"
        ));
        fixes.push(format!("leave `{name}` an option"));
    }
    fixes.push(format!(
        "#[quanta(on_failure = \"default\")] at `{name}`, or \"drop_row\": what doesn't fit is kept, and comes back on \
         the way back"
    ));
    fixes.push("change these rows with the program that wrote them".to_owned());
    fixes.push("keep the old field and add the new one beside it, under another name".to_owned());
    fixes
}

/// Returns the field whose attributes speak of a path: items, positions and variants have none that do.
fn field_of(path: &str) -> Option<&str> {
    let mut path = path;
    loop {
        let items = ["[]", "{key}", "{value}"];
        if let Some(outer) = items.iter().find_map(|item| path.strip_suffix(item)) {
            path = outer;
            continue;
        }
        let (outer, name) = path.rsplit_once(['.', ':']).unwrap_or(("", path));
        let is_position = name.bytes().all(|byte| byte.is_ascii_digit());
        match outer.strip_suffix(':') {
            Some(outer) => path = outer,
            None if is_position && !outer.is_empty() => path = outer,
            None => return Some(name).filter(|name| !name.is_empty()),
        }
    }
}

/// What a look at the rows of one table found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Rows that were looked at.
    pub rows: u64,
    /// Rows that lose something on each lossy step of the change, in the order of the steps.
    pub rows_lost: Vec<u64>,
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
                checked.count_lost(shift, row.route, &carried)?;
                checked.count_restored(&carried);
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
        if shift.drops(&stopped) {
            self.rows_dropped += 1;
            return;
        }
        let schema = shift
            .before
            .as_ref()
            .map(|before| &shift.versions[&before.version].schema);
        for failure in &stopped.failures {
            self.failures
                .add(schema.unwrap_or_else(|| shift.schema()), row_key, failure);
        }
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
    }

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
        Change::DropField { path, .. }
        | Change::ChangeType { path, .. }
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
        let stamp: u32 = input
            .primitive()
            .map_err(|error| Error::corrupt(place(), error))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_stand_at_named_fields() {
        let cases = [
            ("age", Some("age")),
            ("home.city", Some("city")),
            ("lines[].amount", Some("amount")),
            ("tags[]", Some("tags")),
            ("scores{value}[]", Some("scores")),
            ("pair.0", Some("pair")),
            ("pair.0.1", Some("pair")),
            ("pair.0.city", Some("city")),
            ("shape::Circle", Some("shape")),
            ("shape::Circle.0", Some("shape")),
            ("shape::Circle.radius", Some("radius")),
            ("", None),
        ];
        for (path, field) in cases {
            assert_eq!(field_of(path), field, "{path}");
        }
    }
}
