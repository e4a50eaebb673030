//! The slot around a value: its old name and its hints say which field of a struct the value goes to or comes from.

use crate::codec::Classes;
use crate::schema::{Node, NodeId, Shape};

use super::super::convertible::may_become;
use super::super::lens::{ArmId, ArmKind, Carried};
use super::super::matrix::{How, Rule};
use super::super::refusal::RefusalKind;
use super::slots::slot_list;
use super::{Paired, Pairing, narrow, worst};

/// A slot whose type is being paired.
pub(super) struct Outer {
    /// Its name before; none once a hint has used it.
    old_name: Option<String>,
    /// The names in its `renamed_from`.
    renamed_from: Vec<String>,
    /// The nearest field, which is what attributes stand at.
    field: String,
}

impl Pairing<'_> {
    /// Goes into the type of a slot. Positions and variants have no attribute of their own.
    pub(super) fn enter_slot(
        &mut self,
        old_name: Option<String>,
        renamed_from: Vec<String>,
        field: Option<String>,
    ) {
        let field = field.unwrap_or_else(|| self.nearest_field());
        self.outer.push(Outer {
            old_name,
            renamed_from,
            field,
        });
    }

    pub(super) fn leave_slot(&mut self) {
        self.outer.pop();
    }

    /// Returns the name of the nearest field around the present place.
    pub(super) fn nearest_field(&self) -> String {
        self.outer
            .last()
            .map(|outer| outer.field.clone())
            .unwrap_or_default()
    }

    /// Finds the field of a struct that takes the value at `lower`, or gives the one at `upper`.
    pub(super) fn hinted_field(&self, lower: NodeId, upper: NodeId) -> Option<usize> {
        let outer = self.outer.last()?;
        let fields = |shape: &Shape, id: NodeId, is_it: &dyn Fn(usize, &str) -> bool| -> Option<usize> {
            let fields = slot_list(shape, id);
            let mut found = (0..fields.len()).filter(|position| is_it(*position, &fields[*position].0));
            // Two would be a guess.
            found.next().filter(|_| found.next().is_none())
        };
        match (self.old_shape().node(lower), self.new_shape().node(upper)) {
            (Node::Struct { .. }, Node::Struct { .. }) => None,
            (_, Node::Struct { .. }) => {
                let old_name = outer.old_name.as_ref()?;
                fields(self.new_shape(), upper, &|position, _| {
                    self.new
                        .hints
                        .slot((upper, position))
                        .renamed_from
                        .contains(old_name)
                })
            }
            (Node::Struct { .. }, _) => fields(self.old_shape(), lower, &|_, name| {
                outer.renamed_from.iter().any(|hint| hint == name)
            }),
            _ => None,
        }
    }

    /// Pairs a value with one field of a struct, and adds or drops the others.
    pub(super) fn pair_with_field(
        &mut self,
        arm: ArmId,
        (lower, upper): (NodeId, NodeId),
        rule: &Rule,
        path: &str,
    ) -> Paired {
        let Some(field) = self.hinted_field(lower, upper) else {
            return self.refuse_types(arm, lower, upper, path);
        };
        let is_into = rule.how == How::Into;
        let (shape, owner) = if is_into {
            (self.new_shape(), upper)
        } else {
            (self.old_shape(), lower)
        };
        let fields = slot_list(shape, owner);
        let others = (0..fields.len()).filter(|position| *position != field);
        let (name, node) = fields[field].clone();
        // The hint is used: within, a value that would have to become its own part has none.
        let (item, dropped, added) = if is_into {
            self.new_slot_id((upper, field));
            self.enter_slot(None, Vec::new(), None);
            let item = self.pair(lower, node, &format!("{path}.{name}"), None);
            self.leave_slot();
            let added = others
                .map(|position| self.add_slot((upper, position), path))
                .collect();
            (item, Vec::new(), added)
        } else {
            self.enter_slot(None, Vec::new(), None);
            let item = self.pair(node, upper, path, None);
            self.leave_slot();
            let dropped = others
                .map(|position| self.drop_slot((lower, position), path))
                .collect();
            (item, dropped, Vec::new())
        };
        let carried = vec![Carried {
            lower: if is_into { 0 } else { narrow(field) },
            upper: if is_into { narrow(field) } else { 0 },
            arm: item.arm,
        }];
        let kind = ArmKind::Fields {
            carried,
            dropped,
            added,
        };
        let classes = self.nested_deeper(rule.classes, is_into);
        self.finish(arm, kind, worst(Some(classes), item.reshaped))
    }

    /// Refuses a change between types that don't convert.
    pub(super) fn refuse_types(&mut self, arm: ArmId, lower: NodeId, upper: NodeId, path: &str) -> Paired {
        let (old, new) = (self.old_shape(), self.new_shape());
        let (from, to) = (old.sub_shape(lower), new.sub_shape(upper));
        let mut fixes = self.field_hints(lower, upper);
        let kind = if fixes.is_empty() {
            RefusalKind::NoConversion
        } else {
            RefusalKind::Ambiguous
        };
        let mut problem = format!("there is no conversion from {from} to {to}");
        if kind == RefusalKind::Ambiguous {
            problem = format!("{from} becomes {to}: through which field?");
        } else if let Some(why) = self
            .meeting(lower, upper)
            .open_question()
            .or_else(|| why_refused(old.node(lower), new.node(upper)))
        {
            problem.push_str(&format!(": {why}"));
        }
        fixes.extend(self.own_code_fixes());
        self.refuse(kind, path, problem, fixes);
        let refused = Classes {
            up: crate::codec::Class::Refused,
            down: crate::codec::Class::Refused,
        };
        self.finish(arm, ArmKind::Convert, Some(refused))
    }

    /// Refuses an array that gets longer and whose items have no natural zero.
    pub(super) fn refuse_longer(&mut self, item: NodeId, count: u32, path: &str) {
        let ty = self.new_shape().sub_shape(item);
        let problem = format!("the array is longer by {count}, and {ty} has no natural zero");
        let fixes = self.own_code_fixes();
        self.refuse(RefusalKind::NoDefault, path, problem, fixes);
    }

    /// Returns the ways out that a function of the program is.
    fn own_code_fixes(&self) -> Vec<String> {
        let field = self.nearest_field();
        vec![
            format!("#[quanta(convert_with = path::to::function)] at `{field}`"),
            format!(
                "keep `{field}` as it was, and add the new field beside it, under another name, with \
                 `#[quanta(init_with = path::to::function)]`"
            ),
            format!(
                "#[quanta(new)] at `{field}`, if it has nothing to do with the old `{field}`, whose values are kept then"
            ),
        ]
    }

    /// Lists the hints that would lead through a field of a struct.
    fn field_hints(&self, lower: NodeId, upper: NodeId) -> Vec<String> {
        let Some(outer) = self.outer.last() else {
            return Vec::new();
        };
        let (old, new) = (self.old_shape(), self.new_shape());
        match (old.node(lower), new.node(upper), &outer.old_name) {
            (Node::Struct { .. }, Node::Struct { .. } | Node::Tuple(_), _) => Vec::new(),
            (_, Node::Struct { label, .. }, Some(old_name)) => slot_list(new, upper)
                .into_iter()
                .filter(|(_, node)| may_become(old, lower, new, *node))
                .map(|(name, _)| format!("#[quanta(renamed_from = \"{old_name}\")] at `{name}` of {label}"))
                .collect(),
            (Node::Struct { .. }, _, Some(_)) => slot_list(old, lower)
                .into_iter()
                .filter(|(_, node)| may_become(old, *node, new, upper))
                .map(|(name, _)| {
                    let at = &outer.field;
                    match outer.renamed_from.join("\", \"").as_str() {
                        "" => format!("#[quanta(renamed_from = \"{name}\")] at `{at}`"),
                        known => format!("#[quanta(renamed_from(\"{known}\", \"{name}\"))] at `{at}`"),
                    }
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Says why there is no conversion where the reason is not that the types have nothing in common.
fn why_refused(old: &Node, new: &Node) -> Option<&'static str> {
    use crate::schema::Scalar::{Date, Duration, Timestamp};
    let is_time = |node: &Node| matches!(node, Node::Scalar(Timestamp | Date | Duration));
    let is_number = |node: &Node| matches!(node, Node::Scalar(scalar) if scalar.is_number());
    if is_time(old) && is_number(new) || is_number(old) && is_time(new) {
        return Some("a number does not say which unit it counts, nor from when");
    }
    None
}
