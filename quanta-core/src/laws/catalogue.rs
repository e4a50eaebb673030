//! A store without rows: what opening the versions of a history one after the other makes of the catalogue.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use crate::history::HistoryVersion;
use crate::migrate::Ahead;
use crate::model::Declaration;
use crate::plan::{Decision, DeclaredTable, Direction, Head, Plan, Policy, decide};

/// A store without rows.
#[derive(Debug, Clone)]
pub(super) struct Catalogue(Ahead);

impl Default for Catalogue {
    fn default() -> Self {
        Self(Ahead::new(Head::empty(), BTreeMap::new()))
    }
}

impl Deref for Catalogue {
    type Target = Ahead;

    fn deref(&self) -> &Ahead {
        &self.0
    }
}

impl DerefMut for Catalogue {
    fn deref_mut(&mut self) -> &mut Ahead {
        &mut self.0
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
            declared.table(&declaration.table, &[])
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
        self.run(decision.plan.clone(), None).expect("plans fit");
        Ok(decision.plan)
    }
}
