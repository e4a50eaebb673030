//! Random shapes and rows, the same ones for the same seed: for rehearsals and tests.

mod random_shape;
mod random_value;
mod seed;

pub use random_shape::random_shape;
pub use random_value::random_value;
pub use seed::Seed;
