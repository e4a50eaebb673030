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
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// let fields: Vec<&str> = cities.schema().shape.fields().iter().map(|field| field.name.as_str()).collect();
    /// assert_eq!(fields, ["name", "people"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.table.schema
    }

    /// Reads a row by its key.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let oslo = cities.get(&"Oslo".into())?.expect("it was inserted");
    /// assert_eq!(oslo.get("people"), Some(&Value::UInt(717_710)));
    /// assert_eq!(cities.get(&7_u8.into()).unwrap_err().kind(), ErrorKind::Value);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the key is of another type, the row is damaged, or the engine fails.
    pub fn get(&self, key: &Value) -> Result<Option<Value>> {
        let key = encoded_key(&self.table, key)?;
        let record_key = keys::row(self.table.space, &key);
        read_latest(&self.core, &self.table, &record_key, |body| {
            decoded_value(&self.table, &key, body)
        })
    }

    /// Adds a row. What it leaves out is filled in: the field's explicit default, or none for an option.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// #[derive(QuantaEntity)]
    /// # #[quanta(table = "users", register = false)]
    /// struct User { #[quanta(id)] id: u64, name: Option<String>, #[quanta(default = 18)] age: u8 }
    ///
    /// # let db = Options::new().engine(Engine::memory()).entities::<(User,)>().open("users")?;
    /// let users = db.table("users")?;
    /// users.insert(&Value::from([("id", 7_u64.into())]))?;
    /// let user = users.get(&7_u64.into())?.expect("it was inserted");
    /// assert!(user.get("name").is_some_and(Value::is_none));
    /// assert_eq!(user.get("age").and_then(Value::as_u128), Some(18));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// for people in [0_u64, 717_710] {
    ///     cities.put(&Value::from([("name", "Oslo".into()), ("people", people.into())]))?;
    /// }
    /// let oslo = cities.get(&"Oslo".into())?.expect("it was put");
    /// assert_eq!(oslo.get("people"), Some(&717_710_u64.into()));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// assert!(cities.delete(&"Oslo".into())?);
    /// assert!(!cities.delete(&"Oslo".into())?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// cities.insert(&Value::from([("name", "Oslo".into()), ("people", 717_710_u64.into())]))?;
    /// assert_eq!(cities.len()?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn len(&self) -> Result<u64> {
        count(self.core.snapshot()?.as_ref(), &self.table)
    }

    /// Tells whether there is no row.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// assert!(cities.is_empty()?);
    /// cities.insert(&Value::from([("name", "Oslo".into()), ("people", 717_710_u64.into())]))?;
    /// assert!(!cities.is_empty()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let last = cities.iter().next_back().transpose()?.expect("there are three");
    /// assert_eq!(last.to_string(), "{name: \"Turku\", people: 206073}");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// let oslo = cities.from_json(&serde_json::json!({ "name": "Oslo", "people": 717_710 }))?;
    /// assert_eq!(oslo.get("people"), Some(&Value::UInt(717_710)));
    /// let error = cities.from_json(&serde_json::json!({ "name": "Oslo", "people": "many" })).unwrap_err();
    /// assert!(error.to_string().contains("people"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is of another type: the text names the field.
    pub fn from_json(&self, json: &serde_json::Value) -> Result<Value> {
        crate::value::from_json(&self.table.schema.shape, NodeId::ROOT, json)
            .map_err(|problem| misfit(&self.table, &problem))
    }

    /// Writes a row as JSON.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let oslo = cities.get(&"Oslo".into())?.expect("it was inserted");
    /// assert_eq!(cities.to_json(&oslo), serde_json::json!({ "name": "Oslo", "people": 717_710 }));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, Value};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
/// # }
/// # let cities = db.table("city")?;
/// db.write(|tx| {
///     let cities = tx.table("city")?;
///     cities.delete(&"Oslo".into())?;
///     cities.insert(&Value::from([("name", "Kristiania".into()), ("people", 230_000_u64.into())]))
/// })?;
/// assert_eq!(db.collection::<City>().len()?, 3);
/// # Ok::<(), quantadb::Error>(())
/// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let people = db.write(|tx| {
    ///     let oslo = tx.table("city")?.get(&"Oslo".into())?;
    ///     Ok(oslo.and_then(|oslo| oslo.get("people")?.as_u128()))
    /// })?;
    /// assert_eq!(people, Some(717_710));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let oslo = Value::from([("name", "Oslo".into()), ("people", 0_u64.into())]);
    /// let error = db.write(|tx| tx.table("city")?.insert(&oslo)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::KeyExists);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let oslo = Value::from([("name", "Oslo".into()), ("people", 0_u64.into())]);
    /// db.write(|tx| tx.table("city")?.put(&oslo))?;
    /// assert_eq!(db.table("city")?.get(&"Oslo".into())?, Some(oslo));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// assert!(db.write(|tx| tx.table("city")?.delete(&"Oslo".into()))?);
    /// assert_eq!(cities.len()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::delete`].
    pub fn delete(&self, key: &Value) -> Result<bool> {
        let key = encoded_key(&self.table, key)?;
        self.handle.inner().delete(&self.table, &key)
    }

    /// Iterates over all rows in key order, as the transaction sees them now.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let names = db.write(|tx| {
    ///     let cities = tx.table("city")?;
    ///     cities.delete(&"Oslo".into())?;
    ///     cities.iter().map(|city| Ok(city?.get("name").map(Value::to_string))).collect::<quantadb::Result<Vec<_>>>()
    /// })?;
    /// assert_eq!(names.into_iter().flatten().collect::<Vec<_>>(), ["Bergen", "Turku"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
