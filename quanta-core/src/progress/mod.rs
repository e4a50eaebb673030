//! How far long work has got: what the program is told of it, and how the program ends it.

mod meter;
mod relay;
mod report;

pub use meter::{Meter, Stage};
pub(crate) use report::fraction;
pub use report::{Phase, Progress, RowsTotal, remaining, rows_per_second};
