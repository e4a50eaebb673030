//! The entries of one index (docs/format.md, "Index entries").

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::catalog::keys::{self, INDEX_PREFIX_BYTES};
use crate::codec::{DecodeError, Decoder, Projection, turned};
use crate::error::{Error, Result};
use crate::schema::limits::INDEX_KEY_BYTES_MAX;
use crate::schema::{IndexDef, OrderWay, Schema};
use crate::value::{decode_value, show_value};

/// Bytes of the hash that stands for the rest of a long index key.
const HASH_BYTES: usize = 32;

/// Entries of indexes by their keys, each with its value.
pub type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// The form in which an entry holds its index key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKeyForm<'e> {
    /// As it is.
    Whole(&'e [u8]),
    /// The first bytes of it, which a hash follows: only the row has all of it.
    Cut(&'e [u8]),
}

/// An index with the space where its entries lie.
#[derive(Debug, Clone)]
pub struct Index {
    /// What it is over, and what it is called.
    pub definition: IndexDef,
    /// The space.
    pub space: u32,
    projection: Projection,
}

impl Index {
    /// Takes an index of a schema.
    ///
    /// # Errors
    ///
    /// If a field is missing: the schema is damaged.
    pub fn new(schema: &Schema, definition: &IndexDef, space: u32) -> Result<Self> {
        let projection = Projection::of_index(schema, &definition.fields)
            .map_err(|problem| Error::corrupt(format!("the index {}", definition.name), problem))?;
        Ok(Self {
            definition: definition.clone(),
            space,
            projection,
        })
    }

    /// Lists the indexes of a table, whose entries lie in spaces in the order of the schema.
    ///
    /// # Errors
    ///
    /// As [`Index::new`].
    pub fn all(schema: &Schema, spaces: &[u32]) -> Result<Vec<Self>> {
        let indexes = schema.indexes.iter().zip(spaces);
        indexes
            .map(|(definition, space)| Self::new(schema, definition, *space))
            .collect()
    }

    /// Adds the entries of a row to others. A unique index has none for a row in which a field has no value.
    ///
    /// # Errors
    ///
    /// If the body is no row of the schema.
    pub fn add_entries(
        &self,
        row_key: &[u8],
        body: &[u8],
        entries: &mut Entries,
    ) -> std::result::Result<(), DecodeError> {
        for key in self.projection.index_keys(body)? {
            if !self.definition.unique {
                let (stored, behind) = (stored_key(&key.bytes), self.behind(row_key));
                entries.insert(keys::index_entry(self.space, &stored, &behind), Vec::new());
            } else if !key.has_none {
                entries.insert(self.unique_entry(&key.bytes), row_key.to_vec());
            }
        }
        Ok(())
    }

    /// Returns the key of the entry of an index key in a unique index.
    #[must_use]
    pub fn unique_entry(&self, index_key: &[u8]) -> Vec<u8> {
        keys::index_entry(self.space, &stored_key(index_key), &[])
    }

    /// Takes an entry apart: its index key, and the row key that it leads to. None if the entry is damaged.
    #[must_use]
    pub fn parts<'e>(&self, key: &'e [u8], value: &'e [u8]) -> Option<(IndexKeyForm<'e>, Cow<'e, [u8]>)> {
        let behind = key.get(INDEX_PREFIX_BYTES..)?;
        let start = &behind[..behind.len().min(INDEX_KEY_BYTES_MAX)];
        let mut rest = start;
        // Keys are told apart by their first bytes: what doesn't end there was cut.
        let (form, row_key) = if self.projection.index_values(&mut rest).is_ok() {
            let (key, row_key) = behind.split_at(start.len() - rest.len());
            (IndexKeyForm::Whole(key), row_key)
        } else {
            (
                IndexKeyForm::Cut(start),
                behind.get(INDEX_KEY_BYTES_MAX + HASH_BYTES..)?,
            )
        };
        let row_key = match self.definition.unique {
            true => Cow::Borrowed(value),
            false => self.behind(row_key),
        };
        Some((form, row_key))
    }

    /// Returns a row key as it stands behind an index key, or one that stands there as it is: it goes the way of the last
    /// field, so that rows with equal values come as an order asks for them that ends in that field.
    #[must_use]
    pub fn behind<'k>(&self, row_key: &'k [u8]) -> Cow<'k, [u8]> {
        match self.projection.way_behind() {
            OrderWay::Ascending => Cow::Borrowed(row_key),
            way => Cow::Owned(turned(row_key, way)),
        }
    }

    /// Finds the row key that an entry leads to; none if the entry is damaged.
    #[must_use]
    pub fn row_key<'e>(&self, key: &'e [u8], value: &'e [u8]) -> Option<Cow<'e, [u8]>> {
        self.parts(key, value).map(|(_, row_key)| row_key)
    }

    /// Lists the index keys of a row, whole, that are stored in a form that begins with these bytes.
    ///
    /// # Errors
    ///
    /// If the body is no row of the schema.
    pub fn whole_keys(&self, start: &[u8], body: &[u8]) -> std::result::Result<Vec<Vec<u8>>, DecodeError> {
        let keys = self.projection.index_keys(body)?.into_iter().map(|key| key.bytes);
        Ok(keys
            .filter(|key| key.len() > INDEX_KEY_BYTES_MAX && key.starts_with(start))
            .collect())
    }

    /// Returns what its keys are made of.
    #[must_use]
    pub fn projection(&self) -> &Projection {
        &self.projection
    }

    /// Tells whether every row has an entry that has values in so many of the first fields: a field with several values
    /// may have none, and a unique index leaves out rows in which one field has no value.
    #[must_use]
    pub fn has_every_row_with(&self, fields: usize) -> bool {
        let mut behind = self.projection.forms().skip(fields);
        behind.all(|(is_tagged, is_many)| !(is_many || self.definition.unique && is_tagged))
    }

    /// Tells whether a row may have several entries.
    #[must_use]
    pub fn is_many(&self) -> bool {
        self.projection.forms().any(|(_, is_many)| is_many)
    }

    /// Returns what index keys begin with whose first fields have these values, in key form.
    #[must_use]
    pub fn bound(&self, values: &[&[u8]]) -> Vec<u8> {
        self.projection.index_bound(values)
    }

    /// Shows the values that an entry is for.
    #[must_use]
    pub fn show_values(&self, key: &[u8]) -> String {
        let mut rest = key.get(INDEX_PREFIX_BYTES..).unwrap_or_default();
        let Ok(values) = self.projection.index_values(&mut rest) else {
            return "a long value".to_owned();
        };
        let shown = values.iter().zip(self.projection.leaves()).map(|(value, leaf)| {
            let Some(value) = value else {
                return "none".to_owned();
            };
            let value = decode_value(self.projection.shape(), leaf, &mut Decoder::new(value));
            value.map_or_else(|_| "a value".to_owned(), |value| show_value(&value))
        });
        shown.collect::<Vec<_>>().join(", ")
    }
}

/// Returns the form in which an index key is stored: one that is too long ends in the hash of all of it. As no key is the
/// start of another one, the first bytes tell which of both forms it is.
fn stored_key(key: &[u8]) -> Vec<u8> {
    match key.get(..INDEX_KEY_BYTES_MAX) {
        Some(start) if key.len() > INDEX_KEY_BYTES_MAX => [start, blake3::hash(key).as_bytes()].concat(),
        _ => key.to_vec(),
    }
}

#[cfg(test)]
mod tests;
