//! From row format to values.

use crate::codec::{DecodeError, Decoder, ip, nanos};
use crate::schema::limits::EMPTY_ITEMS_MAX;
use crate::schema::{Node, NodeId, Scalar, Shape};

use super::decimal;
use super::model::Value;

/// Values that may be made for each byte that is read. Only types whose values take no bytes come near it.
const VALUES_PER_BYTE_MAX: usize = 64;

/// Reads one value of the type at `node` in row format.
///
/// # Errors
///
/// If the bytes are no value of the type, or would give more than 64 values for each byte (beyond 65,536).
pub fn decode_value(shape: &Shape, node: NodeId, input: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    let values_left = input
        .rest()
        .len()
        .saturating_mul(VALUES_PER_BYTE_MAX)
        .saturating_add(EMPTY_ITEMS_MAX);
    Reader { shape, values_left }.read(node, input)
}

struct Reader<'s> {
    shape: &'s Shape,
    values_left: usize,
}

impl Reader<'_> {
    fn read(&mut self, id: NodeId, input: &mut Decoder<'_>) -> Result<Value, DecodeError> {
        let too_many = || input.error("the bytes claim too many values that take no bytes");
        self.values_left = self.values_left.checked_sub(1).ok_or_else(too_many)?;
        let node = self.shape.node(id);
        if node.nests() {
            input.enter()?;
        }
        let value = match node {
            Node::Scalar(scalar) => return read_scalar(*scalar, input),
            Node::Ref(_) => return Err(input.error("references to rows are not supported yet")),
            Node::Opaque(_) => return read_opaque(input),
            Node::Option(item) => {
                let is_some = input.is_some()?;
                let item = if is_some {
                    Some(Box::new(self.read(*item, input)?))
                } else {
                    None
                };
                return Ok(Value::Option(item));
            }
            Node::List(item) | Node::Set(item) => {
                let count = input.count()?;
                Value::List(self.items(*item, count, input)?)
            }
            Node::Array(item, length) => Value::List(self.items(*item, *length as usize, input)?),
            Node::Map(key, value) => {
                let count = input.count()?;
                let mut entries = Vec::new();
                for _ in 0..count {
                    entries.push((self.read(*key, input)?, self.read(*value, input)?));
                }
                Value::Map(entries)
            }
            Node::Tuple(items) => Value::Tuple(
                items
                    .iter()
                    .map(|item| self.read(*item, input))
                    .collect::<Result<_, _>>()?,
            ),
            Node::Struct { fields, .. } => {
                let read = fields
                    .iter()
                    .map(|field| Ok((field.name.clone(), self.read(field.node, input)?)));
                Value::Struct(read.collect::<Result<_, DecodeError>>()?)
            }
            Node::Enum { label, variants } => {
                let index = input.variant()?;
                let variant = variants
                    .get(index as usize)
                    .ok_or_else(|| input.unknown_variant(index, label))?;
                let payload = Box::new(self.read(variant.payload, input)?);
                Value::Enum {
                    variant: variant.name.clone(),
                    payload,
                }
            }
        };
        input.leave();
        Ok(value)
    }

    fn items(
        &mut self,
        item: NodeId,
        count: usize,
        input: &mut Decoder<'_>,
    ) -> Result<Vec<Value>, DecodeError> {
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.read(item, input)?);
        }
        Ok(items)
    }
}

fn read_opaque(input: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    let text = input.text()?;
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(Value::Opaque(text.to_owned())),
        Err(error) => Err(input.error(format!("an opaque value is no JSON: {error}"))),
    }
}

fn read_scalar(scalar: Scalar, input: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    Ok(match scalar {
        Scalar::Bool => Value::Bool(input.primitive()?),
        Scalar::U8 => Value::UInt(input.primitive::<u8>()?.into()),
        Scalar::U16 => Value::UInt(input.primitive::<u16>()?.into()),
        Scalar::U32 => Value::UInt(input.primitive::<u32>()?.into()),
        Scalar::U64 => Value::UInt(input.primitive::<u64>()?.into()),
        Scalar::U128 => Value::UInt(input.primitive()?),
        Scalar::I8 => Value::Int(input.primitive::<i8>()?.into()),
        Scalar::I16 => Value::Int(input.primitive::<i16>()?.into()),
        Scalar::I32 => Value::Int(input.primitive::<i32>()?.into()),
        Scalar::I64 => Value::Int(input.primitive::<i64>()?.into()),
        Scalar::I128 => Value::Int(input.primitive()?),
        Scalar::F32 => Value::F32(input.primitive()?),
        Scalar::F64 => Value::F64(input.primitive()?),
        Scalar::Char => Value::Char(input.primitive()?),
        Scalar::String => Value::String(input.text()?.to_owned()),
        Scalar::Bytes => Value::Bytes(input.sized_bytes()?.to_vec()),
        Scalar::Unit => Value::Unit,
        Scalar::Uuid => Value::Uuid(read_16(input)?),
        Scalar::Timestamp => Value::Timestamp {
            seconds: input.primitive()?,
            nanos: nanos(input)?,
        },
        Scalar::Date => Value::Date(input.primitive()?),
        Scalar::Duration => Value::Duration {
            seconds: input.primitive()?,
            nanos: nanos(input)?,
        },
        Scalar::Decimal => {
            let bytes = read_16(input)?;
            decimal::check(bytes).map_err(|problem| input.error(problem))?;
            Value::Decimal(bytes)
        }
        Scalar::Ip => Value::Ip(ip(input)?),
        Scalar::Path => Value::Path(input.text()?.to_owned()),
    })
}

fn read_16(input: &mut Decoder<'_>) -> Result<[u8; 16], DecodeError> {
    Ok(<[u8; 16]>::try_from(input.raw(16)?).expect("raw returns what was asked for"))
}
