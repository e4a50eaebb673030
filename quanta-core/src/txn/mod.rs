//! Reads and writes of rows as bytes: one writer, many readers, one batch.

mod core;
mod indexed;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "queries will read by it; its tests do already")
)]
mod lookup;
mod route;
mod row;
mod table;
mod transaction;

pub use self::core::{Access, Core};
pub use route::{Route, RouteHop, Routes};
pub use row::{
    Carried, CarryError, KeptChange, Source, Stopped, carry, joined, known_route, row_place, split,
    to_current, translate, unreadable,
};
pub use table::Table;
pub use transaction::{Transaction, check_limits, read_latest, read_row};
