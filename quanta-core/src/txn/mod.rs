//! Reads and writes of rows as bytes: one writer, many readers, one batch.

mod admission;
mod base;
mod changes;
mod core;
mod counters;
mod indexed;
mod link;
mod lookup;
mod merged;
mod observers;
mod queue;
mod read;
mod references;
mod referrers;
mod route;
mod row;
mod run;
mod settle;
mod table;
mod thread_mark;
mod transaction;
mod uuids;

pub use self::core::{Access, Core};
pub use admission::admit;
pub use counters::{decoded_counter, encoded_counter, highest_number};
pub use link::Link;
pub use lookup::{Found, IndexWalk, Looked, RowReader};
pub use observers::{AfterHook, BeforeHook, Observers, RowChange, Watcher};
pub use read::{read_latest, read_row};
pub use route::{Route, RouteHop, RouteProgram, Routes};
pub use row::{
    Carried, CarryError, KeptChange, RowRecord, Source, Stopped, carry, joined, known_route, row_place,
    split, to_current, translate, unreadable,
};
pub use table::Table;
pub use transaction::Transaction;
