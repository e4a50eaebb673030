//! Numbers in JSON, so that each reads back bit for bit.

use serde_json::{Number, Value as Json};

/// Integers up to here, both ways, are JSON numbers: every reader keeps them. Those beyond are decimal strings.
const EXACT_MAX: u128 = 1 << 53;

/// Returns a signed integer as JSON.
pub(super) fn signed(value: i128) -> Json {
    match i64::try_from(value) {
        Ok(small) if value.unsigned_abs() <= EXACT_MAX => Json::from(small),
        _ => Json::from(value.to_string()),
    }
}

/// Returns an unsigned integer as JSON.
pub(super) fn unsigned(value: u128) -> Json {
    match u64::try_from(value) {
        Ok(small) if value <= EXACT_MAX => Json::from(small),
        _ => Json::from(value.to_string()),
    }
}

/// Reads an integer: a JSON number or a decimal string.
pub(super) fn integer<T: TryFrom<i64> + TryFrom<u64> + std::str::FromStr>(json: &Json) -> Option<T> {
    match json {
        Json::Number(number) => match number.as_u64() {
            Some(natural) => T::try_from(natural).ok(),
            None => T::try_from(number.as_i64()?).ok(),
        },
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Returns an `f64` as JSON. What NaN carries besides being one, sign included, is not kept.
pub(super) fn float64(value: f64) -> Json {
    match Number::from_f64(value) {
        Some(number) => Json::Number(number),
        None if value.is_nan() => Json::from("NaN"),
        None => Json::from(if value > 0.0 { "inf" } else { "-inf" }),
    }
}

/// Returns an `f32` as JSON: with its own few digits where they read back as the same bits, else widened.
pub(super) fn float32(value: f32) -> Json {
    let short = value.to_string().parse::<f64>().ok();
    match short.filter(|short| narrow(*short).to_bits() == value.to_bits()) {
        Some(short) => float64(short),
        None => float64(value.into()),
    }
}

/// Reads an `f64`: a JSON number, `"NaN"`, `"inf"` or `"-inf"`.
pub(super) fn parse_float64(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// Reads an `f32`: the one nearest to the number, if there is one.
pub(super) fn parse_float32(json: &Json) -> Option<f32> {
    let wide = parse_float64(json)?;
    Some(narrow(wide)).filter(|narrow| narrow.is_finite() == wide.is_finite())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding to the nearest f32 is what is wanted"
)]
fn narrow(wide: f64) -> f32 {
    wide as f32
}
