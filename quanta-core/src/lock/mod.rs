//! `quanta.lock`: the history of a program's entities as a file beside its code.
//!
//! The file is a [history document](crate::HistoryDocument), committed with the code. [`write()`] adds a version to it
//! when the entities have changed, with the hints that lead there; [`check`] says whether they have, field by field.
//!
//! ```no_run
//! // In a test of the crate: `quanta.lock` lies beside its Cargo.toml, where tests run.
//! fn the_lock_is_current() -> quantadb::Result<()> {
//!     quantadb::lock::check("quanta.lock")
//! }
//!
//! // And to bring it up to date, from wherever the program wants to.
//! fn update_the_lock() -> quantadb::Result<()> {
//!     quantadb::lock::write("quanta.lock").map(|_| ())
//! }
//! ```

mod baseline;
mod compare;
mod file;
mod replay;
mod run;
mod test_file;

pub use crate::history::{Conflict, Done, Merge, MergeSide, merge};
pub use baseline::baseline;
pub use compare::{Comparison, compare};
pub use file::{read, replace};
pub use run::{Naming, Written, check, check_with, name_by_place, write, write_with};
pub use test_file::{test_file, test_file_of};
