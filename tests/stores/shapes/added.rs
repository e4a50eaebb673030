//! Fields and variants that come and go.

use super::*;

case! { b2_an_optional_field, check,
    old { #[quanta(id)] id: u8 } rows { Row { id: 1 }, Row { id: 2 } }
    new { #[quanta(id)] id: u8, a: Option<String> } rows { Row { id: 1, a: None }, Row { id: 2, a: None } }
}

case! { b3_required_fields_with_natural_zeros, check,
    old { #[quanta(id)] id: u8 } rows { Row { id: 1 }, Row { id: 2 } }
    new {
        #[quanta(id)]
        id: u8,
        a: bool,
        b: i128,
        c: f64,
        d: String,
        e: Vec<u8>,
        f: (u8, String),
        g: [u16; 3],
        h: std::collections::BTreeMap<String, u8>,
        i: Inner,
        j: (),
    }
    [ #[derive(QuantaType, Debug, Clone, PartialEq, Default)] pub struct Inner { x: u32, y: Option<bool> }
      fn zero(id: u8) -> Row {
          let (g, h) = ([0; 3], [].into());
          Row { id, a: false, b: 0, c: 0.0, d: String::new(), e: vec![], f: (0, String::new()), g, h, i: Inner::default(), j: () }
      } ]
    rows { zero(1), zero(2) }
}

case! { b4_a_literal_default, check,
    old { #[quanta(id)] id: u8 } rows { Row { id: 1 } }
    new {
        #[quanta(id)]
        id: u8,
        #[quanta(default = "none")]
        a: String,
        #[quanta(default = 18 + 1)]
        b: u8,
        #[quanta(default = Some(Kind::Dog(3)))]
        c: Option<Kind>,
        #[quanta(default)]
        d: Kind,
    }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq, Default)]
        pub enum Kind { Cat, #[default] Horse, Dog(u8) }
    ]
    rows { Row { id: 1, a: "none".into(), b: 19, c: Some(Kind::Dog(3)), d: Kind::Horse } }
}

case! { b6_computed_from_the_old_row, check,
    old { #[quanta(id)] id: u8, first: String, last: Option<String> }
    rows { Row { id: 1, first: "Ada".into(), last: Some("L.".into()) }, Row { id: 2, first: "Bob".into(), last: None } }
    new { #[quanta(id)] id: u8, first: String, last: Option<String>, #[quanta(init_with = full)] full: String }
    [
        fn full(old: &OldRow<'_>) -> Result<String, String> {
            let (first, last): (String, Option<String>) = (old.get("first")?, old.get("last")?);
            Ok(format!("{first} {}", last.unwrap_or_default()).trim().to_owned())
        }
    ]
    rows {
        Row { id: 1, first: "Ada".into(), last: Some("L.".into()), full: "Ada L.".into() },
        Row { id: 2, first: "Bob".into(), last: None, full: "Bob".into() },
    }
}

case! { b7_fields_of_embedded_types_everywhere, check,
    old { #[quanta(id)] id: u8, one: Inner, many: Vec<Inner>, by_name: std::collections::BTreeMap<String, Inner>,
          maybe: Option<Inner>, pair: (u8, Inner), kind: Kind }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub struct Inner { x: u32 }
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind { Holding { inner: Inner }, Empty }
        fn row(id: u8, x: u32, maybe: Option<Inner>, kind: Kind) -> Row {
            let inner = || Inner { x };
            let by_name = [("a".to_owned(), inner()), ("b".to_owned(), Inner { x: 9 })].into();
            Row { id, one: inner(), many: vec![inner(), inner()], by_name, maybe, pair: (1, inner()), kind }
        }
    ]
    rows {
        row(1, 7, Some(Inner { x: 5 }), Kind::Holding { inner: Inner { x: 6 } }),
        row(2, 8, None, Kind::Empty),
    }
    new { #[quanta(id)] id: u8, one: Inner, many: Vec<Inner>, by_name: std::collections::BTreeMap<String, Inner>,
          maybe: Option<Inner>, pair: (u8, Inner), kind: Kind }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub struct Inner { #[quanta(default = -1)] a: i8, x: u64, z: Option<u8> }
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind { Holding { #[quanta(default = "new")] beside: String, inner: Inner }, Empty }
        fn inner(x: u64) -> Inner {
            Inner { a: -1, x, z: None }
        }
        fn row(id: u8, x: u64, maybe: Option<Inner>, kind: Kind) -> Row {
            let by_name = [("a".to_owned(), inner(x)), ("b".to_owned(), inner(9))].into();
            Row { id, one: inner(x), many: vec![inner(x), inner(x)], by_name, maybe, pair: (1, inner(x)), kind }
        }
    ]
    rows {
        row(1, 7, Some(inner(5)), Kind::Holding { beside: "new".into(), inner: inner(6) }),
        row(2, 8, None, Kind::Empty),
    }
}

case! { b8_variants_first_middle_and_last, check,
    old { #[quanta(id)] id: u8, kind: Kind }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub enum Kind { Dog(u8), Horse { size: u16 } } ]
    rows { Row { id: 1, kind: Kind::Dog(1) }, Row { id: 2, kind: Kind::Horse { size: 2 } } }
    new { #[quanta(id)] id: u8, kind: Kind }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind { Cat, Dog(u8), Goat(String), Horse { size: u16 }, Zebra }
    ]
    rows { Row { id: 1, kind: Kind::Dog(1) }, Row { id: 2, kind: Kind::Horse { size: 2 } } }
}

case! { c1_a_field_is_dropped, check,
    old { #[quanta(id)] id: u8, a: String, b: Vec<u16>, c: Option<bool> }
    rows {
        Row { id: 1, a: "x".into(), b: vec![1, 2], c: Some(true) },
        Row { id: 2, a: String::new(), b: vec![], c: None },
        Row { id: 3, a: "z".into(), b: vec![], c: None },
    }
    new { #[quanta(id)] id: u8 } rows { Row { id: 1 }, Row { id: 2 }, Row { id: 3 } }
}

case! { c7_nested_fields_are_dropped, check,
    old { #[quanta(id)] id: u8, one: Inner, maybe: Option<Inner>, kind: Kind,
          by_name: std::collections::BTreeMap<String, Inner>, many: Vec<Inner> }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub struct Inner { x: u32, gone: String }
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind { Holding { inner: Inner, lost: u8 }, Empty }
        fn inner(x: u32) -> Inner {
            Inner { x, gone: format!("gone {x}") }
        }
    ]
    rows {
        Row {
            id: 1, one: inner(1), maybe: Some(inner(2)), kind: Kind::Holding { inner: inner(3), lost: 7 },
            by_name: [("a".to_owned(), inner(4)), ("b".to_owned(), inner(5))].into(), many: vec![inner(6), inner(7), inner(6)],
        },
        Row { id: 2, one: inner(1), maybe: None, kind: Kind::Empty, by_name: [].into(), many: vec![] },
    }
    new { #[quanta(id)] id: u8, one: Inner, maybe: Option<Inner>, kind: Kind,
          by_name: std::collections::BTreeMap<String, Inner>, many: Vec<Inner> }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub struct Inner { x: u32 }
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind { Holding { inner: Inner }, Empty }
        fn inner(x: u32) -> Inner {
            Inner { x }
        }
    ]
    rows {
        Row {
            id: 1, one: inner(1), maybe: Some(inner(2)), kind: Kind::Holding { inner: inner(3) },
            by_name: [("a".to_owned(), inner(4)), ("b".to_owned(), inner(5))].into(), many: vec![inner(6), inner(7), inner(6)],
        },
        Row { id: 2, one: inner(1), maybe: None, kind: Kind::Empty, by_name: [].into(), many: vec![] },
    }
}
