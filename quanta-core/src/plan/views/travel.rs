//! What going to another revision makes of views: they stand as they stood there.

use std::collections::BTreeMap;

use super::super::stored::Presence;
use super::decide::ViewDecision;
use super::stored::{StoredView, ViewState, ViewVersion, Views};
use super::tables::TablesAfter;
use super::{ViewMovement, ViewPlan, ViewShift, head_of};

/// Plans how views come to stand as at a revision.
///
/// # Errors
///
/// If the revision names a version that isn't there.
pub fn travel_views(
    stored: &BTreeMap<u32, StoredView>,
    wanted: &Views,
    tables: &TablesAfter<'_>,
) -> Result<ViewDecision, String> {
    let mut decision = ViewDecision::default();
    for (id, view) in stored {
        let before = &view.head.state;
        let absent = || ViewState {
            presence: Presence::Absent,
            ..before.clone()
        };
        let after = wanted.get(id).cloned().unwrap_or_else(absent);
        let (name, number) = (&before.name, after.version);
        let version = view
            .versions
            .get(&number)
            .ok_or_else(|| format!("version {number} of the view {name} is missing"))?;
        let renamed = version.is_renamed(tables);
        if after == *before {
            decision.renamed.insert(*id, renamed);
            continue;
        }
        let mut plan = moved(*id, view, after, version);
        plan.shift.after.renamed = renamed;
        decision.plans.push(plan);
    }
    decision.sort();
    Ok(decision)
}

fn moved(id: u32, view: &StoredView, after: ViewState, version: &ViewVersion) -> ViewPlan {
    let before = &view.head.state;
    let schema = |state: &ViewState| {
        let version = view.versions.get(&state.version);
        let version = version.filter(|_| state.presence == Presence::Live);
        version.map(|version| version.schema.clone())
    };
    ViewPlan {
        name: before.name.clone(),
        movement: ViewMovement::between(Some(before.presence), after.presence),
        before: schema(before),
        after: schema(&after),
        shift: ViewShift {
            view: id,
            before: Some(before.clone()),
            after: head_of(after, version),
            version: None,
        },
    }
}
