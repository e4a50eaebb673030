//! The end of a build: rows that earlier changes took out come back, or go along.

use std::ops::ControlFlow;

use crate::catalog::{keys, read_bytes};
use crate::codec::encode_record;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::VictimRecord;
use crate::txn::{Carried, CarryError, Route, joined};

use super::build::{BuildPlace, Building};
use super::victims::{Returning, VICTIMS_AT_A_TIME, carry_victim, next_victims, read_victims};

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
        // A build that goes on after a crash meets what it took along itself.
        if !records.ends_with(&victim.records) {
            records.extend(victim.records);
        }
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
        for record in victim.records {
            left.extend(self.bring_record(place, route, &victim.key, record)?);
        }
        if !left.is_empty() {
            self.checked.rows_left_out += left.len() as u64;
            self.put_victims(place, edge, &victim.key, &left)?;
        }
        Ok(self.writer.end_row())
    }

    /// Brings back a row, or returns it if a live row has its key.
    fn bring_record(
        &mut self,
        place: &BuildPlace<'_>,
        route: &Route,
        key_below: &[u8],
        record: VictimRecord,
    ) -> Result<Option<VictimRecord>> {
        let space = self.shift.before.as_ref().map_or(0, |before| before.space);
        let carried = match carry_victim(space, key_below, &record, route, self.code) {
            Ok(carried) => carried,
            Err(CarryError::Engine(error)) => return Err(error),
            Err(CarryError::Row(stopped)) => {
                self.checked.note(self.shift, key_below, Some(*stopped));
                return Ok(None);
            }
        };
        let key = if self.rekeys {
            match super::check::moved_key(self.shift, &carried.body) {
                Ok(key) => key,
                Err(stopped) => {
                    self.checked.note(self.shift, key_below, Some(stopped));
                    return Ok(None);
                }
            }
        } else {
            key_below.to_vec()
        };
        let row = joined(self.shift.after.version, &carried.body);
        let live = read_bytes(place.snapshot.as_ref(), &keys::row(place.built.space, &key))?;
        // A build that goes on after a crash meets what it brought back itself.
        if live.is_some_and(|live| live != row) || !self.new_keys.insert(key.clone()) {
            return Ok(Some(record));
        }
        self.checked.rows_returned += 1;
        self.put_back(place, &key, (row, carried), record, route);
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
        let crossed = |edge: u32| route.hops.iter().any(|hop| hop.edge == edge);
        let left = record.kept.into_iter().filter(|(edge, ..)| !crossed(*edge));
        for (edge, way, entry) in left {
            batch.put(keys::complement(space, edge, way, key), entry);
        }
    }

    /// Takes out a row. Where rows pass several edges at once, others may have its key as of below that edge.
    pub(super) fn take_out(
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
