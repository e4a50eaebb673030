//! `#[quanta(..)]`: from tokens to values, one level at a time.

mod admit;
mod container;
mod contradiction;
mod entry;
mod field;
mod index;
mod known;
mod migration;
mod nearest;
mod on_failure;
mod reference;
mod value;
mod variant;
mod view;

pub(crate) use container::{ContainerAttrs, LockUse};
pub(crate) use field::{Conversion, FieldAttrs, Fill, OwnCode, Position, refuse_on_position};
pub(crate) use index::{IndexAttr, IndexField};
pub(crate) use known::Place;
pub(crate) use migration::MigrationAttrs;
pub(crate) use reference::{OnDelete, ReferenceAttr};
pub(crate) use value::Resolution;
pub(crate) use variant::VariantAttrs;
pub(crate) use view::{ColumnAttrs, Of, ViewAttrs};
