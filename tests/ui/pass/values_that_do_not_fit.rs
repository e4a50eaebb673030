#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use std::collections::BTreeMap;

use quantadb::{QuantaEntity, QuantaType};

/// Every way to say what becomes of values that changed.
#[derive(QuantaEntity)]
#[quanta(on_failure(key = "drop_row"), register = false)]
pub struct Item {
    #[quanta(id = 0, convert_with = code::to_id)]
    id: u64,
    #[quanta(id = 1, on_failure = "drop_row")]
    kind: u8,
    #[quanta(convert_with = to_cents)]
    private: u64,
    #[quanta(convert_with(to_cents, inverse = from_cents))]
    both: u64,
    #[quanta(convert_with(to_cents, inverse = from_cents,))]
    comma: u64,
    #[quanta(convert_with = "to_cents")]
    text: u64,
    #[quanta(convert_with("to_cents", inverse = "from_cents"))]
    texts: u64,
    #[quanta(convert_with(to_cents, inverse = from_cents), on_failure = "default", default = 7, renamed_from = "was")]
    all: u64,
    #[quanta(convert_with = Cents::new)]
    function_of_a_type: Cents,
    #[quanta(convert_with(<Cents as From<u8>>::from, inverse = <u8 as TryFrom<Cents>>::try_from))]
    function_of_a_trait: Cents,
    #[quanta(convert_with = <u64 as From<u8>>::from)]
    of_the_library: u64,
    #[quanta(convert_with(first::<String>, inverse = all_of::<String>))]
    #[cfg(any())]
    absent: Absent,
    #[quanta(convert_with(first::<String>, inverse = all_of::<String>))]
    generic: Option<String>,
    #[quanta(convert_with = Some::<u8>)]
    constructor: Option<u8>,
    #[quanta(convert_with = one::<BTreeMap<String, Part>>)]
    nested: Vec<BTreeMap<String, Part>>,
    #[quanta(convert_with(Part::of, inverse = Part::size))]
    part: Part,
    #[quanta(on_failure = "default")]
    shapes: Vec<Shape>,
    #[quanta(init_with = code::size, convert_with = to_cents)]
    computed_once: u64,
}

fn to_cents(price: String) -> Result<u64, std::num::ParseIntError> {
    price.parse()
}

fn from_cents(cents: u64) -> String {
    cents.to_string()
}

fn first<T>(list: Vec<T>) -> Option<T> {
    list.into_iter().next()
}

fn all_of<T>(item: Option<T>) -> Vec<T> {
    item.into_iter().collect()
}

fn one<T>(item: T) -> Vec<T> {
    vec![item]
}

mod code {
    pub(super) fn to_id(id: String) -> Result<u64, &'static str> {
        id.parse().map_err(|_| "no number")
    }

    pub(super) fn size(_: &quantadb::OldRow<'_>) -> u64 {
        7
    }
}

/// Stored like a number.
#[derive(QuantaType)]
pub struct Cents(u64);

impl Cents {
    fn new(cents: u32) -> Self {
        Self(cents.into())
    }
}

impl From<u8> for Cents {
    fn from(cents: u8) -> Self {
        Self(cents.into())
    }
}

impl TryFrom<Cents> for u8 {
    type Error = std::num::TryFromIntError;

    fn try_from(cents: Cents) -> Result<Self, Self::Error> {
        cents.0.try_into()
    }
}

/// In an embedded type.
#[derive(QuantaType)]
pub struct Part {
    #[quanta(convert_with(to_cents, inverse = from_cents), on_failure = "default")]
    size: u64,
    #[quanta(convert_with = Self::doubled)]
    of_self: u32,
}

impl Part {
    fn doubled(half: u8) -> u32 {
        u32::from(half) * 2
    }

    fn of(size: u64) -> Self {
        Self { size, of_self: 0 }
    }

    fn size(self) -> u64 {
        self.size
    }
}

/// In a type with parameters: the function may be generic too.
#[derive(QuantaType)]
pub struct Pair<T> {
    #[quanta(convert_with(first::<T>, inverse = all_of::<T>))]
    one: Option<T>,
    #[quanta(on_failure = "default", default)]
    two: u8,
}

/// In an enum.
#[derive(QuantaType)]
pub enum Shape {
    /// For one.
    #[quanta(default, fallback_for = "Square")]
    Point,
    /// For more.
    #[quanta(fallback_for("Oval", "Disc",), renamed_from = "Round")]
    Circle {
        /// A field.
        #[quanta(convert_with = to_cents, on_failure = "drop_row")]
        radius: u64,
    },
    /// Of a storage name.
    #[quanta(name = "Poly", fallback_for = "Polygon")]
    Polygon,
}

fn main() {
    use quantadb::QuantaEntity as _;

    let item = Item::declaration();
    assert!(item.declared.is_ok(), "{:?}", item.declared.as_ref().err());
}
