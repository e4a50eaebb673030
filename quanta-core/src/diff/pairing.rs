//! Pairing two shapes node by node, which gives the lens between them and the steps.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::{Class, convert};
use crate::schema::{Initial, Node, NodeId, Scalar, Schema, Shape, Slot, SlotHint, TableHints};

use super::convertible::{is_unit_enum, may_become};
use super::lens::{Arm, ArmId, ArmKind, Carried, Fill, Lens, Orphan};
use super::names::{NamePairs, NewSlot, pair_names};
use super::refusal::{Refusal, RefusalKind};
use super::same::mark_same;
use super::step::{Change, Step};
use super::zero::natural_zero;

/// The id of every slot of a version: it follows a field through renames.
pub type SlotIds = BTreeMap<Slot, u32>;

/// Hints that were seen: the id of the slot they stand at, and the old name.
pub type Consumed = BTreeSet<(u32, String)>;

/// A stored version, as pairing sees it.
#[derive(Debug, Clone, Copy)]
pub struct OldSide<'a> {
    /// The stored schema.
    pub schema: &'a Schema,
    /// Ids of its slots.
    pub slots: &'a SlotIds,
    /// Hints that were consumed on the way from the root to it.
    pub consumed: &'a Consumed,
    /// Explicit defaults of its top-level fields.
    pub write_defaults: &'a BTreeMap<String, Vec<u8>>,
}

/// A declared schema, as pairing sees it.
#[derive(Debug, Clone, Copy)]
pub struct NewSide<'a> {
    /// The declared schema.
    pub schema: &'a Schema,
    /// The hints beside it.
    pub hints: &'a TableHints,
}

/// What lies between two schemas of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDiff {
    /// One entry for each change of shape; empty if the shapes are equal.
    pub steps: Vec<Step>,
    /// The way between the shapes.
    pub lens: Lens,
    /// Ids of the new slots: carried, or counted on from the counter.
    pub slots: SlotIds,
    /// The counter of slot ids afterwards.
    pub next_slot: u32,
    /// Hints that the new version consumes.
    pub consumed: Consumed,
    /// Why the change can't be made as it stands.
    pub refusals: Vec<Refusal>,
}

/// Pairs two schemas of the table of that name.
#[must_use]
pub fn pair_tables(table: &str, old: OldSide<'_>, new: NewSide<'_>, next_slot: u32) -> TableDiff {
    let mut pairing = Pairing {
        table,
        old,
        new,
        arms: Vec::new(),
        met: BTreeMap::new(),
        steps: Vec::new(),
        slots: BTreeMap::new(),
        next_slot,
        refusals: Vec::new(),
    };
    pairing.pair(NodeId::ROOT, NodeId::ROOT, "", None);
    pairing.check_key();
    pairing.number_rest();
    let consumed = pairing.consumed_hints();
    let Pairing {
        arms,
        steps,
        slots,
        next_slot,
        refusals,
        ..
    } = pairing;
    let mut lens = Lens { arms };
    mark_same(&mut lens, &old.schema.shape, &new.schema.shape);
    TableDiff {
        steps,
        lens,
        slots,
        next_slot,
        consumed,
        refusals,
    }
}

struct Pairing<'a> {
    table: &'a str,
    old: OldSide<'a>,
    new: NewSide<'a>,
    arms: Vec<Arm>,
    /// Arms of pairs of named nodes: a recursive type meets its pair again.
    met: BTreeMap<(NodeId, NodeId), ArmId>,
    steps: Vec<Step>,
    slots: SlotIds,
    next_slot: u32,
    refusals: Vec<Refusal>,
}

/// An arm, and whether the type at its place changes as a whole: then the nearest named slot says so.
#[derive(Clone, Copy)]
struct Paired {
    arm: ArmId,
    reshaped: Option<Class>,
}

impl<'a> Pairing<'a> {
    fn old_shape(&self) -> &'a Shape {
        &self.old.schema.shape
    }

    fn new_shape(&self) -> &'a Shape {
        &self.new.schema.shape
    }

    fn push(&mut self, lower: NodeId, upper: NodeId, path: &str) -> ArmId {
        let id = ArmId(u32::try_from(self.arms.len()).expect("a lens has fewer than 2^32 arms"));
        self.arms.push(Arm {
            lower,
            upper,
            path: path.to_owned(),
            kind: ArmKind::Same,
        });
        id
    }

    fn finish(&mut self, arm: ArmId, kind: ArmKind, reshaped: Option<Class>) -> Paired {
        self.arms[arm.0 as usize].kind = kind;
        Paired { arm, reshaped }
    }

    fn step(&mut self, change: Change, class: Class) {
        self.steps.push(Step {
            table: self.table.to_owned(),
            change,
            class,
        });
    }

    fn refuse(&mut self, kind: RefusalKind, path: &str, problem: String, fixes: Vec<String>) {
        self.refusals.push(Refusal {
            kind,
            table: self.table.to_owned(),
            path: path.to_owned(),
            problem,
            fixes,
        });
    }

    /// Pairs two nodes. `default` is the explicit default of the field they belong to.
    fn pair(&mut self, lower: NodeId, upper: NodeId, path: &str, default: Option<&[u8]>) -> Paired {
        let (old, new) = (self.old_shape().node(lower), self.new_shape().node(upper));
        let is_named = matches!(new, Node::Struct { .. } | Node::Enum { .. });
        if let Some(arm) = self.met.get(&(lower, upper)).filter(|_| is_named) {
            return Paired {
                arm: *arm,
                reshaped: None,
            };
        }
        let arm = self.push(lower, upper, path);
        if is_named {
            self.met.insert((lower, upper), arm);
        }
        match (old, new) {
            (Node::Struct { .. }, Node::Struct { .. }) => self.pair_structs(arm, lower, upper, path),
            (Node::Enum { .. }, Node::Enum { .. }) => self.pair_enums(arm, lower, upper, path),
            (Node::Option(from), Node::Option(to)) => {
                let item = self.pair(*from, *to, path, None);
                self.finish(arm, ArmKind::Option(item.arm), item.reshaped)
            }
            (Node::Option(from), _) => self.pair_unwrap(arm, *from, upper, path, default),
            (_, Node::Option(to)) => {
                let item = self.pair(lower, *to, path, None);
                let class = item.reshaped.unwrap_or(Class::Exact);
                self.finish(
                    arm,
                    ArmKind::Wrap {
                        item: item.arm,
                        fill: None,
                    },
                    Some(class),
                )
            }
            (Node::Map(key, value), Node::Map(new_key, new_value)) => {
                let key = self.pair(*key, *new_key, &format!("{path}{{key}}"), None);
                let value = self.pair(*value, *new_value, &format!("{path}{{value}}"), None);
                // Two keys may become one.
                let keys = key.reshaped.map(|class| {
                    if class == Class::Exact {
                        class
                    } else {
                        Class::Checked
                    }
                });
                self.finish(
                    arm,
                    ArmKind::Entries(key.arm, value.arm),
                    keys.max(value.reshaped),
                )
            }
            (Node::Tuple(from), Node::Tuple(to)) => self.pair_positions(arm, lower, upper, (from, to), path),
            (Node::Scalar(Scalar::Unit), Node::Tuple(to)) => {
                self.pair_positions(arm, lower, upper, (&[], to), path)
            }
            (Node::Tuple(from), Node::Scalar(Scalar::Unit)) => {
                self.pair_positions(arm, lower, upper, (from, &[]), path)
            }
            (Node::Scalar(Scalar::Unit), Node::Struct { .. })
            | (Node::Struct { .. }, Node::Scalar(Scalar::Unit)) => self.pair_structs(arm, lower, upper, path),
            _ => self.pair_items_or_leaves(arm, (old, lower), (new, upper), path),
        }
    }

    fn pair_items_or_leaves(
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

    fn pair_unwrap(
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

    fn pair_positions(
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

    fn pair_structs(&mut self, arm: ArmId, lower: NodeId, upper: NodeId, path: &str) -> Paired {
        let names = self.pair_slots(lower, upper, path);
        let (old, new) = (
            slot_list(self.old_shape(), lower),
            slot_list(self.new_shape(), upper),
        );
        let mut carried = Vec::new();
        for (from, to) in &names.carried {
            let ((old_name, old_node), (new_name, new_node)) = (old[*from], new[*to]);
            let place = joined(path, new_name);
            self.carry_slot((lower, *from), (upper, *to));
            if old_name != new_name {
                self.step(
                    Change::RenameField {
                        path: place.clone(),
                        from: old_name.to_owned(),
                    },
                    Class::Exact,
                );
            }
            let default = self.new.hints.slot((upper, *to)).default;
            let item = self.pair(old_node, new_node, &place, default.as_deref());
            if let Some(class) = item.reshaped {
                let (from, to) = (
                    self.old_shape().sub_shape(old_node),
                    self.new_shape().sub_shape(new_node),
                );
                let change = Change::ChangeType {
                    path: place,
                    from: from.to_string(),
                    to: to.to_string(),
                    fill: default,
                };
                self.step(change, class);
            }
            carried.push(Carried {
                lower: narrow(*from),
                upper: narrow(*to),
                arm: item.arm,
            });
        }
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

    fn pair_enums(&mut self, arm: ArmId, lower: NodeId, upper: NodeId, path: &str) -> Paired {
        let names = self.pair_slots(lower, upper, path);
        let (old, new) = (
            slot_list(self.old_shape(), lower),
            slot_list(self.new_shape(), upper),
        );
        let mut carried = Vec::new();
        for (from, to) in &names.carried {
            let ((old_name, old_node), (new_name, new_node)) = (old[*from], new[*to]);
            let place = format!("{path}::{new_name}");
            self.carry_slot((lower, *from), (upper, *to));
            if old_name != new_name {
                self.step(
                    Change::RenameVariant {
                        path: place.clone(),
                        from: old_name.to_owned(),
                    },
                    Class::Exact,
                );
            }
            let payload = self.pair(old_node, new_node, &place, None);
            if let Some(class) = payload.reshaped {
                let (from, to) = (
                    self.old_shape().sub_shape(old_node),
                    self.new_shape().sub_shape(new_node),
                );
                let change = Change::ChangeType {
                    path: place,
                    from: from.to_string(),
                    to: to.to_string(),
                    fill: None,
                };
                self.step(change, class);
            }
            carried.push(Carried {
                lower: narrow(*from),
                upper: narrow(*to),
                arm: payload.arm,
            });
        }
        for position in &names.gone {
            self.step(
                Change::DropVariant {
                    path: format!("{path}::{}", old[*position].0),
                },
                Class::Checked,
            );
        }
        for position in &names.come {
            self.new_slot_id((upper, *position));
            self.step(
                Change::AddVariant {
                    path: format!("{path}::{}", new[*position].0),
                },
                Class::Exact,
            );
        }
        self.finish(arm, ArmKind::Variants(carried), None)
    }

    /// Pairs the slots of two nodes by hints and names, and refuses what may be a rename but isn't said to be.
    fn pair_slots(&mut self, lower: NodeId, upper: NodeId, path: &str) -> NamePairs {
        let (old, new) = (
            slot_list(self.old_shape(), lower),
            slot_list(self.new_shape(), upper),
        );
        let old_names: Vec<&str> = old.iter().map(|(name, _)| *name).collect();
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
        let names = pair_names(&old_names, &slots);
        for (position, taken) in &names.clashes {
            let problem = format!(
                "`{}` claims the old name `{taken}`, which another slot claims too",
                new[*position].0
            );
            let fix = format!("leave `renamed_from = \"{taken}\"` at only one of them");
            self.refuse(RefusalKind::Claimed, path, problem, vec![fix]);
        }
        self.refuse_ambiguous((&old, &names.gone), (&new, &names.come), &hints, path);
        names
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
        (old, gone): (&[(&str, NodeId)], &[usize]),
        (new, come): (&[(&str, NodeId)], &[usize]),
        hints: &[SlotHint],
        path: &str,
    ) {
        for position in come {
            let hint = &hints[*position];
            if hint.is_new || matches!(hint.initial, Initial::Computed(_)) {
                continue;
            }
            let (new_name, new_node) = new[*position];
            let mut candidates: Vec<(&str, f32)> = gone
                .iter()
                .map(|position| old[*position])
                .filter(|(_, node)| may_become(self.old_shape(), *node, self.new_shape(), new_node))
                .map(|(name, _)| (name, similarity(name, new_name)))
                .collect();
            candidates.sort_by(|one, two| two.1.total_cmp(&one.1));
            if candidates.is_empty() {
                continue;
            }
            let shown: Vec<String> = candidates
                .iter()
                .map(|(name, similarity)| format!("`{name}` ({:.0} % similar)", similarity * 100.0))
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

    fn carry_slot(&mut self, old: Slot, new: Slot) {
        if let Some(id) = self.old.slots.get(&old) {
            self.slots.entry(new).or_insert(*id);
        }
    }

    fn new_slot_id(&mut self, slot: Slot) {
        if !self.slots.contains_key(&slot) {
            self.slots.insert(slot, self.next_slot);
            self.next_slot += 1;
        }
    }

    fn drop_slot(&mut self, (node, position): Slot, path: &str) -> Orphan {
        let (name, ty) = slot_at(self.old_shape(), node, position);
        let place = joined(path, &name);
        let written = self.old.write_defaults.get(&place).cloned();
        let zero = written.or_else(|| natural_zero(self.old_shape(), ty, &TableHints::default()));
        let fill = zero.map_or(Fill::Missing, Fill::Value);
        let ty = self.old_shape().sub_shape(ty).to_string();
        self.step(
            Change::DropField {
                path: place.clone(),
                ty,
                fill: fill.clone(),
            },
            Class::Lossy,
        );
        Orphan {
            position: narrow(position),
            path: place,
            fill,
        }
    }

    fn add_slot(&mut self, (node, position): Slot, path: &str) -> Orphan {
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
        self.step(
            Change::AddField {
                path: place.clone(),
                ty,
                fill: fill.clone(),
            },
            Class::Exact,
        );
        Orphan {
            position: narrow(position),
            path: place,
            fill,
        }
    }

    /// Gives ids to slots inside of types that are new as a whole.
    fn number_rest(&mut self) {
        for (index, node) in self.new_shape().nodes().iter().enumerate() {
            for position in 0..node.slot_count() {
                self.new_slot_id((NodeId(narrow(index)), position));
            }
        }
    }

    /// A hint is consumed by the version whose open first saw it, applied or not.
    fn consumed_hints(&self) -> Consumed {
        let hints = self.new.hints.slots.iter();
        let named = hints.flat_map(|(slot, hint)| hint.renamed_from.iter().map(move |name| (slot, name)));
        named
            .filter_map(|(slot, name)| self.slots.get(slot).map(|id| (*id, name.clone())))
            .filter(|seen| !self.old.consumed.contains(seen))
            .collect()
    }

    /// Refuses a change of the key that would move rows.
    fn check_key(&mut self) {
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
fn orders_alike(old: &Shape, new: &Shape) -> bool {
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

/// Lists the names and types of the slots of a struct or enum.
fn slot_list(shape: &Shape, id: NodeId) -> Vec<(&str, NodeId)> {
    match shape.node(id) {
        Node::Struct { fields, .. } => fields
            .iter()
            .map(|field| (field.name.as_str(), field.node))
            .collect(),
        Node::Enum { variants, .. } => variants
            .iter()
            .map(|variant| (variant.name.as_str(), variant.payload))
            .collect(),
        _ => Vec::new(),
    }
}

fn slot_at(shape: &Shape, id: NodeId, position: usize) -> (String, NodeId) {
    match shape.node(id) {
        Node::Tuple(items) => (position.to_string(), items[position]),
        _ => {
            let (name, node) = slot_list(shape, id)[position];
            (name.to_owned(), node)
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn narrow(position: usize) -> u32 {
    u32::try_from(position).expect("limits keep counts of slots below 2^32")
}

/// Returns how similar two names are, from 0 to 1.
fn similarity(one: &str, two: &str) -> f32 {
    similar::TextDiff::from_chars(one, two).ratio()
}
