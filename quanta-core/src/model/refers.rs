//! What a declaration notes of references, and the fields that they are of.

use std::collections::BTreeSet;

use crate::schema::{Node, NodeId, OnDelete, Reference, Shape};

use super::entity::QuantaEntity;

/// An entity that is referred to: its table, and its key fields in key order.
#[derive(Debug, Clone, Copy)]
pub struct RefersTo {
    /// The table's name.
    pub table: &'static str,
    /// Storage names of the key fields.
    pub key: &'static [&'static str],
}

impl RefersTo {
    /// Names an entity.
    #[must_use]
    pub const fn of<E: QuantaEntity>() -> Self {
        Self {
            table: E::TABLE,
            key: E::KEY,
        }
    }
}

/// A reference over several fields, as the derive says it.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceHints {
    /// Paths of the fields, in the order of the other table's key.
    pub fields: &'static [&'static str],
    /// Where it leads.
    pub to: RefersTo,
    /// What happens to the row when the row it refers to is deleted.
    pub on_delete: OnDelete,
}

/// A reference that was met while a type was described.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noted {
    /// The node of the value.
    pub(super) node: NodeId,
    pub(super) to: RefersTo,
    pub(super) on_delete: OnDelete,
}

/// Lists the references of an entity: those that were met in its fields, and those that stand at the struct.
pub(super) fn references(
    shape: &Shape,
    noted: &[Noted],
    stated: &[ReferenceHints],
) -> Result<Vec<Reference>, String> {
    let mut walk = Walk {
        shape,
        open: Vec::new(),
        recursive: BTreeSet::new(),
        found: Vec::new(),
    };
    walk.node(NodeId::ROOT, &Ok(String::new()));
    let mut references = Vec::new();
    for note in noted {
        let place = walk.found.iter().find(|place| place.node == note.node);
        let place = place.ok_or("a reference stands in no field")?;
        let to = note.to.table;
        let path = place
            .path
            .clone()
            .map_err(|problem| format!("a reference to {to} {problem}"))?;
        if let Some(within) = place.within.iter().find(|node| walk.recursive.contains(node)) {
            return Err(format!(
                "a reference to {to} stands in {}, which contains itself: how deep it lies differs from row to row, \
                 so that it can't be checked; store the key, or give the rows a table of their own",
                label(shape, *within)
            ));
        }
        references.push(Reference {
            fields: fields(shape, note, &path),
            table: to.to_owned(),
            to: note.to.key.iter().map(|name| (*name).to_owned()).collect(),
            on_delete: note.on_delete,
        });
    }
    references.extend(stated.iter().map(|stated| Reference {
        fields: stated.fields.iter().map(|field| (*field).to_owned()).collect(),
        table: stated.to.table.to_owned(),
        to: stated.to.key.iter().map(|name| (*name).to_owned()).collect(),
        on_delete: stated.on_delete,
    }));
    Ok(references)
}

/// A composite key is stored as a tuple: each of its positions refers to one key field.
fn fields(shape: &Shape, note: &Noted, path: &str) -> Vec<String> {
    let mut node = note.node;
    while let Node::Option(item) = shape.node(node) {
        node = *item;
    }
    match shape.node(node) {
        Node::Tuple(items) if note.to.key.len() > 1 => (0..items.len())
            .map(|position| format!("{path}.{position}"))
            .collect(),
        _ => vec![path.to_owned()],
    }
}

/// Where a node stands in a row.
struct Place {
    node: NodeId,
    /// The path of its field, or why there is none.
    path: Result<String, String>,
    /// The structs and enums that it lies in.
    within: Vec<NodeId>,
}

struct Walk<'s> {
    shape: &'s Shape,
    open: Vec<NodeId>,
    /// Nodes that contain themselves.
    recursive: BTreeSet<NodeId>,
    found: Vec<Place>,
}

impl Walk<'_> {
    fn node(&mut self, node: NodeId, path: &Result<String, String>) {
        if self.open.contains(&node) {
            self.recursive.insert(node);
            return;
        }
        self.found.push(Place {
            node,
            path: path.clone(),
            within: self.open.clone(),
        });
        self.open.push(node);
        let with = |end: &str| path.clone().map(|path| format!("{path}{end}"));
        let slot = |name: &str| {
            path.clone().map(|path| match path.as_str() {
                "" => name.to_owned(),
                path => format!("{path}.{name}"),
            })
        };
        match self.shape.node(node) {
            Node::Option(item) => self.node(*item, path),
            Node::List(item) | Node::Set(item) | Node::Array(item, _) => self.node(*item, &with("[]")),
            Node::Map(key, value) => {
                self.node(*key, &with("{key}"));
                self.node(*value, &with("{value}"));
            }
            Node::Tuple(items) => {
                for (position, item) in items.iter().enumerate() {
                    self.node(*item, &slot(&position.to_string()));
                }
            }
            Node::Struct { fields, .. } => {
                for field in fields {
                    self.node(field.node, &slot(&field.name));
                }
            }
            Node::Enum { variants, .. } => {
                let problem = format!(
                    "stands in {}, whose other variants have no such value; move it out, or store the key",
                    label(self.shape, node)
                );
                for variant in variants {
                    self.node(variant.payload, &Err(problem.clone()));
                }
            }
            Node::Scalar(_) | Node::Ref(_) | Node::Opaque(_) => {}
        }
        self.open.pop();
    }
}

fn label(shape: &Shape, node: NodeId) -> String {
    match shape.node(node) {
        Node::Struct { label, .. } => format!("the struct {label}"),
        Node::Enum { label, .. } => format!("the enum {label}"),
        _ => "a type".to_owned(),
    }
}
