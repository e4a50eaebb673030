//! Pairing two shapes node by node, which gives the lens between them and the steps.

mod image;
mod indexes;
mod key;
mod outer;
mod references;
mod rows;
mod slots;
mod types;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::Classes;
use crate::schema::{Node, NodeId, Resolution, Schema, Shape, Slot, SlotHint, TableHints};

use super::lens::{Arm, ArmId, ArmKind, Lens, index_path};
use super::matrix::{How, Kind, Meeting};
use super::refusal::{Refusal, RefusalKind};
use super::rows::RowMigration;
use super::same::mark_same;
use super::step::{Change, Step};
use outer::Outer;

pub use indexes::{Numbered, pair_indexes};
pub use key::orders_alike;
use slots::NEW_MARK;

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

impl<'a> NewSide<'a> {
    /// Makes a side of which nothing is said but hints.
    #[must_use]
    pub fn of(schema: &'a Schema, hints: &'a TableHints) -> Self {
        Self {
            schema,
            hints,
            on_failure: None,
            migrations: &[],
        }
    }
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
        outer: Vec::new(),
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
    let mut lens = Lens {
        arms,
        drops,
        rows,
        restores: Vec::new(),
    };
    mark_same(&mut lens, &old.schema.shape, &new.schema.shape);
    TableDiff {
        steps,
        lens,
        slots,
        next_slot,
        consumed,
        migrations: new
            .migrations
            .iter()
            .map(|migration| migration.id.clone())
            .collect(),
        index_ids: Vec::new(),
        next_index: 0,
        refusals,
    }
}

/// Pairs two types by themselves, without hints.
///
/// ```
/// use quantadb::diff::pair_types;
///
/// assert!(pair_types(&"u8".parse()?, &"u16".parse()?).is_ok());
/// assert!(pair_types(&"uuid".parse()?, &"u16".parse()?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Says why values of the one don't become values of the other.
pub fn pair_types(old: &Shape, new: &Shape) -> Result<Lens, String> {
    let bare = |shape: &Shape| Schema {
        shape: shape.clone(),
        key: Vec::new(),
        indexes: Vec::new(),
        references: Vec::new(),
    };
    let (old, new) = (bare(old), bare(new));
    let old = OldSide {
        schema: &old,
        slots: &SlotIds::new(),
        consumed: &Consumed::new(),
        write_defaults: &BTreeMap::new(),
    };
    let new = NewSide {
        schema: &new,
        hints: &TableHints::default(),
        on_failure: None,
        migrations: &[],
    };
    let diff = pair_tables("", old, new, 0);
    match diff.refusals.into_iter().next() {
        Some(refusal) => Err(refusal.problem),
        None => Ok(diff.lens),
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
    /// Lists the paths of what the program's own code converts, and of what gets kept values back: nothing tells the values
    /// after the change from those before.
    #[must_use]
    pub fn converted(&self) -> Vec<String> {
        let paths = self.steps.iter().filter_map(|step| match &step.change {
            Change::ChangeType {
                path, by: Some(_), ..
            }
            | Change::RestoreField { path, .. } => Some(path.clone()),
            _ => None,
        });
        paths.collect()
    }

    /// Says for which unique indexes that are built rows are taken out if another one has their value.
    pub fn drop_duplicates(&mut self, said: impl Fn(&str) -> Option<Resolution>) {
        let built = self.steps.iter().filter_map(|step| match &step.change {
            Change::BuildIndex { index } | Change::AlterIndex { to: index, .. } => Some(index),
            _ => None,
        });
        let paths = built
            .filter(|index| index.unique)
            .map(|index| index_path(&index.name))
            .filter(|path| said(path) == Some(Resolution::DropRow));
        self.lens.drops.extend(paths);
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
    /// The slots around the present place, outermost first.
    outer: Vec<Outer>,
}

/// An arm, and whether the type at its place changes as a whole: then the nearest named slot says so.
#[derive(Clone, Copy)]
struct Paired {
    arm: ArmId,
    reshaped: Option<Classes>,
}

impl Paired {
    /// Says that the type is another one where the kinds are others, even if no part of it tells so.
    fn of_kinds(self, old: &Node, new: &Node) -> Self {
        if Kind::of(old) == Kind::of(new) {
            return self;
        }
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
        // Before a pair that was met is taken up again: it may have been led to by a hint that is used by now.
        let Some(rule) = self.meeting(lower, upper).rule() else {
            let arm = self.push(lower, upper, path);
            return self.refuse_types(arm, lower, upper, path);
        };
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
        match (rule.how, old, new) {
            (How::Scalars, Node::Scalar(from), Node::Scalar(to)) => {
                self.pair_scalars((arm, lower, upper), (*from, *to), path)
            }
            (How::Equal, ..) if old == new => self.finish(arm, ArmKind::Same, None),
            (How::Names, ..) => self.finish(arm, ArmKind::Convert, Some(rule.classes)),
            (How::Bytes, ..) => self.pair_bytes(arm, (old, lower), (new, upper), rule, path),
            (How::Into | How::OutOf, ..) => self.pair_with_field(arm, (lower, upper), rule, path),
            (How::Option, Node::Option(from), Node::Option(to)) => self.pair_option(arm, (*from, *to), path),
            (How::Wrap, _, Node::Option(to)) => self.pair_wrap(arm, (lower, *to), rule, path),
            (How::Unwrap, Node::Option(from), _) => {
                self.pair_unwrap(arm, (*from, upper), rule, path, default)
            }
            (How::Gather | How::Pick, ..) => self.pair_only_item(arm, (lower, upper), rule, path),
            (How::Resize, Node::Array(from, length), Node::Array(to, new_length)) => {
                self.pair_arrays(arm, (*from, *length), (*to, *new_length), path)
            }
            (
                How::Items,
                Node::List(from) | Node::Set(from) | Node::Array(from, _),
                Node::List(to) | Node::Set(to) | Node::Array(to, _),
            ) => {
                let classes = (Kind::of(old) != Kind::of(new)).then_some(rule.classes);
                self.pair_items(arm, (*from, *to), classes, path)
            }
            (How::Entries, ..) => self.pair_entries(arm, (lower, upper), rule, path),
            (How::Positions, ..) => {
                let paired = self.pair_positions(arm, lower, upper, path);
                paired.of_kinds(old, new)
            }
            (How::Fields, ..) => {
                let paired = self.pair_structs(arm, lower, upper, path);
                paired.of_kinds(old, new)
            }
            (How::Variants, ..) => self.pair_enums(arm, lower, upper, path),
            _ => self.refuse_types(arm, lower, upper, path),
        }
    }

    fn meeting(&self, lower: NodeId, upper: NodeId) -> Meeting<'a> {
        Meeting {
            old: self.old_shape(),
            lower,
            new: self.new_shape(),
            upper,
            is_hinted: self.hinted_field(lower, upper).is_some(),
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
        let named = hints.flat_map(|(slot, hint)| said_names(hint).map(move |name| (slot, name)));
        named
            .filter_map(|(slot, name)| self.slots.get(slot).map(|id| (*id, name)))
            .filter(|seen| !self.old.consumed.contains(seen))
            .collect()
    }
}

/// Lists what a hint says once: old names, and that a slot is new.
pub fn said_names(hint: &SlotHint) -> impl Iterator<Item = String> {
    let new = hint.is_new.then(|| NEW_MARK.to_owned());
    hint.renamed_from.iter().cloned().chain(new)
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
