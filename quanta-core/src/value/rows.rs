//! Whole rows and keys as values: what a row leaves out is filled in, keys are put together from their parts.

use std::collections::BTreeMap;

use crate::codec::{Decoder, Encoder, key_bytes, row_key};
use crate::error::{Error, Result};
use crate::schema::{Node, NodeId, Schema};

use super::decode::decode_value;
use super::encode::encode_value;
use super::value::Value;

/// Fills in what a row leaves out, where there is something that stands for it: the field's explicit default, encoded,
/// or none for an option.
///
/// # Errors
///
/// If a default is damaged.
pub fn filled_row(schema: &Schema, defaults: &BTreeMap<String, Vec<u8>>, row: &Value) -> Result<Value> {
    let Value::Struct(fields) = row else {
        return Ok(row.clone());
    };
    let mut fields = fields.clone();
    let shape = &schema.shape;
    for field in shape
        .fields()
        .iter()
        .filter(|field| row.get(&field.name).is_none())
    {
        if let Some(default) = defaults.get(&field.name) {
            let value = decode_value(shape, field.node, &mut Decoder::new(default));
            let value =
                value.map_err(|error| Error::corrupt(format!("the default of {}", field.name), error))?;
            fields.insert(field.name.clone(), value);
        } else if matches!(shape.node(field.node), Node::Option(_)) {
            fields.insert(field.name.clone(), Value::Option(None));
        }
    }
    Ok(Value::Struct(fields))
}

/// Encodes a row: its key and its body.
///
/// # Errors
///
/// If it is of another type: the text names the field.
pub fn encoded_row_value(schema: &Schema, row: &Value) -> std::result::Result<(Vec<u8>, Vec<u8>), String> {
    let mut out = Encoder::default();
    encode_value(&schema.shape, NodeId::ROOT, row, &mut out)?;
    let body = out.finish()?;
    let key = row_key(schema, &body).map_err(|error| error.to_string())?;
    Ok((key, body))
}

/// Encodes a key: the value of the key field, or a tuple of several in key order.
///
/// # Errors
///
/// If it is of another type: the text names the field.
pub fn encoded_key_value(schema: &Schema, key: &Value) -> std::result::Result<Vec<u8>, String> {
    let positions = schema.key_positions();
    let parts: Vec<&Value> = match key {
        Value::Tuple(parts) if positions.len() > 1 => parts.iter().collect(),
        single => vec![single],
    };
    if parts.len() != positions.len() {
        return Err(format!(
            "the key consists of {}: give as many values, in a tuple",
            schema.key.join(", ")
        ));
    }
    let mut out = Encoder::default();
    for (position, part) in positions.iter().zip(parts) {
        let field = &schema.shape.fields()[*position];
        encode_value(&schema.shape, field.node, part, &mut out)
            .map_err(|problem| format!("the key field {}: {problem}", field.name))?;
    }
    key_bytes(schema, &out.finish()?).map_err(|error| error.to_string())
}
