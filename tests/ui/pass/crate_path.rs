#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::{QuantaEntity, QuantaType};

/// Another name for the facade.
pub mod store {
    pub use quantadb as facade;
}

/// As tokens.
#[derive(QuantaEntity)]
#[quanta(crate = crate::store::facade)]
pub struct User {
    #[quanta(id)]
    id: u64,
}

/// As a string.
#[derive(QuantaType)]
#[quanta(crate = "crate::store::facade")]
pub struct Name(String);

fn main() {}
