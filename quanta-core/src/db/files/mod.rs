//! Running migration files over a store: which are to run, what they did, and the ledger that remembers them.

mod fake;
mod given;
mod look;
mod report;
mod run;
mod written;

pub(super) use given::Files;
pub use report::{FileReport, FileState, FileStatus, FilesReport, FilesStatus, RunFiles};
pub(super) use run::{Around, Ran};
