//! What a backup says of the store that storage doesn't know.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What a backup says of the store: as JSON in the file. Members that are not known here are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub revision: u64,
    pub time_ms: u64,
    pub app_version: String,
}

impl Note {
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers and a text can always be written as JSON")
    }

    /// Reads the note of a backup.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn decode(bytes: &[u8], path: &Path) -> Result<Self> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::corrupt(format!("the note of the backup {}", path.display()), error))
    }
}
