#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::{QuantaEntity, QuantaType};

/// Keywords as names.
#[derive(QuantaEntity)]
pub struct r#Match {
    #[quanta(id)]
    r#type: u64,
    r#fn: r#Enum,
    #[quanta(default = r#mod::r#const())]
    r#use: u8,
    #[quanta(default_with = r#mod::r#const)]
    r#where: u8,
}

mod r#mod {
    pub(super) fn r#const() -> u8 {
        1
    }
}

/// Keywords as variants.
#[derive(QuantaType)]
#[allow(non_camel_case_types)]
pub enum r#Enum {
    /// Unit.
    r#match,
    /// Struct.
    r#struct {
        /// A field.
        r#dyn: u8,
    },
}

fn main() {}
