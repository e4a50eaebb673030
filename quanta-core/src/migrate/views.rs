//! Views around a change: reading what is stored of them, and what the change makes of them.

use std::collections::BTreeMap;

use quanta_storage::Snapshot;

use crate::catalog::{read_version, read_view};
use crate::diff::Way;
use crate::error::{Error, Result};
use crate::plan::{
    Counters, DeclaredViewOf, Fate, Head, Policy, Presence, StoredView, TableAfter, TablesAfter, Version,
    ViewDecision, Views, decide_views, standing, travel_views, views_stand,
};

use super::declared::wrong;
use super::request::Request;
use super::switch::{Ready, changes_state};

/// Checks the declarations of views: each sound, and one for each name.
pub(super) fn sound_views<'a>(request: &Request<'a>) -> Result<Vec<DeclaredViewOf<'a>>> {
    let mut views: BTreeMap<&str, (&str, DeclaredViewOf<'_>)> = BTreeMap::new();
    for declaration in request.views {
        let declared = declaration
            .declared
            .as_ref()
            .map_err(|problem| wrong(format!("view {}: {problem}", declaration.rust_name)))?;
        let name = declaration.name.as_str();
        let view = DeclaredViewOf {
            name,
            schema: &declared.schema,
            fingerprint: declared.fingerprint,
        };
        let earlier = views.insert(name, (&declaration.rust_name, view));
        if let Some((other, _)) = earlier.filter(|(other, _)| **other != declaration.rust_name) {
            return Err(wrong(format!(
                "{other} and {} both declare the view {name}: give one another name with #[quanta(name = \"..\")], or \
                 open with Options::views",
                declaration.rust_name
            )));
        }
    }
    Ok(views.into_values().map(|(_, view)| view).collect())
}

/// Decides what becomes of views behind a change of tables.
///
/// # Errors
///
/// Those of the engine, and damage.
pub(super) fn views_after(
    (snapshot, head, policy): (&dyn Snapshot, &Head, &Policy),
    declared: &[DeclaredViewOf<'_>],
    ready: &[Ready],
    counters: &mut Counters,
) -> Result<ViewDecision> {
    let nothing_moves = ready.iter().all(|ready| !changes_state(&ready.shift));
    if (nothing_moves || head.views.is_empty()) && views_stand(head, declared, policy) {
        return Ok(ViewDecision::default());
    }
    let stored = stored_views(snapshot, head)?;
    let unmoved = unmoved_versions(snapshot, head, ready)?;
    let tables = tables_after(head, ready, &unmoved);
    Ok(decide_views(&stored, declared, &tables, policy, counters))
}

/// Plans how views come to stand as at a revision.
///
/// # Errors
///
/// Those of the engine, and damage.
pub(super) fn views_at(
    snapshot: &dyn Snapshot,
    head: &Head,
    ready: &[Ready],
    wanted: &Views,
) -> Result<ViewDecision> {
    if head.views.is_empty() {
        return Ok(ViewDecision::default());
    }
    let stored = stored_views(snapshot, head)?;
    let unmoved = unmoved_versions(snapshot, head, ready)?;
    let tables = tables_after(head, ready, &unmoved);
    travel_views(&stored, wanted, &tables).map_err(|problem| Error::corrupt("the catalogue", problem))
}

fn stored_views(snapshot: &dyn Snapshot, head: &Head) -> Result<BTreeMap<u32, StoredView>> {
    let views = head.views.iter();
    views
        .map(|(id, view)| Ok((*id, read_view(snapshot, *id, view)?)))
        .collect()
}

/// Reads the versions of the tables to which nothing happens.
fn unmoved_versions(snapshot: &dyn Snapshot, head: &Head, ready: &[Ready]) -> Result<BTreeMap<u32, Version>> {
    let moves = |id: u32| ready.iter().any(|ready| ready.shift.table == id);
    let unmoved = head.tables.iter().filter(|(id, _)| !moves(**id));
    unmoved
        .map(|(id, table)| Ok((*id, read_version(snapshot, *id, table.state.version)?)))
        .collect()
}

fn tables_after<'a>(
    head: &'a Head,
    ready: &'a [Ready],
    unmoved: &'a BTreeMap<u32, Version>,
) -> TablesAfter<'a> {
    let unmoved = unmoved.iter();
    let mut tables = standing(unmoved.map(|(id, version)| (*id, &head.tables[id].state, version)));
    tables.extend(ready.iter().filter_map(|Ready { shift, .. }| {
        // A new version lies above the one before it, as one does that was gone back from.
        let goes_up = shift.hops.iter().any(|(_, way)| *way == Way::Up);
        let goes_on = goes_up || shift.before.is_none() || shift.after.presence == Presence::Dropped;
        let table = TableAfter {
            name: &shift.after.name,
            presence: shift.after.presence,
            version: shift.versions.get(&shift.after.version)?,
            fate: match changes_state(shift) {
                false => Fate::Stays,
                true if goes_on => Fate::GoesOn,
                true => Fate::GoesBack,
            },
        };
        Some((shift.table, table))
    }));
    tables
}
