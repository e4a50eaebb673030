//! What slots belong to, by name: hints in documents speak of names, hints in the core of nodes.

use std::collections::BTreeMap;
use std::fmt;

use crate::schema::{Node, NodeId, Schema, Shape};

/// What fields and variants belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Table(String),
    Type(String),
    /// The fields of a variant: enum and variant.
    Variant(String, String),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(name) => write!(f, "table {name}"),
            Self::Type(name) => write!(f, "type {name}"),
            Self::Variant(name, variant) => write!(f, "type {name}::{variant}"),
        }
    }
}

impl Owner {
    /// Reads `Type` or `Enum::Variant`.
    pub(super) fn of_type(name: &str) -> Self {
        match name.split_once("::") {
            Some((name, variant)) => Self::Variant(name.to_owned(), variant.to_owned()),
            None => Self::Type(name.to_owned()),
        }
    }

    /// Returns how a slot of a type is written: `Address.zip`, `Shape::Circle`, `Shape::Poly.sides`.
    pub(super) fn slot_path(&self, node: &Node, slot: &str) -> String {
        let join = if matches!(node, Node::Enum { .. }) {
            "::"
        } else {
            "."
        };
        match self {
            Self::Table(name) | Self::Type(name) => format!("{name}{join}{slot}"),
            Self::Variant(name, variant) => format!("{name}::{variant}{join}{slot}"),
        }
    }
}

/// Names reused by slots.
pub(super) type Marks = BTreeMap<(Owner, String), Vec<String>>;

/// Lists the nodes of a table whose slots can have hints. A type that is embedded twice is there twice.
pub(super) fn owners(table: &str, schema: &Schema) -> Vec<(NodeId, Owner)> {
    let mut owners = vec![(NodeId::ROOT, Owner::Table(table.to_owned()))];
    for (id, node) in (0..).map(NodeId).zip(schema.shape.nodes()) {
        let Some(label) = node.label() else { continue };
        if id != NodeId::ROOT {
            owners.push((id, Owner::Type(label.to_owned())));
        }
        if let Node::Enum { variants, .. } = node {
            let payloads = variants.iter().map(|variant| {
                (
                    variant.payload,
                    Owner::Variant(label.to_owned(), variant.name.clone()),
                )
            });
            owners.extend(payloads);
        }
    }
    owners
}

/// Lists a node's slots: names and the names that they reuse.
pub(super) fn slots(node: &Node) -> Vec<(&str, &[String])> {
    match node {
        Node::Struct { fields, .. } => fields
            .iter()
            .map(|field| (field.name.as_str(), field.reuses.as_slice()))
            .collect(),
        Node::Enum { variants, .. } => variants
            .iter()
            .map(|variant| (variant.name.as_str(), variant.reuses.as_slice()))
            .collect(),
        _ => Vec::new(),
    }
}

/// Collects the marks of a table's schema.
pub(super) fn marks(table: &str, schema: &Schema) -> Marks {
    let mut marks = Marks::new();
    for (id, owner) in owners(table, schema) {
        for (name, reuses) in slots(schema.shape.node(id)) {
            if !reuses.is_empty() {
                marks.insert((owner.clone(), name.to_owned()), reuses.to_vec());
            }
        }
    }
    marks
}

/// Sets the marks of a table's schema.
pub(super) fn set_marks(table: &str, schema: &mut Schema, marks: &Marks) {
    let mut nodes = schema.shape.nodes().to_vec();
    let reused = |owner: &Owner, slot: &str| {
        marks
            .get(&(owner.clone(), slot.to_owned()))
            .cloned()
            .unwrap_or_default()
    };
    for (id, owner) in owners(table, schema) {
        match &mut nodes[id.0 as usize] {
            Node::Struct { fields, .. } => {
                fields
                    .iter_mut()
                    .for_each(|field| field.reuses = reused(&owner, &field.name));
            }
            Node::Enum { variants, .. } => {
                variants
                    .iter_mut()
                    .for_each(|variant| variant.reuses = reused(&owner, &variant.name));
            }
            _ => {}
        }
    }
    schema.shape = Shape::new(nodes).expect("marks change neither order nor size of a sound shape");
}
