//! Figures as text: three digits that count, and the unit that fits.

use crate::results::Unit;

/// Three digits that count.
pub fn digits(value: f64) -> String {
    let whole = value.abs();
    match whole {
        _ if whole >= 100.0 => format!("{value:.0}"),
        _ if whole >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A value with its unit.
pub fn value(value: f64, unit: Unit) -> String {
    let scaled = |scales: &[(f64, &str)]| {
        let (scale, name) = scales
            .iter()
            .rfind(|(scale, _)| value.abs() >= *scale)
            .unwrap_or(&scales[0]);
        format!("{} {name}", digits(value / scale))
    };
    match unit {
        Unit::Nanos | Unit::NanosEach => scaled(&[(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")]),
        Unit::Bytes => scaled(&[
            (1.0, "B"),
            (1024.0, "KiB"),
            (1_048_576.0, "MiB"),
            (1_073_741_824.0, "GiB"),
        ]),
        Unit::Times => format!("{}x", digits(value)),
    }
}

/// A count with commas.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
