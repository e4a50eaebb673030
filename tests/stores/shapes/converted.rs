//! Types that change, also inside of variants and of themselves.

use super::*;

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
