//! From JSON to values.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::codec::Encoder;
use crate::schema::limits::NESTING_DEPTH_MAX;
use crate::schema::{Field, Node, NodeId, Scalar, Shape, Variant};

use super::encode::{encode_value, located, node_kind};
use super::model::Value;
use super::numbers::{integer, parse_float32, parse_float64};
use super::to_json::may_be_null;
use super::{calendar, decimal, text};

/// Reads a value of the type at `node` from JSON: the inverse of [`to_json`](super::to_json).
///
/// Structs have all their fields and no others; sets and map keys are given once.
///
/// # Errors
///
/// Says where the JSON is no value of the type, such as ``address.city: expected string, found 7``.
pub fn from_json(shape: &Shape, node: NodeId, json: &Json) -> Result<Value, String> {
    let mut reader = Reader {
        shape,
        path: Vec::new(),
        depth: 0,
    };
    reader
        .read(node, json)
        .map_err(|problem| located(&reader.path, &problem))
}

struct Reader<'s> {
    shape: &'s Shape,
    /// Where the reader is; after an error, where it happened.
    path: Vec<String>,
    depth: usize,
}

impl Reader<'_> {
    fn read(&mut self, id: NodeId, json: &Json) -> Result<Value, String> {
        let node = self.shape.node(id);
        let nests = usize::from(node.nests());
        self.depth += nests;
        if self.depth > NESTING_DEPTH_MAX {
            return Err(format!("the value nests deeper than {NESTING_DEPTH_MAX} levels"));
        }
        let value = match (node, json) {
            (Node::Scalar(scalar), _) => scalar_value(*scalar, json).ok_or_else(|| mismatch(node, json)),
            (Node::Opaque(_), _) => Ok(Value::Opaque(json.to_string())),
            (Node::Option(_), Json::Null) => Ok(Value::Option(None)),
            (Node::Option(item), _) => self.some(*item, json),
            (Node::List(item), Json::Array(items)) => self.items(*item, items).map(Value::List),
            (Node::Set(item), Json::Array(items)) => {
                let items = self.items(*item, items)?.into_iter().map(|value| (value, ()));
                let sorted = self.sorted(*item, items.collect())?;
                Ok(Value::List(sorted.into_iter().map(|(value, ())| value).collect()))
            }
            (Node::Array(item, length), Json::Array(items)) if items.len() == *length as usize => {
                self.items(*item, items).map(Value::List)
            }
            (Node::Map(key, item), _) => self.map(*key, *item, json),
            (Node::Tuple(nodes), Json::Array(items)) if items.len() == nodes.len() => {
                self.tuple(nodes, items).map(Value::Tuple)
            }
            (Node::Struct { fields, .. }, Json::Object(members)) => self.fields(fields, members),
            (Node::Enum { variants, .. }, _) => self.variant(node, variants, json),
            _ => Err(mismatch(node, json)),
        };
        self.depth -= nests;
        value
    }

    fn at<T>(
        &mut self,
        part: String,
        read: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        self.path.push(part);
        let value = read(self)?;
        self.path.pop();
        Ok(value)
    }

    fn some(&mut self, item: NodeId, json: &Json) -> Result<Value, String> {
        let wrapped = may_be_null(self.shape.node(item));
        let json = match json {
            Json::Array(items) if wrapped && items.len() == 1 => &items[0],
            _ if wrapped => {
                return Err(format!(
                    "expected null or a list of one value, found {}",
                    shown(json)
                ));
            }
            _ => json,
        };
        Ok(Value::Option(Some(Box::new(self.read(item, json)?))))
    }

    fn items(&mut self, item: NodeId, items: &[Json]) -> Result<Vec<Value>, String> {
        let numbered = items.iter().enumerate();
        numbered
            .map(|(position, json)| self.at(format!("[{position}]"), |reader| reader.read(item, json)))
            .collect()
    }

    fn tuple(&mut self, nodes: &[NodeId], items: &[Json]) -> Result<Vec<Value>, String> {
        let numbered = nodes.iter().zip(items).enumerate();
        numbered
            .map(|(position, (node, json))| {
                self.at(format!("[{position}]"), |reader| reader.read(*node, json))
            })
            .collect()
    }

    fn map(&mut self, key: NodeId, item: NodeId, json: &Json) -> Result<Value, String> {
        let is_text = *self.shape.node(key) == Node::Scalar(Scalar::String);
        let mut entries = Vec::new();
        match json {
            Json::Object(members) if is_text => {
                for (name, json) in members {
                    let value = self.at(format!("{{{name:?}}}"), |reader| reader.read(item, json))?;
                    entries.push((Value::String(name.clone()), value));
                }
            }
            Json::Array(pairs) if !is_text => {
                for (position, pair) in pairs.iter().enumerate() {
                    let [name, json] = pair.as_array().map(Vec::as_slice).unwrap_or_default() else {
                        return Err(format!("expected a pair of key and value, found {}", shown(pair)));
                    };
                    let name = self.at(format!("[{position}]{{key}}"), |reader| reader.read(key, name))?;
                    let value =
                        self.at(format!("[{position}]{{value}}"), |reader| reader.read(item, json))?;
                    entries.push((name, value));
                }
            }
            _ => {
                let form = if is_text { "an object" } else { "a list of pairs" };
                return Err(format!("expected a map as {form}, found {}", shown(json)));
            }
        }
        self.sorted(key, entries).map(Value::Map)
    }

    /// Sorts the items of a set or map as they are stored, so that equal ones give equal values.
    fn sorted<T>(&self, key: NodeId, entries: Vec<(Value, T)>) -> Result<Vec<(Value, T)>, String> {
        let mut keyed = Vec::new();
        let mut known = BTreeSet::new();
        for entry in entries {
            let mut out = Encoder::default();
            encode_value(self.shape, key, &entry.0, &mut out)?;
            let bytes = out.finish()?;
            if !known.insert(bytes.clone()) {
                return Err(format!("{} is given twice", entry.0));
            }
            keyed.push((bytes, entry));
        }
        keyed.sort_by(|one, two| one.0.cmp(&two.0));
        Ok(keyed.into_iter().map(|(_, entry)| entry).collect())
    }

    fn fields(&mut self, fields: &[Field], members: &Map<String, Json>) -> Result<Value, String> {
        if let Some(unknown) = members
            .keys()
            .find(|name| !fields.iter().any(|field| field.name == **name))
        {
            return Err(format!("there is no field `{}`", unknown.escape_debug()));
        }
        let read = fields.iter().map(|field| {
            let value = self.at(format!(".{}", field.name), |reader| {
                match members.get(&field.name) {
                    Some(json) => reader.read(field.node, json),
                    None => Err("the value is missing".to_owned()),
                }
            })?;
            Ok((field.name.clone(), value))
        });
        Ok(Value::Struct(read.collect::<Result<_, String>>()?))
    }

    fn variant(&mut self, node: &Node, variants: &[Variant], json: &Json) -> Result<Value, String> {
        let (name, payload) = match json {
            Json::String(name) => (name, &Json::Null),
            Json::Object(members) if members.len() == 1 => members.iter().next().expect("it has one member"),
            _ => return Err(mismatch(node, json)),
        };
        let known = variants.iter().find(|variant| variant.name == *name);
        let known = known.ok_or_else(|| format!("there is no variant `{}`", name.escape_debug()))?;
        let payload = self.at(format!("::{name}"), |reader| reader.read(known.payload, payload))?;
        Ok(Value::Enum {
            variant: name.clone(),
            payload: Box::new(payload),
        })
    }
}

fn mismatch(node: &Node, json: &Json) -> String {
    format!("expected {}, found {}", node_kind(node), shown(json))
}

/// Shows the start of some JSON.
fn shown(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}

fn scalar_value(scalar: Scalar, json: &Json) -> Option<Value> {
    Some(match scalar {
        Scalar::Bool => Value::Bool(json.as_bool()?),
        Scalar::U8 => Value::UInt(integer::<u8>(json)?.into()),
        Scalar::U16 => Value::UInt(integer::<u16>(json)?.into()),
        Scalar::U32 => Value::UInt(integer::<u32>(json)?.into()),
        Scalar::U64 => Value::UInt(integer::<u64>(json)?.into()),
        Scalar::U128 => Value::UInt(integer(json)?),
        Scalar::I8 => Value::Int(integer::<i8>(json)?.into()),
        Scalar::I16 => Value::Int(integer::<i16>(json)?.into()),
        Scalar::I32 => Value::Int(integer::<i32>(json)?.into()),
        Scalar::I64 => Value::Int(integer::<i64>(json)?.into()),
        Scalar::I128 => Value::Int(integer(json)?),
        Scalar::F32 => Value::F32(parse_float32(json)?),
        Scalar::F64 => Value::F64(parse_float64(json)?),
        Scalar::Char => {
            let mut chars = json.as_str()?.chars();
            Value::Char(chars.next().filter(|_| chars.next().is_none())?)
        }
        Scalar::String => Value::String(json.as_str()?.to_owned()),
        Scalar::Path => Value::Path(json.as_str()?.to_owned()),
        Scalar::Bytes => Value::Bytes(text::parse_hex(json.as_str()?)?),
        Scalar::Unit => json.is_null().then_some(Value::Unit)?,
        Scalar::Uuid => Value::Uuid(text::parse_uuid(json.as_str()?)?),
        Scalar::Timestamp => {
            let (seconds, nanos) = calendar::parse_timestamp(json.as_str()?)?;
            Value::Timestamp { seconds, nanos }
        }
        Scalar::Date => Value::Date(calendar::parse_date(json.as_str()?)?),
        Scalar::Duration => {
            let (seconds, nanos) = calendar::parse_duration(json.as_str()?)?;
            Value::Duration { seconds, nanos }
        }
        Scalar::Decimal => Value::Decimal(decimal::from_text(json.as_str()?)?),
        Scalar::Ip => Value::Ip(json.as_str()?.parse().ok()?),
    })
}
