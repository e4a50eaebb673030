//! What an open does before it looks at rows: what it tells of tables that went, and frozen values.

use std::collections::BTreeMap;

use crate::catalog::{for_each, keys};
use crate::diff::{Change, Fill, Refusal, RefusalKind, Step};
use crate::error::Result;
use crate::plan::{Movement, Plan, Presence, StoredTable, TablePlan};
use crate::schema::Schema;

use super::code::{CodeTable, freeze_once};
use super::declared::{DeclaredTables, code_for};
use super::open::{Open, refuse};

impl Open<'_> {
    /// Counts the rows of tables that went under the name of one that comes.
    pub(super) fn note_kept_tables(&self, plan: &mut Plan) -> Result<()> {
        let created = plan
            .tables
            .iter()
            .filter(|table| matches!(table.movement, Movement::Create { .. }));
        for table in created {
            let gone = self
                .head
                .tables
                .values()
                .filter(|gone| gone.state.name == table.name && gone.state.presence != Presence::Live);
            for gone in gone {
                let mut rows = 0_u64;
                for_each(
                    self.shop.snapshot.as_ref(),
                    &keys::rows(gone.state.space),
                    &mut |_, _| {
                        rows += 1;
                        Ok(())
                    },
                )?;
                let note = format!(
                    "{} is a new table; {rows} rows of the one that went under this name are kept: a rollback to a \
                     revision that had it brings them back",
                    table.name
                );
                plan.notes.push(note);
            }
        }
        Ok(())
    }

    /// Calls the functions that give frozen values.
    pub(super) fn freeze(
        &self,
        plan: &mut Plan,
        declared: &DeclaredTables<'_>,
        stored: &BTreeMap<u32, StoredTable>,
    ) -> Result<()> {
        let mut refusals = Vec::new();
        for table in &mut plan.tables {
            let code = code_for(declared, &table.name);
            let old = table
                .table
                .and_then(|id| stored.get(&id))
                .map(|table| &table.versions);
            let old = old.and_then(|versions| versions.values().next());
            refusals.extend(freeze_table(table, &code, old.map(|old| &old.schema)).err());
        }
        plan.refusals.extend(refusals);
        refuse(plan)
    }
}

/// Calls the functions that give frozen values of one table, which has rows of a schema that it had.
///
/// # Errors
///
/// If one fails, or the program doesn't have it.
pub(super) fn freeze_table(
    table: &mut TablePlan,
    code: &CodeTable,
    old: Option<&Schema>,
) -> std::result::Result<(), Refusal> {
    let (Movement::Change { diff }, Some(old)) = (&mut table.movement, old) else {
        return Ok(());
    };
    let functions = diff.steps.iter().filter_map(|step| match &step.change {
        Change::AddField {
            path,
            fill: Fill::Once(name),
            ..
        } => Some((path.clone(), name.clone())),
        _ => None,
    });
    table.frozen = functions.collect();
    freeze_once(diff, code, old).map_err(|(path, problem)| own_code_refusal(&table.name, path, problem))?;
    table.steps = with_struct_steps(&table.steps, &diff.steps);
    Ok(())
}

/// Returns the steps of a table with those of its shape and its indexes replaced: names alone are no part of an edge.
fn with_struct_steps(all: &[Step], shape: &[Step]) -> Vec<Step> {
    let renames = all.iter().filter(|step| {
        matches!(
            step.change,
            Change::RenameTable { .. } | Change::RenameIndex { .. }
        )
    });
    let writes = all
        .iter()
        .filter(|step| matches!(step.change, Change::RunTableMigration(_)));
    renames.chain(shape).chain(writes).cloned().collect()
}

fn own_code_refusal(table: &str, path: String, problem: String) -> Refusal {
    Refusal {
        kind: RefusalKind::OwnCode,
        table: table.to_owned(),
        path,
        problem,
        fixes: vec!["mend the function and open again: nothing was changed".to_owned()],
    }
}
