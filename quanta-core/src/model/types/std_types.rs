//! Times, durations, addresses and paths of the standard library.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::codec::{DecodeError, Decoder, Encoder, ip, nanos};
use crate::model::{Describe, QuantaType};
use crate::schema::{NodeId, Scalar};

/// Writes a point in time: seconds since 1970-01-01T00:00:00Z, rounded down, and the nanoseconds from there.
pub(crate) fn encode_timestamp(seconds: i64, nanos: u32, out: &mut Encoder) {
    out.primitive(seconds);
    out.primitive(nanos);
}

impl QuantaType for SystemTime {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Timestamp)
    }

    fn encode(&self, out: &mut Encoder) {
        let (seconds, nanos) = match self.duration_since(UNIX_EPOCH) {
            Ok(after) => (i64::try_from(after.as_secs()).ok(), after.subsec_nanos()),
            Err(error) => {
                let before = error.duration();
                let whole = 0_i64.checked_sub_unsigned(before.as_secs());
                match before.subsec_nanos() {
                    0 => (whole, 0),
                    nanos => (
                        whole.and_then(|seconds| seconds.checked_sub(1)),
                        1_000_000_000 - nanos,
                    ),
                }
            }
        };
        match seconds {
            Some(seconds) => encode_timestamp(seconds, nanos, out),
            None => out.fail("a time lies more than 2^63 seconds from 1970"),
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let seconds: i64 = input.primitive()?;
        let nanos = nanos(input)?;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let start = if seconds < 0 {
            UNIX_EPOCH.checked_sub(whole)
        } else {
            UNIX_EPOCH.checked_add(whole)
        };
        start
            .and_then(|start| start.checked_add(Duration::from_nanos(u64::from(nanos))))
            .ok_or_else(|| input.error("a time that this system can't represent"))
    }
}

impl QuantaType for Duration {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Duration)
    }

    fn encode(&self, out: &mut Encoder) {
        out.primitive(self.as_secs());
        out.primitive(self.subsec_nanos());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let seconds = input.primitive()?;
        Ok(Self::new(seconds, nanos(input)?))
    }
}

impl QuantaType for IpAddr {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Ip)
    }

    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::V4(address) => {
                out.raw(&[0]);
                out.raw(&address.octets());
            }
            Self::V6(address) => {
                out.raw(&[1]);
                out.raw(&address.octets());
            }
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        ip(input)
    }
}

impl QuantaType for PathBuf {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Path)
    }

    fn encode(&self, out: &mut Encoder) {
        match self.to_str() {
            Some(text) => out.sized_bytes(text.as_bytes()),
            None => out.fail(format!("the path {} is not UTF-8", self.display())),
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.text().map(Self::from)
    }
}
