//! Looking for contradictions in a store, from the marker to the last kept value.

mod catalogue;
mod codes;
mod counters;
mod entries;
mod ids;
mod known;
mod ledger;
mod references;
mod report;
mod rows;
mod run;
mod table;
mod views;
mod way;
mod work;

pub use codes::{FindingCode, Remedy};
pub use report::{Finding, LISTED_FINDINGS_MAX, VerifyCounts, VerifyReport};
pub(super) use run::{Seen, Stand, look};
