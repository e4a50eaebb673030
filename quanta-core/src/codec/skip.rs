//! Stepping over encoded values without decoding them.

use crate::schema::{Node, NodeId, Scalar, Shape};

use super::decimal::Decimal;
use super::decoder::{DecodeError, Decoder};

/// Steps over one value of the type at `id`, checking that its bytes are a whole value of that type.
///
/// # Errors
///
/// If they are not.
pub fn skip(shape: &Shape, id: NodeId, input: &mut Decoder<'_>) -> Result<(), DecodeError> {
    let node = shape.node(id);
    if node.nests() {
        input.enter()?;
    }
    match node {
        Node::Scalar(scalar) => return skip_scalar(*scalar, input),
        Node::Opaque(_) => return input.sized_bytes().map(drop),
        Node::Ref(_) => return Err(input.error("references to rows are not supported yet")),
        Node::Option(item) => {
            return if input.is_some()? {
                skip(shape, *item, input)
            } else {
                Ok(())
            };
        }
        Node::List(item) | Node::Set(item) => {
            let count = input.count()?;
            repeat(count, input, |input| skip(shape, *item, input))?;
        }
        Node::Map(key, value) => {
            let count = input.count()?;
            repeat(count, input, |input| {
                skip(shape, *key, input)?;
                skip(shape, *value, input)
            })?;
        }
        Node::Array(item, length) => {
            repeat(*length as usize, input, |input| skip(shape, *item, input))?;
        }
        Node::Tuple(items) => {
            for item in items {
                skip(shape, *item, input)?;
            }
        }
        Node::Struct { fields, .. } => {
            for field in fields {
                skip(shape, field.node, input)?;
            }
        }
        Node::Enum { label, variants } => {
            let index = input.variant()?;
            match variants.get(index as usize) {
                Some(variant) => skip(shape, variant.payload, input)?,
                None => return Err(input.unknown_variant(index, label)),
            }
        }
    }
    input.leave();
    Ok(())
}

/// Steps over `count` items, but not over every one if they take no bytes: hostile bytes could claim many.
fn repeat<'a>(
    count: usize,
    input: &mut Decoder<'a>,
    mut skip_item: impl FnMut(&mut Decoder<'a>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    for _ in 0..count {
        let left = input.rest().len();
        skip_item(input)?;
        // Whether a value takes bytes depends on its type alone.
        if input.rest().len() == left {
            break;
        }
    }
    Ok(())
}

fn skip_scalar(scalar: Scalar, input: &mut Decoder<'_>) -> Result<(), DecodeError> {
    match scalar {
        Scalar::Bool => input.primitive::<bool>().map(drop),
        Scalar::U8 | Scalar::I8 => input.raw(1).map(drop),
        Scalar::U16 => input.pass_number(2),
        Scalar::U32 => input.pass_number(4),
        Scalar::U64 => input.pass_number(8),
        Scalar::U128 => input.pass_number(16),
        Scalar::I16 => input.pass_number(2),
        Scalar::I32 | Scalar::Date => input.pass_number(4),
        Scalar::I64 => input.pass_number(8),
        Scalar::I128 => input.pass_number(16),
        Scalar::F32 => input.raw(4).map(drop),
        Scalar::F64 => input.raw(8).map(drop),
        Scalar::Char => input.primitive::<char>().map(drop),
        Scalar::String | Scalar::Path => input.text().map(drop),
        Scalar::Bytes => input.sized_bytes().map(drop),
        Scalar::Unit => Ok(()),
        Scalar::Uuid => input.raw(16).map(drop),
        Scalar::Decimal => decimal(input).map(drop),
        Scalar::Timestamp => {
            input.primitive::<i64>()?;
            nanos(input).map(drop)
        }
        Scalar::Duration => {
            input.primitive::<u64>()?;
            nanos(input).map(drop)
        }
        Scalar::Ip => ip(input).map(drop),
    }
}

/// Reads the nanoseconds within a second.
///
/// # Errors
///
/// If they are a second or more.
pub fn nanos(input: &mut Decoder<'_>) -> Result<u32, DecodeError> {
    let nanos: u32 = input.primitive()?;
    if nanos < 1_000_000_000 {
        Ok(nanos)
    } else {
        Err(input.error(format!("{nanos} nanoseconds make a second")))
    }
}

/// Reads 16 bytes.
///
/// # Errors
///
/// If fewer are left.
pub fn sixteen(input: &mut Decoder<'_>) -> Result<[u8; 16], DecodeError> {
    Ok(input.raw(16)?.try_into().expect("raw returns what was asked for"))
}

/// Reads a decimal.
///
/// # Errors
///
/// If bytes are missing, or no arithmetic gives what they say, such as more than 28 decimals.
pub fn decimal(input: &mut Decoder<'_>) -> Result<Decimal, DecodeError> {
    Decimal::from_bytes(sixteen(input)?).ok_or_else(|| input.error("16 bytes are no decimal"))
}

/// Reads an IP address: tag 0 and 4 bytes, or tag 1 and 16 bytes.
///
/// # Errors
///
/// If the tag is another one or bytes are missing.
pub fn ip(input: &mut Decoder<'_>) -> Result<std::net::IpAddr, DecodeError> {
    match input.primitive::<u8>()? {
        0 => Ok(<[u8; 4]>::try_from(input.raw(4)?)
            .expect("raw returns what was asked for")
            .into()),
        1 => Ok(<[u8; 16]>::try_from(input.raw(16)?)
            .expect("raw returns what was asked for")
            .into()),
        other => Err(input.error(format!("an IP address is tagged {other}"))),
    }
}
