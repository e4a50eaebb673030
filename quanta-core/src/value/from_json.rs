//! From JSON to values.

use serde_json::{Map, Value as Json};

use super::encode::encode_value;
use super::forms::{parse_decimal, parse_hex, parse_special_f32, parse_special_f64};
use super::misfit::Misfit;
use super::to_json::{is_unit, may_be_null};
use super::value::Value;
use crate::codec::Encoder;
use crate::codec::civil::{parse_date, parse_duration, parse_timestamp};
use crate::codec::convert::parse_uuid;
use crate::schema::{Field, Node, NodeId, Scalar, Shape, Variant};

/// Makes a value of the type at `node` from the JSON that [`to_json`](super::to_json) returns for it.
///
/// Integers are taken as numbers or decimal strings whatever their size, hex in either case, and a set or map in any
/// order.
///
/// # Errors
///
/// If the JSON is of no such value: the text starts with the path to the part that is not, such as
/// `address.zip: "x" is no u32`. Unknown and missing keys of an object are errors.
pub fn from_json(shape: &Shape, node: NodeId, json: &Json) -> Result<Value, String> {
    read(shape, node, json).map_err(|misfit| misfit.to_string())
}

fn read(shape: &Shape, id: NodeId, json: &Json) -> Result<Value, Misfit> {
    let node = shape.node(id);
    match (node, json) {
        (Node::Scalar(scalar), _) => read_scalar(*scalar, json).ok_or_else(|| match json {
            Json::String(_) | Json::Number(_) => Misfit::new(format!("{json} is no {}", scalar.name())),
            _ => Misfit::expected(kind(json), node),
        }),
        (Node::Opaque(_), _) => Ok(Value::Opaque(json.clone())),
        (Node::Option(_), Json::Null) => Ok(Value::Option(None)),
        (Node::Option(item), _) => read_some(shape, *item, json),
        (Node::List(item), Json::Array(items)) => read_items(shape, *item, items).map(Value::List),
        (Node::Set(item), Json::Array(items)) => {
            let mut items = read_items(shape, *item, items)?;
            sort(shape, *item, &mut items, |item| item);
            Ok(Value::List(items))
        }
        (Node::Array(item, length), Json::Array(items)) if u32::try_from(items.len()) == Ok(*length) => {
            read_items(shape, *item, items).map(Value::List)
        }
        (Node::Map(key, item), _) => read_map(shape, (*key, *item), node, json),
        (Node::Tuple(nodes), Json::Array(items)) if nodes.len() == items.len() => {
            let items = nodes.iter().zip(items).enumerate();
            let items = items
                .map(|(index, (node, json))| read(shape, *node, json).map_err(|misfit| misfit.at(index)));
            items.collect::<Result<_, _>>().map(Value::Tuple)
        }
        (Node::Struct { fields, .. }, Json::Object(members)) => read_struct(shape, fields, members),
        (Node::Enum { label, variants }, _) => read_enum(shape, (label, variants), node, json),
        (_, Json::Array(items)) => Err(Misfit::expected(&format!("{} items", items.len()), node)),
        _ => Err(Misfit::expected(kind(json), node)),
    }
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

fn read_some(shape: &Shape, item: NodeId, json: &Json) -> Result<Value, Misfit> {
    let inner = if may_be_null(shape, item) {
        only_member(json)
            .filter(|(name, _)| *name == "some")
            .map(|(_, inner)| inner)
            .ok_or_else(|| {
                Misfit::new(format!(
                    "{} where null or {{\"some\": value}} is expected",
                    kind(json)
                ))
            })?
    } else {
        json
    };
    Ok(Value::Option(Some(Box::new(read(shape, item, inner)?))))
}

fn only_member(json: &Json) -> Option<(&String, &Json)> {
    json.as_object()
        .filter(|members| members.len() == 1)?
        .iter()
        .next()
}

fn read_items(shape: &Shape, item: NodeId, items: &[Json]) -> Result<Vec<Value>, Misfit> {
    let read = |(index, json)| read(shape, item, json).map_err(|misfit| misfit.at(index));
    items.iter().enumerate().map(read).collect()
}

fn read_map(shape: &Shape, (key, item): (NodeId, NodeId), node: &Node, json: &Json) -> Result<Value, Misfit> {
    let has_text_keys = matches!(shape.node(key), Node::Scalar(Scalar::String));
    let mut entries: Vec<(Value, Value)> = match json {
        Json::Object(members) if has_text_keys => {
            let entry = |(name, json): (&String, &Json)| {
                let value = read(shape, item, json).map_err(|misfit| misfit.at(name))?;
                Ok((Value::String(name.clone()), value))
            };
            members.iter().map(entry).collect::<Result<_, Misfit>>()?
        }
        Json::Array(pairs) if !has_text_keys => {
            let entry = |(index, json): (usize, &Json)| {
                let pair = match json.as_array().map(Vec::as_slice) {
                    Some([name, value]) => {
                        read(shape, key, name).and_then(|name| Ok((name, read(shape, item, value)?)))
                    }
                    _ => Err(Misfit::new(format!("{} where a pair is expected", kind(json)))),
                };
                pair.map_err(|misfit| misfit.at(index))
            };
            pairs
                .iter()
                .enumerate()
                .map(entry)
                .collect::<Result<_, Misfit>>()?
        }
        _ => return Err(Misfit::expected(kind(json), node)),
    };
    sort(shape, key, &mut entries, |(key, _)| key);
    Ok(Value::Map(entries))
}

/// Sorts as sets and maps are stored: by the encoding of the item or key.
fn sort<T>(shape: &Shape, node: NodeId, items: &mut [T], key: impl Fn(&T) -> &Value) {
    items.sort_by_cached_key(|item| {
        let mut out = Encoder::default();
        // A value that can't be stored has no place; whoever encodes the whole is told why.
        encode_value(shape, node, key(item), &mut out)
            .and_then(|()| out.finish())
            .unwrap_or_default()
    });
}

fn read_struct(shape: &Shape, fields: &[Field], members: &Map<String, Json>) -> Result<Value, Misfit> {
    if let Some(name) = members
        .keys()
        .find(|name| fields.binary_search_by(|field| field.name.cmp(name)).is_err())
    {
        return Err(Misfit::new(format!("there is no field {name}")));
    }
    let read_field = |field: &Field| {
        let json = members.get(&field.name);
        let json = json.ok_or_else(|| Misfit::new(format!("the field {} is missing", field.name)))?;
        let value = read(shape, field.node, json).map_err(|misfit| misfit.within(&field.name))?;
        Ok((field.name.clone(), value))
    };
    fields
        .iter()
        .map(read_field)
        .collect::<Result<_, _>>()
        .map(Value::Struct)
}

fn read_enum(
    shape: &Shape,
    (label, variants): (&str, &[Variant]),
    node: &Node,
    json: &Json,
) -> Result<Value, Misfit> {
    let (name, payload) = match json {
        Json::String(name) => (name, None),
        _ => match only_member(json) {
            Some((name, payload)) => (name, Some(payload)),
            None => return Err(Misfit::expected(kind(json), node)),
        },
    };
    let Some(variant) = variants.iter().find(|variant| variant.name == *name) else {
        return Err(Misfit::new(format!("enum {label} has no variant {name}")));
    };
    let payload = match (payload, is_unit(shape, variant.payload)) {
        (None, true) => Value::Unit,
        (Some(payload), false) => {
            read(shape, variant.payload, payload).map_err(|misfit| misfit.within(name))?
        }
        (None, false) => return Err(Misfit::new(format!("the variant {name} lacks its payload"))),
        (Some(_), true) => {
            return Err(Misfit::new(format!(
                "the variant {name} has no payload: write \"{name}\""
            )));
        }
    };
    Ok(Value::Enum {
        variant: name.clone(),
        payload: Box::new(payload),
    })
}

fn read_scalar(scalar: Scalar, json: &Json) -> Option<Value> {
    let text = json.as_str();
    Some(match scalar {
        Scalar::Bool => Value::Bool(json.as_bool()?),
        Scalar::U8 => integer::<u8>(json)?.into(),
        Scalar::U16 => integer::<u16>(json)?.into(),
        Scalar::U32 => integer::<u32>(json)?.into(),
        Scalar::U64 => integer::<u64>(json)?.into(),
        Scalar::U128 => integer::<u128>(json)?.into(),
        Scalar::I8 => integer::<i8>(json)?.into(),
        Scalar::I16 => integer::<i16>(json)?.into(),
        Scalar::I32 => integer::<i32>(json)?.into(),
        Scalar::I64 => integer::<i64>(json)?.into(),
        Scalar::I128 => integer::<i128>(json)?.into(),
        Scalar::F32 => Value::F32(json.as_f64().map_or_else(|| parse_special_f32(text?), narrow)?),
        Scalar::F64 => Value::F64(json.as_f64().or_else(|| parse_special_f64(text?))?),
        Scalar::Char => Value::Char(text?.parse().ok()?),
        Scalar::String => Value::String(text?.to_owned()),
        Scalar::Path => Value::Path(text?.to_owned()),
        Scalar::Bytes => Value::Bytes(parse_hex(text?)?),
        Scalar::Unit => json.as_null().map(Value::from)?,
        Scalar::Uuid => Value::Uuid(parse_uuid(text?)?),
        Scalar::Timestamp => {
            let (seconds, nanos) = text.map_or_else(|| seconds_and_nanos(json), parse_timestamp)?;
            Value::Timestamp { seconds, nanos }
        }
        Scalar::Date => Value::Date(match text {
            Some(text) => i32::try_from(parse_date(text)?).ok()?,
            None => only_member(json)
                .filter(|(name, _)| *name == "days")
                .and_then(|(_, days)| integer(days))?,
        }),
        Scalar::Duration => {
            let (seconds, nanos) = parse_duration(text?)?;
            Value::Duration { seconds, nanos }
        }
        Scalar::Decimal => Value::Decimal(parse_decimal(text?)?),
        Scalar::Ip => Value::Ip(text?.parse().ok()?),
    })
}

fn integer<T: TryFrom<u64> + TryFrom<i64> + std::str::FromStr>(json: &Json) -> Option<T> {
    match json {
        // `parse` alone would take a plus sign too.
        Json::String(text) if !text.starts_with('+') => text.parse().ok(),
        Json::Number(number) => match number.as_u64() {
            Some(number) => T::try_from(number).ok(),
            None => T::try_from(number.as_i64()?).ok(),
        },
        _ => None,
    }
}

/// Rounds to the nearest `f32`, but not to infinity.
pub(super) fn narrow(value: f64) -> Option<f32> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounding is what reading a decimal number does"
    )]
    Some(value as f32).filter(|float| float.is_finite())
}

fn seconds_and_nanos(json: &Json) -> Option<(i64, u32)> {
    let members = json.as_object().filter(|members| members.len() == 2)?;
    let nanos = integer(members.get("nanos")?).filter(|nanos| *nanos < 1_000_000_000)?;
    Some((integer(members.get("seconds")?)?, nanos))
}
