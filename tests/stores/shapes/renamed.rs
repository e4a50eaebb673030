//! Names that change.

use super::*;

case! { d1_a_field_is_renamed, check,
    old { #[quanta(id)] id: u8, nick: String, z: u8 } rows { Row { id: 1, nick: "x".into(), z: 1 } }
    new { #[quanta(id)] id: u8, #[quanta(renamed_from = "nick")] name: String, z: u8 }
    rows { Row { id: 1, name: "x".into(), z: 1 } }
}

case! { d4_renamed_and_of_another_type, check,
    old { #[quanta(id)] id: u8, age: u8, size: f64 } rows { Row { id: 1, age: 200, size: 0.1 } }
    new { #[quanta(id)] id: u8, #[quanta(renamed_from = "age")] years: i64, #[quanta(renamed_from = "size")] height: f32 }
    rows { Row { id: 1, years: 200, height: 0.1 } }
}

case! { d5_renamed_and_optional, check,
    old { #[quanta(id)] id: u8, nick: String } rows { Row { id: 1, nick: "x".into() } }
    new { #[quanta(id)] id: u8, #[quanta(renamed_from = "nick")] name: Option<String> }
    rows { Row { id: 1, name: Some("x".into()) } }
}

case! { d6_a_key_field_is_renamed, check,
    old { #[quanta(id = 0)] town: String, #[quanta(id = 1)] number: u16, a: u8 }
    rows { Row { town: "A".into(), number: 2, a: 1 }, Row { town: "B".into(), number: 1, a: 2 } }
    new { a: u8, #[quanta(id = 1)] number: u16, #[quanta(id = 0, renamed_from = "town")] city: String }
    rows { Row { city: "A".into(), number: 2, a: 1 }, Row { city: "B".into(), number: 1, a: 2 } }
}

case! { d7_two_fields_swap_their_names, check,
    old { #[quanta(id)] id: u8, a: String, b: String }
    rows { Row { id: 1, a: "was a".into(), b: "was b".into() } }
    new { #[quanta(id)] id: u8, #[quanta(renamed_from = "b")] a: String, #[quanta(renamed_from = "a")] b: String }
    rows { Row { id: 1, a: "was b".into(), b: "was a".into() } }
}

case! { d8_a_chain_of_names, check,
    old { #[quanta(id)] id: u8, a: String, b: String }
    rows { Row { id: 1, a: "was a".into(), b: "was b".into() } }
    new { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String, #[quanta(renamed_from = "b")] c: String }
    rows { Row { id: 1, b: "was a".into(), c: "was b".into() } }
}

case! { d10_only_the_case_of_a_name, check,
    old { #[quanta(id)] id: u8, user_id: u32 } rows { Row { id: 1, user_id: 7 } }
    new { #[quanta(id)] id: u8, #[quanta(name = "userId", renamed_from = "user_id")] user_id: u32 }
    rows { Row { id: 1, user_id: 7 } }
}

case! { d13_a_variant_is_renamed, check,
    old { #[quanta(id)] id: u8, kind: Kind, kinds: Vec<Kind> }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub enum Kind { Cat, Round(u8), Dog { age: u8 } } ]
    rows {
        Row { id: 1, kind: Kind::Round(7), kinds: vec![Kind::Cat, Kind::Round(8)] },
        Row { id: 2, kind: Kind::Dog { age: 3 }, kinds: vec![] },
    }
    new { #[quanta(id)] id: u8, kind: Kind, kinds: Vec<Kind> }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind {
            Cat,
            #[quanta(renamed_from = "Round")]
            Circle(u8),
            #[quanta(renamed_from = "Dog")]
            Animal { age: u8 },
        }
    ]
    rows {
        Row { id: 1, kind: Kind::Circle(7), kinds: vec![Kind::Cat, Kind::Circle(8)] },
        Row { id: 2, kind: Kind::Animal { age: 3 }, kinds: vec![] },
    }
}
