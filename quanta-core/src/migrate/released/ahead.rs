//! The catalogue as it will be: what planning sees that goes on from changes which were planned before it.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::Way;
use crate::error::Result;
use crate::plan::{Counters, Head, Movement, Plan, Presence, StoredTable, TableHead, TablePlan, targets};

use super::super::shift::Shift;

/// A store without rows, to which planned changes were made.
#[derive(Debug, Clone)]
pub struct Ahead {
    /// The head. Revision and ledger are those of the store.
    pub head: Head,
    /// The tables.
    pub stored: BTreeMap<u32, StoredTable>,
    /// What happened to each table, one change behind the other.
    passed: BTreeMap<u32, (TablePlan, Shift)>,
    /// Tables to which nothing else happens.
    complete: BTreeSet<u32>,
    is_new: bool,
}

impl Ahead {
    /// Starts where a store stands.
    #[must_use]
    pub fn new(head: Head, stored: BTreeMap<u32, StoredTable>) -> Self {
        Self {
            head,
            stored,
            passed: BTreeMap::new(),
            complete: BTreeSet::new(),
            is_new: false,
        }
    }

    /// Finds a table that is there by its name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&StoredTable> {
        let is_live = |table: &&StoredTable| table.head.state.presence == Presence::Live;
        let mut live = self.stored.values().filter(is_live);
        live.find(|table| table.head.state.name == name)
    }

    /// Makes the changes of a plan. New versions bear the label.
    ///
    /// # Errors
    ///
    /// If the plan names a table that is not there: the catalogue is damaged.
    pub fn run(&mut self, plan: Plan, label: Option<&str>) -> Result<()> {
        let mut shifts = Vec::new();
        self.is_new |= plan.tables.iter().any(|table| {
            let is_recorded = matches!(table.movement, Movement::Travel { .. } | Movement::Reenter { .. });
            !is_recorded && !table.steps.is_empty()
        });
        for planned in plan.tables {
            if self.stays(&planned) {
                self.see_hints(&planned);
                continue;
            }
            let mut shift = Shift::of(&planned, &self.stored, &mut self.head.counters)?;
            if let Some(label) = label {
                shift.label(label);
            }
            shifts.push((planned, shift));
        }
        for (_, shift) in &shifts {
            self.put(shift);
        }
        for (_, shift) in &mut shifts {
            self.lead(shift);
            self.put(shift);
        }
        for (planned, shift) in shifts {
            let behind = match self.passed.remove(&shift.table) {
                Some((earlier, before)) => (joined(earlier, planned, &before, &shift), before.then(shift)),
                None => {
                    let table = Some(shift.table);
                    (TablePlan { table, ..planned }, shift)
                }
            };
            self.passed.insert(behind.1.table, behind);
        }
        Ok(())
    }

    /// Tells whether nothing happens to a table but that other hints stand at it.
    fn stays(&self, planned: &TablePlan) -> bool {
        let table = planned.table.and_then(|id| self.head.tables.get(&id));
        let has_names = table.is_some_and(|table| table.consumed_names == planned.consumed_names);
        planned.movement == Movement::Relabel && planned.steps.is_empty() && has_names
    }

    /// Notes which hints stand at a table to which nothing else happens.
    fn see_hints(&mut self, planned: &TablePlan) {
        let id = planned.table.unwrap_or_default();
        let heads = [
            self.head.tables.get_mut(&id),
            self.stored.get_mut(&id).map(|table| &mut table.head),
        ];
        for head in heads.into_iter().flatten() {
            head.hints_digest = planned.hints_digest;
        }
    }

    fn put(&mut self, shift: &Shift) {
        let mut stamps = shift.stamps.clone();
        stamps.insert(shift.after.version);
        let head = TableHead {
            fingerprint: shift.fingerprint(),
            hints_digest: shift.hints_digest,
            consumed_names: shift.consumed_names.clone(),
            stamps,
            kept: shift.kept.clone(),
            victims: shift.victims.clone(),
            index_spaces: shift.index_spaces.clone(),
            held: shift.held,
            state: shift.after.clone(),
        };
        self.head.tables.insert(shift.table, head.clone());
        let stored = StoredTable {
            id: shift.table,
            head,
            versions: shift.versions.clone(),
        };
        self.stored.insert(shift.table, stored);
    }

    /// Writes into a new version where its references lead.
    fn lead(&self, shift: &mut Shift) {
        if !shift.makes_version() {
            return;
        }
        let parent = |name: &str| {
            let table = self.table(name)?;
            let version = table.versions.get(&table.head.state.version)?;
            Some((table.id, &version.schema))
        };
        let targets = targets(shift.schema(), parent).unwrap_or_default();
        if let Some(version) = shift.versions.get_mut(&shift.after.version) {
            version.targets = targets;
        }
    }

    /// Tells whether anything happened that was not recorded before.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Tells whether a plan that was made for the store itself takes every table at least as far as it went here.
    #[must_use]
    pub fn is_reached_by(&self, plan: &Plan) -> bool {
        let moved = self
            .passed
            .iter()
            .filter(|(_, (planned, _))| !planned.steps.is_empty());
        moved.into_iter().all(|(id, (_, shift))| {
            plan.tables.iter().any(|table| match &table.movement {
                Movement::Travel { hops, .. } | Movement::Reenter { hops, .. } => {
                    table.table == Some(*id) && hops.contains(&(shift.after.version, Way::Up))
                }
                _ => false,
            })
        })
    }

    /// Tells whether anything happened to a table that there is.
    #[must_use]
    pub fn has_passed(&self, name: &str) -> bool {
        let passed = self.table(name).and_then(|table| self.passed.get(&table.id));
        passed.is_some_and(|(planned, _)| !planned.steps.is_empty())
    }

    /// Adds the tables to which nothing else happens to a plan that was made here. A table that came and went is left out.
    pub fn complete(&mut self, plan: &mut Plan) {
        let planned: Vec<Option<u32>> = plan.tables.iter().map(|table| table.table).collect();
        for (id, (passed, shift)) in &self.passed {
            let came_and_went = shift.before.is_none() && shift.after.presence != Presence::Live;
            if !planned.contains(&Some(*id)) && !came_and_went {
                plan.tables.push(followed(passed.clone(), shift));
                self.complete.insert(*id);
            }
        }
        plan.tables.sort_by(|one, two| one.name.cmp(&two.name));
    }

    /// Turns the plan of a table that was made here into what is to be run on the store, together with what happened to
    /// the table before. The plan then tells of both.
    ///
    /// # Errors
    ///
    /// If the plan names a table that is not there: the catalogue is damaged.
    pub fn shift(&self, planned: &mut TablePlan, counters: &mut Counters) -> Result<Shift> {
        let earlier = planned.table.and_then(|id| self.passed.get(&id));
        match earlier {
            None => Shift::of(planned, &self.stored, counters),
            Some((_, shift)) if self.complete.contains(&shift.table) => Ok(shift.clone()),
            Some((earlier, before)) => {
                let shift = Shift::of(planned, &self.stored, counters)?;
                *planned = joined(earlier.clone(), planned.clone(), before, &shift);
                let shift = before.clone().then(shift);
                *planned = followed(planned.clone(), &shift);
                Ok(shift)
            }
        }
    }
}

/// Returns the plan of two changes of a table, one behind the other.
fn joined(earlier: TablePlan, later: TablePlan, before: &Shift, shift: &Shift) -> TablePlan {
    let mut steps = earlier.steps;
    if before.before.is_some() {
        steps.extend(later.steps);
    }
    let old_name = before.before.as_ref().map(|state| &state.name);
    TablePlan {
        table: Some(shift.table),
        renamed_from: old_name.filter(|name| **name != later.name).cloned(),
        movement: if before.before.is_some() {
            later.movement
        } else {
            earlier.movement
        },
        before: earlier.before,
        losses: earlier.losses.into_iter().chain(later.losses).collect(),
        restored: earlier.restored.into_iter().chain(later.restored).collect(),
        steps,
        ..later
    }
}

/// Says of a table that it goes through what a shift passes.
fn followed(planned: TablePlan, shift: &Shift) -> TablePlan {
    let movement = match planned.movement {
        Movement::Drop => Movement::Drop,
        movement if shift.before.is_none() || shift.hops.is_empty() => movement,
        _ if shift.new_versions.is_empty() => Movement::Travel {
            to: shift.after.version,
            hops: shift.hops.clone(),
        },
        _ => Movement::Follow {
            to: shift.after.version,
            hops: shift.hops.clone(),
        },
    };
    TablePlan { movement, ..planned }
}
