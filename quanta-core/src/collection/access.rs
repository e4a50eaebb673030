//! What every kind of collection does with keys and rows: encoding at its edge, bytes within.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use quanta_storage::KeyRange;

use crate::catalog::keys;
use crate::codec::{Decoder, Encoder, append_key};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AsKey, ByValue, Declaration, QuantaEntity, QuantaType};
use crate::txn::{Core, RowRecord, Table, row_place};

/// Finds the table of an entity, and checks that it has the entity's shape.
pub(crate) fn table_of<E: QuantaEntity>(core: &Core) -> Result<Arc<Table>> {
    table_of_declaration(core, E::declaration())
}

/// Finds the table of an entity by what it declares.
pub(crate) fn table_of_declaration(core: &Core, declaration: &'static Declaration) -> Result<Arc<Table>> {
    let declared = declaration.declared.as_ref().map_err(|problem| {
        Error::new(
            ErrorKind::Declaration,
            format!("entity {}: {problem}", declaration.rust_name),
        )
    })?;
    let table = core.table(&declaration.table, Some((&declared.schema, declared.fingerprint)))?;
    if table.fingerprint != declared.fingerprint {
        let problem = format!(
            "{} is another shape than the one the table {} was opened with: open with Options::entities::<(..)>() \
             of the generation that is meant",
            declaration.rust_name, declaration.table
        );
        return Err(Error::new(ErrorKind::Declaration, problem));
    }
    table.validators.add(declaration);
    Ok(table)
}

/// Bytes that most keys take at most.
const KEY_BYTES: usize = 16;

fn encoder(bytes: usize) -> Encoder {
    Encoder::new(Vec::with_capacity(bytes))
}

/// Encodes a key for a look-up.
pub(crate) fn look_up_key<K, Q: AsKey<K, By> + ?Sized, By>(table: &Table, key: &Q) -> Result<Vec<u8>> {
    append_looked_up(table, key, Vec::with_capacity(KEY_BYTES))
}

/// Encodes a key for a look-up, as the key of the row's record.
pub(super) fn look_up_record<K, Q: AsKey<K, By> + ?Sized, By>(table: &Table, key: &Q) -> Result<Vec<u8>> {
    append_looked_up(table, key, keys::row_start(table.space, KEY_BYTES))
}

fn append_looked_up<K, Q: AsKey<K, By> + ?Sized, By>(
    table: &Table,
    key: &Q,
    start: Vec<u8>,
) -> Result<Vec<u8>> {
    let mut out = encoder(KEY_BYTES);
    key.encode_as_key(&mut out);
    finish_key(table, out, start)
}

fn finish_key(table: &Table, out: Encoder, mut key: Vec<u8>) -> Result<Vec<u8>> {
    let problem = |problem: String| {
        Error::new(
            ErrorKind::Value,
            format!("a key of table {} can't be stored: {problem}", table.name),
        )
    };
    let values = out.finish().map_err(problem)?;
    let appended = append_key(&table.schema.shape, &table.key_nodes, &values, &mut key);
    appended.map_err(|error| problem(error.to_string()))?;
    Ok(key)
}

/// Encodes a row as the engine keeps it.
pub(super) fn encoded_row<E: QuantaEntity>(table: &Table, row: &E) -> Result<RowRecord> {
    let mut key = encoder(KEY_BYTES);
    row.encode_key(&mut key);
    let key = finish_key(table, key, keys::row_start(table.space, KEY_BYTES))?;
    RowRecord::new(table, key, |body| row.encode(body))
}

/// Decodes a row body.
pub(crate) fn decoded_row<E: QuantaType>(table: &Table, row_key: &[u8], body: &[u8]) -> Result<E> {
    let mut input = Decoder::new(body);
    let row = E::decode(&mut input).and_then(|row| input.finish().map(|()| row));
    row.map_err(|error| Error::corrupt(row_place(table, row_key), error))
}

/// Encodes a range of keys.
pub(super) fn key_range<K: QuantaType>(table: &Table, range: &impl RangeBounds<K>) -> Result<KeyRange> {
    let all = keys::rows(table.space);
    let encoded = |key: &K| look_up_record::<K, K, ByValue>(table, key);
    let start = match range.start_bound() {
        Bound::Included(key) => Bound::Included(encoded(key)?),
        Bound::Excluded(key) => Bound::Excluded(encoded(key)?),
        Bound::Unbounded => all.start,
    };
    let end = match range.end_bound() {
        Bound::Included(key) => Bound::Included(encoded(key)?),
        Bound::Excluded(key) => Bound::Excluded(encoded(key)?),
        Bound::Unbounded => all.end,
    };
    Ok(KeyRange { start, end })
}
