//! What the values under an index or a reference are, so that both sides of a change can be compared.

use crate::codec::{Class, convert};
use crate::schema::{FieldPath, Node, NodeId, PathStep, Scalar, Shape};

use super::Side;
use super::key::orders_alike;

/// The values of some fields, in order. Names take no part in it: a slot is its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    ways: Vec<Vec<Way>>,
    leaves: Vec<Leaf>,
    /// Whether the program's own code converts any of the values on the way to this side.
    is_converted: bool,
}

/// One step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Slot(Option<u32>),
    Some,
    List,
    Set,
    Array(u32),
    Key,
    Value,
}

/// What stands at the end of a way: the type, and the slots in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Leaf {
    shape: Shape,
    slots: Vec<Option<u32>>,
}

impl Image {
    /// Describes the values of some fields; none if a field is missing, which no checked schema has.
    pub(super) fn of<'f>(side: Side<'_>, fields: impl IntoIterator<Item = &'f String>) -> Option<Self> {
        let fields: Vec<&String> = fields.into_iter().collect();
        let mut image = Self {
            ways: Vec::new(),
            leaves: Vec::new(),
            is_converted: fields
                .iter()
                .any(|field| side.converted.iter().any(|path| lies_in(field, path))),
        };
        for field in fields {
            let path = FieldPath::resolve(&side.schema.shape, field).ok()?;
            image
                .ways
                .push(path.steps.iter().map(|step| way(side, *step)).collect());
            let mut slots = Vec::new();
            slots_in(side, path.leaf, &mut slots, &mut Vec::new());
            let shape = side.schema.shape.sub_shape(path.leaf);
            image.leaves.push(Leaf { shape, slots });
        }
        Some(image)
    }

    /// Tells whether both are about the same slots, whatever their types.
    pub(super) fn has_same_slots(&self, other: &Self) -> bool {
        self.ways == other.ways
    }

    /// Tells whether every row has the same values, in key form, after the change as before.
    pub(super) fn becomes_same(&self, after: &Self) -> bool {
        let pairs = self.leaves.iter().zip(&after.leaves);
        !after.is_converted
            && self.ways == after.ways
            && pairs.into_iter().all(|(old, new)| becomes_same(old, new))
    }
}

/// Tells whether a path is another one or leads on from it.
fn lies_in(path: &str, outer: &str) -> bool {
    let rest = path.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
}

fn becomes_same(old: &Leaf, new: &Leaf) -> bool {
    // A conversion that may fail may also be told to put another value in place.
    let is_exact = |from: Scalar, to: Scalar| convert::class(from, to) == Class::Exact;
    let converts = match (old.shape.node(NodeId::ROOT), new.shape.node(NodeId::ROOT)) {
        (Node::Scalar(from), Node::Scalar(to)) => from == to || is_exact(*from, *to),
        _ => true,
    };
    converts && old.slots == new.slots && orders_alike(&old.shape, &new.shape)
}

fn way(side: Side<'_>, step: PathStep) -> Way {
    match step {
        PathStep::Slot(slot) => Way::Slot(side.slots.get(&slot).copied()),
        PathStep::Some => Way::Some,
        PathStep::Keys(_) => Way::Key,
        PathStep::Values(_) => Way::Value,
        PathStep::Items(node) => match side.schema.shape.node(node) {
            Node::Set(_) => Way::Set,
            Node::Array(_, length) => Way::Array(*length),
            _ => Way::List,
        },
    }
}

/// Lists the slots of a type and of those in it. Types in keys are not recursive; another one ends where it does.
fn slots_in(side: Side<'_>, node: NodeId, slots: &mut Vec<Option<u32>>, path: &mut Vec<NodeId>) {
    if path.contains(&node) {
        return;
    }
    path.push(node);
    let kind = side.schema.shape.node(node);
    slots.extend((0..kind.slot_count()).map(|position| side.slots.get(&(node, position)).copied()));
    for child in kind.children() {
        slots_in(side, child, slots, path);
    }
    path.pop();
}
