//! Values as texts write them, by the type of the field that they are compared with.

use serde_json::Value as Json;

use crate::schema::{Node, NodeId, Scalar, Shape};
use crate::value::{Value, from_flat, from_json};

use super::expr::Written;

/// Makes a value of the type at `node`, which is no option; none if none is meant.
///
/// Texts are read as strings of JSON are: so dates, identifiers, decimals, bytes and variants without a payload are texts
/// too. Numbers are values of the types of numbers, and no texts.
///
/// # Errors
///
/// Says what is wrong, as a sentence about the field.
pub fn coerced(shape: &Shape, node: NodeId, written: &Written) -> Result<Option<Value>, String> {
    let of_type = || shape.sub_shape(node);
    match (written, shape.node(node)) {
        (Written::None, _) => Ok(None),
        (Written::Json(text), _) => {
            let json = serde_json::from_str(text)
                .map_err(|error| format!("is compared with JSON that can't be read: {error}"))?;
            let value = from_json(shape, node, &json).map(Some);
            value.map_err(|problem| format!("is compared with a value that it can't have: {problem}"))
        }
        (_, Node::Struct { .. } | Node::Tuple(_)) => Err(format!(
            "has parts: ask for one of them, as in `address.city`. It is {}",
            of_type()
        )),
        (_, Node::Map(..)) => Err(format!(
            "is a map: ask for a key, with `{{key}}`. It is {}",
            of_type()
        )),
        (_, Node::List(_) | Node::Set(_) | Node::Array(..)) => Err(format!(
            "is a list: ask for one of its items with `[]` behind it, or for each with `all` before it. It is {}",
            of_type()
        )),
        (Written::Bool(value), Node::Scalar(Scalar::Bool)) => Ok(Some(Value::Bool(*value))),
        (Written::Bool(value), _) => Err(format!("is compared with {value}, but it is {}", of_type())),
        (Written::Number(number), Node::Scalar(scalar)) if is_number(*scalar) => {
            let value = from_flat(shape, node, number);
            value
                .map(Some)
                .map_err(|_| format!("is compared with {number}, which is no {}", scalar.name()))
        }
        (Written::Number(number), Node::Scalar(Scalar::String | Scalar::Path | Scalar::Char)) => {
            Err(format!(
                "is compared with the number {number}, but it is {}: a text is put in quotes",
                of_type()
            ))
        }
        (Written::Number(number), _) => Err(format!(
            "is compared with the number {number}, but it is {}",
            of_type()
        )),
        (Written::Text(text), _) => from_json(shape, node, &Json::String(text.clone()))
            .map(Some)
            .map_err(|problem| format!("is compared with a value that it can't have: {problem}")),
    }
}

/// Tells whether values of the type are written as numbers.
pub fn is_number(scalar: Scalar) -> bool {
    matches!(
        scalar,
        Scalar::U8
            | Scalar::U16
            | Scalar::U32
            | Scalar::U64
            | Scalar::U128
            | Scalar::I8
            | Scalar::I16
            | Scalar::I32
            | Scalar::I64
            | Scalar::I128
            | Scalar::F32
            | Scalar::F64
            | Scalar::Decimal
    )
}
