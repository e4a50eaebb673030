#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::QuantaType;

/// All kinds of variants.
#[derive(QuantaType)]
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
#[derive(QuantaType, Clone, Copy)]
#[repr(u8)]
pub enum Level {
    /// Low.
    Low = 3,
    /// High.
    High = 1,
}

fn main() {}
