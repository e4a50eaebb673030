//! Keys that the store gives out: one counter for each table that has such keys.
//!
//! A counter holds the highest number that was ever a key of its table, given out or written. It lies under the id of the
//! table, not under its space, so that no migration, rollback or rename loses it, and it changes in the same batch as the
//! row. A transaction that is given up leaves it as it was.

use quanta_storage::{Cursor, Direction};

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::codec::{Decoder, Encoder, decode_key_part};
use crate::error::{Error, Result};
use crate::schema::{Node, NodeId, Scalar, Schema};
use crate::value::decode_value;

use super::changes::Changes;
use super::row::Source;
use super::table::Table;
use super::transaction::Transaction;

impl Transaction<'_> {
    /// Returns the number after the highest one that was ever a key of the table; none if there is none. The counter moves
    /// when a row with that key is written.
    ///
    /// # Errors
    ///
    /// If the counter or a key is damaged, and those of the engine.
    pub fn next_number(&self, table: &Table) -> Result<Option<u128>> {
        self.begin_counter(table)?;
        Ok(self.counted(table)?.checked_add(1))
    }

    /// Begins to count the keys of a table, if they are integers and are not counted yet.
    ///
    /// # Errors
    ///
    /// As [`Transaction::next_number`].
    pub fn begin_counter(&self, table: &Table) -> Result<()> {
        if table.number_key.is_none() || self.is_counted(table)? {
            return Ok(());
        }
        let highest = self.counted(table)?;
        // From now on every write looks for the counter; if this transaction is given up, the next one begins again.
        table.set_counted();
        let mut changes = Changes::default();
        changes.put(keys::counter(table.id), encoded_counter(highest));
        self.write(changes)
    }

    /// Tells whether a row that is written may move the counter of its table.
    pub(super) fn counts(&self, table: &Table) -> Result<bool> {
        Ok(table.number_key.is_some() && self.is_counted(table)?)
    }

    /// Tells whether the table has a counter.
    fn is_counted(&self, table: &Table) -> Result<bool> {
        table.is_counted(|| Source::get(self, &keys::counter(table.id), &mut |_| {}))
    }

    /// Returns what the counter says, or the highest key if there is no counter yet.
    fn counted(&self, table: &Table) -> Result<u128> {
        let mut record = None;
        Source::get(self, &keys::counter(table.id), &mut |bytes| {
            record = Some(decoded_counter(bytes));
        })?;
        match record {
            Some(Some(number)) => Ok(number),
            Some(None) => Err(Error::corrupt(
                format!("the counter of table {}", table.name),
                "it is no number",
            )),
            None => {
                let cursor = self.scan(&keys::rows(table.space), Direction::Backward)?;
                highest_number(&table.schema, cursor)
            }
        }
    }
}

/// Adds to the changes that the counter of a table has passed the key of a row that is written.
pub(super) fn count(
    transaction: &Transaction<'_>,
    table: &Table,
    row_key: &[u8],
    changes: &mut Changes,
) -> Result<()> {
    if !transaction.counts(table)? {
        return Ok(());
    }
    let Some(number) = number_of(&table.schema, row_key) else {
        return Ok(());
    };
    let counted = transaction.counted(table)?;
    let key = keys::counter(table.id);
    if number > counted || !Source::get(transaction, &key, &mut |_| {})? {
        changes.put(key, encoded_counter(number.max(counted)));
    }
    Ok(())
}

/// Encodes a counter.
#[must_use]
pub fn encoded_counter(number: u128) -> Vec<u8> {
    let mut out = Encoder::default();
    out.primitive(number);
    out.finish().expect("a number can always be written")
}

/// Decodes a counter; none if it is damaged.
#[must_use]
pub fn decoded_counter(bytes: &[u8]) -> Option<u128> {
    let mut input = Decoder::new(bytes);
    let number = input.primitive().ok()?;
    input.finish().ok().map(|()| number)
}

/// Returns the highest number that is a key among rows, through which a cursor goes from the end; 0 if there is none.
///
/// # Errors
///
/// Those of the engine.
pub fn highest_number(schema: &Schema, mut rows: Box<dyn Cursor>) -> Result<u128> {
    let last = rows.next()?;
    let number = last.and_then(|(key, _)| number_of(schema, key.get(ROW_PREFIX_BYTES..)?));
    Ok(number.unwrap_or(0))
}

/// Returns the type of the only key field, if it is an integer.
pub(super) fn number_field(schema: &Schema) -> Option<NodeId> {
    let [key] = schema.key.as_slice() else {
        return None;
    };
    let node = schema.field(key)?.node;
    let is_integer = match schema.shape.node(node) {
        Node::Scalar(scalar) => scalar.is_number() && !matches!(scalar, Scalar::F32 | Scalar::F64),
        _ => false,
    };
    is_integer.then_some(node)
}

/// Returns the key of a row as a number; none if it is none, or a negative one.
fn number_of(schema: &Schema, mut row_key: &[u8]) -> Option<u128> {
    let node = number_field(schema)?;
    let mut value = Encoder::default();
    decode_key_part(&schema.shape, node, &mut row_key, &mut value).ok()?;
    let value = value.finish().ok()?;
    decode_value(&schema.shape, node, &mut Decoder::new(&value))
        .ok()?
        .as_u128()
}
