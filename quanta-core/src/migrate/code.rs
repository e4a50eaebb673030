//! Calling the program's own functions: panics become errors that name the function.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::codec::{Decoder, Encoder};
use crate::custom::{MigrationDeclaration, MigrationWork, RowFn};
use crate::diff::{ArmKind, Change, Edit, Fill, RowEdit, TableDiff, Way};
use crate::error::panic_text;
use crate::model::{ConvertFn, Declared, OldRow, OwnCode};
use crate::plan::Version;
use crate::program::{Migrated, NoCode, OwnCodeTable, RowCall};
use crate::schema::Schema;

/// What files do to rows, compiled for rows of one schema: gives the row that becomes of a body, or none if it is taken out.
pub type EditFn = Box<dyn Fn(&[u8]) -> Result<Option<Vec<u8>>, String> + Send + Sync>;

/// Compiles what files do to rows for rows of a schema. Filters are read above this module.
pub type CompileEdits = fn(&[Edit], &Schema) -> Result<EditFn, String>;

/// The functions that the attributes of one entity name.
#[derive(Clone, Default)]
pub struct CodeTable {
    functions: BTreeMap<&'static str, OwnCode>,
    conversions: BTreeMap<&'static str, ConvertFn>,
    /// Own migrations, and the functions that take them back.
    migrations: BTreeMap<&'static str, RowFn>,
    edits: Edits,
}

/// What migration files did, or are to do, to the rows of a table.
#[derive(Clone, Default)]
struct Edits {
    by_id: BTreeMap<String, RowEdit>,
    compile: Option<CompileEdits>,
    /// The last one that was called, compiled.
    compiled: Arc<Mutex<Option<Arc<Compiled>>>>,
}

struct Compiled {
    name: String,
    schema: Schema,
    run: EditFn,
}

impl Edits {
    fn compiled(&self, (way, id): (Way, &str), name: &str, schema: &Schema) -> Result<Arc<Compiled>, String> {
        let mut last = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.clone();
        if let Some(known) = known.filter(|known| known.name == name && known.schema == *schema) {
            return Ok(known);
        }
        let (Some(edit), Some(compile)) = (self.by_id.get(id), self.compile) else {
            return Err(format!("what {id} did to rows is not known here"));
        };
        let edits = match way {
            Way::Up => &edit.up,
            Way::Down => &edit.down,
        };
        let compiled = Arc::new(Compiled {
            name: name.to_owned(),
            schema: schema.clone(),
            run: compile(edits, schema)?,
        });
        *last = Some(Arc::clone(&compiled));
        Ok(compiled)
    }
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
            edits: Edits::default(),
        }
    }

    /// Adds what files did to rows on the edges of a table.
    #[must_use]
    pub fn with_edits(mut self, versions: &BTreeMap<u32, Version>, compile: CompileEdits) -> Self {
        let edges = versions.values().filter_map(|version| version.edge.as_ref());
        for step in edges.flat_map(|edge| &edge.steps) {
            if let Change::EditRows(edit) = &step.change {
                self.edits.by_id.insert(edit.id.clone(), edit.clone());
                self.edits.compile = Some(compile);
            }
        }
        self
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

    /// Adds the functions that another one has and this one hasn't.
    pub fn add_all(&mut self, other: &Self) {
        for (name, code) in &other.functions {
            self.functions.entry(name).or_insert(*code);
        }
        for (name, function) in &other.conversions {
            self.conversions.entry(name).or_insert(*function);
        }
        for (name, function) in &other.migrations {
            self.migrations.entry(name).or_insert(*function);
        }
    }

    /// Tells whether the program has no function for the entity.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
            && self.conversions.is_empty()
            && self.migrations.is_empty()
            && self.edits.by_id.is_empty()
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
    fn migrate_row(&self, call: RowCall<'_>) -> Result<Migrated, String> {
        let name = call.name;
        if let Some(edit) = RowEdit::by_name(name) {
            let compiled = self.edits.compiled(edit, name, call.now.0)?;
            let row = (compiled.run)(call.now.1)?;
            return Ok(row.map_or(Migrated::TakenOut, Migrated::Row));
        }
        let function = self
            .migrations
            .get(name)
            .ok_or_else(|| format!("the migration `{name}` is needed, and this program doesn't have it"))?;
        let mut out = Encoder::default();
        match unpanicked(name, || function(call, &mut out))? {
            Ok(()) => finished(name, out).map(Migrated::Row),
            Err(declined) => Ok(Migrated::Declined(declined)),
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
    fn has_functions(&self) -> bool {
        !self.0.is_empty()
    }

    fn compute(&self, name: &str, old: &Schema, row: &[u8]) -> Result<Vec<u8>, String> {
        self.0.compute(name, old, row)
    }

    fn convert(&self, name: &str, value: &[u8]) -> Result<Result<Vec<u8>, String>, String> {
        self.0.convert_value(name, value)
    }

    fn migrate(&self, call: RowCall<'_>) -> Result<Migrated, String> {
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
    fn has_functions(&self) -> bool {
        false
    }

    fn compute(&self, name: &str, old: &Schema, row: &[u8]) -> Result<Vec<u8>, String> {
        NoCode.compute(name, old, row)
    }

    fn convert(&self, name: &str, value: &[u8]) -> Result<Result<Vec<u8>, String>, String> {
        NoCode.convert(name, value)
    }

    fn migrate(&self, call: RowCall<'_>) -> Result<Migrated, String> {
        NoCode.migrate(call)
    }

    fn stand_in(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

impl OwnCodeTable for CodeTable {
    fn has_functions(&self) -> bool {
        !self.is_empty()
    }

    fn compute(&self, name: &str, old: &Schema, row: &[u8]) -> Result<Vec<u8>, String> {
        self.call(name, &OldRow::new(old, row))
    }

    fn convert(&self, name: &str, value: &[u8]) -> Result<Result<Vec<u8>, String>, String> {
        self.convert_value(name, value)
    }

    fn migrate(&self, call: RowCall<'_>) -> Result<Migrated, String> {
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
