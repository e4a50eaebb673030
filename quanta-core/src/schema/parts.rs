//! What schemas are made of: tables, types, indexes and references, each with what it uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::fingerprint::{Fingerprint, canonical_index, canonical_reference, canonical_type};
use super::naming::{Naming, Place, Root};
use super::shape::{Node, NodeId};
use super::table::Schema;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectKind {
    /// A table.
    Table,
    /// A struct or enum that tables or other types embed.
    Type,
    /// An index of a table.
    Index,
    /// A reference from one table to another.
    Reference,
    /// A view.
    View,
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Table => "table",
            Self::Type => "type",
            Self::Index => "index",
            Self::Reference => "reference",
            Self::View => "view",
        })
    }
}

/// One object as it stands in schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name. An index has the name of its table in front, a reference is named by table, fields and target.
    pub name: String,
    /// The name of a type without the number that tells it from others of this name; else the name.
    pub label: String,
    /// The position of its table among the tables; none for a type.
    pub table: Option<usize>,
    /// Its position among the indexes or references of its table.
    pub position: usize,
    /// The hash of the canonical encoding of what it is (docs/format.md, "Objects").
    pub content: Fingerprint,
    /// What it uses, by kind and name.
    pub uses: BTreeSet<(ObjectKind, String)>,
}

/// Takes schemas apart. Tables are given, and parts are returned, in one order whatever the history was: tables by
/// name; of the parts, tables first, then types, indexes, references.
///
/// ```
/// use quantadb::schema::{ObjectKind, Schema, parts};
///
/// let shape = "struct User { id: u64, home: struct Address { city: string } }".parse()?;
/// let users = Schema::new(shape, vec!["id".to_owned()])?;
/// let parts = parts(&[("users", &users)]);
/// assert_eq!(parts.iter().map(|part| part.kind).collect::<Vec<_>>(), [ObjectKind::Table, ObjectKind::Type]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn parts(tables: &[(&str, &Schema)]) -> Vec<Part> {
    let shapes = tables.iter().map(|(_, schema)| &schema.shape).collect();
    let naming = Naming::of(shapes, Root::Row);
    let defined = naming.definitions();
    let rows = defined.filter(|(_, place)| place.1 == NodeId::ROOT);
    let rows = rows.map(|(name, place)| (name.to_owned(), place.0)).collect();
    let scene = Scene { tables, naming, rows };
    let mut parts: Vec<Part> = (0..tables.len()).map(|table| scene.table(table)).collect();
    parts.extend(scene.types());
    for table in 0..tables.len() {
        parts.extend(scene.indexes(table));
    }
    for table in 0..tables.len() {
        parts.extend(scene.references(table));
    }
    parts
}

struct Scene<'s> {
    tables: &'s [(&'s str, &'s Schema)],
    naming: Naming<'s>,
    /// The tables whose rows have a name of their own: something goes back to them.
    rows: BTreeMap<String, usize>,
}

impl Scene<'_> {
    fn table(&self, table: usize) -> Part {
        let (name, schema) = self.tables[table];
        Part {
            kind: ObjectKind::Table,
            name: name.to_owned(),
            label: name.to_owned(),
            table: Some(table),
            position: 0,
            content: Fingerprint::of(schema),
            uses: self.uses((table, NodeId::ROOT)),
        }
    }

    fn types(&self) -> impl Iterator<Item = Part> {
        let embedded = self
            .naming
            .definitions()
            .filter(|(_, place)| place.1 != NodeId::ROOT);
        embedded.enumerate().map(|(position, (name, place))| {
            let shape = self.naming.shape(place.0);
            let label = shape.node(place.1).label().unwrap_or(name);
            Part {
                kind: ObjectKind::Type,
                name: name.to_owned(),
                label: label.to_owned(),
                table: None,
                position,
                content: Fingerprint::of_bytes(&canonical_type(shape, place.1)),
                uses: self.uses(place),
            }
        })
    }

    fn indexes(&self, table: usize) -> impl Iterator<Item = Part> {
        let (owner, schema) = self.tables[table];
        schema.indexes.iter().enumerate().map(move |(position, index)| {
            let name = format!("{owner}.{}", index.name);
            Part {
                kind: ObjectKind::Index,
                label: name.clone(),
                name,
                table: Some(table),
                position,
                content: Fingerprint::of_bytes(&canonical_index(index)),
                uses: [(ObjectKind::Table, owner.to_owned())].into(),
            }
        })
    }

    fn references(&self, table: usize) -> impl Iterator<Item = Part> {
        let (owner, schema) = self.tables[table];
        schema
            .references
            .iter()
            .enumerate()
            .map(move |(position, reference)| {
                let fields = reference.fields.join(", ");
                let name = format!("{owner} ({fields}) to {}", reference.table);
                let used = [owner, reference.table.as_str()];
                Part {
                    kind: ObjectKind::Reference,
                    label: name.clone(),
                    name,
                    table: Some(table),
                    position,
                    content: Fingerprint::of_bytes(&canonical_reference(reference)),
                    uses: used.map(|table| (ObjectKind::Table, table.to_owned())).into(),
                }
            })
    }

    /// Lists what stands in a type, down to the next named types.
    fn uses(&self, place: Place) -> BTreeSet<(ObjectKind, String)> {
        let (table, shape) = (place.0, self.naming.shape(place.0));
        let (mut uses, mut seen) = (BTreeSet::new(), BTreeSet::from([place.1]));
        let mut left = shape.node(place.1).children();
        while let Some(id) = left.pop() {
            match (self.naming.name((table, id)), shape.node(id)) {
                (Some(name), _) => {
                    // A row is told of as its table.
                    uses.insert(match self.rows.get(name) {
                        Some(row) => (ObjectKind::Table, self.tables[*row].0.to_owned()),
                        None => (ObjectKind::Type, name.to_owned()),
                    });
                }
                (None, Node::Ref(target)) => {
                    uses.insert((ObjectKind::Table, target.clone()));
                }
                (None, node) => {
                    if seen.insert(id) {
                        left.extend(node.children());
                    }
                }
            }
        }
        uses
    }
}

#[cfg(test)]
mod tests;
