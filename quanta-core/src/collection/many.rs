//! Many rows in one transaction.

use std::borrow::Borrow;
use std::sync::Arc;

use crate::error::Result;
use crate::model::{AsKey, QuantaEntity};
use crate::txn::{Core, Transaction};
use crate::value::Value;

use super::dynamic::{DynamicCollection, DynamicTransactionCollection};
use super::handle::{TransactionCollection, TransactionHandle};
use super::typed::Collection;

/// Runs a transaction of its own.
fn in_one<R>(core: &Arc<Core>, body: impl FnOnce(&TransactionHandle<'_>) -> Result<R>) -> Result<R> {
    let transaction = Transaction::begin(core)?;
    let result = body(&TransactionHandle::new(&transaction))?;
    transaction.commit()?;
    Ok(result)
}

/// Does something with each item, and counts them.
fn each<T>(items: impl IntoIterator<Item = T>, mut write: impl FnMut(T) -> Result<()>) -> Result<u64> {
    let mut count = 0;
    for item in items {
        write(item)?;
        count += 1;
    }
    Ok(count)
}

/// Deletes by each key, and counts the rows that were there.
fn deleted<K>(keys: impl IntoIterator<Item = K>, mut delete: impl FnMut(K) -> Result<bool>) -> Result<u64> {
    let mut count = 0;
    for key in keys {
        count += u64::from(delete(key)?);
    }
    Ok(count)
}

impl<E: QuantaEntity> Collection<E> {
    /// Adds rows in one transaction: all of them, or none. Returns how many.
    ///
    /// The rows may be owned or borrowed. They are taken while the transaction has the right to write, so the iterator
    /// must not write to the store itself. For more rows than a transaction may hold, see [`Collection::load`].
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let cities = db.collection::<City>();
    /// let names = ["Oslo", "Rome", "Oslo"].map(str::to_owned);
    /// assert!(cities.insert_many(names.map(|name| City { name, people: 0 })).is_err());
    /// assert!(cities.is_empty()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::insert`] for the first row that can't be added, and
    /// [`TransactionTooLarge`](crate::ErrorKind::TransactionTooLarge). Nothing is written then.
    pub fn insert_many(&self, rows: impl IntoIterator<Item = impl Borrow<E>>) -> Result<u64> {
        in_one(self.core(), |handle| handle.collection::<E>().insert_many(rows))
    }

    /// Writes rows in one transaction, whether there are ones with their keys or not: all of them, or none. Returns how
    /// many. Elsewhere this is called an upsert. Of two rows with one key, the later one stays.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let cities = db.collection::<City>();
    /// let rows = [City { name: "Oslo".into(), people: 1 }, City { name: "Rome".into(), people: 2 }];
    /// assert_eq!(cities.put_many(&rows)?, 2);
    /// assert_eq!(cities.put_many(&rows)?, 2);
    /// assert_eq!(cities.len()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::insert_many`], but for `KeyExists`.
    pub fn put_many(&self, rows: impl IntoIterator<Item = impl Borrow<E>>) -> Result<u64> {
        in_one(self.core(), |handle| handle.collection::<E>().put_many(rows))
    }

    /// Removes the rows with these keys in one transaction. Returns how many there were.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let cities = db.collection::<City>();
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert_eq!(cities.delete_many(["Oslo", "Atlantis"])?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::delete`], and [`TransactionTooLarge`](crate::ErrorKind::TransactionTooLarge). Nothing is removed
    /// then.
    pub fn delete_many<'k, Q: AsKey<E::Key> + ?Sized + 'k>(
        &self,
        keys: impl IntoIterator<Item = &'k Q>,
    ) -> Result<u64> {
        in_one(self.core(), |handle| handle.collection::<E>().delete_many(keys))
    }
}

impl<E: QuantaEntity> TransactionCollection<'_, '_, E> {
    /// Adds rows, as [`Collection::insert_many`](crate::Collection::insert_many). Returns how many.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let count = db.write(|tx| {
    ///     let names = ["Oslo", "Bergen"].map(str::to_owned);
    ///     tx.collection::<City>().insert_many(names.map(|name| City { name, people: 0 }))
    /// })?;
    /// assert_eq!((count, cities.len()?), (2, 2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there. The rows before the one that failed are part of the transaction: hand the error on, so that it ends.
    pub fn insert_many(&self, rows: impl IntoIterator<Item = impl Borrow<E>>) -> Result<u64> {
        each(rows, |row| self.insert(row.borrow()))
    }

    /// Writes rows, as [`Collection::put_many`](crate::Collection::put_many). Returns how many.
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
    ///     let names = ["Oslo", "Porto"].map(str::to_owned);
    ///     tx.collection::<City>().put_many(names.map(|name| City { name, people: 0 }))
    /// })?;
    /// assert_eq!(cities.len()?, 4); // Besides Porto, three were there.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there. The rows before the one that failed are part of the transaction: hand the error on, so that it ends.
    pub fn put_many(&self, rows: impl IntoIterator<Item = impl Borrow<E>>) -> Result<u64> {
        each(rows, |row| self.put(row.borrow()))
    }

    /// Removes the rows with these keys. Returns how many there were.
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
    /// let gone = db.write(|tx| tx.collection::<City>().delete_many(["Oslo", "Atlantis"]))?;
    /// assert_eq!(gone, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::delete_many`](crate::Collection::delete_many). The deletions before the one that failed are part of the
    /// transaction: hand the error on, so that it ends.
    pub fn delete_many<'k, Q: AsKey<E::Key> + ?Sized + 'k>(
        &self,
        keys: impl IntoIterator<Item = &'k Q>,
    ) -> Result<u64> {
        deleted(keys, |key| self.delete(key))
    }
}

impl DynamicCollection {
    /// Adds rows in one transaction: all of them, or none. Returns how many. Each is filled in as by
    /// [`DynamicCollection::insert`].
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// let rows = ["Oslo", "Rome", "Oslo"].map(|name| Value::from([("name", name.into()), ("people", 0_u64.into())]));
    /// assert!(cities.insert_many(&rows).is_err());
    /// assert!(cities.is_empty()?);
    /// assert_eq!(cities.insert_many(&rows[..2])?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::insert`] for the first row that can't be added, and
    /// [`TransactionTooLarge`](crate::ErrorKind::TransactionTooLarge). Nothing is written then.
    pub fn insert_many(&self, rows: impl IntoIterator<Item = impl Borrow<Value>>) -> Result<u64> {
        in_one(self.core(), |handle| self.within(handle).insert_many(rows))
    }

    /// Writes rows in one transaction, whether there are ones with their keys or not: all of them, or none. Returns how
    /// many. Elsewhere this is called an upsert.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// let rows = ["Oslo", "Rome", "Oslo"].map(|name| Value::from([("name", name.into()), ("people", 0_u64.into())]));
    /// assert_eq!(cities.put_many(&rows)?, 3);
    /// assert_eq!(cities.len()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::insert_many`], but for `KeyExists`.
    pub fn put_many(&self, rows: impl IntoIterator<Item = impl Borrow<Value>>) -> Result<u64> {
        in_one(self.core(), |handle| self.within(handle).put_many(rows))
    }

    /// Removes the rows with these keys in one transaction. Returns how many there were.
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
    /// assert_eq!(cities.delete_many(["Oslo", "Atlantis"].map(Value::from))?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::delete`], and [`TransactionTooLarge`](crate::ErrorKind::TransactionTooLarge). Nothing is
    /// removed then.
    pub fn delete_many(&self, keys: impl IntoIterator<Item = impl Borrow<Value>>) -> Result<u64> {
        in_one(self.core(), |handle| self.within(handle).delete_many(keys))
    }
}

impl DynamicTransactionCollection<'_, '_> {
    /// Adds rows, as [`DynamicCollection::insert_many`]. Returns how many.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// let rows = ["Oslo", "Rome"].map(|name| Value::from([("name", name.into()), ("people", 0_u64.into())]));
    /// assert_eq!(db.write(|tx| tx.table("city")?.insert_many(&rows))?, 2);
    /// assert_eq!(cities.len()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there. The rows before the one that failed are part of the transaction: hand the error on, so that it ends.
    pub fn insert_many(&self, rows: impl IntoIterator<Item = impl Borrow<Value>>) -> Result<u64> {
        each(rows, |row| self.insert(row.borrow()))
    }

    /// Writes rows, as [`DynamicCollection::put_many`]. Returns how many.
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
    /// let rows = ["Oslo", "Rome"].map(|name| Value::from([("name", name.into()), ("people", 0_u64.into())]));
    /// db.write(|tx| tx.table("city")?.put_many(&rows))?;
    /// assert_eq!(cities.len()?, 4); // Besides Rome, three were there.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there. The rows before the one that failed are part of the transaction: hand the error on, so that it ends.
    pub fn put_many(&self, rows: impl IntoIterator<Item = impl Borrow<Value>>) -> Result<u64> {
        each(rows, |row| self.put(row.borrow()))
    }

    /// Removes the rows with these keys. Returns how many there were.
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
    /// let gone = db.write(|tx| tx.table("city")?.delete_many(["Oslo", "Atlantis"].map(Value::from)))?;
    /// assert_eq!(gone, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::delete_many`]. The deletions before the one that failed are part of the transaction: hand the
    /// error on, so that it ends.
    pub fn delete_many(&self, keys: impl IntoIterator<Item = impl Borrow<Value>>) -> Result<u64> {
        deleted(keys, |key| self.delete(key.borrow()))
    }
}
