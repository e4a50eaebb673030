//! Filling indexes before the switch: each into a space of its own, which no head points to yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use quanta_storage::Durability;

use crate::catalog::keys;
use crate::error::Result;
use crate::index::{Entries, Index};
use crate::plan::{BuildProgress, Counters, WorkTask};
use crate::program::NoCode;
use crate::progress::{Phase, RowsTotal};

use super::build::{WorkWriter, work_record};
use super::objects::Candidate;
use super::switch::{Built, IndexSpaces, Ready};
use super::workshop::Workshop;

/// Stands where the work record of other builds says what they build: what filled an index in part is begun anew.
const BEGUN_ANEW: [u8; 32] = [0; 32];

impl Workshop<'_> {
    /// Gives every index its space, and fills those whose entries are not there yet. An index of which the change knows
    /// that its entries stay as they are keeps its space.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub(super) fn build_indexes(&mut self, ready: &mut [Ready], counters: &mut Counters) -> Result<()> {
        for ready in ready {
            let (indexes, new) = allot(ready, counters)?;
            ready.indexes = indexes;
            if new.is_empty() || ready.is_empty {
                continue;
            }
            let built = new.iter().map(|index| {
                let work = take(&mut counters.work);
                Built {
                    space: index.space,
                    work,
                }
            });
            ready.indexes.built = built.collect();
            self.fill(ready, &new)?;
        }
        Ok(())
    }

    /// Writes the entries of all rows, each batch from a view of its own. Nobody else writes to the table meanwhile.
    fn fill(&mut self, ready: &Ready, indexes: &[Index]) -> Result<()> {
        let total = match self.rows_counted.get(&ready.shift.table) {
            Some(rows) => RowsTotal::Exact(*rows),
            None => self.rows_before(&ready.shift)?,
        };
        let table = &ready.shift.after.name;
        let span =
            tracing::info_span!("build_indexes", table = %table, rows = tracing::field::Empty).entered();
        let started = Instant::now();
        let candidate = Candidate::of(ready, &NoCode);
        let mut writer = WorkWriter::new(self.engine, self.epoch);
        for built in &ready.indexes.built {
            let task = WorkTask::Build {
                space: built.space,
                digest: BEGUN_ANEW,
                progress: BuildProgress::default(),
            };
            let record = work_record(self.epoch.unwrap_or(0), task)?;
            writer.batch().put(keys::work(built.work), record);
        }
        let mut stage = self.meter.stage_of_indexes(
            (Phase::Index, table),
            indexes
                .iter()
                .map(|index| index.definition.name.clone())
                .collect(),
            (0, total),
            self.engine.batch_rows_max(),
        )?;
        let (mut rows, mut after) = (0, None);
        loop {
            let mut last = None;
            rows += candidate.rows_after(&self.snapshot, after.as_deref(), &mut |row_key, body| {
                let mut entries = Entries::new();
                for index in indexes {
                    let added = index.add_entries(row_key, body, &mut entries);
                    added.map_err(|error| candidate.damaged(&error.to_string()))?;
                }
                for (key, value) in entries {
                    writer.batch().put(key, value);
                }
                let flow = writer.end_row();
                last = flow.is_break().then(|| row_key.to_vec());
                Ok(flow)
            })?;
            writer.write(Durability::Buffered)?;
            self.snapshot = Arc::from(self.engine.snapshot()?);
            stage.batch(rows)?;
            if last.is_none() {
                break;
            }
            after = last;
        }
        stage.end()?;
        // Else the switch would wait until all that was built is on the disk.
        self.engine.flush()?;
        self.spans.builds += started.elapsed();
        span.record("rows", rows);
        Ok(())
    }
}

/// Says where the entries of each index will lie, and which indexes have to be filled. Rows that were carried into a new
/// space may be others than before: functions of the program gave them, or some were taken out.
fn allot(ready: &Ready, counters: &mut Counters) -> Result<(IndexSpaces, Vec<Index>)> {
    let shift = &ready.shift;
    let ids = shift.before.as_ref().map_or(&[][..], |before| &before.index_ids);
    let mut known: BTreeMap<u32, u32> = ids
        .iter()
        .copied()
        .zip(shift.index_spaces.iter().copied())
        .collect();
    let schema = shift.after.labelled(shift.schema());
    let (mut indexes, mut new) = (IndexSpaces::default(), Vec::new());
    for (definition, id) in schema.indexes.iter().zip(&shift.after.index_ids) {
        let stays = ready.built.is_none().then(|| known.remove(id)).flatten();
        let space = stays.unwrap_or_else(|| take(&mut counters.space));
        if stays.is_none() {
            new.push(Index::new(&schema, definition, space)?);
        }
        indexes.after.push(space);
    }
    let left = known.into_values();
    indexes.left = left
        .map(|space| Built {
            space,
            work: take(&mut counters.work),
        })
        .collect();
    Ok((indexes, new))
}

fn take(counter: &mut u32) -> u32 {
    let id = *counter;
    *counter += 1;
    id
}
