//! What a transaction sees of a range: its writes over those of before.

use quanta_storage::{Cursor, Direction, Entry};

/// Entries of a snapshot with the writes of a transaction on top.
pub(super) struct Merged {
    base: Box<dyn Cursor>,
    /// An entry of the base that comes later than the next write.
    waiting: Option<(Vec<u8>, Vec<u8>)>,
    base_ended: bool,
    /// In reverse order of the walk.
    writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    direction: Direction,
    lent: Option<(Vec<u8>, Vec<u8>)>,
}

impl Merged {
    /// Lays writes of the same range, in the order of their keys, over entries.
    pub fn new(
        base: Box<dyn Cursor>,
        mut writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
        direction: Direction,
    ) -> Self {
        // Taken from the end.
        if direction == Direction::Forward {
            writes.reverse();
        }
        Self {
            base,
            waiting: None,
            base_ended: false,
            writes,
            direction,
            lent: None,
        }
    }

    fn advance(&mut self) -> quanta_storage::Result<Option<(Vec<u8>, Vec<u8>)>> {
        loop {
            if self.waiting.is_none() && !self.base_ended {
                self.waiting = self
                    .base
                    .next()?
                    .map(|(key, value)| (key.to_vec(), value.to_vec()));
                self.base_ended = self.waiting.is_none();
            }
            let Some((written, _)) = self.writes.last() else {
                return Ok(self.waiting.take());
            };
            if let Some((key, _)) = &self.waiting {
                let base_comes_first = match self.direction {
                    Direction::Forward => key < written,
                    Direction::Backward => key > written,
                };
                if base_comes_first {
                    return Ok(self.waiting.take());
                }
                if key == written {
                    self.waiting = None;
                }
            }
            if let Some((key, Some(value))) = self.writes.pop() {
                return Ok(Some((key, value)));
            }
        }
    }
}

impl Cursor for Merged {
    fn next(&mut self) -> quanta_storage::Result<Option<Entry<'_>>> {
        self.lent = self.advance()?;
        Ok(self
            .lent
            .as_ref()
            .map(|(key, value)| (key.as_slice(), value.as_slice())))
    }
}
