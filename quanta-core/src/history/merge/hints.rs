//! The hints of a version, where it stands on top of the other branch.

use super::super::direct::Leg;
use super::super::hints::HistoryHints;
use super::super::next::{add_new, add_rename};
use super::super::owner::Owner;
use super::branch::Branch;
use super::facts::{Fact, Facts, Place};
use super::rebase::Names;
use super::view::View;

/// A version of a branch, what it follows there, and the same two on top of the other branch.
struct Step<'s, 'v> {
    leg: &'s Leg<'v>,
    before: &'s View,
    after: &'s View,
    onto: Names<'s>,
    now: Names<'s>,
}

/// Returns the hints of the version at a position of a branch, in the names of `now`, which follows `onto`. What the
/// other branch did too is not said again.
pub(super) fn rebased(
    branch: &Branch<'_>,
    at: usize,
    onto: &Facts,
    now: &Facts,
) -> Result<HistoryHints, String> {
    let said = &branch.versions[at].hints;
    let step = Step {
        leg: &branch.legs[at],
        before: &branch.views[at],
        after: &branch.views[at + 1],
        onto: Names(onto),
        now: Names(now),
    };
    let mut hints = HistoryHints::default();
    step.tables(said, &mut hints);
    step.slots(said, &mut hints)?;
    step.own_code(said, &mut hints);
    for (table, resolutions) in &said.on_failure {
        let id = step.after.table(table);
        for (path, resolution) in resolutions {
            let path = step.failure_path(table, path);
            let of_table = hints.on_failure.entry(step.now.table(&id)).or_default();
            of_table.insert(path, *resolution);
        }
    }
    Ok(hints)
}

impl Step<'_, '_> {
    fn tables(&self, said: &HistoryHints, hints: &mut HistoryHints) {
        for new in said.renamed_tables.values() {
            let Some(old) = self.leg.table_before(new) else {
                continue;
            };
            let old = self.onto.table(&self.before.table(&old));
            let new = self.now.table(&self.after.table(new));
            if old != new {
                hints.renamed_tables.insert(old, new);
            }
        }
        for dropped in &said.dropped_tables {
            let id = self.before.table(dropped);
            if self.onto.has_table(&id) {
                hints.dropped_tables.push(self.onto.table(&id));
            }
        }
        for new in &said.new_tables {
            let id = self.after.table(new);
            if !self.onto.has_table(&id) {
                hints.new_tables.push(self.now.table(&id));
            }
        }
    }

    fn slots(&self, said: &HistoryHints, hints: &mut HistoryHints) -> Result<(), String> {
        let named = said.named()?;
        for ((owner, new), old_names) in &named.renamed {
            let (there, here) = (self.owner_before(owner), self.now.owner(&self.after.owner(owner)));
            for old in old_names {
                // The other branch may have given it that name too.
                let place = place_of(&self.before.facts, &there, old);
                if place.is_none_or(|place| self.onto.of(place).as_ref() != Some(new)) {
                    add_rename(hints, &here, old, new);
                }
            }
        }
        for ((owner, new), gone) in &named.fallbacks {
            let (there, here) = (self.owner_before(owner), self.after.owner(owner));
            let new = self.now.slot(&here, &self.after.slot(owner, new));
            for gone in gone {
                let place = place_of(&self.before.facts, &there, gone);
                // The other branch may have taken it away too.
                let gone = place.and_then(|place| self.onto.of(place));
                if let (Owner::Type(of), Some(gone)) = (&here, gone) {
                    let of_type = hints.types.entry(of.clone()).or_default();
                    of_type.becomes.insert(gone, new.clone());
                }
            }
        }
        for (owner, new) in &named.new {
            let slot = Place::Slot(self.after.owner(owner), self.after.slot(owner, new));
            if self.onto.of(&slot).is_none() {
                add_new(hints, &self.now.owner(&self.after.owner(owner)), new);
            }
        }
        Ok(())
    }

    fn own_code(&self, said: &HistoryHints, hints: &mut HistoryHints) {
        for (table, functions) in &said.functions {
            let now = self.now.table(&self.after.table(table));
            let functions = functions
                .iter()
                .map(|(path, function)| (self.failure_path(table, path), function.clone()));
            hints.functions.insert(now, functions.collect());
        }
        for (table, ids) in &said.migrations {
            let now = self.now.table(&self.after.table(table));
            hints.migrations.insert(now, ids.clone());
        }
    }

    /// Returns the identity that an owner of the version had before it.
    fn owner_before(&self, owner: &Owner) -> Owner {
        let before = self.leg.owner_before(owner);
        before.map_or_else(|| self.after.owner(owner), |owner| self.before.owner(&owner))
    }

    fn failure_path(&self, table: &str, path: &str) -> String {
        if path.starts_with('@') {
            return path.to_owned();
        }
        let end = path.find(['.', '[', '{', ':']).unwrap_or(path.len());
        let (field, rest) = path.split_at(end);
        let owner = Owner::Table(table.to_owned());
        let id = self.after.slot(&owner, field);
        format!("{}{rest}", self.now.slot(&self.after.owner(&owner), &id))
    }
}

/// Finds a slot by its name.
fn place_of<'f>(facts: &'f Facts, of: &Owner, name: &str) -> Option<&'f Place> {
    let found = facts.iter().find(|(place, fact)| {
        let is_slot = matches!(place, Place::Slot(owner, _) if owner == of);
        is_slot && matches!(fact, Fact::Slot(slot) if slot.name == name)
    });
    found.map(|(place, _)| place)
}
