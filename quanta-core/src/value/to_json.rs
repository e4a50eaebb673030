//! From values to JSON.

use serde_json::{Map, Value as Json, json};

use crate::schema::{Node, NodeId, Scalar, Shape};

use super::model::Value;
use super::{calendar, decimal, numbers, text};

/// Returns a value of the type at `node` as JSON.
///
/// Bytes are hexadecimal, integers beyond 2^53 decimal strings, floats that JSON lacks `"NaN"`, `"inf"` and `"-inf"`
/// (what else a NaN carries is lost), maps with other than string keys lists of pairs, units null, enums `"Unit"` or
/// `{"Variant": payload}`, times RFC 3339, dates ISO 8601, durations decimal strings of seconds, decimals, uuids,
/// addresses, paths and chars strings. None is null; a value that could be null itself (an option, a unit, an opaque
/// value) stands inside an option as a list of one. A value that is not of the type gives null at that place.
#[must_use]
pub fn to_json(shape: &Shape, node: NodeId, value: &Value) -> Json {
    match (shape.node(node), value) {
        (Node::Option(item), Value::Option(Some(value))) => {
            let json = to_json(shape, *item, value);
            if may_be_null(shape.node(*item)) {
                json!([json])
            } else {
                json
            }
        }
        (Node::List(item) | Node::Set(item) | Node::Array(item, _), Value::List(values)) => {
            values.iter().map(|value| to_json(shape, *item, value)).collect()
        }
        (Node::Map(key, item), Value::Map(entries)) => map_json(shape, *key, *item, entries),
        (Node::Tuple(items), Value::Tuple(values)) => items
            .iter()
            .zip(values)
            .map(|(item, value)| to_json(shape, *item, value))
            .collect(),
        (Node::Struct { fields, .. }, Value::Struct(values)) => {
            let known = fields
                .iter()
                .filter_map(|field| Some((field, values.get(&field.name)?)));
            let members = known.map(|(field, value)| (field.name.clone(), to_json(shape, field.node, value)));
            Json::Object(members.collect())
        }
        (Node::Enum { variants, .. }, Value::Enum { variant, payload }) => {
            let known = variants.iter().find(|known| known.name == *variant);
            match (known, &**payload) {
                (None, _) => Json::Null,
                (Some(_), Value::Unit) => Json::from(variant.as_str()),
                (Some(known), payload) => json!({ variant: to_json(shape, known.payload, payload) }),
            }
        }
        (Node::Scalar(_) | Node::Opaque(_), value) => scalar_json(value),
        _ => Json::Null,
    }
}

/// Tells whether a value of the node may be null in JSON.
pub(super) fn may_be_null(node: &Node) -> bool {
    matches!(
        node,
        Node::Option(_) | Node::Scalar(Scalar::Unit) | Node::Opaque(_)
    )
}

fn map_json(shape: &Shape, key: NodeId, item: NodeId, entries: &[(Value, Value)]) -> Json {
    if *shape.node(key) != Node::Scalar(Scalar::String) {
        let pairs = entries
            .iter()
            .map(|(name, value)| json!([to_json(shape, key, name), to_json(shape, item, value)]));
        return pairs.collect();
    }
    let mut members = Map::new();
    for (name, value) in entries {
        if let Value::String(name) = name {
            members.insert(name.clone(), to_json(shape, item, value));
        }
    }
    Json::Object(members)
}

fn scalar_json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => Json::from(*value),
        Value::Int(value) => numbers::signed(*value),
        Value::UInt(value) => numbers::unsigned(*value),
        Value::F32(value) => numbers::float32(*value),
        Value::F64(value) => numbers::float64(*value),
        Value::Char(value) => Json::from(value.to_string()),
        Value::String(text) | Value::Path(text) => Json::from(text.as_str()),
        Value::Bytes(bytes) => Json::from(text::hex(bytes)),
        Value::Uuid(bytes) => Json::from(text::uuid(*bytes)),
        Value::Timestamp { seconds, nanos } => Json::from(calendar::timestamp_text(*seconds, *nanos)),
        Value::Date(days) => Json::from(calendar::date_text(*days)),
        Value::Duration { seconds, nanos } => Json::from(calendar::duration_text(*seconds, *nanos)),
        Value::Decimal(bytes) => Json::from(decimal::to_text(*bytes)),
        Value::Ip(address) => Json::from(address.to_string()),
        Value::Opaque(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => Json::Null,
    }
}
