//! Putting in order what is certain of what a verification finds.

mod report;
mod run;

pub use report::{RepairReport, Repaired};
