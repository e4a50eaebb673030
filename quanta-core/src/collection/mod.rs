//! Collections: the rows of a table, typed and by transaction, snapshot or single operation.

mod access;
mod auto;
mod dynamic;
mod handle;
mod load;
mod many;
mod referred;
mod rows;
mod snapshot;
mod typed;

pub(crate) use access::{decoded_row, look_up_key, table_of, table_of_declaration};
pub use dynamic::{DynamicCollection, DynamicTransactionCollection};
pub(crate) use dynamic::{decoded_value, encoded_key};
pub use handle::{TransactionCollection, TransactionHandle};
pub(crate) use load::is_batch_full;
pub use load::{Load, LoadReport, OnExisting};
pub use referred::Referred;
pub use rows::Rows;
pub(crate) use rows::{Decode, RowSource};
pub use snapshot::{Snapshot, SnapshotCollection};
pub use typed::Collection;
pub(crate) use typed::update_in;
