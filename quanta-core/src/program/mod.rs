//! Programs that carry rows across an edge, from bytes to bytes.

mod containers;
mod crossing;
mod depth;
mod fused;
mod guards;
mod keep;
mod kept;
#[cfg(test)]
mod laws;
mod listing;
mod lost;
#[cfg(test)]
mod matrix;
mod moves;
mod op;
mod place;
mod restore;
mod rows;
mod run;
mod sizes;
mod variants;

pub use crossing::{Crossing, Failure, FailureKind, Migrated, NoCode, OwnCodeTable, RowCall};
pub use fused::Fused;
pub use restore::{Given, RestoreOutcome, RestoreSource, Restored};
pub use run::NONE_WHERE_REQUIRED;
pub use variants::VARIANT_IS_GONE;
