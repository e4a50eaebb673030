//! From bytes in the row format to values.

use crate::codec::{DecodeError, Decoder, decimal, ip, nanos, sixteen};
use crate::schema::{Node, NodeId, Scalar, Shape};

use super::value::Value;

/// Reads one value of the type at `node`.
///
/// What it allocates is bounded by the bytes that it reads, times a factor of the shape: items that take no bytes
/// are limited to [`EMPTY_ITEMS_MAX`](crate::schema::limits::EMPTY_ITEMS_MAX) for all that a decoder reads.
///
/// # Errors
///
/// If the bytes are no value of that type.
pub fn decode_value(shape: &Shape, node: NodeId, input: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    let node = shape.node(node);
    if !node.nests() {
        return decode_leaf(shape, node, input);
    }
    input.enter()?;
    let value = decode_nested(shape, node, input)?;
    input.leave();
    Ok(value)
}

fn decode_leaf(shape: &Shape, node: &Node, input: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    match node {
        Node::Scalar(scalar) => decode_scalar(*scalar, input),
        Node::Option(item) => Ok(Value::Option(match input.is_some()? {
            true => Some(Box::new(decode_value(shape, *item, input)?)),
            false => None,
        })),
        Node::Opaque(_) => {
            let json = input.sized_bytes()?;
            serde_json::from_slice(json)
                .map(Value::Opaque)
                .map_err(|error| input.error(error.to_string()))
        }
        _ => Err(input.error("references to rows are not supported yet")),
    }
}

fn decode_nested(shape: &Shape, node: &Node, input: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    match node {
        Node::List(item) | Node::Set(item) => {
            let count = input.count()?;
            repeat(count, input, |input| decode_value(shape, *item, input)).map(Value::List)
        }
        Node::Array(item, length) => {
            let count = usize::try_from(*length).unwrap_or(usize::MAX);
            repeat(count, input, |input| decode_value(shape, *item, input)).map(Value::List)
        }
        Node::Map(key, value) => {
            let count = input.count()?;
            let entry = |input: &mut Decoder<'_>| {
                let key = decode_value(shape, *key, input)?;
                Ok((key, decode_value(shape, *value, input)?))
            };
            repeat(count, input, entry).map(Value::Map)
        }
        Node::Tuple(items) => items
            .iter()
            .map(|item| decode_value(shape, *item, input))
            .collect::<Result<_, _>>()
            .map(Value::Tuple),
        Node::Struct { fields, .. } => fields
            .iter()
            .map(|field| Ok((field.name.clone(), decode_value(shape, field.node, input)?)))
            .collect::<Result<_, _>>()
            .map(Value::Struct),
        Node::Enum { label, variants } => {
            let index = input.variant()?;
            let variant = variants
                .get(index as usize)
                .ok_or_else(|| input.unknown_variant(index, label))?;
            let payload = Box::new(decode_value(shape, variant.payload, input)?);
            Ok(Value::Enum {
                variant: variant.name.clone(),
                payload,
            })
        }
        _ => decode_leaf(shape, node, input),
    }
}

fn repeat<'a, T>(
    count: usize,
    input: &mut Decoder<'a>,
    mut decode: impl FnMut(&mut Decoder<'a>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut items = Vec::with_capacity(Decoder::capacity::<T>(count));
    for _ in 0..count {
        let left = input.rest().len();
        items.push(decode(input)?);
        if input.rest().len() == left {
            input.empty_item()?;
        }
    }
    Ok(items)
}

fn decode_scalar(scalar: Scalar, input: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    Ok(match scalar {
        Scalar::Bool => Value::Bool(input.primitive()?),
        Scalar::U8 => input.primitive::<u8>()?.into(),
        Scalar::U16 => input.primitive::<u16>()?.into(),
        Scalar::U32 => input.primitive::<u32>()?.into(),
        Scalar::U64 => input.primitive::<u64>()?.into(),
        Scalar::U128 => input.primitive::<u128>()?.into(),
        Scalar::I8 => input.primitive::<i8>()?.into(),
        Scalar::I16 => input.primitive::<i16>()?.into(),
        Scalar::I32 => input.primitive::<i32>()?.into(),
        Scalar::I64 => input.primitive::<i64>()?.into(),
        Scalar::I128 => input.primitive::<i128>()?.into(),
        Scalar::F32 => Value::F32(input.primitive()?),
        Scalar::F64 => Value::F64(input.primitive()?),
        Scalar::Char => Value::Char(input.primitive()?),
        Scalar::String => Value::String(input.text()?.to_owned()),
        Scalar::Path => Value::Path(input.text()?.to_owned()),
        Scalar::Bytes => Value::Bytes(input.sized_bytes()?.to_vec()),
        Scalar::Unit => Value::Unit,
        Scalar::Uuid => Value::Uuid(sixteen(input)?),
        Scalar::Decimal => Value::Decimal(decimal(input)?.to_bytes()),
        Scalar::Timestamp => Value::Timestamp {
            seconds: input.primitive()?,
            nanos: nanos(input)?,
        },
        Scalar::Date => Value::Date(input.primitive()?),
        Scalar::Duration => Value::Duration {
            seconds: input.primitive()?,
            nanos: nanos(input)?,
        },
        Scalar::Ip => Value::Ip(ip(input)?),
    })
}
