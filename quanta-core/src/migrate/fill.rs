//! Filling indexes before the switch: each into a space of its own, which no head points to yet.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use quanta_storage::Durability;

use crate::catalog::keys;
use crate::error::Result;
use crate::index::{Entries, Index};
use crate::plan::{BuildProgress, Counters, WorkTask};
use crate::program::NoCode;
use crate::progress::{Phase, RowsTotal};
use crate::schema::{IndexDef, Schema};

use super::build::{WorkWriter, work_record};
use super::objects::Candidate;
use super::switch::{Built, IndexSpaces, Ready};
use super::unfinished::{new_place, take};
use super::workshop::Workshop;

/// Indexes of one table that are filled in one pass over its rows.
#[derive(Default)]
struct Filling {
    indexes: Vec<Index>,
    /// Where the entries of each are written.
    places: Vec<Built>,
    /// What identifies the entries of each.
    digests: Vec<[u8; 32]>,
    /// How far an interrupted open got with all of them.
    progress: BuildProgress,
}

impl Workshop<'_> {
    /// Gives every index its space, and fills those whose entries are not there yet. An index of which the change knows
    /// that its entries stay as they are keeps its space, and one that an interrupted open began to fill has that of then.
    ///
    /// # Errors
    ///
    /// Those of the engine, and damage.
    pub(super) fn build_indexes(&mut self, ready: &mut [Ready], counters: &mut Counters) -> Result<()> {
        let mut fillings = Vec::new();
        for ready in &mut *ready {
            fillings.push(self.allot(ready, counters)?);
        }
        // Nobody is left who would go on with the rest.
        self.discard_unfinished()?;
        for (ready, filling) in ready.iter().zip(fillings) {
            if !filling.indexes.is_empty() {
                self.fill(ready, filling)?;
            }
        }
        Ok(())
    }

    /// Says where the entries of each index will lie, and which indexes have to be filled. Rows that were carried into a
    /// new space may be others than before: functions of the program gave them, or some were taken out.
    fn allot(&mut self, ready: &mut Ready, counters: &mut Counters) -> Result<Filling> {
        let shift = &ready.shift;
        let ids = shift.before.as_ref().map_or(&[][..], |before| &before.index_ids);
        let mut known: BTreeMap<u32, u32> = ids
            .iter()
            .copied()
            .zip(shift.index_spaces.iter().copied())
            .collect();
        let schema = shift.after.labelled(shift.schema());
        let (mut stay, mut new) = (Vec::new(), Vec::new());
        for (definition, id) in schema.indexes.iter().zip(&shift.after.index_ids) {
            let stays = ready.built.is_none().then(|| known.remove(id)).flatten();
            if stays.is_none() {
                new.push((definition, *id));
            }
            stay.push(stays);
        }
        let left = known.into_values().map(|space| Built {
            space,
            work: take(&mut counters.work),
        });
        let left = left.collect();
        let filling = match ready.is_empty {
            true => Filling::default(),
            false => self.filling(ready, (&schema, &new), counters)?,
        };
        let mut filled = filling.places.iter().map(|place| place.space);
        let stay = stay.into_iter();
        let after = stay.map(|stays| {
            stays
                .or_else(|| filled.next())
                .unwrap_or_else(|| take(&mut counters.space))
        });
        ready.indexes = IndexSpaces {
            after: after.collect(),
            built: filling.places.clone(),
            left,
        };
        Ok(filling)
    }

    /// Finds the spaces of the same indexes that an interrupted open began to fill, or takes new ones.
    fn filling(
        &mut self,
        ready: &Ready,
        (schema, new): (&Schema, &[(&IndexDef, u32)]),
        counters: &mut Counters,
    ) -> Result<Filling> {
        let digests = self.digests(ready, new)?;
        let (places, progress) = self.unfinished_of(&digests).unwrap_or_else(|| {
            let places = new.iter().map(|_| new_place(counters));
            (places.collect(), BuildProgress::default())
        });
        let indexes = new.iter().zip(&places);
        let indexes = indexes.map(|((definition, _), place)| Index::new(schema, definition, place.space));
        Ok(Filling {
            indexes: indexes.collect::<Result<_>>()?,
            places,
            digests,
            progress,
        })
    }

    /// Identifies the entries of each index: by what becomes of the rows, the space where they are read, the id of the
    /// index and what it is over. A space that was filled anew since has another number.
    fn digests(&self, ready: &Ready, indexes: &[(&IndexDef, u32)]) -> Result<Vec<[u8; 32]>> {
        let shift = &ready.shift;
        let rows = ready.built.map(|built| built.space);
        let change = self.digest(shift)?;
        let indexes = indexes.iter();
        indexes
            .map(|(definition, id)| self.digest_of(&(change, rows, *id, *definition)))
            .collect()
    }

    /// Writes the entries of all rows behind the cursor, each batch from a view of its own, and with it how far that got.
    /// Nobody else writes to the table meanwhile.
    fn fill(&mut self, ready: &Ready, mut filling: Filling) -> Result<()> {
        let total = match self.rows_counted.get(&ready.shift.table) {
            Some(rows) => RowsTotal::Exact(*rows),
            None => self.rows_before(&ready.shift)?,
        };
        let table = &ready.shift.after.name;
        let span =
            tracing::info_span!("build_indexes", table = %table, rows = tracing::field::Empty).entered();
        let started = Instant::now();
        let candidate = Candidate::of(ready, &NoCode);
        let names = filling.indexes.iter().map(|index| index.definition.name.clone());
        let mut stage = self.meter.stage_of_indexes(
            (Phase::Index, table),
            names.collect(),
            (filling.progress.rows, total),
            self.engine.batch_rows_max(),
        )?;
        let mut after = Some(filling.progress.cursor.clone()).filter(|cursor| !cursor.is_empty());
        loop {
            let flow = self.fill_batch(&candidate, after.as_deref(), &mut filling)?;
            stage.batch(filling.progress.rows)?;
            if flow.is_continue() {
                break;
            }
            // A row key may be empty.
            after = Some(filling.progress.cursor.clone());
        }
        stage.end()?;
        // Else the switch would wait until all that was built is on the disk.
        self.engine.flush()?;
        self.spans.builds += started.elapsed();
        span.record("rows", filling.progress.rows);
        Ok(())
    }

    /// Does it for as many rows as one batch takes. Breaks if it is full: then more may follow.
    fn fill_batch(
        &mut self,
        candidate: &Candidate<'_>,
        after: Option<&[u8]>,
        filling: &mut Filling,
    ) -> Result<ControlFlow<()>> {
        let mut writer = WorkWriter::new(self.engine, self.epoch);
        let Filling {
            indexes, progress, ..
        } = filling;
        let mut flow = ControlFlow::Continue(());
        progress.rows += candidate.rows_after(&self.snapshot, after, &mut |row_key, body| {
            let mut entries = Entries::new();
            for index in &*indexes {
                let added = index.add_entries(row_key, body, &mut entries);
                added.map_err(|error| candidate.damaged(&error.to_string()))?;
            }
            for (key, value) in entries {
                writer.batch().put(key, value);
            }
            progress.cursor = row_key.to_vec();
            flow = writer.end_row();
            Ok(flow)
        })?;
        for (place, digest) in filling.places.iter().zip(&filling.digests) {
            let task = WorkTask::Build {
                space: place.space,
                digest: *digest,
                progress: filling.progress.clone(),
            };
            let record = work_record(self.epoch.unwrap_or(0), task)?;
            writer.batch().put(keys::work(place.work), record);
        }
        writer.write(Durability::Buffered)?;
        self.snapshot = Arc::from(self.engine.snapshot()?);
        Ok(flow)
    }
}
