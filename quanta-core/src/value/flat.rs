//! Values as the text of one cell, and back.

use serde_json::Value as Json;

use super::forms::{parse_special_f32, parse_special_f64};
use super::from_json::{from_json, narrow};
use super::to_json::{may_be_null, to_json};
use super::value::Value;
use crate::schema::{Node, NodeId, Scalar, Shape};

/// Returns the text of a value of the type at `node`, from which [`from_flat`] makes an equal value.
///
/// A scalar and a variant without a payload are what their JSON says, without quotes; some is the text of its value.
/// Everything else is its JSON: lists, sets, maps, arrays, tuples, structs, variants with a payload, unit, opaque
/// JSON, an option of what may itself be `null`, and dates beyond the years 0 to 9999. So is none, as `null`.
pub fn to_flat(shape: &Shape, node: NodeId, value: &Value) -> String {
    match (shape.node(node), value) {
        (Node::Option(item), Value::Option(Some(value))) if !may_be_null(shape, *item) => {
            to_flat(shape, *item, value)
        }
        (Node::Scalar(Scalar::String | Scalar::Path), Value::String(text) | Value::Path(text)) => {
            text.clone()
        }
        (Node::Scalar(_) | Node::Enum { .. }, _) => match to_json(shape, node, value) {
            Json::String(text) => text,
            json => json.to_string(),
        },
        _ => to_json(shape, node, value).to_string(),
    }
}

/// Makes a value of the type at `node` from the text of a cell, as [`to_flat`] writes it.
///
/// Of truth values any case is taken, and of floats any number that is not beyond the type.
///
/// # Errors
///
/// If the text is of no such value: the error quotes it, or starts with the path to the part of JSON that is not.
pub fn from_flat(shape: &Shape, node: NodeId, text: &str) -> Result<Value, String> {
    let quoted = || from_json(shape, node, &Json::String(text.to_owned()));
    match shape.node(node) {
        Node::Option(item) if !may_be_null(shape, *item) => {
            from_flat(shape, *item, text).map(|value| Value::Option(Some(Box::new(value))))
        }
        Node::Enum { .. } if !text.starts_with('{') => quoted(),
        Node::Scalar(Scalar::Unit) => spelled_out(shape, node, text),
        Node::Scalar(Scalar::Timestamp | Scalar::Date) if text.starts_with('{') => {
            spelled_out(shape, node, text)
        }
        Node::Scalar(scalar) => plain(*scalar, text)
            .unwrap_or_else(|| quoted().ok())
            .ok_or_else(|| format!("{} is no {}", quote(text), scalar.name())),
        _ => spelled_out(shape, node, text),
    }
}

/// Characters of a cell that an error quotes.
const QUOTED_CHARS_MAX: usize = 60;

/// Quotes a cell, and of a long one the beginning.
fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{:?}..", &text[..end]),
        None => format!("{text:?}"),
    }
}

fn spelled_out(shape: &Shape, node: NodeId, text: &str) -> Result<Value, String> {
    let json = serde_json::from_str(text).map_err(|error| format!("{} is no JSON: {error}", quote(text)))?;
    from_json(shape, node, &json)
}

/// Reads a scalar for which JSON would only be in the way; the outer none leaves it to JSON.
fn plain(scalar: Scalar, text: &str) -> Option<Option<Value>> {
    macro_rules! integers {
        ($($name:ident => $type:ty,)*) => {
            match scalar {
                // `parse` alone would take a plus sign too.
                $(Scalar::$name => text
                    .parse::<$type>()
                    .ok()
                    .filter(|_| !text.starts_with('+'))
                    .map(Value::from),)*
                Scalar::Bool => truth(text).map(Value::Bool),
                Scalar::F32 => number(text).map_or_else(|| parse_special_f32(text), narrow).map(Value::F32),
                Scalar::F64 => number(text).or_else(|| parse_special_f64(text)).map(Value::F64),
                Scalar::String => Some(Value::String(text.to_owned())),
                Scalar::Path => Some(Value::Path(text.to_owned())),
                _ => return None,
            }
        };
    }
    Some(integers! {
        U8 => u8, U16 => u16, U32 => u32, U64 => u64, U128 => u128,
        I8 => i8, I16 => i16, I32 => i32, I64 => i64, I128 => i128,
    })
}

fn truth(text: &str) -> Option<bool> {
    [true, false]
        .into_iter()
        .find(|value| text.eq_ignore_ascii_case(if *value { "true" } else { "false" }))
}

/// Reads a finite number. What Rust takes besides, such as `infinity`, is left to the forms that the project writes.
fn number(text: &str) -> Option<f64> {
    let is_number = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse()
        .ok()
        .filter(|value: &f64| is_number && value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shape: &str, text: &str, expected: Result<Value, &str>) {
        let shape: Shape = shape.parse().expect("it is a type");
        let value = from_flat(&shape, NodeId::ROOT, text);
        assert_eq!(value, expected.map_err(str::to_owned), "{text}");
        if let Ok(value) = value {
            let again = to_flat(&shape, NodeId::ROOT, &value);
            assert_eq!(
                from_flat(&shape, NodeId::ROOT, &again),
                Ok(value),
                "{text} as {again}"
            );
        }
    }

    #[test]
    fn cells_are_read_by_their_type() {
        check("u8", "255", Ok(Value::from(255_u8)));
        check("u8", "256", Err("\"256\" is no u8"));
        check("u8", "+5", Err("\"+5\" is no u8"));
        check("u8", "", Err("\"\" is no u8"));
        check("u8", " 5", Err("\" 5\" is no u8"));
        check("bool", "TRUE", Ok(Value::Bool(true)));
        check("bool", "1", Err("\"1\" is no bool"));
        check("f64", "1e400", Err("\"1e400\" is no f64"));
        check("f64", "-0", Ok(Value::F64(-0.0)));
        check("f64", "infinity", Err("\"infinity\" is no f64"));
        check("f64", "-inf", Ok(Value::F64(f64::NEG_INFINITY)));
        check("f32", "0.1", Ok(Value::F32(0.1)));
        check("f32", "1e39", Err("\"1e39\" is no f32"));
        check("string", "", Ok(Value::from("")));
        check(
            "option<string>",
            "\"",
            Ok(Value::Option(Some(Box::new(Value::from("\""))))),
        );
        check("date", "2024-05-06", Ok(Value::Date(19_849)));
        check("date", "2024-13-06", Err("\"2024-13-06\" is no date"));
        check("date", "{\"days\": 7}", Ok(Value::Date(7)));
        check("unit", "null", Ok(Value::Unit));
        check(
            "list<u8>",
            "[1, 2]",
            Ok(Value::List(vec![Value::from(1_u8), Value::from(2_u8)])),
        );
        check("list<u8>", "[1, 300]", Err("[1]: 300 is no u8"));
        check(
            "list<u8>",
            "[1",
            Err("\"[1\" is no JSON: EOF while parsing a list at line 1 column 2"),
        );
        check("uuid", "x", Err("\"x\" is no uuid"));
    }

    #[test]
    fn long_cells_are_cut_in_errors() {
        let shape: Shape = "u8".parse().expect("it is a type");
        let error = from_flat(&shape, NodeId::ROOT, &"x".repeat(1 << 20)).expect_err("it is no number");
        assert!(error.len() < 100, "{error}");
    }
}
