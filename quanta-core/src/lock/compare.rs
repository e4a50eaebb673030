//! Entities beside the last version of a document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value as Json, json};

use crate::custom::{MigrationDeclaration, MigrationWork};
use crate::db::{Engine, Options};
use crate::diff::{Change, Fill, KEY_PATH};
use crate::error::{Error, ErrorKind, Result};
use crate::history::{
    Difference, HistoryDocument, HistoryVersion, ReplacedVariant, TableGiven, TablesGiven, next_version,
};
use crate::plan::{Movement, Plan};
use crate::schema::Resolution;

use super::replay::{PLACE, replay};

/// What is different between the last version of a document and a program's entities.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The label of the last version; none if the document has no version.
    pub last_label: Option<String>,
    /// The version that the entities would add.
    pub version: HistoryVersion,
    /// Everything that is different: tables, types, fields, keys, defaults, indexes, references and names.
    pub differences: Vec<Difference>,
    /// Renames that are said, and that the document has not seen, whether or not anything is different.
    pub has_new_renames: bool,
    /// Migrations of the program's own that the document has not seen, whether or not anything is different.
    pub has_new_migrations: bool,
    /// Hints with names that the whole history never had.
    pub unknown_hints: Vec<String>,
    /// What an open would do to a store that stands at the last version. Its refusals refuse the lock too.
    pub plan: Plan,
}

impl Comparison {
    /// Tells whether the entities have changed since the last version.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        let has_new_hints = self.has_new_renames || self.has_new_migrations;
        !self.differences.is_empty() || has_new_hints || self.last_label.is_none()
    }

    /// Tells whether the entities can be written down as they are: nothing is refused, and every hint has a meaning.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.unknown_hints.is_empty() && self.plan.refusals.is_empty()
    }

    /// Tells whether there is nothing to say.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.is_sound() && !self.is_changed()
    }

    /// Returns it as JSON: `{"current", "last", "next", "differences": [{"place", "before", "after"}],
    /// "unknown_hints", "plan"}`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({
            "current": self.is_current(),
            "last": self.last_label,
            "next": self.is_changed().then_some(&self.version.label),
            "differences": self.differences.iter().map(Difference::to_json).collect::<Vec<_>>(),
            "unknown_hints": self.unknown_hints,
            "plan": self.plan.to_json(),
        })
    }
}

/// Lists the differences, then what stands against them, one on each line.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(f, "  {difference}")?;
        }
        if self.differences.is_empty() {
            for rename in self.version.hints.renames() {
                writeln!(f, "  {rename}: the lock has not seen this hint")?;
            }
        }
        for (table, ids) in &self.version.hints.migrations {
            for id in ids {
                writeln!(f, "  {table}: the lock has not seen the migration {id}")?;
            }
        }
        for unknown in &self.unknown_hints {
            writeln!(f, "  unknown hint: {unknown}: mend it, or take it out")?;
        }
        for refusal in &self.plan.refusals {
            writeln!(f, "  refused: {refusal}")?;
        }
        Ok(())
    }
}

/// Compares the entities of a program with the last version of a document. `label` is what the version is called that
/// they would add; without it, it gets the next number.
///
/// ```
/// # use quantadb::{HistoryDocument, Options, QuantaEntity, lock};
/// #[derive(QuantaEntity)]
/// #[quanta(table = "users")]
/// # #[quanta(register = false)]
/// struct User {
///     #[quanta(id)]
///     id: i64,
///     name: Option<String>,
/// }
///
/// let document = HistoryDocument::from_json(r#"{"format": "quanta-history/1", "name": "shop", "versions": [
///     {"label": "1", "tables": [{"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "i64"}]}]}]}"#)?;
/// let comparison = lock::compare(&document, &Options::new().entities::<(User,)>(), None)?;
/// assert!(comparison.is_sound() && !comparison.is_current());
/// assert_eq!((comparison.differences.len(), comparison.version.label.as_str()), (1, "2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If a declaration is wrong, the program has no entities, or the document has a version of that label. What would be
/// refused is in the comparison.
pub fn compare(document: &HistoryDocument, options: &Options, label: Option<&str>) -> Result<Comparison> {
    let declarations = options.declarations();
    if declarations.is_empty() {
        return Err(Error::new(ErrorKind::Declaration, NO_ENTITIES));
    }
    let memory = replay(document)?;
    let options_here = options.clone().engine(Engine::Memory(memory)).forward();
    let plan = options_here.plan(PLACE)?;
    let mut given = TablesGiven {
        label: label.map(str::to_owned),
        ..of_plan(&plan)
    };
    for declaration in &declarations {
        // Those that are wrong have failed the plan.
        if let Ok(declared) = &declaration.declared {
            let table = TableGiven {
                schema: declared.schema.clone(),
                hints: declared.hints.clone(),
            };
            given.tables.insert(declaration.table.clone(), table);
        }
    }
    add_index_resolutions(&plan, &mut given);
    add_migrations(&options.migrations(), &mut given);
    let next = next_version(document, &given).map_err(wrong)?;
    Ok(Comparison {
        last_label: document.versions.last().map(|version| version.label.clone()),
        version: next.version,
        differences: next.differences,
        has_new_renames: next.has_new_renames,
        has_new_migrations: next.has_new_migrations,
        unknown_hints: next.unknown_hints,
        plan,
    })
}

const NO_ENTITIES: &str = "this program has no entities: they have to be linked (`use models as _;`), or named with \
                           Options::entities or Options::register";

pub(super) fn wrong(problem: String) -> Error {
    Error::new(ErrorKind::Declaration, problem)
}

/// Adds what becomes of rows with one value where a unique index is built: no step says it.
fn add_index_resolutions(plan: &Plan, given: &mut TablesGiven) {
    for step in plan.steps() {
        let (Change::BuildIndex { index } | Change::AlterIndex { to: index, .. }) = &step.change else {
            continue;
        };
        let place = format!("@{}", index.name);
        let said = given
            .tables
            .get(&step.table)
            .and_then(|table| table.hints.on_failure.get(&place));
        if let Some(resolution) = said.copied().filter(|_| index.unique) {
            let of_table = given.on_failure.entry(step.table.clone()).or_default();
            of_table.insert(place, resolution);
        }
    }
}

/// Returns the function of the program that gives the values of a field in a step.
fn function_of(change: &Change) -> Option<(&str, &str)> {
    match change {
        Change::AddField {
            path,
            fill: Fill::Once(name) | Fill::Computed(name),
            ..
        } => Some((path, name)),
        Change::ChangeType {
            path, by: Some(by), ..
        } => Some((path, &by.up)),
        _ => None,
    }
}

/// Returns the variant that a step takes away, if another one takes its place.
fn replaced_variant(table: &str, change: &Change) -> Option<ReplacedVariant> {
    let Change::DropVariant {
        path,
        becomes: Some(becomes),
        ..
    } = change
    else {
        return None;
    };
    let (path, gone) = path.rsplit_once("::")?;
    Some(ReplacedVariant {
        table: table.to_owned(),
        path: path.to_owned(),
        gone: gone.to_owned(),
        becomes: becomes.clone(),
    })
}

/// Adds the program's own migrations to the tables that they write.
fn add_migrations(migrations: &[&MigrationDeclaration], given: &mut TablesGiven) {
    for migration in migrations {
        let tables: Vec<&String> = match &migration.work {
            MigrationWork::Rows(work) => work.declared.iter().map(|(table, _)| table).collect(),
            MigrationWork::Tables(work) => work.migration.writes.iter().collect(),
        };
        for table in tables {
            let ids = given.migrations.entry(table.clone()).or_default();
            ids.insert(migration.hints.id.to_owned());
        }
    }
}

/// Takes from a plan what hints say of whole tables, and which rows are resolved.
fn of_plan(plan: &Plan) -> TablesGiven {
    let mut renamed_tables = BTreeMap::new();
    let mut dropped_tables = BTreeSet::new();
    let mut on_failure: BTreeMap<String, BTreeMap<String, Resolution>> = BTreeMap::new();
    let mut functions: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut replaced = Vec::new();
    for table in &plan.tables {
        if let Some(old) = &table.renamed_from {
            renamed_tables.insert(old.clone(), table.name.clone());
        }
        if table.movement == Movement::Drop {
            dropped_tables.insert(table.name.clone());
        }
        for step in &table.steps {
            if let Some((path, function)) = function_of(&step.change) {
                let of_table = functions.entry(table.name.clone()).or_default();
                of_table.insert(path.to_owned(), function.to_owned());
            }
            replaced.extend(replaced_variant(&table.name, &step.change));
            let resolved = match &step.change {
                Change::ChangeType {
                    path,
                    on_failure: Some(resolution),
                    ..
                } => (path.as_str(), *resolution),
                Change::ChangeKey {
                    on_failure: Some(resolution),
                    ..
                } => (KEY_PATH, *resolution),
                _ => continue,
            };
            let of_table = on_failure.entry(table.name.clone()).or_default();
            of_table.insert(resolved.0.to_owned(), resolved.1);
        }
    }
    TablesGiven {
        renamed_tables,
        dropped_tables,
        on_failure,
        functions,
        replaced,
        ..TablesGiven::default()
    }
}
