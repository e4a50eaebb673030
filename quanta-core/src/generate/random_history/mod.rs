//! Random histories: documents that are sound by construction, with every kind of edit between their versions.

mod build;
mod draft;
mod edit;
mod grow;
mod hints;
mod slots;
mod sound;
mod tables;
mod types;
mod values;
mod write;

#[cfg(test)]
pub(crate) use build::random_branches;
pub use build::{HistorySize, random_history, random_history_where};
