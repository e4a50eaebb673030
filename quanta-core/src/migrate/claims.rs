//! Rows that a change takes out because another row has their value under a unique index, or their key on the way: of the
//! rows with one value, that with the lowest key survives.
//!
//! What rows have taken lies in a space beside the one they are carried into: memory stays the same whatever the number
//! of rows, and a build that was interrupted goes on with it. The switch retires that space.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use quanta_storage::{Batch, Snapshot};

use crate::catalog::{keys, read_bytes};
use crate::codec::{Projection, row_key};
use crate::diff::{KEY_PATH, Way, index_path};
use crate::error::{Error, Result};
use crate::plan::Version;
use crate::program::{Failure, FailureKind, OwnCodeTable};
use crate::progress::Stage;
use crate::schema::Schema;
use crate::txn::{Carried, CarryError, Route, Routes, Stopped, translate};
use crate::value::show_key;

use super::check::{moved_key, rows_after};
use super::duplicates::{Room, find_duplicates};
use super::shift::Shift;
use super::switch::Built;

/// A claim: the first half of the hash of an edge, what is claimed there, and the value. With BLAKE3 it takes 2^64 tries
/// to force two values to one claim.
type Claim = [u8; 16];

/// An edge that takes out rows whose values under a unique index another row has too.
pub(super) struct ClaimingEdge {
    edge: u32,
    /// Where it stands on the way that the table goes.
    position: usize,
    /// Whether rows are where they go to once they are across.
    is_last: bool,
    /// The schema above it, if it moves rows: then two of them may want one key.
    moved: Option<Schema>,
    /// Whether rows move again behind it, so that nothing else tells that they meet here.
    moves_on: bool,
    indexes: Vec<ClaimedIndex>,
    /// The ways there, by the version that rows come from.
    routes: BTreeMap<u32, Route>,
}

struct ClaimedIndex {
    id: u32,
    name: String,
    projection: Projection,
}

/// Lists the edges of a change that take rows out for the sake of a unique index, or of a key that they have only on the
/// way, in the order in which rows cross them.
///
/// # Errors
///
/// If the version tree is damaged.
pub(super) fn claiming_edges(shift: &Shift) -> Result<Vec<ClaimingEdge>> {
    let mut found = Vec::new();
    let moving = shift.moving_hop();
    for (position, (edge, way)) in shift.hops.iter().enumerate() {
        let Some(version) = shift.versions.get(edge).filter(|_| *way == Way::Up) else {
            continue;
        };
        let indexes = claimed_indexes(shift, version)?;
        let moves_on = moving.is_some_and(|moving| position < moving);
        let lens = version.edge.as_ref().map(|edge| &edge.lens);
        let drops_keys = lens.is_some_and(|lens| lens.drops.contains(KEY_PATH));
        let claims_keys = shift.edge_rekeys(*edge) && (drops_keys || !moves_on);
        if !indexes.is_empty() || moves_on && claims_keys {
            found.push(ClaimingEdge {
                edge: *edge,
                position,
                is_last: position + 1 == shift.hops.len(),
                moved: claims_keys.then(|| version.schema.clone()),
                moves_on,
                indexes,
                routes: routes_to(shift, *edge)?,
            });
        }
    }
    Ok(found)
}

/// Tells whether an edge takes rows out for the sake of others: for a unique index, or as they want one key.
///
/// # Errors
///
/// If the version tree is damaged.
pub(super) fn takes_out(shift: &Shift, edge: u32) -> Result<bool> {
    let Some(version) = shift.versions.get(&edge) else {
        return Ok(false);
    };
    let drops = version.edge.as_ref().map(|edge| &edge.lens.drops);
    let drops_keys = drops.is_some_and(|drops| drops.contains(KEY_PATH));
    Ok(drops_keys && shift.edge_rekeys(edge) || !claimed_indexes(shift, version)?.is_empty())
}

/// Lists the unique indexes that a version builds and for which it takes rows out.
fn claimed_indexes(shift: &Shift, version: &Version) -> Result<Vec<ClaimedIndex>> {
    let parent = version.parent.and_then(|parent| shift.versions.get(&parent));
    let known = parent.map_or(&[][..], |parent| &parent.index_ids);
    let drops = version.edge.as_ref().map(|edge| &edge.lens.drops);
    let is_claimed = |name: &str| drops.is_some_and(|drops| drops.contains(&index_path(name)));
    let numbered = version.schema.indexes.iter().zip(&version.index_ids);
    numbered
        .filter(|(index, id)| index.unique && !known.contains(id) && is_claimed(&index.name))
        .map(|(index, id)| {
            let projection = Projection::new(&version.schema, index.paths())
                .map_err(|problem| Error::corrupt(format!("the index {}", index.name), problem))?;
            Ok(ClaimedIndex {
                id: *id,
                name: index.name.clone(),
                projection,
            })
        })
        .collect()
}

/// Compiles the ways to a version from wherever rows may come from: their stamps, and edges that took rows out before.
fn routes_to(shift: &Shift, version: u32) -> Result<BTreeMap<u32, Route>> {
    let mut compiled = Routes::new(&shift.after.name, &shift.versions, &shift.kept);
    let returning = shift.returning().into_iter();
    let parents = returning.filter_map(|edge| shift.versions.get(&edge)?.parent);
    let starts: BTreeSet<u32> = shift.stamps.iter().copied().chain(parents).collect();
    starts
        .into_iter()
        .map(|start| Ok((start, compiled.between(start, version)?)))
        .collect()
}

/// Lists the ids of the indexes for which a change takes rows out.
pub(super) fn claimed_ids(edges: &[ClaimingEdge]) -> Vec<u32> {
    let indexes = edges.iter().flat_map(|edge| &edge.indexes);
    indexes.map(|index| index.id).collect()
}

/// Counts the rows that would be taken out, without writing anything. A row counts once for each index under which it
/// meets another one. Looking for them takes what there is room for.
///
/// # Errors
///
/// Those of the engine, and damage.
pub(super) fn count_meeting(
    (snapshot, room): (&Arc<dyn Snapshot>, &Room),
    shift: &Shift,
    (edges, code): (&[ClaimingEdge], &dyn OwnCodeTable),
    stage: &mut Stage,
) -> Result<u64> {
    let Some(before) = &shift.before else {
        return Ok(0);
    };
    let mut count = 0;
    for edge in edges {
        let found = find_duplicates(
            room,
            &mut |see| {
                stage.again();
                rows_after(snapshot, before.space, None, &edge.routes, &mut |row| {
                    stage.row()?;
                    let source = snapshot.as_ref();
                    let body = match translate(source, before.space, row.key, row.route, row.body, code) {
                        Ok(body) => body,
                        // A row that doesn't come so far takes no part.
                        Err(CarryError::Row(_)) => return Ok(ControlFlow::Continue(())),
                        Err(CarryError::Engine(error)) => return Err(error),
                    };
                    let claims = edge.claims(shift, &body)?.into_iter();
                    let key = edge.key_claim(shift, &body)?.filter(|_| edge.moves_on);
                    for claim in claims.map(|(_, claim)| claim).chain(key.map(|(claim, _)| claim)) {
                        if see(row.key, &claim)?.is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                    }
                    Ok(ControlFlow::Continue(()))
                })
            },
            &mut |_| Ok(()),
        )?;
        count += found.count;
    }
    Ok(count)
}

impl ClaimingEdge {
    /// Tells whether rows move behind it: those that it takes out meet no other one there.
    pub(super) fn is_before_a_move(&self) -> bool {
        self.moves_on
    }

    /// Lists what a row claims by its values above the edge, with the position of the index.
    fn claims(&self, shift: &Shift, body: &[u8]) -> Result<Vec<(usize, Claim)>> {
        let mut claims = Vec::new();
        for (position, index) in self.indexes.iter().enumerate() {
            let values = index
                .projection
                .of_row(body)
                .map_err(|error| Error::corrupt(format!("a row of table {}", shift.after.name), error))?;
            let values = values.iter();
            claims.extend(values.map(|value| (position, claim(self.edge, Some(index.id), value))));
        }
        Ok(claims)
    }

    /// Returns the key that a row has above the edge, and what it claims by that; none if rows don't move there.
    fn key_claim(&self, shift: &Shift, body: &[u8]) -> Result<Option<(Claim, Vec<u8>)>> {
        let Some(schema) = &self.moved else {
            return Ok(None);
        };
        let key = row_key(schema, body)
            .map_err(|error| Error::corrupt(format!("a row of table {}", shift.after.name), error))?;
        Ok(Some((claim(self.edge, None, &key), key)))
    }
}

fn claim(edge: u32, index: Option<u32>, value: &[u8]) -> Claim {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&edge.to_be_bytes());
    hasher.update(&[u8::from(index.is_some())]);
    hasher.update(&index.unwrap_or_default().to_be_bytes());
    hasher.update(value);
    let mut claim = Claim::default();
    claim.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    claim
}

/// A row on its way, as claims see it.
pub(super) struct Claimant<'a> {
    /// What tells it from all others.
    pub(super) owner: Vec<u8>,
    /// The version that it comes from.
    pub(super) from: u32,
    /// Its body where it goes to, unless it doesn't come there.
    pub(super) arrival: Option<&'a [u8]>,
    /// Where it stops, if it does.
    pub(super) stopped: Option<&'a Stopped>,
    /// Carries it along another way; none if it doesn't come to the end.
    pub(super) carry: &'a dyn Fn(&Route) -> Result<Option<Vec<u8>>>,
}

impl Claimant<'_> {
    /// Identifies a live row by its key before the change.
    pub(super) fn row(key: &[u8]) -> Vec<u8> {
        [&[0], key].concat()
    }

    /// Identifies a row that an edge took out before: the one at a position among those of its key.
    pub(super) fn victim(edge: u32, position: usize, key: &[u8]) -> Vec<u8> {
        [
            &[1][..],
            &edge.to_be_bytes(),
            &(position as u64).to_be_bytes(),
            key,
        ]
        .concat()
    }

    fn body_above(&self, edge: &ClaimingEdge) -> Result<Option<Cow<'_, [u8]>>> {
        match (&self.arrival, edge.routes.get(&self.from)) {
            (Some(body), _) if edge.is_last => Ok(Some(Cow::Borrowed(body))),
            (_, Some(route)) => Ok((self.carry)(route)?.map(Cow::Owned)),
            (_, None) => Ok(None),
        }
    }
}

/// What rows have taken so far, while they are carried into a new space.
pub(super) struct Claims {
    edges: Vec<ClaimingEdge>,
    /// Where it lies.
    place: Built,
    /// What is in the batch that is being filled, with its owners.
    fresh: BTreeMap<Claim, Vec<u8>>,
}

impl Claims {
    pub(super) fn new(edges: Vec<ClaimingEdge>, place: Built) -> Self {
        Self {
            edges,
            place,
            fresh: BTreeMap::new(),
        }
    }

    /// Says that the batch is written.
    pub(super) fn end_batch(&mut self) {
        self.fresh.clear();
    }

    /// Takes for a row what it claims at each edge that it crosses. If another row has that already, the row stops
    /// there, with what it took before.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub(super) fn take(
        &mut self,
        snapshot: &dyn Snapshot,
        shift: &Shift,
        row: &Claimant<'_>,
        batch: &mut Batch,
    ) -> Result<Option<Stopped>> {
        let mut taken = Vec::new();
        let mut stopped = None;
        let unmovable = row.arrival.and_then(|body| moved_key(shift, body).err());
        let stops = row.stopped.or(unmovable.as_ref()).map(|stopped| stopped.edge);
        let stops_at = shift.hops.iter().position(|hop| Some(*hop) == stops);
        for edge in &self.edges {
            if stops_at.is_some_and(|position| position <= edge.position) {
                break;
            }
            let Some(body) = row.body_above(edge)? else { break };
            let mut claims = edge.claims(shift, &body)?;
            for (position, claim) in &claims {
                if self.is_taken(snapshot, claim, &row.owner)? {
                    stopped = Some(stopped_at_index(edge, *position));
                }
            }
            if let Some((claim, key)) = edge.key_claim(shift, &body)? {
                if stopped.is_none() && self.is_taken(snapshot, &claim, &row.owner)? {
                    let schema = edge.moved.as_ref().unwrap_or_else(|| shift.schema());
                    let shown = show_key(schema, &key);
                    let problem = format!("a row with a lower key has the new key {shown} too");
                    stopped = Some(stopped_at(edge, KEY_PATH.to_owned(), problem));
                }
                claims.push((0, claim));
            }
            if stopped.is_some() {
                break;
            }
            taken.extend(claims.into_iter().map(|(_, claim)| claim));
        }
        for claim in taken {
            batch.put(keys::row(self.place.space, &claim), row.owner.as_slice());
            self.fresh.insert(claim, row.owner.clone());
        }
        Ok(stopped)
    }

    fn is_taken(&self, snapshot: &dyn Snapshot, claim: &Claim, owner: &[u8]) -> Result<bool> {
        if let Some(fresh) = self.fresh.get(claim) {
            return Ok(fresh != owner);
        }
        let stored = read_bytes(snapshot, &keys::row(self.place.space, claim))?;
        Ok(stored.is_some_and(|stored| stored != owner))
    }
}

fn stopped_at_index(edge: &ClaimingEdge, position: usize) -> Stopped {
    let name = &edge.indexes[position].name;
    let problem = format!("a row with a lower key has its value under the unique index {name} too");
    stopped_at(edge, index_path(name), problem)
}

fn stopped_at(edge: &ClaimingEdge, path: String, problem: String) -> Stopped {
    Stopped {
        edge: (edge.edge, Way::Up),
        failures: vec![Failure {
            path,
            problem,
            kind: FailureKind::Unfit,
        }],
        before: Carried::default(),
    }
}
