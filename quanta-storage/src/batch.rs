//! Atomic batches and the conditions they carry.

use std::collections::BTreeMap;

use crate::engine::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use crate::error::{Error, ErrorKind, Result};

/// When a commit must be on stable storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Before the commit returns: an acknowledged commit survives power loss.
    #[default]
    Sync,
    /// Some time later, in commit order: a crash loses at most a tail of such commits, never a part of one.
    Buffered,
}

/// What must hold for a batch to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The key is not there.
    Absent(Vec<u8>),
    /// The key is there and has exactly this value.
    Equals(Vec<u8>, Vec<u8>),
}

/// One write of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Sets a key.
    Put(Vec<u8>, Vec<u8>),
    /// Removes a key, whether it is there or not.
    Delete(Vec<u8>),
}

impl Operation {
    /// Returns the key that is written.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        match self {
            Self::Put(key, _) | Self::Delete(key) => key,
        }
    }

    /// Returns the value that is set; `None` for a delete.
    #[must_use]
    pub fn value(&self) -> Option<&[u8]> {
        match self {
            Self::Put(_, value) => Some(value),
            Self::Delete(_) => None,
        }
    }
}

/// Conditions and writes that are applied together or not at all.
///
/// Later operations of a batch win over earlier ones on the same key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    conditions: Vec<Condition>,
    operations: Vec<Operation>,
    bytes: usize,
}

impl Batch {
    /// Makes an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition.
    pub fn require(&mut self, condition: Condition) -> &mut Self {
        self.conditions.push(condition);
        self
    }

    /// Sets a key.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> &mut Self {
        let (key, value) = (key.into(), value.into());
        self.bytes += key.len() + value.len();
        self.operations.push(Operation::Put(key, value));
        self
    }

    /// Removes a key.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) -> &mut Self {
        let key = key.into();
        self.bytes += key.len();
        self.operations.push(Operation::Delete(key));
        self
    }

    /// Adds the writes of another batch behind those of this one, and none of its conditions.
    ///
    /// ```
    /// use quanta_storage::Batch;
    /// let (mut first, mut second) = (Batch::new(), Batch::new());
    /// first.put(*b"a", *b"1");
    /// second.put(*b"a", *b"2").delete(*b"b");
    /// first.append(&second);
    /// assert_eq!((first.operations().len(), first.effective().len()), (3, 2));
    /// assert_eq!(first.bytes(), 5);
    /// ```
    pub fn append(&mut self, other: &Self) -> &mut Self {
        self.operations.extend_from_slice(&other.operations);
        self.bytes += other.bytes;
        self
    }

    /// Lists the conditions in the order in which they were added.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Lists the writes in the order in which they were added.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Returns the bytes of all keys and values to be written.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lists the last write of every key.
    ///
    /// Engines that stamp a batch with one sequence number can't order two writes of one key by themselves.
    #[must_use]
    pub fn effective(&self) -> Vec<&Operation> {
        let ascending = self
            .operations
            .windows(2)
            .all(|pair| pair[0].key() < pair[1].key());
        if ascending {
            return self.operations.iter().collect();
        }
        let last: BTreeMap<&[u8], &Operation> = self
            .operations
            .iter()
            .map(|operation| (operation.key(), operation))
            .collect();
        last.into_values().collect()
    }

    /// Checks the limits every engine shares, so that a batch either fits all of them or none.
    pub(crate) fn check_limits(&self) -> Result<()> {
        for operation in &self.operations {
            let key = operation.key();
            if key.is_empty() {
                return Err(Error::new(ErrorKind::InvalidBatch, "a batch writes an empty key"));
            }
            if key.len() > KEY_BYTES_MAX {
                let message = format!(
                    "a key of {} bytes is over the limit of {KEY_BYTES_MAX} bytes",
                    key.len()
                );
                return Err(Error::new(ErrorKind::InvalidBatch, message));
            }
            let bytes = operation.value().map_or(0, <[u8]>::len);
            if bytes > VALUE_BYTES_MAX {
                let message =
                    format!("a value of {bytes} bytes is over the limit of {VALUE_BYTES_MAX} bytes");
                return Err(Error::new(ErrorKind::InvalidBatch, message));
            }
        }
        Ok(())
    }

    /// Tells whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a batch whose condition failed has written nothing"]
pub enum Commit {
    /// All of it is applied.
    Done,
    /// Nothing is applied: the condition at this position did not hold.
    Refused {
        /// Position in [`Batch::conditions`].
        condition: usize,
    },
}
