//! Numbers, `bool`, `char`, text.

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::model::{Describe, QuantaType};
use crate::schema::{NodeId, Scalar};

macro_rules! primitives {
    ($way:ident: $($type:ty => $scalar:ident,)*) => {
        $(impl QuantaType for $type {
            fn describe(shape: &mut Describe) -> NodeId {
                shape.scalar(Scalar::$scalar)
            }

            fn encode(&self, out: &mut Encoder) {
                out.$way(*self);
            }

            fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                input.$way()
            }
        })*
    };
}

primitives! { number:
    u16 => U16,
    u32 => U32,
    u64 => U64,
    u128 => U128,
}

primitives! { primitive:
    bool => Bool,
    i8 => I8,
    i16 => I16,
    i32 => I32,
    i64 => I64,
    i128 => I128,
    f32 => F32,
    f64 => F64,
    char => Char,
}

/// A list of bytes is `bytes`, which is what sets `u8` apart.
impl QuantaType for u8 {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::U8)
    }

    fn encode(&self, out: &mut Encoder) {
        out.raw(&[*self]);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.primitive()
    }

    fn describe_list(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Bytes)
    }

    fn encode_list(items: &[Self], out: &mut Encoder) {
        out.sized_bytes(items);
    }

    fn decode_list(input: &mut Decoder<'_>) -> Result<Vec<Self>, DecodeError> {
        input.sized_bytes().map(<[u8]>::to_vec)
    }
}

impl QuantaType for String {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::String)
    }

    fn encode(&self, out: &mut Encoder) {
        out.sized_bytes(self.as_bytes());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.text().map(str::to_owned)
    }
}

impl QuantaType for () {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Unit)
    }

    fn encode(&self, _: &mut Encoder) {}

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(())
    }
}
