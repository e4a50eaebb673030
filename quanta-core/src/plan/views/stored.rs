//! What a store remembers of its views, as plain data.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::{Fingerprint, ViewSchema};

use super::super::stored::Presence;
use super::ViewMovement;
use super::trace::{ReadPath, ReadStep};

/// The state of all views at one revision, by view id.
pub type Views = BTreeMap<u32, ViewState>;

/// What a revision says of one view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewState {
    /// The view's name.
    pub name: String,
    /// Whether it is there.
    pub presence: Presence,
    /// Its version.
    pub version: u32,
}

/// What the head says of one view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewHead {
    /// The state that the current revision gives it.
    pub state: ViewState,
    /// Fingerprint of its version's schema.
    pub fingerprint: Fingerprint,
    /// The ids of the tables that it reads.
    pub tables: BTreeSet<u32>,
    /// Whether names may have changed below it since a program declared it. What it reads is then looked up by its names when
    /// one does again.
    pub renamed: bool,
}

/// One version of a view. It is never written again: names in it are those of when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewVersion {
    /// What it reads, by names.
    pub schema: ViewSchema,
    /// What it reads, by ids: first the columns, then the paths of the filter, both in the order of the schema.
    pub reads: Vec<ReadPath>,
}

impl ViewVersion {
    /// Returns the ids of the tables that it reads.
    #[must_use]
    pub fn tables(&self) -> BTreeSet<u32> {
        let steps = self.reads.iter().flat_map(|read| &read.steps);
        let table = |step: &ReadStep| match step {
            ReadStep::Row(table) => Some(*table),
            _ => None,
        };
        steps.filter_map(table).collect()
    }
}

/// What became of one view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewEffect {
    /// The view's id.
    pub view: u32,
    /// Its state before, if it was known.
    pub before: Option<ViewState>,
    /// Its state after.
    pub after: ViewState,
}

impl fmt::Display for ViewEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.before.as_ref().map(|before| before.presence);
        let movement = ViewMovement::between(before, self.after.presence);
        f.write_str(&movement.of(&self.after.name))
    }
}

/// A view with all of its versions, as planning needs it.
#[derive(Debug, Clone)]
pub struct StoredView {
    /// What the head says of it.
    pub head: ViewHead,
    /// All versions.
    pub versions: BTreeMap<u32, ViewVersion>,
}
