//! Pairing types without named slots: leaves, options, tuples, lists, sets and arrays.

use crate::codec::{Class, Classes, convert};
use crate::schema::{Node, NodeId, Scalar, Shape};

use super::super::convertible::is_unit_enum;
use super::super::lens::{ArmId, ArmKind, Carried};
use super::super::refusal::RefusalKind;
use super::{Paired, Pairing, narrow, worst};

impl Pairing<'_> {
    pub(super) fn pair_items_or_leaves(
        &mut self,
        arm: ArmId,
        (old, lower): (&Node, NodeId),
        (new, upper): (&Node, NodeId),
        path: &str,
    ) -> Paired {
        match container_change(old, new) {
            Some((from, to, classes)) => {
                let item = self.pair(from, to, &format!("{path}[]"), None);
                self.finish(arm, ArmKind::Items(item.arm), worst(classes, item.reshaped))
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
        let classes = self.leaf_classes((old, lower), (new, upper));
        if classes.up == Class::Refused {
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
                    "#[quanta(convert_with = path::to::function)] at the field".to_owned(),
                    "keep the old field and add the new one beside it, under another name, with \
                 `#[quanta(init_with = path::to::function)]`"
                        .to_owned(),
                ],
            );
        }
        let is_scalar = matches!((old, new), (Node::Scalar(from), Node::Scalar(to)) if from == to);
        if is_scalar || (old == new && classes == Classes::EXACT) {
            return self.finish(arm, ArmKind::Same, None);
        }
        let is_list = matches!(old, Node::List(_)) || matches!(new, Node::List(_));
        let kind = if is_list { ArmKind::Same } else { ArmKind::Convert };
        self.finish(arm, kind, Some(classes))
    }

    /// Returns how safe it is to convert one type without parts to another, and back.
    fn leaf_classes(&self, (old, lower): (&Node, NodeId), (new, upper): (&Node, NodeId)) -> Classes {
        let texts = Classes {
            up: Class::Exact,
            down: Class::Checked,
        };
        match (old, new) {
            (Node::Scalar(from), Node::Scalar(to)) => Classes {
                up: convert::class(*from, *to),
                down: convert::class(*to, *from),
            },
            (Node::Ref(from), Node::Ref(to)) | (Node::Opaque(from), Node::Opaque(to)) if from == to => {
                Classes::EXACT
            }
            (Node::Enum { .. }, Node::Scalar(Scalar::String)) if is_unit_enum(self.old_shape(), lower) => {
                texts
            }
            (Node::Scalar(Scalar::String), Node::Enum { .. }) if is_unit_enum(self.new_shape(), upper) => {
                texts.flipped()
            }
            (Node::Scalar(Scalar::Bytes), Node::List(item)) if is_byte(self.new_shape(), *item) => {
                Classes::EXACT
            }
            (Node::List(item), Node::Scalar(Scalar::Bytes)) if is_byte(self.old_shape(), *item) => {
                Classes::EXACT
            }
            _ => Classes {
                up: Class::Refused,
                down: Class::Refused,
            },
        }
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
        let up = if default.is_some() {
            Class::Lossy
        } else {
            Class::Checked
        };
        let classes = Classes {
            up,
            down: Class::Exact,
        };
        let fill = default.map(<[u8]>::to_vec);
        self.finish(
            arm,
            ArmKind::Unwrap { item: item.arm, fill },
            worst(Some(classes), item.reshaped),
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
            reshaped = worst(reshaped, item.reshaped);
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

/// Returns the item types and the classes of a change between containers; none if either is no container.
fn container_change(old: &Node, new: &Node) -> Option<(NodeId, NodeId, Option<Classes>)> {
    let ordered = Classes {
        up: Class::Lossy,
        down: Class::Exact,
    };
    let sized = Classes {
        up: Class::Checked,
        down: Class::Exact,
    };
    match (old, new) {
        (Node::List(from), Node::List(to)) | (Node::Set(from), Node::Set(to)) => Some((*from, *to, None)),
        (Node::Array(from, one), Node::Array(to, two)) if one == two => Some((*from, *to, None)),
        (Node::List(from), Node::Set(to)) => Some((*from, *to, Some(ordered))),
        (Node::Set(from), Node::List(to)) => Some((*from, *to, Some(ordered.flipped()))),
        (Node::List(from), Node::Array(to, _)) => Some((*from, *to, Some(sized))),
        (Node::Array(from, _), Node::List(to)) => Some((*from, *to, Some(sized.flipped()))),
        _ => None,
    }
}
