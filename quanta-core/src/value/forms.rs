//! Texts of scalars that read back to the same bits: bytes, decimals, durations, special floats.

use super::civil::{fraction_text, parse_fraction};

/// Digits that may follow the point of a decimal.
const DECIMAL_SCALE_MAX: u32 = 28;

/// Returns bytes in lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads hex in either case.
pub(super) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .chars()
        .map(|digit| digit.to_digit(16))
        .collect::<Option<_>>()?;
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect()
}

/// Returns a decimal as text with every digit of its scale; none if the bytes are in a form that no arithmetic
/// produces, such as a scale over 28.
pub(super) fn decimal_text(bytes: [u8; 16]) -> Option<String> {
    let flags = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let (scale, sign) = (flags >> 16 & 0xff, flags >> 31);
    if scale > DECIMAL_SCALE_MAX || flags & 0x7f00_ffff != 0 {
        return None;
    }
    let magnitude = u128::from_le_bytes(bytes) >> 32;
    let scale = scale as usize;
    let mut digits = format!("{magnitude:0>width$}", width = scale + 1);
    if scale > 0 {
        digits.insert(digits.len() - scale, '.');
    }
    if sign == 1 {
        digits.insert(0, '-');
    }
    Some(digits)
}

/// Reads a decimal: digits, at most 28 of them after a point, a magnitude below 2^96.
pub(super) fn parse_decimal(text: &str) -> Option<[u8; 16]> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (1_u128 << 31, text),
        None => (0, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || text.ends_with('.') {
        return None;
    }
    let scale = u32::try_from(fraction.len())
        .ok()
        .filter(|scale| *scale <= DECIMAL_SCALE_MAX)?;
    let magnitude: u128 = format!("{whole}{fraction}").parse().ok()?;
    let flags = sign | u128::from(scale) << 16;
    (magnitude < 1 << 96).then(|| (magnitude << 32 | flags).to_le_bytes())
}

/// Returns a duration as a decimal number of seconds.
pub(super) fn duration_text(seconds: u64, nanos: u32) -> String {
    format!("{seconds}{}", fraction_text(nanos))
}

/// Reads a decimal number of seconds.
pub(super) fn parse_duration(text: &str) -> Option<(u64, u32)> {
    let (seconds, nanos) = match text.split_once('.') {
        Some((seconds, fraction)) => (seconds, parse_fraction(fraction)?),
        None => (text, 0),
    };
    if seconds.bytes().all(|digit| digit.is_ascii_digit()) {
        Some((seconds.parse().ok()?, nanos))
    } else {
        None
    }
}

macro_rules! floats {
    ($($text:ident, $parse:ident, $float:ident, $bits:ident, $digits:literal;)*) => {
        $(
            /// Returns the text of a float that JSON has no number for: `NaN`, `inf`, `-inf`, and the bits of every
            /// NaN but the usual one.
            pub(super) fn $text(value: $float) -> Option<String> {
                if !value.is_nan() {
                    return value.is_infinite().then(|| value.to_string());
                }
                match value.to_bits() {
                    bits if bits == $float::NAN.to_bits() => Some("NaN".to_owned()),
                    bits => Some(format!(concat!("NaN(0x{:0", $digits, "x})"), bits)),
                }
            }

            /// Reads what the writing counterpart returns.
            pub(super) fn $parse(text: &str) -> Option<$float> {
                match text {
                    "NaN" => Some($float::NAN),
                    "inf" => Some($float::INFINITY),
                    "-inf" => Some($float::NEG_INFINITY),
                    _ => {
                        let digits = text.strip_prefix("NaN(0x")?.strip_suffix(')')?;
                        let value = $float::from_bits($bits::from_str_radix(digits, 16).ok()?);
                        value.is_nan().then_some(value)
                    }
                }
            }
        )*
    };
}

floats! {
    special_f32, parse_special_f32, f32, u32, "8";
    special_f64, parse_special_f64, f64, u64, "16";
}
