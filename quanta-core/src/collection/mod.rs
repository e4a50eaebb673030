//! Collections: the rows of a table, typed and by transaction, view or single operation.

mod access;
mod dynamic;
mod handle;
mod rows;
mod typed;

pub(crate) use access::{decoded_row, table_of};
pub use dynamic::{DynamicCollection, DynamicTransactionCollection};
pub use handle::{TransactionCollection, TransactionHandle, View, ViewCollection};
pub(crate) use rows::RowSource;
pub use rows::Rows;
pub use typed::Collection;
pub(crate) use typed::update_in;
