//! Reading the row that a reference leads to.

use crate::db::Database;
use crate::error::Result;
use crate::model::{QuantaEntity, Ref};

use super::handle::{TransactionCollection, TransactionHandle};
use super::snapshot::{Snapshot, SnapshotCollection};
use super::typed::Collection;

mod sealed {
    /// What only this crate implements.
    pub trait Sealed {}
}

/// What the row that a [`Ref`] leads to can be read from: the database, a transaction, a snapshot, or a collection of one.
/// See [`Ref::get`] for an example.
pub trait Referred<T: QuantaEntity>: sealed::Sealed {
    /// Reads the row; none if there is none.
    ///
    /// # Errors
    ///
    /// As [`Collection::get`].
    fn referred(&self, to: &Ref<T>) -> Result<Option<T>>;
}

impl<T: QuantaEntity> Ref<T> {
    /// Reads the row that it refers to: from a database, a transaction, a snapshot, or one of their collections. None if there
    /// is none.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Team,)>().open("people")?;
    /// let team: Ref<Team> = Ref::new(1);
    /// assert_eq!(team.get(&db)?, None);
    /// db.write(|tx| {
    ///     tx.collection().insert(&Team { id: 1, name: "red".into() })?;
    ///     assert_eq!(team.get(tx)?.unwrap().name, "red");
    ///     Ok(())
    /// })?;
    /// assert_eq!(team.get(&db.read()?)?.unwrap().name, "red");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::get`].
    pub fn get(&self, from: &impl Referred<T>) -> Result<Option<T>> {
        from.referred(self)
    }
}

impl sealed::Sealed for Database {}
impl sealed::Sealed for TransactionHandle<'_> {}
impl sealed::Sealed for Snapshot {}
impl<T> sealed::Sealed for Collection<T> {}
impl<T> sealed::Sealed for TransactionCollection<'_, '_, T> {}
impl<T> sealed::Sealed for SnapshotCollection<'_, T> {}

impl<T: QuantaEntity> Referred<T> for Database {
    fn referred(&self, to: &Ref<T>) -> Result<Option<T>> {
        self.collection::<T>().get(to)
    }
}

impl<T: QuantaEntity> Referred<T> for TransactionHandle<'_> {
    fn referred(&self, to: &Ref<T>) -> Result<Option<T>> {
        self.collection::<T>().get(to)
    }
}

impl<T: QuantaEntity> Referred<T> for Snapshot {
    fn referred(&self, to: &Ref<T>) -> Result<Option<T>> {
        self.collection::<T>().get(to)
    }
}

impl<T: QuantaEntity> Referred<T> for Collection<T> {
    fn referred(&self, to: &Ref<T>) -> Result<Option<T>> {
        self.get(to)
    }
}

impl<T: QuantaEntity> Referred<T> for TransactionCollection<'_, '_, T> {
    fn referred(&self, to: &Ref<T>) -> Result<Option<T>> {
        self.get(to)
    }
}

impl<T: QuantaEntity> Referred<T> for SnapshotCollection<'_, T> {
    fn referred(&self, to: &Ref<T>) -> Result<Option<T>> {
        self.get(to)
    }
}
