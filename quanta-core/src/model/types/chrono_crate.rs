//! `chrono::DateTime<Utc>`, `chrono::NaiveDate` and `chrono::TimeDelta`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::std_types::encode_timestamp;
use crate::codec::{DecodeError, Decoder, Encoder, nanos};
use crate::model::{Describe, QuantaType};
use crate::schema::{NodeId, Scalar};

/// Days are counted from here.
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("it is a date");

impl QuantaType for DateTime<Utc> {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Timestamp)
    }

    fn encode(&self, out: &mut Encoder) {
        match self.timestamp_subsec_nanos() {
            // Chrono writes a leap second as more than a second behind the one before.
            1_000_000_000.. => out.fail("a leap second has no stored form"),
            nanos => encode_timestamp(self.timestamp(), nanos, out),
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let seconds: i64 = input.primitive()?;
        let nanos = nanos(input)?;
        Self::from_timestamp(seconds, nanos)
            .ok_or_else(|| input.error("a time is beyond what chrono can hold"))
    }
}

impl QuantaType for NaiveDate {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Date)
    }

    fn encode(&self, out: &mut Encoder) {
        match i32::try_from(self.signed_duration_since(EPOCH).num_days()) {
            Ok(days) => out.primitive(days),
            Err(_) => out.fail("a date lies more than 2^31 days from 1970"),
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let days: i32 = input.primitive()?;
        TimeDelta::try_days(days.into())
            .and_then(|days| EPOCH.checked_add_signed(days))
            .ok_or_else(|| input.error("a date is beyond what chrono can hold"))
    }
}

/// Stored as `duration`, which is never negative: a negative one can't be stored.
impl QuantaType for TimeDelta {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Duration)
    }

    fn encode(&self, out: &mut Encoder) {
        match self.to_std() {
            Ok(duration) => duration.encode(out),
            Err(_) => out.fail("a negative span of time has no stored form"),
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let duration = std::time::Duration::decode(input)?;
        Self::from_std(duration).map_err(|_| input.error("a span of time is beyond what chrono can hold"))
    }
}
