//! Programs that carry rows across an edge, from bytes to bytes.

mod crossing;
mod keep;
mod kept;
mod op;
mod run;

pub use crossing::{Crossing, Failure, NoCode, OwnCodeTable};
