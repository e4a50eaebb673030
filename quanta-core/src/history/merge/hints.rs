//! The hints of a version, where it stands on top of the other branch.

use super::super::direct::Leg;
use super::super::hints::HistoryHints;
use super::super::next::{add_new, add_rename};
use super::super::owner::Owner;
use super::branch::Branch;
use super::facts::Facts;
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
                // The other branch gave it that name too.
                let was_there = Names(&self.before.facts).live(&there).contains(old);
                if !was_there || self.onto.live(&there).contains(old) {
                    add_rename(hints, &here, old, new);
                }
            }
        }
        for (owner, new) in &named.new {
            if !self.onto.live(&self.owner_before(owner)).contains(new) {
                add_new(hints, &self.now.owner(&self.after.owner(owner)), new);
            }
        }
        Ok(())
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
