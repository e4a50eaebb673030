#![deny(missing_docs, warnings, unused, future_incompatible, nonstandard_style, unused_qualifications)]
#![deny(elided_lifetimes_in_paths, single_use_lifetimes, trivial_casts, unreachable_pub, missing_debug_implementations)]
#![allow(missing_debug_implementations)]
#![forbid(unsafe_code)]
//! Compiles without a warning, whatever the crate denies.

use quantadb::{QuantaEntity, QuantaType};

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

fn main() {}
