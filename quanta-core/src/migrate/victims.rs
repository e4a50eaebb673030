//! Rows that a change took out: they come back when the change is taken back, and go along wherever the table goes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use quanta_storage::{Direction, Snapshot};

use crate::catalog::keys::{self, VICTIM_PREFIX_BYTES};
use crate::codec::decode_record;
use crate::error::{Error, Result};
use crate::plan::VictimRecord;
use crate::program::OwnCodeTable;
use crate::txn::{Carried, CarryError, Route, Source, carry};

use super::shift::Shift;

/// Rows that are read at a time.
pub const VICTIMS_AT_A_TIME: usize = 256;

/// Rows of one key that were taken out at one edge and are on their way back.
pub struct Returning {
    /// Their key as of below the edge.
    pub key: Vec<u8>,
    /// What is stored of them: the row that comes back first is the first one.
    pub records: Vec<VictimRecord>,
}

/// Carries a row on from below the edge that took it out.
///
/// # Errors
///
/// As any row.
pub fn carry_victim(
    space: u32,
    key: &[u8],
    record: &VictimRecord,
    route: &Route,
    code: &dyn OwnCodeTable,
) -> std::result::Result<Carried, CarryError> {
    let kept = record.kept.iter();
    let source = Entries(
        kept.map(|(edge, way, entry)| (keys::complement(space, *edge, *way, key), entry.as_slice()))
            .collect(),
    );
    carry(&source, space, key, route, &record.body, code)
}

/// What was kept of one row, by the keys under which it would lie.
struct Entries<'a>(BTreeMap<Vec<u8>, &'a [u8]>);

impl Source for Entries<'_> {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let entry = self.0.get(key);
        if let Some(entry) = entry {
            read(entry);
        }
        Ok(entry.is_some())
    }
}

/// Reads the next rows that an edge took out, behind a key: so many at most.
///
/// # Errors
///
/// Those of the engine, and damage.
pub fn next_victims(
    snapshot: &dyn Snapshot,
    (space, edge): (u32, u32),
    after: Option<&[u8]>,
    count: usize,
) -> Result<Vec<Returning>> {
    let mut range = keys::victims_of(space, edge);
    if let Some(after) = after {
        range.start = Bound::Excluded(keys::victim(space, edge, after));
    }
    let mut cursor = snapshot.scan(&range, Direction::Forward)?;
    let mut found = Vec::new();
    while found.len() < count {
        let Some((key, value)) = cursor.next()? else { break };
        found.push(Returning {
            key: key[VICTIM_PREFIX_BYTES..].to_vec(),
            records: read_victims(edge, value)?,
        });
    }
    Ok(found)
}

/// Reads the rows of one key that an edge took out: one at least, and first the one that comes back first.
///
/// # Errors
///
/// If they are damaged.
pub fn read_victims(edge: u32, value: &[u8]) -> Result<Vec<VictimRecord>> {
    let damaged = |problem: String| Error::corrupt(format!("a row that edge {edge} took out"), problem);
    let records: Vec<VictimRecord> = decode_record(value).map_err(damaged)?;
    if records.is_empty() {
        return Err(damaged("there is none".to_owned()));
    }
    Ok(records)
}

/// Lists the edges that took rows out of a space.
///
/// # Errors
///
/// Those of the engine.
pub fn edges_with_victims(snapshot: &dyn Snapshot, shift: &Shift, space: u32) -> Result<BTreeSet<u32>> {
    let passed = shift.hops.iter().map(|(edge, _)| *edge);
    let candidates: BTreeSet<u32> = passed.chain(shift.victims.iter().copied()).collect();
    let mut edges = BTreeSet::new();
    for edge in candidates {
        let mut cursor = snapshot.scan(&keys::victims_of(space, edge), Direction::Forward)?;
        if cursor.next()?.is_some() {
            edges.insert(edge);
        }
    }
    Ok(edges)
}
