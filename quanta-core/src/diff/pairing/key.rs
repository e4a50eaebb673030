//! The key of a table: whether rows move, and whether two of them may meet.

use crate::codec::{Class, Classes};
use crate::schema::{Node, NodeId, Resolution, Scalar, Schema, Shape};

use super::super::lens::KEY_PATH;
use super::super::step::{Change, Step};
use super::{Pairing, SlotIds};

/// A key field: its slot id and its type.
struct KeyField {
    slot: Option<u32>,
    ty: Shape,
    /// Whether it has the value that it had before the change, whatever its type is.
    is_as_before: bool,
}

impl Pairing<'_> {
    /// Adds the step of a key that changes so that rows move.
    pub(super) fn pair_keys(&mut self) {
        let old = key_fields(self.old.schema, self.old.slots);
        let mut new = key_fields(self.new.schema, &self.slots);
        for (field, name) in new.iter_mut().zip(&self.new.schema.key) {
            field.is_as_before = !self.steps.iter().any(|step| gives_other_values(step, name));
        }
        if old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| is_same_field(old, new)) {
            return;
        }
        let said = self.new.hints.on_failure.get(KEY_PATH).copied();
        let drops = said.or(self.new.on_failure) == Some(Resolution::DropRow);
        if drops {
            self.drops.insert(KEY_PATH.to_owned());
        }
        let change = Change::ChangeKey {
            from: self.old.schema.key.clone(),
            to: self.new.schema.key.clone(),
            on_failure: Some(Resolution::DropRow).filter(|_| drops),
        };
        let classes = Classes {
            up: meets(&old, &new),
            down: meets(&new, &old),
        };
        self.steps.push(Step::classed(self.table, change, classes));
    }
}

fn key_fields(schema: &Schema, slots: &SlotIds) -> Vec<KeyField> {
    let fields = schema.shape.fields();
    let positions = schema.key_positions().into_iter();
    positions
        .map(|position| KeyField {
            slot: slots.get(&(NodeId::ROOT, position)).copied(),
            ty: schema.shape.sub_shape(fields[position].node),
            is_as_before: true,
        })
        .collect()
}

fn is_same_field(one: &KeyField, other: &KeyField) -> bool {
    one.slot == other.slot && one.is_as_before && other.is_as_before && orders_alike(&one.ty, &other.ty)
}

/// Tells whether a step gives a field another value than a conversion does that keeps it: a function's, or a default in
/// place of what doesn't fit.
fn gives_other_values(step: &Step, name: &str) -> bool {
    match &step.change {
        Change::ChangeType {
            path,
            by,
            fill,
            on_failure,
            ..
        } => path == name && (by.is_some() || fill.is_some() || *on_failure == Some(Resolution::Default)),
        _ => false,
    }
}

/// Returns how safe it is to move rows from one key to another: two rows can't meet where all of the one key is in
/// the other.
fn meets(from: &[KeyField], to: &[KeyField]) -> Class {
    let is_in = |field: &KeyField| to.iter().any(|other| is_same_field(field, other));
    if from.iter().all(is_in) {
        Class::Exact
    } else {
        Class::Checked
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
