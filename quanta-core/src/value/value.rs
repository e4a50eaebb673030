//! The dynamic value.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// A value of any shape.
///
/// Two floats are equal if their bits are: a NaN equals itself, and `0.0` differs from `-0.0`.
///
/// ```
/// # use quantadb::Value;
/// let place = Value::from([("lat", 59.9.into()), ("lon", 10.7.into())]);
/// let oslo = Value::from([("name", "Oslo".into()), ("place", place), ("mayor", None::<String>.into())]);
/// assert_eq!(oslo.get("place").and_then(|place| place.get("lat")?.as_f64()), Some(59.9));
/// assert_eq!(oslo.to_string(), "{mayor: none, name: \"Oslo\", place: {lat: 59.9, lon: 10.7}}");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub enum Value {
    /// `bool`.
    Bool(bool),
    /// An integer of a signed type. Unsigned types take it too if it is within their range.
    Int(i128),
    /// An integer of an unsigned type. Signed types take it too if it is within their range.
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
    /// `unit`, also the payload of a variant without one.
    Unit,
    /// `option`.
    Option(Option<Box<Value>>),
    /// The items of a list, a set or an array.
    List(Vec<Value>),
    /// The entries of a map.
    Map(Vec<(Value, Value)>),
    /// The positions of a tuple.
    Tuple(Vec<Value>),
    /// The fields of a struct by storage name.
    Struct(BTreeMap<String, Value>),
    /// One variant of an enum.
    Enum {
        /// Storage name.
        variant: String,
        /// [`Value::Unit`], a tuple or a struct.
        payload: Box<Value>,
    },
    /// `uuid`, most significant byte first.
    Uuid([u8; 16]),
    /// A point in time.
    Timestamp {
        /// Seconds since 1970-01-01T00:00:00Z, rounded down.
        seconds: i64,
        /// Nanoseconds from there, less than a second.
        nanos: u32,
    },
    /// Days since 1970-01-01.
    Date(i32),
    /// A span of time.
    Duration {
        /// Whole seconds.
        seconds: u64,
        /// Nanoseconds beyond them, less than a second.
        nanos: u32,
    },
    /// `decimal`: flags (scale in bits 16 to 23, sign in bit 31) and 96 bits of magnitude, each `u32` little-endian.
    Decimal([u8; 16]),
    /// `ip`.
    Ip(IpAddr),
    /// `path`.
    Path(String),
    /// The JSON of a type that only its own program understands. Its integers beyond 64 bits are floats here.
    Opaque(serde_json::Value),
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
            (Self::String(one), Self::String(two)) | (Self::Path(one), Self::Path(two)) => one == two,
            (Self::Bytes(one), Self::Bytes(two)) => one == two,
            (Self::Unit, Self::Unit) => true,
            (Self::Option(one), Self::Option(two)) => one == two,
            (Self::List(one), Self::List(two)) | (Self::Tuple(one), Self::Tuple(two)) => one == two,
            (Self::Map(one), Self::Map(two)) => one == two,
            (Self::Struct(one), Self::Struct(two)) => one == two,
            (
                Self::Enum {
                    variant: one,
                    payload: left,
                },
                Self::Enum {
                    variant: two,
                    payload: right,
                },
            ) => one == two && left == right,
            (Self::Uuid(one), Self::Uuid(two)) | (Self::Decimal(one), Self::Decimal(two)) => one == two,
            (
                Self::Timestamp {
                    seconds: one,
                    nanos: left,
                },
                Self::Timestamp {
                    seconds: two,
                    nanos: right,
                },
            ) => one == two && left == right,
            (Self::Date(one), Self::Date(two)) => one == two,
            (
                Self::Duration {
                    seconds: one,
                    nanos: left,
                },
                Self::Duration {
                    seconds: two,
                    nanos: right,
                },
            ) => one == two && left == right,
            (Self::Ip(one), Self::Ip(two)) => one == two,
            (Self::Opaque(one), Self::Opaque(two)) => one == two,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Value {
    /// Names the kind of the value with its article, as errors do.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a bool",
            Self::Int(_) | Self::UInt(_) => "an integer",
            Self::F32(_) => "an f32",
            Self::F64(_) => "an f64",
            Self::Char(_) => "a char",
            Self::String(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::Unit => "unit",
            Self::Option(_) => "an option",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Tuple(_) => "a tuple",
            Self::Struct(_) => "a struct",
            Self::Enum { .. } => "a variant",
            Self::Uuid(_) => "a uuid",
            Self::Timestamp { .. } => "a timestamp",
            Self::Date(_) => "a date",
            Self::Duration { .. } => "a duration",
            Self::Decimal(_) => "a decimal",
            Self::Ip(_) => "an ip",
            Self::Path(_) => "a path",
            Self::Opaque(_) => "opaque JSON",
        }
    }
}
