//! Opening stores, and what an open one can do as a whole.

mod backup;
mod database;
mod files;
mod forget;
mod history;
mod inspect;
mod lineage;
mod lookup;
mod objects;
mod options;
mod programs;
mod releases;
mod report;
mod schemas;
mod sweeper;
mod verify;
#[cfg(test)]
mod view_changes;
mod views;
mod watch;

pub use backup::{Backup, BackupPolicy, BackupReport};
pub use database::Database;
pub use files::{FileReport, FileState, FileStatus, FilesReport, FilesStatus, RunFiles};
pub use forget::{Erasure, ForgetReport};
pub use history::History;
pub use inspect::{IndexInspection, Inspection, TableInspection};
pub use objects::{Object, Objects};
pub use options::{Engine, Options, Sweep};
pub use programs::RowProgram;
pub use releases::{ReleaseReport, Releases};
pub use report::{OpenReport, TravelReport};
pub use schemas::VersionDiff;
pub use sweeper::{SweepHandle, SweepProgress};
pub use verify::{Finding, FindingCode, LISTED_FINDINGS_MAX, VerifyCounts, VerifyReport};
pub use views::StoredViewSchema;
