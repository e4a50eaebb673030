//! Bytes of rows and keys: the only module that knows the row format.

mod decoder;
mod encoder;
mod skip;

pub use decoder::{DecodeError, Decoder};
pub use encoder::Encoder;
pub use skip::{ip, nanos, skip};
