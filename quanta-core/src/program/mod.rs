//! Programs that carry rows across an edge, from bytes to bytes.

mod containers;
mod crossing;
mod depth;
mod keep;
mod kept;
#[cfg(test)]
mod laws;
mod lost;
#[cfg(test)]
mod matrix;
mod op;
mod run;
mod sizes;

pub use crossing::{Crossing, Failure, NoCode, OwnCodeTable};
pub use run::NONE_WHERE_REQUIRED;
