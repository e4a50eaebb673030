//! What a shape can't say: where names come from and what new slots hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shape::{NodeId, Shape};

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
    /// What becomes of rows that don't fit, by path, `@key` or `@index_name`.
    pub on_failure: BTreeMap<String, Resolution>,
}

/// What becomes of a row that a change refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The field takes its default: the explicit one, else the natural zero. The original is kept.
    Default,
    /// The row is taken out, and kept: going back over the change brings it back.
    DropRow,
}

/// A function of the program that converts the values of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// The function's path, as it is written.
    pub name: String,
    /// The path of the function that leads back, if there is one.
    pub inverse: Option<String>,
    /// The type that the function takes: values of another one are none of its business.
    pub takes: Shape,
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
    /// For variants: the old variants that become this one, if they are gone.
    pub fallback_for: Vec<String>,
    /// For fields: what converts their values, if their type changes.
    pub conversion: Option<Conversion>,
    /// For fields: what becomes of rows whose values don't fit.
    pub on_failure: Option<Resolution>,
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
