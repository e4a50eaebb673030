//! Snapshots as programs use them.

use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::sync::Arc;

use quanta_storage::Snapshot as EngineSnapshot;

use crate::catalog::keys;
use crate::error::Result;
use crate::model::{AsKey, QuantaEntity};
use crate::txn::{Core, Source, read_row};

use super::access::{decoded_row, key_range, look_up_key, table_of};
use super::rows::{RowSource, Rows};
use super::typed::count;

/// The state of one instant, which no later write changes.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let before = db.read()?;
/// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
/// assert_eq!(before.collection::<City>().get("Oslo")?, None);
/// assert!(db.read()?.collection::<City>().contains("Oslo")?);
/// # Ok::<(), quantadb::Error>(())
/// ```
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
    /// let snapshot = db.read()?;
    /// cities.delete("Oslo")?;
    /// assert_eq!(snapshot.collection::<City>().len()?, 3);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
/// let snapshot = db.read()?;
/// let then = snapshot.collection::<City>();
/// cities.update("Oslo", |oslo| oslo.people = 0)?;
/// assert_eq!(then.get("Oslo")?.unwrap().people, 717_710);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug)]
pub struct SnapshotCollection<'s, E> {
    snapshot: &'s Snapshot,
    entity: PhantomData<fn() -> E>,
}

impl<E: QuantaEntity> SnapshotCollection<'_, E> {
    /// Reads a row by its key.
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
    /// let snapshot = db.read()?;
    /// cities.delete("Oslo")?;
    /// assert_eq!(snapshot.collection::<City>().get("Oslo")?.map(|oslo| oslo.people), Some(717_710));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// let snapshot = db.read()?;
    /// cities.delete("Oslo")?;
    /// assert!(snapshot.collection::<City>().contains("Oslo")?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// let snapshot = db.read()?;
    /// cities.delete("Oslo")?;
    /// assert_eq!((snapshot.collection::<City>().len()?, cities.len()?), (3, 2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let snapshot = db.read()?;
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert!(snapshot.collection::<City>().is_empty()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn is_empty(&self) -> Result<bool> {
        self.iter().next().transpose().map(|row| row.is_none())
    }

    /// Iterates over all rows in key order, from both ends.
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
    /// let snapshot = db.read()?;
    /// // What is written meanwhile doesn't disturb the iteration.
    /// for city in snapshot.collection::<City>().iter() {
    ///     cities.delete(&city?.name)?;
    /// }
    /// assert!(cities.is_empty()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn iter(&self) -> Rows<'static, E> {
        self.range(..)
    }

    /// Iterates over the rows whose keys lie in a range, in key order, from both ends.
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
    /// let snapshot = db.read()?;
    /// cities.delete("Oslo")?;
    /// let first = snapshot.collection::<City>().range("O".to_owned()..).next().transpose()?;
    /// assert_eq!(first.map(|city| city.name).as_deref(), Some("Oslo"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
