//! Schemas as plain data: shapes, tables, fingerprints, hints, and their text and JSON forms.

mod fingerprint;
mod hints;
pub mod limits;
mod shape;
mod table;
mod text;

pub use fingerprint::{Fingerprint, canonical};
pub use hints::{Initial, Slot, SlotHint, TableHints};
pub use shape::{Field, Node, NodeId, Scalar, Shape, Variant, check_name};
pub use table::{IndexDef, OnDelete, Reference, Schema};
pub use text::schema_text;
