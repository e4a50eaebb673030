//! The way between two shapes as data: what is carried, converted, dropped and added, in both directions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::schema::{Node, NodeId, Shape};

use super::restore::{Restore, node_at};
use super::rows::RowEdit;

/// What stands for the key as a whole among the paths at which rows may fail.
pub const KEY_PATH: &str = "@key";

/// Returns what stands for an index among the paths at which rows may fail.
#[must_use]
pub fn index_path(name: &str) -> String {
    format!("@{name}")
}

/// Position of an arm in its [`Lens`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ArmId(pub u32);

/// The way between the shape of a version (lower) and that of its child (upper).
///
/// Arms pair a lower node with an upper one. A recursive type meets a pair that it has met before, so that the
/// graph of arms may have cycles. Arm 0 pairs the roots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lens {
    /// All arms.
    pub arms: Vec<Arm>,
    /// Paths at which a row that doesn't fit on the way up is taken out, `@key` for a key that another row has, and `@` with
    /// the name of a unique index for a value that another row has.
    pub drops: BTreeSet<String>,
    /// Own migrations of whole rows.
    pub rows: Option<RowCode>,
    /// Fields that get kept values of others back.
    pub restores: Vec<Restore>,
}

/// Own migrations of whole rows: what is kept of a row is the row itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCode {
    /// The migrations on the way up, in the order in which they run.
    pub up: Vec<String>,
    /// Those on the way down, if each has an inverse: without them, only rows that were not changed go down.
    pub down: Option<Vec<String>>,
    /// Whether the first of them makes the upper row from the lower one; else the arms do.
    pub replaces_arms: bool,
}

impl RowCode {
    /// Tells whether rows are changed by what files say of them, and by no function of the program.
    #[must_use]
    pub fn is_edits(&self) -> bool {
        self.up.iter().all(|name| RowEdit::by_name(name).is_some())
    }
}

/// How values of one lower node and one upper node correspond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// The node in the lower shape.
    pub lower: NodeId,
    /// The node in the upper shape.
    pub upper: NodeId,
    /// The path of the upper node, for messages.
    pub path: String,
    /// What corresponds to what.
    pub kind: ArmKind,
}

/// What corresponds to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArmKind {
    /// The bytes are the same on both sides.
    Same,
    /// One value without parts becomes another; the nodes say which types.
    Convert,
    /// Fields of structs, positions of tuples. A unit has none; any other value counts as one field.
    Fields {
        /// What is on both sides.
        carried: Vec<Carried>,
        /// What only the lower side has.
        dropped: Vec<Orphan>,
        /// What only the upper side has.
        added: Vec<Orphan>,
    },
    /// Variants of enums. A row with one that is neither carried nor replaced fails.
    Variants {
        /// What is on both sides.
        carried: Vec<Carried>,
        /// What only the lower side has, and what it becomes.
        replaced: Vec<Replaced>,
    },
    /// An option on both sides.
    Option(ArmId),
    /// A value that becomes an option.
    Wrap {
        /// Pairs the value with the option's item.
        item: ArmId,
        /// What none becomes on the way down, if anything.
        fill: Option<Vec<u8>>,
    },
    /// An option that becomes a value.
    Unwrap {
        /// Pairs the option's item with the value.
        item: ArmId,
        /// What none becomes on the way up, if anything.
        fill: Option<Vec<u8>>,
    },
    /// Items of lists, sets and arrays.
    Items(ArmId),
    /// Keys and values of maps, or of lists of tuples.
    Entries(ArmId, ArmId),
    /// Values that don't fit on the way up become `fill`, and are kept.
    Guard {
        /// The arm between the same nodes that may fail.
        item: ArmId,
        /// The encoded upper value.
        fill: Vec<u8>,
    },
    /// Values that functions of the program convert.
    Own {
        /// The function on the way up.
        up: String,
        /// The function on the way down, if there is one: without it, only rows that were not changed go down.
        down: Option<String>,
    },
    /// A value, or the item of an option, that becomes the only item of a list or set.
    Gather(ArmId),
    /// The only item of a list or set that becomes a value, or the item of an option.
    Pick(ArmId),
    /// Items of two arrays of different lengths.
    Resize {
        /// Pairs the items that are on both sides.
        item: ArmId,
        /// What the longer side holds at its end for a row that comes from the shorter one.
        fill: Fill,
    },
}

/// A slot that is on both sides, by its position among the sorted slots of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Position on the lower side.
    pub lower: u32,
    /// Position on the upper side.
    pub upper: u32,
    /// How the values correspond.
    pub arm: ArmId,
}

/// A variant that only the lower side has, by its position, and what stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Position on the lower side.
    pub lower: u32,
    /// The encoded upper value.
    pub value: Vec<u8>,
}

/// A slot that is on one side only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// Position on its side.
    pub position: u32,
    /// Path of the slot, for messages.
    pub path: String,
    /// What it holds for a row that comes from the other side and for which nothing is kept.
    pub fill: Fill,
}

/// What a slot holds for a row that comes from the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fill {
    /// This encoded value, frozen when the edge was made.
    Value(Vec<u8>),
    /// The value of a function that is called once when the change is made; a stored edge has none of these.
    Once(String),
    /// The value of a function of the program, computed from the whole old row before the switch.
    Computed(String),
    /// Nothing: such a row fails.
    Missing,
}

/// The way through an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// From the parent version to the child.
    Up,
    /// From the child version to the parent.
    Down,
}

impl Way {
    /// Returns the opposite way.
    #[must_use]
    pub fn back(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

impl Lens {
    /// Returns the arm at `id`. An id that is not of this lens shows the root.
    #[must_use]
    pub fn arm(&self, id: ArmId) -> &Arm {
        self.arms.get(id.0 as usize).unwrap_or(&self.arms[0])
    }

    /// Tells whether a row that doesn't fit at a path is taken out on the way up: what is said of a field holds for all
    /// that is inside of it.
    #[must_use]
    pub fn drops_at(&self, path: &str) -> bool {
        let mut outer = path;
        loop {
            if self.drops.contains(outer) {
                return true;
            }
            match outer.rfind(['.', '[', '{', ':']) {
                Some(end) => outer = outer[..end].trim_end_matches(':'),
                None => return false,
            }
        }
    }

    /// Tells whether it is said what becomes of rows that don't fit on the way up.
    #[must_use]
    pub fn resolves_failures(&self) -> bool {
        let mut arms = self.arms.iter();
        !self.drops.is_empty() || arms.any(|arm| matches!(arm.kind, ArmKind::Guard { .. }))
    }

    /// Names the functions of the program that rows may need on that way.
    #[must_use]
    pub fn own_code(&self, way: Way) -> Vec<&str> {
        let rows = self.rows.iter().flat_map(|rows| match way {
            Way::Up => rows.up.as_slice(),
            Way::Down => rows.down.as_deref().unwrap_or_default(),
        });
        let arms = self.own_code_of_arms(way).into_iter();
        arms.chain(rows.map(String::as_str)).collect()
    }

    fn own_code_of_arms(&self, way: Way) -> Vec<&str> {
        let named = self.arms.iter().flat_map(|arm| match (&arm.kind, way) {
            (ArmKind::Fields { added, .. }, Way::Up) => added.iter().filter_map(computed).collect(),
            (ArmKind::Own { up, .. }, Way::Up) => vec![up.as_str()],
            (ArmKind::Own { down, .. }, Way::Down) => down.as_deref().into_iter().collect(),
            _ => Vec::new(),
        });
        named.collect()
    }

    /// Tells whether what the arms keep on that way holds only for rows that were not changed since.
    #[must_use]
    pub fn keeps_for_unchanged(&self, way: Way) -> bool {
        let is_own = |arm: &Arm| matches!(arm.kind, ArmKind::Own { .. });
        self.arms.iter().any(is_own) || !self.own_code_of_arms(way.back()).is_empty()
    }
}

fn computed(orphan: &Orphan) -> Option<&str> {
    match &orphan.fill {
        Fill::Computed(name) => Some(name),
        _ => None,
    }
}

impl Lens {
    /// Checks that a stored lens fits the shapes it lies between, so that compiling it can't go wrong.
    ///
    /// # Errors
    ///
    /// Says which arm names what isn't there.
    pub fn check(&self, lower: &Shape, upper: &Shape) -> Result<(), String> {
        let root = self.arms.first().ok_or("a lens has no arm")?;
        if (root.lower, root.upper) != (NodeId::ROOT, NodeId::ROOT) {
            return Err("the first arm of a lens doesn't pair the roots".to_owned());
        }
        if self
            .restores
            .iter()
            .any(|restore| node_at(upper, &restore.place).is_none())
        {
            return Err("a lens gives values back to a field that isn't there".to_owned());
        }
        self.arms.iter().enumerate().try_for_each(|(position, arm)| {
            let fits = self.arm_fits(arm, lower, upper);
            if fits {
                Ok(())
            } else {
                Err(format!("arm {position} of a lens names what isn't there"))
            }
        })?;
        if self.turns_in_place(lower, upper) {
            return Err("an arm of a lens leads back to itself".to_owned());
        }
        Ok(())
    }

    fn arm_fits(&self, arm: &Arm, lower: &Shape, upper: &Shape) -> bool {
        // An arm that leads elsewhere than the nodes do could lead back to itself without end.
        let pairs = |id: &ArmId, below: NodeId, above: NodeId| {
            let arm = self.arms.get(id.0 as usize);
            arm.is_some_and(|arm| (arm.lower, arm.upper) == (below, above))
        };
        let nodes_fit =
            (arm.lower.0 as usize) < lower.nodes().len() && (arm.upper.0 as usize) < upper.nodes().len();
        if !nodes_fit {
            return false;
        }
        let (old, new) = (lower.node(arm.lower), upper.node(arm.upper));
        let carries = |carried: &[Carried], (below, above): (&[NodeId], &[NodeId])| {
            carried.iter().all(|slot| {
                let part_below = below.get(slot.lower as usize);
                let part_above = above.get(slot.upper as usize);
                part_below
                    .zip(part_above)
                    .is_some_and(|(below, above)| pairs(&slot.arm, *below, *above))
            })
        };
        let (parts_below, parts_above) = (old.children(), new.children());
        match &arm.kind {
            ArmKind::Same | ArmKind::Convert | ArmKind::Own { .. } => true,
            ArmKind::Guard { item, .. } => pairs(item, arm.lower, arm.upper) && self.arm(*item) != arm,
            ArmKind::Fields {
                carried,
                dropped,
                added,
            } => {
                let (below, above) = (lower.field_nodes(arm.lower), upper.field_nodes(arm.upper));
                carries(carried, (&below, &above))
                    && dropped
                        .iter()
                        .all(|orphan| (orphan.position as usize) < below.len())
                    && added
                        .iter()
                        .all(|orphan| (orphan.position as usize) < above.len())
            }
            ArmKind::Variants { carried, replaced } => {
                let are_enums = [old, new].iter().all(|node| matches!(node, Node::Enum { .. }));
                let below = parts_below.len();
                are_enums
                    && carries(carried, (&parts_below, &parts_above))
                    && replaced.iter().all(|variant| (variant.lower as usize) < below)
            }
            ArmKind::Option(item) | ArmKind::Items(item) => {
                matches!((parts_below.as_slice(), parts_above.as_slice()), ([below], [above]) if pairs(item, *below, *above))
            }
            ArmKind::Wrap { item, .. } => {
                matches!(parts_above.as_slice(), [above] if pairs(item, arm.lower, *above))
            }
            ArmKind::Unwrap { item, .. } => {
                matches!(parts_below.as_slice(), [below] if pairs(item, *below, arm.upper))
            }
            ArmKind::Entries(key, value) => {
                let entries = (lower.entry_nodes(arm.lower), upper.entry_nodes(arm.upper));
                matches!(
                    entries,
                    (Some((key_below, below)), Some((key_above, above)))
                        if pairs(key, key_below, key_above) && pairs(value, below, above)
                )
            }
            ArmKind::Gather(item) => {
                let below = option_item(old).unwrap_or(arm.lower);
                collection_item(new).is_some_and(|above| pairs(item, below, above))
            }
            ArmKind::Pick(item) => {
                let above = option_item(new).unwrap_or(arm.upper);
                collection_item(old).is_some_and(|below| pairs(item, below, above))
            }
            ArmKind::Resize { item, .. } => {
                matches!((old, new), (Node::Array(below, _), Node::Array(above, _)) if pairs(item, *below, *above))
            }
        }
    }

    /// Tells whether an arm leads back to itself while the value on one side stays where it is: a row would be carried
    /// without end.
    fn turns_in_place(&self, lower: &Shape, upper: &Shape) -> bool {
        [Way::Up, Way::Down].into_iter().any(|way| {
            let stays = |arm: &Arm| self.arms_in_place(arm, (lower, upper), way);
            let mut open: Vec<bool> = vec![true; self.arms.len()];
            // Arms that lead on in place only to arms that end are taken out until no more are found.
            loop {
                let next: Vec<bool> = (self.arms.iter().zip(&open))
                    .map(|(arm, is_open)| *is_open && stays(arm).iter().any(|arm| open[arm.0 as usize]))
                    .collect();
                if next == open {
                    return open.contains(&true);
                }
                open = next;
            }
        })
    }

    /// Lists the arms that an arm leads to without going into the value on the source side.
    fn arms_in_place(&self, arm: &Arm, (lower, upper): (&Shape, &Shape), way: Way) -> Vec<ArmId> {
        let source = match way {
            Way::Up => lower.node(arm.lower),
            Way::Down => upper.node(arm.upper),
        };
        let is_whole = !matches!(source, Node::Struct { .. } | Node::Tuple(_));
        let is_option = option_item(source).is_some();
        match (&arm.kind, way) {
            (ArmKind::Fields { carried, .. }, _) if is_whole => carried.iter().map(|slot| slot.arm).collect(),
            (ArmKind::Wrap { item, .. }, Way::Up) | (ArmKind::Unwrap { item, .. }, Way::Down) => vec![*item],
            (ArmKind::Guard { item, .. }, _) => vec![*item],
            (ArmKind::Gather(item), Way::Up) | (ArmKind::Pick(item), Way::Down) if !is_option => vec![*item],
            _ => Vec::new(),
        }
    }
}

fn option_item(node: &Node) -> Option<NodeId> {
    match node {
        Node::Option(item) => Some(*item),
        _ => None,
    }
}

fn collection_item(node: &Node) -> Option<NodeId> {
    match node {
        Node::List(item) | Node::Set(item) => Some(*item),
        _ => None,
    }
}
