//! Schemas as plain data: shapes, tables, fingerprints, hints, and their text and JSON forms.

mod expand;
mod fingerprint;
mod hints;
mod index;
mod json;
pub mod limits;
mod naming;
mod parse;
mod parts;
mod path;
mod shape;
mod slot_at;
mod table;
mod text;
mod view;

pub use fingerprint::{Fingerprint, canonical};
pub use hints::{Conversion, Initial, Resolution, Slot, SlotHint, TableHints};
pub use index::{IndexDef, IndexField, OrderWay};
pub(crate) use json::{
    FieldJson, IndexJson, ReferenceJson, TableJson, TypeJson, declared_tables, tables_json,
};
pub use json::{schemas_from_json, schemas_to_json};
pub use parse::TextError;
pub use parts::{ObjectKind, Part, parts};
pub use path::{FieldPath, PathStep};
pub use shape::{Field, Node, NodeId, Scalar, Shape, Variant, check_name};
pub(crate) use slot_at::{content, own_field, slot_at};
pub(crate) use table::has_key_order;
pub use table::{OnDelete, Reference, Schema};
pub use text::schema_text;
pub use view::{ACROSS, Column, ViewFilter, ViewSchema};
