//! Pairing types without named slots: leaves, options, tuples, lists, sets, arrays and maps.

use crate::codec::{Class, Classes, convert};
use crate::schema::{Node, NodeId, Scalar, TableHints};

use super::super::lens::{ArmId, ArmKind, Carried, Fill};
use super::super::matrix::{How, Rule};
use super::super::zero::natural_zero;
use super::{Paired, Pairing, narrow, worst};

impl Pairing<'_> {
    pub(super) fn pair_scalars(
        &mut self,
        (arm, lower, upper): (ArmId, NodeId, NodeId),
        (from, to): (Scalar, Scalar),
        path: &str,
    ) -> Paired {
        let classes = Classes {
            up: convert::class(from, to),
            down: convert::class(to, from),
        };
        if classes.up == Class::Refused {
            return self.refuse_types(arm, lower, upper, path);
        }
        if from == to {
            return self.finish(arm, ArmKind::Same, None);
        }
        self.finish(arm, ArmKind::Convert, Some(classes))
    }

    pub(super) fn pair_option(&mut self, arm: ArmId, (from, to): (NodeId, NodeId), path: &str) -> Paired {
        let item = self.pair(from, to, path, None);
        self.finish(arm, ArmKind::Option(item.arm), item.reshaped)
    }

    pub(super) fn pair_wrap(
        &mut self,
        arm: ArmId,
        (lower, item): (NodeId, NodeId),
        rule: &Rule,
        path: &str,
    ) -> Paired {
        let item = self.pair(lower, item, path, None);
        let kind = ArmKind::Wrap {
            item: item.arm,
            fill: None,
        };
        self.finish(arm, kind, worst(Some(rule.classes), item.reshaped))
    }

    pub(super) fn pair_unwrap(
        &mut self,
        arm: ArmId,
        (from, upper): (NodeId, NodeId),
        rule: &Rule,
        path: &str,
        default: Option<&[u8]>,
    ) -> Paired {
        let item = self.pair(from, upper, path, None);
        let up = default.map_or(rule.classes.up, |_| Class::Lossy);
        let classes = Classes { up, ..rule.classes };
        let fill = default.map(<[u8]>::to_vec);
        self.finish(
            arm,
            ArmKind::Unwrap { item: item.arm, fill },
            worst(Some(classes), item.reshaped),
        )
    }

    /// Pairs a value, or an option's item, with the only item of a collection; or the other way round.
    pub(super) fn pair_only_item(
        &mut self,
        arm: ArmId,
        (lower, upper): (NodeId, NodeId),
        rule: &Rule,
        path: &str,
    ) -> Paired {
        let (old, new) = (self.old_shape().node(lower), self.new_shape().node(upper));
        let (from, to, kind): (NodeId, NodeId, fn(ArmId) -> ArmKind) = match (rule.how, old, new) {
            (How::Gather, Node::Option(from), Node::List(to) | Node::Set(to)) => {
                (*from, *to, ArmKind::Gather)
            }
            (How::Gather, _, Node::List(to) | Node::Set(to)) => (lower, *to, ArmKind::Gather),
            (_, Node::List(from) | Node::Set(from), Node::Option(to)) => (*from, *to, ArmKind::Pick),
            (_, Node::List(from) | Node::Set(from), _) => (*from, upper, ArmKind::Pick),
            _ => return self.refuse_types(arm, lower, upper, path),
        };
        let is_upwards = rule.how == How::Gather;
        let path = if is_upwards {
            format!("{path}[]")
        } else {
            path.to_owned()
        };
        let item = self.pair(from, to, &path, None);
        let classes = self.nested_deeper(rule.classes, is_upwards);
        self.finish(arm, kind(item.arm), worst(Some(classes), item.reshaped))
    }

    /// Adds that values of a type that contains itself may come to nest too deeply where each gets one level more.
    pub(super) fn nested_deeper(&self, classes: Classes, is_upwards: bool) -> Classes {
        let checked = |class: Class, is_it: bool| if is_it { class.max(Class::Checked) } else { class };
        Classes {
            up: checked(classes.up, is_upwards && self.new_shape().is_recursive()),
            down: checked(classes.down, !is_upwards && self.old_shape().is_recursive()),
        }
    }

    pub(super) fn pair_items(
        &mut self,
        arm: ArmId,
        (from, to): (NodeId, NodeId),
        classes: Option<Classes>,
        path: &str,
    ) -> Paired {
        let item = self.pair(from, to, &format!("{path}[]"), None);
        self.finish(arm, ArmKind::Items(item.arm), worst(classes, item.reshaped))
    }

    /// Pairs bytes with a collection of numbers.
    pub(super) fn pair_bytes(
        &mut self,
        arm: ArmId,
        (old, lower): (&Node, NodeId),
        (new, upper): (&Node, NodeId),
        rule: &Rule,
        path: &str,
    ) -> Paired {
        let (from, to) = match (
            self.old_shape().number_item(lower),
            self.new_shape().number_item(upper),
        ) {
            (Some(from), Some(to)) => (from, to),
            _ => return self.refuse_types(arm, lower, upper, path),
        };
        if from == to && (matches!(old, Node::List(_)) || matches!(new, Node::List(_))) {
            return self.finish(arm, ArmKind::Same, Some(rule.classes));
        }
        let items = Classes {
            up: convert::class(from, to),
            down: convert::class(to, from),
        };
        self.finish(arm, ArmKind::Convert, Some(rule.classes.worst(items)))
    }

    pub(super) fn pair_arrays(
        &mut self,
        arm: ArmId,
        (from, length): (NodeId, u32),
        (to, new_length): (NodeId, u32),
        path: &str,
    ) -> Paired {
        if length == new_length {
            return self.pair_items(arm, (from, to), None, path);
        }
        let item = self.pair(from, to, &format!("{path}[]"), None);
        let is_longer = new_length > length;
        let zero = if is_longer {
            natural_zero(self.new_shape(), to, self.new.hints)
        } else {
            natural_zero(self.old_shape(), from, &TableHints::default())
        };
        if is_longer && zero.is_none() {
            self.refuse_longer(to, new_length - length, path);
        }
        let longer_again = if zero.is_some() {
            Class::Exact
        } else {
            Class::Checked
        };
        let classes = Classes {
            up: Class::Lossy,
            down: longer_again,
        };
        let classes = if is_longer { classes.flipped() } else { classes };
        let kind = ArmKind::Resize {
            item: item.arm,
            fill: zero.map_or(Fill::Missing, Fill::Value),
        };
        self.finish(arm, kind, worst(Some(classes), item.reshaped))
    }

    /// Pairs keys and values of two maps, or of a map and a list of tuples.
    pub(super) fn pair_entries(
        &mut self,
        arm: ArmId,
        (lower, upper): (NodeId, NodeId),
        rule: &Rule,
        path: &str,
    ) -> Paired {
        let entries = (
            self.old_shape().entry_nodes(lower),
            self.new_shape().entry_nodes(upper),
        );
        let (Some((key, value)), Some((new_key, new_value))) = entries else {
            return self.refuse_types(arm, lower, upper, path);
        };
        let key = self.pair(key, new_key, &format!("{path}{{key}}"), None);
        let value = self.pair(value, new_value, &format!("{path}{{value}}"), None);
        let is_map = |node: &Node| matches!(node, Node::Map(..));
        let (from, to) = (
            is_map(self.old_shape().node(lower)),
            is_map(self.new_shape().node(upper)),
        );
        // Two keys of a map may become one.
        let keys = key.reshaped.map(|classes| Classes {
            up: if to { may_merge(classes.up) } else { classes.up },
            down: if from {
                may_merge(classes.down)
            } else {
                classes.down
            },
        });
        let by_itself = (from != to).then(|| self.nested_deeper(rule.classes, from));
        self.finish(
            arm,
            ArmKind::Entries(key.arm, value.arm),
            worst(by_itself, worst(keys, value.reshaped)),
        )
    }

    pub(super) fn pair_positions(&mut self, arm: ArmId, lower: NodeId, upper: NodeId, path: &str) -> Paired {
        let (from, to) = (
            self.old_shape().node(lower).children(),
            self.new_shape().node(upper).children(),
        );
        let mut carried = Vec::new();
        let mut reshaped = None;
        for (position, (old, new)) in from.iter().zip(&to).enumerate() {
            self.carry_slot((lower, position), (upper, position));
            self.enter_slot(Some(position.to_string()), Vec::new(), None);
            let item = self.pair(*old, *new, &format!("{path}.{position}"), None);
            self.leave_slot();
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

/// Returns the class of a conversion of keys, of which two may become one.
fn may_merge(class: Class) -> Class {
    if class == Class::Exact {
        class
    } else {
        Class::Checked
    }
}
