//! Bytes and uuids as text.

use std::fmt::Write;

/// Returns bytes as hexadecimal digits, without separators.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing into a string can't fail");
    }
    text
}

/// Reads what [`hex`] writes, in either case.
pub(super) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|char| char.to_digit(16)?.try_into().ok())
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Returns a uuid in the hyphenated form of RFC 9562.
pub(super) fn uuid(bytes: [u8; 16]) -> String {
    let text = hex(&bytes);
    [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ]
    .join("-")
}

/// Reads what [`uuid`] writes, in either case.
pub(super) fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    if groups != [8, 4, 4, 4, 12] {
        return None;
    }
    parse_hex(&text.replace('-', ""))?.try_into().ok()
}
