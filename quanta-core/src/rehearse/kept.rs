//! Rows over a change that somebody else made: what it leaves alone is there afterwards.

use crate::db::Database;
use crate::diff::Change;
use crate::error::Result;
use crate::plan::{Movement, Plan, TablePlan};
use crate::schema::own_field;

use super::law::Check;
use super::rows::Writes;
use super::travel::Standing;
use super::writes::{Side, check_carried, shared};

/// Checks that every row which was there before a change has after it what it had in the fields that the change leaves
/// alone. `db` stands after it.
pub(crate) fn check_kept(db: &Database, plan: &Plan, (before, after): (&Standing, &Standing)) -> Check {
    let mut followed = plan.clone();
    followed.tables.retain(|table| !has_own_values(table));
    let shared = shared(db, &followed, (before, after))?;
    let mut all = Vec::new();
    for table in &shared {
        let image = &before.image.tables[&table.before];
        let rows = image.rows.values().map(|body| image.value(body));
        all.push(Writes {
            table: table.before.clone(),
            rows: rows.collect::<Result<_>>()?,
        });
    }
    check_carried(&shared, Side::Before, &all, &before.image, &after.image)
}

/// Tells whether steps give a table values by what else was stored, or change values in a place that they name as it was
/// called on the way.
fn has_own_values(table: &TablePlan) -> bool {
    let is_long = matches!(table.movement, Movement::Follow { .. });
    table.steps.iter().any(|step| match &step.change {
        Change::ChangeType { .. } | Change::DropVariant { .. } => is_long,
        Change::AddField { path, .. } | Change::DropField { path, .. } | Change::RenameField { path, .. } => {
            is_long && own_field(path) != path
        }
        Change::AddVariant { .. } | Change::RenameVariant { .. } => is_long,
        Change::RunMigration { .. }
        | Change::UndoMigration { .. }
        | Change::EditRows(_)
        | Change::UndoEdit(_)
        | Change::RunTableMigration(_)
        | Change::UndoTableMigration(_)
        | Change::RestoreField { .. }
        | Change::WithdrawField { .. } => true,
        _ => false,
    })
}
