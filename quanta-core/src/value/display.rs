//! Values on one line, for tables in a terminal.

use std::fmt;

use super::model::Value;
use super::{calendar, decimal, text};

/// Writes the value on one line. A text that stands by itself has no quotes; control characters are escaped, so that
/// no value can command the terminal.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) | Self::Path(text) | Self::Opaque(text) => write_plain(f, text),
            Self::Char(char) => write_plain(f, char.encode_utf8(&mut [0; 4])),
            Self::Option(Some(value)) => value.fmt(f),
            _ => write_nested(self, f),
        }
    }
}

fn write_plain(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    text.chars().try_for_each(|char| {
        if char.is_control() {
            write!(f, "{}", char.escape_default())
        } else {
            write!(f, "{char}")
        }
    })
}

fn write_nested(value: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Bool(value) => write!(f, "{value}"),
        Value::Int(value) => write!(f, "{value}"),
        Value::UInt(value) => write!(f, "{value}"),
        Value::F32(value) => write!(f, "{value:?}"),
        Value::F64(value) => write!(f, "{value:?}"),
        Value::Char(value) => write!(f, "{value:?}"),
        Value::String(text) | Value::Path(text) => write!(f, "{text:?}"),
        Value::Opaque(text) => write_plain(f, text),
        Value::Bytes(bytes) => write!(f, "0x{}", text::hex(bytes)),
        Value::Unit => f.write_str("()"),
        Value::Option(None) => f.write_str("none"),
        Value::Option(Some(value)) => write_nested(value, f),
        Value::List(items) => write_list(f, ("[", "]"), items),
        Value::Tuple(items) => write_list(f, ("(", ")"), items),
        Value::Map(entries) => {
            f.write_str("{")?;
            for (position, (key, value)) in entries.iter().enumerate() {
                f.write_str(if position == 0 { "" } else { ", " })?;
                write_nested(key, f)?;
                f.write_str(": ")?;
                write_nested(value, f)?;
            }
            f.write_str("}")
        }
        Value::Struct(fields) => {
            f.write_str("{")?;
            for (position, (name, value)) in fields.iter().enumerate() {
                write!(f, "{}{name}: ", if position == 0 { "" } else { ", " })?;
                write_nested(value, f)?;
            }
            f.write_str("}")
        }
        Value::Enum { variant, payload } => {
            f.write_str(variant)?;
            if **payload == Value::Unit {
                Ok(())
            } else {
                write_nested(payload, f)
            }
        }
        Value::Uuid(bytes) => f.write_str(&text::uuid(*bytes)),
        Value::Timestamp { seconds, nanos } => f.write_str(&calendar::timestamp_text(*seconds, *nanos)),
        Value::Date(days) => f.write_str(&calendar::date_text(*days)),
        Value::Duration { seconds, nanos } => write!(f, "{}s", calendar::duration_text(*seconds, *nanos)),
        Value::Decimal(bytes) => f.write_str(&decimal::to_text(*bytes)),
        Value::Ip(address) => write!(f, "{address}"),
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, (open, close): (&str, &str), items: &[Value]) -> fmt::Result {
    f.write_str(open)?;
    for (position, item) in items.iter().enumerate() {
        f.write_str(if position == 0 { "" } else { ", " })?;
        write_nested(item, f)?;
    }
    f.write_str(close)
}
