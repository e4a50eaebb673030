//! How values of types without parts are converted, from bytes to bytes.

mod numbers;
mod texts;

use std::net::IpAddr;

use crate::schema::Scalar;

use super::decimal::Decimal;
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::skip::{decimal, ip, nanos, sixteen};
use numbers::{to_decimal, to_f32, to_f64, to_integer};
use texts::{text_of, to_bool, to_char, to_date, to_duration, to_timestamp, to_uuid, write_ip};

pub use super::matrix::{class, comes_back_equal};
pub use texts::{parse_uuid, uuid_text};

/// A value on its way from one scalar type to another.
enum Passing<'a> {
    Signed(i128),
    Unsigned(u128),
    F32(f32),
    F64(f64),
    Bool(bool),
    Char(char),
    Text(&'a str),
    Bytes(&'a [u8]),
    Uuid([u8; 16]),
    Ip(IpAddr),
    Decimal(Decimal),
    Timestamp(i64, u32),
    Date(i32),
    Duration(u64, u32),
}

/// Reads a value of type `from` and writes it as one of type `to`.
///
/// # Errors
///
/// If the bytes are no value of `from`, or the value has no exact counterpart: the text shows the value.
pub fn convert(from: Scalar, to: Scalar, input: &mut Decoder<'_>, out: &mut Encoder) -> Result<(), String> {
    let value = read(from, input)?;
    write(&value, to, out).map_err(|shown| format!("{shown} is no {}", to.name()))
}

fn read<'a>(from: Scalar, input: &mut Decoder<'a>) -> Result<Passing<'a>, String> {
    let value = match from {
        Scalar::Bool => input.primitive().map(Passing::Bool),
        Scalar::U8 => input
            .primitive::<u8>()
            .map(|value| Passing::Unsigned(value.into())),
        Scalar::U16 => input
            .primitive::<u16>()
            .map(|value| Passing::Unsigned(value.into())),
        Scalar::U32 => input
            .primitive::<u32>()
            .map(|value| Passing::Unsigned(value.into())),
        Scalar::U64 => input
            .primitive::<u64>()
            .map(|value| Passing::Unsigned(value.into())),
        Scalar::U128 => input.primitive::<u128>().map(Passing::Unsigned),
        Scalar::I8 => input.primitive::<i8>().map(|value| Passing::Signed(value.into())),
        Scalar::I16 => input
            .primitive::<i16>()
            .map(|value| Passing::Signed(value.into())),
        Scalar::I32 => input
            .primitive::<i32>()
            .map(|value| Passing::Signed(value.into())),
        Scalar::I64 => input
            .primitive::<i64>()
            .map(|value| Passing::Signed(value.into())),
        Scalar::I128 => input.primitive::<i128>().map(Passing::Signed),
        Scalar::F32 => input.primitive().map(Passing::F32),
        Scalar::F64 => input.primitive().map(Passing::F64),
        Scalar::Char => input.primitive().map(Passing::Char),
        Scalar::String | Scalar::Path => input.text().map(Passing::Text),
        Scalar::Bytes => input.sized_bytes().map(Passing::Bytes),
        Scalar::Uuid => sixteen(input).map(Passing::Uuid),
        Scalar::Ip => ip(input).map(Passing::Ip),
        Scalar::Decimal => decimal(input).map(Passing::Decimal),
        Scalar::Timestamp => input
            .primitive()
            .and_then(|seconds| Ok(Passing::Timestamp(seconds, nanos(input)?))),
        Scalar::Duration => input
            .primitive()
            .and_then(|seconds| Ok(Passing::Duration(seconds, nanos(input)?))),
        Scalar::Date => input.primitive().map(Passing::Date),
        Scalar::Unit => return Err("a unit can't be converted".to_owned()),
    };
    value.map_err(|error| error.to_string())
}

/// Writes a value in another type, or returns how it reads for a person.
fn write(value: &Passing<'_>, to: Scalar, out: &mut Encoder) -> Result<(), String> {
    match to {
        Scalar::Bool => out.primitive(to_bool(value)?),
        Scalar::F32 => out.primitive(to_f32(value)?),
        Scalar::F64 => out.primitive(to_f64(value)?),
        Scalar::Char => out.primitive(to_char(value)?),
        Scalar::String | Scalar::Path => match value {
            Passing::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(_) => out.sized_bytes(bytes),
                Err(_) => return Err(shown(value)),
            },
            _ => out.sized_bytes(text_of(value).as_bytes()),
        },
        Scalar::Bytes => write_bytes(value, out)?,
        Scalar::Uuid => out.raw(&to_uuid(value)?),
        Scalar::Ip => write_ip(value, out)?,
        Scalar::Decimal => out.raw(&to_decimal(value)?.to_bytes()),
        Scalar::Date => out.primitive(to_date(value)?),
        Scalar::Timestamp => out.primitive(to_timestamp(value)?),
        Scalar::Duration => out.primitive(to_duration(value)?),
        _ => write_integer(value, to, out)?,
    }
    Ok(())
}

fn write_bytes(value: &Passing<'_>, out: &mut Encoder) -> Result<(), String> {
    match value {
        Passing::Text(text) => out.sized_bytes(text.as_bytes()),
        Passing::Bytes(bytes) => out.sized_bytes(bytes),
        Passing::Uuid(bytes) => out.sized_bytes(bytes),
        Passing::Unsigned(number) => match u8::try_from(*number) {
            Ok(byte) => out.sized_bytes(&[byte]),
            Err(_) => return Err(shown(value)),
        },
        _ => return Err(shown(value)),
    }
    Ok(())
}

fn write_integer(value: &Passing<'_>, to: Scalar, out: &mut Encoder) -> Result<(), String> {
    macro_rules! narrow {
        ($($scalar:ident => $type:ty,)*) => {
            match to {
                $(Scalar::$scalar => out.primitive(to_integer::<$type>(value)?),)*
                _ => return Err(shown(value)),
            }
        };
    }
    narrow! {
        U8 => u8, U16 => u16, U32 => u32, U64 => u64, U128 => u128,
        I8 => i8, I16 => i16, I32 => i32, I64 => i64, I128 => i128,
    }
    Ok(())
}

/// Returns the value as an error shows it: texts quoted, long ones cut.
fn shown(value: &Passing<'_>) -> String {
    const SHOWN_CHARS: usize = 60;
    let text = text_of(value);
    let cut: String = text.chars().take(SHOWN_CHARS).collect();
    let dots = if cut.len() < text.len() { ".." } else { "" };
    match value {
        Passing::Text(_) => format!("{cut:?}{dots}"),
        _ => format!("{cut}{dots}"),
    }
}
