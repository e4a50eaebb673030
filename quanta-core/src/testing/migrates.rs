//! The way up: a store opens, and everything is there.

use std::collections::BTreeSet;

use crate::codec::DecodeError;
use crate::db::{Database, Engine};
use crate::diff::Change;
use crate::plan::{Movement, Plan, TablePlan};
use crate::rehearse::{Standing, check_kept, sweep};
use crate::value::show_key;

use super::case::Case;
use super::failure::{Failure, broken};

/// Opens the store with the program, and checks what becomes of it. Rows of the tables `taking_out` may go.
pub(super) fn check(case: &Case<'_>, taking_out: &BTreeSet<String>) -> Result<(), Failure> {
    let memory = case.memory.fork();
    let db = case.open(&memory)?;
    let plan = db.open_report().plan.clone();
    let after = case.look(&db, "opened")?;
    let planned = |failure: Failure| failure.planned(&plan);
    check_decoding(case, &db, &after).map_err(planned)?;
    check_counts(case, &plan, &after, taking_out).map_err(planned)?;
    check_untouched(case, &plan, &after).map_err(planned)?;
    let kept = check_kept(&db, &plan, (&case.before, &after));
    kept.map_err(|lost| planned(case.failure(broken("a value that no step touches is another one", &lost))))?;
    case.verify(&db, "opened")?;

    sweep(&db).map_err(|error| case.refused("the sweep fails", &error))?;
    case.compare((&after, &case.look(&db, "swept")?), "after the sweep")?;
    case.verify(&db, "swept")?;
    drop(db);
    let again = case.open(&memory)?;
    let plan = &again.open_report().plan;
    if plan.tables.is_empty() {
        return Ok(());
    }
    Err(case
        .failure("opened again, the store changes once more")
        .planned(plan))
}

/// Reads every row as its entity.
fn check_decoding(case: &Case<'_>, db: &Database, after: &Standing) -> Result<(), Failure> {
    let options = case.options(Engine::Memory(case.memory.clone()));
    for declaration in options.declarations() {
        let (name, entity) = (&declaration.table, &declaration.rust_name);
        let (Some(decode), Some(table)) = (declaration.decode, after.image.tables.get(name)) else {
            continue;
        };
        let unread = |key: &[u8], error: DecodeError| {
            let key = show_key(&table.schema, key);
            case.failure(format!("{name}, row {key}: it is no {entity}: {error}"))
        };
        for (key, body) in &table.rows {
            decode(body).map_err(|error| unread(key, error))?;
        }
        let count = db.table(name).and_then(|table| table.len());
        let count = count.map_err(|error| case.refused("rows can't be counted", &error))?;
        if count != table.rows.len() as u64 {
            let rows = table.rows.len();
            return Err(case.failure(format!(
                "{name}: a scan shows {rows} rows, and {count} are counted"
            )));
        }
    }
    Ok(())
}

/// Counts the rows of every table.
fn check_counts(
    case: &Case<'_>,
    plan: &Plan,
    after: &Standing,
    taking_out: &BTreeSet<String>,
) -> Result<(), Failure> {
    for table in &plan.tables {
        let old_name = table.renamed_from.as_ref().unwrap_or(&table.name);
        let Some(before) = case.before.image.tables.get(old_name) else {
            continue;
        };
        if taking_out.contains(&table.name) || writes_tables(table) {
            continue;
        }
        let (name, rows) = (&table.name, before.rows.len() as u64);
        let found = after.image.tables.get(name);
        let found = found.map_or(0, |table| table.rows.len() as u64);
        if matches!(table.movement, Movement::Drop) && rows > 0 {
            let problem = format!("{name}: the table is dropped with {rows} rows; {}", hint(name));
            return Err(case.failure(problem));
        }
        if table.rows_dropped > 0 {
            let gone = table.rows_dropped;
            let problem = format!("{name}: {gone} of {rows} rows are taken out; {}", hint(name));
            return Err(case.failure(problem));
        }
        if found < rows {
            let gone = rows - found;
            return Err(case.failure(format!("{name}: {gone} of {rows} rows are gone")));
        }
    }
    Ok(())
}

fn hint(table: &str) -> String {
    format!("if that is meant, say so: `taking_out = \"{table}\"`")
}

/// Tells whether migrations over whole tables write rows of a table: then only they know how many there are.
fn writes_tables(table: &TablePlan) -> bool {
    table.steps.iter().any(|step| {
        matches!(
            step.change,
            Change::RunTableMigration(_) | Change::UndoTableMigration(_)
        )
    })
}

/// Compares the tables that the plan doesn't name.
fn check_untouched(case: &Case<'_>, plan: &Plan, after: &Standing) -> Result<(), Failure> {
    for (name, standing) in &case.before.tables {
        if plan.tables.iter().any(|table| table.table == Some(standing.id)) {
            continue;
        }
        let Some(found) = after.image.tables.get(name) else {
            return Err(case.failure(format!("{name}: the table is gone, and no plan says so")));
        };
        let equal = case.before.image.tables[name].check_equal(name, found);
        equal.map_err(|differs| case.failure(broken("nothing happens to the table", &differs)))?;
    }
    Ok(())
}
