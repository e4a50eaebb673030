//! Collections: the rows of a table, typed and by transaction, view or single operation.

mod access;
mod auto;
mod dynamic;
mod handle;
mod referred;
mod rows;
mod typed;

pub use dynamic::{DynamicCollection, DynamicTransactionCollection};
pub use handle::{TransactionCollection, TransactionHandle, View, ViewCollection};
pub use referred::Referred;
pub use rows::Rows;
pub use typed::Collection;
