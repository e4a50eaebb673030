//! Laws of one version: it arrived, it reads the same however much of it was swept, and nothing contradicts anything.

use crate::db::Database;

use super::image::Image;
use super::law::{Check, Counterexample};
use super::resolve::Taken;
use super::scratch::{Declared, Scratch};

/// Plans a change twice: equal bytes, and no record changed.
pub(super) fn check_plan(store: &Scratch, next: &Declared) -> Check {
    let before = store.digest()?;
    let text = || -> crate::error::Result<String> {
        let plan = store.plan(next)?;
        Ok(format!("{plan}\n{}", plan.to_json()))
    };
    let (one, two) = (text()?, text()?);
    if one != two {
        return Err(Counterexample {
            expected: one,
            found: two,
            ..Counterexample::new("two plans of one change differ")
        });
    }
    if store.digest()? != before {
        return Err(Counterexample::new("making a plan changed a record"));
    }
    Ok(())
}

/// Checks that the tables are those that were declared, and that opening again changes nothing.
pub(super) fn check_arrived(store: &Scratch, taken: &Taken, image: &Image) -> Check {
    let declared = &taken.declared.version.tables;
    for (name, table) in declared {
        let found = image
            .tables
            .get(name)
            .ok_or_else(|| Counterexample::of_table(name, "the table did not arrive"))?;
        if !found.schema.is_same_as(&table.schema) {
            return Err(Counterexample::of_table(
                name,
                "the schema is not the declared one",
            ));
        }
    }
    if let Some(name) = image.tables.keys().find(|name| !declared.contains_key(*name)) {
        return Err(Counterexample::of_table(name, "the table is still there"));
    }
    let again = store.plan(&Declared::new(taken.declared.version.clone()))?;
    if !again.is_empty() {
        return Err(Counterexample::new(format!(
            "opening again would change: {again}"
        )));
    }
    let before = store.digest()?;
    drop(store.open(&Declared::new(taken.declared.version.clone()))?);
    if store.digest()? != before {
        return Err(Counterexample::new("opening again changed a record"));
    }
    Ok(())
}

/// Checks that nothing in the store contradicts anything, the ledger and the head above all.
pub(crate) fn check_sound(db: &Database) -> Check {
    let report = db.verify()?;
    match report.findings.first() {
        Some(finding) => Err(Counterexample::new(format!(
            "{}: {}: {}",
            finding.code, finding.place, finding.problem
        ))),
        None => Ok(()),
    }
}

/// Sweeps everything.
pub(crate) fn sweep(db: &Database) -> crate::error::Result<()> {
    db.sweep().wait().map(drop)
}

/// Checks that rows read the same before the sweep, after every second one was written again as it is, and after it.
pub(super) fn check_lazy(store: &Scratch, taken: &Taken, image: &Image) -> Check {
    let half = store.fork();
    let db = half.open(&taken.declared)?;
    rewrite_half(&db, image)?;
    image
        .check_equal(&Image::of(&db)?)
        .map_err(|broken| broken.when("with every second row written again as it was"))?;
    sweep(&db)?;
    let swept = Image::of(&db)?;
    image
        .check_equal(&swept)
        .map_err(|broken| broken.when("after half was written again and the rest swept"))?;
    drop(db);
    let whole = store.fork();
    let db = whole.open(&taken.declared)?;
    sweep(&db)?;
    image
        .check_equal(&Image::of(&db)?)
        .map_err(|broken| broken.when("after the sweep"))?;
    image.check_gets(&db)?;
    check_sound(&db).map_err(|broken| broken.when("after the sweep"))
}

fn rewrite_half(db: &Database, image: &Image) -> crate::error::Result<()> {
    for (name, table) in &image.tables {
        db.write(|transaction| {
            let rows = transaction.table(name)?;
            for body in table.rows.values().step_by(2) {
                rows.put(&table.value(body)?)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}
