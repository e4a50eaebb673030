//! The end of a build: rows that earlier changes took out come back, or go along.

use std::ops::ControlFlow;

use crate::catalog::{keys, read_bytes};
use crate::codec::encode_record;
use crate::diff::Way;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::VictimRecord;
use crate::txn::{Carried, CarryError, Route, Stopped, joined};

use super::below::below;
use super::build::{BuildPlace, Building, carried_body};
use super::claims::Claimant;
use super::victims::{Returning, VICTIMS_AT_A_TIME, carry_victim, next_victims, read_victims};

/// Takes one row that was taken out; breaks if the batch is full.
type Take<'t, B> = dyn FnMut(&mut B, &BuildPlace<'_>, Returning) -> Result<ControlFlow<()>> + 't;

/// Where a row lies that was taken out.
#[derive(Clone, Copy)]
struct Taken<'a> {
    edge: u32,
    /// Its key as of below the edge.
    key: &'a [u8],
    /// Which one of the rows with that key it is.
    position: usize,
}

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
                building.take_one_along(place, *edge, victim)
            })?;
        }
        Ok(())
    }

    /// Takes along a row that stays out. Another one of its key may just have been taken out at the same edge: that one
    /// comes first from now on.
    fn take_one_along(
        &mut self,
        place: &BuildPlace<'_>,
        edge: u32,
        victim: Returning,
    ) -> Result<ControlFlow<()>> {
        let key = victim.key;
        let mut records = self.taken_out(place, edge, &key)?;
        records.extend(victim.records);
        self.put_victims(place, edge, &key, &records)?;
        Ok(self.writer.end_row())
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

    /// Brings back the rows of one key, but for those whose key a live row has: they stay out.
    fn bring_one(
        &mut self,
        place: &BuildPlace<'_>,
        edge: u32,
        route: &Route,
        victim: Returning,
    ) -> Result<ControlFlow<()>> {
        let mut left = Vec::new();
        for (position, record) in victim.records.into_iter().enumerate() {
            let from = Taken {
                edge,
                key: &victim.key,
                position,
            };
            left.extend(self.bring_record(place, route, from, record)?);
        }
        if !left.is_empty() {
            self.checked.rows_left_out += left.len() as u64;
            self.put_victims(place, edge, &victim.key, &left)?;
        }
        Ok(self.writer.end_row())
    }

    /// Brings back a row, or returns it if it has to stay out: a live row has its key.
    fn bring_record(
        &mut self,
        place: &BuildPlace<'_>,
        route: &Route,
        from: Taken<'_>,
        record: VictimRecord,
    ) -> Result<Option<VictimRecord>> {
        let space = self.shift.before.as_ref().map_or(0, |before| before.space);
        let carried = match carry_victim(space, from.key, &record, route, self.code) {
            Ok(carried) => Ok(carried),
            Err(CarryError::Engine(error)) => return Err(error),
            Err(CarryError::Row(stopped)) => Err(*stopped),
        };
        if let Some(stopped) = self.claim_for(place, from, &record, &carried)? {
            if !self.shift.drops(&stopped) {
                return Ok(Some(record));
            }
            return self.stop_again(place, route, (from, record), stopped);
        }
        let carried = match carried {
            Ok(carried) => carried,
            Err(stopped) => return self.stop_again(place, route, (from, record), stopped),
        };
        let key = if self.rekeys {
            match super::check::moved_key(self.shift, &carried.body) {
                Ok(key) => key,
                Err(stopped) => return self.stop_again(place, route, (from, record), stopped),
            }
        } else {
            from.key.to_vec()
        };
        let row = joined(self.shift.after.version, &carried.body);
        let live = read_bytes(place.snapshot.as_ref(), &keys::row(place.built.space, &key))?;
        if live.is_some() || !self.new_keys.insert(key.clone()) {
            return Ok(Some(record));
        }
        self.checked.rows_returned += 1;
        self.put_back(place, &key, (row, carried), record, route);
        Ok(None)
    }

    /// Takes for a row that comes back what no other one may have then. Returns where it stops if another one has that
    /// already.
    fn claim_for(
        &mut self,
        place: &BuildPlace<'_>,
        from: Taken<'_>,
        record: &VictimRecord,
        carried: &std::result::Result<Carried, Stopped>,
    ) -> Result<Option<Stopped>> {
        let version = self.shift.versions.get(&from.edge);
        let (Some(claims), Some(parent)) = (&mut self.claims, version.and_then(|version| version.parent))
        else {
            return Ok(None);
        };
        let space = self.shift.before.as_ref().map_or(0, |before| before.space);
        let code = self.code;
        let claimant = Claimant {
            owner: Claimant::victim(from.edge, from.position, from.key),
            from: parent,
            arrival: carried.as_ref().ok().map(|carried| carried.body.as_slice()),
            stopped: carried.as_ref().err(),
            carry: &|route| {
                let carried = carry_victim(space, from.key, record, route, code);
                carried_body(carried.map(|carried| carried.body))
            },
        };
        let snapshot = place.snapshot.as_ref();
        claims.take(snapshot, self.shift, &claimant, self.writer.batch())
    }

    /// A row that comes back over one edge doesn't get over another one: it is taken out there, and lies there from now
    /// on, or refuses the change. So it never stays where it was.
    fn stop_again(
        &mut self,
        place: &BuildPlace<'_>,
        route: &Route,
        (from, record): (Taken<'_>, VictimRecord),
        stopped: Stopped,
    ) -> Result<Option<VictimRecord>> {
        if !self.shift.drops(&stopped) {
            self.checked.note(self.shift, from.key, Some(stopped));
            return Ok(None);
        }
        let space = self.shift.before.as_ref().map_or(0, |before| before.space);
        let below = below(route, &stopped);
        let before = match carry_victim(space, from.key, &record, &below, self.code) {
            Ok(before) => before,
            Err(CarryError::Engine(error)) => return Err(error),
            Err(CarryError::Row(earlier)) => {
                self.checked.note(self.shift, from.key, Some(*earlier));
                return Ok(None);
            }
        };
        let kept = not_crossed(record.kept, &below);
        self.take_out(place, from.key, Stopped { before, ..stopped }, kept)?;
        Ok(None)
    }

    fn put_back(
        &mut self,
        place: &BuildPlace<'_>,
        key: &[u8],
        (row, carried): (Vec<u8>, Carried),
        record: VictimRecord,
        route: &Route,
    ) {
        let space = place.built.space;
        let batch = self.writer.batch();
        batch.put(keys::row(space, key), row);
        for change in carried.changes.iter().filter(|change| change.entry.is_some()) {
            change.write(space, key, batch);
        }
        for (edge, way, entry) in not_crossed(record.kept, route) {
            batch.put(keys::complement(space, edge, way, key), entry);
        }
    }

    /// Adds a row to those that an edge took out. Where rows pass several edges at once, others may have its key as of
    /// below that edge.
    pub(super) fn add_victim(
        &mut self,
        place: &BuildPlace<'_>,
        edge: u32,
        key: Vec<u8>,
        record: VictimRecord,
    ) -> Result<()> {
        let at = (edge, key);
        let mut records = match self.new_victims.remove(&at) {
            Some(records) => records,
            None => self.taken_out(place, edge, &at.1)?,
        };
        records.push(record);
        self.put_victims(place, edge, &at.1, &records)?;
        self.new_victims.insert(at, records);
        Ok(())
    }

    /// Lists the rows of one key that an edge took out in the batches before.
    fn taken_out(&self, place: &BuildPlace<'_>, edge: u32, key: &[u8]) -> Result<Vec<VictimRecord>> {
        let key = keys::victim(place.built.space, edge, key);
        let records = read_bytes(place.snapshot.as_ref(), &key)?;
        records.map_or(Ok(Vec::new()), |records| read_victims(edge, &records))
    }

    /// Writes the rows of one key that an edge took out, the last one first.
    fn put_victims(
        &mut self,
        place: &BuildPlace<'_>,
        edge: u32,
        key: &[u8],
        records: &[VictimRecord],
    ) -> Result<()> {
        let records = encode_record(&records).map_err(|problem| Error::new(ErrorKind::TooLarge, problem))?;
        let key = keys::victim(place.built.space, edge, key);
        self.writer.batch().put(key, records);
        Ok(())
    }
}

/// Lists what is kept of a row on edges that it does not cross.
fn not_crossed(kept: Vec<(u32, Way, Vec<u8>)>, route: &Route) -> Vec<(u32, Way, Vec<u8>)> {
    let crossed = |edge: u32| route.hops.iter().any(|hop| hop.edge == edge);
    kept.into_iter().filter(|(edge, ..)| !crossed(*edge)).collect()
}
