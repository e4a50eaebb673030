//! Guards conversions of types from end to end: rows up, read unswept and swept, back down bit for bit, and up again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use quanta_core::schema::{NodeId, Scalar};
use quanta_core::{DecodeError, Decoder, Describe, Encoder};
use quantadb::{Entities, QuantaEntity, QuantaType};

use crate::shapes::check;
use crate::support::Small;

/// Makes two generations of one table with one field `v` besides the key, and checks that rows go both ways.
macro_rules! becomes {
    ($old:ty => $new:ty $([$($hint:tt)*])? : $($from:expr => $to:expr),+ $(,)?) => {{
        let (old, new) = generations!($old => $new $([$($hint)*])?: $($from => $to),+);
        check(&old, &new);
    }};
}

/// Makes two generations and checks that the second is refused, with all of these parts in the text.
macro_rules! refused {
    ($old:ty => $new:ty $([$($hint:tt)*])? : $from:expr => $to:expr; $($part:expr),+ $(,)?) => {{
        let (old, new) = generations!($old => $new $([$($hint)*])?: $from => $to);
        check_refused(&old, &new, &[$($part),+]);
    }};
}

macro_rules! generations {
    ($old:ty => $new:ty $([$($hint:tt)*])? : $($from:expr => $to:expr),+) => {{
        #[derive(QuantaEntity, Debug, Clone)]
        #[quanta(table = "rows", register = false)]
        struct Old {
            #[quanta(id)]
            id: u64,
            v: $old,
        }
        #[derive(QuantaEntity, Debug, Clone)]
        #[quanta(table = "rows", register = false)]
        struct New {
            #[quanta(id)]
            id: u64,
            $(#[quanta($($hint)*)])?
            v: $new,
        }
        // Floats are compared by what is printed of them: NaN is NaN, and -0.0 is not 0.0.
        impl PartialEq for Old {
            fn eq(&self, other: &Self) -> bool {
                format!("{self:?}") == format!("{other:?}")
            }
        }
        impl PartialEq for New {
            fn eq(&self, other: &Self) -> bool {
                format!("{self:?}") == format!("{other:?}")
            }
        }
        let (mut old, mut new) = (Vec::new(), Vec::new());
        $(
            old.push(Old { id: old.len() as u64, v: $from });
            new.push(New { id: new.len() as u64, v: $to });
        )+
        (old, new)
    }};
}

fn check_refused<O, N>(old: &[O], _: &[N], parts: &[&str])
where
    O: QuantaEntity + Debug + PartialEq,
    N: QuantaEntity,
    (O,): Entities,
    (N,): Entities,
{
    let engine = Small::default();
    let db = engine.open::<(O,)>().unwrap();
    old.iter().for_each(|row| db.collection::<O>().put(row).unwrap());
    drop(db);
    let digest = engine.digest();
    let text = engine.open::<(N,)>().unwrap_err().to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert_eq!(engine.digest(), digest, "a refused change changed the store");
    let db = engine.open::<(O,)>().unwrap();
    let rows: Vec<O> = db.collection::<O>().iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows, old);
}

/// Makes a type of the tests for a logical type, whose own crate is an optional feature.
macro_rules! logical {
    ($name:ident($inner:ty) $scalar:ident $write:expr, $read:expr) => {
        #[derive(Debug, Clone, PartialEq)]
        struct $name($inner);

        impl QuantaType for $name {
            fn describe(shape: &mut Describe) -> NodeId {
                shape.scalar(Scalar::$scalar)
            }

            fn encode(&self, out: &mut Encoder) {
                let write: fn(&$inner, &mut Encoder) = $write;
                write(&self.0, out);
            }

            fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                let read: fn(&mut Decoder<'_>) -> Result<$inner, DecodeError> = $read;
                read(input).map(Self)
            }
        }
    };
}

logical! { Uuid([u8; 16]) Uuid |value, out| out.raw(value), |input| Ok(input.raw(16)?.try_into().unwrap()) }
logical! { Decimal([u8; 16]) Decimal |value, out| out.raw(value), |input| Ok(input.raw(16)?.try_into().unwrap()) }
logical! { Bytes(Vec<u8>) Bytes |value, out| out.sized_bytes(value), |input| Ok(input.sized_bytes()?.to_vec()) }
// Days from 1970.
logical! { Date(i32) Date |value, out| out.primitive(*value), |input| input.primitive() }

fn bytes(bytes: &[u8]) -> Bytes {
    Bytes(bytes.to_vec())
}

/// Makes the decimal `digits / 10^scale`; a negative one may be zero.
fn decimal(sign: char, digits: u128, scale: u8) -> Decimal {
    let mut bytes = (digits << 32).to_le_bytes();
    bytes[2] = scale;
    bytes[3] = if sign == '-' { 0x80 } else { 0 };
    Decimal(bytes)
}

const OWN_CODE: &str = "fix: #[quanta(convert_with = path::to::function)] at `v`";

fn text(text: &str) -> String {
    text.to_owned()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn e1_widening() {
    becomes!(u8 => u128: 0 => 0, 255 => 255);
    becomes!(i8 => i128: -128 => -128, 127 => 127);
    becomes!(u32 => i64: u32::MAX => i64::from(u32::MAX));
    becomes!(i32 => f64: i32::MIN => f64::from(i32::MIN));
    becomes!(i64 => Decimal: i64::MIN => decimal('-', 1 << 63, 0), 0 => decimal('+', 0, 0));
    becomes!(f32 => f64: 0.1 => f64::from(0.1_f32), f32::NEG_INFINITY => f64::NEG_INFINITY);
}

#[test]
fn e2_narrowing_is_checked_by_value() {
    becomes!(i128 => u8: 0 => 0, 255 => 255);
    becomes!(u64 => i8: 127 => 127);
    becomes!(Decimal => i8: decimal('-', 128, 0) => -128, decimal('+', 700, 2) => 7, decimal('-', 0, 9) => 0);
    refused!(i64 => u8: 256 => 0; "v: 1 rows don't fit", "0: 256 is no u8");
    refused!(u128 => Decimal: 1 << 96 => decimal('+', 0, 0); "79228162514264337593543950336 is no decimal");
    refused!(Decimal => i8: decimal('+', 75, 1) => 0; "7.5 is no i8");
}

#[test]
fn e3_numbers_and_texts() {
    becomes!(i128 => String: i128::MIN => text("-170141183460469231731687303715884105728"), 0 => text("0"));
    becomes!(String => u64: text("007") => 7, text("7") => 7, text("18446744073709551615") => u64::MAX);
    becomes!(String => f64: text("1e3") => 1000.0, text("-0") => -0.0, text("nan") => f64::NAN);
    becomes!(Decimal => String:
        decimal('+', 150, 2) => text("1.50"),
        decimal('-', 0, 3) => text("-0.000"));
    becomes!(String => Decimal: text("001.50") => decimal('+', 150, 2), text("-0") => decimal('-', 0, 0));
    refused!(String => u8: text("1,5") => 0; "\"1,5\" is no u8");
    refused!(String => f32: text("1e99") => 0.0; "\"1e99\" is no f32");
}

#[test]
fn e4_floats() {
    becomes!(f64 => f32: 0.1 => 0.1, 1e300 => f32::INFINITY, 5e-324 => 0.0, f64::NAN => f32::NAN);
    becomes!(f64 => i64: -0.0 => 0, 9_007_199_254_740_992.0 => 1 << 53);
    becomes!(f64 => Decimal: -0.125 => decimal('-', 125, 3), 1e22 => decimal('+', 10_u128.pow(22), 0));
    becomes!(Decimal => f32: decimal('+', 150, 2) => 1.5, decimal('-', 0, 1) => -0.0);
    refused!(f64 => i64: 0.5 => 0; "0.5 is no i64");
    refused!(f64 => u8: f64::NAN => 0; "NaN is no u8");
    refused!(u64 => f32: 16_777_217 => 0.0; "16777217 is no f32");
    refused!(f64 => Decimal: 0.1 => decimal('+', 1, 1); "0.1 is no decimal");
    refused!(Decimal => f64: decimal('+', 1, 1) => 0.1; "0.1 is no f64");
}

#[test]
fn e5_options_and_values() {
    becomes!(u8 => Option<u16>: 7 => Some(7));
    becomes!(Option<u16> => u8: Some(7) => 7);
    becomes!(Option<u8> => u8 [default = 9]: None => 9, Some(9) => 9, Some(1) => 1);
    refused!(Option<u8> => u8: None => 0; "none where a value is required");
}

#[test]
fn e6_scalar_to_list_and_set() {
    becomes!(u8 => Vec<u16>: 7 => vec![7]);
    becomes!(u8 => Vec<String>: 7 => texts(&["7"]));
    becomes!(String => BTreeSet<String>: text("") => BTreeSet::from([text("")]));
    becomes!(Option<f64> => Vec<f32>: None => vec![], Some(0.1) => vec![0.1], Some(-0.0) => vec![-0.0]);
    becomes!(Option<u8> => BTreeSet<u8>: None => BTreeSet::new(), Some(0) => BTreeSet::from([0]));
    becomes!(BTreeMap<u8, Option<u8>> => BTreeMap<u8, Option<Vec<u16>>>:
        BTreeMap::from([(1, None), (2, Some(1))]) => BTreeMap::from([(1, None), (2, Some(vec![1]))]));
    // Bytes are a list of u8 that has a form of its own.
    becomes!(u8 => Vec<u8>: 7 => vec![7]);
    becomes!(Option<u8> => Option<Vec<u8>>: None => None, Some(7) => Some(vec![7]));
    becomes!(Vec<u8> => Vec<Vec<u8>>: vec![1, 2] => vec![vec![1, 2]], vec![] => vec![vec![]]);
}

#[test]
fn e6_list_to_scalar_of_none_one_and_many() {
    becomes!(Vec<u16> => u8: vec![7] => 7);
    becomes!(Vec<String> => f64: texts(&["1.50"]) => 1.5);
    becomes!(BTreeSet<String> => Option<String>: BTreeSet::new() => None, BTreeSet::from([text("a")]) => Some(text("a")));
    becomes!(Vec<f64> => Option<f32>: vec![] => None, vec![0.1] => Some(0.1));
    becomes!(Vec<u8> => u8: vec![7] => 7);
    refused!(Vec<u8> => u8: vec![7, 8] => 0; "0708 is no u8");
    refused!(Vec<u16> => u8: vec![] => 0; "no items where exactly one is required");
    refused!(Vec<u16> => u8: vec![1, 2, 3] => 0; "3 items where only one fits");
    refused!(Vec<u16> => Option<u16>: vec![1, 2] => None; "2 items where only one fits");
    refused!(Option<u8> => Vec<Option<u8>>: None => vec![]; "is none no item, or one that is missing?", OWN_CODE);
}

mod money {
    use quantadb::QuantaType;

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Money {
        #[quanta(renamed_from = "v")]
        pub amount: u64,
        #[quanta(default = "EUR")]
        pub currency: String,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Plain {
        pub amount: u64,
        pub currency: String,
    }
}
use money::{Money, Plain};

fn euros(amount: u64) -> Money {
    Money {
        amount,
        currency: text("EUR"),
    }
}

#[test]
fn e7_scalar_into_a_struct_and_out_of_it() {
    becomes!(u32 => Money: 7 => euros(7), u32::MAX => euros(u32::MAX.into()));
    becomes!(Vec<u32> => Vec<Money>: vec![] => vec![], vec![1, 2] => vec![euros(1), euros(2)]);
    becomes!(Option<u32> => Option<Money>: None => None, Some(1) => Some(euros(1)));
    let dollars = |amount| Plain {
        amount,
        currency: text("USD"),
    };
    becomes!(Plain => u32 [renamed_from = "amount"]: dollars(7) => 7, dollars(0) => 0);
    becomes!(Vec<Plain> => Vec<String> [renamed_from = "amount"]: vec![dollars(7)] => texts(&["7"]));
    refused!(u32 => Plain: 7 => dollars(7); "fix: #[quanta(renamed_from = \"v\")] at `amount` of Plain");
    refused!(Plain => u32: dollars(7) => 7; "fix: #[quanta(renamed_from = \"amount\")] at `v`");
    refused!(Plain => u32 [renamed_from = "amount"]: dollars(1 << 32) => 7; "4294967296 is no u32");
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Color {
    Green,
    Red,
}

#[test]
fn e8_enums_and_texts() {
    becomes!(Color => String: Color::Red => text("Red"), Color::Green => text("Green"));
    becomes!(String => Color: text("Red") => Color::Red);
    becomes!(Color => Vec<String>: Color::Red => texts(&["Red"]));
    refused!(String => Color: text("red") => Color::Red; "\"red\" is none of Green, Red");
}

#[test]
fn e9_bytes_identifiers_and_texts() {
    let number = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128;
    let uuid = || Uuid(number.to_be_bytes());
    becomes!(String => Bytes: text("") => bytes(b""), text("é") => bytes("é".as_bytes()));
    becomes!(Bytes => String: bytes(b"a\0b") => text("a\0b"));
    becomes!(Bytes => VecDeque<u8>: bytes(&[0, 255]) => VecDeque::from([0, 255]));
    becomes!(Bytes => [u8; 2]: bytes(&[0, 255]) => [0, 255]);
    becomes!([u8; 2] => Bytes: [0, 255] => bytes(&[0, 255]));
    becomes!(PathBuf => Bytes: PathBuf::from("a/é") => bytes("a/é".as_bytes()));
    becomes!(Uuid => u128: uuid() => number, Uuid([255; 16]) => u128::MAX);
    becomes!(u128 => Uuid: number => uuid(), 0 => Uuid([0; 16]));
    becomes!(Uuid => Bytes: uuid() => bytes(&number.to_be_bytes()));
    becomes!(Bytes => Uuid: bytes(&number.to_be_bytes()) => uuid());
    becomes!(String => Uuid: text("00112233-4455-6677-8899-AABBCCDDEEFF") => uuid());
    becomes!(Uuid => String: uuid() => text("00112233-4455-6677-8899-aabbccddeeff"));
    becomes!(String => IpAddr: text("0::1") => "::1".parse().unwrap());
    refused!(Bytes => String: bytes(&[255]) => text(""); "ff is no string");
    refused!(Bytes => [u8; 2]: bytes(&[1]) => [0, 0]; "1 items where exactly 2 are required");
    refused!(Bytes => Uuid: bytes(&[1]) => uuid(); "01 is no uuid");
}

#[test]
fn e10_arrays_lists_sets_and_maps() {
    becomes!([u8; 2] => Vec<u16>: [2, 1] => vec![2, 1]);
    becomes!(Vec<u16> => [u8; 2]: vec![2, 1] => [2, 1]);
    becomes!([u8; 3] => BTreeSet<u8>: [2, 1, 2] => BTreeSet::from([1, 2]), [1, 2, 3] => BTreeSet::from([1, 2, 3]));
    becomes!(BTreeSet<u8> => [u8; 2]: BTreeSet::from([2, 1]) => [1, 2]);
    becomes!([f64; 3] => [f32; 1]: [0.1, 0.2, -0.0] => [0.1], [1.0, 0.0, 0.0] => [1.0]);
    becomes!([u8; 1] => [u16; 3]: [7] => [7, 0, 0]);
    becomes!(Vec<u8> => BTreeSet<u8>: vec![3, 1, 3] => BTreeSet::from([1, 3]));
    becomes!(BTreeMap<u8, u8> => Vec<(u16, String)>: BTreeMap::from([(2, 3), (1, 4)]) => vec![(1, text("4")), (2, text("3"))]);
    becomes!(Vec<(u16, String)> => BTreeMap<u8, String>:
        vec![(2, text("a")), (1, text("b"))] => BTreeMap::from([(1, text("b")), (2, text("a"))]));
    becomes!(Vec<u8> => Vec<u16>: vec![0, 255] => vec![0, 255]);
    becomes!(Vec<u16> => Vec<u8>: vec![0, 255] => vec![0, 255]);
    becomes!(Vec<f64> => Vec<u8>: vec![-0.0, 7.0] => vec![0, 7]);
    becomes!(Vec<u8> => [u16; 2]: vec![3, 1] => [3, 1]);
    becomes!([u16; 2] => Vec<u8>: [3, 1] => vec![3, 1]);
    becomes!(BTreeSet<u16> => Vec<u8>: BTreeSet::from([3, 1]) => vec![1, 3]);
    refused!(Vec<u16> => Vec<u8>: vec![256] => vec![]; "256 is no u8");
    refused!(Vec<u8> => [u8; 2]: vec![1] => [0, 0]; "1 items where exactly 2 are required");
    refused!(Vec<(u8, u8)> => BTreeMap<u8, u8>: vec![(1, 2), (1, 3)] => BTreeMap::new(); "two keys of the map become one");
    refused!([char; 1] => [char; 2]: ['a'] => ['a', 'b']; "char has no natural zero", OWN_CODE);
}

fn time(seconds: i64) -> SystemTime {
    let span = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        UNIX_EPOCH - span
    } else {
        UNIX_EPOCH + span
    }
}

#[test]
fn e11_times() {
    becomes!(SystemTime => String:
        time(0) => text("1970-01-01T00:00:00Z"),
        time(-1) + Duration::from_nanos(5) => text("1969-12-31T23:59:59.000000005Z"),
        time(253_402_300_800) => text("+10000-01-01T00:00:00Z"));
    becomes!(String => SystemTime: text("1970-01-01T01:00:00.50+01:00") => time(0) + Duration::from_millis(500));
    becomes!(Date => SystemTime: Date(1) => time(86_400), Date(-1) => time(-86_400));
    becomes!(SystemTime => Date: time(-1) => Date(-1), time(86_400) + Duration::from_nanos(1) => Date(1));
    becomes!(Date => String: Date(19_782) => text("2024-02-29"), Date(-719_529) => text("-0001-12-31"));
    becomes!(String => Date: text("2024-02-29") => Date(19_782));
    becomes!(Duration => String:
        Duration::from_millis(1500) => text("PT1.5S"),
        Duration::MAX => text("PT18446744073709551615.999999999S"));
    becomes!(String => Duration: text("PT01.50S") => Duration::from_millis(1500));
    refused!(String => Date: text("2023-02-29") => Date(0); "\"2023-02-29\" is no date");
    refused!(SystemTime => i64: time(1) => 1; "does not say which unit it counts", OWN_CODE);
    refused!(u64 => Duration: 1 => Duration::ZERO; "does not say which unit it counts", OWN_CODE);
    refused!(i64 => SystemTime: 1 => time(1); "does not say which unit it counts", OWN_CODE);
}

#[test]
fn e12_map_keys() {
    becomes!(BTreeMap<u8, f64> => BTreeMap<String, f32>: BTreeMap::from([(10, 0.1), (9, 0.2)]) => BTreeMap::from([(text("10"), 0.1), (text("9"), 0.2)]));
    becomes!(BTreeMap<String, u8> => BTreeMap<u8, u8>: BTreeMap::from([(text("07"), 1), (text("8"), 2)]) => BTreeMap::from([(7, 1), (8, 2)]));
    refused!(BTreeMap<String, u8> => BTreeMap<u8, u8>: BTreeMap::from([(text("07"), 1), (text("7"), 2)]) => BTreeMap::new(); "two keys of the map become one");
}

#[test]
fn e14_what_does_not_convert_names_own_code() {
    refused!(IpAddr => u32: "127.0.0.1".parse().unwrap() => 0; "no conversion from ip to u32", OWN_CODE);
    refused!(bool => char: true => 'a'; "no conversion from bool to char", OWN_CODE);
    refused!(Vec<bool> => Vec<char>: vec![] => vec![]; "no conversion from bool to char", OWN_CODE);
    refused!(Vec<u16> => Vec<Vec<u16>>: vec![] => vec![]; "one collection of all items, or one for each?", OWN_CODE);
    refused!(String => VecDeque<u8>: text("7") => VecDeque::new(); "the bytes of the text, or a number in it?", OWN_CODE);
    refused!(Vec<Option<String>> => Vec<u8>: vec![Some("7".to_owned())] => vec![]; "one text of all bytes, or one number for each?", OWN_CODE);
    refused!(Vec<u8> => Vec<String>: vec![7] => vec![]; "one text of all bytes, or one number for each?", OWN_CODE);
}

#[test]
fn e15_edges() {
    becomes!(f64 => String: -0.0 => text("-0.0"), f64::NAN => text("NaN"), 5e-324 => text("5e-324"), f64::MAX => text("1.7976931348623157e308"));
    becomes!(String => Vec<String>: text("") => texts(&[""]), "x".repeat(1 << 20) => vec!["x".repeat(1 << 20)]);
    becomes!(i128 => Vec<String>: i128::MIN => vec![i128::MIN.to_string()], i128::MAX => vec![i128::MAX.to_string()]);
    becomes!(u128 => Option<i128>: i128::MAX.unsigned_abs() => Some(i128::MAX));
    becomes!([Option<Vec<f64>>; 1] => [Option<BTreeSet<String>>; 0]: [Some(vec![f64::NAN])] => [], [None] => []);
}

#[test]
fn e15_signalling_nans_come_back_bit_for_bit() {
    for bits in [
        0x7ff0_0000_0000_0001,
        0xfff8_0000_0000_0007,
        0x8000_0000_0000_0000,
        1_u64,
    ] {
        generation_of_floats(f64::from_bits(bits));
    }
}

fn generation_of_floats(value: f64) {
    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "rows", register = false)]
    struct Wide {
        #[quanta(id)]
        id: u8,
        v: f64,
    }
    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "rows", register = false)]
    struct Narrow {
        #[quanta(id)]
        id: u8,
        v: Vec<f32>,
    }
    let engine = Small::default();
    let db = engine.open::<(Wide,)>().unwrap();
    db.collection::<Wide>().put(&Wide { id: 1, v: value }).unwrap();
    drop(db);
    let db = engine.open::<(Narrow,)>().unwrap();
    assert_eq!(db.collection::<Narrow>().get(&1).unwrap().unwrap().v.len(), 1);
    db.sweep().wait().unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(Wide,)>().unwrap();
    let back = db.collection::<Wide>().get(&1).unwrap().unwrap();
    assert_eq!((back.id, back.v.to_bits()), (1, value.to_bits()));
}

mod payloads {
    use quantadb::QuantaType;

    pub mod unit {
        #[derive(super::QuantaType, Debug, Clone, PartialEq)]
        pub enum Shape {
            Circle,
            Point,
        }
    }
    pub mod tuple {
        #[derive(super::QuantaType, Debug, Clone, PartialEq)]
        pub enum Shape {
            Circle(u8, f64),
            Point,
        }
    }
    pub mod named {
        #[derive(super::QuantaType, Debug, Clone, PartialEq)]
        pub enum Shape {
            Circle {
                #[quanta(renamed_from = "1")]
                area: f32,
                #[quanta(renamed_from = "0")]
                radius: u16,
                label: String,
            },
            Point,
        }
    }
    pub mod guessed {
        #[derive(super::QuantaType, Debug, Clone, PartialEq)]
        pub enum Shape {
            Circle { radius: u16 },
            Point,
        }
    }
}

#[test]
fn h2_unit_to_tuple_to_struct_variant() {
    use payloads::{guessed, named, tuple, unit};
    becomes!(unit::Shape => tuple::Shape:
        unit::Shape::Circle => tuple::Shape::Circle(0, 0.0),
        unit::Shape::Point => tuple::Shape::Point);
    becomes!(tuple::Shape => named::Shape:
        tuple::Shape::Circle(7, 0.1) => named::Shape::Circle { area: 0.1, radius: 7, label: String::new() },
        tuple::Shape::Point => named::Shape::Point);
    becomes!(unit::Shape => named::Shape:
        unit::Shape::Circle => named::Shape::Circle { area: 0.0, radius: 0, label: String::new() });
    refused!(tuple::Shape => guessed::Shape: tuple::Shape::Point => guessed::Shape::Point;
        "`radius` came and position 0, position 1 went", "#[quanta(renamed_from = \"0\")] at `radius`");
    refused!(guessed::Shape => tuple::Shape: guessed::Shape::Point => tuple::Shape::Point;
        "no conversion from struct { radius: u16 } to tuple<u8,f64>", OWN_CODE);
}
