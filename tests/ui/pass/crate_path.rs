#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::{QuantaEntity, QuantaType, QuantaView};

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

/// Of a view.
#[derive(QuantaView)]
#[quanta(crate = crate::store::facade, of = User)]
pub struct View {
    /// The key.
    pub id: u64,
}

fn main() {}
