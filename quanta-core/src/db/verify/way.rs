//! Verifying what the ledger tells from record to record, and what it says of spaces and versions.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::keys;
use crate::plan::{LedgerKind, LedgerRecord, Presence, TableState};

use super::codes::FindingCode;
use super::run::{Verification, place_of};

impl Verification<'_> {
    /// Looks whether each record begins where those before it end.
    pub(super) fn way(&mut self, records: &[LedgerRecord]) {
        let mut at: Option<u64> = None;
        let mut made = BTreeSet::new();
        let mut states: BTreeMap<u32, &TableState> = BTreeMap::new();
        for (position, record) in records.iter().enumerate() {
            let place = format!("ledger record {}", record.sequence);
            let mut add = |problem: String| self.report.add(FindingCode::LedgerWay, &place, problem);
            // What a release says of revisions is looked at with its name.
            if record.kind != LedgerKind::Release && record.from_revision != at {
                add(format!(
                    "it comes from revision {}, and the store was at {}",
                    shown(record.from_revision),
                    shown(at)
                ));
            }
            if (record.kind == LedgerKind::Create) != (position == 0) {
                add(format!("a {} record stands there", record.kind.name()));
            }
            let is_new = made.insert(record.revision);
            match (record.kind.makes_revision(), is_new) {
                (true, false) => add(format!("it makes revision {}, which was there", record.revision)),
                (false, true) if record.kind != LedgerKind::Release => {
                    add(format!(
                        "it leads to revision {}, which no record made",
                        record.revision
                    ));
                }
                _ => {}
            }
            for effect in &record.effects {
                let known = states.insert(effect.table, &effect.after);
                if !is_alike(known, effect.before.as_ref()) {
                    let id = effect.table;
                    add(format!("table id {id} stood otherwise than it says of before it"));
                }
            }
            at = Some(record.revision);
        }
    }

    /// Looks whether rows lie where the last record says that moved the table.
    pub(super) fn spaces_of(&mut self, records: &[LedgerRecord]) {
        let mut spaces = BTreeMap::new();
        for effect in records.iter().flat_map(|record| &record.effects) {
            spaces.insert(effect.table, effect.after.space);
        }
        for (id, table) in &self.head.tables {
            let Some(space) = spaces.get(id).filter(|space| **space != table.state.space) else {
                continue;
            };
            let place = format!("table {}", table.state.name);
            let now = table.state.space;
            let problem = format!("the head says that its rows lie in space {now}, and the ledger {space}");
            self.report.add(FindingCode::Space, place, problem);
        }
    }

    /// Looks whether the versions of tables and views are those that the ledger tells of, or that lead there.
    pub(super) fn versions_of(&mut self, records: &[LedgerRecord]) {
        let mut told: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for effect in records.iter().flat_map(|record| &record.effects) {
            told.entry(effect.table).or_default().insert(effect.after.version);
        }
        let mut found = Vec::new();
        for (id, table) in &self.tables {
            let place = format!("table {}", table.head.state.name);
            let told = told.remove(id).unwrap_or_default();
            for version in told
                .iter()
                .filter(|version| !table.versions.contains_key(version))
            {
                let problem = format!("version {version}, which the ledger tells of, is missing");
                found.push((FindingCode::VersionTree, place.clone(), problem));
            }
            let leads_there = |version: u32| {
                told.iter()
                    .any(|told| table.is_below(*told, version) != Some(false))
            };
            for version in table.versions.keys().filter(|version| !leads_there(**version)) {
                let problem = "the ledger tells of no such version".to_owned();
                found.push((
                    FindingCode::VersionTree,
                    format!("version {version} of {place}"),
                    problem,
                ));
            }
        }
        for (code, place, problem) in found {
            self.report.add(code, place, problem);
        }
        self.view_versions_of(records);
    }

    fn view_versions_of(&mut self, records: &[LedgerRecord]) {
        let effects = records.iter().flat_map(|record| &record.views);
        // Of a view that isn't there, the version says nothing.
        let told: BTreeSet<(u32, u32)> = effects
            .filter(|effect| effect.after.presence == Presence::Live)
            .map(|effect| (effect.view, effect.after.version))
            .collect();
        for (view, version) in &told {
            let known = self.view_versions.get(view);
            if known.is_some_and(|known| !known.contains(version)) {
                let place = place_of(&keys::view_version(*view, *version));
                let problem =
                    format!("version {version} of view id {view}, which the ledger tells of, is missing");
                self.report.add(FindingCode::View, place, problem);
            }
        }
        for (view, versions) in self.view_versions.clone() {
            for version in versions
                .iter()
                .filter(|version| !told.contains(&(view, **version)))
            {
                let place = place_of(&keys::view_version(view, *version));
                let problem = format!("the ledger tells of no version {version} of view id {view}");
                self.report.add(FindingCode::View, place, problem);
            }
        }
    }
}

/// Tells whether two states are one, but for where rows lie: that is no part of a shape.
fn is_alike(known: Option<&TableState>, told: Option<&TableState>) -> bool {
    match (known, told) {
        (Some(known), Some(told)) => {
            let told = TableState {
                space: known.space,
                ..told.clone()
            };
            *known == told
        }
        (known, told) => known.is_none() == told.is_none(),
    }
}

fn shown(revision: Option<u64>) -> String {
    revision.map_or_else(|| "none".to_owned(), |revision| revision.to_string())
}
