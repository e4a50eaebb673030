//! One side of a merge: its versions since the base.

use super::super::direct::{Leg, Trail, legs};
use super::super::document::HistoryVersion;
use super::edit::{Edit, edits};
use super::facts::Facts;
use super::view::View;

/// The versions of one side since the base, each as seen from the base.
pub(super) struct Branch<'v> {
    pub(super) versions: &'v [HistoryVersion],
    pub(super) legs: Vec<Leg<'v>>,
    /// The base, and then the versions.
    pub(super) views: Vec<View>,
    /// What each of the versions does to the one before it.
    pub(super) edits: Vec<Edit>,
}

impl<'v> Branch<'v> {
    pub(super) fn of(base: &HistoryVersion, versions: &'v [HistoryVersion]) -> Result<Self, String> {
        let legs = legs(base, versions)?;
        let mut views = vec![View::of(base, &Trail::of(&[]))?];
        let mut all: Vec<Edit> = Vec::new();
        for (at, version) in versions.iter().enumerate() {
            let view = View::of(version, &Trail::of(&legs[..=at]))?;
            let mut facts = view.facts.clone();
            facts.extend(view.resolutions.clone());
            for edit in edits(&views[at].facts, &facts) {
                if !all.iter().any(|known| known.is_same_as(&edit)) {
                    all.push(edit);
                }
            }
            views.push(view);
        }
        Ok(Self {
            versions,
            legs,
            views,
            edits: all,
        })
    }

    /// Returns what the base says.
    pub(super) fn base(&self) -> &Facts {
        &self.views[0].facts
    }

    /// Returns what the last version says.
    pub(super) fn last(&self) -> &Facts {
        &self.views[self.views.len() - 1].facts
    }
}
