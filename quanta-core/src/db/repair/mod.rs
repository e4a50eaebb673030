//! Putting in order what is certain of what a verification finds.

mod journal;
mod report;
mod run;

pub use journal::cut_damaged_journal;
pub use report::{RepairReport, Repaired};
