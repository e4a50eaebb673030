#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::{QuantaEntity, QuantaType};

macro_rules! entity {
    ($name:ident, $table:literal, $id:ty, $($field:ident: $ty:ty = $default:expr),*) => {
        /// From a macro.
        #[derive(QuantaEntity)]
        #[quanta(table = $table)]
        pub struct $name {
            #[quanta(id)]
            id: $id,
            $(#[quanta(default = $default)] $field: $ty,)*
            #[quanta(default_with = made)]
            made: $id,
        }

        /// From a macro.
        #[derive(QuantaType)]
        pub enum Part {
            /// Tuple.
            One($($ty),*),
            /// Struct.
            Two {
                $(
                    /// A field.
                    $field: $ty
                ),*
            },
        }

        /// From a macro.
        #[derive(QuantaType)]
        pub struct Positions($($ty),*);
    };
}

entity!(User, "users", u64, name: String = "x", age: u8 = 1 + 1, size: f64 = -1.5);

fn made() -> u64 {
    7
}

fn main() {
    /// A local type.
    #[derive(QuantaEntity)]
    struct Local {
        #[quanta(id)]
        id: u64,
    }
    assert_eq!(<Local as quantadb::QuantaEntity>::TABLE, "local");
    assert_eq!(<User as quantadb::QuantaEntity>::TABLE, "users");
}
