//! History documents: sequences of schemas with the hints that lead from one to the next.

mod check;
mod differences;
mod direct;
mod document;
mod hints;
mod merge;
mod next;
mod owner;
mod read;
mod released;
mod said;
mod write;

pub use differences::{Difference, differences};
pub(crate) use direct::direct;
pub use document::{HistoryDocument, HistoryVersion, TableDecl};
pub use hints::{HistoryHints, TypeHints};
pub use merge::{Conflict, Done, Merge, MergeSide, merge};
pub(crate) use next::{ReplacedVariant, TableGiven, TablesGiven, next_version};
pub(crate) use read::VersionReader;
pub(crate) use released::ReleasedHistory;

#[cfg(test)]
mod tests;
