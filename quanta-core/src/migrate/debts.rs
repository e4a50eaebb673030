//! Debts: entries that the head knows nothing of any more, and that are deleted before anything is planned.

use std::collections::BTreeSet;
use std::ops::Bound;

use quanta_storage::{Direction, Durability, Engine, KeyRange, Snapshot};

use crate::catalog::{keys, read_work};
use crate::codec::encode_record;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{VictimRecord, WorkTask};

use super::build::WorkWriter;
use super::discard::delete_range;
use super::victims::read_victims;

/// Deletes what was forgotten and is still there. Returns whether there was any.
///
/// # Errors
///
/// Those of the engine, and damage.
pub fn pay_debts(engine: &dyn Engine, snapshot: &dyn Snapshot, epoch: Option<u64>) -> Result<bool> {
    let mut has_paid = false;
    for (work, record) in read_work(snapshot)? {
        if let WorkTask::Forget { space, edges } = record.task {
            pay(engine, epoch, (space, &edges), work)?;
            has_paid = true;
        }
    }
    Ok(has_paid)
}

/// Deletes everything that is kept on some edges of a space, and then the record that says so. What was deleted before
/// an interruption is just not there any more.
fn pay(
    engine: &dyn Engine,
    epoch: Option<u64>,
    (space, edges): (u32, &BTreeSet<u32>),
    work: u32,
) -> Result<()> {
    let mut writer = WorkWriter::new(engine, epoch);
    for edge in edges {
        delete_range(engine, keys::complements_of(space, *edge), &mut writer)?;
        delete_range(engine, keys::victims_of(space, *edge), &mut writer)?;
    }
    strip_all(engine, (space, edges), &mut writer)?;
    writer.batch().delete(keys::work(work));
    writer.write(Durability::Buffered)
}

/// Takes what was kept on some edges out of the rows that other edges took out. The writer holds deletions that may be
/// in the same range: a view shows them only once they are written.
fn strip_all(
    engine: &dyn Engine,
    (space, edges): (u32, &BTreeSet<u32>),
    writer: &mut WorkWriter<'_>,
) -> Result<()> {
    writer.write(Durability::Buffered)?;
    let mut range = keys::victims(space);
    while let Some(last) = strip_batch(engine.snapshot()?.as_ref(), &range, edges, writer)? {
        writer.write(Durability::Buffered)?;
        range.start = Bound::Excluded(last);
    }
    Ok(())
}

/// Rewrites records until the batch is full, and then returns the key of the last of them.
fn strip_batch(
    snapshot: &dyn Snapshot,
    range: &KeyRange,
    edges: &BTreeSet<u32>,
    writer: &mut WorkWriter<'_>,
) -> Result<Option<Vec<u8>>> {
    let mut cursor = snapshot.scan(range, Direction::Forward)?;
    while let Some((key, value)) = cursor.next()? {
        let (_, edge, _) = keys::victim_place(&key[1..])
            .ok_or_else(|| Error::corrupt("a row that was taken out", "its key holds no edge"))?;
        let mut records = read_victims(edge, value)?;
        let count = |records: &[VictimRecord]| records.iter().map(|record| record.kept.len()).sum::<usize>();
        let before = count(&records);
        for record in &mut records {
            record.kept.retain(|(edge, ..)| !edges.contains(edge));
        }
        if count(&records) == before {
            continue;
        }
        let record = encode_record(&records).map_err(|problem| Error::new(ErrorKind::TooLarge, problem))?;
        writer.batch().put(key, record);
        if writer.end_row().is_break() {
            return Ok(Some(key.to_vec()));
        }
    }
    Ok(None)
}
