//! Rows that were taken out and would come back: what a build makes of them, for a look at what would happen.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use quanta_storage::Snapshot;

use crate::error::{Error, Result};
use crate::program::OwnCodeTable;
use crate::txn::{CarryError, Route};

use super::claims::claiming_edges;
use super::duplicates::See;
use super::shift::Shift;
use super::victims::{Returning, VICTIMS_AT_A_TIME, carry_victim, next_victims};

/// Rows that were taken out and would come back, in the order of their keys.
pub(super) struct ReturningRows<'a> {
    snapshot: &'a dyn Snapshot,
    code: &'a dyn OwnCodeTable,
    /// The space where they lie.
    space: u32,
    edges: Vec<OutAtEdge>,
}

/// The rows that one edge took out.
struct OutAtEdge {
    edge: u32,
    /// The way on from below it.
    route: Route,
    /// What was read of them and not shown yet.
    read: VecDeque<Returning>,
    /// The last key that was read.
    after: Option<Vec<u8>>,
}

impl<'a> ReturningRows<'a> {
    /// Lists the rows that a change would bring back. Where keys change, or other edges on the way take rows out for the
    /// sake of these, only a build knows which they are: then there are none.
    ///
    /// # Errors
    ///
    /// If the version tree is damaged, and those of the engine.
    pub(super) fn of(snapshot: &'a dyn Snapshot, shift: &Shift, code: &'a dyn OwnCodeTable) -> Result<Self> {
        let mut returning = Self {
            snapshot,
            code,
            space: shift.before.as_ref().map_or(0, |before| before.space),
            edges: Vec::new(),
        };
        if shift.before.is_none() || shift.may_change_keys() || !claiming_edges(shift)?.is_empty() {
            return Ok(returning);
        }
        for edge in shift.returning() {
            let parent = shift.versions.get(&edge).and_then(|version| version.parent);
            let parent = parent
                .ok_or_else(|| Error::corrupt("the version tree", format!("version {edge} has no parent")))?;
            let mut out = OutAtEdge {
                edge,
                route: shift.route_from(parent)?,
                read: VecDeque::new(),
                after: None,
            };
            out.read_on(snapshot, returning.space)?;
            returning.edges.push(out);
        }
        Ok(returning)
    }

    /// Shows the key and the future body of every row with a lower key than a live row has, and passes those that have its
    /// key: they stay out.
    pub(super) fn show_before(&mut self, live: &[u8], show: &mut See<'_>) -> Result<ControlFlow<()>> {
        while let Some(key) = self.next_key().filter(|key| key.as_slice() <= live) {
            let rows = self.take(&key)?;
            if key != live && self.show_first(&key, rows, show)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Shows all that are left.
    pub(super) fn show_rest(&mut self, show: &mut See<'_>) -> Result<()> {
        while let Some(key) = self.next_key() {
            let rows = self.take(&key)?;
            if self.show_first(&key, rows, show)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn next_key(&self) -> Option<Vec<u8>> {
        let next = self.edges.iter().filter_map(|out| out.read.front());
        next.map(|returning| returning.key.clone()).min()
    }

    /// Takes the rows with the lowest key: each with the position of the edge that took it out.
    fn take(&mut self, key: &[u8]) -> Result<Vec<(usize, Returning)>> {
        let mut rows = Vec::new();
        for (position, out) in self.edges.iter_mut().enumerate() {
            if out.read.front().is_some_and(|next| next.key == key) {
                rows.extend(out.read.pop_front().map(|returning| (position, returning)));
                out.read_on(self.snapshot, self.space)?;
            }
        }
        Ok(rows)
    }

    /// Shows the first of the rows of one key that gets there: the others stay out.
    fn show_first(
        &self,
        key: &[u8],
        rows: Vec<(usize, Returning)>,
        show: &mut See<'_>,
    ) -> Result<ControlFlow<()>> {
        for (position, returning) in rows {
            let route = &self.edges[position].route;
            for record in &returning.records {
                match carry_victim(self.space, key, record, route, self.code) {
                    Ok(carried) => return show(key, &carried.body),
                    Err(CarryError::Row(_)) => {}
                    Err(CarryError::Engine(error)) => return Err(error),
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl OutAtEdge {
    /// Reads on if all that was read is shown.
    fn read_on(&mut self, snapshot: &dyn Snapshot, space: u32) -> Result<()> {
        if self.read.is_empty() {
            let after = self.after.as_deref();
            self.read = next_victims(snapshot, (space, self.edge), after, VICTIMS_AT_A_TIME)?.into();
            self.after = self
                .read
                .back()
                .map(|last| last.key.clone())
                .or(self.after.take());
        }
        Ok(())
    }
}
