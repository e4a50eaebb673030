//! Finding a struct of one version in another one: by the ids of the slots that lead to it.

use crate::diff::PlaceStep;
use crate::schema::{Node, NodeId, Shape, Slot};

use super::stored::Version;

/// One step from a row to a struct in it, as it can be followed in any version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// Into the slot of that id.
    Slot(u32),
    /// Into the items of a list, set or array.
    Items,
    /// Into the keys of a map.
    Keys,
    /// Into the values of a map.
    Values,
}

/// A struct in a version, and where it is in a row; no place if a row may have several.
pub(super) struct Found {
    pub(super) node: NodeId,
    pub(super) place: Option<Vec<PlaceStep>>,
}

/// Follows a way in a version; none if it doesn't lead anywhere there.
pub(super) fn follow(version: &Version, way: &[Link]) -> Option<Found> {
    let shape = &version.schema.shape;
    let mut found = Found {
        node: NodeId::ROOT,
        place: Some(Vec::new()),
    };
    for link in way {
        found.enter_options(shape);
        let children = shape.node(found.node).children();
        match (link, shape.node(found.node)) {
            (Link::Slot(id), node) => {
                let has_id = |position: &usize| version.slots.get(&(found.node, *position)) == Some(id);
                let position = (0..node.slot_count()).find(has_id)?;
                found.enter(slot_step(node, position), *children.get(position)?);
            }
            (Link::Items, Node::List(item) | Node::Set(item) | Node::Array(item, _))
            | (Link::Keys, Node::Map(item, _))
            | (Link::Values, Node::Map(_, item)) => {
                found = Found {
                    node: *item,
                    place: None,
                };
            }
            _ => return None,
        }
    }
    found.enter_options(shape);
    Some(found)
}

/// Returns the step into a slot of a node.
pub(super) fn slot_step(node: &Node, position: usize) -> PlaceStep {
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    match node {
        Node::Enum { .. } => PlaceStep::Variant(position),
        _ => PlaceStep::Slot(position),
    }
}

impl Found {
    fn enter(&mut self, step: PlaceStep, child: NodeId) {
        self.node = child;
        if let Some(place) = &mut self.place {
            place.push(step);
        }
    }

    fn enter_options(&mut self, shape: &Shape) {
        while let Node::Option(item) = shape.node(self.node) {
            self.enter(PlaceStep::Some, *item);
        }
    }
}

impl Version {
    /// Finds a slot of a struct or enum by its name.
    pub(super) fn slot_named(&self, node: NodeId, name: &str) -> Option<(Slot, u32)> {
        let position = match self.schema.shape.node(node) {
            Node::Struct { fields, .. } => fields.iter().position(|field| field.name == name),
            Node::Enum { variants, .. } => variants.iter().position(|variant| variant.name == name),
            _ => None,
        }?;
        let slot = (node, position);
        Some((slot, *self.slots.get(&slot)?))
    }

    /// Finds a slot by its id.
    pub(super) fn slot_of(&self, id: u32) -> Option<Slot> {
        let mut slots = self.slots.iter();
        slots.find(|(_, known)| **known == id).map(|(slot, _)| *slot)
    }
}

/// Lists the nodes that a type inside of them leads back to: a row may have several of what is in them.
pub(super) fn recursive_nodes(shape: &Shape) -> Vec<NodeId> {
    let nodes = shape.nodes().iter().enumerate();
    let back = nodes.flat_map(|(id, node)| {
        let children = node.children().into_iter();
        children.filter(move |child| child.0 as usize <= id)
    });
    back.collect()
}
