//! Verifying the ledger, and the head against it.

use quanta_storage::Direction;

use crate::catalog::{Revisions, keys};
use crate::codec::decode_record;
use crate::error::Result;
use crate::plan::{LedgerRecord, Presence, TableState};

use super::report::FindingCode;
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
            let place = format!("ledger record {position}");
            if key != keys::ledger(position) {
                self.report.add(
                    FindingCode::LedgerRecord,
                    &place,
                    "the record of another position follows",
                );
            }
            match decode_record::<LedgerRecord>(value) {
                Ok(record) => {
                    if record.sequence != position {
                        let problem = format!("record {} stands in its place", record.sequence);
                        self.report.add(FindingCode::LedgerRecord, &place, problem);
                    }
                    if record.previous_hash != hash {
                        let problem = "the record before it is not the one it names";
                        self.report.add(FindingCode::LedgerChain, &place, problem);
                    }
                    position = record.sequence.max(position);
                    records.push(record);
                }
                Err(problem) => self.report.add(FindingCode::LedgerRecord, &place, problem),
            }
            position += 1;
            hash = *blake3::hash(value).as_bytes();
        }
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
