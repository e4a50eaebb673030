//! Opening stores, and what an open one can do as a whole.

mod backup;
mod database;
mod files;
mod forget;
mod history;
mod inspect;
mod lineage;
mod lookup;
mod migration_hooks;
mod objects;
mod options;
mod programs;
mod releases;
mod repair;
mod report;
mod schemas;
mod sweeper;
mod validate;
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
pub use migration_hooks::{Migration, MigrationEvent};
pub use objects::{Object, Objects};
pub use options::{Engine, Options, Sweep};
pub use programs::RowProgram;
pub use releases::{ReleaseReport, Releases};
pub use repair::{RepairReport, Repaired, cut_damaged_journal};
pub use report::{OpenReport, TravelReport};
pub use schemas::VersionDiff;
pub use sweeper::{SweepHandle, SweepProgress};
pub use validate::{Severity, Standing, TableStanding, Validation, ValidationCode, ValidationFinding};
pub use verify::{Finding, FindingCode, LISTED_FINDINGS_MAX, Remedy, VerifyCounts, VerifyReport};
pub use views::StoredViewSchema;
