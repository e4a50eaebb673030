//! What a migration of whole tables needs of the store: rows as bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Result;
use crate::schema::{Fingerprint, Schema};

/// A table as a migration sees it.
#[derive(Debug)]
pub struct TableForm {
    /// Its name.
    pub name: String,
    /// The shape of its rows.
    pub schema: Schema,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Explicit defaults of its fields, encoded.
    pub write_defaults: BTreeMap<String, Vec<u8>>,
}

/// Some rows in the order of their keys: the key, and the body.
pub type RowBatch = Vec<(Vec<u8>, Vec<u8>)>;

/// The tables of a store while it changes: those of before are read, those of after are written.
pub trait TableAccess {
    /// Finds a table to read; none if the store doesn't have it.
    ///
    /// # Errors
    ///
    /// If the migration doesn't declare that it reads it, or it is damaged.
    fn readable(&self, table: &str) -> Result<Option<Arc<TableForm>>>;

    /// Finds a table to write.
    ///
    /// # Errors
    ///
    /// If the migration doesn't declare that it writes it.
    fn writable(&self, table: &str) -> Result<Arc<TableForm>>;

    /// Reads the next rows behind a key, as many as fit into a bounded batch; none at the end.
    ///
    /// # Errors
    ///
    /// As [`TableAccess::readable`].
    fn rows_after(&self, table: &str, after: Option<&[u8]>) -> Result<RowBatch>;

    /// Notes the row that the migration is at.
    fn stand_at(&self, table: &TableForm, key: &[u8]);

    /// Reads a row that is there by now.
    ///
    /// # Errors
    ///
    /// As [`TableAccess::writable`].
    fn get(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Writes a row, whether there is one with its key or not.
    ///
    /// # Errors
    ///
    /// As [`TableAccess::writable`], and if the row is over a limit.
    fn put(&self, table: &str, key: &[u8], body: &[u8]) -> Result<()>;

    /// Removes a row. False if there was none.
    ///
    /// # Errors
    ///
    /// As [`TableAccess::writable`].
    fn remove(&self, table: &str, key: &[u8]) -> Result<bool>;
}
