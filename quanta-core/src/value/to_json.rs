//! From values to JSON.

use serde_json::{Map, Number, Value as Json, json};

use super::forms::{decimal_text, hex, special_f32, special_f64};
use super::value::Value;
use crate::codec::civil::{date_text, duration_text, timestamp_text};
use crate::codec::convert::uuid_text;
use crate::schema::{Node, NodeId, Scalar, Shape};

/// The largest magnitude of an integer that is a JSON number: every reader has it exactly.
const JSON_INTEGER_MAX: u128 = 1 << 53;

/// Returns the JSON of a value of the type at `node`, from which [`from_json`](super::from_json) makes an equal value.
///
/// - Integers are numbers up to 2^53, and decimal strings beyond.
/// - Floats are numbers, or `"NaN"`, `"inf"`, `"-inf"`; a NaN with other bits than the usual one is
///   `"NaN(0x7ff8000000000001)"`.
/// - Text, paths and characters are strings. Bytes are a string of hex.
/// - Unit and none are `null`. Some is the value itself, or `{"some": value}` if the value may be `null`: an option of
///   an option, of unit, or of opaque JSON.
/// - Lists, sets, arrays and tuples are arrays. A map is an object if its keys are strings, else an array of pairs.
/// - A struct is an object with all fields. A variant is `"Variant"` or `{"Variant": payload}`.
/// - A uuid, an IP address and a decimal are their texts.
/// - A timestamp is RFC 3339 in UTC, `"2024-05-06T07:08:09.5Z"`, and outside of the years 0 to 9999
///   `{"seconds": from 1970, "nanos": ..}`.
/// - A date is `"2024-05-06"`, and outside of the years 0 to 9999 `{"days": from 1970}`.
/// - A duration is a string of decimal seconds, `"12.5"`.
/// - Opaque JSON is itself.
///
/// A part that is not of its type shows as its text, since there is no right form for it.
#[must_use]
pub fn to_json(shape: &Shape, node: NodeId, value: &Value) -> Json {
    match (shape.node(node), value) {
        (Node::Option(_), Value::Option(None)) => Json::Null,
        (Node::Option(item), Value::Option(Some(value))) => {
            let inner = to_json(shape, *item, value);
            if may_be_null(shape, *item) {
                json!({ "some": inner })
            } else {
                inner
            }
        }
        (Node::List(item) | Node::Set(item) | Node::Array(item, _), Value::List(items)) => {
            items.iter().map(|value| to_json(shape, *item, value)).collect()
        }
        (Node::Map(key, item), Value::Map(entries)) => map_json(shape, (*key, *item), entries),
        (Node::Tuple(nodes), Value::Tuple(items)) => nodes
            .iter()
            .zip(items)
            .map(|(node, value)| to_json(shape, *node, value))
            .collect(),
        (Node::Struct { fields, .. }, Value::Struct(values)) => {
            let member = |name: &String| values.get(name);
            let members = fields.iter().filter_map(|field| {
                member(&field.name).map(|value| (field.name.clone(), to_json(shape, field.node, value)))
            });
            Json::Object(members.collect())
        }
        (
            Node::Enum { variants, .. },
            Value::Enum {
                variant: name,
                payload,
            },
        ) => match variants.iter().find(|variant| variant.name == *name) {
            Some(variant) if !is_unit(shape, variant.payload) => {
                let payload = to_json(shape, variant.payload, payload);
                Json::Object(Map::from_iter([(name.clone(), payload)]))
            }
            _ => Json::String(name.clone()),
        },
        (Node::Scalar(_) | Node::Opaque(_), value) => scalar_json(value),
        (_, value) => Json::String(value.to_string()),
    }
}

/// Tells whether the JSON of a value of the type may be `null`.
pub(super) fn may_be_null(shape: &Shape, node: NodeId) -> bool {
    matches!(
        shape.node(node),
        Node::Scalar(Scalar::Unit) | Node::Option(_) | Node::Opaque(_)
    )
}

pub(super) fn is_unit(shape: &Shape, node: NodeId) -> bool {
    matches!(shape.node(node), Node::Scalar(Scalar::Unit))
}

fn map_json(shape: &Shape, (key, item): (NodeId, NodeId), entries: &[(Value, Value)]) -> Json {
    if !matches!(shape.node(key), Node::Scalar(Scalar::String)) {
        let pair =
            |(name, value): &(Value, Value)| json!([to_json(shape, key, name), to_json(shape, item, value)]);
        return entries.iter().map(pair).collect();
    }
    let member = |(name, value): &(Value, Value)| {
        let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
        (name, to_json(shape, item, value))
    };
    Json::Object(entries.iter().map(member).collect())
}

fn scalar_json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => integer_json(
            value.unsigned_abs(),
            i64::try_from(*value).ok(),
            value.to_string(),
        ),
        Value::UInt(value) => integer_json(*value, i64::try_from(*value).ok(), value.to_string()),
        Value::F32(value) => special_f32(*value).map_or_else(|| number(short_f64(*value)), Json::String),
        Value::F64(value) => special_f64(*value).map_or_else(|| number(*value), Json::String),
        Value::Char(value) => Json::String(value.to_string()),
        Value::String(text) | Value::Path(text) => Json::String(text.clone()),
        Value::Bytes(bytes) => Json::String(hex(bytes)),
        Value::Unit => Json::Null,
        Value::Uuid(bytes) => Json::String(uuid_text(bytes)),
        Value::Timestamp { seconds, nanos } => timestamp_text(*seconds, *nanos).map_or_else(
            || json!({ "seconds": scalar_json(&Value::from(*seconds)), "nanos": nanos }),
            Json::String,
        ),
        Value::Date(days) => date_text((*days).into()).map_or_else(|| json!({ "days": days }), Json::String),
        Value::Duration { seconds, nanos } => Json::String(duration_text(*seconds, *nanos)),
        // Bytes that are no decimal have no row form either: there is nothing to read back.
        Value::Decimal(bytes) => Json::String(decimal_text(*bytes).unwrap_or_else(|| hex(bytes))),
        Value::Ip(address) => Json::String(address.to_string()),
        Value::Opaque(json) => json.clone(),
        _ => Json::String(value.to_string()),
    }
}

fn integer_json(magnitude: u128, short: Option<i64>, text: String) -> Json {
    match short {
        Some(value) if magnitude <= JSON_INTEGER_MAX => Json::from(value),
        _ => Json::String(text),
    }
}

fn number(value: f64) -> Json {
    Number::from_f64(value).map_or(Json::Null, Json::Number)
}

/// Widens a float to one that has the same shortest text, so that 0.1 stays 0.1.
fn short_f64(value: f32) -> f64 {
    let exact = f64::from(value);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the result is compared with the original"
    )]
    match format!("{value:?}").parse::<f64>() {
        Ok(short) if (short as f32).to_bits() == value.to_bits() => short,
        _ => exact,
    }
}
