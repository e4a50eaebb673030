//! Keys whose bytes order like their values (docs/format.md, "Keys").

mod scalar;

use crate::schema::{Node, NodeId, Scalar, Schema, Shape};

use super::decoder::{DecodeError, Decoder};
use super::encoder::Encoder;
use super::skip::skip;
use scalar::{decode_scalar, encode_scalar, read_text, write_bytes};
pub use scalar::{key_integer, key_of_integer};

/// Reads one value in row format and appends its key form.
///
/// Key forms of one type are prefix-free and order like the values: none first, enums by the storage name of the
/// variant, structs by their fields in the order of storage names.
///
/// # Errors
///
/// If the bytes are no value of the type, or the type has no key order.
pub fn encode_key_part(
    shape: &Shape,
    node: NodeId,
    input: &mut Decoder<'_>,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    let kind = shape.node(node);
    if kind.nests() {
        input.enter()?;
    }
    match kind {
        Node::Scalar(scalar) => return encode_scalar(*scalar, input, out),
        Node::Option(item) => {
            let is_some = input.is_some()?;
            out.push(u8::from(is_some));
            return if is_some {
                encode_key_part(shape, *item, input, out)
            } else {
                Ok(())
            };
        }
        Node::Array(item, length) => {
            for _ in 0..*length {
                let before = input.rest().len();
                encode_key_part(shape, *item, input, out)?;
                if input.rest().len() == before {
                    // One item without bytes means that none of this type has any.
                    break;
                }
            }
        }
        Node::Tuple(items) => {
            items
                .iter()
                .try_for_each(|item| encode_key_part(shape, *item, input, out))?;
        }
        Node::Struct { fields, .. } => {
            fields
                .iter()
                .try_for_each(|field| encode_key_part(shape, field.node, input, out))?;
        }
        Node::Enum { label, variants } => {
            let index = input.variant()?;
            let variant = variants
                .get(index as usize)
                .ok_or_else(|| input.unknown_variant(index, label))?;
            write_bytes(variant.name.as_bytes(), out);
            encode_key_part(shape, variant.payload, input, out)?;
        }
        _ => return Err(input.error(unordered(kind))),
    }
    input.leave();
    Ok(())
}

/// Reads one value in key form and writes it in row format: the inverse of [`encode_key_part`].
///
/// # Errors
///
/// If the bytes are not exactly what [`encode_key_part`] gives for a value of the type.
pub fn decode_key_part(
    shape: &Shape,
    node: NodeId,
    key: &mut &[u8],
    out: &mut Encoder,
) -> Result<(), DecodeError> {
    let kind = shape.node(node);
    match kind {
        Node::Scalar(scalar) => return decode_scalar(*scalar, key, out),
        Node::Option(item) => return decode_option(shape, *item, key, out),
        _ => {}
    }
    out.enter();
    if out.is_failed() {
        return Err(key_error("the value nests too deeply or can't be stored", key));
    }
    match kind {
        Node::Array(item, length) => {
            for _ in 0..*length {
                let before = key.len();
                decode_key_part(shape, *item, key, out)?;
                if key.len() == before {
                    break;
                }
            }
        }
        Node::Tuple(items) => items
            .iter()
            .try_for_each(|item| decode_key_part(shape, *item, key, out))?,
        Node::Struct { fields, .. } => {
            fields
                .iter()
                .try_for_each(|field| decode_key_part(shape, field.node, key, out))?;
        }
        Node::Enum { label, variants } => {
            let name = read_text(key)?;
            let Some(index) = variants.iter().position(|variant| variant.name == name) else {
                return Err(key_error(format!("enum {label} has no variant `{name}`"), key));
            };
            out.variant(u32::try_from(index).expect("limits keep variants below 2^32"));
            decode_key_part(shape, variants[index].payload, key, out)?;
        }
        _ => return Err(key_error(unordered(kind), key)),
    }
    out.leave();
    Ok(())
}

fn decode_option(shape: &Shape, item: NodeId, key: &mut &[u8], out: &mut Encoder) -> Result<(), DecodeError> {
    let Some((tag @ (0 | 1), rest)) = key.split_first() else {
        return Err(key_error("an option is tagged neither 0 nor 1", key));
    };
    *key = rest;
    out.raw(&[*tag]);
    if *tag == 0 {
        Ok(())
    } else {
        decode_key_part(shape, item, key, out)
    }
}

/// Appends the key form of a text: of a string, or of the name of a variant.
pub fn encode_key_text(text: &str, out: &mut Vec<u8>) {
    write_bytes(text.as_bytes(), out);
}

/// Returns the key of a row, from the row's body.
///
/// # Errors
///
/// If the body is no row of the schema, as far as it had to be read to find the key fields.
pub fn row_key(schema: &Schema, body: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let positions = schema.key_positions();
    let last = positions.iter().max().copied().unwrap_or(0);
    let mut parts: Vec<Option<Decoder<'_>>> = vec![None; positions.len()];
    let mut input = Decoder::new(body);
    for (position, field) in schema.shape.fields().iter().enumerate().take(last + 1) {
        if let Some(order) = positions.iter().position(|key| *key == position) {
            parts[order] = Some(input.clone());
        }
        skip(&schema.shape, field.node, &mut input)?;
    }
    let mut key = Vec::new();
    for (position, part) in positions.iter().zip(parts) {
        let mut part = part.ok_or_else(|| input.error("the row ends before its key"))?;
        encode_key_part(
            &schema.shape,
            schema.shape.fields()[*position].node,
            &mut part,
            &mut key,
        )?;
    }
    Ok(key)
}

/// Returns the key for key fields that are given in row format, one after the other in key order.
///
/// # Errors
///
/// If the bytes are not exactly the values of the key fields.
pub fn key_bytes(schema: &Schema, key_values: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut key = Vec::with_capacity(key_values.len() + 8);
    append_key(&schema.shape, &schema.key_nodes(), key_values, &mut key)?;
    Ok(key)
}

/// Appends the key as [`key_bytes`] returns it, for key fields of these types: whoever asks often finds them once.
///
/// # Errors
///
/// As there.
pub fn append_key(
    shape: &Shape,
    fields: &[NodeId],
    key_values: &[u8],
    key: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    let mut input = Decoder::new(key_values);
    for node in fields {
        encode_key_part(shape, *node, &mut input, key)?;
    }
    input.finish()
}

/// Returns the key fields of a key in row format, one after the other in key order: the inverse of [`key_bytes`].
///
/// # Errors
///
/// If the bytes are not exactly a key of the schema.
pub fn key_values(schema: &Schema, mut key: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut out = Encoder::default();
    for node in schema.key_nodes() {
        decode_key_part(&schema.shape, node, &mut key, &mut out)?;
    }
    if !key.is_empty() {
        return Err(key_error("bytes are left over", key));
    }
    out.finish().map_err(|problem| key_error(problem, key))
}

fn unordered(node: &Node) -> &'static str {
    match node {
        Node::List(_) | Node::Set(_) | Node::Map(..) => "a list, set or map has no key order",
        Node::Ref(_) => "references to rows are not supported yet",
        Node::Scalar(Scalar::Decimal) => "a decimal has no key order",
        _ => "an opaque value has no key order",
    }
}

/// Makes an error at the place where `key` goes on.
fn key_error(problem: impl Into<String>, key: &[u8]) -> DecodeError {
    DecodeError {
        problem: problem.into(),
        bytes_left: key.len(),
    }
}

#[cfg(test)]
mod tests;
