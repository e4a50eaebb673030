//! Functions of the program that take part in commits.

use std::sync::Arc;

use crate::collection::{TransactionHandle, decoded_row, table_of};
use crate::error::Result;
use crate::model::{Declaration, QuantaEntity};
use crate::txn::{AfterHook, BeforeHook, Core};

use super::event::Change;

/// A hook of one entity, until there is a store to attach it to.
#[derive(Clone)]
pub(crate) struct Hook {
    /// The entity.
    pub(crate) entity: &'static Declaration,
    attach: Attach,
}

type Attach = Arc<dyn Fn(&Core) -> Result<()> + Send + Sync>;

impl Hook {
    pub(crate) fn before<E, F>(hook: F) -> Self
    where
        E: QuantaEntity,
        F: Fn(&TransactionHandle<'_>, &Change<E>) -> Result<()> + Send + Sync + 'static,
    {
        let hook: BeforeHook = Arc::new(move |transaction, table, change| {
            let change = Change::decoded(table, change, decoded_row::<E>)?;
            hook(&TransactionHandle::new(transaction), &change)
        });
        Self::of::<E>(move |core| {
            let table = table_of::<E>(core)?;
            core.observers().before(&table, Arc::clone(&hook));
            Ok(())
        })
    }

    pub(crate) fn after<E, F>(hook: F) -> Self
    where
        E: QuantaEntity,
        F: Fn(&Change<E>) + Send + Sync + 'static,
    {
        let hook: AfterHook = Arc::new(move |table, change| {
            hook(&Change::decoded(table, change, decoded_row::<E>)?);
            Ok(())
        });
        Self::of::<E>(move |core| {
            let table = table_of::<E>(core)?;
            core.observers().after(&table, Arc::clone(&hook));
            Ok(())
        })
    }

    fn of<E: QuantaEntity>(attach: impl Fn(&Core) -> Result<()> + Send + Sync + 'static) -> Self {
        Self {
            entity: E::declaration(),
            attach: Arc::new(attach),
        }
    }

    /// Has it called from now on.
    ///
    /// # Errors
    ///
    /// If the store has no table for the entity.
    pub(crate) fn attach(&self, core: &Core) -> Result<()> {
        (self.attach)(core)
    }
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hook({})", self.entity.rust_name)
    }
}
