//! Numbers from numbers, texts and whatever else means one: exactly, or not at all.

use super::{Passing, shown};
use crate::codec::decimal::Decimal;

pub(super) fn to_integer<T>(value: &Passing<'_>) -> Result<T, String>
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
        Passing::Decimal(value) => value.to_integer().and_then(signed),
        // Bytes are what a list of them is: the only one becomes the number.
        Passing::Bytes([byte]) => T::try_from(u128::from(*byte)).ok(),
        Passing::Uuid(bytes) => T::try_from(u128::from_be_bytes(*bytes)).ok(),
        _ => None,
    }
    .ok_or_else(|| shown(value))
}

/// Returns the integer of a sign and a magnitude, if it is within the range of `T`.
fn signed<T: TryFrom<i128> + TryFrom<u128>>((is_negative, magnitude): (bool, u128)) -> Option<T> {
    if is_negative {
        T::try_from(0_i128.checked_sub_unsigned(magnitude)?).ok()
    } else {
        T::try_from(magnitude).ok()
    }
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

pub(super) fn to_f64(value: &Passing<'_>) -> Result<f64, String> {
    #[expect(clippy::cast_precision_loss, reason = "a value that is not exact is refused")]
    match value {
        Passing::F64(value) => Some(*value),
        Passing::F32(value) => Some(widen_float(*value)),
        Passing::Decimal(value) => decimal_to_f64(*value),
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

pub(super) fn to_f32(value: &Passing<'_>) -> Result<f32, String> {
    #[expect(clippy::cast_precision_loss, reason = "a value that is not exact is refused")]
    match value {
        Passing::F32(value) => Some(*value),
        Passing::F64(value) => Some(narrow_float(*value)),
        // Whatever is exact in fewer bits is exact in more of them.
        Passing::Decimal(value) => decimal_to_f64(*value)
            .map(|wide| (wide, narrow_float(wide)))
            .filter(|(wide, narrow)| f64::from(*narrow) == *wide)
            .map(|(_, narrow)| narrow),
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

/// Returns a decimal as a float, if there is one that is exactly it.
fn decimal_to_f64(value: Decimal) -> Option<f64> {
    let (is_negative, magnitude, places) = value.to_binary()?;
    #[expect(clippy::cast_precision_loss, reason = "a value that is not exact is refused")]
    let whole = Some(magnitude as f64).filter(|float| float_to_integer(*float) == Some(magnitude))?;
    // A power of two that far from the smallest one divides without rounding.
    let value = whole / 2.0_f64.powi(i32::try_from(places).ok()?);
    Some(if is_negative { -value } else { value })
}

pub(super) fn to_decimal(value: &Passing<'_>) -> Result<Decimal, String> {
    match value {
        Passing::Decimal(value) => Some(*value),
        Passing::Signed(value) => Decimal::from_integer(*value < 0, value.unsigned_abs()),
        Passing::Unsigned(value) => Decimal::from_integer(false, *value),
        Passing::F32(value) => Decimal::from_float(f64::from(*value)),
        Passing::F64(value) => Decimal::from_float(*value),
        Passing::Text(text) => Decimal::parse(text),
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
