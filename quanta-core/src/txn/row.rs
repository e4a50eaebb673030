//! Rows as bytes: stamp and body, and carrying them to the current version.

use std::borrow::Cow;

use quanta_storage::{Batch, Engine, Operation, Snapshot};

use crate::catalog::keys;
use crate::codec::{Decoder, Encoder};
use crate::diff::Way;
use crate::error::{Error, ErrorKind, Result};
use crate::program::{Failure, FailureKind, Given, NoCode, OwnCodeTable, Restored};

use super::route::{Leg, Route, RouteHop};
use super::table::Table;

/// Where rows and kept values are read from: a snapshot, or a transaction on top of one.
pub trait Source {
    /// Reads one key and shows its value to `read`; false if the key is absent.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool>;
}

impl Source for dyn Snapshot + '_ {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        Ok(Snapshot::get(self, key, read)?)
    }
}

impl Source for dyn Engine + '_ {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        Ok(Engine::get(self, key, read)?)
    }
}

/// Bytes that many rows take at most.
const ROW_BYTES: usize = 128;

/// Splits the value of a row into its stamp and its body.
///
/// # Errors
///
/// If there is no stamp.
pub fn split<'a>(table: &Table, value: &'a [u8]) -> Result<(u32, &'a [u8])> {
    let mut input = Decoder::new(value);
    let stamp = input
        .number()
        .map_err(|error| Error::corrupt(format!("a row of table {}", table.name), error))?;
    Ok((stamp, input.rest()))
}

/// Joins a stamp and a body.
#[must_use]
pub fn joined(stamp: u32, body: &[u8]) -> Vec<u8> {
    let mut out = Encoder::new(Vec::with_capacity(body.len() + 5));
    out.number(stamp);
    out.raw(body);
    out.finish().expect("a number and bytes can always be written")
}

/// A row as the engine keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowRecord {
    key: Vec<u8>,
    /// The stamp, and the body behind it.
    value: Vec<u8>,
    stamp_bytes: usize,
}

impl RowRecord {
    /// Takes the key of the row's record, and lets `encode` write the body behind the stamp of the table.
    ///
    /// # Errors
    ///
    /// If the row can't be stored.
    pub fn new(table: &Table, key: Vec<u8>, encode: impl FnOnce(&mut Encoder)) -> Result<Self> {
        let mut out = Encoder::new(Vec::with_capacity(ROW_BYTES));
        out.number(table.version);
        let stamp_bytes = out.written();
        encode(&mut out);
        match out.finish() {
            Ok(value) => Ok(Self {
                key,
                value,
                stamp_bytes,
            }),
            Err(problem) => {
                let place = row_place(table, &key[keys::ROW_PREFIX_BYTES..]);
                Err(Error::new(
                    ErrorKind::Value,
                    format!("{place} can't be stored: {problem}"),
                ))
            }
        }
    }

    /// Returns the key of the row in its table.
    #[must_use]
    pub fn row_key(&self) -> &[u8] {
        &self.key[keys::ROW_PREFIX_BYTES..]
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.value[self.stamp_bytes..]
    }

    /// Adds the write to a batch.
    pub(super) fn put_into(self, batch: &mut Batch) {
        batch.put(self.key, self.value);
    }
}

/// What a row leaves behind or takes up when it crosses an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptChange {
    /// The edge and the way across.
    pub edge: (u32, Way),
    /// What is kept from now on.
    pub entry: Option<Vec<u8>>,
    /// Whether an entry of the opposite way may be there, which is used up.
    pub uses_up: bool,
}

impl KeptChange {
    /// Adds the writes to a batch.
    pub fn write(&self, space: u32, row_key: &[u8], batch: &mut Batch) {
        for write in self.clone().writes(space, row_key) {
            match write {
                Operation::Put(key, value) => batch.put(key, value),
                Operation::Delete(key) => batch.delete(key),
            };
        }
    }

    /// Returns the writes.
    pub fn writes(self, space: u32, row_key: &[u8]) -> impl Iterator<Item = Operation> {
        let (edge, way) = self.edge;
        let kept = self
            .entry
            .map(|entry| Operation::Put(keys::complement(space, edge, way, row_key), entry));
        let used = self
            .uses_up
            .then(|| Operation::Delete(keys::complement(space, edge, way.back(), row_key)));
        kept.into_iter().chain(used)
    }
}

/// A row that was carried along a route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// The body at the end of the route.
    pub body: Vec<u8>,
    /// What it left behind and took up on the way.
    pub changes: Vec<KeptChange>,
    /// What became of values that might be given back to it.
    pub restored: Vec<Restored>,
}

/// Why a row could not be carried: the engine failed, or the row doesn't fit.
#[derive(Debug)]
pub enum CarryError {
    /// Reading what was kept failed.
    Engine(Error),
    /// Values have no counterpart.
    Row(Box<Stopped>),
}

/// A row that does not get over an edge.
#[derive(Debug)]
pub struct Stopped {
    /// The edge, and the way across.
    pub edge: (u32, Way),
    /// What doesn't fit.
    pub failures: Vec<Failure>,
    /// The row before that edge.
    pub before: Carried,
}

/// Reads a row body along a route.
///
/// # Errors
///
/// If what was kept can't be read, or a value has no counterpart.
pub fn translate<S: Source + ?Sized>(
    source: &S,
    space: u32,
    row_key: &[u8],
    route: &Route,
    body: &[u8],
    code: &dyn OwnCodeTable,
) -> std::result::Result<Vec<u8>, CarryError> {
    let mut image = Vec::new();
    translate_into((source, space, row_key), route, body, code, &mut image)?;
    Ok(image)
}

/// Reads a row body along a route, as [`translate`], into a buffer that is used again for the next row.
fn translate_into<S: Source + ?Sized>(
    place: (&S, u32, &[u8]),
    route: &Route,
    body: &[u8],
    code: &dyn OwnCodeTable,
    image: &mut Vec<u8>,
) -> std::result::Result<(), CarryError> {
    image.clear();
    if route.gives_back() {
        let (source, space, row_key) = place;
        *image = carry(source, space, row_key, route, body, code)?.body;
        return Ok(());
    }
    if let [leg] = route.legs() {
        return translate_leg(place, (route, leg), body, code, image);
    }
    let mut current = body.to_vec();
    for leg in route.legs() {
        image.clear();
        translate_leg(place, (route, leg), &current, code, image)?;
        std::mem::swap(&mut current, image);
    }
    *image = current;
    Ok(())
}

/// Reads a row body along a part of a route, and appends what comes out.
fn translate_leg<S: Source + ?Sized>(
    place: (&S, u32, &[u8]),
    (route, leg): (&Route, &Leg),
    body: &[u8],
    code: &dyn OwnCodeTable,
    image: &mut Vec<u8>,
) -> std::result::Result<(), CarryError> {
    let (hops, fused, kept) = match leg {
        Leg::Fused(hops, fused) => (hops.clone(), Some(fused), None),
        Leg::Edge(at, fused) => {
            let (source, space, row_key) = place;
            let hop = &route.hops[*at];
            let kept = if hop.may_return {
                read_kept(source, space, row_key, (hop.edge, hop.way.back()))?
            } else {
                None
            };
            (*at..at + 1, fused.as_ref(), kept)
        }
    };
    let start = image.len();
    if let Some(fused) = fused.filter(|_| kept.is_none()) {
        if fused.translate(body, image) {
            return Ok(());
        }
        // Edge by edge, it can be told which one refuses the row.
        image.truncate(start);
    }
    let mut current = body.to_vec();
    for hop in &route.hops[hops] {
        let crossed = hop.crossing.translate(hop.way, &current, kept.as_deref(), code);
        current = crossed.map_err(|failures| stopped(hop, failures, current, Vec::new()))?;
    }
    image.extend_from_slice(&current);
    Ok(())
}

/// Carries a row along a route for good: as [`translate`], and says what has to be written besides.
///
/// # Errors
///
/// As [`translate`].
pub fn carry<S: Source + ?Sized>(
    source: &S,
    space: u32,
    row_key: &[u8],
    route: &Route,
    body: &[u8],
    code: &dyn OwnCodeTable,
) -> std::result::Result<Carried, CarryError> {
    let mut current = Cow::Borrowed(body);
    let (mut changes, mut restored) = (Vec::new(), Vec::new());
    for hop in &route.hops {
        let kept = if hop.may_return {
            read_kept(source, space, row_key, (hop.edge, hop.way.back()))?
        } else {
            None
        };
        let given = given(source, (space, row_key), (route, hop), &changes)?;
        let crossed = match hop
            .crossing
            .cross(hop.way, &current, kept.as_deref(), code, &given)
        {
            Ok(crossed) => crossed,
            Err(failures) => return Err(stopped(hop, failures, current.into_owned(), changes)),
        };
        current = Cow::Owned(crossed.body);
        restored.extend(crossed.restored);
        let entry = crossed.entry;
        if entry.is_some() || kept.is_some() {
            changes.push(KeptChange {
                edge: (hop.edge, hop.way),
                entry,
                uses_up: kept.is_some(),
            });
        }
    }
    Ok(Carried {
        body: current.into_owned(),
        changes,
        restored,
    })
}

/// Reads what there is to give back to a row at a hop: from what it left on its way here, now or before.
fn given<S: Source + ?Sized>(
    source: &S,
    (space, row_key): (u32, &[u8]),
    (route, hop): (&Route, &RouteHop),
    changes: &[KeptChange],
) -> std::result::Result<Vec<Given>, CarryError> {
    let mut found = Vec::new();
    for from in &hop.sources {
        let edge = (from.edge, Way::Up);
        let is_passed_now = route.hops.iter().any(|hop| (hop.edge, hop.way) == edge);
        let entry = if is_passed_now {
            let left = changes.iter().find(|change| change.edge == edge);
            left.and_then(|change| change.entry.clone())
        } else {
            read_kept(source, space, row_key, edge)?
        };
        let given = entry.map(|entry| from.given(&entry)).transpose();
        let given = given.map_err(|failure| stopped(hop, vec![failure], Vec::new(), Vec::new()))?;
        found.push(given.unwrap_or(Given::Nothing));
    }
    Ok(found)
}

fn stopped(hop: &RouteHop, failures: Vec<Failure>, body: Vec<u8>, changes: Vec<KeptChange>) -> CarryError {
    CarryError::Row(Box::new(Stopped {
        edge: (hop.edge, hop.way),
        failures,
        before: Carried {
            body,
            changes,
            restored: Vec::new(),
        },
    }))
}

fn read_kept<S: Source + ?Sized>(
    source: &S,
    space: u32,
    row_key: &[u8],
    (edge, way): (u32, Way),
) -> std::result::Result<Option<Vec<u8>>, CarryError> {
    let mut kept = None;
    source
        .get(&keys::complement(space, edge, way, row_key), &mut |bytes| {
            kept = Some(bytes.to_vec());
        })
        .map_err(CarryError::Engine)?;
    Ok(kept)
}

/// Returns a stored row as it is at the current version: as it stands there, or from a buffer that is used again for the
/// next row.
///
/// # Errors
///
/// If the row is damaged, or its stamp is none that the table may have.
#[inline]
pub fn to_current<'r, S: Source + ?Sized>(
    source: &S,
    table: &Table,
    row_key: &[u8],
    (stamp, body): (u32, &'r [u8]),
    image: &'r mut Vec<u8>,
) -> Result<&'r [u8]> {
    if stamp == table.version {
        return Ok(body);
    }
    from_earlier(source, table, row_key, (stamp, body), image)
}

/// Does it for a row of an earlier version.
fn from_earlier<'r, S: Source + ?Sized>(
    source: &S,
    table: &Table,
    row_key: &[u8],
    (stamp, body): (u32, &'r [u8]),
    image: &'r mut Vec<u8>,
) -> Result<&'r [u8]> {
    let route = known_route(table, row_key, stamp)?;
    if route.is_identity() {
        return Ok(body);
    }
    translate_into((source, table.space, row_key), route, body, &NoCode, image)
        .map_err(|error| unreadable(table, row_key, stamp, error))?;
    Ok(image)
}

/// Finds the route of a stamp.
///
/// # Errors
///
/// If no row of the table may have that stamp.
pub fn known_route<'t>(table: &'t Table, row_key: &[u8], stamp: u32) -> Result<&'t Route> {
    table.route(stamp).map(AsRef::as_ref).ok_or_else(|| {
        let known = format!(
            "the table is at version {} and no row should be at {stamp}",
            table.version
        );
        Error::corrupt(row_place(table, row_key), known)
    })
}

/// Names a row for an error.
#[must_use]
pub fn row_place(table: &Table, row_key: &[u8]) -> String {
    format!(
        "row {} of table {}",
        crate::value::show_key(&table.schema, row_key),
        table.name
    )
}

/// Makes the error of a row that was checked before and can't be carried all the same.
#[must_use]
pub fn unreadable(table: &Table, row_key: &[u8], stamp: u32, error: CarryError) -> Error {
    match error {
        CarryError::Engine(error) => error,
        CarryError::Row(stopped) => {
            let problems: Vec<String> = stopped.failures.iter().map(ToString::to_string).collect();
            let way = format!(
                "from version {stamp} to {}: {}",
                table.version,
                problems.join("; ")
            );
            let place = row_place(table, row_key);
            // Rows are checked before a table goes down, but not where an older program only looks at it.
            let has_no_image = |failure: &Failure| failure.kind == FailureKind::Unfit;
            if stamp > table.version && stopped.failures.iter().all(has_no_image) {
                return Error::new(ErrorKind::Value, format!("{place} doesn't fit {way}"));
            }
            Error::corrupt(place, way)
        }
    }
}
