//! Verifying records of unfinished work: what they know is no orphan, and they take nothing away that the head names.

use quanta_storage::Direction;

use crate::catalog::keys;
use crate::codec::decode_record;
use crate::error::Result;
use crate::plan::{WorkRecord, WorkTask};

use super::codes::FindingCode;
use super::run::{Verification, place_of};

impl Verification<'_> {
    /// Reads the records of unfinished work.
    pub(super) fn work(&mut self) -> Result<()> {
        let mut cursor = self
            .snapshot
            .scan(&keys::Area::Work.range(), Direction::Forward)?;
        while let Some((key, value)) = cursor.next()? {
            self.report.counts.work += 1;
            let id = <[u8; 4]>::try_from(&key[1..]).map(u32::from_be_bytes);
            let (place, problem) = match (id, decode_record::<WorkRecord>(value)) {
                (Ok(id), Ok(record)) => {
                    let place = format!("work record {id}");
                    match self.work_problem(key, &record.task) {
                        None => {
                            self.known_work(&place, id, record);
                            continue;
                        }
                        Some(problem) => (place, problem),
                    }
                }
                (Err(_), _) => (place_of(key), "the key is no work id".to_owned()),
                (Ok(id), Err(problem)) => (format!("work record {id}"), problem),
            };
            self.bad_work.push((key.to_vec(), place, problem));
        }
        Ok(())
    }

    /// Tells which records of unfinished work are not as they should be, once the catalogue was looked at.
    pub(super) fn bad_work(&mut self) {
        for (key, place, problem) in std::mem::take(&mut self.bad_work) {
            if self.add_certain(FindingCode::Work, place, problem) {
                self.mending.delete(&key);
            }
        }
    }

    /// Says what a record of work would take away that the head names, or that it is none of its table.
    fn work_problem(&self, key: &[u8], task: &WorkTask) -> Option<String> {
        match task {
            WorkTask::Sweep { table, .. } => {
                let is_its_own = key == keys::sweep(*table).as_slice();
                let is_known = self.head.tables.contains_key(table);
                (!is_its_own || !is_known)
                    .then(|| format!("it sweeps table id {table}, and its key or the head says otherwise"))
            }
            WorkTask::Build { space, .. } | WorkTask::Retire { space } => {
                let is_named = self.spaces.contains_key(space) || self.index_spaces.contains_key(space);
                is_named.then(|| format!("it would empty space {space}, which the head names"))
            }
            WorkTask::Forget { space, edges } => {
                let table = self
                    .spaces
                    .get(space)
                    .and_then(|table| self.head.tables.get(table));
                let is_named = |edge: &u32| {
                    table.is_some_and(|table| {
                        table.victims.contains(edge) || table.kept.iter().any(|(kept, _)| kept == edge)
                    })
                };
                let edge = edges.iter().find(|edge| is_named(edge))?;
                Some(format!(
                    "it would delete what is kept on edge {edge}, which the head names"
                ))
            }
        }
    }

    fn known_work(&mut self, place: &str, id: u32, record: WorkRecord) {
        if self.epoch.is_some_and(|epoch| record.epoch > epoch) {
            let problem = format!(
                "it was begun at epoch {}, which the store has not reached",
                record.epoch
            );
            self.report.add(FindingCode::Epoch, place, problem);
            self.least_epoch(record.epoch);
        }
        match record.task {
            // Its ids are given out by the switch that it comes before.
            WorkTask::Build { space, .. } => drop(self.work_spaces.insert(space)),
            WorkTask::Retire { space } => {
                self.used.work(id);
                self.used.space(space);
                self.work_spaces.insert(space);
            }
            WorkTask::Forget { space, edges } => {
                self.used.work(id);
                self.forgetting.entry(space).or_default().extend(edges);
            }
            WorkTask::Sweep { .. } => {}
        }
    }
}
