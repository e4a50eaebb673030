//! History documents: sequences of schemas with the hints that lead from one to the next.

mod check;
mod differences;
mod direct;
mod document;
mod hints;
mod next;
mod owner;
mod read;
mod released;
mod write;

pub use differences::{Difference, differences};
pub(crate) use direct::direct;
pub use document::{HistoryDocument, HistoryVersion, TableDecl};
pub use hints::{HistoryHints, TypeHints};
pub(crate) use next::{TableGiven, TablesGiven, next_version};
pub(crate) use read::VersionReader;
pub(crate) use released::ReleasedHistory;

#[cfg(test)]
mod tests;
