//! Declarations that are one shape.

use super::*;

case! { a1_same_schema, check_same,
    old { #[quanta(id)] id: u8, a: String } rows { Row { id: 1, a: "x".into() } }
    new { #[quanta(id)] id: u8, a: String } rows { Row { id: 1, a: "x".into() } }
}

case! { a2_fields_and_variants_in_another_order, check_same,
    old { #[quanta(id)] id: u8, a: String, b: Kind }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub enum Kind { Cat, Dog(u8) } ]
    rows { Row { id: 1, a: "x".into(), b: Kind::Cat }, Row { id: 2, a: "y".into(), b: Kind::Dog(3) } }
    new { b: Kind, a: String, #[quanta(id)] id: u8 }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub enum Kind { Dog(u8), Cat } ]
    rows { Row { id: 1, a: "x".into(), b: Kind::Cat }, Row { id: 2, a: "y".into(), b: Kind::Dog(3) } }
}

case! { a3_attributes_that_are_no_shape, check_same,
    old { #[quanta(id)] id: u8, a: String } rows { Row { id: 1, a: "x".into() } }
    new {
        /// Documented.
        #[quanta(id)]
        id: u8,
        /// Documented.
        #[cfg(all())]
        a: String,
        #[quanta(skip)]
        cache: Option<u8>,
    } rows { Row { id: 1, a: "x".into(), cache: None } }
}

case! { a4_another_name_in_rust, check_same,
    old { #[quanta(id)] id: u8, mail: String, kind: Kind }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub enum Kind { Cat, Dog } ]
    rows { Row { id: 1, mail: "x".into(), kind: Kind::Dog } }
    new { #[quanta(id, name = "id")] key: u8, #[quanta(name = "mail")] address: String, kind: Sort }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Sort { Cat, #[quanta(name = "Dog")] Hound }
    ]
    rows { Row { key: 1, address: "x".into(), kind: Sort::Hound } }
}

case! { a5_aliases_modules_and_paths, check_same,
    old { #[quanta(id)] id: u8, a: Vec<String>, b: Inner }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub struct Inner { x: u32 } ]
    rows { Row { id: 1, a: vec!["x".into()], b: Inner { x: 7 } } }
    new { #[quanta(id)] id: Number, a: std::vec::Vec<std::string::String>, b: moved::Other }
    [
        type Number = u8;
        mod moved {
            #[derive(quantadb::QuantaType, Debug, Clone, PartialEq)]
            pub struct Other { pub x: std::primitive::u32 }
        }
    ]
    rows { Row { id: 1, a: vec!["x".into()], b: moved::Other { x: 7 } } }
}
