#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::{QuantaEntity, QuantaType};

/// With bounds and a default of its own.
#[derive(QuantaType)]
pub struct Wrapper<T: Clone = u8>
where
    T: PartialEq,
{
    inner: T,
    #[quanta(default)]
    many: Vec<T>,
}

/// A transparent one.
#[derive(QuantaType)]
pub struct Id<T>(Vec<T>);

/// An enum.
#[derive(QuantaType)]
pub enum Either<A, B> {
    /// Tuple.
    Left(A),
    /// Struct.
    Right {
        /// Stored.
        value: B,
    },
}

/// A length.
#[derive(QuantaType)]
pub struct Block<const N: usize> {
    bytes: [u8; N],
}

/// Uses them all.
#[derive(QuantaEntity)]
pub struct Row {
    #[quanta(id)]
    id: u64,
    wrapped: Wrapper,
    ids: Id<String>,
    either: Either<u8, Wrapper<String>>,
    block: Block<16>,
}

fn main() {}
