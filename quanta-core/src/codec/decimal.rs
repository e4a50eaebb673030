//! Decimals: a sign, up to 28 decimals and a magnitude of 96 bits, without the crate that has a type for them.

/// Digits that may follow the point.
const SCALE_MAX: u32 = 28;

/// Bits of the magnitude.
const MAGNITUDE_BITS: u32 = 96;

/// A decimal, taken apart: `magnitude / 10^scale`, and its sign. Zero has a sign and a scale too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    is_negative: bool,
    scale: u32,
    magnitude: u128,
}

impl Decimal {
    /// Takes apart the row form (docs/format.md, "Rows"). None if the bytes are in a form that no arithmetic
    /// produces, such as more than 28 decimals.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        let flags = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let scale = flags >> 16 & 0xff;
        let is_one = scale <= SCALE_MAX && flags & 0x7f00_ffff == 0;
        is_one.then_some(Self {
            is_negative: flags >> 31 == 1,
            scale,
            magnitude: u128::from_le_bytes(bytes) >> 32,
        })
    }

    /// Returns the row form.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        let flags = u128::from(self.is_negative) << 31 | u128::from(self.scale) << 16;
        (self.magnitude << 32 | flags).to_le_bytes()
    }

    fn new(is_negative: bool, scale: u32, magnitude: u128) -> Option<Self> {
        let fits = scale <= SCALE_MAX && magnitude >> MAGNITUDE_BITS == 0;
        fits.then_some(Self {
            is_negative,
            scale,
            magnitude,
        })
    }

    /// Returns the text with every digit of the scale, such as `-1.50`: no two decimals have one text.
    #[must_use]
    pub fn text(self) -> String {
        let scale = self.scale as usize;
        let mut digits = format!("{:0>width$}", self.magnitude, width = scale + 1);
        if scale > 0 {
            digits.insert(digits.len() - scale, '.');
        }
        if self.is_negative {
            digits.insert(0, '-');
        }
        digits
    }

    /// Reads a decimal: digits, at most 28 of them after a point, a magnitude below 2^96.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || text.ends_with('.') {
            return None;
        }
        let scale = u32::try_from(fraction.len()).ok()?;
        Self::new(is_negative, scale, format!("{whole}{fraction}").parse().ok()?)
    }

    /// Makes a decimal without decimals of an integer that fits.
    #[must_use]
    pub fn from_integer(is_negative: bool, magnitude: u128) -> Option<Self> {
        Self::new(is_negative, 0, magnitude)
    }

    /// Returns sign and magnitude of a whole number, whatever its scale.
    #[must_use]
    pub fn to_integer(self) -> Option<(bool, u128)> {
        let unit = 10_u128.pow(self.scale);
        let is_whole = self.magnitude.is_multiple_of(unit);
        is_whole.then(|| (self.is_negative, self.magnitude / unit))
    }

    /// Returns a float as the decimal that it exactly is, with as few decimals as possible.
    #[must_use]
    pub fn from_float(value: f64) -> Option<Self> {
        const FRACTION_BITS: u32 = 52;
        let bits = value.to_bits();
        let exponent = i32::try_from(bits >> FRACTION_BITS & 0x7ff).ok()?;
        let fraction = bits & ((1 << FRACTION_BITS) - 1);
        if value == 0.0 {
            return Self::new(value.is_sign_negative(), 0, 0);
        }
        // Subnormals are far smaller than 28 decimals reach; the highest exponent is that of infinities and NaN.
        if exponent == 0 || exponent == 0x7ff {
            return None;
        }
        let mantissa = fraction | 1 << FRACTION_BITS;
        let odd = u128::from(mantissa >> mantissa.trailing_zeros());
        let shift = exponent - 1075 + i32::try_from(mantissa.trailing_zeros()).ok()?;
        let places = shift.unsigned_abs();
        let is_small = shift >= 0 && places + (u128::BITS - odd.leading_zeros()) <= MAGNITUDE_BITS;
        match shift {
            0.. if is_small => Self::new(value < 0.0, 0, odd << places),
            0.. => None,
            // m / 2^k is m * 5^k / 10^k.
            _ if places <= SCALE_MAX => Self::new(value < 0.0, places, odd * 5_u128.pow(places)),
            _ => None,
        }
    }

    /// Takes the decimal apart into sign, `m` and `k` of `m / 2^k`, which is what floats can be.
    #[must_use]
    pub fn to_binary(self) -> Option<(bool, u128, u32)> {
        let fives = 5_u128.pow(self.scale);
        let is_one = self.magnitude.is_multiple_of(fives);
        is_one.then(|| (self.is_negative, self.magnitude / fives, self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_become_the_decimals_that_they_are() {
        for (float, text) in [
            (0.0, Some("0")),
            (-0.0, Some("-0")),
            (1.5, Some("1.5")),
            (-0.125, Some("-0.125")),
            (1e22, Some("10000000000000000000000")),
            (2.0_f64.powi(95), Some("39614081257132168796771975168")),
            (2.0_f64.powi(96), None),
            (2.0_f64.powi(-28), Some("0.0000000037252902984619140625")),
            (2.0_f64.powi(-29), None),
            (0.1, None),
            (5e-324, None),
            (f64::NAN, None),
            (f64::NEG_INFINITY, None),
        ] {
            let decimal = Decimal::from_float(float);
            assert_eq!(decimal.map(Decimal::text).as_deref(), text, "{float}");
        }
    }

    #[test]
    fn e3_texts_are_canonical() {
        for text in [
            "0",
            "-0",
            "-0.00",
            "1.50",
            "0.0000000000000000000000000001",
            "79228162514264337593543950335",
        ] {
            let decimal = Decimal::parse(text).unwrap();
            assert_eq!(decimal.text(), text);
            assert_eq!(Decimal::from_bytes(decimal.to_bytes()), Some(decimal));
        }
        for text in [
            "",
            "-",
            "+1",
            "1.",
            ".5",
            "1e5",
            "1_0",
            "1,5",
            "79228162514264337593543950336",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::from_bytes([255; 16]), None);
    }
}
