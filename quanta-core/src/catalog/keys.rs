//! The key space: one byte of area, then what identifies the record (docs/format.md, "Areas").

use quanta_storage::KeyRange;

use crate::diff::Way;

/// The areas of the key space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Area {
    /// Format version, engine, store id. Written by the storage layer.
    Marker = 0x00,
    /// The head.
    Head = 0x01,
    /// The epoch.
    Epoch = 0x02,
    /// `{table}:schema`: the current schema of the table by that name.
    Schema = 0x03,
    /// Versions: table id, version.
    Version = 0x04,
    /// The ledger: sequence.
    Ledger = 0x05,
    /// Rows: space id, row key.
    Row = 0x06,
    /// Index entries: space id of the index, index key, row key.
    Index = 0x07,
    /// Kept values: space id, edge, way, row key.
    Complement = 0x08,
    /// Unfinished work: work id.
    Work = 0x09,
    /// Rows that a resolved failure takes out.
    Victim = 0x0a,
    /// Counters of keys: table id.
    Counter = 0x0b,
    /// Versions of views: view id, version.
    View = 0x0c,
}

impl Area {
    /// All areas with the names by which reports call them.
    pub const NAMES: [(Self, &'static str); 13] = [
        (Self::Marker, "marker"),
        (Self::Head, "head"),
        (Self::Epoch, "epoch"),
        (Self::Schema, "current schema"),
        (Self::Version, "versions"),
        (Self::Ledger, "ledger"),
        (Self::Row, "rows"),
        (Self::Index, "index"),
        (Self::Complement, "complement"),
        (Self::Work, "work"),
        (Self::Victim, "victims"),
        (Self::Counter, "counters"),
        (Self::View, "views"),
    ];

    /// Finds the area of the first byte of a key.
    #[must_use]
    pub fn of(byte: u8) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(area, _)| *area as u8 == byte)
            .map(|(area, _)| *area)
    }

    /// Returns the range of all keys of the area.
    #[must_use]
    pub fn range(self) -> KeyRange {
        KeyRange::prefix(&[self as u8])
    }
}

/// The key of the head.
pub const HEAD: &[u8] = &[Area::Head as u8];
/// The key of the epoch.
pub const EPOCH: &[u8] = &[Area::Epoch as u8];

/// Returns the key of the current schema of a table.
#[must_use]
pub fn schema(table: &str) -> Vec<u8> {
    [&[Area::Schema as u8], table.as_bytes(), b":schema"].concat()
}

/// Returns the key of a version.
#[must_use]
pub fn version(table: u32, version: u32) -> Vec<u8> {
    [
        &[Area::Version as u8][..],
        &table.to_be_bytes(),
        &version.to_be_bytes(),
    ]
    .concat()
}

/// Returns the range of all versions of a table.
#[must_use]
pub fn versions(table: u32) -> KeyRange {
    KeyRange::prefix(&[&[Area::Version as u8][..], &table.to_be_bytes()].concat())
}

/// Returns the key of a version of a view.
#[must_use]
pub fn view_version(view: u32, version: u32) -> Vec<u8> {
    [
        &[Area::View as u8][..],
        &view.to_be_bytes(),
        &version.to_be_bytes(),
    ]
    .concat()
}

/// Returns the range of all versions of a view.
#[must_use]
pub fn view_versions(view: u32) -> KeyRange {
    KeyRange::prefix(&[&[Area::View as u8][..], &view.to_be_bytes()].concat())
}

/// Returns the key of a ledger record.
#[must_use]
pub fn ledger(sequence: u64) -> Vec<u8> {
    [&[Area::Ledger as u8][..], &sequence.to_be_bytes()].concat()
}

/// Returns the position of a ledger record by its key; none if it is no such key.
#[must_use]
pub fn ledger_position(key: &[u8]) -> Option<u64> {
    let sequence = key.strip_prefix(&[Area::Ledger as u8])?;
    sequence.try_into().ok().map(u64::from_be_bytes)
}

/// Bytes before the row key in the key of a row.
pub const ROW_PREFIX_BYTES: usize = 5;

/// Returns the key of a row.
#[must_use]
pub fn row(space: u32, row_key: &[u8]) -> Vec<u8> {
    let mut key = row_start(space, row_key.len());
    key.extend(row_key);
    key
}

/// Returns what the keys of all rows of a space begin with, with room for a row key of so many bytes.
#[must_use]
pub fn row_start(space: u32, row_key_bytes: usize) -> Vec<u8> {
    let mut key = Vec::with_capacity(ROW_PREFIX_BYTES + row_key_bytes);
    key.push(Area::Row as u8);
    key.extend(space.to_be_bytes());
    key
}

/// Returns the range of all rows of a space.
#[must_use]
pub fn rows(space: u32) -> KeyRange {
    KeyRange::prefix(&row(space, &[]))
}

/// Bytes before the index key in the key of an index entry.
pub const INDEX_PREFIX_BYTES: usize = 5;

/// Returns the key of an index entry. Under a unique index, the row key is its value, and no part of the key.
#[must_use]
pub fn index_entry(space: u32, index_key: &[u8], row_key: &[u8]) -> Vec<u8> {
    [&[Area::Index as u8][..], &space.to_be_bytes(), index_key, row_key].concat()
}

/// Returns the range of all entries of an index.
#[must_use]
pub fn index_entries(space: u32) -> KeyRange {
    KeyRange::prefix(&index_entry(space, &[], &[]))
}

/// Returns the key of what was kept when a row crossed an edge.
#[must_use]
pub fn complement(space: u32, edge: u32, way: Way, row_key: &[u8]) -> Vec<u8> {
    let way = match way {
        Way::Up => 0,
        Way::Down => 1,
    };
    [
        &[Area::Complement as u8][..],
        &space.to_be_bytes(),
        &edge.to_be_bytes(),
        &[way],
        row_key,
    ]
    .concat()
}

/// Takes apart the key of what was kept, without its byte of area: space, edge, way, row key.
#[must_use]
pub fn kept_place(rest: &[u8]) -> Option<(u32, u32, Way, &[u8])> {
    let (space, rest) = rest.split_first_chunk()?;
    let (edge, rest) = rest.split_first_chunk()?;
    let (way, row_key) = rest.split_first()?;
    let way = match way {
        0 => Way::Up,
        1 => Way::Down,
        _ => return None,
    };
    Some((
        u32::from_be_bytes(*space),
        u32::from_be_bytes(*edge),
        way,
        row_key,
    ))
}

/// Returns the range of everything that was kept of the rows of a space.
#[must_use]
pub fn complements(space: u32) -> KeyRange {
    KeyRange::prefix(&[&[Area::Complement as u8][..], &space.to_be_bytes()].concat())
}

/// Returns the range of everything that was kept of the rows of a space on one edge, both ways.
#[must_use]
pub fn complements_of(space: u32, edge: u32) -> KeyRange {
    KeyRange::prefix(
        &[
            &[Area::Complement as u8][..],
            &space.to_be_bytes(),
            &edge.to_be_bytes(),
        ]
        .concat(),
    )
}

/// Returns the key of a row that a change took out: it lies under its key as of below the edge.
#[must_use]
pub fn victim(space: u32, edge: u32, row_key: &[u8]) -> Vec<u8> {
    [
        &[Area::Victim as u8][..],
        &space.to_be_bytes(),
        &edge.to_be_bytes(),
        row_key,
    ]
    .concat()
}

/// Bytes before the row key in the key of a row that was taken out.
pub const VICTIM_PREFIX_BYTES: usize = 9;

/// Returns the range of all rows that one edge took out of a space.
#[must_use]
pub fn victims_of(space: u32, edge: u32) -> KeyRange {
    KeyRange::prefix(&victim(space, edge, &[]))
}

/// Returns the range of all rows that were taken out of a space.
#[must_use]
pub fn victims(space: u32) -> KeyRange {
    KeyRange::prefix(&[&[Area::Victim as u8][..], &space.to_be_bytes()].concat())
}

/// Takes apart the key of a row that was taken out, without its byte of area: space, edge, row key.
#[must_use]
pub fn victim_place(rest: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (space, rest) = rest.split_first_chunk()?;
    let (edge, row_key) = rest.split_first_chunk()?;
    Some((u32::from_be_bytes(*space), u32::from_be_bytes(*edge), row_key))
}

/// Returns the key of the counter of a table's keys.
#[must_use]
pub fn counter(table: u32) -> Vec<u8> {
    [&[Area::Counter as u8][..], &table.to_be_bytes()].concat()
}

/// Returns the key of a work record.
#[must_use]
pub fn work(id: u32) -> Vec<u8> {
    [&[Area::Work as u8][..], &id.to_be_bytes()].concat()
}

/// Sweeps are numbered by the table they rewrite, from here; other work counts up from 1.
const SWEEP_IDS: u32 = 1 << 31;

/// Returns the key of the work record of the sweep of a table.
#[must_use]
pub fn sweep(table: u32) -> Vec<u8> {
    work(SWEEP_IDS | table)
}
