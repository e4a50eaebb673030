//! Opening stores, and what an open one can do as a whole.

mod database;
mod forget;
mod history;
mod inspect;
mod lookup;
mod options;
mod report;
mod schemas;
mod sweeper;
mod verify;

pub use database::Database;
pub use forget::{Erasure, ForgetReport};
pub use history::History;
pub use inspect::{Inspection, TableInspection};
pub use options::{Engine, Options, Sweep};
pub use report::{OpenReport, TravelReport};
pub use schemas::VersionDiff;
pub use sweeper::{SweepHandle, SweepProgress};
pub use verify::{Finding, FindingCode, LISTED_FINDINGS_MAX, VerifyCounts, VerifyReport};
