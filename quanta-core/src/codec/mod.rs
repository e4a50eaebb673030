//! Bytes of rows and keys: the only module that knows the row format.

mod class;
pub(crate) mod convert;
mod decoder;
mod encoder;
mod key;
mod record;
mod skip;

pub use class::Class;
pub use decoder::{DecodeError, Decoder};
pub use encoder::Encoder;
pub(crate) use key::{key_bytes, row_key, show_key};
pub(crate) use record::{decode_record, encode_record};
pub(crate) use skip::{ip, nanos, skip};
