//! Fingerprints: a documented hash of a documented encoding.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::index::{IndexDef, IndexField};
use super::shape::{Node, NodeId, Shape};
use super::table::{OnDelete, Reference, Schema};
use super::view::ViewSchema;

/// The first 128 bits of the BLAKE3 hash of a schema's canonical encoding (docs/format.md, "Fingerprints").
///
/// Two schemas have one fingerprint if and only if their rows have one layout and one meaning: names of embedded
/// types, declaration order and hints do not count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 16]);

impl Fingerprint {
    /// Computes the fingerprint of a schema.
    ///
    /// ```
    /// use quantadb::schema::{Fingerprint, Schema};
    ///
    /// # let schema = |text: &str| -> Result<Schema, Box<dyn std::error::Error>> { Ok(Schema::new(text.parse()?, vec!["id".to_owned()])?) };
    /// let users = Fingerprint::of(&schema("struct User { id: u64, name: string }")?);
    /// assert_eq!(users, Fingerprint::of(&schema("struct Person { name: string, id: u64 }")?));
    /// assert_ne!(users, Fingerprint::of(&schema("struct User { id: u64, mail: string }")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(schema: &Schema) -> Self {
        Self::of_bytes(&canonical(schema))
    }

    /// Computes the fingerprint of a canonical encoding.
    pub(super) fn of_bytes(canonical: &[u8]) -> Self {
        let hash = blake3::hash(canonical);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Returns the canonical encoding of a schema (docs/format.md, "Fingerprints").
///
/// ```
/// use quantadb::schema::{Schema, canonical};
///
/// let one = Schema::new("struct User { id: u64, name: string }".parse()?, vec!["id".to_owned()])?;
/// let same = Schema::new("struct Person { name: string, id: u64 }".parse()?, vec!["id".to_owned()])?;
/// assert_eq!(canonical(&one), canonical(&same));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn canonical(schema: &Schema) -> Vec<u8> {
    let mut out = b"quanta-schema/1\0".to_vec();
    write_node(&schema.shape, NodeId::ROOT, &mut Vec::new(), &mut out);
    write_names(&schema.key, &mut out);
    write_count(schema.indexes.len(), &mut out);
    let mut indexes: Vec<_> = schema
        .indexes
        .iter()
        .map(|index| (&index.fields, index.unique))
        .collect();
    indexes.sort();
    for (fields, unique) in indexes {
        write_index(fields, unique, &mut out);
    }
    write_count(schema.references.len(), &mut out);
    let mut references: Vec<_> = schema.references.iter().collect();
    references.sort();
    for reference in references {
        write_reference(reference, &mut out);
    }
    out
}

/// Returns the canonical encoding of one type (docs/format.md, "Objects").
pub(super) fn canonical_type(shape: &Shape, id: NodeId) -> Vec<u8> {
    let mut out = b"quanta-type/1\0".to_vec();
    write_node(shape, id, &mut Vec::new(), &mut out);
    out
}

/// Returns the canonical encoding of one index (docs/format.md, "Objects").
pub(super) fn canonical_index(index: &IndexDef) -> Vec<u8> {
    let mut out = b"quanta-index/1\0".to_vec();
    write_index(&index.fields, index.unique, &mut out);
    out
}

/// Returns the canonical encoding of one reference (docs/format.md, "Objects").
pub(super) fn canonical_reference(reference: &Reference) -> Vec<u8> {
    let mut out = b"quanta-reference/1\0".to_vec();
    write_reference(reference, &mut out);
    out
}

/// Returns the canonical encoding of a view (docs/format.md, "Views").
pub(super) fn canonical_view(view: &ViewSchema) -> Vec<u8> {
    let mut out = b"quanta-view/1\0".to_vec();
    write_name(&view.table, &mut out);
    write_count(view.columns.len(), &mut out);
    for column in &view.columns {
        write_name(&column.name, &mut out);
        write_name(&column.path, &mut out);
        write_node(&column.shape, NodeId::ROOT, &mut Vec::new(), &mut out);
    }
    match &view.filter {
        None => out.push(0),
        Some(filter) => {
            out.push(1);
            write_name(&filter.text, &mut out);
        }
    }
    out
}

fn write_index(fields: &[IndexField], unique: bool, out: &mut Vec<u8>) {
    let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
    write_names(&fields, out);
    out.push(u8::from(unique));
}

fn write_reference(reference: &Reference, out: &mut Vec<u8>) {
    write_names(&reference.fields, out);
    write_name(&reference.table, out);
    write_names(&reference.to, out);
    out.push(match reference.on_delete {
        OnDelete::Restrict => 0,
        OnDelete::Cascade => 1,
        OnDelete::SetNull => 2,
    });
}

/// Appends the canonical encoding of one type. `path` holds the nodes being written, outermost first.
fn write_node(shape: &Shape, id: NodeId, path: &mut Vec<NodeId>, out: &mut Vec<u8>) {
    if let Some(position) = path.iter().position(|ancestor| *ancestor == id) {
        out.push(0xff);
        return write_count(path.len() - position, out);
    }
    path.push(id);
    match shape.node(id) {
        Node::Scalar(scalar) => {
            out.push(0x01);
            write_name(scalar.name(), out);
        }
        Node::Option(item) => write_item(0x02, shape, *item, path, out),
        Node::List(item) => write_item(0x03, shape, *item, path, out),
        Node::Set(item) => write_item(0x04, shape, *item, path, out),
        Node::Map(key, value) => {
            write_item(0x05, shape, *key, path, out);
            write_node(shape, *value, path, out);
        }
        Node::Array(item, length) => {
            write_item(0x06, shape, *item, path, out);
            out.extend(length.to_le_bytes());
        }
        Node::Tuple(items) => {
            out.push(0x07);
            write_count(items.len(), out);
            items.iter().for_each(|item| write_node(shape, *item, path, out));
        }
        Node::Struct { fields, .. } => {
            out.push(0x08);
            let slots = fields
                .iter()
                .map(|field| (field.name.as_str(), &field.reuses, field.node));
            write_slots(shape, slots.collect(), path, out);
        }
        Node::Enum { variants, .. } => {
            out.push(0x09);
            let slots = variants
                .iter()
                .map(|variant| (variant.name.as_str(), &variant.reuses, variant.payload));
            write_slots(shape, slots.collect(), path, out);
        }
        Node::Ref(table) => {
            out.push(0x0a);
            write_name(table, out);
        }
        Node::Opaque(name) => {
            out.push(0x0b);
            write_name(name, out);
        }
    }
    path.pop();
}

type Slot<'a> = (&'a str, &'a Vec<String>, NodeId);

fn write_slots(shape: &Shape, slots: Vec<Slot<'_>>, path: &mut Vec<NodeId>, out: &mut Vec<u8>) {
    write_count(slots.len(), out);
    for (name, reuses, node) in slots {
        write_name(name, out);
        write_names(reuses, out);
        write_node(shape, node, path, out);
    }
}

fn write_item(tag: u8, shape: &Shape, item: NodeId, path: &mut Vec<NodeId>, out: &mut Vec<u8>) {
    out.push(tag);
    write_node(shape, item, path, out);
}

fn write_names(names: &[String], out: &mut Vec<u8>) {
    write_count(names.len(), out);
    names.iter().for_each(|name| write_name(name, out));
}

fn write_name(name: &str, out: &mut Vec<u8>) {
    write_count(name.len(), out);
    out.extend(name.as_bytes());
}

fn write_count(count: usize, out: &mut Vec<u8>) {
    out.extend(
        u32::try_from(count)
            .expect("limits keep counts below 2^32")
            .to_le_bytes(),
    );
}

#[cfg(test)]
mod tests;
