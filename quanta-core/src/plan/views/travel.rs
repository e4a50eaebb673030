//! What going to another revision makes of views: they stand as they stood there.

use std::collections::BTreeMap;

use super::super::stored::Presence;
use super::decide::gone;
use super::stored::{StoredView, Views};
use super::{ViewMovement, ViewPlan, ViewShift, head_of};

/// Plans how views come to stand as at a revision.
///
/// # Errors
///
/// If the revision names a version that isn't there.
pub fn travel_views(stored: &BTreeMap<u32, StoredView>, wanted: &Views) -> Result<Vec<ViewPlan>, String> {
    let mut plans = Vec::new();
    for (id, view) in stored {
        let before = &view.head.state;
        match wanted.get(id) {
            Some(after) if after == before => {}
            Some(after) if after.presence == Presence::Live => plans.push(moved(*id, view, after.version)?),
            Some(_) if before.presence == Presence::Live => plans.push(gone(*id, view, ViewMovement::Drop)),
            None if before.presence == Presence::Live => plans.push(gone(*id, view, ViewMovement::Leave)),
            Some(_) | None => {}
        }
    }
    plans.sort_by_key(|plan| (!plan.movement.goes(), plan.name.clone()));
    Ok(plans)
}

fn moved(id: u32, view: &StoredView, to: u32) -> Result<ViewPlan, String> {
    let before = &view.head.state;
    let was_there = before.presence == Presence::Live;
    let version = view
        .versions
        .get(&to)
        .ok_or_else(|| format!("version {to} of the view {} is missing", before.name))?;
    let mut after = before.clone();
    (after.presence, after.version) = (Presence::Live, to);
    let schema = view.versions.get(&before.version).filter(|_| was_there);
    Ok(ViewPlan {
        name: before.name.clone(),
        movement: if was_there {
            ViewMovement::Change
        } else {
            ViewMovement::Create
        },
        before: schema.map(|version| version.schema.clone()),
        after: Some(version.schema.clone()),
        shift: ViewShift {
            view: id,
            before: Some(before.clone()),
            after: head_of(after, version),
            version: None,
        },
    })
}
