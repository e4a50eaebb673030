#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::QuantaType;

/// Named.
#[derive(QuantaType)]
pub struct Address {
    #[quanta(name = "town", renamed_from = "city")]
    place: String,
    #[quanta(new, default = "00000")]
    zip: String,
    #[quanta(skip)]
    cached: u8,
}

/// Newtype.
#[derive(QuantaType)]
pub struct Meters(f64);

/// Tuple.
#[derive(QuantaType)]
pub struct Point(f64, f64);

/// Unit.
#[derive(QuantaType)]
pub struct Unit;

/// Without fields.
#[derive(QuantaType)]
pub struct Braces {}

/// Without positions.
#[derive(QuantaType)]
pub struct Parens();

/// Without stored fields.
#[derive(QuantaType)]
pub struct Hollow {
    #[quanta(skip)]
    cached: u8,
}

fn main() {}
