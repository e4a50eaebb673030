//! Calling the program's own functions: panics become errors that name the function.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::codec::{Decoder, Encoder};
use crate::custom::{MigrationDeclaration, MigrationWork, RowFn};
use crate::diff::{ArmKind, Change, Fill, TableDiff};
use crate::error::panic_text;
use crate::model::{ConvertFn, Declared, OldRow, OwnCode};
use crate::program::{NoCode, OwnCodeTable, RowCall};
use crate::schema::Schema;

/// The functions that the attributes of one entity name.
#[derive(Clone, Default)]
pub struct CodeTable {
    functions: BTreeMap<&'static str, OwnCode>,
    conversions: BTreeMap<&'static str, ConvertFn>,
    /// Own migrations, and the functions that take them back.
    migrations: BTreeMap<&'static str, RowFn>,
}

impl std::fmt::Debug for CodeTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.functions.keys().chain(self.conversions.keys());
        f.debug_list().entries(names).finish()
    }
}

impl CodeTable {
    /// Collects the functions of a declaration.
    #[must_use]
    pub fn of(declared: &Declared) -> Self {
        Self {
            functions: declared
                .own_code
                .values()
                .map(|code| (code.name, *code))
                .collect(),
            conversions: declared.conversions.iter().copied().collect(),
            migrations: BTreeMap::new(),
        }
    }

    /// Makes one of functions that convert values.
    #[must_use]
    pub fn of_conversions(conversions: impl IntoIterator<Item = (&'static str, ConvertFn)>) -> Self {
        Self {
            conversions: conversions.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Adds an own migration of the entity's rows.
    pub fn add(&mut self, migration: &MigrationDeclaration) {
        let MigrationWork::Rows(work) = &migration.work else {
            return;
        };
        self.migrations.insert(migration.hints.id, work.up);
        if let (Some(name), Some(down)) = (migration.hints.down, work.down) {
            self.migrations.insert(name, down);
        }
    }

    /// Tells whether the program has no function for the entity.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.conversions.is_empty() && self.migrations.is_empty()
    }

    fn call(&self, name: &str, row: &OldRow<'_>) -> Result<Vec<u8>, String> {
        let code = self
            .functions
            .get(name)
            .ok_or_else(|| format!("the function `{name}` is needed, and this program doesn't have it"))?;
        let mut out = Encoder::default();
        unpanicked(name, || (code.run)(row, &mut out))?
            .map_err(|problem| format!("the function `{name}` failed: {problem}"))?;
        finished(name, out)
    }

    fn convert_value(&self, name: &str, value: &[u8]) -> Result<Result<Vec<u8>, String>, String> {
        let function = self
            .conversions
            .get(name)
            .ok_or_else(|| format!("the function `{name}` is needed, and this program doesn't have it"))?;
        let mut out = Encoder::default();
        let mut input = Decoder::new(value);
        match unpanicked(name, || function(&mut input, &mut out))? {
            Ok(()) => finished(name, out).map(Ok),
            Err(declined) => Ok(Err(declined)),
        }
    }
}

impl CodeTable {
    fn migrate_row(&self, call: RowCall<'_>) -> Result<Result<Vec<u8>, String>, String> {
        let name = call.name;
        let function = self
            .migrations
            .get(name)
            .ok_or_else(|| format!("the migration `{name}` is needed, and this program doesn't have it"))?;
        let mut out = Encoder::default();
        match unpanicked(name, || function(call, &mut out))? {
            Ok(()) => finished(name, out).map(Ok),
            Err(declined) => Ok(Err(declined)),
        }
    }
}

/// Calls a function of the program; a panic becomes a text that names it.
pub(super) fn unpanicked<R>(name: &str, call: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(call))
        .map_err(|panic| format!("the function `{name}` panicked: {}", panic_text(panic.as_ref())))
}

fn finished(name: &str, out: Encoder) -> Result<Vec<u8>, String> {
    out.finish()
        .map_err(|problem| format!("the value of `{name}` can't be stored: {problem}"))
}

/// The functions of one entity for a look at rows that writes nothing: those that are called once stay uncalled.
pub struct DryRun(pub CodeTable);

impl OwnCodeTable for DryRun {
    fn compute(&self, name: &str, old: &Schema, row: &[u8]) -> Result<Vec<u8>, String> {
        self.0.compute(name, old, row)
    }

    fn convert(&self, name: &str, value: &[u8]) -> Result<Result<Vec<u8>, String>, String> {
        self.0.convert_value(name, value)
    }

    fn migrate(&self, call: RowCall<'_>) -> Result<Result<Vec<u8>, String>, String> {
        self.0.migrate_row(call)
    }

    fn stand_in(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

/// No function at all, for a look at rows before the values were made that are made once.
#[derive(Debug, Clone, Copy)]
pub struct OnlyStandIns;

impl OwnCodeTable for OnlyStandIns {
    fn compute(&self, name: &str, old: &Schema, row: &[u8]) -> Result<Vec<u8>, String> {
        NoCode.compute(name, old, row)
    }

    fn convert(&self, name: &str, value: &[u8]) -> Result<Result<Vec<u8>, String>, String> {
        NoCode.convert(name, value)
    }

    fn migrate(&self, call: RowCall<'_>) -> Result<Result<Vec<u8>, String>, String> {
        NoCode.migrate(call)
    }

    fn stand_in(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

impl OwnCodeTable for CodeTable {
    fn compute(&self, name: &str, old: &Schema, row: &[u8]) -> Result<Vec<u8>, String> {
        self.call(name, &OldRow::new(old, row))
    }

    fn convert(&self, name: &str, value: &[u8]) -> Result<Result<Vec<u8>, String>, String> {
        self.convert_value(name, value)
    }

    fn migrate(&self, call: RowCall<'_>) -> Result<Result<Vec<u8>, String>, String> {
        self.migrate_row(call)
    }
}

/// Calls every function that gives a frozen value, once, and puts the values in its place.
///
/// # Errors
///
/// The path of the field, and why its function gave no value.
pub fn freeze_once(diff: &mut TableDiff, code: &CodeTable, old: &Schema) -> Result<(), (String, String)> {
    let mut values: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for step in &mut diff.steps {
        let Change::AddField { path, fill, .. } = &mut step.change else {
            continue;
        };
        let Fill::Once(name) = fill else { continue };
        // The function takes no row; an empty one stands in for it.
        let row = OldRow::new(old, &[]);
        let value = code.call(name, &row).map_err(|problem| (path.clone(), problem))?;
        values.insert(path.clone(), value.clone());
        *fill = Fill::Value(value);
    }
    for restore in &mut diff.lens.restores {
        if let (Fill::Once(_), Some(value)) = (&restore.initial, values.get(&restore.path)) {
            restore.initial = Fill::Value(value.clone());
        }
    }
    for arm in &mut diff.lens.arms {
        let ArmKind::Fields { added, .. } = &mut arm.kind else {
            continue;
        };
        for orphan in added.iter_mut() {
            if let (Fill::Once(_), Some(value)) = (&orphan.fill, values.get(&orphan.path)) {
                orphan.fill = Fill::Value(value.clone());
            }
        }
    }
    Ok(())
}
