//! A store without rows: what opening the versions of a history one after the other makes of the catalogue.

use std::collections::BTreeMap;

use crate::history::HistoryVersion;
use crate::migrate::Shift;
use crate::model::Declaration;
use crate::plan::{
    Counters, Decision, DeclaredTable, Direction, Head, Plan, Policy, StoredTable, TableHead, decide,
};

/// A store without rows.
#[derive(Debug, Clone)]
pub(super) struct Catalogue {
    pub(super) head: Head,
    pub(super) stored: BTreeMap<u32, StoredTable>,
}

impl Default for Catalogue {
    fn default() -> Self {
        let counters = Counters {
            table: 1,
            space: 1,
            slot: 1,
            index: 1,
            work: 1,
            revision: 1,
        };
        let head = Head {
            migrations: BTreeMap::new(),
            revision: 0,
            ledger_records: 0,
            ledger_hash: [0; 32],
            counters,
            tables: BTreeMap::new(),
        };
        Self {
            head,
            stored: BTreeMap::new(),
        }
    }
}

/// Returns the policy under which histories are opened: each version is a new one, even if the store had its shape.
pub(super) fn policy(version: &HistoryVersion) -> Policy {
    Policy {
        direction: Direction::Forward,
        drop_tables: version.hints.dropped_tables.iter().cloned().collect(),
        ..Policy::default()
    }
}

/// Runs `use_them` over the declared tables of a version.
pub(super) fn declared<R>(version: &HistoryVersion, use_them: impl FnOnce(&[DeclaredTable<'_>]) -> R) -> R {
    let declarations: Vec<Declaration> = version.declarations();
    let tables: Vec<DeclaredTable<'_>> = declarations
        .iter()
        .map(|declaration| {
            let declared = declaration.declared.as_ref().expect("documents are sound");
            DeclaredTable {
                name: &declaration.table,
                schema: &declared.schema,
                fingerprint: declared.fingerprint,
                hints: &declared.hints,
                hints_digest: declared.hints_digest,
                migrations: &[],
            }
        })
        .collect();
    use_them(&tables)
}

impl Catalogue {
    /// Plans the open of a version.
    pub(super) fn decide(&self, version: &HistoryVersion) -> Decision {
        declared(version, |tables| {
            decide(&self.head, &self.stored, tables, &policy(version)).expect("the trees are whole")
        })
    }

    /// Opens a version; what refuses it, if something does.
    pub(super) fn open(&mut self, version: &HistoryVersion) -> Result<Plan, Box<Decision>> {
        let decision = self.decide(version);
        if !decision.plan.refusals.is_empty() || !decision.older.is_empty() {
            return Err(Box::new(decision));
        }
        self.run(&decision.plan);
        Ok(decision.plan)
    }

    /// Runs a plan.
    pub(super) fn run(&mut self, plan: &Plan) {
        for planned in &plan.tables {
            let shift = Shift::of(planned, &self.stored, &mut self.head.counters).expect("plans fit");
            let head = TableHead {
                fingerprint: shift.fingerprint(),
                hints_digest: shift.hints_digest,
                consumed_names: shift.consumed_names.clone(),
                stamps: [shift.after.version].into(),
                kept: shift.kept.clone(),
                held: shift.held,
                victims: shift.victims.clone(),
                index_spaces: shift.index_spaces.clone(),
                state: shift.after.clone(),
            };
            self.head.tables.insert(shift.table, head.clone());
            let stored = StoredTable {
                id: shift.table,
                head,
                versions: shift.versions,
            };
            self.stored.insert(shift.table, stored);
        }
    }

    /// Finds a table that is there by its name.
    pub(super) fn table(&self, name: &str) -> Option<&StoredTable> {
        self.stored.values().find(|table| {
            table.head.state.name == name && table.head.state.presence == crate::plan::Presence::Live
        })
    }
}
