//! Pairing two shapes node by node, which gives the lens between them and the steps.

mod image;
mod indexes;
mod key;
mod references;
mod rows;
mod slots;
mod types;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::{Class, Classes};
use crate::schema::{Node, NodeId, Resolution, Scalar, Schema, Shape, Slot, TableHints};

use super::lens::{Arm, ArmId, ArmKind, Lens};
use super::refusal::{Refusal, RefusalKind};
use super::rows::RowMigration;
use super::same::mark_same;
use super::step::{Change, Step};

pub use indexes::{Numbered, pair_indexes};
pub use key::orders_alike;
pub use references::{Target, pair_references, stays};

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
    /// What becomes of rows that don't fit, where no hint says.
    pub on_failure: Option<Resolution>,
    /// The own migrations that run with the change, in order.
    pub migrations: &'a [&'a RowMigration],
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
    /// Own migrations that the new version consumes.
    pub migrations: BTreeSet<String>,
    /// Ids of the new indexes, by position in the schema: carried, or counted on from the counter.
    pub index_ids: Vec<u32>,
    /// The counter of index ids afterwards.
    pub next_index: u32,
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
        drops: BTreeSet::new(),
        met: BTreeMap::new(),
        steps: Vec::new(),
        slots: BTreeMap::new(),
        next_slot,
        refusals: Vec::new(),
    };
    pairing.pair(NodeId::ROOT, NodeId::ROOT, "", None);
    pairing.pair_keys();
    let rows = pairing.pair_rows(new.migrations);
    pairing.number_rest();
    let consumed = pairing.consumed_hints();
    let Pairing {
        arms,
        drops,
        steps,
        slots,
        next_slot,
        refusals,
        ..
    } = pairing;
    let mut lens = Lens { arms, drops, rows };
    mark_same(&mut lens, &old.schema.shape, &new.schema.shape);
    TableDiff {
        steps,
        lens,
        slots,
        next_slot,
        consumed,
        migrations: new.migrations.iter().map(|migration| migration.id.clone()).collect(),
        index_ids: Vec::new(),
        next_index: 0,
        refusals,
    }
}

/// One side of a change, as pairing of indexes and references sees it.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Its schema, with the names that are current.
    pub schema: &'a Schema,
    /// Ids of its slots.
    pub slots: &'a SlotIds,
    /// Paths of what the program's own code converts on the way to this side.
    pub converted: &'a [String],
}

impl TableDiff {
    /// Lists the paths of what the program's own code converts.
    #[must_use]
    pub fn converted(&self) -> Vec<String> {
        let paths = self.steps.iter().filter_map(|step| match &step.change {
            Change::ChangeType {
                path, by: Some(_), ..
            } => Some(path.clone()),
            _ => None,
        });
        paths.collect()
    }

    /// Adds what changes about indexes and references: what goes comes first, what comes comes last.
    pub fn add_objects(&mut self, steps: Vec<Step>) {
        let goes = |step: &Step| {
            matches!(
                step.change,
                Change::DropIndex { .. } | Change::DropReference { .. }
            )
        };
        let (leaving, coming): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(goes);
        self.steps.splice(0..0, leaving);
        self.steps.extend(coming);
    }
}

struct Pairing<'a> {
    table: &'a str,
    old: OldSide<'a>,
    new: NewSide<'a>,
    arms: Vec<Arm>,
    drops: BTreeSet<String>,
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
    reshaped: Option<Classes>,
}

impl Paired {
    /// Says that the type is another one, even if no part of it tells so.
    fn of_another_kind(self) -> Self {
        Self {
            reshaped: worst(self.reshaped, Some(Classes::EXACT)),
            ..self
        }
    }
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

    fn finish(&mut self, arm: ArmId, kind: ArmKind, reshaped: Option<Classes>) -> Paired {
        self.arms[arm.0 as usize].kind = kind;
        Paired { arm, reshaped }
    }

    fn step(&mut self, change: Change) {
        self.steps.push(Step::new(self.table, change));
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
                let none_is_lost = Classes {
                    up: Class::Exact,
                    down: Class::Checked,
                };
                let classes = item.reshaped.unwrap_or(Classes::EXACT).worst(none_is_lost);
                self.finish(
                    arm,
                    ArmKind::Wrap {
                        item: item.arm,
                        fill: None,
                    },
                    Some(classes),
                )
            }
            (Node::Map(key, value), Node::Map(new_key, new_value)) => {
                let key = self.pair(*key, *new_key, &format!("{path}{{key}}"), None);
                let value = self.pair(*value, *new_value, &format!("{path}{{value}}"), None);
                // Two keys may become one.
                let keys = key.reshaped.map(|classes| Classes {
                    up: may_merge(classes.up),
                    down: may_merge(classes.down),
                });
                self.finish(
                    arm,
                    ArmKind::Entries(key.arm, value.arm),
                    worst(keys, value.reshaped),
                )
            }
            (Node::Tuple(from), Node::Tuple(to)) => self.pair_positions(arm, lower, upper, (from, to), path),
            (Node::Scalar(Scalar::Unit), Node::Tuple(to)) => {
                let paired = self.pair_positions(arm, lower, upper, (&[], to), path);
                paired.of_another_kind()
            }
            (Node::Tuple(from), Node::Scalar(Scalar::Unit)) => {
                let paired = self.pair_positions(arm, lower, upper, (from, &[]), path);
                paired.of_another_kind()
            }
            (Node::Scalar(Scalar::Unit), Node::Struct { .. })
            | (Node::Struct { .. }, Node::Scalar(Scalar::Unit)) => {
                self.pair_structs(arm, lower, upper, path).of_another_kind()
            }
            _ => self.pair_items_or_leaves(arm, (old, lower), (new, upper), path),
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
}

/// Returns the class of a conversion of keys, of which two may become one.
fn may_merge(class: Class) -> Class {
    if class == Class::Exact {
        class
    } else {
        Class::Checked
    }
}

/// Returns the more dangerous of two changes, if there is any.
fn worst(one: Option<Classes>, two: Option<Classes>) -> Option<Classes> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one.worst(two)),
        (one, two) => one.or(two),
    }
}

fn narrow(position: usize) -> u32 {
    u32::try_from(position).expect("limits keep counts of slots below 2^32")
}
