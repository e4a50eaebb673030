//! Bytes as people read them.

/// Bytes on one line of a dump.
const LINE_BYTES: usize = 24;

/// Returns bytes as pairs of digits.
pub fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// Reads pairs of digits.
pub fn unhex(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|pair| u8::from_str_radix(pair, 16).expect("a pair of digits"))
        .collect()
}

/// Returns bytes in lines of digits and, beside them, the characters that can be shown.
pub fn dump(indent: &str, bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(LINE_BYTES) {
        let shown: String = line
            .iter()
            .map(|byte| match byte {
                b' '..=b'~' => char::from(*byte),
                _ => '.',
            })
            .collect();
        let width = LINE_BYTES * 3 - 1;
        text.push_str(&format!("{indent}{:width$}  {shown}\n", hex(line)));
    }
    text
}

/// Reads the digits of one line of a dump.
pub fn undump(line: &str) -> Vec<u8> {
    let digits = line.trim_start();
    // Two blanks end the digits: between them there is one.
    unhex(digits.split("  ").next().unwrap_or(digits))
}
