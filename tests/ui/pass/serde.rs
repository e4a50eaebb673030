#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::{QuantaEntity, QuantaType};

/// Stored as JSON.
#[derive(serde::Serialize, serde::Deserialize, Clone, PartialEq, Default)]
pub struct Point {
    x: f64,
}

/// Holds some.
#[derive(QuantaEntity)]
pub struct Place {
    #[quanta(id)]
    id: u64,
    #[quanta(serde = "point", name = "spot", renamed_from = "point")]
    point: Point,
    #[quanta(serde = "point", default)]
    by_trait: Point,
    #[quanta(serde = "point", default = Point { x: 1.0 })]
    by_value: Point,
    #[quanta(serde = "point", default_with = Point::default)]
    by_function: Point,
    #[quanta(serde = "point", init_with = of_row)]
    of_row: Point,
}

fn of_row(_: &quantadb::OldRow<'_>) -> Result<Point, String> {
    Ok(Point::default())
}

/// In a variant.
#[derive(QuantaType)]
pub enum Spot {
    /// Struct.
    At {
        /// Opaque.
        #[quanta(serde = "point")]
        point: Point,
    },
}

fn main() {}
