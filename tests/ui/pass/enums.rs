#![deny(missing_docs, warnings)]
//! Compiles without a warning, and lies in bytes as the storage names say.

use quantadb::QuantaType;

/// All kinds of variants.
#[derive(QuantaType, Debug, PartialEq)]
pub enum Shape {
    /// Unit.
    #[quanta(default)]
    Point,
    /// Newtype.
    #[quanta(renamed_from = "Round")]
    Circle(f64),
    /// Tuple.
    #[quanta(name = "Rectangle", new)]
    Rect(f64, f64),
    /// Struct.
    Poly {
        /// Stored.
        #[quanta(renamed_from = "edges", default = 3)]
        sides: u8,
        /// Not stored.
        #[quanta(skip)]
        cached: u8,
        /// Under another name.
        #[quanta(name = "area")]
        size: f64,
    },
    /// Without fields.
    Braces {},
    /// Without positions.
    Parens(),
    /// Without stored fields.
    Hollow {
        /// Not stored.
        #[quanta(skip)]
        cached: u8,
    },
}

/// With discriminants.
#[derive(QuantaType, Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub enum Level {
    /// Low.
    Low = 3,
    /// High.
    High = 1,
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
    // By storage name: Braces, Circle, Hollow, Parens, Point, Poly, Rectangle.
    assert_eq!(round_trip(&Shape::Braces {}), [0]);
    assert_eq!(round_trip(&Shape::Circle(1.5))[0], 1);
    assert_eq!(round_trip(&Shape::Hollow { cached: 0 }), [2]);
    assert_eq!(round_trip(&Shape::Parens()), [3]);
    assert_eq!(round_trip(&Shape::Point), [4]);
    let poly = round_trip(&Shape::Poly { sides: 7, cached: 0, size: 1.5 });
    assert_eq!((poly[0], poly[9], poly.len()), (5, 7, 10));
    assert_eq!(round_trip(&Shape::Rect(1.5, 2.5))[0], 6);
    assert_eq!(round_trip(&Level::High), [0]);
    assert_eq!(round_trip(&Level::Low), [1]);

    let mut unknown = quantadb::__private::Decoder::new(&[9]);
    assert!(Level::decode(&mut unknown).is_err());
}
