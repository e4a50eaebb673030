//! Stepping over values whose bytes go on as they are to where they are checked.

use crate::schema::{Node, NodeId, Scalar, Shape};

use super::decoder::{DecodeError, Decoder};
use super::skip::skip;

/// How to find the end of a value of one type: found out once, for many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// It has so many bytes.
    Bytes(usize),
    /// It is a number in the variable form, of a type of so many bytes.
    Number(usize),
    /// Its length stands before it. What a text holds is not looked at.
    Sized,
    /// By its type.
    Value(NodeId),
}

impl Pass {
    /// Finds it out for a type.
    #[must_use]
    pub fn of(shape: &Shape, id: NodeId) -> Self {
        match shape.node(id) {
            Node::Scalar(scalar) => match scalar {
                Scalar::Unit => Self::Bytes(0),
                Scalar::U8 | Scalar::I8 => Self::Bytes(1),
                Scalar::F32 => Self::Bytes(4),
                Scalar::F64 => Self::Bytes(8),
                Scalar::Uuid => Self::Bytes(16),
                Scalar::U16 | Scalar::I16 => Self::Number(2),
                Scalar::U32 | Scalar::I32 | Scalar::Date => Self::Number(4),
                Scalar::U64 | Scalar::I64 => Self::Number(8),
                Scalar::U128 | Scalar::I128 => Self::Number(16),
                Scalar::String | Scalar::Path | Scalar::Bytes => Self::Sized,
                Scalar::Bool
                | Scalar::Char
                | Scalar::Decimal
                | Scalar::Timestamp
                | Scalar::Duration
                | Scalar::Ip => Self::Value(id),
            },
            Node::Opaque(_) => Self::Sized,
            _ => Self::Value(id),
        }
    }

    /// Steps over a value of a type of `shape`.
    ///
    /// # Errors
    ///
    /// If the bytes are too few, or otherwise no value of the type.
    #[inline]
    pub fn over(self, shape: &Shape, input: &mut Decoder<'_>) -> Result<(), DecodeError> {
        match self {
            Self::Bytes(count) => input.raw(count).map(drop),
            Self::Number(width) => input.pass_number(width),
            Self::Sized => input.sized_bytes().map(drop),
            Self::Value(id) => skip(shape, id, input),
        }
    }
}
