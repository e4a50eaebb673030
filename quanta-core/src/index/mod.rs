//! Entries of indexes: which ones a row has, and how their keys are made and read.

mod entries;
mod range;

pub use entries::{Entries, Index, IndexKeyForm};
pub use range::IndexRange;
