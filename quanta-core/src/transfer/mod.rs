//! Rows from files and into them: CSV and JSON lines.

mod access;
mod cells;
mod csv_rows;
mod export;
mod json_rows;
#[cfg(test)]
mod laws;
mod layout;
mod lines;
mod options;
mod pass;
mod report;
mod run;
mod seen;
mod source;
mod strict_json;

pub use export::Export;
pub use options::{Format, Import};
pub use report::{ImportProgress, ImportReport, LineError};
pub use source::ImportSource;
