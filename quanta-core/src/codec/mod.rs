//! Bytes of rows and keys: the only module that knows the row format.

pub(crate) mod civil;
mod class;
mod clear;
pub(crate) mod convert;
pub(crate) mod decimal;
mod decoder;
mod encoder;
mod key;
pub(crate) mod matrix;
mod pass;
mod projection;
mod record;
mod skip;
mod turn;
mod varint;

pub use class::{Class, Classes};
pub use clear::without_values;
pub use decoder::{DecodeError, Decoder};
pub use encoder::Encoder;
pub use key::{
    append_key, decode_key_part, encode_key_part, encode_key_text, key_bytes, key_integer, key_of_integer,
    key_values, row_key,
};
pub(crate) use pass::Pass;
pub use projection::Projection;
pub(crate) use record::{decode_record, encode_record};
pub(crate) use skip::{decimal, ip, nanos, sixteen, skip};
pub use turn::{turn, turned};
