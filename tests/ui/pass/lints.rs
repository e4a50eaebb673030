#![deny(missing_docs, warnings, unused, future_incompatible, nonstandard_style, unused_qualifications)]
#![deny(elided_lifetimes_in_paths, single_use_lifetimes, trivial_casts, unreachable_pub, missing_debug_implementations)]
#![allow(missing_debug_implementations)]
#![forbid(unsafe_code)]
//! Compiles without a warning, whatever the crate denies.

use quantadb::{QuantaEntity, QuantaType, QuantaView, Ref};

/// Deprecated parts stay storable.
#[derive(QuantaType)]
pub struct Old {
    #[deprecated]
    field: u8,
    #[cfg(any())]
    absent: Absent,
    #[cfg(all())]
    present: u8,
}

/// Deprecated variants too.
#[derive(QuantaType)]
pub enum Kind {
    /// Deprecated.
    #[deprecated]
    Gone(u8),
    /// Not.
    Here,
    /// Absent.
    #[cfg(any())]
    Absent(Absent),
}

/// A deprecated type.
#[derive(QuantaEntity)]
#[deprecated]
#[allow(non_snake_case)]
pub struct Gone {
    #[quanta(id)]
    theId: u64,
}

/// An entity with a deprecated field.
#[derive(QuantaEntity)]
pub struct Row {
    #[quanta(id)]
    id: u64,
    #[deprecated]
    old: u8,
    parent: Option<Ref<Row>>,
}

/// A view that reads it, into one too.
#[derive(QuantaView)]
#[quanta(of = Row, filter = |row| row.id.gt(7))]
#[allow(non_snake_case)]
pub struct View {
    /// The key.
    #[quanta(path = id)]
    pub theId: u64,
    /// A deprecated field.
    #[deprecated]
    pub old: u8,
    /// A field of another row.
    #[quanta(path = |row| row.parent.row().id)]
    pub parent: Option<u64>,
}

fn main() {}
