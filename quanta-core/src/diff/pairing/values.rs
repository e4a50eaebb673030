//! The value of a slot that goes on: converted by what is built in or by the program, guarded where a failure is
//! resolved.

use crate::codec::{Class, Classes};
use crate::schema::{Conversion, Node, NodeId, Resolution, Slot, SlotHint};

use super::super::lens::{ArmId, ArmKind};
use super::super::refusal::RefusalKind;
use super::super::step::{Change, OwnConversion, Step};
use super::super::zero::natural_zero;
use super::slots::slot_at;
use super::{Paired, Pairing};

impl Pairing<'_> {
    /// Pairs the types of a slot that goes on, and says what changes about its type as a whole.
    pub(super) fn carry_value(&mut self, from: Slot, to: Slot, place: String) -> ArmId {
        let (_, old) = slot_at(self.old_shape(), from.0, from.1);
        let (_, new) = slot_at(self.new_shape(), to.0, to.1);
        let hint = self.new.hints.slot(to);
        let resolution = self.resolution(&hint, &place);
        let steps_before = self.steps.len();
        let own = hint
            .conversion
            .as_ref()
            .filter(|conversion| self.is_meant(conversion, old, new));
        let refusals_before = self.refusals.len();
        let paired = match own {
            Some(conversion) => self.pair_own((old, new), conversion, &place),
            None => self.pair(old, new, &place, hint.default.as_deref()),
        };
        if let (None, Some(conversion)) = (own, &hint.conversion) {
            self.explain_unmeant(conversion, old, refusals_before);
        }
        let by = own.map(|conversion| OwnConversion {
            up: conversion.name.clone(),
            down: conversion.inverse.clone(),
        });
        // A type that contains itself is paired arm by arm even where nothing about it changes.
        let is_same = || {
            let (old, new) = (self.old_shape().sub_shape(old), self.new_shape().sub_shape(new));
            self.steps.len() == steps_before && old.is_same_as(&new)
        };
        let resolution = resolution.filter(|_| own.is_some() || !is_same());
        let (arm, guarded) = match resolution {
            Some(Resolution::Default) if self.may_fail(paired.arm) => {
                let guarded = self.guard(paired.arm, (old, new), &hint, &place);
                (guarded.unwrap_or(paired.arm), guarded.is_some())
            }
            _ => (paired.arm, false),
        };
        let on_failure = resolution.filter(|_| guarded || self.may_fail(arm));
        if on_failure == Some(Resolution::DropRow) {
            self.drops.insert(place.clone());
        }
        self.change_type(paired, (old, new), place, (hint.default, by, on_failure));
        if guarded {
            // What is guarded can't fail any more.
            for step in &mut self.steps[steps_before..] {
                if step.class == Class::Checked {
                    step.class = Class::Lossy;
                }
            }
        }
        arm
    }

    /// Returns what becomes of rows whose value at a place doesn't fit, if that is said.
    fn resolution(&self, hint: &SlotHint, place: &str) -> Option<Resolution> {
        let said = hint
            .on_failure
            .or_else(|| self.new.hints.on_failure.get(place).copied());
        // What is said for all tables holds at the fields of rows: a guard there guards everything inside.
        said.or_else(|| {
            self.new
                .on_failure
                .filter(|_| !place.contains(['.', '[', '{', ':']))
        })
    }

    /// Tells whether a function is for values of the old type, and not for those of another time.
    pub(super) fn is_meant(&self, conversion: &Conversion, old: NodeId, new: NodeId) -> bool {
        let (old, new) = (self.old_shape().sub_shape(old), self.new_shape().sub_shape(new));
        conversion.takes.is_same_as(&old) && !old.is_same_as(&new)
    }

    /// Says in refusals of a conversion why the function that is there doesn't help.
    fn explain_unmeant(&mut self, conversion: &Conversion, old: NodeId, refusals_before: usize) {
        let stored = self.old_shape().sub_shape(old);
        let Conversion { name, takes, .. } = conversion;
        for refusal in &mut self.refusals[refusals_before..] {
            if refusal.kind == RefusalKind::NoConversion {
                let why = format!("; `{name}` doesn't help: it takes {takes}, and {stored} is stored");
                refusal.problem.push_str(&why);
            }
        }
    }

    fn pair_own(&mut self, (old, new): (NodeId, NodeId), conversion: &Conversion, place: &str) -> Paired {
        let arm = self.push(old, new, place);
        let kind = ArmKind::Own {
            up: conversion.name.clone(),
            down: conversion.inverse.clone(),
        };
        // A function may decline any value.
        let classes = Classes {
            up: Class::Checked,
            down: Class::Checked,
        };
        self.finish(arm, kind, Some(classes))
    }

    /// Puts a guard around an arm: values that don't fit become the default.
    fn guard(
        &mut self,
        item: ArmId,
        (old, new): (NodeId, NodeId),
        hint: &SlotHint,
        place: &str,
    ) -> Option<ArmId> {
        let default = hint.default.clone();
        let Some(fill) = default.or_else(|| natural_zero(self.new_shape(), new, self.new.hints)) else {
            let ty = self.new_shape().sub_shape(new);
            self.refuse(
                RefusalKind::NoDefault,
                place,
                format!("values that don't fit become the default, and {ty} has none"),
                vec![
                    "#[quanta(default = ..)] at the field".to_owned(),
                    "#[quanta(on_failure = \"drop_row\")] at the field".to_owned(),
                ],
            );
            return None;
        };
        let arm = self.push(old, new, place);
        self.finish(arm, ArmKind::Guard { item, fill }, None);
        Some(arm)
    }

    /// Adds the step of a type that changes as a whole.
    fn change_type(
        &mut self,
        paired: Paired,
        (old, new): (NodeId, NodeId),
        path: String,
        (default, by, on_failure): (Option<Vec<u8>>, Option<OwnConversion>, Option<Resolution>),
    ) {
        let Some(classes) = paired.reshaped else { return };
        let from = self.old_shape().sub_shape(old).to_string();
        let to = self.new_shape().sub_shape(new).to_string();
        let becomes_required = matches!(self.old_shape().node(old), Node::Option(_))
            && !matches!(self.new_shape().node(new), Node::Option(_));
        let change = Change::ChangeType {
            path,
            from,
            to,
            fill: default.filter(|_| becomes_required),
            by,
            on_failure,
        };
        self.steps.push(Step::classed(self.table, change, classes));
    }

    /// Tells whether a value may fail to cross an arm upwards; true where that is not known.
    fn may_fail(&self, arm: ArmId) -> bool {
        self.may_fail_within(arm, &mut Vec::new())
    }

    fn may_fail_within(&self, arm: ArmId, path: &mut Vec<ArmId>) -> bool {
        if path.contains(&arm) {
            return false;
        }
        path.push(arm);
        let mut deeper = |arm: &ArmId| self.may_fail_within(*arm, path);
        let arm = &self.arms[arm.0 as usize];
        let fails = match &arm.kind {
            ArmKind::Same | ArmKind::Guard { .. } => false,
            ArmKind::Fields { carried, .. } => carried.iter().any(|slot| deeper(&slot.arm)),
            ArmKind::Variants { carried, replaced } => {
                let variants = self.old_shape().node(arm.lower).slot_count();
                carried.len() + replaced.len() < variants || carried.iter().any(|slot| deeper(&slot.arm))
            }
            ArmKind::Option(item) | ArmKind::Wrap { item, .. } => deeper(item),
            ArmKind::Unwrap { item, fill } => fill.is_none() || deeper(item),
            _ => true,
        };
        path.pop();
        fails
    }
}
