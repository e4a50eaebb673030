//! Texts of scalars that read back to the same bits: bytes, decimals, special floats.

use crate::codec::decimal::Decimal;

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
    Decimal::from_bytes(bytes).map(Decimal::text)
}

/// Reads a decimal: digits, at most 28 of them after a point, a magnitude below 2^96.
pub(super) fn parse_decimal(text: &str) -> Option<[u8; 16]> {
    Decimal::parse(text).map(Decimal::to_bytes)
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
