//! Whether rows fit the indexes and references of a change, before the switch.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use quanta_storage::Snapshot;

use crate::catalog::read_version;
use crate::diff::{Change, Fill, Refusal};
use crate::error::{Error, Result};
use crate::plan::{Head, Presence, key_positions};
use crate::program::OwnCodeTable;
use crate::schema::{Reference, Schema};
use crate::txn::{CarryError, Route, translate};

use super::check::rows_after;
use super::dangling::check_references;
use super::shift::Shift;
use super::switch::Ready;
use super::unique::check_unique;

/// A table that changes, with its rows as they will be.
pub(super) struct Candidate<'a> {
    pub(super) shift: &'a Shift,
    /// The space that its rows were carried into already.
    built: Option<u32>,
    code: &'a dyn OwnCodeTable,
}

impl<'a> Candidate<'a> {
    /// Takes a table whose eager work is done.
    pub(super) fn of(ready: &'a Ready, code: &'a dyn OwnCodeTable) -> Self {
        Self {
            shift: &ready.shift,
            built: ready.built.map(|built| built.space),
            code,
        }
    }

    /// Takes a table of which nothing is built, as in a look at what would happen.
    pub(super) fn unbuilt(shift: &'a Shift, code: &'a dyn OwnCodeTable) -> Self {
        Self {
            shift,
            built: None,
            code,
        }
    }

    /// Returns the space where its rows are found by key.
    fn space(&self) -> u32 {
        self.built.unwrap_or(self.shift.after.space)
    }

    /// Shows the key and the future body of every row, in the order of keys. Returns how many were shown.
    pub(super) fn rows(
        &self,
        snapshot: &Arc<dyn Snapshot>,
        show: &mut dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<u64> {
        let (space, routes) = match (self.built, &self.shift.before) {
            (Some(space), _) => (space, [(self.shift.after.version, Route::default())].into()),
            (None, Some(before)) => (before.space, self.shift.routes()?),
            (None, None) => return Ok(0),
        };
        let mut rows = 0;
        rows_after(snapshot, space, None, &routes, &mut |row| {
            rows += 1;
            let body = translate(snapshot.as_ref(), space, row.key, row.route, row.body, self.code);
            let body = body.map_err(|error| self.unreadable(error))?;
            show(row.key, &body)
        })?;
        Ok(rows)
    }

    /// Rows that don't fit were refused before.
    fn unreadable(&self, error: CarryError) -> Error {
        match error {
            CarryError::Engine(error) => error,
            CarryError::Row(failures) => {
                let problems: Vec<String> = failures.iter().map(ToString::to_string).collect();
                self.damaged(&problems.join("; "))
            }
        }
    }

    pub(super) fn damaged(&self, problem: &str) -> Error {
        Error::corrupt(format!("a row of table {}", self.shift.after.name), problem)
    }

    /// Tells whether the values of a field are not known yet: a function gives them that is called at the open.
    fn is_unknown(&self) -> bool {
        let fills = self.shift.steps.iter().map(|step| &step.change);
        fills.into_iter().any(|change| {
            matches!(
                change,
                Change::AddField {
                    fill: Fill::Once(_),
                    ..
                }
            )
        })
    }
}

/// Looks at the rows of every table that gets an index or a reference which they may not fit. Returns what is refused,
/// and how many rows were looked at.
///
/// # Errors
///
/// Those of the engine, and damage.
pub(super) fn check_objects(
    snapshot: &Arc<dyn Snapshot>,
    head: &Head,
    candidates: &[Candidate<'_>],
) -> Result<(Vec<Refusal>, u64)> {
    let spaces = spaces(head, candidates);
    let mut refusals = Vec::new();
    let mut rows = 0;
    let live = candidates
        .iter()
        .filter(|candidate| candidate.shift.after.presence == Presence::Live && !candidate.is_unknown());
    for candidate in live {
        let (found, unique_rows) = check_unique(snapshot, candidate)?;
        refusals.extend(found);
        let (found, referring_rows) = check_references(snapshot, candidate, &spaces)?;
        refusals.extend(found);
        rows += unique_rows.max(referring_rows);
    }
    Ok((refusals, rows))
}

/// Returns the space of each table, by id, where its rows are found by key after the change.
fn spaces(head: &Head, candidates: &[Candidate<'_>]) -> BTreeMap<u32, u32> {
    let mut spaces: BTreeMap<u32, u32> = head
        .tables
        .iter()
        .map(|(id, table)| (*id, table.state.space))
        .collect();
    spaces.extend(
        candidates
            .iter()
            .map(|candidate| (candidate.shift.table, candidate.space())),
    );
    spaces
}

/// Writes into each new version where its references lead, now that every table has its id.
///
/// # Errors
///
/// Those of the engine, and damage.
pub(super) fn fill_targets(
    snapshot: &Arc<dyn Snapshot>,
    head: &Head,
    mut shifts: Vec<&mut Shift>,
) -> Result<()> {
    let mut parents: BTreeMap<String, (u32, Schema)> = BTreeMap::new();
    let named = |reference: &Reference| reference.table.clone();
    let wanted: Vec<String> = shifts
        .iter()
        .filter(|shift| shift.makes_version)
        .flat_map(|shift| shift.schema().references.iter().map(named))
        .collect();
    for name in wanted {
        let shifted = shifts
            .iter()
            .find(|shift| shift.after.presence == Presence::Live && shift.after.name == name);
        let found = match shifted {
            Some(shift) if shift.versions.contains_key(&shift.after.version) => {
                Some((shift.table, shift.schema().clone()))
            }
            shifted => stored_parent(snapshot, head, &name, shifted.map(|shift| shift.table))?,
        };
        parents.extend(found.map(|found| (name, found)));
    }
    for shift in shifts.iter_mut().filter(|shift| shift.makes_version) {
        let targets = shift.schema().references.iter().map(|reference| {
            let (table, parent) = parents.get(&reference.table)?;
            Some(crate::diff::Target {
                table: *table,
                key_positions: key_positions(reference, parent)?,
            })
        });
        // What leads nowhere was refused before: then there is no switch that would write this.
        let targets = targets.collect::<Option<Vec<_>>>().unwrap_or_default();
        let version = shift.after.version;
        if let Some(version) = shift.versions.get_mut(&version) {
            version.targets = targets;
        }
    }
    Ok(())
}

fn stored_parent(
    snapshot: &Arc<dyn Snapshot>,
    head: &Head,
    name: &str,
    id: Option<u32>,
) -> Result<Option<(u32, Schema)>> {
    let mut live = head
        .tables
        .iter()
        .filter(|(_, table)| table.state.presence == Presence::Live);
    let found = match id {
        Some(id) => head.tables.get(&id).map(|table| (id, table)),
        None => live
            .find(|(_, table)| table.state.name == name)
            .map(|(id, table)| (*id, table)),
    };
    found
        .map(|(id, table)| {
            let version = read_version(snapshot.as_ref(), id, table.state.version)?;
            Ok((id, version.schema))
        })
        .transpose()
}
