//! Pairing structs and enums slot by slot: what goes on, what went, what came.

use std::collections::BTreeSet;

use crate::codec::Encoder;
use crate::schema::{Initial, Node, NodeId, Shape, Slot, SlotHint, TableHints};

use super::super::convertible::may_become;
use super::super::lens::{ArmId, ArmKind, Carried, Fill, Orphan, Replaced};
use super::super::names::{NamePairs, NewSlot, pair_names};
use super::super::refusal::RefusalKind;
use super::super::step::Change;
use super::super::zero::natural_zero;
use super::{Paired, Pairing, narrow};

/// A slot's name and type.
type Named = (String, NodeId);

/// What is consumed of a slot that was said to be new: it says so of its beginning, not of a later change.
pub const NEW_MARK: &str = "@new";

/// What the slots of a node are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SlotKind {
    Field,
    Variant,
}

impl SlotKind {
    fn place(self, path: &str, name: &str) -> String {
        match self {
            Self::Field => joined(path, name),
            Self::Variant => format!("{path}::{name}"),
        }
    }

    /// Returns the name of the field at which an attribute about the slot's type stands; none for a variant.
    fn attribute(self, name: String) -> Option<String> {
        (self == Self::Field).then_some(name)
    }

    fn rename(self, path: String, from: String) -> Change {
        match self {
            Self::Field => Change::RenameField { path, from },
            Self::Variant => Change::RenameVariant { path, from },
        }
    }
}

impl Pairing<'_> {
    pub(super) fn pair_structs(&mut self, arm: ArmId, lower: NodeId, upper: NodeId, path: &str) -> Paired {
        let names = self.pair_slots(lower, upper, path);
        let carried = self.carry_slots(SlotKind::Field, &names, (lower, upper), path);
        let dropped = names
            .gone
            .iter()
            .map(|position| self.drop_slot((lower, *position), path))
            .collect();
        let added = names
            .come
            .iter()
            .map(|position| self.add_slot((upper, *position), path))
            .collect();
        self.finish(
            arm,
            ArmKind::Fields {
                carried,
                dropped,
                added,
            },
            None,
        )
    }

    pub(super) fn pair_enums(&mut self, arm: ArmId, lower: NodeId, upper: NodeId, path: &str) -> Paired {
        let mut names = self.pair_slots(lower, upper, path);
        let carried = self.carry_slots(SlotKind::Variant, &names, (lower, upper), path);
        let replaced = self.replace_variants(&mut names, (lower, upper), path);
        for position in &names.gone {
            let (name, payload) = slot_at(self.old_shape(), lower, *position);
            self.step(Change::DropVariant {
                path: SlotKind::Variant.place(path, &name),
                ty: self.old_shape().sub_shape(payload).to_string(),
                becomes: None,
            });
        }
        for position in &names.come {
            self.new_slot_id((upper, *position));
            let (name, payload) = slot_at(self.new_shape(), upper, *position);
            self.step(Change::AddVariant {
                path: SlotKind::Variant.place(path, &name),
                ty: self.new_shape().sub_shape(payload).to_string(),
            });
        }
        self.finish(arm, ArmKind::Variants { carried, replaced }, None)
    }

    /// Takes out of the variants that went those for which another one stands in.
    fn replace_variants(
        &mut self,
        names: &mut NamePairs,
        (lower, upper): (NodeId, NodeId),
        path: &str,
    ) -> Vec<Replaced> {
        let mut replaced = Vec::new();
        for position in std::mem::take(&mut names.gone) {
            let (name, payload) = slot_at(self.old_shape(), lower, position);
            let Some(value) = self.fallback_of(&name, upper, path) else {
                names.gone.push(position);
                continue;
            };
            self.step(Change::DropVariant {
                path: SlotKind::Variant.place(path, &name),
                ty: self.old_shape().sub_shape(payload).to_string(),
                becomes: Some(value.0),
            });
            replaced.push(Replaced {
                lower: narrow(position),
                value: value.1,
            });
        }
        replaced
    }

    /// Finds the variant that stands in for one that went, and its encoded value.
    fn fallback_of(&mut self, gone: &str, upper: NodeId, path: &str) -> Option<(String, Vec<u8>)> {
        let slots = slot_list(self.new_shape(), upper);
        let stands_in = |position: &usize| {
            let hint = self.new.hints.slot((upper, *position));
            hint.fallback_for.iter().any(|name| name == gone)
        };
        let position = (0..slots.len()).find(stands_in)?;
        let (name, payload) = slots[position].clone();
        let value = natural_zero(self.new_shape(), payload, self.new.hints).map(|zero| {
            let mut out = Encoder::default();
            out.variant(narrow(position));
            out.raw(&zero);
            out.finish().unwrap_or_default()
        });
        if value.is_none() {
            self.refuse(
                RefusalKind::NoDefault,
                &SlotKind::Variant.place(path, &name),
                format!("it stands in for `{gone}`, and its payload has no default"),
                vec![format!("give `{name}` a payload with defaults, or none")],
            );
        }
        value.map(|value| (name, value))
    }

    /// Pairs the types of the slots that go on, and says what changes about each.
    fn carry_slots(
        &mut self,
        kind: SlotKind,
        names: &NamePairs,
        (lower, upper): (NodeId, NodeId),
        path: &str,
    ) -> Vec<Carried> {
        let mut carried = Vec::new();
        for (from, to) in &names.carried {
            let (old_name, _) = slot_at(self.old_shape(), lower, *from);
            let (new_name, _) = slot_at(self.new_shape(), upper, *to);
            let place = kind.place(path, &new_name);
            self.carry_slot((lower, *from), (upper, *to));
            if old_name != new_name {
                self.step(kind.rename(place.clone(), old_name.clone()));
            }
            let hint = self.new.hints.slot((upper, *to));
            self.enter_slot(Some(old_name), hint.renamed_from, kind.attribute(new_name));
            let arm = self.carry_value((lower, *from), (upper, *to), place);
            self.leave_slot();
            carried.push(Carried {
                lower: narrow(*from),
                upper: narrow(*to),
                arm,
            });
        }
        carried
    }

    /// Pairs the slots of two nodes by hints and names, and refuses what may be a rename but isn't said to be.
    fn pair_slots(&mut self, lower: NodeId, upper: NodeId, path: &str) -> NamePairs {
        let (old, new) = (
            slot_list(self.old_shape(), lower),
            slot_list(self.new_shape(), upper),
        );
        let old_names: Vec<&str> = old.iter().map(|(name, _)| name.as_str()).collect();
        let hints: Vec<SlotHint> = (0..new.len())
            .map(|position| self.new.hints.slot((upper, position)))
            .collect();
        let consumed: Vec<BTreeSet<String>> = new
            .iter()
            .map(|(name, _)| self.consumed_at(lower, &old_names, name))
            .collect();
        let slots: Vec<NewSlot<'_>> = new
            .iter()
            .zip(hints.iter().zip(&consumed))
            .map(|((name, _), (hint, consumed))| NewSlot { name, hint, consumed })
            .collect();
        let mut names = pair_names(&old_names, &slots);
        self.part_renewed((&old, &new), (&hints, &consumed), &mut names);
        let stands_in = |name: &str| {
            hints
                .iter()
                .any(|hint| hint.fallback_for.iter().any(|old| old == name))
        };
        let unexplained: Vec<usize> = names
            .gone
            .iter()
            .copied()
            .filter(|position| !stands_in(old_names[*position]))
            .collect();
        for (position, taken) in &names.clashes {
            let problem = format!(
                "`{}` claims the old name `{taken}`, which another slot claims too",
                new[*position].0
            );
            let fix = format!("leave `renamed_from = \"{taken}\"` at only one of them");
            self.refuse(RefusalKind::Claimed, path, problem, vec![fix]);
        }
        self.refuse_ambiguous((&old, &unexplained), (&new, &names.come), &hints, path);
        names
    }

    /// Parts slots of one name that have nothing to do with each other: there is no conversion between their types, and
    /// the new one is said to be new. A slot that was new before says nothing by that.
    fn part_renewed(
        &self,
        (old, new): (&[Named], &[Named]),
        (hints, consumed): (&[SlotHint], &[BTreeSet<String>]),
        names: &mut NamePairs,
    ) {
        let has_slots = |shape: &Shape, node| shape.node(node).slot_count() > 0;
        let converts = |hint: &SlotHint, lower, upper| {
            let own = hint.conversion.as_ref();
            own.is_some_and(|conversion| self.is_meant(conversion, lower, upper))
                || may_become(self.old_shape(), lower, self.new_shape(), upper)
                || (has_slots(self.old_shape(), lower) && has_slots(self.new_shape(), upper))
        };
        names.carried.retain(|(from, to)| {
            let ((old_name, lower), (new_name, upper)) = (&old[*from], &new[*to]);
            let said = hints[*to].is_new && !consumed[*to].contains(NEW_MARK);
            if old_name != new_name || !said || converts(&hints[*to], *lower, *upper) {
                return true;
            }
            names.gone.push(*from);
            names.come.push(*to);
            false
        });
        names.gone.sort_unstable();
        names.come.sort_unstable();
    }

    /// Returns the old names that an earlier version consumed at the slot of that name.
    fn consumed_at(&self, lower: NodeId, old_names: &[&str], name: &str) -> BTreeSet<String> {
        let position = old_names.iter().position(|old| *old == name);
        let id = position.and_then(|position| self.old.slots.get(&(lower, position)));
        let of_slot = self.old.consumed.iter().filter(|(slot, _)| Some(slot) == id);
        of_slot.map(|(_, name)| name.clone()).collect()
    }

    fn refuse_ambiguous(
        &mut self,
        (old, gone): (&[(String, NodeId)], &[usize]),
        (new, come): (&[(String, NodeId)], &[usize]),
        hints: &[SlotHint],
        path: &str,
    ) {
        for position in come {
            let hint = &hints[*position];
            if hint.is_new || matches!(hint.initial, Initial::Computed(_)) {
                continue;
            }
            let (new_name, new_node) = &new[*position];
            let mut candidates: Vec<(&str, f32)> = gone
                .iter()
                .map(|position| &old[*position])
                .filter(|(_, node)| may_become(self.old_shape(), *node, self.new_shape(), *new_node))
                .map(|(name, _)| (name.as_str(), similarity(name, new_name)))
                .collect();
            candidates.sort_by(|one, two| two.1.total_cmp(&one.1));
            if candidates.is_empty() {
                continue;
            }
            let shown: Vec<String> = candidates
                .iter()
                .map(|(name, similarity)| match name.parse::<u32>() {
                    Ok(position) => format!("position {position}"),
                    Err(_) => format!("`{name}` ({:.0} % similar)", similarity * 100.0),
                })
                .collect();
            let problem = format!(
                "`{new_name}` came and {} went: a rename, or not?",
                shown.join(", ")
            );
            let place = joined(path, new_name);
            let mut fixes: Vec<String> = candidates
                .iter()
                .map(|(name, _)| {
                    format!("#[quanta(renamed_from = \"{name}\")] at `{new_name}`, to keep its values")
                })
                .collect();
            fixes.push(format!(
                "#[quanta(new)] at `{new_name}`, if it has nothing to do with them"
            ));
            self.refuse(RefusalKind::Ambiguous, &place, problem, fixes);
        }
    }

    pub(super) fn carry_slot(&mut self, old: Slot, new: Slot) {
        if let Some(id) = self.old.slots.get(&old) {
            self.slots.entry(new).or_insert(*id);
        }
    }

    pub(super) fn new_slot_id(&mut self, slot: Slot) {
        if !self.slots.contains_key(&slot) {
            self.slots.insert(slot, self.next_slot);
            self.next_slot += 1;
        }
    }

    pub(super) fn drop_slot(&mut self, (node, position): Slot, path: &str) -> Orphan {
        let (name, ty) = slot_at(self.old_shape(), node, position);
        let place = joined(path, &name);
        let written = self.old.write_defaults.get(&place).cloned();
        let zero = written.or_else(|| natural_zero(self.old_shape(), ty, &TableHints::default()));
        let fill = zero.map_or(Fill::Missing, Fill::Value);
        let ty = self.old_shape().sub_shape(ty).to_string();
        self.step(Change::DropField {
            path: place.clone(),
            ty,
            fill: fill.clone(),
        });
        Orphan {
            position: narrow(position),
            path: place,
            fill,
        }
    }

    pub(super) fn add_slot(&mut self, (node, position): Slot, path: &str) -> Orphan {
        self.new_slot_id((node, position));
        let (name, ty) = slot_at(self.new_shape(), node, position);
        let place = joined(path, &name);
        let hint = self.new.hints.slot((node, position));
        let fill = match (hint.initial, hint.default) {
            (Initial::Once(name), _) => Fill::Once(name),
            (Initial::Computed(name), _) => Fill::Computed(name),
            (Initial::Default, Some(default)) => Fill::Value(default),
            (Initial::Default, None) => {
                natural_zero(self.new_shape(), ty, self.new.hints).map_or(Fill::Missing, Fill::Value)
            }
        };
        let ty = self.new_shape().sub_shape(ty).to_string();
        if fill == Fill::Missing {
            let problem = format!("the new field `{name}` of type {ty} has no value for the rows that exist");
            self.refuse(
                RefusalKind::NoDefault,
                &place,
                problem,
                vec![
                    format!("#[quanta(default = ..)] at `{name}`"),
                    format!("make it an option: {name}: Option<..>"),
                ],
            );
        }
        self.step(Change::AddField {
            path: place.clone(),
            ty,
            fill: fill.clone(),
        });
        Orphan {
            position: narrow(position),
            path: place,
            fill,
        }
    }
}

/// Lists the names and types of the slots of a struct, enum or tuple, whose positions are named `0`, `1`, ..
pub(super) fn slot_list(shape: &Shape, id: NodeId) -> Vec<(String, NodeId)> {
    let count = shape.node(id).slot_count();
    (0..count).map(|position| slot_at(shape, id, position)).collect()
}

/// Returns the name and the type of one slot.
pub(super) fn slot_at(shape: &Shape, id: NodeId, position: usize) -> (String, NodeId) {
    match shape.node(id) {
        Node::Struct { fields, .. } => (fields[position].name.clone(), fields[position].node),
        Node::Enum { variants, .. } => (variants[position].name.clone(), variants[position].payload),
        other => (position.to_string(), other.children()[position]),
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Returns how similar two names are, from 0 to 1.
fn similarity(one: &str, two: &str) -> f32 {
    similar::TextDiff::from_chars(one, two).ratio()
}
