#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::QuantaType;

/// Fields called like the locals of generated code.
#[derive(QuantaType)]
pub struct Names {
    out: u8,
    input: u8,
    shape: u8,
    fields: u8,
    value: u8,
    other: u8,
}

/// The same in an enum.
#[derive(QuantaType)]
pub enum Variants {
    /// Struct.
    One {
        /// A field.
        out: u8,
        /// A field.
        input: u8,
    },
    /// Called like the prelude's.
    Some(u8),
    /// Called like the prelude's.
    None,
    /// Called like the prelude's.
    Ok,
    /// Called like the prelude's.
    Err,
}

/// The prelude's names mean something else here.
pub mod hidden {
    #![allow(non_camel_case_types, dead_code)]

    struct Option;
    struct Result;
    struct Default;
    struct From;
    struct Ok;
    struct Err;
    struct Some;
    struct str;
    struct std;
    mod core {}

    /// Nothing above reaches generated code.
    #[derive(quantadb::QuantaEntity)]
    pub struct User {
        #[quanta(id)]
        id: u64,
        #[quanta(default = "x")]
        name: String,
        #[quanta(default)]
        size: u8,
        #[quanta(skip)]
        cache: u8,
    }

    /// Nor those of views, whose fields are called like the locals of generated code.
    #[derive(quantadb::QuantaView)]
    #[quanta(of = User)]
    pub struct View {
        #[quanta(path = id)]
        fields: u64,
        #[quanta(path = name)]
        columns: String,
        #[quanta(path = size)]
        column0: u8,
    }
}

fn main() {}
