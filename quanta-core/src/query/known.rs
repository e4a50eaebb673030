//! Rows that are read because others refer to them.

use std::collections::{BTreeMap, BTreeSet};

use crate::collection::RowSource;
use crate::error::{Error, ErrorKind, Result};
use crate::txn::Table;

/// Bytes of rows that a query remembers from batch to batch for each reference, so that they are not read again. It begins
/// anew when there are more.
pub const RELATED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Rows that were read, by their keys; none where there is no row.
#[derive(Debug, Default)]
pub(super) struct Known {
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
}

impl Known {
    /// Reads the rows that it doesn't know yet, each once and in the order of their keys.
    pub(super) fn learn(
        &mut self,
        source: &RowSource<'_>,
        table: &Table,
        wanted: BTreeSet<Vec<u8>>,
    ) -> Result<()> {
        // A transaction may have written since the last batch.
        if self.bytes > RELATED_BYTES_MAX || matches!(source, RowSource::Transaction(_)) {
            *self = Self::default();
        }
        for key in wanted {
            if self.rows.contains_key(&key) {
                continue;
            }
            let body = source.read_row(table, &key, |body| Ok(body.to_vec()))?;
            self.bytes += key.len() + body.as_ref().map_or(0, Vec::len);
            self.rows.insert(key, body);
        }
        Ok(())
    }

    /// Returns the body of a row; none if there is no such row, or it was not read.
    pub(super) fn body(&self, key: &[u8]) -> Option<&[u8]> {
        self.row(key).map(|(_, body)| body)
    }

    /// Returns the key and the body of a row, as [`Known::body`].
    pub(super) fn row(&self, key: &[u8]) -> Option<(&[u8], &[u8])> {
        let (key, body) = self.rows.get_key_value(key)?;
        Some((key, body.as_deref()?))
    }
}

/// Makes the error that a row refers to one that isn't there. Both are named by their places.
pub(super) fn dangling(row: &str, path: &str, to: &str, without: &str) -> Error {
    let problem = format!(
        "{row} refers by `{path}` to {to}, which isn't there: write that one, or change or delete this one; without \
         {without}, it is read all the same"
    );
    Error::new(ErrorKind::Dangling, problem)
}
