//! Values that have a text of their own, and their texts: each the canonical form of a standard, none of a locale.

use std::net::IpAddr;

use super::{Passing, shown};
use crate::codec::civil::{
    day_of, day_start, duration_text, full_date_text, full_timestamp_text, parse_duration, parse_full_date,
    parse_full_timestamp,
};
use crate::codec::encoder::Encoder;

pub(super) fn to_bool(value: &Passing<'_>) -> Result<bool, String> {
    match value {
        Passing::Bool(value) => Ok(*value),
        Passing::Unsigned(0) | Passing::Signed(0) | Passing::Text("false") => Ok(false),
        Passing::Unsigned(1) | Passing::Signed(1) | Passing::Text("true") => Ok(true),
        _ => Err(shown(value)),
    }
}

pub(super) fn to_char(value: &Passing<'_>) -> Result<char, String> {
    match value {
        Passing::Char(value) => Some(*value),
        Passing::Text(text) => text.parse().ok(),
        Passing::Unsigned(code) => u32::try_from(*code).ok().and_then(char::from_u32),
        _ => None,
    }
    .ok_or_else(|| shown(value))
}

pub(super) fn write_ip(value: &Passing<'_>, out: &mut Encoder) -> Result<(), String> {
    let address = match value {
        Passing::Ip(address) => *address,
        Passing::Text(text) => text.parse().map_err(|_| shown(value))?,
        _ => return Err(shown(value)),
    };
    match address {
        IpAddr::V4(address) => {
            out.raw(&[0]);
            out.raw(&address.octets());
        }
        IpAddr::V6(address) => {
            out.raw(&[1]);
            out.raw(&address.octets());
        }
    }
    Ok(())
}

/// Takes the hyphenated form, the 16 bytes in network order, or the number that they are (RFC 9562, section 4).
pub(super) fn to_uuid(value: &Passing<'_>) -> Result<[u8; 16], String> {
    match value {
        Passing::Uuid(bytes) => Some(*bytes),
        Passing::Text(text) => parse_uuid(text),
        Passing::Bytes(bytes) => <[u8; 16]>::try_from(*bytes).ok(),
        Passing::Unsigned(value) => Some(value.to_be_bytes()),
        _ => None,
    }
    .ok_or_else(|| shown(value))
}

/// Takes a time of RFC 3339, or the first second of a date in UTC.
pub(super) fn to_timestamp(value: &Passing<'_>) -> Result<(i64, u32), String> {
    match value {
        Passing::Timestamp(seconds, nanos) => Some((*seconds, *nanos)),
        Passing::Date(days) => Some((day_start(*days), 0)),
        Passing::Text(text) => parse_full_timestamp(text),
        _ => None,
    }
    .ok_or_else(|| shown(value))
}

/// Takes a date of ISO 8601, or the day of a time in UTC.
pub(super) fn to_date(value: &Passing<'_>) -> Result<i32, String> {
    match value {
        Passing::Date(days) => Some(*days),
        Passing::Timestamp(seconds, _) => day_of(*seconds),
        Passing::Text(text) => parse_full_date(text).and_then(|days| i32::try_from(days).ok()),
        _ => None,
    }
    .ok_or_else(|| shown(value))
}

/// Takes a duration of ISO 8601 that is in seconds only: `PT1.5S`.
pub(super) fn to_duration(value: &Passing<'_>) -> Result<(u64, u32), String> {
    match value {
        Passing::Duration(seconds, nanos) => Some((*seconds, *nanos)),
        Passing::Text(text) => text
            .strip_prefix("PT")
            .and_then(|text| text.strip_suffix('S'))
            .and_then(parse_duration),
        _ => None,
    }
    .ok_or_else(|| shown(value))
}

/// Parses the hyphenated form of a UUID, in either case.
#[must_use]
pub fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let bytes = text.as_bytes();
    let hyphens_stand = [8, 13, 18, 23]
        .iter()
        .all(|position| bytes.get(*position) == Some(&b'-'));
    if bytes.len() != 36 || !hyphens_stand {
        return None;
    }
    let mut digits = bytes
        .iter()
        .filter(|byte| **byte != b'-')
        .map(|byte| char::from(*byte).to_digit(16));
    let mut uuid = [0; 16];
    for byte in &mut uuid {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    digits.next().is_none().then_some(uuid)
}

/// Returns the canonical text of a value: shortest form that reads back, point as decimal sign, no locale.
pub(super) fn text_of(value: &Passing<'_>) -> String {
    match value {
        Passing::Signed(value) => value.to_string(),
        Passing::Unsigned(value) => value.to_string(),
        Passing::F32(value) => format!("{value:?}"),
        Passing::F64(value) => format!("{value:?}"),
        Passing::Bool(value) => value.to_string(),
        Passing::Char(value) => value.to_string(),
        Passing::Text(value) => (*value).to_owned(),
        Passing::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Passing::Uuid(bytes) => uuid_text(bytes),
        Passing::Ip(address) => address.to_string(),
        Passing::Decimal(value) => value.text(),
        Passing::Timestamp(seconds, nanos) => full_timestamp_text(*seconds, *nanos),
        Passing::Date(days) => full_date_text(i64::from(*days)),
        Passing::Duration(seconds, nanos) => format!("PT{}S", duration_text(*seconds, *nanos)),
    }
}

/// Returns the hyphenated form of a UUID (RFC 9562, section 4), in lower case.
#[must_use]
pub fn uuid_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
