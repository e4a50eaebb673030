//! QuantaDB.

pub use quanta_core::{
    AsKey, Collection, Database, Destination, Durability, DynamicCollection, DynamicTransactionCollection,
    Engine, Entities, Error, ErrorKind, History, Memory, OldRow, OnOlder, OpenReport, Options, Plan,
    QuantaEntity, QuantaType, Result, Rows, Style, Sweep, SweepHandle, SweepProgress, TransactionCollection,
    TransactionHandle, TravelReport, Value, View, ViewCollection,
};
pub use quanta_core::{diff, plan, schema};
pub use quanta_derive::{QuantaEntity, QuantaType};

#[doc(hidden)]
pub use quanta_core::__private;
