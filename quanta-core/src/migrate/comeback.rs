//! The end of a build: rows that earlier changes took out come back, or go along.

use std::ops::ControlFlow;

use crate::catalog::{keys, read_bytes};
use crate::codec::encode_record;
use crate::error::{Error, ErrorKind, Result};
use crate::txn::{Carried, CarryError, Route, joined};

use super::build::{BuildPlace, Building};
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
            Ok(carried) => carried,
            Err(CarryError::Engine(error)) => return Err(error),
            Err(CarryError::Row(stopped)) => {
                self.checked.note(self.shift, &victim.key, Some(*stopped));
                return Ok(ControlFlow::Continue(()));
            }
        };
        let key = if self.rekeys {
            match super::check::moved_key(self.shift, &carried.body) {
                Ok(key) => key,
                Err(stopped) => {
                    self.checked.note(self.shift, &victim.key, Some(stopped));
                    return Ok(ControlFlow::Continue(()));
                }
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
        let crossed = |edge: u32| route.hops.iter().any(|hop| hop.edge == edge);
        let left = victim
            .record
            .kept
            .into_iter()
            .filter(|(edge, ..)| !crossed(*edge));
        for (edge, way, entry) in left {
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
