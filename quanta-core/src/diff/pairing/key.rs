//! The key of a table: what may change about it without moving rows.

use crate::schema::{Node, NodeId, Scalar, Schema, Shape};

use super::super::refusal::RefusalKind;
use super::{Pairing, SlotIds};

impl Pairing<'_> {
    /// Refuses a change of the key that would move rows.
    pub(super) fn check_key(&mut self) {
        let ids = |schema: &Schema, slots: &SlotIds| -> Vec<Option<u32>> {
            let positions = schema.key_positions();
            positions
                .iter()
                .map(|position| slots.get(&(NodeId::ROOT, *position)).copied())
                .collect()
        };
        let same_fields = ids(self.old.schema, self.old.slots) == ids(self.new.schema, &self.slots);
        let types = |schema: &Schema| -> Vec<Shape> {
            let fields = schema.shape.fields();
            let nodes = schema
                .key_positions()
                .into_iter()
                .map(|position| fields[position].node);
            nodes.map(|node| schema.shape.sub_shape(node)).collect()
        };
        let (old, new) = (types(self.old.schema), types(self.new.schema));
        let same_order =
            old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| orders_alike(old, new));
        if !same_fields || !same_order {
            self.refuse(
                RefusalKind::Key,
                &self.new.schema.key.join(", "),
                "changing what the key consists of is not supported yet".to_owned(),
                vec![format!("keep the key {}", self.old.schema.key.join(", "))],
            );
        }
    }
}

/// Tells whether keys of both types have the same bytes for the same values.
#[must_use]
pub fn orders_alike(old: &Shape, new: &Shape) -> bool {
    match (old.node(NodeId::ROOT), new.node(NodeId::ROOT)) {
        // All integers share one form, so that widening never moves a row; narrowing is checked by value.
        (Node::Scalar(from), Node::Scalar(to)) => {
            from == to
                || is_integer(*from) && is_integer(*to)
                || matches!(
                    (from, to),
                    (Scalar::String, Scalar::Path) | (Scalar::Path, Scalar::String)
                )
        }
        _ => old.is_same_as(new),
    }
}

fn is_integer(scalar: Scalar) -> bool {
    scalar.name().starts_with(['u', 'i']) && scalar.name()[1..].parse::<u8>().is_ok()
}
