//! The history that a program was released with: the text of its lock.

use std::sync::OnceLock;

use super::document::HistoryDocument;

/// The history that a program was released with. It is read only where a store has not seen this text yet.
#[derive(Debug)]
pub struct ReleasedHistory {
    text: String,
    digest: [u8; 16],
    document: OnceLock<Result<HistoryDocument, String>>,
}

impl ReleasedHistory {
    /// Takes the text of a history document.
    #[must_use]
    pub fn new(text: String) -> Self {
        let mut digest = [0; 16];
        digest.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
        Self {
            text,
            digest,
            document: OnceLock::new(),
        }
    }

    /// Returns a digest of the text: a store that has seen it notes it down.
    #[must_use]
    pub fn digest(&self) -> [u8; 16] {
        self.digest
    }

    /// Returns the document.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the text.
    pub fn document(&self) -> Result<&HistoryDocument, &str> {
        let read = self.document.get_or_init(|| {
            if !self.text.trim_start().starts_with('{') {
                return Err(
                    "it doesn't begin with a brace: it may be a path, or have the marks of a merge".into(),
                );
            }
            HistoryDocument::from_json(&self.text)
        });
        read.as_ref().map_err(String::as_str)
    }
}
