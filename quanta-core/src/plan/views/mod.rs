//! Views: what a store remembers of them, what they read, and what a change makes of them.

mod decide;
mod names;
mod show;
mod stored;
mod tables;
mod trace;
mod travel;

pub use decide::{DeclaredViewOf, ViewDecision, decide_views, views_stand};
pub use names::NamedNow;
pub use show::view_text;
pub use stored::{StoredView, ViewEffect, ViewHead, ViewState, ViewVersion, Views};
pub use tables::{Fate, TableAfter, TablesAfter, standing};
pub use trace::{Named, ReadPath, ReadStep};
pub use travel::travel_views;

use crate::schema::ViewSchema;

use super::stored::Presence;

/// What happens to one view.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewPlan {
    /// Its name.
    pub name: String,
    /// What happens to it.
    pub movement: ViewMovement,
    /// What it read before.
    pub before: Option<ViewSchema>,
    /// What it reads after.
    pub after: Option<ViewSchema>,
    /// What is to be written.
    pub(crate) shift: ViewShift,
}

/// What happens to a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewMovement {
    /// It is made, or is there again.
    Create,
    /// It reads something else.
    Change,
    /// What it reads is gone with a version that was gone back from: it is there again when its program is.
    Leave,
    /// It is dropped on purpose.
    Drop,
}

impl ViewMovement {
    /// Returns the name in reports and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Leave => "leave",
            Self::Drop => "drop",
        }
    }

    /// Tells what leads from a state to another one.
    #[must_use]
    pub fn between(before: Option<Presence>, after: Presence) -> Self {
        match (before, after) {
            (Some(Presence::Live), Presence::Live) => Self::Change,
            (_, Presence::Live) => Self::Create,
            (_, Presence::Dropped) => Self::Drop,
            (_, Presence::Absent) => Self::Leave,
        }
    }

    /// Says in a sentence what happens to a view.
    #[must_use]
    pub fn of(self, view: &str) -> String {
        match self {
            Self::Create => format!("create view {view}"),
            Self::Change => format!("change view {view}"),
            Self::Leave => format!("take view {view} back with what it reads"),
            Self::Drop => format!("drop view {view}"),
        }
    }

    /// Tells whether the view is gone afterwards.
    #[must_use]
    pub fn goes(self) -> bool {
        matches!(self, Self::Leave | Self::Drop)
    }
}

/// A change of one view, ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewShift {
    /// The view's id.
    pub view: u32,
    /// Its state before; none for a new one.
    pub before: Option<ViewState>,
    /// What the head says of it afterwards.
    pub after: ViewHead,
    /// The version, if it is a new one.
    pub version: Option<ViewVersion>,
}

/// What becomes of a view that gets a schema.
pub(super) fn head_of(state: ViewState, version: &ViewVersion) -> ViewHead {
    ViewHead {
        state,
        fingerprint: version.schema.fingerprint(),
        tables: version.tables(),
        renamed: false,
    }
}
