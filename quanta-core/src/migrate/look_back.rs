//! Reading a newer store as an older program knows it: rows come through the stored inverses, and nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::{for_each, keys};
use crate::diff::Way;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Decision, Movement, Plan, Presence, StoredTable};

use super::open::{Open, refuse};
use super::request::{Opening, Standpoint};
use super::shift::Shift;

impl Open<'_> {
    /// Shows each table as it was at the version that the program declares.
    ///
    /// # Errors
    ///
    /// If a table would have to change for that, or its rows lie under other keys than they did; and those of the engine.
    pub(super) fn look_back(
        &self,
        mut decision: Decision,
        stored: &BTreeMap<u32, StoredTable>,
    ) -> Result<Opening> {
        refuse(&decision.plan)?;
        self.note_forgotten(&mut decision.plan)?;
        let mut head = self.head.clone();
        let mut notes = decision.plan.notes.clone();
        notes.extend(decision.older.iter().map(|account| {
            format!("the store is newer than this program, which reads it as it was, and writes nothing: {account}")
        }));
        let mut shown = BTreeSet::new();
        for table in &decision.plan.tables {
            if matches!(
                table.movement,
                Movement::Create { .. } | Movement::Change { .. } | Movement::Follow { .. } | Movement::Drop
            ) {
                return Err(not_readable(
                    &decision,
                    &table.name,
                    "it would have to change first",
                ));
            }
            let shift = Shift::of(table, stored, &mut head.counters)?;
            if shift.rekeys() {
                return Err(not_readable(
                    &decision,
                    &table.name,
                    "its rows have another key now",
                ));
            }
            notes.extend(self.rows_taken_out(&shift)?);
            shown.insert(shift.table);
            if let Some(entry) = head.tables.get_mut(&shift.table) {
                entry.fingerprint = shift.fingerprint();
                entry.state = shift.after;
                // Their entries are of the newer version.
                entry.index_spaces.clear();
            }
        }
        // A table that took over the name of one that is shown is not there for this program.
        let names: BTreeSet<String> = shown
            .iter()
            .map(|id| head.tables[id].state.name.clone())
            .collect();
        for (id, table) in &mut head.tables {
            if !shown.contains(id) && names.contains(&table.state.name) {
                table.state.presence = Presence::Absent;
            }
        }
        let plan = Plan {
            notes,
            unregistered: decision.plan.unregistered,
            ..Plan::default()
        };
        Ok(Opening {
            head,
            standpoint: Standpoint::Older,
            ..self.finish(plan)
        })
    }

    /// Counts the rows that a newer program took out: they lie elsewhere, and are not shown.
    fn rows_taken_out(&self, shift: &Shift) -> Result<Option<String>> {
        let Some(before) = &shift.before else {
            return Ok(None);
        };
        let mut rows = 0_u64;
        let passed = shift.hops.iter().filter(|(_, way)| *way == Way::Down);
        // What was forgotten may still be there, and doesn't come back.
        for (edge, _) in passed.filter(|(edge, _)| shift.victims.contains(edge)) {
            let range = keys::victims_of(before.space, *edge);
            for_each(self.shop.snapshot.as_ref(), &range, &mut |_, _| {
                rows += 1;
                Ok(())
            })?;
        }
        Ok((rows > 0).then(|| {
            let name = &shift.after.name;
            format!("{name}: {rows} rows that the newer program took out are not shown: a rollback brings them back")
        }))
    }
}

fn not_readable(decision: &Decision, table: &str, reason: &str) -> Error {
    let problem = format!(
        "the store is newer than this program, and {table} can't be read as it was: {reason}\n  fix: run the newer \
         program\n   or: Options::on_older(OnOlder::RollBack) takes the store back"
    );
    Error::new(ErrorKind::Older, problem).with_detail(Arc::new(decision.plan.clone()))
}
