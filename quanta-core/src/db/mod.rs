//! Opening stores, and what an open one can do as a whole.

mod database;
mod history;
mod options;
mod report;
mod sweeper;

pub use database::Database;
pub use history::History;
pub use options::{Engine, Options, Sweep};
pub use report::{OpenReport, TravelReport};
pub use sweeper::{SweepHandle, SweepProgress};
