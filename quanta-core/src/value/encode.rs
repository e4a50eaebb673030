//! From values to row format.

use std::collections::BTreeMap;

use crate::codec::Encoder;
use crate::schema::{Field, Node, NodeId, Scalar, Shape, Variant};

use super::decimal;
use super::model::Value;

/// Writes a value of the type at `node` in row format. Integers fit wherever they are in range.
///
/// # Errors
///
/// Says where the value is not of the type, such as ``address.city: expected string, found an integer``, or why it
/// can't be stored. What was written by then is of no use.
pub fn encode_value(shape: &Shape, node: NodeId, value: &Value, out: &mut Encoder) -> Result<(), String> {
    let mut path = Vec::new();
    write(shape, node, value, out, &mut path).map_err(|problem| located(&path, &problem))
}

/// Puts the place of a problem before it.
pub(super) fn located(path: &[String], problem: &str) -> String {
    let path = path.concat();
    match path.strip_prefix('.').unwrap_or(&path) {
        "" => problem.to_owned(),
        path => format!("{path}: {problem}"),
    }
}

/// Writes one value. On an error, `path` is left at its place.
fn write(
    shape: &Shape,
    id: NodeId,
    value: &Value,
    out: &mut Encoder,
    path: &mut Vec<String>,
) -> Result<(), String> {
    if out.is_failed() {
        return Err("the value can't be stored: it nests too deeply or is too large".to_owned());
    }
    match (shape.node(id), value) {
        (Node::Scalar(scalar), _) => write_scalar(*scalar, value, out),
        (Node::Option(item), Value::Option(value)) => {
            out.raw(&[u8::from(value.is_some())]);
            value
                .as_ref()
                .map_or(Ok(()), |value| write(shape, *item, value, out, path))
        }
        (Node::Opaque(_), Value::Opaque(text)) => {
            let json = serde_json::from_str::<serde::de::IgnoredAny>(text);
            json.map_err(|error| format!("the opaque value is no JSON: {error}"))?;
            out.sized_bytes(text.as_bytes());
            Ok(())
        }
        (Node::List(item), Value::List(values)) => write_list(shape, *item, values, out, path),
        (Node::Set(item), Value::List(values)) => {
            let entries: Vec<_> = values.iter().map(|value| (value, None)).collect();
            write_sorted(shape, (*item, *item), &entries, out, path)
        }
        (Node::Map(key, item), Value::Map(values)) => {
            let entries: Vec<_> = values.iter().map(|(key, value)| (key, Some(value))).collect();
            write_sorted(shape, (*key, *item), &entries, out, path)
        }
        (Node::Array(item, length), Value::List(values)) => {
            if values.len() != *length as usize {
                return Err(format!("expected {length} items, found {}", values.len()));
            }
            write_items(shape, values.iter().map(|value| (*item, value)), out, path)
        }
        (Node::Tuple(items), Value::Tuple(values)) => {
            if values.len() != items.len() {
                return Err(format!(
                    "expected a tuple of {}, found one of {}",
                    items.len(),
                    values.len()
                ));
            }
            write_items(shape, items.iter().copied().zip(values), out, path)
        }
        (Node::Struct { fields, .. }, Value::Struct(values)) => {
            write_struct(shape, fields, values, out, path)
        }
        (Node::Enum { variants, .. }, Value::Enum { variant, payload }) => {
            write_enum(shape, variants, (variant, payload), out, path)
        }
        (node, value) => Err(format!("expected {}, found {}", node_kind(node), value.kind())),
    }
}

/// Returns what a node expects, for messages.
pub(super) fn node_kind(node: &Node) -> String {
    match node {
        Node::Scalar(scalar) => scalar.name().to_owned(),
        Node::Option(_) => "an option".to_owned(),
        Node::List(_) => "a list".to_owned(),
        Node::Set(_) => "a set, as a list".to_owned(),
        Node::Map(..) => "a map".to_owned(),
        Node::Array(_, length) => format!("an array of {length}, as a list"),
        Node::Tuple(items) => format!("a tuple of {}", items.len()),
        Node::Struct { .. } => node
            .label()
            .map_or("a struct".to_owned(), |label| format!("struct {label}")),
        Node::Enum { .. } => node
            .label()
            .map_or("an enum".to_owned(), |label| format!("enum {label}")),
        Node::Ref(_) => "a reference to a row, which is not supported yet".to_owned(),
        Node::Opaque(name) => format!("opaque({name})"),
    }
}

fn write_list(
    shape: &Shape,
    item: NodeId,
    values: &[Value],
    out: &mut Encoder,
    path: &mut Vec<String>,
) -> Result<(), String> {
    // The encoder's own list checks the limit of items that take no bytes.
    let mut problem = None;
    let mut position = 0;
    out.items(values, |value, out| {
        if problem.is_none() {
            path.push(format!("[{position}]"));
            match write(shape, item, value, out, path) {
                Ok(()) => drop(path.pop()),
                Err(error) => problem = Some(error),
            }
        }
        position += 1;
    });
    problem.map_or(Ok(()), Err)
}

fn write_items<'v>(
    shape: &Shape,
    items: impl Iterator<Item = (NodeId, &'v Value)>,
    out: &mut Encoder,
    path: &mut Vec<String>,
) -> Result<(), String> {
    out.enter();
    for (position, (node, value)) in items.enumerate() {
        path.push(format!("[{position}]"));
        write(shape, node, value, out, path)?;
        path.pop();
    }
    out.leave();
    Ok(())
}

fn write_sorted(
    shape: &Shape,
    (key_node, value_node): (NodeId, NodeId),
    entries: &[(&Value, Option<&Value>)],
    out: &mut Encoder,
    path: &mut Vec<String>,
) -> Result<(), String> {
    // The encoder sorts what it is given: each part is written once, beside it, by one of the two functions.
    let problem = std::cell::RefCell::new(None);
    let path = std::cell::RefCell::new(path);
    let write_part = |node, value, part: &str, out: &mut Encoder| {
        if problem.borrow().is_some() {
            return;
        }
        let mut path = path.borrow_mut();
        path.push(part.to_owned());
        match write(shape, node, value, out, &mut path) {
            Ok(()) => drop(path.pop()),
            Err(error) => *problem.borrow_mut() = Some(error),
        }
    };
    out.sorted(
        entries.iter(),
        |(key, value), out| write_part(key_node, key, if value.is_some() { "{key}" } else { "[]" }, out),
        |(_, value), out| {
            if let Some(value) = value {
                write_part(value_node, value, "{value}", out);
            }
        },
    );
    problem.into_inner().map_or(Ok(()), Err)
}

fn write_struct(
    shape: &Shape,
    fields: &[Field],
    values: &BTreeMap<String, Value>,
    out: &mut Encoder,
    path: &mut Vec<String>,
) -> Result<(), String> {
    if let Some(unknown) = values
        .keys()
        .find(|name| !fields.iter().any(|field| field.name == **name))
    {
        return Err(format!("there is no field `{unknown}`"));
    }
    out.enter();
    for field in fields {
        path.push(format!(".{}", field.name));
        let value = values.get(&field.name).ok_or("the value is missing")?;
        write(shape, field.node, value, out, path)?;
        path.pop();
    }
    out.leave();
    Ok(())
}

fn write_enum(
    shape: &Shape,
    variants: &[Variant],
    (name, payload): (&str, &Value),
    out: &mut Encoder,
    path: &mut Vec<String>,
) -> Result<(), String> {
    let index = variants.iter().position(|variant| variant.name == name);
    let index = index.ok_or_else(|| format!("there is no variant `{name}`"))?;
    out.enter();
    out.variant(u32::try_from(index).expect("limits keep variants below 2^32"));
    path.push(format!("::{name}"));
    write(shape, variants[index].payload, payload, out, path)?;
    path.pop();
    out.leave();
    Ok(())
}

fn write_int<T: TryFrom<i128> + TryFrom<u128> + bincode::Encode>(
    value: &Value,
    scalar: Scalar,
    out: &mut Encoder,
) -> Result<(), String> {
    let (fitting, shown) = match value {
        Value::Int(number) => (T::try_from(*number).ok(), number.to_string()),
        Value::UInt(number) => (T::try_from(*number).ok(), number.to_string()),
        other => return Err(format!("expected {scalar}, found {}", other.kind())),
    };
    out.primitive(fitting.ok_or_else(|| format!("{shown} is out of the range of {scalar}"))?);
    Ok(())
}

fn write_scalar(scalar: Scalar, value: &Value, out: &mut Encoder) -> Result<(), String> {
    match (scalar, value) {
        (Scalar::U8, _) => return write_int::<u8>(value, scalar, out),
        (Scalar::U16, _) => return write_int::<u16>(value, scalar, out),
        (Scalar::U32, _) => return write_int::<u32>(value, scalar, out),
        (Scalar::U64, _) => return write_int::<u64>(value, scalar, out),
        (Scalar::U128, _) => return write_int::<u128>(value, scalar, out),
        (Scalar::I8, _) => return write_int::<i8>(value, scalar, out),
        (Scalar::I16, _) => return write_int::<i16>(value, scalar, out),
        (Scalar::I32, _) => return write_int::<i32>(value, scalar, out),
        (Scalar::I64, _) => return write_int::<i64>(value, scalar, out),
        (Scalar::I128, _) => return write_int::<i128>(value, scalar, out),
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
        (Scalar::Timestamp, Value::Timestamp { nanos, .. })
        | (Scalar::Duration, Value::Duration { nanos, .. })
            if *nanos >= 1_000_000_000 =>
        {
            return Err(format!("{nanos} nanoseconds make a second"));
        }
        (Scalar::Timestamp, Value::Timestamp { seconds, nanos }) => {
            out.primitive(*seconds);
            out.primitive(*nanos);
        }
        (Scalar::Date, Value::Date(days)) => out.primitive(*days),
        (Scalar::Duration, Value::Duration { seconds, nanos }) => {
            out.primitive(*seconds);
            out.primitive(*nanos);
        }
        (Scalar::Decimal, Value::Decimal(bytes)) => {
            decimal::check(*bytes)?;
            out.raw(bytes);
        }
        (Scalar::Ip, Value::Ip(std::net::IpAddr::V4(address))) => {
            out.raw(&[0]);
            out.raw(&address.octets());
        }
        (Scalar::Ip, Value::Ip(std::net::IpAddr::V6(address))) => {
            out.raw(&[1]);
            out.raw(&address.octets());
        }
        (scalar, value) => return Err(format!("expected {scalar}, found {}", value.kind())),
    }
    Ok(())
}
