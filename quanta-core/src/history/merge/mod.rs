//! Two branches of one history: whether their changes commute, and the history that holds both.

mod base;
mod branch;
mod clash;
mod code;
mod edit;
mod facts;
mod hints;
mod notes;
mod objects;
mod rebase;
mod report;
mod says;
mod touch;
mod view;

pub use base::merge;
pub use report::{Conflict, Done, Merge, MergeSide};

#[cfg(test)]
mod tests;
