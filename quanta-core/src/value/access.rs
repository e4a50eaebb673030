//! Getting at parts of a value, and making values of Rust's own types.

use std::net::IpAddr;

use super::value::Value;

impl Value {
    /// Returns the field `field` of a struct, or of the struct in an option or variant.
    ///
    /// ```
    /// # use quantadb::Value;
    /// let oslo = Value::from([("name", "Oslo".into()), ("place", Some(Value::from([("lat", 59.9.into())])).into())]);
    /// let lat = oslo.get("place").and_then(|place| place.get("lat")); // Also through the option.
    /// assert_eq!(lat, Some(&Value::F64(59.9)));
    /// assert_eq!(oslo.get("mayor"), None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        match self {
            Self::Struct(fields) => fields.get(field),
            Self::Option(Some(value)) => value.get(field),
            Self::Enum { payload, .. } => payload.get(field),
            _ => None,
        }
    }

    /// Puts a value into the field `field` of a struct, or of the struct in an option or variant. Nothing happens where there
    /// is no struct.
    ///
    /// ```
    /// # use quantadb::Value;
    /// let mut oslo = Value::from([("name", "Oslo".into()), ("people", 0_u64.into())]);
    /// oslo.set("people", 717_710_u64);
    /// assert_eq!(oslo.to_string(), "{name: \"Oslo\", people: 717710}");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        match self {
            Self::Struct(fields) => {
                fields.insert(field.to_owned(), value.into());
            }
            Self::Option(Some(inner)) => inner.set(field, value),
            Self::Enum { payload, .. } => payload.set(field, value),
            _ => {}
        }
    }

    /// Returns the text of a string or path.
    ///
    /// ```
    /// # use quantadb::Value;
    /// assert_eq!(Value::from("Oslo").as_str(), Some("Oslo"));
    /// assert_eq!(Value::from(7_u8).as_str(), None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::Path(text) => Some(text),
            _ => None,
        }
    }

    /// Returns an integer, unless it is 2^127 or more.
    ///
    /// ```
    /// # use quantadb::Value;
    /// assert_eq!(Value::from(-7_i8).as_i128(), Some(-7));
    /// assert_eq!(Value::from(7_u64).as_i128(), Some(7));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn as_i128(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(*value),
            Self::UInt(value) => i128::try_from(*value).ok(),
            _ => None,
        }
    }

    /// Returns an integer, unless it is negative.
    ///
    /// ```
    /// # use quantadb::Value;
    /// assert_eq!(Value::from(7_u64).as_u128(), Some(7));
    /// assert_eq!(Value::from(-7_i8).as_u128(), None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn as_u128(&self) -> Option<u128> {
        match self {
            Self::Int(value) => u128::try_from(*value).ok(),
            Self::UInt(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns a float.
    ///
    /// ```
    /// # use quantadb::Value;
    /// assert_eq!(Value::from(0.5_f32).as_f64(), Some(0.5));
    /// assert_eq!(Value::from(1_u8).as_f64(), None); // An integer is no float.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::F32(value) => Some(f64::from(*value)),
            Self::F64(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns a `bool`.
    ///
    /// ```
    /// # use quantadb::Value;
    /// assert_eq!(Value::from(true).as_bool(), Some(true));
    /// assert_eq!(Value::from("true").as_bool(), None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the bytes of `bytes`.
    ///
    /// ```
    /// # use quantadb::Value;
    /// assert_eq!(Value::from(vec![1_u8, 2]).as_bytes(), Some([1, 2].as_slice()));
    /// assert_eq!(Value::from("ab").as_bytes(), None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the items of a list, set, array or tuple.
    ///
    /// ```
    /// # use quantadb::Value;
    /// let tags = Value::from(vec![Value::from("port"), "capital".into()]);
    /// assert_eq!(tags.as_list().map(<[Value]>::len), Some(2));
    /// assert_eq!(Value::Tuple(vec![1_u8.into(), 2_u8.into()]).as_list().map(<[Value]>::len), Some(2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Tells whether it is an option without a value.
    ///
    /// ```
    /// # use quantadb::Value;
    /// assert!(Value::from(None::<u8>).is_none());
    /// assert!(!Value::from(Some(7_u8)).is_none());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Option(None))
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident,)*) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

from! {
    bool => Bool,
    u8 => UInt, u16 => UInt, u32 => UInt, u64 => UInt, u128 => UInt,
    i8 => Int, i16 => Int, i32 => Int, i64 => Int, i128 => Int,
    f32 => F32, f64 => F64,
    char => Char,
    &str => String, String => String,
    Vec<u8> => Bytes, &[u8] => Bytes,
    Vec<Value> => List,
    IpAddr => Ip,
}

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Unit
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        Self::Option(value.map(|value| Box::new(value.into())))
    }
}

impl<const N: usize> From<[(&str, Value); N]> for Value {
    /// Makes a struct of its fields.
    fn from(fields: [(&str, Value); N]) -> Self {
        Self::Struct(
            fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }
}
