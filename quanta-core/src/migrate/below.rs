//! The ways that rows take to below the edge that takes them out.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::error::{Error, Result};
use crate::txn::{Route, Routes, Stopped};

use super::check::StoredRow;
use super::shift::Shift;

/// Ways to below an edge, for rows that stand above it.
#[derive(Default)]
pub(super) struct BelowRoutes {
    /// By stamp and edge.
    back: BTreeMap<(u32, u32), Route>,
    along: Route,
}

impl BelowRoutes {
    /// Returns the way of a row to below an edge that takes it out.
    ///
    /// A row that neither a sweep nor a write touched since it was above the edge has no edge to cross on the way up. It
    /// is taken out all the same if another one has its value by now, and has to go down first.
    ///
    /// # Errors
    ///
    /// If the version tree is damaged.
    pub(super) fn route(&mut self, shift: &Shift, row: &StoredRow<'_>, edge: u32) -> Result<&Route> {
        if row.route.hops.iter().any(|hop| hop.edge == edge) {
            self.along = part_below(row.route, edge);
            return Ok(&self.along);
        }
        match self.back.entry((row.stamp, edge)) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(free) => {
                let parent = shift.versions.get(&edge).and_then(|version| version.parent);
                let parent = parent.ok_or_else(|| {
                    Error::corrupt("the version tree", format!("version {edge} has no parent"))
                })?;
                let mut compiled = Routes::new(&shift.after.name, &shift.versions, &shift.kept);
                Ok(free.insert(compiled.between(row.stamp, parent)?))
            }
        }
    }
}

/// Returns the part of a route that lies before the edge where a row stops.
pub(super) fn below(route: &Route, stopped: &Stopped) -> Route {
    part_below(route, stopped.edge.0)
}

fn part_below(route: &Route, edge: u32) -> Route {
    let hops = route.hops.iter();
    Route::new(hops.take_while(|hop| hop.edge != edge).cloned().collect())
}
