//! Looking for contradictions in a store, from the marker to the last kept value.

mod catalogue;
mod counters;
mod entries;
mod ledger;
mod references;
mod report;
mod rows;
mod run;
mod table;
mod views;

pub use report::{Finding, FindingCode, LISTED_FINDINGS_MAX, VerifyCounts, VerifyReport};
