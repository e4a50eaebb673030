//! Rows without a Rust type: values by the stored schema.

use std::sync::Arc;

use quanta_storage::Direction;

use crate::catalog::keys;
use crate::codec::Decoder;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{NodeId, Schema};
use crate::txn::{Core, Table, Transaction, read_latest, row_place};
use crate::value::{Value, decode_value, encoded_key_value, encoded_row_value, filled_row};

use super::handle::TransactionHandle;
use super::rows::{Decode, RowSource, Rows};
use super::typed::count;

/// The rows of a table as [`Value`]s, by the schema that the store has: for tools, and for tables that the program has
/// no entity for. Each write is a transaction of its own.
///
/// A key is the value of the key field, or a [`Value::Tuple`] of several in key order.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, Value};
/// # #[derive(QuantaEntity)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let engine = Engine::memory();
/// # Options::new().engine(engine.clone()).entities::<(City,)>().open("cities")?;
/// let db = Options::new().engine(engine).entities::<()>().open("cities")?;
/// let cities = db.table("city")?;
/// let oslo = cities.from_json(&serde_json::json!({ "name": "Oslo", "people": 717_710 }))?;
/// cities.insert(&oslo)?;
/// let found = cities.get(&Value::from("Oslo"))?.unwrap();
/// assert_eq!(found.get("people").and_then(Value::as_u128), Some(717_710));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DynamicCollection {
    core: Arc<Core>,
    table: Arc<Table>,
}

impl DynamicCollection {
    pub(crate) fn new(core: Arc<Core>, name: &str) -> Result<Self> {
        let table = core.table(name, None)?;
        Ok(Self { core, table })
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Returns the same rows within a transaction.
    pub(super) fn within<'h, 't>(
        &self,
        handle: &'h TransactionHandle<'t>,
    ) -> DynamicTransactionCollection<'h, 't> {
        DynamicTransactionCollection {
            handle,
            table: Arc::clone(&self.table),
        }
    }

    /// Returns the schema that rows have now.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.table.schema
    }

    /// Reads a row by its key.
    ///
    /// # Errors
    ///
    /// If the key is of another type, the row is damaged, or the engine fails.
    pub fn get(&self, key: &Value) -> Result<Option<Value>> {
        let key = encoded_key(&self.table, key)?;
        read_latest(&self.core, &self.table, &key, |body| {
            decoded_value(&self.table, &key, body)
        })
    }

    /// Adds a row. What it leaves out is filled in: the field's explicit default, or none for an option.
    ///
    /// # Errors
    ///
    /// If the row is of another type, there is one with its key, or the engine fails.
    pub fn insert(&self, row: &Value) -> Result<()> {
        let (key, body) = encoded(&self.table, row)?;
        self.write(|transaction| transaction.insert(&self.table, &key, &body))
    }

    /// Writes a row, whether there is one with its key or not; filled in as by [`DynamicCollection::insert`].
    ///
    /// # Errors
    ///
    /// If the row is of another type, or the engine fails.
    pub fn put(&self, row: &Value) -> Result<()> {
        let (key, body) = encoded(&self.table, row)?;
        self.write(|transaction| transaction.put(&self.table, &key, &body))
    }

    /// Removes a row. False if there was none.
    ///
    /// # Errors
    ///
    /// If the key is of another type, or the engine fails.
    pub fn delete(&self, key: &Value) -> Result<bool> {
        let key = encoded_key(&self.table, key)?;
        self.write(|transaction| transaction.delete(&self.table, &key))
    }

    /// Counts the rows. Looks at every key: the cost grows with the table.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn len(&self) -> Result<u64> {
        count(self.core.snapshot()?.as_ref(), &self.table)
    }

    /// Tells whether there is no row.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn is_empty(&self) -> Result<bool> {
        let mut cursor = self
            .core
            .snapshot()?
            .scan(&keys::rows(self.table.space), Direction::Forward)?;
        Ok(cursor.next()?.is_none())
    }

    /// Iterates over all rows in key order, from both ends, as they are now.
    pub fn iter(&self) -> Rows<'static, Value> {
        self.scan(decoded_value)
    }

    /// Iterates over the row keys and bodies of all rows in key order, as the current version encodes them.
    pub(crate) fn bodies(&self) -> Rows<'static, (Vec<u8>, Vec<u8>)> {
        self.scan(|_, key, body| Ok((key.to_vec(), body.to_vec())))
    }

    fn scan<T>(&self, decode: Decode<T>) -> Rows<'static, T> {
        match self.core.snapshot() {
            Ok(snapshot) => {
                let range = keys::rows(self.table.space);
                Rows::new(
                    RowSource::Snapshot(snapshot),
                    Arc::clone(&self.table),
                    range,
                    decode,
                )
            }
            Err(error) => Rows::failed(error),
        }
    }

    /// Reads a row from JSON, as history documents write values.
    ///
    /// # Errors
    ///
    /// If it is of another type: the text names the field.
    pub fn from_json(&self, json: &serde_json::Value) -> Result<Value> {
        crate::value::from_json(&self.table.schema.shape, NodeId::ROOT, json)
            .map_err(|problem| misfit(&self.table, &problem))
    }

    /// Writes a row as JSON.
    #[must_use]
    pub fn to_json(&self, row: &Value) -> serde_json::Value {
        crate::value::to_json(&self.table.schema.shape, NodeId::ROOT, row)
    }

    fn write<R>(&self, body: impl FnOnce(&Transaction<'_>) -> Result<R>) -> Result<R> {
        let transaction = Transaction::begin(&self.core)?;
        let result = body(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

/// The rows of a table as [`Value`]s, within a transaction.
#[derive(Debug)]
pub struct DynamicTransactionCollection<'h, 't> {
    handle: &'h TransactionHandle<'t>,
    table: Arc<Table>,
}

impl<'h, 't> DynamicTransactionCollection<'h, 't> {
    pub(super) fn new(handle: &'h TransactionHandle<'t>, name: &str) -> Result<Self> {
        let table = handle.inner().core().table(name, None)?;
        Ok(Self { handle, table })
    }

    /// Returns the transaction and the table.
    pub(crate) fn parts(&self) -> (&'h Transaction<'h>, &Arc<Table>) {
        (self.handle.inner(), &self.table)
    }

    /// Reads a row by its key.
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::get`].
    pub fn get(&self, key: &Value) -> Result<Option<Value>> {
        let key = encoded_key(&self.table, key)?;
        self.handle
            .inner()
            .get(&self.table, &key, |body| decoded_value(&self.table, &key, body))
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::insert`].
    pub fn insert(&self, row: &Value) -> Result<()> {
        let (key, body) = encoded(&self.table, row)?;
        self.handle.inner().insert(&self.table, &key, &body)
    }

    /// Writes a row, whether there is one with its key or not.
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::put`].
    pub fn put(&self, row: &Value) -> Result<()> {
        let (key, body) = encoded(&self.table, row)?;
        self.handle.inner().put(&self.table, &key, &body)
    }

    /// Removes a row. False if there was none.
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::delete`].
    pub fn delete(&self, key: &Value) -> Result<bool> {
        let key = encoded_key(&self.table, key)?;
        self.handle.inner().delete(&self.table, &key)
    }

    /// Iterates over all rows in key order, as the transaction sees them now.
    pub fn iter(&self) -> Rows<'h, Value> {
        let range = keys::rows(self.table.space);
        Rows::new(
            RowSource::Transaction(self.handle.inner()),
            Arc::clone(&self.table),
            range,
            decoded_value,
        )
    }
}

fn misfit(table: &Table, problem: &str) -> Error {
    Error::new(
        ErrorKind::Value,
        format!("a value for table {}: {problem}", table.name),
    )
}

pub(crate) fn decoded_value(table: &Table, row_key: &[u8], body: &[u8]) -> Result<Value> {
    let mut input = Decoder::new(body);
    let value = decode_value(&table.schema.shape, NodeId::ROOT, &mut input);
    let value = value.and_then(|value| input.finish().map(|()| value));
    value.map_err(|error| Error::corrupt(row_place(table, row_key), error))
}

pub(crate) fn encoded_key(table: &Table, key: &Value) -> Result<Vec<u8>> {
    encoded_key_value(&table.schema, key).map_err(|problem| misfit(table, &problem))
}

fn encoded(table: &Table, row: &Value) -> Result<(Vec<u8>, Vec<u8>)> {
    let row = filled_row(&table.schema, &table.write_defaults, row)?;
    encoded_row_value(&table.schema, &row).map_err(|problem| misfit(table, &problem))
}
