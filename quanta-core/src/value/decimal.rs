//! Decimals as text. The layout of the 16 bytes is that of `rust_decimal::Decimal::serialize`.

const SCALE_MAX: u8 = 28;

/// Checks that only scale and sign stand in the flags, and that the scale is one.
pub(super) fn check(bytes: [u8; 16]) -> Result<(), String> {
    match bytes {
        [0, 0, scale, 0 | 0x80, ..] if scale <= SCALE_MAX => Ok(()),
        [a, b, c, d, ..] => Err(format!("{a:02x}{b:02x}{c:02x}{d:02x} are no flags of a decimal")),
    }
}

fn mantissa(bytes: [u8; 16]) -> u128 {
    let mut wide = [0; 16];
    wide[..12].copy_from_slice(&bytes[4..]);
    u128::from_le_bytes(wide)
}

/// Returns the text, with all digits of the scale, so that it reads back as the same bytes.
pub(super) fn to_text(bytes: [u8; 16]) -> String {
    let scale = usize::from(bytes[2]);
    let digits = format!("{:0width$}", mantissa(bytes), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if bytes[3] == 0 { "" } else { "-" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// Reads what [`to_text`] writes.
pub(super) fn from_text(text: &str) -> Option<[u8; 16]> {
    let (sign, digits) = text.strip_prefix('-').map_or((0, text), |digits| (0x80, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if whole.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let scale = u8::try_from(fraction.len())
        .ok()
        .filter(|scale| *scale <= SCALE_MAX)?;
    let mantissa = all.parse::<u128>().ok().filter(|mantissa| mantissa >> 96 == 0)?;
    let mut bytes = [0; 16];
    bytes[2] = scale;
    bytes[3] = sign;
    bytes[4..].copy_from_slice(&mantissa.to_le_bytes()[..12]);
    Some(bytes)
}
