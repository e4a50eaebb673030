//! `rust_decimal::Decimal`.

use rust_decimal::Decimal;

use crate::codec::{DecodeError, Decoder, Encoder, decimal};
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
        decimal(input).map(|value| Self::deserialize(value.to_bytes()))
    }
}
