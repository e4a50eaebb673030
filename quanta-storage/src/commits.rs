//! What every engine's commits have in common: one at a time, conditions first, and none after a write that failed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::batch::{Batch, Commit, Condition, Operation};
use crate::error::{Error, ErrorKind, Result};

/// The commits of one engine.
#[derive(Debug, Default)]
pub(crate) struct Commits {
    /// Held by the one commit that is running, from its conditions to its end.
    turn: Mutex<Remembered>,
    is_poisoned: AtomicBool,
    /// What the write that failed said.
    failure: OnceLock<String>,
}

/// Nobody commits while it is held.
pub(crate) struct Turn<'c>(MutexGuard<'c, Remembered>);

impl Commits {
    /// Commits a batch: reads its conditions by `get`, and if they hold, lets `write` write.
    ///
    /// # Errors
    ///
    /// If the batch is over a limit or an earlier write failed, and those of `get` and `write`. If `write` fails, no other
    /// one will be tried: what it left behind is not known.
    pub fn commit(
        &self,
        batch: &Batch,
        get: impl FnMut(&[u8], &mut dyn FnMut(&[u8])) -> Result<bool>,
        write: impl FnOnce() -> Result<()>,
    ) -> Result<Commit> {
        batch.check_limits()?;
        let mut turn = self.turn();
        self.check()?;
        if let Some(condition) = turn.0.first_unmet(batch, get)? {
            return Ok(Commit::Refused { condition });
        }
        turn.0.note(batch);
        self.attempt(write)?;
        Ok(Commit::Done)
    }

    /// Runs what makes commits last, while none is running.
    ///
    /// # Errors
    ///
    /// As [`Commits::commit`].
    pub fn sync(&self, sync: impl FnOnce() -> Result<()>) -> Result<()> {
        let _turn = self.turn();
        self.check()?;
        self.attempt(sync)
    }

    /// Returns the turn if no commit is running, and none has failed.
    pub fn try_turn(&self) -> Option<Turn<'_>> {
        let turn = self.turn.try_lock().ok()?;
        self.check().is_ok().then_some(Turn(turn))
    }

    /// Checks that no write has failed.
    ///
    /// # Errors
    ///
    /// If one has.
    pub fn check(&self) -> Result<()> {
        if self.is_poisoned() {
            Err(Error::poisoned(self.failure.get().map(String::as_str)))
        } else {
            Ok(())
        }
    }

    /// Tells whether a write has failed.
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned.load(Ordering::Acquire)
    }

    fn turn(&self) -> Turn<'_> {
        Turn(self.turn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs what writes. It has failed until it says that it has not: it may also panic.
    fn attempt(&self, write: impl FnOnce() -> Result<()>) -> Result<()> {
        let unless_done = Poisoning(&self.is_poisoned);
        write().inspect_err(|error| {
            // An engine whose own work failed says no more than that it did.
            if error.kind() != &ErrorKind::Poisoned {
                self.failure.get_or_init(|| error.to_string());
            }
        })?;
        std::mem::forget(unless_done);
        Ok(())
    }
}

/// Notes when it is dropped that a write has failed.
struct Poisoning<'c>(&'c AtomicBool);

impl Drop for Poisoning<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A record as the last commit whose condition named it left it, so that the one which all commits name is read once.
///
/// Nobody else writes to the engine.
#[derive(Debug, Default)]
pub(crate) struct Remembered(Option<(Vec<u8>, Vec<u8>)>);

impl Remembered {
    /// Returns the position of the first condition of a batch that doesn't hold.
    pub fn first_unmet(
        &mut self,
        batch: &Batch,
        mut get: impl FnMut(&[u8], &mut dyn FnMut(&[u8])) -> Result<bool>,
    ) -> Result<Option<usize>> {
        for (position, condition) in batch.conditions().iter().enumerate() {
            let holds = match condition {
                Condition::Absent(key) => !get(key, &mut |_| {})?,
                Condition::Equals(key, expected) => self.is_equal(key, expected, &mut get)?,
            };
            if !holds {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    fn is_equal(
        &mut self,
        key: &[u8],
        expected: &[u8],
        get: &mut impl FnMut(&[u8], &mut dyn FnMut(&[u8])) -> Result<bool>,
    ) -> Result<bool> {
        if let Some((known, value)) = &self.0
            && known == key
        {
            return Ok(value == expected);
        }
        let mut is_equal = false;
        get(key, &mut |value| is_equal = value == expected)?;
        if is_equal {
            self.0 = Some((key.to_vec(), expected.to_vec()));
        }
        Ok(is_equal)
    }

    /// Notes what is about to be written. If that fails, nothing is asked any more.
    fn note(&mut self, batch: &Batch) {
        let Some((known, value)) = &mut self.0 else { return };
        let mut writes = batch.operations().iter().rev();
        match writes.find(|operation| operation.key() == known.as_slice()) {
            None => {}
            Some(Operation::Put(_, written)) => value.clone_from(written),
            Some(Operation::Delete(_)) => self.0 = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn nothing_is_written_after_a_panic() {
        let commits = Commits::default();
        let mut batch = Batch::new();
        batch.put(*b"a", *b"1");
        let commit = |write: fn() -> Result<()>| commits.commit(&batch, |_, _| Ok(false), write);
        assert_eq!(commit(|| Ok(())).unwrap(), Commit::Done);
        catch_unwind(AssertUnwindSafe(|| commit(|| panic!("torn")))).unwrap_err();
        assert_eq!(commit(|| Ok(())).unwrap_err().kind(), &ErrorKind::Poisoned);
        assert!(commits.try_turn().is_none());
    }

    #[test]
    fn that_an_engine_stopped_is_no_reason_by_itself() {
        let commits = Commits::default();
        let stopped = commits.sync(|| Err(Error::poisoned(None))).unwrap_err();
        assert_eq!(commits.sync(|| Ok(())).unwrap_err().message(), stopped.message());
    }

    #[test]
    fn the_writes_behind_one_that_failed_say_why() {
        let commits = Commits::default();
        let failed = commits.sync(|| {
            Err(Error::new(
                ErrorKind::DiskFull,
                "writing to data: no space is left",
            ))
        });
        assert_eq!(failed.unwrap_err().kind(), &ErrorKind::DiskFull);
        for _ in 0..2 {
            let error = commits.sync(|| Ok(())).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Poisoned);
            assert_eq!(
                error.message(),
                "an earlier write failed (writing to data: no space is left), so the store takes no further ones: close \
                 it and open it again"
            );
        }
    }
}
