//! `#[quanta(..)]`: from tokens to values, one level at a time.

mod admit;
mod container;
mod contradiction;
mod entry;
mod field;
mod known;
mod nearest;
mod value;
mod variant;

pub(crate) use container::ContainerAttrs;
pub(crate) use field::{Conversion, FieldAttrs, Fill, OwnCode, Position, refuse_on_position};
pub(crate) use known::Place;
pub(crate) use value::Resolution;
pub(crate) use variant::VariantAttrs;
