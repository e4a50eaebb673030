//! Random shapes, rows and histories, the same ones for the same seed: for rehearsals and tests.

mod random_history;
mod random_shape;
mod random_value;
mod seed;
mod shrink;

#[cfg(test)]
pub(crate) use random_history::random_branches;
pub use random_history::{HistorySize, random_history, random_history_where};
pub use random_shape::random_shape;
pub use random_value::random_value;
pub use seed::Seed;
pub use shrink::shrink;
