//! The tables of a change with their rows as they will be, and where these are found.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use quanta_storage::Snapshot;

use crate::catalog::read_version;
use crate::diff::{Change, Fill};
use crate::error::{Error, Result};
use crate::plan::{Head, Presence, TableState, targets};
use crate::program::{NoCode, OwnCodeTable};
use crate::schema::{Reference, Schema};
use crate::txn::{CarryError, Route, translate};
use crate::value::show_key;

use super::check::rows_after;
use super::claims::{claimed_ids, claiming_edges};
use super::duplicates::See;
use super::returning::ReturningRows;
use super::shift::Shift;
use super::switch::Ready;

/// A table that changes, with its rows as they will be.
pub(super) struct Candidate<'a> {
    pub(super) shift: &'a Shift,
    /// The space that its rows were carried into already.
    built: Option<u32>,
    /// Whether rows are taken out.
    loses_rows: bool,
    /// Whether rows come back that were taken out.
    regains_rows: bool,
    code: &'a dyn OwnCodeTable,
}

impl<'a> Candidate<'a> {
    /// Takes a table as it was prepared. If nothing is built, rows are carried with that code.
    pub(super) fn of(ready: &'a Ready, code: &'a dyn OwnCodeTable) -> Self {
        Self {
            shift: &ready.shift,
            built: ready.built.map(|built| built.space),
            loses_rows: !ready.victims.is_subset(&ready.shift.victims),
            regains_rows: !ready.shift.victims.is_subset(&ready.victims),
            code,
        }
    }

    /// Takes a table to which nothing happens.
    pub(super) fn unchanged(shift: &'a Shift) -> Self {
        Self {
            shift,
            built: None,
            loses_rows: false,
            regains_rows: false,
            code: &NoCode,
        }
    }

    /// Tells whether functions of the program may have to be called to see its rows.
    pub(super) fn calls_program(&self) -> bool {
        self.built.is_none() && self.code.has_functions()
    }

    /// Tells whether its rows were carried into a new space, where others may have come back to them.
    pub(super) fn is_built(&self) -> bool {
        self.built.is_some()
    }

    /// Tells whether there are rows afterwards that were not there before: of the whole table, or some that were taken out.
    pub(super) fn finds_rows(&self) -> bool {
        let was_live = |before: &TableState| before.presence == Presence::Live;
        self.regains_rows || !self.shift.before.as_ref().is_some_and(was_live)
    }

    /// Tells whether rows that refer to this table may lead nowhere afterwards.
    pub(super) fn moves(&self) -> bool {
        self.loses_rows || self.shift.rekeys() || self.shift.is_written()
    }

    /// Returns the space where its rows are found by key after the change; none if they are not there yet.
    fn space(&self) -> Option<u32> {
        match self.built {
            None if self.shift.rekeys() => None,
            None => Some(self.shift.after.space),
            built => built,
        }
    }

    /// Shows the key and the future body of every row, in the order of keys. Returns how many were shown.
    pub(super) fn rows(&self, snapshot: &Arc<dyn Snapshot>, show: &mut See<'_>) -> Result<u64> {
        self.rows_after(snapshot, None, show)
    }

    /// Does it for the rows behind a key.
    pub(super) fn rows_after(
        &self,
        snapshot: &Arc<dyn Snapshot>,
        after: Option<&[u8]>,
        show: &mut See<'_>,
    ) -> Result<u64> {
        let (space, routes) = match (self.built, &self.shift.before) {
            (Some(space), _) => (space, [(self.shift.after.version, Route::default())].into()),
            (None, Some(before)) => (before.space, self.shift.routes()?),
            (None, None) => return Ok(0),
        };
        let mut rows = 0;
        rows_after(snapshot, space, after, &routes, &mut |row| {
            rows += 1;
            match translate(snapshot.as_ref(), space, row.key, row.route, row.body, self.code) {
                Ok(body) => show(row.key, &body),
                // Rows that refuse the change did so before: this one is taken out.
                Err(CarryError::Row(_)) => Ok(ControlFlow::Continue(())),
                Err(CarryError::Engine(error)) => Err(error),
            }
        })?;
        Ok(rows)
    }

    /// Does what [`Candidate::rows`] does with the rows that come back among them, where they are not carried already.
    pub(super) fn rows_afterwards(&self, snapshot: &Arc<dyn Snapshot>, show: &mut See<'_>) -> Result<u64> {
        if !self.brings_back() {
            return self.rows(snapshot, show);
        }
        let mut returning = ReturningRows::of(snapshot.as_ref(), self.shift, self.code)?;
        let mut flow = ControlFlow::Continue(());
        let rows = self.rows(snapshot, &mut |key, body| {
            flow = match returning.show_before(key, show)? {
                ControlFlow::Continue(()) => show(key, body)?,
                flow => flow,
            };
            Ok(flow)
        })?;
        if flow.is_continue() {
            returning.show_rest(show)?;
        }
        Ok(rows)
    }

    /// Tells whether rows are to come back that were taken out, and are not carried yet.
    pub(super) fn brings_back(&self) -> bool {
        self.built.is_none() && !self.shift.returning().is_empty()
    }

    /// Shows the key of a row that [`Candidate::rows`] showed.
    pub(super) fn show_key(&self, row_key: &[u8]) -> String {
        let before = self.shift.before.as_ref().filter(|_| self.built.is_none());
        let version = before.and_then(|before| self.shift.versions.get(&before.version));
        let schema = version.map_or_else(|| self.shift.schema(), |version| &version.schema);
        show_key(schema, row_key)
    }

    /// Lists the ids of unique indexes whose duplicates the change would take out: rows that are carried already are without
    /// them.
    pub(super) fn resolved_indexes(&self) -> Result<Vec<u32>> {
        match self.built {
            Some(_) => Ok(Vec::new()),
            None => Ok(claimed_ids(&claiming_edges(self.shift)?)),
        }
    }

    pub(super) fn damaged(&self, problem: &str) -> Error {
        Error::corrupt(format!("a row of table {}", self.shift.after.name), problem)
    }

    /// Tells whether the values of a field are not known yet: a function gives them that is called at the open.
    pub(super) fn is_unknown(&self) -> bool {
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

/// Where the rows of one table are found by key after the change.
pub(super) struct RowPlace<'a> {
    /// The space; none if they are not there yet, as in a look at what would happen.
    pub(super) space: Option<u32>,
    /// Whether rows may have gone, or have another key.
    pub(super) moves: bool,
    /// What changes about the table.
    pub(super) shift: Option<&'a Shift>,
}

/// Where the rows of each table are, by id.
pub(super) type Spaces<'a> = BTreeMap<u32, RowPlace<'a>>;

/// Says where the rows of each table are after the change.
pub(super) fn spaces<'a>(head: &Head, candidates: &[Candidate<'a>]) -> Spaces<'a> {
    let stays = |space: u32| RowPlace {
        space: Some(space),
        moves: false,
        shift: None,
    };
    let stored = head.tables.iter();
    let mut spaces: Spaces<'_> = stored
        .map(|(id, table)| (*id, stays(table.state.space)))
        .collect();
    spaces.extend(candidates.iter().map(|candidate| {
        let place = RowPlace {
            space: candidate.space(),
            moves: candidate.built.is_some() || candidate.moves(),
            shift: Some(candidate.shift),
        };
        (candidate.shift.table, place)
    }));
    spaces
}

/// Writes into each new version where its references lead, now that every table has its id.
///
/// # Errors
///
/// Those of the engine, and damage.
pub(super) fn fill_targets(snapshot: &Arc<dyn Snapshot>, head: &Head, ready: &mut [Ready]) -> Result<()> {
    let mut shifts: Vec<&mut Shift> = ready.iter_mut().map(|ready| &mut ready.shift).collect();
    let mut parents: BTreeMap<String, (u32, Schema)> = BTreeMap::new();
    let named = |reference: &Reference| reference.table.clone();
    let wanted: Vec<String> = shifts
        .iter()
        .filter(|shift| shift.makes_version())
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
    for shift in shifts.iter_mut().filter(|shift| shift.makes_version()) {
        let parent = |name: &str| parents.get(name).map(|(table, schema)| (*table, schema));
        // What leads nowhere was refused before: then there is no switch that would write this.
        let targets = targets(shift.schema(), parent).unwrap_or_default();
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
