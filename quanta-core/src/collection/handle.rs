//! Transactions as programs use them.

use std::cell::OnceCell;
use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::sync::Arc;

use crate::error::Result;
use crate::model::{AsKey, AutoEntity, QuantaEntity};
use crate::txn::{Table, Transaction};

use super::access::{decoded_row, key_range, look_up_key, table_of};
use super::auto::{add_in, begin_counter};
use super::dynamic::DynamicTransactionCollection;
use super::rows::{RowSource, Rows};
use super::typed::{insert_in, put_in, update_in};

/// A transaction within [`Database::write`](crate::Database::write): reads see its own writes, nobody else does until
/// it is committed.
///
/// ```
/// # use quantadb::{Engine, Error, ErrorKind, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let moved = db.write(|tx| {
///     let cities = tx.collection::<City>();
///     cities.insert(&City { name: "Oslo".into(), people: 1 })?;
///     assert!(cities.contains("Oslo")?);
///     Err::<(), _>(Error::new(ErrorKind::Value, "not like this"))
/// });
/// assert!(moved.is_err());
/// assert!(!cities.contains("Oslo")?);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct TransactionHandle<'t> {
    transaction: &'t Transaction<'t>,
}

impl<'t> TransactionHandle<'t> {
    pub(crate) fn new(transaction: &'t Transaction<'t>) -> Self {
        Self { transaction }
    }

    pub(crate) fn inner(&self) -> &'t Transaction<'t> {
        self.transaction
    }

    /// Returns the rows of a table as values, within the transaction.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let oslo = Value::from([("name", "Oslo".into()), ("people", 717_710_u64.into())]);
    /// db.write(|tx| tx.table("city")?.insert(&oslo))?;
    /// assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().people, 717_710);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such table, or it is damaged.
    pub fn table(&self, name: &str) -> Result<DynamicTransactionCollection<'_, 't>> {
        DynamicTransactionCollection::new(self, name)
    }

    /// Returns the rows of an entity, within the transaction.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// db.write(|tx| {
    ///     let cities = tx.collection::<City>();
    ///     cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    ///     cities.insert(&City { name: "Bergen".into(), people: 291_940 })
    /// })?;
    /// assert_eq!(db.collection::<City>().len()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn collection<E: QuantaEntity>(&self) -> TransactionCollection<'_, 't, E> {
        TransactionCollection {
            handle: self,
            table: OnceCell::new(),
            entity: PhantomData,
        }
    }
}

impl std::fmt::Debug for TransactionHandle<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TransactionHandle")
    }
}

/// The rows of an entity, within a transaction.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
/// # }
/// // One citizen moves from Oslo to Bergen, or none does.
/// db.write(|tx| {
///     let cities = tx.collection::<City>();
///     cities.update("Oslo", |oslo| oslo.people -= 1)?;
///     cities.update("Bergen", |bergen| bergen.people += 1)
/// })?;
/// assert_eq!(cities.get("Bergen")?.unwrap().people, 291_941);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug)]
pub struct TransactionCollection<'h, 't, E> {
    handle: &'h TransactionHandle<'t>,
    table: OnceCell<Arc<Table>>,
    entity: PhantomData<fn() -> E>,
}

impl<'h, E: QuantaEntity> TransactionCollection<'h, '_, E> {
    fn table(&self) -> Result<&Arc<Table>> {
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let table = table_of::<E>(self.handle.inner().core())?;
        Ok(self.table.get_or_init(|| table))
    }

    /// Adds a row, as [`Collection::insert`](crate::Collection::insert).
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// db.write(|tx| {
    ///     let cities = tx.collection::<City>();
    ///     cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    ///     let again = cities.insert(&City { name: "Oslo".into(), people: 0 }).unwrap_err();
    ///     assert_eq!(again.kind(), ErrorKind::KeyExists);
    ///     Ok(())
    /// })?;
    /// assert_eq!(cities.get("Oslo")?.unwrap().people, 717_710);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there.
    pub fn insert(&self, row: &E) -> Result<()> {
        insert_in(self.handle.inner(), self.table()?, row)
    }

    /// Adds a row under a key that the store gives out, as [`Collection::add`](crate::Collection::add).
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// #[derive(QuantaEntity, Default)]
    /// # #[quanta(register = false)]
    /// struct Note { #[quanta(id, auto)] id: u64, text: String, answers: Option<u64> }
    ///
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Note,)>().open("notes")?;
    /// let answer = db.write(|tx| {
    ///     let notes = tx.collection::<Note>();
    ///     let question = notes.add(Note { text: "tea?".into(), ..Note::default() })?;
    ///     notes.add(Note { text: "yes".into(), answers: Some(question.id), ..Note::default() })
    /// })?;
    /// assert_eq!((answer.id, answer.answers), (2, Some(1)));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there.
    pub fn add(&self, row: E) -> Result<E>
    where
        E: AutoEntity,
    {
        let table = self.table()?;
        add_in(self.handle.inner(), table, row)
    }

    /// Writes a row, as [`Collection::put`](crate::Collection::put).
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// db.write(|tx| {
    ///     tx.collection::<City>().put(&City { name: "Oslo".into(), people: 0 })?;
    ///     tx.collection::<City>().put(&City { name: "Oslo".into(), people: 717_710 })
    /// })?;
    /// assert_eq!(cities.get("Oslo")?.unwrap().people, 717_710);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there.
    pub fn put(&self, row: &E) -> Result<()> {
        put_in(self.handle.inner(), self.table()?, row)
    }

    /// Reads a row by its key.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// db.write(|tx| {
    ///     tx.collection().insert(&City { name: "Oslo".into(), people: 717_710 })?;
    ///     assert!(tx.collection::<City>().get("Oslo")?.is_some()); // The transaction sees what it wrote,
    ///     assert!(cities.get("Oslo")?.is_none()); // and nobody else does yet.
    ///     Ok(())
    /// })?;
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::get`](crate::Collection::get).
    pub fn get<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<Option<E>> {
        let table = self.table()?;
        let key = look_up_key::<E::Key, Q, By>(table, key)?;
        self.handle
            .inner()
            .get(table, &key, |body| decoded_row(table, &key, body))
    }

    /// Changes a row in place, as [`Collection::update`](crate::Collection::update).
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let people = db.write(|tx| {
    ///     let oslo = tx.collection::<City>().update("Oslo", |oslo| oslo.people += 1)?;
    ///     Ok(oslo.map(|oslo| oslo.people))
    /// })?;
    /// assert_eq!(people, Some(717_711));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there.
    pub fn update<Q: AsKey<E::Key, By> + ?Sized, By>(
        &self,
        key: &Q,
        change: impl FnOnce(&mut E),
    ) -> Result<Option<E>> {
        let table = self.table()?;
        let key = look_up_key::<E::Key, Q, By>(table, key)?;
        update_in(self.handle.inner(), table, &key, change)
    }

    /// Removes a row. False if there was none.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let gone = db.write(|tx| {
    ///     let cities = tx.collection::<City>();
    ///     Ok((cities.delete("Oslo")?, cities.delete("Oslo")?))
    /// })?;
    /// assert_eq!(gone, (true, false));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn delete<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<bool> {
        let table = self.table()?;
        let key = look_up_key::<E::Key, Q, By>(table, key)?;
        begin_counter::<E>(self.handle.inner(), table)?;
        self.handle.inner().delete(table, &key)
    }

    /// Tells whether there is a row with a key.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// db.write(|tx| {
    ///     tx.collection::<City>().delete("Oslo")?;
    ///     assert!(!tx.collection::<City>().contains("Oslo")?);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn contains<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<bool> {
        let table = self.table()?;
        let key = look_up_key::<E::Key, Q, By>(table, key)?;
        self.handle.inner().contains(table, &key)
    }

    /// Iterates over all rows in key order, from both ends, as the transaction sees them now.
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
    /// let people = db.write(|tx| {
    ///     let cities = tx.collection::<City>();
    ///     cities.delete("Bergen")?;
    ///     cities.iter().map(|city| Ok(city?.people)).sum::<quantadb::Result<u64>>()
    /// })?;
    /// assert_eq!(people, 717_710 + 206_073);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn iter(&self) -> Rows<'h, E> {
        self.range(..)
    }

    /// Iterates over the rows whose keys lie in a range, as the transaction sees them now.
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
    /// let behind_oslo = db.write(|tx| {
    ///     let cities = tx.collection::<City>();
    ///     cities.insert(&City { name: "Porto".into(), people: 231_800 })?;
    ///     Ok(cities.range("Oslo".to_owned()..).count())
    /// })?;
    /// assert_eq!(behind_oslo, 3); // Oslo, Porto, Turku
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn range(&self, range: impl RangeBounds<E::Key>) -> Rows<'h, E> {
        let transaction = self.handle.inner();
        let opened = table_of::<E>(transaction.core())
            .and_then(|table| key_range::<E::Key>(&table, &range).map(|range| (table, range)));
        match opened {
            Ok((table, range)) => Rows::new(
                RowSource::Transaction(transaction),
                table,
                range,
                decoded_row::<E>,
            ),
            Err(error) => Rows::failed(error),
        }
    }
}
