//! The rows of an entity, with one transaction for each write.

use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::sync::{Arc, OnceLock};

use crate::catalog::keys;
use crate::error::Result;
use crate::model::{AsKey, AutoEntity, QuantaEntity};
use crate::txn::{Core, RowRecord, Table, Transaction, read_latest};

use super::access::{decoded_row, encoded_row, key_range, look_up_key, look_up_record, table_of};
use super::auto::{add_in, begin_counter, check_key};
use super::rows::{RowSource, Rows};

/// The rows of an entity. Each write is a transaction of its own; reads see the latest committed state.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// #[derive(QuantaEntity, Debug, PartialEq)]
/// struct City {
///     #[quanta(id)]
///     name: String,
///     people: u64,
/// }
///
/// let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// let cities = db.collection::<City>();
/// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
/// cities.update("Oslo", |oslo| oslo.people += 1)?;
/// assert_eq!(cities.get("Oslo")?.unwrap().people, 717_711);
/// assert!(cities.insert(&City { name: "Oslo".into(), people: 0 }).is_err());
/// assert_eq!(cities.range("N".to_owned()..).count(), 1);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug)]
pub struct Collection<E> {
    core: Arc<Core>,
    table: OnceLock<Arc<Table>>,
    entity: PhantomData<fn() -> E>,
}

impl<E> Clone for Collection<E> {
    fn clone(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
            table: self.table.clone(),
            entity: PhantomData,
        }
    }
}

impl<E: QuantaEntity> Collection<E> {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            table: OnceLock::new(),
            entity: PhantomData,
        }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn table(&self) -> Result<&Arc<Table>> {
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let table = table_of::<E>(&self.core)?;
        Ok(self.table.get_or_init(|| table))
    }

    /// Adds a row.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// cities.insert(&oslo)?;
    /// let error = cities.insert(&oslo).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::KeyExists);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`KeyExists`](crate::ErrorKind::KeyExists) if there is one with its key; [`TooLarge`](crate::ErrorKind::TooLarge)
    /// if key or row are over their limit; those of the engine.
    pub fn insert(&self, row: &E) -> Result<()> {
        let table = self.table()?;
        let encoded = encoded_row(table, row)?;
        let transaction = Transaction::begin(&self.core)?;
        insert_encoded(&transaction, table, row, &encoded)?;
        transaction.commit()
    }

    /// Adds a row under a key that the store gives out, and returns it with that key. The key of the row must not be set:
    /// 0, or the nil UUID.
    ///
    /// Numbers begin at 1, and each is one more than the highest one that was ever a key of the table, written or given
    /// out: none comes twice, even if its row was deleted, the store was opened again or rolled back. Transactions that are
    /// given up leave no trace, so that their numbers are given out again; keys that were written leave gaps. A UUID is of
    /// version 7 by the clock of [`Options::clock`](crate::Options::clock), and above all that this process made by it.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// #[derive(QuantaEntity, Default)]
    /// struct Note {
    ///     #[quanta(id, auto)]
    ///     id: u64,
    ///     text: String,
    /// }
    ///
    /// let db = Options::new().engine(Engine::memory()).entities::<(Note,)>().open("notes")?;
    /// let notes = db.collection::<Note>();
    /// let first = notes.add(Note { text: "tea".into(), ..Note::default() })?;
    /// notes.delete(&first.id)?;
    /// let second = notes.add(Note { text: "milk".into(), ..Note::default() })?;
    /// assert_eq!((first.id, second.id), (1, 2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TooLarge`](crate::ErrorKind::TooLarge) if the type of the key has no further number;
    /// [`Value`](crate::ErrorKind::Value) if the row has a key; those of [`Collection::insert`].
    pub fn add(&self, row: E) -> Result<E>
    where
        E: AutoEntity,
    {
        let table = self.table()?;
        let transaction = Transaction::begin(&self.core)?;
        let row = add_in(&transaction, table, row)?;
        transaction.commit()?;
        Ok(row)
    }

    /// Writes a row, whether there is one with its key or not.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// cities.put(&City { name: "Oslo".into(), people: 0 })?;
    /// cities.put(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert_eq!(cities.get("Oslo")?.map(|oslo| oslo.people), Some(717_710));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::insert`], but for `KeyExists`.
    pub fn put(&self, row: &E) -> Result<()> {
        let table = self.table()?;
        let encoded = encoded_row(table, row)?;
        let transaction = Transaction::begin(&self.core)?;
        check_key(&transaction, table, row)?;
        transaction.put_alone(table, encoded)
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
    /// let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// cities.insert(&oslo)?;
    /// assert_eq!(cities.get("Oslo")?, Some(oslo));
    /// assert_eq!(cities.get("Atlantis")?, None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the row is damaged, the schema has moved, or the engine fails.
    pub fn get<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<Option<E>> {
        let table = self.table()?;
        let key = look_up_record::<E::Key, Q, By>(table, key)?;
        read_latest(&self.core, table, &key, |body| {
            decoded_row(table, &key[keys::ROW_PREFIX_BYTES..], body)
        })
    }

    /// Changes a row in place. None if there is none; else the row as it is now.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// let oslo = cities.update("Oslo", |city| city.people += 1)?;
    /// assert_eq!(oslo.map(|city| city.people), Some(717_711));
    /// assert_eq!(cities.update("Atlantis", |city| city.people += 1)?, None);
    ///
    /// // The key may be changed too: the row moves.
    /// cities.update("Oslo", |city| city.name = "Kristiania".into())?;
    /// assert!(!cities.contains("Oslo")?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::get`] and [`Collection::put`], and `KeyExists` if the key was changed to that of another row.
    pub fn update<Q: AsKey<E::Key, By> + ?Sized, By>(
        &self,
        key: &Q,
        change: impl FnOnce(&mut E),
    ) -> Result<Option<E>> {
        let table = self.table()?;
        let key = look_up_key::<E::Key, Q, By>(table, key)?;
        let transaction = Transaction::begin(&self.core)?;
        let row = update_in(&transaction, table, &key, change)?;
        transaction.commit()?;
        Ok(row)
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
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert!(cities.delete("Oslo")?);
    /// assert!(!cities.delete("Oslo")?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn delete<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<bool> {
        let table = self.table()?;
        let key = look_up_key::<E::Key, Q, By>(table, key)?;
        let transaction = Transaction::begin(&self.core)?;
        begin_counter::<E>(&transaction, table)?;
        let was_there = transaction.delete(table, &key)?;
        transaction.commit()?;
        Ok(was_there)
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
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert!(cities.contains("Oslo")?);
    /// assert!(!cities.contains("Atlantis")?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn contains<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<bool> {
        let table = self.table()?;
        let key = look_up_key::<E::Key, Q, By>(table, key)?;
        self.core.check_epoch()?;
        Ok(self
            .core
            .engine()
            .get(&keys::row(table.space, &key), &mut |_| {})?)
    }

    /// Counts the rows. Looks at every key: the cost grows with the table.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// cities.insert(&City { name: "Bergen".into(), people: 291_940 })?;
    /// assert_eq!(cities.len()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn len(&self) -> Result<u64> {
        let table = self.table()?;
        count(self.core.snapshot()?.as_ref(), table)
    }

    /// Tells whether there is no row.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// assert!(cities.is_empty()?);
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert!(!cities.is_empty()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn is_empty(&self) -> Result<bool> {
        let table = self.table()?;
        let snapshot = self.core.snapshot()?;
        let mut cursor = snapshot.scan(&keys::rows(table.space), quanta_storage::Direction::Forward)?;
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
    /// # let cities = db.collection::<City>();
    /// for name in ["Turku", "Bergen", "Oslo"] {
    ///     cities.insert(&City { name: name.into(), people: 0 })?;
    /// }
    /// let names: Vec<String> = cities.iter().map(|city| Ok(city?.name)).collect::<quantadb::Result<_>>()?;
    /// assert_eq!(names, ["Bergen", "Oslo", "Turku"]);
    /// let last = cities.iter().next_back().transpose()?;
    /// assert_eq!(last.map(|city| city.name).as_deref(), Some("Turku"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn iter(&self) -> Rows<'static, E> {
        self.range(..)
    }

    /// Iterates over the rows whose keys lie in a range, in key order, from both ends, as they are now. What goes wrong
    /// is the iterator's only item.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// for name in ["Bergen", "Oslo", "Turku"] {
    ///     cities.insert(&City { name: name.into(), people: 0 })?;
    /// }
    /// let from_o = cities.range("O".to_owned()..).collect::<quantadb::Result<Vec<City>>>()?;
    /// assert_eq!(from_o[0].name, "Oslo");
    /// assert_eq!(cities.range("C".to_owned().."P".to_owned()).count(), 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn range(&self, range: impl RangeBounds<E::Key>) -> Rows<'static, E> {
        let opened = self.table().and_then(|table| {
            Ok((
                Arc::clone(table),
                key_range::<E::Key>(table, &range)?,
                self.core.snapshot()?,
            ))
        });
        match opened {
            Ok((table, range, snapshot)) => {
                Rows::new(RowSource::Snapshot(snapshot), table, range, decoded_row::<E>)
            }
            Err(error) => Rows::failed(error),
        }
    }
}

/// Counts the rows of a table.
pub(super) fn count(snapshot: &dyn quanta_storage::Snapshot, table: &Table) -> Result<u64> {
    let mut count = 0;
    crate::catalog::for_each(snapshot, &keys::rows(table.space), &mut |_, _| {
        count += 1;
        Ok(())
    })?;
    Ok(count)
}

/// Changes a row in place within a transaction.
pub(crate) fn update_in<E: QuantaEntity>(
    transaction: &Transaction<'_>,
    table: &Table,
    key: &[u8],
    change: impl FnOnce(&mut E),
) -> Result<Option<E>> {
    let Some(mut row) = transaction.get(table, key, |body| decoded_row::<E>(table, key, body))? else {
        return Ok(None);
    };
    change(&mut row);
    check_key(transaction, table, &row)?;
    let encoded = encoded_row(table, &row)?;
    let (new_key, body) = (encoded.row_key(), encoded.body());
    if new_key == key {
        transaction.put(table, key, body)?;
    } else {
        transaction.put_elsewhere(table, key, new_key, body)?;
    }
    Ok(Some(row))
}

/// Adds a row, within a transaction.
pub(super) fn insert_in<E: QuantaEntity>(
    transaction: &Transaction<'_>,
    table: &Table,
    row: &E,
) -> Result<()> {
    insert_encoded(transaction, table, row, &encoded_row(table, row)?)
}

/// Writes a row, within a transaction.
pub(super) fn put_in<E: QuantaEntity>(transaction: &Transaction<'_>, table: &Table, row: &E) -> Result<()> {
    put_encoded(transaction, table, row, &encoded_row(table, row)?)
}

fn insert_encoded<E: QuantaEntity>(
    transaction: &Transaction<'_>,
    table: &Table,
    row: &E,
    encoded: &RowRecord,
) -> Result<()> {
    check_key(transaction, table, row)?;
    transaction.insert(table, encoded.row_key(), encoded.body())
}

fn put_encoded<E: QuantaEntity>(
    transaction: &Transaction<'_>,
    table: &Table,
    row: &E,
    encoded: &RowRecord,
) -> Result<()> {
    check_key(transaction, table, row)?;
    transaction.put(table, encoded.row_key(), encoded.body())
}
