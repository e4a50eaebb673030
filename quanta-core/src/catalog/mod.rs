//! The catalogue on disk: keys, records, and reading them back.

mod estimate;
mod history;
pub mod keys;
mod nearest;
mod read;
mod releases;

pub use estimate::estimate_rows;
pub use history::{MigrationsBehind, Revisions, Tables};
pub use nearest::edits;
pub use read::{
    Show, broken_chain, for_each, read_bytes, read_ledger, read_standpoint, read_table, read_version,
    read_versions, read_view, read_work,
};
pub use releases::{Release, check_release_name, find_release, releases};
