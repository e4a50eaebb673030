//! History documents: sequences of schemas with the hints that lead from one to the next.

mod check;
mod direct;
mod document;
mod hints;
mod owner;
mod read;
mod write;

pub(crate) use direct::direct;
pub use document::{HistoryDocument, HistoryVersion, TableDecl};
pub use hints::{HistoryHints, TypeHints};
pub(crate) use read::VersionReader;

#[cfg(test)]
mod tests;
