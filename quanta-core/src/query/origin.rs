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
    pub fn query<E: QuantaEntity>(&self) -> Query<'static, E> {
        let (core, snapshot) = self.parts();
        Query::new(Origin::Snapshot(Arc::clone(core), Arc::clone(snapshot)))
    }
}

impl TransactionHandle<'_> {
    /// Asks about the rows of an entity, as the transaction sees them when the answer is asked for.
    pub fn query<E: QuantaEntity>(&self) -> Query<'_, E> {
        Query::new(Origin::Transaction(self.inner()))
    }
}
