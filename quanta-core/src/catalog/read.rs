//! Reading the catalogue.

use std::collections::BTreeMap;

use quanta_storage::{Direction, KeyRange, Snapshot};
use serde::de::DeserializeOwned;

use crate::codec::decode_record;
use crate::error::{Error, Result};
use crate::plan::{
    Head, LedgerRecord, StoredTable, StoredView, TableHead, Version, ViewHead, ViewVersion, WorkRecord,
};

use super::keys;

/// Where a store stands: the epoch and the head; none for a store that nothing was ever written to.
pub type Standpoint = Option<(u64, Head)>;

/// Reads one key into a buffer of its own.
///
/// # Errors
///
/// Those of the engine.
pub fn read_bytes(snapshot: &dyn Snapshot, key: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut value = None;
    snapshot.get(key, &mut |bytes| value = Some(bytes.to_vec()))?;
    Ok(value)
}

fn decoded<T: DeserializeOwned>(bytes: &[u8], place: impl FnOnce() -> String) -> Result<T> {
    decode_record(bytes).map_err(|problem| Error::corrupt(place(), problem))
}

/// Reads the epoch and the head.
///
/// # Errors
///
/// If either is damaged, or one is there without the other.
pub fn read_standpoint(snapshot: &dyn Snapshot) -> Result<Standpoint> {
    let epoch = read_bytes(snapshot, keys::EPOCH)?;
    let head = read_bytes(snapshot, keys::HEAD)?;
    match (epoch, head) {
        (None, None) => Ok(None),
        (Some(epoch), Some(head)) => {
            let epoch = <[u8; 8]>::try_from(epoch.as_slice())
                .map_err(|_| Error::corrupt("the epoch", format!("it has {} bytes, not 8", epoch.len())))?;
            Ok(Some((
                u64::from_be_bytes(epoch),
                decoded(&head, || "the head".to_owned())?,
            )))
        }
        (Some(_), None) => Err(Error::corrupt("the head", "it is missing")),
        (None, Some(_)) => Err(Error::corrupt("the epoch", "it is missing")),
    }
}

/// Reads one version of a table.
///
/// # Errors
///
/// If it is missing or damaged.
pub fn read_version(snapshot: &dyn Snapshot, table: u32, version: u32) -> Result<Version> {
    let place = || format!("version {version} of table {table}");
    let bytes = read_bytes(snapshot, &keys::version(table, version))?
        .ok_or_else(|| Error::corrupt(place(), "it is missing"))?;
    checked_version(&bytes, place)
}

fn checked_version(bytes: &[u8], place: impl Fn() -> String) -> Result<Version> {
    let version: Version = decoded(bytes, &place)?;
    let shape = crate::schema::Shape::new(version.schema.shape.nodes().to_vec());
    shape
        .and_then(|_| version.schema.check())
        .map_err(|problem| Error::corrupt(place(), problem))?;
    Ok(version)
}

/// Reads all versions of a table.
///
/// # Errors
///
/// If one is damaged.
pub fn read_versions(snapshot: &dyn Snapshot, table: u32) -> Result<BTreeMap<u32, Version>> {
    let mut versions = BTreeMap::new();
    for_each(snapshot, &keys::versions(table), &mut |key, bytes| {
        let number = number_at_end(key, "a version's key")?;
        versions.insert(
            number,
            checked_version(bytes, || format!("version {number} of table {table}"))?,
        );
        Ok(())
    })?;
    Ok(versions)
}

/// Reads a table with all of its versions.
///
/// # Errors
///
/// If a version is missing or damaged.
pub fn read_table(snapshot: &dyn Snapshot, id: u32, head: &TableHead) -> Result<StoredTable> {
    let versions = read_versions(snapshot, id)?;
    let current = head.state.version;
    if !versions.contains_key(&current) {
        return Err(Error::corrupt(
            format!("table {}", head.state.name),
            format!("version {current} is missing"),
        ));
    }
    Ok(StoredTable {
        id,
        head: head.clone(),
        versions,
    })
}

/// Reads a view with all of its versions.
///
/// # Errors
///
/// If a version is missing or damaged.
pub fn read_view(snapshot: &dyn Snapshot, id: u32, head: &ViewHead) -> Result<StoredView> {
    let mut versions = BTreeMap::new();
    for_each(snapshot, &keys::view_versions(id), &mut |key, bytes| {
        let number = number_at_end(key, "the key of a view's version")?;
        let place = || format!("version {number} of view {id}");
        let version: ViewVersion = decoded(bytes, place)?;
        version
            .schema
            .check()
            .map_err(|problem| Error::corrupt(place(), problem))?;
        versions.insert(number, version);
        Ok(())
    })?;
    let current = head.state.version;
    if !versions.contains_key(&current) {
        return Err(Error::corrupt(
            format!("view {}", head.state.name),
            format!("version {current} is missing"),
        ));
    }
    Ok(StoredView {
        head: head.clone(),
        versions,
    })
}

/// Reads the whole ledger and checks the chain of its hashes against the head.
///
/// # Errors
///
/// If a record is missing, damaged or not the one that the next names.
pub fn read_ledger(snapshot: &dyn Snapshot, head: &Head) -> Result<Vec<LedgerRecord>> {
    let mut records: Vec<LedgerRecord> = Vec::new();
    let mut hash = [0; 32];
    for_each(snapshot, &keys::Area::Ledger.range(), &mut |_, bytes| {
        let expected = records.len() as u64;
        let place = || format!("ledger record {expected}");
        let record: LedgerRecord = decoded(bytes, place)?;
        if record.sequence != expected {
            return Err(Error::corrupt(
                place(),
                format!("record {} stands in its place", record.sequence),
            ));
        }
        if record.previous_hash != hash {
            return Err(Error::corrupt(place(), broken_chain(expected)));
        }
        hash = *blake3::hash(bytes).as_bytes();
        records.push(record);
        Ok(())
    })?;
    if records.len() as u64 != head.ledger_records || hash != head.ledger_hash {
        let problem = format!(
            "the head names {} records ending in another hash",
            head.ledger_records
        );
        return Err(Error::corrupt(
            format!("the ledger of {} records", records.len()),
            problem,
        ));
    }
    Ok(records)
}

/// Says that a record of the ledger names another record before it than the one that is there.
#[must_use]
pub fn broken_chain(position: u64) -> String {
    match position.checked_sub(1) {
        Some(before) => format!("record {before} before it is not the one that it names"),
        None => "it names a record before it, and is the first".to_owned(),
    }
}

/// Reads all work records.
///
/// # Errors
///
/// If one is damaged.
pub fn read_work(snapshot: &dyn Snapshot) -> Result<BTreeMap<u32, WorkRecord>> {
    let mut work = BTreeMap::new();
    for_each(snapshot, &keys::Area::Work.range(), &mut |key, bytes| {
        let id = number_at_end(key, "a work record's key")?;
        work.insert(id, decoded(bytes, || format!("work record {id}"))?);
        Ok(())
    })?;
    Ok(work)
}

fn number_at_end(key: &[u8], place: &str) -> Result<u32> {
    let number = key
        .last_chunk::<4>()
        .ok_or_else(|| Error::corrupt(place, "it is too short"))?;
    Ok(u32::from_be_bytes(*number))
}

/// What is shown an entry: its key and its value.
pub type Show<'s> = dyn FnMut(&[u8], &[u8]) -> Result<()> + 's;

/// Shows every entry of a range, in order.
///
/// # Errors
///
/// Those of the engine and of `show`.
pub fn for_each(snapshot: &dyn Snapshot, range: &KeyRange, show: &mut Show<'_>) -> Result<()> {
    let mut cursor = snapshot.scan(range, Direction::Forward)?;
    while let Some((key, value)) = cursor.next()? {
        show(key, value)?;
    }
    Ok(())
}
