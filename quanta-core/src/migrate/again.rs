//! What an open tells of fields that come under the name of one that went.

use std::collections::BTreeMap;
use std::sync::Arc;

use quanta_storage::KeyRange;

use crate::catalog::{for_each, keys};
use crate::diff::Way;
use crate::error::{Error, Result};
use crate::plan::{ComeAgain, Plan, StoredTable};
use crate::program::{Crossing, NoCode};
use crate::txn::{CarryError, Route, Routes, carry};

use super::check::each_row;
use super::open::Open;

impl Open<'_> {
    /// Counts what is kept of fields that went under the name of one that comes, and tells how to have it back.
    pub(super) fn note_kept_values(
        &self,
        plan: &mut Plan,
        again: &[ComeAgain],
        stored: &BTreeMap<u32, StoredTable>,
    ) -> Result<()> {
        for field in again {
            let Some(table) = stored.get(&field.table) else {
                continue;
            };
            let rows = self.count_kept(field, table)?;
            if rows > 0 {
                let name = field.path.rsplit('.').next().unwrap_or(&field.path);
                plan.notes.push(format!(
                    "{}.{} is a new field; {rows} rows have a kept value of the one that went under this name: \
                     `renamed_from = \"{name}\"` at the field gives them back",
                    field.name, field.path
                ));
            }
        }
        Ok(())
    }

    fn count_kept(&self, field: &ComeAgain, table: &StoredTable) -> Result<u64> {
        let state = &table.head.state;
        let mut compiled = Routes::new(&state.name, &table.versions, &table.head.kept);
        let passed = compiled.along(&[(field.edge, Way::Up)])?;
        let Some(crossing) = passed.hops.first().map(|hop| Arc::clone(&hop.crossing)) else {
            return Ok(0);
        };
        if !table.head.kept.contains(&(field.edge, Way::Up)) {
            return Ok(0);
        }
        let mut rows = 0;
        let mut count = |entry: &[u8]| {
            rows += u64::from(holds(&crossing, entry, field)?);
            Ok(())
        };
        let entries = keys::complement(state.space, field.edge, Way::Up, &[]);
        for_each(
            self.shop.snapshot.as_ref(),
            &KeyRange::prefix(&entries),
            &mut |_, entry| count(entry),
        )?;
        let behind = behind(&mut compiled, table, field.edge)?;
        if behind.values().any(|route| !route.hops.is_empty()) {
            self.each_left(state.space, &behind, field.edge, &mut count)?;
        }
        Ok(rows)
    }

    /// Shows what rows leave behind at an edge that they have not passed yet.
    fn each_left(
        &self,
        space: u32,
        routes: &BTreeMap<u32, Route>,
        edge: u32,
        show: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let snapshot = &self.shop.snapshot;
        each_row(snapshot, space, routes, &mut |row| match carry(
            snapshot.as_ref(),
            space,
            row.key,
            row.route,
            row.body,
            &NoCode,
        ) {
            Ok(carried) => {
                let left = carried
                    .changes
                    .iter()
                    .find(|change| change.edge == (edge, Way::Up));
                left.and_then(|change| change.entry.as_deref())
                    .map_or(Ok(()), &mut *show)
            }
            Err(CarryError::Engine(error)) => Err(error),
            Err(CarryError::Row(_)) => Ok(()),
        })
    }
}

fn holds(crossing: &Crossing, entry: &[u8], field: &ComeAgain) -> Result<bool> {
    let value = crossing.kept_at(entry, &field.kept);
    value
        .map(|value| value.is_some())
        .map_err(|failure| Error::corrupt(format!("what is kept of table {}", field.name), failure))
}

/// Returns the way of every stamp over an edge, and none for rows that are beyond it.
fn behind(compiled: &mut Routes<'_>, table: &StoredTable, edge: u32) -> Result<BTreeMap<u32, Route>> {
    let stamps = table.head.stamps.iter();
    let routes = stamps.map(|stamp| {
        let mut route = compiled.between(*stamp, table.head.state.version)?;
        let passes = route
            .hops
            .iter()
            .position(|hop| (hop.edge, hop.way) == (edge, Way::Up));
        route.hops.truncate(passes.map_or(0, |position| position + 1));
        Ok((*stamp, route))
    });
    routes.collect()
}
