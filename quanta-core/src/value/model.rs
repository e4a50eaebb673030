//! The value itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// A value of any storable type. Which integer, list, set or array it is, only the shape tells.
///
/// Floats are equal if their bits are.
#[derive(Debug, Clone)]
pub enum Value {
    /// `bool`.
    Bool(bool),
    /// A signed integer of any width.
    Int(i128),
    /// An unsigned integer of any width.
    UInt(u128),
    /// `f32`.
    F32(f32),
    /// `f64`.
    F64(f64),
    /// `char`.
    Char(char),
    /// `string`.
    String(String),
    /// `bytes`.
    Bytes(Vec<u8>),
    /// `unit`.
    Unit,
    /// `option`.
    Option(Option<Box<Value>>),
    /// `list`, `set` or `array`.
    List(Vec<Value>),
    /// `map`: keys with their values.
    Map(Vec<(Value, Value)>),
    /// `tuple`.
    Tuple(Vec<Value>),
    /// A struct: values by storage name.
    Struct(BTreeMap<String, Value>),
    /// One variant of an enum.
    Enum {
        /// Storage name.
        variant: String,
        /// [`Value::Unit`], [`Value::Tuple`] or [`Value::Struct`].
        payload: Box<Value>,
    },
    /// `uuid`.
    Uuid([u8; 16]),
    /// `timestamp`: from 1970-01-01T00:00:00Z.
    Timestamp {
        /// Whole seconds, rounded down.
        seconds: i64,
        /// Nanoseconds from there, below 10^9.
        nanos: u32,
    },
    /// `date`: days from 1970-01-01.
    Date(i32),
    /// `duration`.
    Duration {
        /// Whole seconds.
        seconds: u64,
        /// Nanoseconds besides, below 10^9.
        nanos: u32,
    },
    /// `decimal`, laid out as `rust_decimal::Decimal::serialize` does: flags (scale in bits 16 to 23, sign in bit 31),
    /// then the low, middle and high 32 bits of the mantissa, each little-endian.
    Decimal([u8; 16]),
    /// `ip`.
    Ip(IpAddr),
    /// `path`.
    Path(String),
    /// `opaque`: the JSON text as it is stored.
    Opaque(String),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::UInt(one), Self::UInt(two)) => one == two,
            (Self::F32(one), Self::F32(two)) => one.to_bits() == two.to_bits(),
            (Self::F64(one), Self::F64(two)) => one.to_bits() == two.to_bits(),
            (Self::Char(one), Self::Char(two)) => one == two,
            (Self::String(one), Self::String(two))
            | (Self::Path(one), Self::Path(two))
            | (Self::Opaque(one), Self::Opaque(two)) => one == two,
            (Self::Bytes(one), Self::Bytes(two)) => one == two,
            (Self::Unit, Self::Unit) => true,
            (Self::Option(one), Self::Option(two)) => one == two,
            (Self::List(one), Self::List(two)) | (Self::Tuple(one), Self::Tuple(two)) => one == two,
            (Self::Map(one), Self::Map(two)) => one == two,
            (Self::Struct(one), Self::Struct(two)) => one == two,
            (
                Self::Enum { variant, payload },
                Self::Enum {
                    variant: other,
                    payload: second,
                },
            ) => variant == other && payload == second,
            (Self::Uuid(one), Self::Uuid(two)) | (Self::Decimal(one), Self::Decimal(two)) => one == two,
            (
                Self::Timestamp { seconds, nanos },
                Self::Timestamp {
                    seconds: other,
                    nanos: second,
                },
            ) => seconds == other && nanos == second,
            (Self::Date(one), Self::Date(two)) => one == two,
            (
                Self::Duration { seconds, nanos },
                Self::Duration {
                    seconds: other,
                    nanos: second,
                },
            ) => seconds == other && nanos == second,
            (Self::Ip(one), Self::Ip(two)) => one == two,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Value {
    /// Returns what kind of value it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::UInt(_) => "an integer",
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::Char(_) => "char",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Unit => "unit",
            Self::Option(_) => "an option",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Tuple(_) => "a tuple",
            Self::Struct(_) => "a struct",
            Self::Enum { .. } => "an enum",
            Self::Uuid(_) => "uuid",
            Self::Timestamp { .. } => "timestamp",
            Self::Date(_) => "date",
            Self::Duration { .. } => "duration",
            Self::Decimal(_) => "decimal",
            Self::Ip(_) => "ip",
            Self::Path(_) => "path",
            Self::Opaque(_) => "opaque",
        }
    }
}
