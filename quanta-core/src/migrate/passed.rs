//! An open that would go back over an own migration of whole tables.

use std::collections::BTreeMap;

use crate::catalog::{Revisions, Tables, read_ledger};
use crate::diff::{Refusal, RefusalKind, Reversal, TableMigration, Way};
use crate::error::{Error, Result};
use crate::plan::{Movement, Plan, StoredTable, TablePlan, path};

use super::open::Open;

impl Open<'_> {
    /// Refuses to go back over own migrations of whole tables: an older program doesn't have what takes them back.
    pub(super) fn refuse_passed(&self, plan: &mut Plan, stored: &BTreeMap<u32, StoredTable>) -> Result<()> {
        let ledger = read_ledger(self.shop.snapshot.as_ref(), &self.head)?;
        let revisions = Revisions::of(&ledger);
        for (revision, migration) in revisions.migrations_run(self.head.revision) {
            let Some(state) = revisions.state(revision) else {
                continue;
            };
            for table in &plan.tables {
                if goes_below(table, state, &migration, stored)? {
                    let has_code = self
                        .request
                        .migrations
                        .iter()
                        .any(|known| known.hints.id == migration.id);
                    let reason = if has_code {
                        Reason::NotCalled
                    } else {
                        Reason::Missing
                    };
                    plan.refusals
                        .push(refusal(&table.name, revision, &migration, reason));
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Tells whether a table that a migration reads or writes goes back to before it.
fn goes_below(
    table: &TablePlan,
    state: &Tables,
    migration: &TableMigration,
    stored: &BTreeMap<u32, StoredTable>,
) -> Result<bool> {
    let (Movement::Travel { to, .. }, Some(id)) = (&table.movement, table.table) else {
        return Ok(false);
    };
    let (Some(then), Some(stored)) = (state.get(&id), stored.get(&id)) else {
        return Ok(false);
    };
    if !migration.writes.contains(&then.name) && !migration.reads.contains(&then.name) {
        return Ok(false);
    }
    let way = path(&stored.versions, then.version, *to);
    let way = way.map_err(|problem| Error::corrupt(format!("table {}", table.name), problem))?;
    Ok(way.iter().any(|(_, way)| *way == Way::Down))
}

/// Why a function that takes a migration back does not run.
#[derive(Clone, Copy)]
enum Reason {
    /// The program doesn't have it.
    Missing,
    /// It has it, and an open only goes back with what is stored.
    NotCalled,
}

fn refusal(table: &str, revision: u64, migration: &TableMigration, reason: Reason) -> Refusal {
    let id = &migration.id;
    let (kind, problem, fix) = match &migration.reversal {
        Reversal::Inverse(down) => (
            RefusalKind::OwnCode,
            match reason {
                Reason::Missing => format!(
                    "this program is older than the migration {id}, and doesn't have {down}, which takes it back"
                ),
                Reason::NotCalled => format!(
                    "this program's tables are older than the migration {id}, and OnOlder::RollBack doesn't call {down}, \
                     which takes it back"
                ),
            },
            format!("Database::rollback with the program that has {down}, to before revision {revision}"),
        ),
        Reversal::Kept | Reversal::Irreversible => (
            RefusalKind::Irreversible,
            format!("the migration {id} can't be taken back: it is declared irreversible"),
            format!("go no further back than to revision {revision}, which it made"),
        ),
    };
    Refusal {
        kind,
        table: table.to_owned(),
        path: String::new(),
        problem,
        fixes: vec![fix],
    }
}
