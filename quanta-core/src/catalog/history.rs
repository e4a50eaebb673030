//! What the ledger tells: the state of all tables at every revision.

use std::collections::BTreeMap;

use crate::plan::{LedgerRecord, Presence, TableState};

/// The state of all tables at one revision, by table id.
pub type Tables = BTreeMap<u32, TableState>;

/// The tree of revisions.
#[derive(Debug, Clone, Default)]
pub struct Revisions {
    states: BTreeMap<u64, Tables>,
    parents: BTreeMap<u64, Option<u64>>,
}

impl Revisions {
    /// Folds the ledger: each record that makes a revision changes the state of its parent.
    #[must_use]
    pub fn of(ledger: &[LedgerRecord]) -> Self {
        let mut revisions = Self::default();
        for record in ledger.iter().filter(|record| record.kind.makes_revision()) {
            let parent = record
                .from_revision
                .and_then(|parent| revisions.states.get(&parent));
            let mut tables = parent.cloned().unwrap_or_default();
            tables.extend(
                record
                    .effects
                    .iter()
                    .map(|effect| (effect.table, effect.after.clone())),
            );
            revisions.states.insert(record.revision, tables);
            revisions.parents.insert(record.revision, record.from_revision);
        }
        revisions
    }

    /// Returns the state of all tables at a revision.
    #[must_use]
    pub fn state(&self, revision: u64) -> Option<&Tables> {
        self.states.get(&revision)
    }

    /// Lists a revision's ancestors, the nearest first.
    #[must_use]
    pub fn ancestors(&self, revision: u64) -> Vec<u64> {
        let mut list: Vec<u64> = Vec::new();
        let mut current = revision;
        while let Some(Some(parent)) = self.parents.get(&current) {
            // A parent is always older: damage can't make this walk endless.
            if *parent >= current {
                break;
            }
            list.push(*parent);
            current = *parent;
        }
        list
    }

    /// Finds the newest revision at which all tables stand as given. Spaces don't count: where rows lie is no part
    /// of a shape.
    #[must_use]
    pub fn matching(&self, tables: &Tables) -> Option<u64> {
        let seen = |tables: &Tables| -> Vec<(u32, TableState)> {
            let live = tables
                .iter()
                .filter(|(_, state)| state.presence != Presence::Absent);
            live.map(|(id, state)| {
                (
                    *id,
                    TableState {
                        space: 0,
                        ..state.clone()
                    },
                )
            })
            .collect()
        };
        let wanted = seen(tables);
        self.states
            .iter()
            .rev()
            .find(|(_, state)| seen(state) == wanted)
            .map(|(revision, _)| *revision)
    }
}
