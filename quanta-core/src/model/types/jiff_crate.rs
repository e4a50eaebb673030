//! `jiff::Timestamp` and `jiff::civil::Date`.

use jiff::Timestamp;
use jiff::civil::Date;

use super::std_types::encode_timestamp;
use crate::codec::{DecodeError, Decoder, Encoder, nanos};
use crate::model::{Describe, QuantaType};
use crate::schema::{NodeId, Scalar};

/// Days are counted from here.
const EPOCH: Date = Date::constant(1970, 1, 1);

impl QuantaType for Timestamp {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Timestamp)
    }

    fn encode(&self, out: &mut Encoder) {
        let nanos = self.as_nanosecond();
        let (seconds, rest) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
        match (i64::try_from(seconds), u32::try_from(rest)) {
            (Ok(seconds), Ok(rest)) => encode_timestamp(seconds, rest, out),
            _ => out.fail("a time lies more than 2^63 seconds from 1970"),
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let seconds: i64 = input.primitive()?;
        let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanos(input)?);
        Self::from_nanosecond(total).map_err(|error| input.error(error.to_string()))
    }
}

impl QuantaType for Date {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Date)
    }

    fn encode(&self, out: &mut Encoder) {
        match self.since((jiff::Unit::Day, EPOCH)) {
            Ok(span) => out.primitive(span.get_days()),
            Err(error) => out.fail(error.to_string()),
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let days: i32 = input.primitive()?;
        let span = jiff::Span::new()
            .try_days(days)
            .map_err(|error| input.error(error.to_string()))?;
        EPOCH
            .checked_add(span)
            .map_err(|error| input.error(error.to_string()))
    }
}
