//! `bytes::Bytes`.

use bytes::Bytes;

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::model::{Describe, QuantaType};
use crate::schema::{NodeId, Scalar};

impl QuantaType for Bytes {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Bytes)
    }

    fn encode(&self, out: &mut Encoder) {
        out.sized_bytes(self);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.sized_bytes().map(Self::copy_from_slice)
    }
}
