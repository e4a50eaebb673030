//! Collections: the rows of a table, typed and by transaction, view or single operation.

mod access;
mod dynamic;
mod handle;
mod load;
mod many;
mod rows;
mod typed;

pub use dynamic::{DynamicCollection, DynamicTransactionCollection};
pub use handle::{TransactionCollection, TransactionHandle, View, ViewCollection};
pub(crate) use load::is_batch_full;
pub use load::{Load, LoadReport, OnExisting};
pub use rows::Rows;
pub use typed::Collection;
