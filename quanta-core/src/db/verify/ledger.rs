//! Verifying the ledger, and the head against it.

use std::collections::{BTreeMap, BTreeSet};

use quanta_storage::Direction;

use crate::catalog::{Revisions, broken_chain, check_release_name, keys};
use crate::codec::decode_record;
use crate::error::Result;
use crate::plan::{ForgottenPart, LedgerKind, LedgerRecord, Presence, TableState, ViewState};

use super::codes::FindingCode;
use super::run::Verification;

impl Verification<'_> {
    /// Looks at the chain of the ledger, and whether it leads to the head.
    pub fn ledger(&mut self) -> Result<()> {
        let mut records = Vec::new();
        let mut hash = [0; 32];
        let mut position = 0;
        let mut cursor = self
            .snapshot
            .scan(&keys::Area::Ledger.range(), Direction::Forward)?;
        while let Some((key, value)) = cursor.next()? {
            self.report.counts.ledger_records += 1;
            // Records are called by where they lie: what they say of themselves may be wrong.
            let found = keys::ledger_position(key);
            if found != Some(position) {
                let follows = found.map_or("one with a damaged key".to_owned(), |found| {
                    format!("record {found}")
                });
                let problem = format!("it is missing, and {follows} follows");
                let place = format!("ledger record {position}");
                self.report.add(FindingCode::LedgerRecord, place, problem);
            }
            position = found.unwrap_or(position);
            let place = format!("ledger record {position}");
            match decode_record::<LedgerRecord>(value) {
                Ok(record) => {
                    if record.sequence != position {
                        let problem = format!("record {} stands in its place", record.sequence);
                        self.report.add(FindingCode::LedgerRecord, &place, problem);
                    }
                    if record.previous_hash != hash {
                        let problem = broken_chain(position);
                        self.report.add(FindingCode::LedgerChain, &place, problem);
                    }
                    records.push(record);
                }
                Err(problem) => self.report.add(FindingCode::LedgerRecord, &place, problem),
            }
            position = position.saturating_add(1);
            hash = *blake3::hash(value).as_bytes();
        }
        self.releases(&records);
        // Where one is missing, the next one begins elsewhere.
        if !self.report.totals.contains_key(&FindingCode::LedgerRecord) {
            self.way(&records);
        }
        records.iter().for_each(|record| self.used.record(record));
        self.forgotten = forgotten(&records);
        let head = &self.head;
        let count = self.report.counts.ledger_records;
        if count != head.ledger_records || hash != head.ledger_hash {
            let problem = format!(
                "the head names {} records ending in another hash",
                head.ledger_records
            );
            self.report.add(
                FindingCode::LedgerHead,
                format!("the ledger of {count} records"),
                problem,
            );
        } else {
            self.revision(&records);
            self.spaces_of(&records);
            self.versions_of(&records);
        }
        Ok(())
    }

    /// Looks whether the tables stand as the ledger says of the current revision. Where rows lie is no part of that.
    fn revision(&mut self, records: &[LedgerRecord]) {
        if records.is_empty() {
            return;
        }
        let revisions = Revisions::of(records);
        let Some(state) = revisions.state(self.head.revision) else {
            let problem = format!("no record of the ledger makes revision {}", self.head.revision);
            return self.report.add(FindingCode::Revision, "the head", problem);
        };
        for (id, table) in &self.head.tables {
            let is_as_told = match state.get(id) {
                Some(told) => {
                    TableState {
                        space: table.state.space,
                        ..told.clone()
                    } == table.state
                }
                None => table.state.presence == Presence::Absent,
            };
            if !is_as_told {
                let problem = format!(
                    "it doesn't stand as the ledger says of revision {}",
                    self.head.revision
                );
                self.report.add(
                    FindingCode::Revision,
                    format!("table {}", table.state.name),
                    problem,
                );
            }
        }
        self.view_states(&revisions);
        self.migrations(&revisions);
        for id in state.keys().filter(|id| !self.head.tables.contains_key(id)) {
            let problem = format!(
                "the ledger has it in revision {}, and the head doesn't",
                self.head.revision
            );
            self.report
                .add(FindingCode::Revision, format!("table id {id}"), problem);
        }
    }

    /// Looks whether the views stand as the ledger says of the current revision.
    fn view_states(&mut self, revisions: &Revisions) {
        let told = revisions.views(self.head.revision).cloned().unwrap_or_default();
        let is_as_told = |id: &u32, state: &ViewState| match told.get(id) {
            // Of a view that isn't there, the version says nothing.
            Some(told) if told.presence == Presence::Absent => state.presence == Presence::Absent,
            Some(told) => told == state,
            None => state.presence == Presence::Absent,
        };
        let heads = self.head.views.iter();
        let wrong: Vec<String> = heads
            .filter(|(id, view)| !is_as_told(id, &view.state))
            .map(|(_, view)| format!("view {}", view.state.name))
            .chain(
                told.keys()
                    .filter(|id| !self.head.views.contains_key(id))
                    .map(|id| format!("view id {id}")),
            )
            .collect();
        for place in wrong {
            let problem = format!(
                "it doesn't stand as the ledger says of revision {}",
                self.head.revision
            );
            self.report.add(FindingCode::Revision, place, problem);
        }
    }

    /// Looks whether every release has a name of its own, and a revision that was there when it was named.
    fn releases(&mut self, records: &[LedgerRecord]) {
        let mut revisions = BTreeSet::new();
        let mut names: BTreeMap<&str, u64> = BTreeMap::new();
        for record in records {
            let place = format!("ledger record {}", record.sequence);
            let mut add = |problem: String| self.report.add(FindingCode::Release, &place, problem);
            if record.kind.makes_revision() {
                revisions.insert(record.revision);
            }
            match (record.kind, &record.release) {
                (LedgerKind::Release, None) => add("it is a release without a name".to_owned()),
                (LedgerKind::Release, Some(name)) => {
                    if let Err(problem) = check_release_name(name) {
                        add(format!("the name {}: {problem}", name.escape_debug()));
                    }
                    if !revisions.contains(&record.revision) {
                        let revision = record.revision;
                        add(format!(
                            "{name} is revision {revision}, which no record before makes"
                        ));
                    }
                    if record.from_revision != Some(record.revision) || !record.effects.is_empty() {
                        add(format!("{name} moves the store, and a name doesn't"));
                    }
                    if let Some(other) = names.insert(name, record.sequence) {
                        add(format!("{name} is the name that record {other} gives"));
                    }
                }
                (kind, Some(name)) => add(format!("{} records give no name, and it has {name}", kind.name())),
                (_, None) => {}
            }
        }
    }

    /// Looks whether the head remembers the own migrations of whole tables that are behind it, and no others.
    fn migrations(&mut self, revisions: &Revisions) {
        let expected = revisions.migrations_at(self.head.revision, &self.head.migrations);
        let known = &self.head.migrations;
        let strays = known.keys().filter(|id| !expected.contains_key(*id));
        let forgotten = expected.keys().filter(|id| !known.contains_key(*id));
        let found: Vec<String> = strays.chain(forgotten).cloned().collect();
        for id in found {
            let problem = "the head and the ledger differ about whether it ran";
            self.report
                .add(FindingCode::Revision, format!("the migration {id}"), problem);
        }
    }
}

/// Lists the tables and edges of which what was kept was deleted on purpose.
fn forgotten(records: &[LedgerRecord]) -> BTreeSet<(u32, u32)> {
    let all = records.iter().flat_map(|record| &record.forgotten);
    let edges = all.filter_map(|forgotten| match forgotten.part {
        ForgottenPart::Edge { edge, .. } => Some((forgotten.table, edge)),
        ForgottenPart::Rows { .. } => None,
    });
    edges.collect()
}
