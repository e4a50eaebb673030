//! Bytes of rows and keys: the only module that knows the row format.

mod decoder;
mod encoder;
mod key;
mod skip;

pub use decoder::{DecodeError, Decoder};
pub use encoder::Encoder;
pub use key::{decode_key_part, encode_key_part, key_bytes, key_values, row_key};
pub use skip::{ip, nanos, skip};
