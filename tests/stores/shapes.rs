//! The acceptance cases A to I as pairs of generations: rows up, read unswept and swept, and back down.

use std::fmt::Debug;

use quantadb::{Database, QuantaEntity};

use crate::support::{Small, sweep_and_check};

/// What a generation names.
mod derives {
    pub use quantadb::{OldRow, QuantaEntity, QuantaType};
}

/// Whether rows are rewritten before they are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reading {
    Unswept,
    Swept,
}

fn read<E: QuantaEntity + Debug + PartialEq>(
    db: &Database,
    expected: &[E],
    engine: &Small,
    reading: Reading,
) {
    let found = || {
        db.collection::<E>()
            .iter()
            .collect::<Result<Vec<E>, _>>()
            .unwrap()
    };
    assert_eq!(found(), expected, "{reading:?}");
    if reading == Reading::Swept {
        sweep_and_check(db, engine);
        assert_eq!(found(), expected, "swept");
    }
}

/// Takes rows up, back down, and up again: all three times they are as expected.
pub fn check<O, N>(old: &[O], new: &[N])
where
    O: QuantaEntity + Debug + PartialEq,
    N: QuantaEntity + Debug + PartialEq,
{
    for reading in [Reading::Unswept, Reading::Swept] {
        let engine = Small::default();
        let db = engine.open::<(O,)>().unwrap();
        db.write(|tx| old.iter().try_for_each(|row| tx.collection::<O>().put(row)))
            .unwrap();
        drop(db);
        let db = engine.open::<(N,)>().unwrap();
        assert!(!db.open_report().plan.is_empty(), "nothing changed");
        read(&db, new, &engine, reading);
        db.rollback(1).unwrap();
        read(&engine.open::<(O,)>().unwrap(), old, &engine, reading);
        let db = engine.options::<(N,)>().release_hold().open("memory").unwrap();
        read(&db, new, &engine, reading);
    }
}

/// Checks that two declarations are one shape: opening with the other changes not one byte.
pub fn check_same<O, N>(old: &[O], new: &[N])
where
    O: QuantaEntity + Debug + PartialEq,
    N: QuantaEntity + Debug + PartialEq,
{
    let engine = Small::default();
    let db = engine.open::<(O,)>().unwrap();
    old.iter()
        .for_each(|row| db.collection::<O>().insert(row).unwrap());
    drop(db);
    let digest = engine.digest();
    let plan = engine.options::<(N,)>().plan("memory").unwrap();
    assert!(plan.is_empty(), "{plan}");
    let db = engine.open::<(N,)>().unwrap();
    assert!(db.open_report().plan.is_empty());
    assert_eq!(
        db.collection::<N>()
            .iter()
            .collect::<Result<Vec<N>, _>>()
            .unwrap(),
        new
    );
    assert_eq!(engine.digest(), digest);
}

/// Makes a module with two generations of one table, and a test of the rows of both.
macro_rules! case {
    ($name:ident, $check:ident,
     old { $($old:tt)* } $([ $($old_items:tt)* ])? rows { $($old_row:expr),* $(,)? }
     new { $($new:tt)* } $([ $($new_items:tt)* ])? rows { $($new_row:expr),* $(,)? }) => {
        mod $name {
            generation! { old { $($old)* } [ $($($old_items)*)? ] rows { $($old_row),* } }
            generation! { new { $($new)* } [ $($($new_items)*)? ] rows { $($new_row),* } }

            #[test]
            fn rows() {
                super::$check(&old::rows(), &new::rows());
            }
        }
    };
}

macro_rules! generation {
    ($name:ident { $($fields:tt)* } [ $($items:tt)* ] rows { $($row:expr),* }) => {
        mod $name {
            use crate::shapes::derives::*;

            $($items)*

            #[derive(QuantaEntity, Debug, Clone, PartialEq)]
            #[quanta(table = "rows", register = false)]
            pub struct Row { $($fields)* }

            pub fn rows() -> Vec<Row> {
                vec![$($row),*]
            }
        }
    };
}

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

case! { e1_every_widening, check,
    old { #[quanta(id)] id: u8, a: u8, b: u8, c: u16, d: u32, e: u64, f: i8, g: i32, h: i64, i: u32, j: f32, k: bool,
          l: bool, m: char, n: u8, o: i64, p: String, q: u8 }
    rows {
        Row { id: 1, a: 255, b: 255, c: u16::MAX, d: u32::MAX, e: u64::MAX, f: -128, g: i32::MIN, h: i64::MIN, i: u32::MAX,
              j: 0.1, k: true, l: false, m: 'ß', n: 255, o: i64::MIN, p: "é".into(), q: 255 },
        Row { id: 2, a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0, h: 0, i: 0, j: f32::NEG_INFINITY, k: false, l: true, m: '\0',
              n: 0, o: 0, p: String::new(), q: 0 },
    }
    new { #[quanta(id)] id: u64, a: u16, b: i16, c: u32, d: i64, e: u128, f: i16, g: i64, h: i128, i: f64, j: f64, k: String,
          l: u8, m: String, n: f32, o: String, p: std::path::PathBuf, q: Option<u16> }
    rows {
        Row { id: 1, a: 255, b: 255, c: u16::MAX.into(), d: u32::MAX.into(), e: u64::MAX.into(), f: -128, g: i32::MIN.into(),
              h: i64::MIN.into(), i: u32::MAX.into(), j: 0.1_f32.into(), k: "true".into(), l: 0, m: "ß".into(), n: 255.0,
              o: "-9223372036854775808".into(), p: "é".into(), q: Some(255) },
        Row { id: 2, a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0, h: 0, i: 0.0, j: f64::NEG_INFINITY, k: "false".into(), l: 1,
              m: "\0".into(), n: 0.0, o: "0".into(), p: "".into(), q: Some(0) },
    }
}

case! { e2_every_narrowing_that_fits, check,
    old { #[quanta(id)] id: u64, a: u16, b: i64, c: u128, d: f64, e: f64, f: u64, g: i64, h: u32 }
    rows {
        Row { id: 1, a: 255, b: -128, c: u64::MAX.into(), d: 0.1, e: -3.0, f: 1, g: 1 << 24, h: 'x' as u32 },
        Row { id: 2, a: 0, b: 127, c: 0, d: -0.0, e: 0.0, f: 0, g: 0, h: 0xe9 },
    }
    new { #[quanta(id)] id: u8, a: u8, b: i8, c: u64, d: f32, e: i16, f: bool, g: f32, h: char }
    rows {
        Row { id: 1, a: 255, b: -128, c: u64::MAX, d: 0.1, e: -3, f: true, g: 16_777_216.0, h: 'x' },
        Row { id: 2, a: 0, b: 127, c: 0, d: -0.0, e: 0, f: false, g: 0.0, h: 'é' },
    }
}

case! { e3_number_to_text_and_back, check,
    old { #[quanta(id)] id: u8, a: String, b: String, c: i32, d: f64, e: String }
    rows {
        Row { id: 1, a: "42".into(), b: "-7".into(), c: -1, d: 0.1, e: "1e3".into() },
        // Several texts mean one number: the one that was written returns.
        Row { id: 2, a: "+007".into(), b: "0".into(), c: i32::MIN, d: 1e300, e: "0.10".into() },
    }
    new { #[quanta(id)] id: u8, a: u8, b: i128, c: String, d: String, e: f64 }
    rows {
        Row { id: 1, a: 42, b: -7, c: "-1".into(), d: "0.1".into(), e: 1000.0 },
        Row { id: 2, a: 7, b: 0, c: "-2147483648".into(), d: "1e300".into(), e: 0.1 },
    }
}

case! { e5_required_becomes_optional, check,
    old { #[quanta(id)] id: u8, a: String, b: Inner }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub struct Inner { x: u8 } ]
    rows { Row { id: 1, a: "x".into(), b: Inner { x: 1 } } }
    new { #[quanta(id)] id: u8, a: Option<String>, b: Option<Inner> }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub struct Inner { x: u8 } ]
    rows { Row { id: 1, a: Some("x".into()), b: Some(Inner { x: 1 }) } }
}

case! { e5_optional_becomes_required_with_a_default, check,
    old { #[quanta(id)] id: u8, a: Option<String>, b: Option<u8> }
    rows {
        Row { id: 1, a: Some("x".into()), b: None },
        Row { id: 2, a: None, b: Some(7) },
        // What equals the default was there: it stays some.
        Row { id: 3, a: Some("none".into()), b: Some(3) },
    }
    new { #[quanta(id)] id: u8, #[quanta(default = "none")] a: String, #[quanta(default = 7)] b: u16 }
    rows {
        Row { id: 1, a: "x".into(), b: 7 },
        Row { id: 2, a: "none".into(), b: 7 },
        Row { id: 3, a: "none".into(), b: 3 },
    }
}

case! { e5_optional_becomes_required_where_all_are_some, check,
    old { #[quanta(id)] id: u8, a: Option<String> } rows { Row { id: 1, a: Some("x".into()) } }
    new { #[quanta(id)] id: u8, a: String } rows { Row { id: 1, a: "x".into() } }
}

case! { e8_unit_enum_and_text, check,
    old { #[quanta(id)] id: u8, a: Kind, b: String }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub enum Kind { Cat, Dog } ]
    rows { Row { id: 1, a: Kind::Cat, b: "On".into() }, Row { id: 2, a: Kind::Dog, b: "Off".into() } }
    new { #[quanta(id)] id: u8, a: String, b: Switch }
    [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub enum Switch { Off, On } ]
    rows { Row { id: 1, a: "Cat".into(), b: Switch::On }, Row { id: 2, a: "Dog".into(), b: Switch::Off } }
}

case! { e9_e10_bytes_text_arrays_and_sets, check,
    old { #[quanta(id)] id: u8, a: String, b: [u16; 2], c: Vec<u16>, d: std::collections::BTreeSet<u8> }
    rows { Row { id: 1, a: "é".into(), b: [1, 500], c: vec![3, 1, 3], d: [4, 2].into() } }
    new { #[quanta(id)] id: u8, a: String, b: Vec<u32>, c: std::collections::BTreeSet<u16>, d: Vec<u16> }
    rows { Row { id: 1, a: "é".into(), b: vec![1, 500], c: [1, 3].into(), d: vec![2, 4] } }
}

case! { h1_fields_inside_of_variants, check,
    old { #[quanta(id)] id: u8, shape: Shape }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Shape { Circle { radius: f64, colour: String }, Line(u8, u8), Point }
    ]
    rows {
        Row { id: 1, shape: Shape::Circle { radius: 0.1, colour: "red".into() } },
        Row { id: 2, shape: Shape::Line(1, 2) },
        Row { id: 3, shape: Shape::Point },
    }
    new { #[quanta(id)] id: u8, shape: Shape }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Shape {
            Circle { #[quanta(renamed_from = "radius")] r: f32, #[quanta(new, default = 9)] width: u8 },
            Line(u16, u8, Option<u8>),
            Point,
        }
    ]
    rows {
        Row { id: 1, shape: Shape::Circle { r: 0.1, width: 9 } },
        Row { id: 2, shape: Shape::Line(1, 2, None) },
        Row { id: 3, shape: Shape::Point },
    }
}

case! { h2_unit_to_tuple_and_struct_variants, check,
    old { #[quanta(id)] id: u8, a: Kind } [ #[derive(QuantaType, Debug, Clone, PartialEq)] pub enum Kind { A, B } ]
    rows { Row { id: 1, a: Kind::A }, Row { id: 2, a: Kind::B } }
    new { #[quanta(id)] id: u8, a: Kind }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind { A(u8, String), B { x: Option<u8>, y: u16 } }
    ]
    rows { Row { id: 1, a: Kind::A(0, String::new()) }, Row { id: 2, a: Kind::B { x: None, y: 0 } } }
}

case! { h3_a_recursive_type_changes_at_every_depth, check,
    old { #[quanta(id)] id: u8, tree: Tree }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub struct Tree { label: String, children: Vec<Tree> }
        pub fn leaf(label: &str, children: Vec<Tree>) -> Tree { Tree { label: label.into(), children } }
    ]
    rows { Row { id: 1, tree: leaf("a", vec![leaf("b", vec![leaf("c", vec![])]), leaf("d", vec![])]) } }
    new { #[quanta(id)] id: u8, tree: Tree }
    [
        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub struct Tree { #[quanta(renamed_from = "label")] name: String, children: Vec<Tree>, weight: u8 }
        pub fn leaf(name: &str, children: Vec<Tree>) -> Tree { Tree { name: name.into(), children, weight: 0 } }
    ]
    rows { Row { id: 1, tree: leaf("a", vec![leaf("b", vec![leaf("c", vec![])]), leaf("d", vec![])]) } }
}

case! { e15_extreme_values_pass_through, check,
    old { #[quanta(id)] id: i128, a: f64, b: String, c: u128, d: f32, old: u8 }
    rows {
        Row { id: i128::MIN, a: -0.0, b: "x".repeat(1 << 20), c: u128::MAX, d: f32::MIN_POSITIVE, old: 1 },
        Row { id: i128::MAX, a: f64::MAX, b: String::new(), c: 0, d: f32::INFINITY, old: 0 },
    }
    new { #[quanta(id)] id: i128, a: f64, b: String, c: u128, d: f32 }
    rows {
        Row { id: i128::MIN, a: -0.0, b: "x".repeat(1 << 20), c: u128::MAX, d: f32::MIN_POSITIVE },
        Row { id: i128::MAX, a: f64::MAX, b: String::new(), c: 0, d: f32::INFINITY },
    }
}
