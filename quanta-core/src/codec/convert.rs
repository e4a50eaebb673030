//! Conversions between types without parts: how safe each is, and how it is done, from bytes to bytes.

use std::net::IpAddr;

use crate::schema::Scalar;

use super::class::Class;
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::skip::ip;

/// Returns how safe it is to convert values of one scalar type to another.
#[must_use]
pub fn class(from: Scalar, to: Scalar) -> Class {
    use Scalar::{Bool, Bytes, Char, F32, F64, Ip, Path, String, U32, Uuid};
    match (from, to) {
        _ if from == to => Class::Exact,
        (F32, F64) => Class::Exact,
        (F64, F32) => Class::Lossy,
        (Bool, String) | (Char | Ip | Uuid | Path, String) | (Char, U32) => Class::Exact,
        (String, Bytes | Path) => Class::Exact,
        (F32 | F64, String) => Class::Lossy,
        (String, Bool | Char | Ip | Uuid | F32 | F64) | (Bytes, String) | (U32, Char) => Class::Checked,
        _ => class_of_integers(from, to),
    }
}

fn class_of_integers(from: Scalar, to: Scalar) -> Class {
    match (integer_range(from), integer_range(to)) {
        (Some(source), Some(target)) => {
            if target.holds(&source) {
                Class::Exact
            } else {
                Class::Checked
            }
        }
        (Some(source), None) => match to {
            Scalar::String => Class::Exact,
            Scalar::F32 if source.bits <= 24 => Class::Exact,
            Scalar::F64 if source.bits <= 53 => Class::Exact,
            Scalar::F32 | Scalar::F64 => Class::Checked,
            Scalar::Bool => Class::Checked,
            _ => Class::Refused,
        },
        (None, Some(_)) => match from {
            Scalar::String | Scalar::F32 | Scalar::F64 => Class::Checked,
            Scalar::Bool => Class::Exact,
            _ => Class::Refused,
        },
        (None, None) => Class::Refused,
    }
}

/// The range of an integer type: the bits of its magnitude, and whether it has a sign.
struct IntegerRange {
    bits: u32,
    signed: bool,
}

impl IntegerRange {
    fn holds(&self, other: &Self) -> bool {
        self.bits >= other.bits && (self.signed || !other.signed)
    }
}

fn integer_range(scalar: Scalar) -> Option<IntegerRange> {
    let (bits, signed) = match scalar {
        Scalar::U8 => (8, false),
        Scalar::U16 => (16, false),
        Scalar::U32 => (32, false),
        Scalar::U64 => (64, false),
        Scalar::U128 => (128, false),
        Scalar::I8 => (7, true),
        Scalar::I16 => (15, true),
        Scalar::I32 => (31, true),
        Scalar::I64 => (63, true),
        Scalar::I128 => (127, true),
        _ => return None,
    };
    Some(IntegerRange { bits, signed })
}

/// A value on its way from one scalar type to another.
enum Passing<'a> {
    Signed(i128),
    Unsigned(u128),
    F32(f32),
    F64(f64),
    Bool(bool),
    Char(char),
    Text(&'a str),
    Bytes(&'a [u8]),
    Uuid(&'a [u8]),
    Ip(IpAddr),
}

/// Reads a value of type `from` and writes it as one of type `to`.
///
/// # Errors
///
/// If the bytes are no value of `from`, or the value has no exact counterpart: the text shows the value.
pub fn convert(from: Scalar, to: Scalar, input: &mut Decoder<'_>, out: &mut Encoder) -> Result<(), String> {
    let value = read(from, input)?;
    write(&value, to, out).map_err(|shown| format!("{shown} is no {}", to.name()))
}

fn read<'a>(from: Scalar, input: &mut Decoder<'a>) -> Result<Passing<'a>, String> {
    let value = match from {
        Scalar::Bool => input.primitive().map(Passing::Bool),
        Scalar::U8 => input
            .primitive::<u8>()
            .map(|value| Passing::Unsigned(value.into())),
        Scalar::U16 => input
            .primitive::<u16>()
            .map(|value| Passing::Unsigned(value.into())),
        Scalar::U32 => input
            .primitive::<u32>()
            .map(|value| Passing::Unsigned(value.into())),
        Scalar::U64 => input
            .primitive::<u64>()
            .map(|value| Passing::Unsigned(value.into())),
        Scalar::U128 => input.primitive::<u128>().map(Passing::Unsigned),
        Scalar::I8 => input.primitive::<i8>().map(|value| Passing::Signed(value.into())),
        Scalar::I16 => input
            .primitive::<i16>()
            .map(|value| Passing::Signed(value.into())),
        Scalar::I32 => input
            .primitive::<i32>()
            .map(|value| Passing::Signed(value.into())),
        Scalar::I64 => input
            .primitive::<i64>()
            .map(|value| Passing::Signed(value.into())),
        Scalar::I128 => input.primitive::<i128>().map(Passing::Signed),
        Scalar::F32 => input.primitive().map(Passing::F32),
        Scalar::F64 => input.primitive().map(Passing::F64),
        Scalar::Char => input.primitive().map(Passing::Char),
        Scalar::String | Scalar::Path => input.text().map(Passing::Text),
        Scalar::Bytes => input.sized_bytes().map(Passing::Bytes),
        Scalar::Uuid => input.raw(16).map(Passing::Uuid),
        Scalar::Ip => ip(input).map(Passing::Ip),
        Scalar::Unit | Scalar::Timestamp | Scalar::Date | Scalar::Duration | Scalar::Decimal => {
            return Err(format!("a {} can't be converted", from.name()));
        }
    };
    value.map_err(|error| error.to_string())
}

/// Writes a value in another type, or returns how it reads for a person.
fn write(value: &Passing<'_>, to: Scalar, out: &mut Encoder) -> Result<(), String> {
    match to {
        Scalar::Bool => out.primitive(to_bool(value)?),
        Scalar::F32 => out.primitive(to_f32(value)?),
        Scalar::F64 => out.primitive(to_f64(value)?),
        Scalar::Char => out.primitive(to_char(value)?),
        Scalar::String | Scalar::Path => match value {
            Passing::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(_) => out.sized_bytes(bytes),
                Err(_) => return Err(shown(value)),
            },
            _ => out.sized_bytes(text_of(value).as_bytes()),
        },
        Scalar::Bytes => out.sized_bytes(match value {
            Passing::Text(text) => text.as_bytes(),
            Passing::Bytes(bytes) => bytes,
            _ => return Err(shown(value)),
        }),
        Scalar::Uuid => out.raw(&to_uuid(value)?),
        Scalar::Ip => write_ip(value, out)?,
        _ => write_integer(value, to, out)?,
    }
    Ok(())
}

fn write_integer(value: &Passing<'_>, to: Scalar, out: &mut Encoder) -> Result<(), String> {
    macro_rules! narrow {
        ($($scalar:ident => $type:ty,)*) => {
            match to {
                $(Scalar::$scalar => out.primitive(to_integer::<$type>(value)?),)*
                _ => return Err(shown(value)),
            }
        };
    }
    narrow! {
        U8 => u8, U16 => u16, U32 => u32, U64 => u64, U128 => u128,
        I8 => i8, I16 => i16, I32 => i32, I64 => i64, I128 => i128,
    }
    Ok(())
}

fn to_integer<T>(value: &Passing<'_>) -> Result<T, String>
where
    T: TryFrom<i128> + TryFrom<u128> + std::str::FromStr,
{
    match value {
        Passing::Signed(value) => T::try_from(*value).ok(),
        Passing::Unsigned(value) => T::try_from(*value).ok(),
        Passing::Bool(value) => T::try_from(u128::from(*value)).ok(),
        Passing::Char(value) => T::try_from(u128::from(u32::from(*value))).ok(),
        Passing::Text(text) => text.parse().ok(),
        Passing::F32(value) => float_to_integer(f64::from(*value)),
        Passing::F64(value) => float_to_integer(*value),
        Passing::Bytes(_) | Passing::Uuid(_) | Passing::Ip(_) => None,
    }
    .ok_or_else(|| shown(value))
}

/// Converts a float that is an integer within the range of `T`.
fn float_to_integer<T: TryFrom<i128> + TryFrom<u128>>(value: f64) -> Option<T> {
    // 2^127 and 2^128 are floats; the integers just below them are not, so that `<` is exact.
    if value.fract() != 0.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the value was compared before"
    )]
    if value >= 0.0 && value < 2.0_f64.powi(128) {
        T::try_from(value as u128).ok()
    } else if value < 0.0 && value >= -(2.0_f64.powi(127)) {
        T::try_from(value as i128).ok()
    } else {
        None
    }
}

fn to_f64(value: &Passing<'_>) -> Result<f64, String> {
    #[expect(clippy::cast_precision_loss, reason = "a value that is not exact is refused")]
    match value {
        Passing::F64(value) => Some(*value),
        Passing::F32(value) => Some(widen_float(*value)),
        Passing::Signed(value) => {
            Some(*value as f64).filter(|float| float_to_integer(*float) == Some(*value))
        }
        Passing::Unsigned(value) => {
            Some(*value as f64).filter(|float| float_to_integer(*float) == Some(*value))
        }
        Passing::Text(text) => parse_float(text),
        _ => None,
    }
    .ok_or_else(|| shown(value))
}

fn to_f32(value: &Passing<'_>) -> Result<f32, String> {
    #[expect(clippy::cast_precision_loss, reason = "a value that is not exact is refused")]
    match value {
        Passing::F32(value) => Some(*value),
        Passing::F64(value) => Some(narrow_float(*value)),
        Passing::Signed(value) => {
            Some(*value as f32).filter(|float| float_to_integer(f64::from(*float)) == Some(*value))
        }
        Passing::Unsigned(value) => {
            Some(*value as f32).filter(|float| float_to_integer(f64::from(*float)) == Some(*value))
        }
        Passing::Text(text) => parse_float(text),
        _ => None,
    }
    .ok_or_else(|| shown(value))
}

/// Parses a float without taking a number that is too large for infinity.
fn parse_float<T: std::str::FromStr + Copy + Into<f64>>(text: &str) -> Option<T> {
    let value: T = text.parse().ok()?;
    let names_infinity = text
        .trim_start_matches(['+', '-'])
        .to_ascii_lowercase()
        .starts_with("inf");
    (!value.into().is_infinite() || names_infinity).then_some(value)
}

/// Widens bit for bit: the hardware would change the payload of a signalling NaN.
fn widen_float(value: f32) -> f64 {
    if !value.is_nan() {
        return f64::from(value);
    }
    let bits = u64::from(value.to_bits());
    f64::from_bits((bits & 0x8000_0000) << 32 | 0x7ff0_0000_0000_0000 | (bits & 0x007f_ffff) << 29)
}

/// Narrows as [`widen_float`] widens; a payload that would vanish leaves the quiet NaN.
fn narrow_float(value: f64) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounding is what a lossy conversion does"
    )]
    if !value.is_nan() {
        return value as f32;
    }
    let bits = value.to_bits();
    let sign = u32::try_from(bits >> 32 & 0x8000_0000).expect("one bit of 32 is left");
    let payload = u32::try_from(bits >> 29 & 0x007f_ffff).expect("23 bits are left");
    f32::from_bits(sign | 0x7f80_0000 | if payload == 0 { 0x0040_0000 } else { payload })
}

fn to_bool(value: &Passing<'_>) -> Result<bool, String> {
    match value {
        Passing::Bool(value) => Ok(*value),
        Passing::Unsigned(0) | Passing::Signed(0) | Passing::Text("false") => Ok(false),
        Passing::Unsigned(1) | Passing::Signed(1) | Passing::Text("true") => Ok(true),
        _ => Err(shown(value)),
    }
}

fn to_char(value: &Passing<'_>) -> Result<char, String> {
    match value {
        Passing::Char(value) => Some(*value),
        Passing::Text(text) => text.parse().ok(),
        Passing::Unsigned(code) => u32::try_from(*code).ok().and_then(char::from_u32),
        _ => None,
    }
    .ok_or_else(|| shown(value))
}

fn write_ip(value: &Passing<'_>, out: &mut Encoder) -> Result<(), String> {
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

/// Parses the hyphenated form of a UUID (RFC 9562, section 4), in either case.
fn to_uuid(value: &Passing<'_>) -> Result<[u8; 16], String> {
    match value {
        Passing::Uuid(bytes) => <[u8; 16]>::try_from(*bytes).ok(),
        Passing::Text(text) => parse_uuid(text),
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
fn text_of(value: &Passing<'_>) -> String {
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

/// Returns the value as an error shows it: texts quoted, long ones cut.
fn shown(value: &Passing<'_>) -> String {
    const SHOWN_CHARS: usize = 60;
    let text = text_of(value);
    let cut: String = text.chars().take(SHOWN_CHARS).collect();
    let dots = if cut.len() < text.len() { ".." } else { "" };
    match value {
        Passing::Text(_) => format!("{cut:?}{dots}"),
        _ => format!("{cut}{dots}"),
    }
}

/// Tells whether every value that converts comes back equal when it is converted back.
#[must_use]
pub fn comes_back_equal(from: Scalar, to: Scalar) -> bool {
    use Scalar::{F32, F64, Ip, String, Uuid};
    match (from, to) {
        // Rounding, payloads of NaN, the sign of zero.
        (F64, F32) | (F32 | F64, String) => false,
        (F32 | F64, _) if integer_range(to).is_some() => false,
        // Several texts mean one number or address.
        (String, F32 | F64 | Ip | Uuid) => false,
        (String, _) if integer_range(to).is_some() => false,
        _ => true,
    }
}
