//! The end of a build: rows that earlier changes took out come back, or go along.

use std::ops::ControlFlow;

use crate::catalog::{keys, read_bytes};
use crate::codec::encode_record;
use crate::diff::Way;
use crate::error::{Error, ErrorKind, Result};
use crate::txn::{Carried, CarryError, Route, Stopped, joined};

use super::build::{BuildPlace, Building, below, carried_body};
use super::claims::Claimant;
use super::victims::{Returning, VICTIMS_AT_A_TIME, next_victims};

/// Takes one row that was taken out; breaks if the batch is full.
type Take<'t, B> = dyn FnMut(&mut B, &BuildPlace<'_>, Returning) -> Result<ControlFlow<()>> + 't;

impl Building<'_> {
    /// Brings back the rows that were taken out on edges which are passed downwards now.
    pub(super) fn bring_back(&mut self, place: &mut BuildPlace<'_>) -> Result<()> {
        for edge in self.shift.returning() {
            let parent = self.shift.versions.get(&edge).and_then(|version| version.parent);
            let parent = parent
                .ok_or_else(|| Error::corrupt("the version tree", format!("version {edge} has no parent")))?;
            let route = self.shift.route_from(parent)?;
            self.each_victim(place, edge, &mut |building, place, victim| {
                building.bring_one(place, edge, &route, victim)
            })?;
        }
        Ok(())
    }

    /// Takes along the rows that stay out.
    pub(super) fn take_along(&mut self, place: &mut BuildPlace<'_>) -> Result<()> {
        let returning = self.shift.returning();
        for edge in self.shift.victims.iter().filter(|edge| !returning.contains(edge)) {
            self.each_victim(place, *edge, &mut |building, place, victim| {
                building.leave_out(place, *edge, &victim)
            })?;
        }
        Ok(())
    }

    fn each_victim(
        &mut self,
        place: &mut BuildPlace<'_>,
        edge: u32,
        take: &mut Take<'_, Self>,
    ) -> Result<()> {
        let Some(space) = self.shift.before.as_ref().map(|before| before.space) else {
            return Ok(());
        };
        let mut after: Option<Vec<u8>> = None;
        loop {
            let victims = next_victims(
                place.snapshot.as_ref(),
                (space, edge),
                after.as_deref(),
                VICTIMS_AT_A_TIME,
            )?;
            let Some(last) = victims.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for victim in victims {
                if take(self, place, victim)?.is_break() {
                    self.write(place)?;
                }
            }
            self.write(place)?;
        }
    }

    fn bring_one(
        &mut self,
        place: &BuildPlace<'_>,
        edge: u32,
        route: &Route,
        victim: Returning,
    ) -> Result<ControlFlow<()>> {
        let space = self.shift.before.as_ref().map_or(0, |before| before.space);
        let carried = match victim.carry(space, route, self.code) {
            Ok(carried) => Ok(carried),
            Err(CarryError::Engine(error)) => return Err(error),
            Err(CarryError::Row(stopped)) => Err(*stopped),
        };
        if let Some(stopped) = self.claim_for(place, edge, &victim, &carried)? {
            return self.stop_again(place, (edge, route), victim, stopped);
        }
        let carried = match carried {
            Ok(carried) => carried,
            Err(stopped) => return self.stop_or_refuse(place, (edge, route), victim, stopped),
        };
        let key = if self.rekeys {
            match super::check::moved_key(self.shift, &carried.body) {
                Ok(key) => key,
                Err(stopped) => return self.stop_or_refuse(place, (edge, route), victim, stopped),
            }
        } else {
            victim.key.clone()
        };
        let row = joined(self.shift.after.version, &carried.body);
        let live = read_bytes(place.snapshot.as_ref(), &keys::row(place.built.space, &key))?;
        // A build that goes on after a crash meets what it brought back itself.
        if live.is_some_and(|live| live != row) || !self.new_keys.insert(key.clone()) {
            self.checked.rows_left_out += 1;
            return self.leave_out(place, edge, &victim);
        }
        self.checked.rows_returned += 1;
        self.put_back(place, &key, (row, carried), victim, route);
        Ok(self.writer.end_row())
    }

    /// Takes for a row that comes back what no other one may have then. Returns where it stops if another one has that
    /// already.
    fn claim_for(
        &mut self,
        place: &BuildPlace<'_>,
        edge: u32,
        victim: &Returning,
        carried: &std::result::Result<Carried, Stopped>,
    ) -> Result<Option<Stopped>> {
        let from = self.shift.versions.get(&edge).and_then(|version| version.parent);
        let (Some(claims), Some(from)) = (&mut self.claims, from) else {
            return Ok(None);
        };
        let space = self.shift.before.as_ref().map_or(0, |before| before.space);
        let code = self.code;
        let claimant = Claimant {
            owner: Claimant::victim(edge, &victim.key),
            from,
            arrival: carried.as_ref().ok().map(|carried| carried.body.as_slice()),
            stopped: carried.as_ref().err(),
            carry: &|route| carried_body(victim.carry(space, route, code).map(|carried| carried.body)),
        };
        let snapshot = place.snapshot.as_ref();
        claims.take(snapshot, self.shift, &claimant, self.writer.batch())
    }

    /// A row that comes back does not fit elsewhere: it is taken out there, or refuses the change.
    fn stop_or_refuse(
        &mut self,
        place: &BuildPlace<'_>,
        way: (u32, &Route),
        victim: Returning,
        stopped: Stopped,
    ) -> Result<ControlFlow<()>> {
        if self.shift.drops(&stopped) {
            return self.stop_again(place, way, victim, stopped);
        }
        self.checked.note(self.shift, &victim.key, Some(stopped));
        Ok(ControlFlow::Continue(()))
    }

    /// A row that comes back over one edge is taken out again at another: it lies there from now on.
    fn stop_again(
        &mut self,
        place: &BuildPlace<'_>,
        (edge, route): (u32, &Route),
        victim: Returning,
        stopped: Stopped,
    ) -> Result<ControlFlow<()>> {
        if !self.shift.drops(&stopped) {
            self.checked.rows_left_out += 1;
            return self.leave_out(place, edge, &victim);
        }
        let space = self.shift.before.as_ref().map_or(0, |before| before.space);
        let below = below(route, &stopped);
        let before = match victim.carry(space, &below, self.code) {
            Ok(before) => before,
            Err(CarryError::Engine(error)) => return Err(error),
            Err(CarryError::Row(earlier)) => {
                self.checked.note(self.shift, &victim.key, Some(*earlier));
                return Ok(ControlFlow::Continue(()));
            }
        };
        let kept = not_crossed(victim.record.kept, &below);
        self.take_out(place, &victim.key, Stopped { before, ..stopped }, kept)
    }

    fn put_back(
        &mut self,
        place: &BuildPlace<'_>,
        key: &[u8],
        (row, carried): (Vec<u8>, Carried),
        victim: Returning,
        route: &Route,
    ) {
        let space = place.built.space;
        let batch = self.writer.batch();
        batch.put(keys::row(space, key), row);
        for change in carried.changes.iter().filter(|change| change.entry.is_some()) {
            change.write(space, key, batch);
        }
        for (edge, way, entry) in not_crossed(victim.record.kept, route) {
            batch.put(keys::complement(space, edge, way, key), entry);
        }
    }

    fn leave_out(
        &mut self,
        place: &BuildPlace<'_>,
        edge: u32,
        victim: &Returning,
    ) -> Result<ControlFlow<()>> {
        let record =
            encode_record(&victim.record).map_err(|problem| Error::new(ErrorKind::TooLarge, problem))?;
        let key = keys::victim(place.built.space, edge, &victim.key);
        self.writer.batch().put(key, record);
        Ok(self.writer.end_row())
    }
}

/// Lists what is kept of a row on edges that it does not cross.
fn not_crossed(kept: Vec<(u32, Way, Vec<u8>)>, route: &Route) -> Vec<(u32, Way, Vec<u8>)> {
    let crossed = |edge: u32| route.hops.iter().any(|hop| hop.edge == edge);
    kept.into_iter().filter(|(edge, ..)| !crossed(*edge)).collect()
}
