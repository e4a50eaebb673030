#![deny(missing_docs, warnings)]
//! Compiles without a warning, and lies in bytes as the storage names say.

use quantadb::QuantaType;

/// Named.
#[derive(QuantaType, Debug, PartialEq)]
pub struct Address {
    #[quanta(name = "town", renamed_from = "city")]
    place: String,
    #[quanta(new, default = "00000")]
    zip: String,
    #[quanta(skip)]
    cached: u8,
}

/// Newtype.
#[derive(QuantaType, Debug, PartialEq)]
pub struct Meters(f64);

/// Tuple.
#[derive(QuantaType, Debug, PartialEq)]
pub struct Point(f64, f64);

/// Unit.
#[derive(QuantaType, Debug, PartialEq)]
pub struct Unit;

/// Without fields.
#[derive(QuantaType, Debug, PartialEq)]
pub struct Braces {}

/// Without positions.
#[derive(QuantaType, Debug, PartialEq)]
pub struct Parens();

/// Without stored fields.
#[derive(QuantaType, Debug, PartialEq)]
pub struct Hollow {
    #[quanta(skip)]
    cached: u8,
}

fn round_trip<T: QuantaType + PartialEq + std::fmt::Debug>(value: &T) -> Vec<u8> {
    let mut out = quantadb::__private::Encoder::default();
    value.encode(&mut out);
    let bytes = out.finish().unwrap();
    let mut input = quantadb::__private::Decoder::new(&bytes);
    assert_eq!(T::decode(&mut input).as_ref().unwrap(), value);
    input.finish().unwrap();
    bytes
}

fn main() {
    // By storage name: `town` before `zip`; what is skipped takes no byte and comes back as its default.
    let address = Address { zip: "z".to_owned(), cached: 0, place: "t".to_owned() };
    assert_eq!(round_trip(&address), [1, b't', 1, b'z']);
    let mut float = 1.5_f64.to_le_bytes().to_vec();
    assert_eq!(round_trip(&Meters(1.5)), float);
    float.extend(2.5_f64.to_le_bytes());
    assert_eq!(round_trip(&Point(1.5, 2.5)), float);
    assert!(round_trip(&Unit).is_empty());
    assert!(round_trip(&Braces {}).is_empty());
    assert!(round_trip(&Parens()).is_empty());
    assert!(round_trip(&Hollow { cached: 0 }).is_empty());
}
