//! From values to bytes in the row format.

use std::collections::BTreeMap;

use crate::codec::Encoder;
use crate::codec::decimal::Decimal;
use crate::schema::{Field, Node, NodeId, Scalar, Shape};

use super::forms::hex;
use super::misfit::Misfit;
use super::value::Value;

/// Writes `value` as one of the type at `node`.
///
/// After an error the encoder holds a part of the value, and [`Encoder::finish`] reports the error again. Values that
/// nest too deeply are reported by [`Encoder::finish`] alone.
///
/// # Errors
///
/// If the value is not of that type: the text starts with the path to the part that is not, such as
/// `address.zip: a string where u32 is expected`.
pub fn encode_value(shape: &Shape, node: NodeId, value: &Value, out: &mut Encoder) -> Result<(), String> {
    encode(shape, node, value, out).map_err(|misfit| {
        out.fail(misfit.to_string());
        misfit.to_string()
    })
}

fn encode(shape: &Shape, node: NodeId, value: &Value, out: &mut Encoder) -> Result<(), Misfit> {
    if out.is_failed() {
        return Ok(());
    }
    let node = shape.node(node);
    match (node, value) {
        (Node::Scalar(scalar), _) => encode_scalar(*scalar, value, out)?,
        (Node::Opaque(_), Value::Opaque(json)) => out.sized_bytes(json.to_string().as_bytes()),
        (Node::Option(item), Value::Option(value)) => {
            out.raw(&[u8::from(value.is_some())]);
            if let Some(value) = value {
                encode(shape, *item, value, out)?;
            }
        }
        (Node::List(item), Value::List(items)) => encode_list(shape, *item, items, out)?,
        (Node::Set(item), Value::List(items)) => encode_set(shape, *item, items, out)?,
        (Node::Map(key, value), Value::Map(entries)) => encode_map(shape, (*key, *value), entries, out)?,
        (Node::Array(item, length), Value::List(items)) => {
            let nodes = vec![*item; usize::try_from(*length).unwrap_or(usize::MAX).min(items.len())];
            let fits = u32::try_from(items.len()) == Ok(*length);
            encode_positions(shape, (node, &nodes), fits, items, out)?;
        }
        (Node::Tuple(nodes), Value::Tuple(items)) => {
            encode_positions(shape, (node, nodes), nodes.len() == items.len(), items, out)?;
        }
        (Node::Struct { fields, .. }, Value::Struct(values)) => encode_struct(shape, fields, values, out)?,
        (
            Node::Enum { label, variants },
            Value::Enum {
                variant: name,
                payload,
            },
        ) => {
            let position = variants.iter().position(|variant| variant.name == *name);
            let index = position.and_then(|position| u32::try_from(position).ok());
            let index = index.ok_or_else(|| Misfit::new(format!("enum {label} has no variant {name}")))?;
            out.enter();
            out.variant(index);
            let payload_node = variants[index as usize].payload;
            encode(shape, payload_node, payload, out).map_err(|misfit| misfit.within(name))?;
            out.leave();
        }
        _ => return Err(Misfit::expected(value.kind(), node)),
    }
    Ok(())
}

fn encode_list(shape: &Shape, item: NodeId, items: &[Value], out: &mut Encoder) -> Result<(), Misfit> {
    let mut result = Ok(());
    let mut index = 0;
    out.items(items, |value, out| {
        if result.is_ok() {
            result = encode(shape, item, value, out).map_err(|misfit| misfit.at(index));
            index += 1;
        }
    });
    result
}

fn encode_set(shape: &Shape, item: NodeId, items: &[Value], out: &mut Encoder) -> Result<(), Misfit> {
    let mut result = Ok(());
    let repeated = out.sorted(
        items.iter().enumerate(),
        |(index, value), out| {
            if result.is_ok() {
                result = encode(shape, item, value, out).map_err(|misfit| misfit.at(index));
            }
        },
        |_, _| {},
    );
    result?;
    if repeated == 0 {
        Ok(())
    } else {
        Err(Misfit::new("an item stands in a set more than once"))
    }
}

fn encode_map(
    shape: &Shape,
    (key, value): (NodeId, NodeId),
    entries: &[(Value, Value)],
    out: &mut Encoder,
) -> Result<(), Misfit> {
    let (mut keys, mut values) = (Ok(()), Ok(()));
    let repeated = out.sorted(
        entries.iter(),
        |(name, _), out| {
            if keys.is_ok() {
                keys = encode(shape, key, name, out).map_err(|misfit| misfit.at(format!("key {name}")));
            }
        },
        |(name, item), out| {
            if values.is_ok() {
                values = encode(shape, value, item, out).map_err(|misfit| misfit.at(name));
            }
        },
    );
    keys.and(values)?;
    if repeated == 0 {
        Ok(())
    } else {
        Err(Misfit::new("a key stands in a map more than once"))
    }
}

fn encode_positions(
    shape: &Shape,
    (node, nodes): (&Node, &[NodeId]),
    fits: bool,
    items: &[Value],
    out: &mut Encoder,
) -> Result<(), Misfit> {
    if !fits {
        return Err(Misfit::expected(&format!("{} items", items.len()), node));
    }
    out.enter();
    for (index, (node, item)) in nodes.iter().zip(items).enumerate() {
        encode(shape, *node, item, out).map_err(|misfit| misfit.at(index))?;
    }
    out.leave();
    Ok(())
}

fn encode_struct(
    shape: &Shape,
    fields: &[Field],
    values: &BTreeMap<String, Value>,
    out: &mut Encoder,
) -> Result<(), Misfit> {
    // Fields are sorted by name.
    if let Some(name) = values
        .keys()
        .find(|name| fields.binary_search_by(|field| field.name.cmp(name)).is_err())
    {
        return Err(Misfit::new(format!("there is no field {name}")));
    }
    out.enter();
    for field in fields {
        let value = values.get(&field.name);
        let value = value.ok_or_else(|| Misfit::new(format!("the field {} is missing", field.name)))?;
        encode(shape, field.node, value, out).map_err(|misfit| misfit.within(&field.name))?;
    }
    out.leave();
    Ok(())
}

fn encode_scalar(scalar: Scalar, value: &Value, out: &mut Encoder) -> Result<(), Misfit> {
    match (scalar, value) {
        (Scalar::Bool, Value::Bool(value)) => out.primitive(*value),
        (Scalar::F32, Value::F32(value)) => out.primitive(*value),
        (Scalar::F64, Value::F64(value)) => out.primitive(*value),
        (Scalar::Char, Value::Char(value)) => out.primitive(*value),
        (Scalar::String, Value::String(text)) | (Scalar::Path, Value::Path(text)) => {
            out.sized_bytes(text.as_bytes());
        }
        (Scalar::Bytes, Value::Bytes(bytes)) => out.sized_bytes(bytes),
        (Scalar::Unit, Value::Unit) => {}
        (Scalar::Uuid, Value::Uuid(bytes)) => out.raw(bytes),
        (Scalar::Decimal, Value::Decimal(bytes)) if Decimal::from_bytes(*bytes).is_some() => out.raw(bytes),
        (Scalar::Decimal, Value::Decimal(bytes)) => {
            return Err(Misfit::new(format!("the bytes {} are no decimal", hex(bytes))));
        }
        (Scalar::Timestamp, Value::Timestamp { seconds, nanos }) => {
            out.primitive(*seconds);
            out.primitive(less_than_a_second(*nanos)?);
        }
        (Scalar::Date, Value::Date(days)) => out.primitive(*days),
        (Scalar::Duration, Value::Duration { seconds, nanos }) => {
            out.primitive(*seconds);
            out.primitive(less_than_a_second(*nanos)?);
        }
        (Scalar::Ip, Value::Ip(address)) => crate::model::QuantaType::encode(address, out),
        (_, Value::Int(number)) => encode_integer(scalar, *number, value, out)?,
        (_, Value::UInt(number)) => encode_integer(scalar, *number, value, out)?,
        _ => return Err(Misfit::expected(value.kind(), &Node::Scalar(scalar))),
    }
    Ok(())
}

fn less_than_a_second(nanos: u32) -> Result<u32, Misfit> {
    if nanos < 1_000_000_000 {
        Ok(nanos)
    } else {
        Err(Misfit::new(format!("{nanos} nanoseconds make a second")))
    }
}

fn encode_integer<T>(scalar: Scalar, number: T, value: &Value, out: &mut Encoder) -> Result<(), Misfit>
where
    T: Copy + std::fmt::Display,
    u8: TryFrom<T>,
    u16: TryFrom<T>,
    u32: TryFrom<T>,
    u64: TryFrom<T>,
    u128: TryFrom<T>,
    i8: TryFrom<T>,
    i16: TryFrom<T>,
    i32: TryFrom<T>,
    i64: TryFrom<T>,
    i128: TryFrom<T>,
{
    macro_rules! narrow {
        ($($name:ident => $type:ty,)*) => {
            match scalar {
                $(Scalar::$name => <$type>::try_from(number).map(|number| out.primitive(number)).ok(),)*
                _ => return Err(Misfit::expected(value.kind(), &Node::Scalar(scalar))),
            }
        };
    }
    let written = narrow! {
        U8 => u8, U16 => u16, U32 => u32, U64 => u64, U128 => u128,
        I8 => i8, I16 => i16, I32 => i32, I64 => i64, I128 => i128,
    };
    written.ok_or_else(|| Misfit::new(format!("{number} is out of the range of {}", scalar.name())))
}
