//! `rust_decimal::Decimal`.

use rust_decimal::Decimal;

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::model::{Describe, QuantaType};
use crate::schema::{NodeId, Scalar};

impl QuantaType for Decimal {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Decimal)
    }

    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.serialize());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let bytes = <[u8; 16]>::try_from(input.raw(16)?).expect("raw returns what was asked for");
        Ok(Self::deserialize(bytes))
    }
}
