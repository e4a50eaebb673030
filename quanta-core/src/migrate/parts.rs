//! A way that rows are carried along in several parts: of rows that want one key or value at an edge, that with the lowest
//! key below the edge survives. Where rows moved before that edge, they have to stand in the order of those keys first; and
//! rows that come back at an edge are held against those that are there.

use std::collections::BTreeSet;

use crate::diff::{Change, Step, Way};
use crate::error::Result;
use crate::plan::TableState;

use super::build::kept_after_build;
use super::claims::takes_out;
use super::shift::Shift;

impl Shift {
    /// Cuts the way before each edge that takes rows out for the sake of others and lies behind one that moves rows, and
    /// behind each edge at which rows come back, if which ones do matters further on. All but the first part begin where the
    /// one before ends: see [`Shift::begin_in`].
    ///
    /// # Errors
    ///
    /// If the version tree is damaged.
    pub(super) fn parts(&self) -> Result<Vec<Self>> {
        let mut cuts = Vec::new();
        let mut moves = false;
        for (position, (edge, way)) in self.hops.iter().enumerate() {
            if moves && *way == Way::Up && takes_out(self, *edge)? {
                cuts.push(position);
                moves = false;
            }
            moves |= self.edge_rekeys(*edge);
            if *way == Way::Down && self.victims.contains(edge) && self.matters_behind(position) {
                cuts.push(position + 1);
                moves = false;
            }
        }
        cuts.dedup();
        if cuts.is_empty() {
            return Ok(vec![self.clone()]);
        }
        cuts.push(self.hops.len());
        let mut steps = self.steps.clone();
        let mut parts = Vec::new();
        let mut from = 0;
        for to in cuts {
            parts.push(self.part(from, to, &mut steps));
            from = to;
        }
        Ok(parts)
    }

    /// Tells whether it matters behind a hop which rows there are: for keys that they may share, for those that are taken
    /// out, and for others that come back.
    fn matters_behind(&self, position: usize) -> bool {
        for (edge, way) in &self.hops[position + 1..] {
            let others = match way {
                Way::Up => self.drops_rows(*edge),
                Way::Down => self.victims.contains(edge),
            };
            if others || self.edge_rekeys(*edge) {
                return true;
            }
        }
        false
    }

    fn drops_rows(&self, edge: u32) -> bool {
        let edge = self.versions.get(&edge).and_then(|version| version.edge.as_ref());
        edge.is_some_and(|edge| !edge.lens.drops.is_empty())
    }

    /// Takes out the hops from one position to another, and their steps.
    fn part(&self, from: usize, to: usize, steps: &mut Vec<Step>) -> Self {
        let is_last = to == self.hops.len();
        let count = if is_last {
            steps.len()
        } else {
            self.own_steps(&self.hops[from..to], steps)
        };
        let at = |hops: &[crate::plan::Hop]| self.version_behind(hops);
        let state = |version: Option<u32>| {
            let state = self.before.as_ref()?;
            Some(TableState {
                version: version.unwrap_or(state.version),
                ..state.clone()
            })
        };
        let after = match at(&self.hops[..to]) {
            Some(version) if !is_last => TableState {
                version,
                ..self.after.clone()
            },
            _ => self.after.clone(),
        };
        Self {
            before: state(at(&self.hops[..from])),
            after,
            hops: self.hops[from..to].to_vec(),
            steps: steps.drain(..count).collect(),
            ..self.clone()
        }
    }

    /// Counts the steps at the beginning that belong to edges: names of tables and indexes come along with the first part.
    fn own_steps(&self, hops: &[crate::plan::Hop], steps: &[Step]) -> usize {
        let edges = hops
            .iter()
            .filter_map(|(edge, _)| self.versions.get(edge)?.edge.as_ref());
        let own: usize = edges.map(|edge| edge.steps.len()).sum();
        let mut left = own;
        let named = steps.iter().take_while(|step| {
            let is_name = matches!(
                step.change,
                Change::RenameTable { .. } | Change::RenameIndex { .. } | Change::CreateTable
            );
            let goes_along = is_name || left > 0;
            left -= usize::from(!is_name && left > 0);
            goes_along
        });
        named.count()
    }

    /// Returns the version behind the last of some hops; none if there are none.
    fn version_behind(&self, hops: &[crate::plan::Hop]) -> Option<u32> {
        let (edge, way) = hops.last()?;
        match way {
            Way::Up => Some(*edge),
            Way::Down => self.versions.get(edge)?.parent,
        }
    }

    /// Begins where the part before carried the rows to.
    ///
    /// # Errors
    ///
    /// If the version tree is damaged.
    pub(super) fn begin_in(&mut self, space: u32, part: &Self, victims: BTreeSet<u32>) -> Result<()> {
        self.kept = kept_after_build(part, &part.routes()?);
        self.victims = victims;
        if let Some(before) = &mut self.before {
            before.space = space;
            self.stamps = [before.version].into();
        }
        Ok(())
    }
}
