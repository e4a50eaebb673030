//! Transactions and snapshots as programs use them.

use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::sync::Arc;

use quanta_storage::Snapshot as EngineSnapshot;

use crate::catalog::keys;
use crate::error::Result;
use crate::model::{AsKey, AutoEntity, QuantaEntity};
use crate::txn::{Core, Source, Transaction, read_row};

use super::access::{decoded_row, encoded_row, key_range, look_up_key, table_of};
use super::auto::{add_in, begin_counter, check_key};
use super::dynamic::DynamicTransactionCollection;
use super::rows::{RowSource, Rows};
use super::typed::{count, update_in};

/// A transaction within [`Database::write`](crate::Database::write): reads see its own writes, nobody else does until
/// it is committed.
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
    /// # Errors
    ///
    /// If there is no such table, or it is damaged.
    pub fn table(&self, name: &str) -> Result<DynamicTransactionCollection<'_, 't>> {
        DynamicTransactionCollection::new(self, name)
    }

    /// Returns the rows of an entity, within the transaction.
    #[must_use]
    pub fn collection<E: QuantaEntity>(&self) -> TransactionCollection<'_, 't, E> {
        TransactionCollection {
            handle: self,
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
#[derive(Debug)]
pub struct TransactionCollection<'h, 't, E> {
    handle: &'h TransactionHandle<'t>,
    entity: PhantomData<fn() -> E>,
}

impl<'h, E: QuantaEntity> TransactionCollection<'h, '_, E> {
    /// Adds a row, as [`Collection::insert`](crate::Collection::insert).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn insert(&self, row: &E) -> Result<()> {
        let table = table_of::<E>(self.handle.inner().core())?;
        check_key(self.handle.inner(), &table, row)?;
        let (key, body) = encoded_row(&table, row)?;
        self.handle.inner().insert(&table, &key, &body)
    }

    /// Adds a row under a key that the store gives out, as [`Collection::add`](crate::Collection::add).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn add(&self, row: E) -> Result<E>
    where
        E: AutoEntity,
    {
        let table = table_of::<E>(self.handle.inner().core())?;
        add_in(self.handle.inner(), &table, row)
    }

    /// Writes a row, as [`Collection::put`](crate::Collection::put).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn put(&self, row: &E) -> Result<()> {
        let table = table_of::<E>(self.handle.inner().core())?;
        check_key(self.handle.inner(), &table, row)?;
        let (key, body) = encoded_row(&table, row)?;
        self.handle.inner().put(&table, &key, &body)
    }

    /// Reads a row by its key.
    ///
    /// # Errors
    ///
    /// As [`Collection::get`](crate::Collection::get).
    pub fn get<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<Option<E>> {
        let table = table_of::<E>(self.handle.inner().core())?;
        let key = look_up_key::<E::Key, Q, By>(&table, key)?;
        self.handle
            .inner()
            .get(&table, &key, |body| decoded_row(&table, &key, body))
    }

    /// Changes a row in place, as [`Collection::update`](crate::Collection::update).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn update<Q: AsKey<E::Key, By> + ?Sized, By>(
        &self,
        key: &Q,
        change: impl FnOnce(&mut E),
    ) -> Result<Option<E>> {
        let table = table_of::<E>(self.handle.inner().core())?;
        let key = look_up_key::<E::Key, Q, By>(&table, key)?;
        update_in(self.handle.inner(), &table, &key, change)
    }

    /// Removes a row. False if there was none.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn delete<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<bool> {
        let table = table_of::<E>(self.handle.inner().core())?;
        let key = look_up_key::<E::Key, Q, By>(&table, key)?;
        begin_counter::<E>(self.handle.inner(), &table)?;
        self.handle.inner().delete(&table, &key)
    }

    /// Tells whether there is a row with a key.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn contains<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<bool> {
        let table = table_of::<E>(self.handle.inner().core())?;
        let key = look_up_key::<E::Key, Q, By>(&table, key)?;
        self.handle.inner().contains(&table, &key)
    }

    /// Iterates over all rows in key order, from both ends, as the transaction sees them now.
    pub fn iter(&self) -> Rows<'h, E> {
        self.range(..)
    }

    /// Iterates over the rows whose keys lie in a range, as the transaction sees them now.
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

/// The state of one instant, which no later write changes.
#[derive(Clone)]
pub struct Snapshot {
    core: Arc<Core>,
    snapshot: Arc<dyn EngineSnapshot>,
}

impl Snapshot {
    pub(crate) fn new(core: Arc<Core>) -> Result<Self> {
        let snapshot = core.snapshot()?;
        Ok(Self { core, snapshot })
    }

    /// Returns the store and what is read from.
    pub(crate) fn parts(&self) -> (&Arc<Core>, &Arc<dyn EngineSnapshot>) {
        (&self.core, &self.snapshot)
    }

    /// Returns the rows of an entity, as they were when the snapshot was opened.
    #[must_use]
    pub fn collection<E: QuantaEntity>(&self) -> SnapshotCollection<'_, E> {
        SnapshotCollection {
            snapshot: self,
            entity: PhantomData,
        }
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshot")
    }
}

/// The rows of an entity, as they were when the snapshot was opened.
#[derive(Debug)]
pub struct SnapshotCollection<'s, E> {
    snapshot: &'s Snapshot,
    entity: PhantomData<fn() -> E>,
}

impl<E: QuantaEntity> SnapshotCollection<'_, E> {
    /// Reads a row by its key.
    ///
    /// # Errors
    ///
    /// As [`Collection::get`](crate::Collection::get).
    pub fn get<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<Option<E>> {
        let table = table_of::<E>(&self.snapshot.core)?;
        let key = look_up_key::<E::Key, Q, By>(&table, key)?;
        read_row(self.snapshot.snapshot.as_ref(), &table, &key, |body| {
            decoded_row(&table, &key, body)
        })
    }

    /// Tells whether there was a row with a key.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn contains<Q: AsKey<E::Key, By> + ?Sized, By>(&self, key: &Q) -> Result<bool> {
        let table = table_of::<E>(&self.snapshot.core)?;
        let key = look_up_key::<E::Key, Q, By>(&table, key)?;
        Source::get(
            self.snapshot.snapshot.as_ref(),
            &keys::row(table.space, &key),
            &mut |_| {},
        )
    }

    /// Counts the rows. Looks at every key: the cost grows with the table.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn len(&self) -> Result<u64> {
        count(
            self.snapshot.snapshot.as_ref(),
            table_of::<E>(&self.snapshot.core)?.as_ref(),
        )
    }

    /// Tells whether there was no row.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn is_empty(&self) -> Result<bool> {
        self.iter().next().transpose().map(|row| row.is_none())
    }

    /// Iterates over all rows in key order, from both ends.
    pub fn iter(&self) -> Rows<'static, E> {
        self.range(..)
    }

    /// Iterates over the rows whose keys lie in a range, in key order, from both ends.
    pub fn range(&self, range: impl RangeBounds<E::Key>) -> Rows<'static, E> {
        let opened = table_of::<E>(&self.snapshot.core)
            .and_then(|table| key_range::<E::Key>(&table, &range).map(|range| (table, range)));
        match opened {
            Ok((table, range)) => Rows::new(
                RowSource::Snapshot(Arc::clone(&self.snapshot.snapshot)),
                table,
                range,
                decoded_row::<E>,
            ),
            Err(error) => Rows::failed(error),
        }
    }
}
