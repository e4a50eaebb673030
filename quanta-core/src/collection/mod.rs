//! Collections: the rows of a table, typed and by transaction, view or single operation.

mod access;
mod auto;
mod dynamic;
mod handle;
mod referred;
mod rows;
mod typed;

pub(crate) use access::{decoded_row, look_up_key, table_of};
pub use dynamic::{DynamicCollection, DynamicTransactionCollection};
pub(crate) use dynamic::{decoded_value, encoded_key};
pub use handle::{TransactionCollection, TransactionHandle, View, ViewCollection};
pub use referred::Referred;
pub use rows::Rows;
pub(crate) use rows::{Decode, RowSource};
pub use typed::Collection;
pub(crate) use typed::update_in;
