//! What a shape can't say: where names come from and what new slots hold.

use std::collections::BTreeMap;

use super::shape::NodeId;

/// A field, tuple position or variant: the node it belongs to and its position among that node's sorted slots.
pub type Slot = (NodeId, usize);

/// The hints of one table, as plain data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableHints {
    /// Earlier names of the table, latest first.
    pub renamed_from: Vec<String>,
    /// The table is really new where a rename could be meant.
    pub is_new: bool,
    /// Hints of the slots of the table's shape.
    pub slots: BTreeMap<Slot, SlotHint>,
}

/// The hints of one field or variant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotHint {
    /// Earlier names, latest first.
    pub renamed_from: Vec<String>,
    /// The slot is really new where a rename could be meant.
    pub is_new: bool,
    /// The encoded value that an explicit `default` gives.
    pub default: Option<Vec<u8>>,
    /// Where the values of old rows come from, if not from `default` or the natural zero.
    pub initial: Initial,
    /// For variants: this one is the enum's default.
    pub is_default: bool,
}

/// Where the values of a new field come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Initial {
    /// The explicit default, else the natural zero.
    #[default]
    Default,
    /// A function of that name, called once.
    Once(String),
    /// A function of that name, called with every old row.
    Computed(String),
}

impl TableHints {
    /// Returns the hint of a slot, or the empty one.
    #[must_use]
    pub fn slot(&self, slot: Slot) -> SlotHint {
        self.slots.get(&slot).cloned().unwrap_or_default()
    }
}
