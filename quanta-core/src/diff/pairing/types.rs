//! Pairing types without named slots: leaves, options, tuples, lists, sets and arrays.

use crate::codec::{Class, convert};
use crate::schema::{Node, NodeId, Scalar, Shape};

use super::super::convertible::is_unit_enum;
use super::super::lens::{ArmId, ArmKind, Carried};
use super::super::refusal::RefusalKind;
use super::{Paired, Pairing, narrow};

impl Pairing<'_> {
    pub(super) fn pair_items_or_leaves(
        &mut self,
        arm: ArmId,
        (old, lower): (&Node, NodeId),
        (new, upper): (&Node, NodeId),
        path: &str,
    ) -> Paired {
        match container_change(old, new) {
            Some((from, to, class)) => {
                let item = self.pair(from, to, &format!("{path}[]"), None);
                self.finish(arm, ArmKind::Items(item.arm), class.max(item.reshaped))
            }
            None => self.pair_leaves(arm, (old, lower), (new, upper), path),
        }
    }

    fn pair_leaves(
        &mut self,
        arm: ArmId,
        (old, lower): (&Node, NodeId),
        (new, upper): (&Node, NodeId),
        path: &str,
    ) -> Paired {
        let class = match (old, new) {
            (Node::Scalar(from), Node::Scalar(to)) => convert::class(*from, *to),
            (Node::Ref(from), Node::Ref(to)) | (Node::Opaque(from), Node::Opaque(to)) if from == to => {
                Class::Exact
            }
            (Node::Enum { .. }, Node::Scalar(Scalar::String)) if is_unit_enum(self.old_shape(), lower) => {
                Class::Exact
            }
            (Node::Scalar(Scalar::String), Node::Enum { .. }) if is_unit_enum(self.new_shape(), upper) => {
                Class::Checked
            }
            (Node::Scalar(Scalar::Bytes), Node::List(item)) if is_byte(self.new_shape(), *item) => {
                Class::Exact
            }
            (Node::List(item), Node::Scalar(Scalar::Bytes)) if is_byte(self.old_shape(), *item) => {
                Class::Exact
            }
            _ => Class::Refused,
        };
        if class == Class::Refused {
            let (from, to) = (
                self.old_shape().sub_shape(lower),
                self.new_shape().sub_shape(upper),
            );
            let problem = format!("there is no conversion from {from} to {to}");
            self.refuse(
                RefusalKind::NoConversion,
                path,
                problem,
                vec![
                    "keep the old field and add the new one beside it, under another name, with \
                 `#[quanta(init_with = path::to::function)]`"
                        .to_owned(),
                ],
            );
        }
        let is_scalar = matches!((old, new), (Node::Scalar(from), Node::Scalar(to)) if from == to);
        if is_scalar || (old == new && class == Class::Exact) {
            return self.finish(arm, ArmKind::Same, None);
        }
        let is_list = matches!(old, Node::List(_)) || matches!(new, Node::List(_));
        let kind = if is_list { ArmKind::Same } else { ArmKind::Convert };
        self.finish(arm, kind, Some(class))
    }

    pub(super) fn pair_unwrap(
        &mut self,
        arm: ArmId,
        from: NodeId,
        upper: NodeId,
        path: &str,
        default: Option<&[u8]>,
    ) -> Paired {
        let item = self.pair(from, upper, path, None);
        let class = if default.is_some() {
            Class::Lossy
        } else {
            Class::Checked
        };
        let fill = default.map(<[u8]>::to_vec);
        self.finish(
            arm,
            ArmKind::Unwrap { item: item.arm, fill },
            Some(class).max(item.reshaped),
        )
    }

    pub(super) fn pair_positions(
        &mut self,
        arm: ArmId,
        lower: NodeId,
        upper: NodeId,
        (from, to): (&[NodeId], &[NodeId]),
        path: &str,
    ) -> Paired {
        let mut carried = Vec::new();
        let mut reshaped = None;
        for (position, (old, new)) in from.iter().zip(to).enumerate() {
            self.carry_slot((lower, position), (upper, position));
            let item = self.pair(*old, *new, &format!("{path}.{position}"), None);
            reshaped = reshaped.max(item.reshaped);
            let position = narrow(position);
            carried.push(Carried {
                lower: position,
                upper: position,
                arm: item.arm,
            });
        }
        let shared = carried.len();
        let dropped = (shared..from.len())
            .map(|position| self.drop_slot((lower, position), path))
            .collect();
        let added = (shared..to.len())
            .map(|position| self.add_slot((upper, position), path))
            .collect();
        self.finish(
            arm,
            ArmKind::Fields {
                carried,
                dropped,
                added,
            },
            reshaped,
        )
    }
}

fn is_byte(shape: &Shape, id: NodeId) -> bool {
    matches!(shape.node(id), Node::Scalar(Scalar::U8))
}

/// Returns the item types and the class of a change between containers; none if either is no container.
fn container_change(old: &Node, new: &Node) -> Option<(NodeId, NodeId, Option<Class>)> {
    match (old, new) {
        (Node::List(from), Node::List(to)) | (Node::Set(from), Node::Set(to)) => Some((*from, *to, None)),
        (Node::Array(from, one), Node::Array(to, two)) if one == two => Some((*from, *to, None)),
        (Node::Array(from, _), Node::List(to)) | (Node::Set(from), Node::List(to)) => {
            Some((*from, *to, Some(Class::Exact)))
        }
        (Node::List(from), Node::Set(to)) => Some((*from, *to, Some(Class::Lossy))),
        (Node::List(from), Node::Array(to, _)) => Some((*from, *to, Some(Class::Checked))),
        _ => None,
    }
}
