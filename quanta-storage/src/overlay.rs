//! Writes over a snapshot that nobody else sees: what a change would do, without doing it.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::batch::{Batch, Commit, Condition, Durability, Operation};
use crate::engine::{Cursor, Direction, Engine, Entry, KeyRange, Snapshot};
use crate::engines::memory::Memory;
use crate::error::Result;

/// The value of a key that was deleted over the snapshot.
const GONE: [u8; 1] = [0];

/// What stands in front of a value that was written over the snapshot.
const WRITTEN: u8 = 1;

/// An engine over a snapshot: it reads what the snapshot has, and keeps what is written in memory.
///
/// ```
/// use quanta_storage::{Batch, Durability, Engine, Memory, Overlay};
///
/// let below = Memory::new();
/// below.commit(Batch::new().put(*b"a", *b"1").put(*b"b", *b"2"), Durability::Buffered)?;
/// let above = Overlay::new(below.snapshot()?);
/// above.commit(Batch::new().put(*b"a", *b"3").delete(*b"b"), Durability::Buffered)?;
/// assert!(!above.get(b"b", &mut |_| {})?);
/// assert!(below.get(b"b", &mut |value| assert_eq!(value, b"2"))?);
/// # Ok::<(), quanta_storage::Error>(())
/// ```
pub struct Overlay {
    below: Arc<dyn Snapshot>,
    above: Memory,
}

impl fmt::Debug for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overlay")
            .field("above", &self.above)
            .finish_non_exhaustive()
    }
}

impl Overlay {
    /// Begins with what a snapshot has.
    #[must_use]
    pub fn new(below: Box<dyn Snapshot>) -> Self {
        Self {
            below: Arc::from(below),
            above: Memory::new(),
        }
    }

    /// Turns a condition on what is seen into one on what was written; false if it can't hold any more.
    fn over(&self, condition: &Condition, batch: &mut Batch) -> Result<bool> {
        let (Condition::Absent(key) | Condition::Equals(key, _)) = condition;
        let holds = |found: Option<&[u8]>| match condition {
            Condition::Absent(_) => found.is_none(),
            Condition::Equals(_, wanted) => found == Some(wanted.as_slice()),
        };
        let mut above = None;
        self.above.get(key, &mut |value| above = Some(value.to_vec()))?;
        if let Some(above) = above {
            let is_held = holds(written(&above));
            batch.require(Condition::Equals(key.clone(), above));
            return Ok(is_held);
        }
        let mut below = None;
        self.below.get(key, &mut |value| below = Some(value.to_vec()))?;
        batch.require(Condition::Absent(key.clone()));
        Ok(holds(below.as_deref()))
    }
}

/// Returns the value in an entry that was written; none if the key was deleted.
fn written(entry: &[u8]) -> Option<&[u8]> {
    entry
        .split_first()
        .filter(|(mark, _)| **mark == WRITTEN)
        .map(|(_, value)| value)
}

impl Engine for Overlay {
    fn name(&self) -> &'static str {
        self.above.name()
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        get(
            &mut |read| self.above.get(key, read),
            self.below.as_ref(),
            key,
            read,
        )
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        Ok(Box::new(OverlaySnapshot {
            below: Arc::clone(&self.below),
            above: self.above.snapshot()?,
        }))
    }

    fn commit(&self, batch: &Batch, durability: Durability) -> Result<Commit> {
        let mut above = Batch::new();
        for (condition, wanted) in batch.conditions().iter().enumerate() {
            if !self.over(wanted, &mut above)? {
                return Ok(Commit::Refused { condition });
            }
        }
        for operation in batch.operations() {
            match operation {
                Operation::Put(key, value) => {
                    let mut entry = Vec::with_capacity(value.len() + 1);
                    entry.push(WRITTEN);
                    entry.extend_from_slice(value);
                    above.put(key.as_slice(), entry);
                }
                Operation::Delete(key) => {
                    above.put(key.as_slice(), GONE);
                }
            }
        }
        self.above.commit(&above, durability)
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn disk_bytes(&self) -> Result<u64> {
        Ok(0)
    }
}

struct OverlaySnapshot {
    below: Arc<dyn Snapshot>,
    above: Box<dyn Snapshot>,
}

impl Snapshot for OverlaySnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        get(
            &mut |read| self.above.get(key, read),
            self.below.as_ref(),
            key,
            read,
        )
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> Result<Box<dyn Cursor>> {
        Ok(Box::new(OverlayCursor {
            below: Side::new(self.below.scan(range, direction)?),
            above: Side::new(self.above.scan(range, direction)?),
            direction,
            shown: (Vec::new(), Vec::new()),
        }))
    }
}

type Get<'a> = dyn FnMut(&mut dyn FnMut(&[u8])) -> Result<bool> + 'a;

fn get(above: &mut Get<'_>, below: &dyn Snapshot, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
    let mut is_there = false;
    let is_above = above(&mut |entry| {
        if let Some(value) = written(entry) {
            is_there = true;
            read(value);
        }
    })?;
    if is_above {
        Ok(is_there)
    } else {
        below.get(key, read)
    }
}

/// One of two cursors, and the entry that it stands at.
struct Side {
    cursor: Box<dyn Cursor>,
    next: Option<(Vec<u8>, Vec<u8>)>,
    is_read: bool,
}

impl Side {
    fn new(cursor: Box<dyn Cursor>) -> Self {
        Self {
            cursor,
            next: None,
            is_read: false,
        }
    }

    fn peek(&mut self) -> Result<Option<&(Vec<u8>, Vec<u8>)>> {
        if !self.is_read {
            self.next = self
                .cursor
                .next()?
                .map(|(key, value)| (key.to_vec(), value.to_vec()));
            self.is_read = true;
        }
        Ok(self.next.as_ref())
    }

    fn take(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.is_read = false;
        self.next.take()
    }
}

struct OverlayCursor {
    below: Side,
    above: Side,
    direction: Direction,
    shown: (Vec<u8>, Vec<u8>),
}

impl Cursor for OverlayCursor {
    fn next(&mut self) -> Result<Option<Entry<'_>>> {
        loop {
            let order = match (self.below.peek()?, self.above.peek()?) {
                (None, None) => return Ok(None),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((below, _)), Some((above, _))) => match self.direction {
                    Direction::Forward => below.cmp(above),
                    Direction::Backward => above.cmp(below),
                },
            };
            if order == Ordering::Less {
                self.shown = self.below.take().unwrap_or_default();
                break;
            }
            if order == Ordering::Equal {
                self.below.take();
            }
            let (key, entry) = self.above.take().unwrap_or_default();
            if let Some(value) = written(&entry) {
                self.shown = (key, value.to_vec());
                break;
            }
        }
        let (key, value) = &self.shown;
        Ok(Some((key, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(engine: &dyn Engine, direction: Direction) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut cursor = engine
            .snapshot()
            .and_then(|it| it.scan(&KeyRange::all(), direction))
            .expect("it can be read");
        let mut entries = Vec::new();
        while let Some((key, value)) = cursor.next().expect("it can be read") {
            entries.push((key.to_vec(), value.to_vec()));
        }
        entries
    }

    #[test]
    fn it_reads_like_one_store_and_leaves_the_one_below() {
        let below = Memory::new();
        let mut batch = Batch::new();
        for key in [1_u8, 3, 5, 7] {
            batch.put([key], [key]);
        }
        let _ = below.commit(&batch, Durability::Buffered).expect("it is written");
        let before = all(&below, Direction::Forward);
        let above = Overlay::new(below.snapshot().expect("it has one"));
        let mut batch = Batch::new();
        batch
            .put([2], [20])
            .delete([3])
            .put([5], [])
            .delete([7])
            .put([8], [80]);
        assert_eq!(
            above.commit(&batch, Durability::Buffered).expect("it is written"),
            Commit::Done
        );
        let expected: Vec<(Vec<u8>, Vec<u8>)> = vec![
            (vec![1], vec![1]),
            (vec![2], vec![20]),
            (vec![5], vec![]),
            (vec![8], vec![80]),
        ];
        assert_eq!(all(&above, Direction::Forward), expected);
        let backward: Vec<_> = expected.into_iter().rev().collect();
        assert_eq!(all(&above, Direction::Backward), backward);
        assert_eq!(all(&below, Direction::Forward), before);
    }

    #[test]
    fn conditions_are_held_to_what_is_seen() {
        let below = Memory::new();
        let _ = below
            .commit(Batch::new().put([1], [1]), Durability::Buffered)
            .expect("it is written");
        let above = Overlay::new(below.snapshot().expect("it has one"));
        let require = |condition: Condition| {
            let mut batch = Batch::new();
            batch.require(condition).put([9], [9]);
            above
                .commit(&batch, Durability::Buffered)
                .expect("it can be asked")
                == Commit::Done
        };
        assert!(require(Condition::Equals(vec![1], vec![1])));
        assert!(!require(Condition::Absent(vec![1])));
        assert!(require(Condition::Equals(vec![9], vec![9])));
        assert!(!require(Condition::Absent(vec![9])));
        let _ = above
            .commit(Batch::new().delete([1]), Durability::Buffered)
            .expect("it is written");
        assert!(require(Condition::Absent(vec![1])));
    }
}
