//! Entries of indexes: which ones a row has, and how their keys are made and read.

mod entries;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "queries will read by it; its tests do already")
)]
mod range;

pub use entries::{Entries, Index, IndexKeyForm};
pub use range::IndexRange;
