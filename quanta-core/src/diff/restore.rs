//! Values of a field that went, given back to one that came in its place.

use serde::{Deserialize, Serialize};

use crate::schema::{Node, NodeId, Shape};

use super::lens::{Fill, Lens};

/// One step from a row to a value in it that is there at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaceStep {
    /// Into a field or tuple position, by its position.
    Slot(u32),
    /// Into an option.
    Some,
    /// Into the payload of a variant, by its position.
    Variant(u32),
}

/// Values that were kept when a field went are given back to another one, where it still holds what it began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// The path of the field, for messages and counts.
    pub path: String,
    /// The name of the field that went.
    pub from: String,
    /// Where the field is in an upper row.
    pub place: Vec<PlaceStep>,
    /// What the field holds in rows that nobody gave a value, as of above the edge.
    pub initial: Fill,
    /// The edge at which the other field went.
    pub edge: u32,
    /// Where it was in a row below that edge.
    pub kept: Vec<PlaceStep>,
    /// The way from its type to that of the field.
    pub lens: Lens,
}

/// Returns the type at a place; none if the shape has no such place.
#[must_use]
pub fn node_at(shape: &Shape, place: &[PlaceStep]) -> Option<NodeId> {
    let mut node = NodeId::ROOT;
    for step in place {
        let position = match (shape.node(node), step) {
            (Node::Struct { .. } | Node::Tuple(_), PlaceStep::Slot(position))
            | (Node::Enum { .. }, PlaceStep::Variant(position)) => *position as usize,
            (Node::Option(_), PlaceStep::Some) => 0,
            _ => return None,
        };
        node = *shape.node(node).children().get(position)?;
    }
    Some(node)
}
