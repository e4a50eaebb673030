//! Values in the form that orders them.

use crate::codec::{DecodeError, Decoder, decimal, encode_key_part};
use crate::schema::{Node, NodeId, Scalar, Shape};

/// Reads a value in row form and appends bytes that order like it: its key form, and for a decimal its digits, so that
/// decimals which differ only in trailing zeros are equal.
///
/// # Errors
///
/// If the bytes are no value of the type, or the type has no order.
pub fn encode_order(
    shape: &Shape,
    node: NodeId,
    input: &mut Decoder<'_>,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    if !is_decimal(shape, node) {
        return encode_key_part(shape, node, input, out);
    }
    write_decimal(&decimal(input)?.text(), out);
    Ok(())
}

/// Tells whether values of the type are decimals: those can be equal in value, and not in bytes.
pub fn is_decimal(shape: &Shape, node: NodeId) -> bool {
    matches!(shape.node(node), Node::Scalar(Scalar::Decimal))
}

/// Tells whether values of the type have an order.
pub fn has_order(shape: &Shape, node: NodeId) -> bool {
    is_decimal(shape, node) || crate::schema::has_key_order(shape, node)
}

/// Sign, number of whole digits, digits, and an end; negative numbers with all bits turned round.
fn write_decimal(text: &str, out: &mut Vec<u8>) {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() && fraction.is_empty() {
        return out.push(1);
    }
    out.push(if is_negative { 0 } else { 2 });
    let length = u8::try_from(whole.len()).expect("a decimal has at most 29 digits");
    let digits = [&[length][..], whole.as_bytes(), fraction.as_bytes(), &[0]].concat();
    out.extend(digits.iter().map(|byte| if is_negative { !byte } else { *byte }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_order_by_value() {
        let ordered = [
            "-120.5", "-12.05", "-12", "-1.5", "-1.25", "-0.1", "-0.01", "0", "0.001", "0.01", "0.1", "1",
            "1.25", "1.5", "9", "10", "12.05", "120.5",
        ];
        let form = |text: &str| {
            let mut out = Vec::new();
            write_decimal(text, &mut out);
            out
        };
        let forms: Vec<_> = ordered.iter().map(|text| form(text)).collect();
        assert!(forms.is_sorted_by(|one, other| one < other), "{forms:?}");
        for (one, other) in [
            ("1.50", "1.5"),
            ("-0.00", "0"),
            ("100", "100.000"),
            ("-2.0", "-2"),
        ] {
            assert_eq!(form(one), form(other));
        }
    }
}
