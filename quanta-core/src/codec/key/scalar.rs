//! The key forms of types without parts.

use crate::schema::Scalar;

use super::key_error;
use crate::codec::decoder::{DecodeError, Decoder};
use crate::codec::encoder::Encoder;
use crate::codec::skip::{ip, nanos};

/// Header of the integer 0. The number of bytes that follow is added for integers above, subtracted one lower for
/// integers below: `n` from 0 has 0x80 and up, `-1 - n` has 0x7f and down.
const ZERO: u8 = 0x80;
/// Bytes of the widest integer.
const INT_BYTES_MAX: u8 = 16;

/// Reads a scalar in row format and appends its key form.
pub(super) fn encode_scalar(
    scalar: Scalar,
    input: &mut Decoder<'_>,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    match scalar {
        Scalar::Bool => out.push(u8::from(input.primitive::<bool>()?)),
        Scalar::U8 => write_unsigned(input.primitive::<u8>()?.into(), out),
        Scalar::U16 => write_unsigned(input.number::<u16>()?.into(), out),
        Scalar::U32 => write_unsigned(input.number::<u32>()?.into(), out),
        Scalar::U64 => write_unsigned(input.number::<u64>()?.into(), out),
        Scalar::U128 => write_unsigned(input.number()?, out),
        Scalar::I8 => write_signed(input.primitive::<i8>()?.into(), out),
        Scalar::I16 => write_signed(input.primitive::<i16>()?.into(), out),
        Scalar::I32 | Scalar::Date => write_signed(input.primitive::<i32>()?.into(), out),
        Scalar::I64 => write_signed(input.primitive::<i64>()?.into(), out),
        Scalar::I128 => write_signed(input.primitive()?, out),
        Scalar::F32 => {
            let bits = input.primitive::<f32>()?.to_bits();
            out.extend((if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }).to_be_bytes());
        }
        Scalar::F64 => {
            let bits = input.primitive::<f64>()?.to_bits();
            out.extend((if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }).to_be_bytes());
        }
        Scalar::Char => write_unsigned(u32::from(input.primitive::<char>()?).into(), out),
        Scalar::String | Scalar::Path => write_bytes(input.text()?.as_bytes(), out),
        Scalar::Bytes => write_bytes(input.sized_bytes()?, out),
        Scalar::Unit => {}
        Scalar::Uuid => out.extend(input.raw(16)?),
        Scalar::Timestamp => {
            write_signed(input.primitive::<i64>()?.into(), out);
            write_unsigned(nanos(input)?.into(), out);
        }
        Scalar::Duration => {
            write_unsigned(input.number::<u64>()?.into(), out);
            write_unsigned(nanos(input)?.into(), out);
        }
        Scalar::Ip => match ip(input)? {
            std::net::IpAddr::V4(address) => {
                out.push(0);
                out.extend(address.octets());
            }
            std::net::IpAddr::V6(address) => {
                out.push(1);
                out.extend(address.octets());
            }
        },
        Scalar::Decimal => return Err(input.error("a decimal has no key order")),
    }
    Ok(())
}

/// Reads a scalar in key form and writes it in row format.
pub(super) fn decode_scalar(scalar: Scalar, key: &mut &[u8], out: &mut Encoder) -> Result<(), DecodeError> {
    match scalar {
        Scalar::Bool => match read_raw::<1>(key)? {
            [bit @ (0 | 1)] => out.raw(&[bit]),
            [other] => return Err(key_error(format!("a bool is {other}"), key)),
        },
        Scalar::U8 => out.primitive(read_int::<u8>(key)?),
        Scalar::U16 => out.primitive(read_int::<u16>(key)?),
        Scalar::U32 => out.primitive(read_int::<u32>(key)?),
        Scalar::U64 => out.primitive(read_int::<u64>(key)?),
        Scalar::U128 => out.primitive(read_int::<u128>(key)?),
        Scalar::I8 => out.primitive(read_int::<i8>(key)?),
        Scalar::I16 => out.primitive(read_int::<i16>(key)?),
        Scalar::I32 | Scalar::Date => out.primitive(read_int::<i32>(key)?),
        Scalar::I64 => out.primitive(read_int::<i64>(key)?),
        Scalar::I128 => out.primitive(read_int::<i128>(key)?),
        Scalar::F32 => {
            let bits = u32::from_be_bytes(read_raw(key)?);
            out.primitive(f32::from_bits(if bits >> 31 == 1 {
                bits & !(1 << 31)
            } else {
                !bits
            }));
        }
        Scalar::F64 => {
            let bits = u64::from_be_bytes(read_raw(key)?);
            out.primitive(f64::from_bits(if bits >> 63 == 1 {
                bits & !(1 << 63)
            } else {
                !bits
            }));
        }
        Scalar::Char => {
            let code: u32 = read_int(key)?;
            let char = char::from_u32(code);
            out.primitive(char.ok_or_else(|| key_error(format!("{code:#x} is no char"), key))?);
        }
        Scalar::String | Scalar::Path => out.sized_bytes(read_text(key)?.as_bytes()),
        Scalar::Bytes => out.sized_bytes(&read_bytes(key)?),
        Scalar::Unit => {}
        Scalar::Uuid => out.raw(&read_raw::<16>(key)?),
        Scalar::Timestamp => {
            out.primitive(read_int::<i64>(key)?);
            out.primitive(read_nanos(key)?);
        }
        Scalar::Duration => {
            out.primitive(read_int::<u64>(key)?);
            out.primitive(read_nanos(key)?);
        }
        Scalar::Ip => match read_raw(key)? {
            [0] => out.raw(&[&[0], read_raw::<4>(key)?.as_slice()].concat()),
            [1] => out.raw(&[&[1], read_raw::<16>(key)?.as_slice()].concat()),
            [other] => return Err(key_error(format!("an IP address is tagged {other}"), key)),
        },
        Scalar::Decimal => return Err(key_error("a decimal has no key order", key)),
    }
    Ok(())
}

fn write_unsigned(value: u128, out: &mut Vec<u8>) {
    let bytes = value.to_be_bytes();
    let digits = minimal(&bytes);
    out.push(ZERO + byte_count(digits));
    out.extend(digits);
}

fn write_signed(value: i128, out: &mut Vec<u8>) {
    let Ok(natural) = u128::try_from(value) else {
        let bytes = (value.unsigned_abs() - 1).to_be_bytes();
        let digits = minimal(&bytes);
        out.push(ZERO - 1 - byte_count(digits));
        out.extend(digits.iter().map(|byte| !byte));
        return;
    };
    write_unsigned(natural, out);
}

/// The position of the integer 0 among all integers of keys.
const ZERO_POSITION: u128 = 1 << 127;

/// Returns the position of the integer that a key begins with, in the order of integers; none if it begins with none.
/// Integers out of the range of `i128` have the position of the last one in it.
#[must_use]
pub fn key_integer(mut key: &[u8]) -> Option<u128> {
    match read_key_int(&mut key).ok()? {
        KeyInt::Natural(natural) => Some(ZERO_POSITION + natural.min(ZERO_POSITION - 1)),
        KeyInt::Below(below) => Some(ZERO_POSITION - 1 - below.min(ZERO_POSITION - 1)),
    }
}

/// Returns the key form of the integer at a position: the inverse of [`key_integer`].
#[must_use]
pub fn key_of_integer(position: u128) -> Vec<u8> {
    let mut out = Vec::new();
    match position.checked_sub(ZERO_POSITION) {
        Some(natural) => write_unsigned(natural, &mut out),
        None => write_signed(position.wrapping_sub(ZERO_POSITION).cast_signed(), &mut out),
    }
    out
}

fn minimal(bytes: &[u8; 16]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

fn byte_count(digits: &[u8]) -> u8 {
    u8::try_from(digits.len()).expect("an integer has at most 16 bytes")
}

/// An integer as it stands in a key.
enum KeyInt {
    /// The integer itself.
    Natural(u128),
    /// What lies below: -1 minus this.
    Below(u128),
}

fn read_key_int(key: &mut &[u8]) -> Result<KeyInt, DecodeError> {
    let [header] = read_raw(key)?;
    let (length, mask) = if header >= ZERO {
        (header - ZERO, 0x00)
    } else {
        (ZERO - 1 - header, 0xff)
    };
    let digits = key.get(..usize::from(length)).filter(|_| length <= INT_BYTES_MAX);
    let Some(digits) = digits else {
        return Err(key_error(format!("{header:#04x} starts no integer"), key));
    };
    if digits.first().is_some_and(|first| first ^ mask == 0) {
        return Err(key_error("an integer has more bytes than it needs", key));
    }
    let magnitude = digits
        .iter()
        .fold(0, |sum, byte| sum << 8 | u128::from(byte ^ mask));
    *key = &key[usize::from(length)..];
    Ok(if mask == 0 {
        KeyInt::Natural(magnitude)
    } else {
        KeyInt::Below(magnitude)
    })
}

fn read_int<T: TryFrom<u128> + TryFrom<i128>>(key: &mut &[u8]) -> Result<T, DecodeError> {
    let value = match read_key_int(key)? {
        KeyInt::Natural(value) => T::try_from(value).ok(),
        KeyInt::Below(below) => i128::try_from(below)
            .ok()
            .and_then(|below| T::try_from(-1 - below).ok()),
    };
    value.ok_or_else(|| key_error("an integer is out of the range of its type", key))
}

fn read_nanos(key: &mut &[u8]) -> Result<u32, DecodeError> {
    let nanos: u32 = read_int(key)?;
    if nanos < 1_000_000_000 {
        return Ok(nanos);
    }
    Err(key_error(format!("{nanos} nanoseconds make a second"), key))
}

/// Appends bytes so that they end before every longer text that starts with them: 0x00 becomes 0x00 0xff, and
/// 0x00 0x00 ends them.
pub(super) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xff);
        }
    }
    out.extend([0, 0]);
}

fn read_bytes(key: &mut &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::new();
    loop {
        match key {
            [0, 0, rest @ ..] => {
                *key = rest;
                return Ok(bytes);
            }
            [0, 0xff, rest @ ..] => {
                bytes.push(0);
                *key = rest;
            }
            [0, ..] | [] => return Err(key_error("a text in a key has no end", key)),
            [byte, rest @ ..] => {
                bytes.push(*byte);
                *key = rest;
            }
        }
    }
}

/// Reads a text as [`write_bytes`] writes it.
pub(super) fn read_text(key: &mut &[u8]) -> Result<String, DecodeError> {
    let bytes = read_bytes(key)?;
    String::from_utf8(bytes).map_err(|error| key_error(format!("text is not UTF-8: {error}"), key))
}

fn read_raw<const N: usize>(key: &mut &[u8]) -> Result<[u8; N], DecodeError> {
    match key.split_first_chunk() {
        Some((bytes, rest)) => {
            *key = rest;
            Ok(*bytes)
        }
        None => Err(key_error(format!("{N} bytes are missing"), key)),
    }
}
