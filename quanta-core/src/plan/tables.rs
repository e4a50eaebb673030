//! Own migrations of whole tables in a plan: a step for each table that they write.

use crate::diff::{Change, Refusal, RefusalKind, Step, TableMigration};

use std::collections::BTreeMap;

use super::decide::{Decision, DeclaredTable};
use super::plan::{Movement, TablePlan};
use super::stored::{Presence, StoredTable};

/// Adds a migration that runs: a step to the plan of each table that it writes.
pub fn add_table_migration(
    migration: &TableMigration,
    stored: &BTreeMap<u32, StoredTable>,
    declared: &[DeclaredTable<'_>],
    decision: &mut Decision,
) {
    for name in &migration.writes {
        if !declared.iter().any(|table| table.name == name) {
            decision.plan.refusals.push(unknown(migration, name));
            continue;
        }
        let step = Step::new(name, Change::RunTableMigration(migration.clone()));
        let tables = &mut decision.plan.tables;
        let planned = tables
            .iter_mut()
            .find(|table| table.name == *name && table.movement != Movement::Drop);
        // A new version of its own doesn't take up what a rollback took back.
        let is_own = match planned {
            Some(table) => {
                table.steps.push(step);
                matches!(
                    table.movement,
                    Movement::Create { .. } | Movement::Change { .. } | Movement::Follow { .. }
                )
            }
            None => {
                tables.extend(unchanged(name, stored, step));
                false
            }
        };
        let is_held = stored
            .values()
            .any(|table| is_live(table, name) && table.head.held);
        if is_held && !is_own && !decision.held.contains(name) {
            decision.held.push(name.clone());
        }
    }
    decision.plan.tables.sort_by(|one, two| one.name.cmp(&two.name));
}

fn is_live(table: &StoredTable, name: &str) -> bool {
    table.head.state.presence == Presence::Live && table.head.state.name == name
}

/// Plans a table to which nothing else happens.
fn unchanged(name: &str, stored: &BTreeMap<u32, StoredTable>, step: Step) -> Option<TablePlan> {
    let table = stored.values().find(|table| is_live(table, name))?;
    let state = &table.head.state;
    let schema = table.versions.get(&state.version);
    let schema = schema.map(|version| state.labelled(&version.schema));
    Some(TablePlan {
        table: Some(table.id),
        name: name.to_owned(),
        renamed_from: None,
        movement: Movement::Relabel,
        steps: vec![step],
        before: schema.clone(),
        after: schema,
        losses: Vec::new(),
        rows_checked: None,
        rows_dropped: 0,
        first_dropped: Vec::new(),
        sample: None,
        rows_returned: 0,
        rows_left_out: 0,
        restored: Vec::new(),
        write_defaults: state.write_defaults.clone().into_iter().collect(),
        frozen: BTreeMap::new(),
        hints_digest: table.head.hints_digest,
        consumed_names: table.head.consumed_names.clone(),
    })
}

fn unknown(migration: &TableMigration, name: &str) -> Refusal {
    Refusal {
        kind: RefusalKind::Declaration,
        table: name.to_owned(),
        path: String::new(),
        problem: format!(
            "the migration {} writes it, and this program opens no entity of that name",
            migration.id
        ),
        fixes: vec![
            format!("open the store with the entity of the table {name}"),
            format!("name the table that is meant in `writes(..)` of {}", migration.id),
        ],
    }
}
