//! Random shapes, and random values of a shape in the row format: input for tests of everything that reads rows.
//!
//! The same seed gives the same shapes and values on every machine.

mod rng;
mod shapes;
mod values;

pub use rng::Rng;
pub use shapes::random_shape;
pub use values::random_value;
