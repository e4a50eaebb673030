//! Looking for contradictions in a store, from the marker to the last kept value.

mod catalogue;
mod certain;
mod codes;
mod counters;
mod entries;
mod ids;
mod known;
mod ledger;
mod references;
mod remedy;
mod report;
mod rows;
mod run;
mod table;
mod views;
mod way;
mod work;

pub use codes::FindingCode;
pub use remedy::Remedy;
pub use report::{Finding, LISTED_FINDINGS_MAX, VerifyCounts, VerifyReport};
pub(super) use run::{Seen, Stand, look};
