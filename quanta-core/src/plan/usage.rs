//! How much there is of something.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How many records there are, and the bytes of their keys and values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Records.
    pub records: u64,
    /// Bytes of keys and values, before the engine compresses them.
    pub bytes: u64,
}

impl Usage {
    /// Counts a record.
    pub fn add(&mut self, key: &[u8], value: &[u8]) {
        self.records += 1;
        self.bytes += (key.len() + value.len()) as u64;
    }

    /// Takes a record off again that was counted.
    pub fn take_off(&mut self, key: &[u8], value: &[u8]) {
        self.records = self.records.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub((key.len() + value.len()) as u64);
    }

    /// Tells whether there is nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.records == 0
    }

    /// Returns it as JSON: `{"records", "bytes"}`.
    #[must_use]
    pub fn to_json(self) -> Value {
        json!({ "records": self.records, "bytes": self.bytes })
    }
}
