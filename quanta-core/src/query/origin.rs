//! Whose rows a query is about.

use std::sync::Arc;

use quanta_storage::Snapshot as EngineSnapshot;

use crate::collection::{RowSource, Snapshot, TransactionHandle};
use crate::error::{Error, ErrorKind, Result};
use crate::model::QuantaEntity;
use crate::txn::{Core, Transaction};

use super::typed::Query;

/// Whose rows are asked.
#[derive(Clone)]
pub(crate) enum Origin<'a> {
    /// Those that are there when the answer is asked for.
    Latest(Arc<Core>),
    /// Those of a snapshot.
    Snapshot(Arc<Core>, Arc<dyn EngineSnapshot>),
    /// Those that a transaction sees.
    Transaction(&'a Transaction<'a>),
}

impl<'a> Origin<'a> {
    pub(super) fn core(&self) -> &Core {
        match self {
            Self::Latest(core) | Self::Snapshot(core, _) => core,
            Self::Transaction(transaction) => transaction.core(),
        }
    }

    pub(super) fn source(&self) -> Result<RowSource<'a>> {
        Ok(match self {
            Self::Latest(core) => RowSource::Snapshot(core.snapshot()?),
            Self::Snapshot(_, snapshot) => RowSource::Snapshot(Arc::clone(snapshot)),
            Self::Transaction(transaction) => RowSource::Transaction(transaction),
        })
    }

    /// Runs what writes: in the transaction, or in one of its own.
    pub(super) fn write<R>(&self, body: impl FnOnce(&Transaction<'_>) -> Result<R>) -> Result<R> {
        match self {
            Self::Transaction(transaction) => body(transaction),
            Self::Snapshot(..) => {
                let problem = "a snapshot can't be written: ask the database, or a transaction";
                Err(Error::new(ErrorKind::ReadOnly, problem))
            }
            Self::Latest(core) => {
                let transaction = Transaction::begin(core)?;
                let result = body(&transaction)?;
                transaction.commit()?;
                Ok(result)
            }
        }
    }
}

impl Snapshot {
    /// Asks about the rows of an entity, as they were when the snapshot was opened.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let before = db.read()?;
    /// db.query::<City>().filter(|c| c.country.eq("FI")).delete()?;
    /// assert_eq!(before.query::<City>().count()?, 3);
    /// assert_eq!(db.query::<City>().count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn query<E: QuantaEntity>(&self) -> Query<'static, E> {
        let (core, snapshot) = self.parts();
        Query::new(Origin::Snapshot(Arc::clone(core), Arc::clone(snapshot)))
    }
}

impl TransactionHandle<'_> {
    /// Asks about the rows of an entity, as the transaction sees them when the answer is asked for.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let left = db.write(|tx| {
    ///     tx.query::<City>().filter(|c| c.country.eq("FI")).delete()?;
    ///     tx.query::<City>().count()
    /// })?;
    /// assert_eq!(left, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn query<E: QuantaEntity>(&self) -> Query<'_, E> {
        Query::new(Origin::Transaction(self.inner()))
    }
}
