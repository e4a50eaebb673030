//! Work before the switch that an interrupted open left: whoever would do the same goes on with it, any other empties its
//! spaces.

use std::sync::Arc;

use crate::catalog::read_work;
use crate::codec::encode_record;
use crate::diff::KEY_PATH;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{BuildProgress, Counters, WorkTask};

use super::discard::discard_built;
use super::shift::Shift;
use super::switch::Built;
use super::workshop::Workshop;

/// Stands where a work record says what is built, if nobody may go on with it.
pub(super) const BEGUN_ANEW: [u8; 32] = [0; 32];

/// A space that an interrupted open began to fill.
pub(super) struct Unfinished {
    built: Built,
    /// None if it can't be gone on with: the store has moved since.
    digest: Option<[u8; 32]>,
    progress: BuildProgress,
}

/// What the next open does with what this work leaves, if it is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextOpen {
    /// It goes on with it, if it would do the same.
    GoesOn,
    /// It empties it: this process may write rows until then.
    BeginsAnew,
}

impl Workshop<'_> {
    /// Finds what an interrupted open left.
    pub(super) fn find_unfinished(&mut self) -> Result<()> {
        for (work, record) in read_work(self.snapshot.as_ref())? {
            if let WorkTask::Build {
                space,
                digest,
                progress,
            } = record.task
            {
                let is_current = Some(record.epoch) == self.epoch && digest != BEGUN_ANEW;
                self.unfinished.push(Unfinished {
                    built: Built { space, work },
                    digest: Some(digest).filter(|_| is_current),
                    progress,
                });
            }
        }
        Ok(())
    }

    /// Keeps ids away from what an interrupted open left.
    pub(super) fn reserve(&self, counters: &mut Counters) {
        for left in &self.unfinished {
            counters.space = counters.space.max(left.built.space + 1);
            counters.work = counters.work.max(left.built.work + 1);
        }
    }

    /// Empties the spaces that an interrupted open began to fill and that nobody went on with.
    pub(super) fn discard_unfinished(&mut self) -> Result<()> {
        let left = std::mem::take(&mut self.unfinished);
        if left.is_empty() {
            return Ok(());
        }
        for left in left {
            discard_built(self.engine, self.epoch, left.built)?;
        }
        self.snapshot = Arc::from(self.engine.snapshot()?);
        Ok(())
    }

    /// Identifies what a build makes: the table, where it comes from, and all versions that lie between.
    pub(super) fn digest(&self, shift: &Shift) -> Result<[u8; 32]> {
        let passed: Vec<_> = shift
            .hops
            .iter()
            .map(|(edge, way)| (*edge, *way, shift.versions.get(edge)))
            .collect();
        self.digest_of(&(shift.table, &shift.before, shift.after.version, passed, KEY_PATH))
    }

    /// Hashes what identifies work on a table.
    pub(super) fn digest_of(&self, identity: &impl serde::Serialize) -> Result<[u8; 32]> {
        if self.next_open == NextOpen::BeginsAnew {
            return Ok(BEGUN_ANEW);
        }
        let bytes = encode_record(identity).map_err(|problem| Error::new(ErrorKind::TooLarge, problem))?;
        Ok(*blake3::hash(&bytes).as_bytes())
    }

    /// Finds the space of an interrupted build that would be the same, or takes a new one. What functions of the
    /// program gave is not gone on with: they may be others now.
    pub(super) fn place(
        &mut self,
        shift: &Shift,
        digest: [u8; 32],
        counters: &mut Counters,
    ) -> (Built, BuildProgress) {
        let can_go_on = !shift.has_own_code() && shift.victims.is_empty();
        let left = can_go_on.then(|| self.unfinished_of(&[digest])).flatten();
        let (places, progress) =
            left.unwrap_or_else(|| (vec![new_place(counters)], BuildProgress::default()));
        (places[0], progress)
    }

    /// Finds the spaces that an interrupted open filled together, if it would be the same work and each got as far as the
    /// others. They are discarded no more.
    pub(super) fn unfinished_of(&mut self, digests: &[[u8; 32]]) -> Option<(Vec<Built>, BuildProgress)> {
        let position = |digest: &[u8; 32]| {
            let mut left = self.unfinished.iter();
            left.position(|left| left.digest.as_ref() == Some(digest))
        };
        let positions: Vec<usize> = digests.iter().map(position).collect::<Option<_>>()?;
        let progress = self.unfinished[*positions.first()?].progress.clone();
        if positions
            .iter()
            .any(|at| self.unfinished[*at].progress != progress)
        {
            return None;
        }
        let places: Vec<Built> = positions.iter().map(|at| self.unfinished[*at].built).collect();
        let is_found = |left: &Unfinished| places.iter().any(|place| place.work == left.built.work);
        self.unfinished.retain(|left| !is_found(left));
        Some((places, progress))
    }
}

/// Takes a space, and the id of its work record.
pub(super) fn new_place(counters: &mut Counters) -> Built {
    Built {
        space: take(&mut counters.space),
        work: take(&mut counters.work),
    }
}

/// Takes the next id.
pub(super) fn take(counter: &mut u32) -> u32 {
    let id = *counter;
    *counter += 1;
    id
}

#[cfg(test)]
mod tests {
    use quanta_storage::{Batch, Commit, Durability, Engine as _, Memory};

    use crate::catalog::keys;
    use crate::migrate::build::work_record;
    use crate::migrate::side_by_side::Budget;
    use crate::progress::Meter;

    use super::*;

    const EPOCH: u64 = 7;

    /// What an interrupted open left: by work id, the epoch, what stands in the digest, and rows.
    const LEFT: [(u32, u64, u8, u64); 6] = [
        (1, EPOCH, 1, 20),
        (2, EPOCH, 2, 20),
        (3, EPOCH, 3, 22),
        (4, EPOCH - 1, 4, 20),
        (5, EPOCH, 0, 20),
        (6, EPOCH, 6, 20),
    ];

    #[track_caller]
    fn check(digests: &[u8], works: Option<&[u32]>) {
        let engine = Memory::default();
        let mut batch = Batch::new();
        for (work, epoch, digest, rows) in LEFT {
            let task = WorkTask::Build {
                space: work + 100,
                digest: [digest; 32],
                progress: BuildProgress {
                    rows,
                    ..BuildProgress::default()
                },
            };
            batch.put(keys::work(work), work_record(epoch, task).unwrap());
        }
        assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
        let snapshot = Arc::from(engine.snapshot().unwrap());
        let mut shop = Workshop::new(
            &engine,
            snapshot,
            Some(EPOCH),
            (Meter::default(), Budget::new(None)),
        );
        shop.find_unfinished().unwrap();
        let digests: Vec<_> = digests.iter().map(|digest| [*digest; 32]).collect();
        let found = shop.unfinished_of(&digests);
        let found = found.map(|(places, _)| places.iter().map(|place| place.work).collect::<Vec<_>>());
        assert_eq!(found.as_deref(), works);
        let left = LEFT.len() - works.map_or(0, <[u32]>::len);
        assert_eq!(shop.unfinished.len(), left, "the rest is discarded");
    }

    #[test]
    fn spaces_are_gone_on_with_together_or_not_at_all() {
        check(&[2, 1], Some(&[2, 1]));
        check(&[6], Some(&[6]));
        check(&[3], Some(&[3]));
        // Another one got further, another one is not there, and nothing is wanted.
        check(&[1, 2, 3], None);
        check(&[1, 9], None);
        check(&[], None);
        // One is of another epoch, and one of a rollback.
        check(&[1, 4], None);
        check(&[0], None);
    }
}
