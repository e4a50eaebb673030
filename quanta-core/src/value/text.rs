//! Values on one line, for people.

use std::fmt;

use super::forms::{decimal_text, hex};
use super::value::Value;
use crate::codec::civil::{date_text, duration_text, timestamp_text};
use crate::codec::convert::uuid_text;

/// Bytes that are shown of `bytes` before the rest is only counted.
const BYTES_SHOWN: usize = 16;

/// Shows the value on one line: texts as they are, but quoted within other values; an option as its value or `none`;
/// only the start of long bytes.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) | Self::Path(text) => one_line(text, f),
            Self::Char(value) => one_line(value.encode_utf8(&mut [0; 4]), f),
            Self::Option(Some(value)) => value.fmt(f),
            _ => nested(self, f),
        }
    }
}

fn one_line(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !text.contains(char::is_control) {
        return f.pad(text);
    }
    let escaped: String = text
        .chars()
        .flat_map(|item| match item.is_control() {
            true => item
                .escape_debug()
                .collect::<String>()
                .chars()
                .collect::<Vec<char>>(),
            false => vec![item],
        })
        .collect();
    f.pad(&escaped)
}

/// Shows a value as it shows within another one: texts in quotes.
pub(super) struct Quoted<'v>(pub(super) &'v Value);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        nested(self.0, f)
    }
}

/// Shows a value within another one.
fn nested(value: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Bool(value) => write!(f, "{value}"),
        Value::Int(value) => write!(f, "{value}"),
        Value::UInt(value) => write!(f, "{value}"),
        Value::F32(value) => write!(f, "{value:?}"),
        Value::F64(value) => write!(f, "{value:?}"),
        Value::Char(value) => write!(f, "{value:?}"),
        Value::String(text) | Value::Path(text) => write!(f, "{text:?}"),
        Value::Bytes(bytes) => shortened(bytes, f),
        Value::Unit => f.write_str("()"),
        Value::Option(None) => f.write_str("none"),
        Value::Option(Some(value)) => nested(value, f),
        Value::List(items) => sequence(("[", "]"), items, f, nested),
        Value::Tuple(items) => sequence(("(", ")"), items, f, nested),
        Value::Map(entries) => sequence(("{", "}"), entries, f, |(key, value), f| {
            nested(key, f)?;
            f.write_str(": ")?;
            nested(value, f)
        }),
        Value::Struct(fields) => sequence(("{", "}"), fields, f, |(name, value), f| {
            write!(f, "{name}: ")?;
            nested(value, f)
        }),
        Value::Enum { variant, payload } => {
            f.write_str(variant)?;
            match &**payload {
                Value::Unit => Ok(()),
                Value::Tuple(_) => nested(payload, f),
                payload => {
                    f.write_str(" ")?;
                    nested(payload, f)
                }
            }
        }
        Value::Opaque(json) => write!(f, "{json}"),
        _ => f.write_str(&scalar_text(value)),
    }
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::Uuid(bytes) => uuid_text(bytes),
        Value::Timestamp { seconds, nanos } => {
            timestamp_text(*seconds, *nanos).unwrap_or_else(|| format!("{seconds}s+{nanos}ns from 1970"))
        }
        Value::Date(days) => date_text((*days).into()).unwrap_or_else(|| format!("{days} days from 1970")),
        Value::Duration { seconds, nanos } => format!("{}s", duration_text(*seconds, *nanos)),
        Value::Decimal(bytes) => decimal_text(*bytes).unwrap_or_else(|| hex(bytes)),
        Value::Ip(address) => address.to_string(),
        _ => String::new(),
    }
}

fn shortened(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match bytes.split_at_checked(BYTES_SHOWN) {
        Some((start, rest)) if !rest.is_empty() => write!(f, "{}.. ({} bytes)", hex(start), bytes.len()),
        _ => f.write_str(&hex(bytes)),
    }
}

fn sequence<T>(
    (open, close): (&str, &str),
    items: impl IntoIterator<Item = T>,
    f: &mut fmt::Formatter<'_>,
    show: impl Fn(T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    f.write_str(open)?;
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        show(item, f)?;
    }
    f.write_str(close)
}
