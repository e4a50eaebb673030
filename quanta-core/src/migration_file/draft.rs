//! A migration file for what a plan would do.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::codec::Decoder;
use crate::diff::{Change, Fill, Step, index_path, natural_zero};
use crate::plan::{Movement, Plan, TablePlan};
use crate::schema::{Fingerprint, IndexDef, Reference, Resolution, Schema, TableHints, content, slot_at};
use crate::value::{decode_value, to_json};

use super::apply::{CurrentTable, apply};
use super::changes::{last_name, renamed};
use super::down::{defaults, with_down};
use super::file::MigrationFile;
use super::step::{FileStep, NewTable};

/// How many words of a first step a name takes over, at most.
const NAME_PARTS_MAX: usize = 1;

/// Writes down what a plan would do, over the tables as they stand.
///
/// # Errors
///
/// If it can't be said in the steps of a file: says why.
pub(crate) fn draft(
    plan: &Plan,
    id: &str,
    before: &BTreeMap<String, CurrentTable>,
) -> Result<MigrationFile, String> {
    let mut up = Vec::new();
    for table in &plan.tables {
        let steps = table_steps(table).map_err(|problem| format!("table {}: {problem}", table.name))?;
        for step in steps {
            // A migration of whole tables stands in the plan of each table that it writes.
            if !up.contains(&step) {
                up.push(step);
            }
        }
    }
    let file = MigrationFile {
        id: id.to_owned(),
        name: name_of(plan),
        depends_on: Vec::new(),
        tags: Vec::new(),
        up,
        down: Vec::new(),
        path: None,
    };
    let file = with_defaults(file, plan, before)?;
    check(&file, plan, before)?;
    Ok(with_down(file, before))
}

/// Adds what changes about defaults besides: beside other changes of a table, a plan has no step for them.
fn with_defaults(
    mut file: MigrationFile,
    plan: &Plan,
    before: &BTreeMap<String, CurrentTable>,
) -> Result<MigrationFile, String> {
    let applied = apply(&file, before)?;
    for table in &plan.tables {
        let Some(given) = applied.tables.get(&table.name) else {
            continue;
        };
        let wanted: BTreeMap<String, Vec<u8>> = table.write_defaults.iter().cloned().collect();
        let fields: BTreeSet<&String> = wanted.keys().chain(given.defaults.keys()).collect();
        let differs = |field: &&String| wanted.get(*field) != given.defaults.get(*field);
        for field in fields.into_iter().filter(differs) {
            file.up.push(FileStep::SetDefault {
                table: table.name.clone(),
                field: field.clone(),
                default: explicit_default(table, field),
            });
        }
    }
    Ok(file)
}

/// Checks that the file leads where the plan leads.
fn check(file: &MigrationFile, plan: &Plan, before: &BTreeMap<String, CurrentTable>) -> Result<(), String> {
    let applied = apply(file, before)?;
    for table in &plan.tables {
        let (wanted, given) = (&table.after, applied.tables.get(&table.name));
        let is_same = match (wanted, given) {
            (None, given) => given.is_none(),
            (Some(wanted), Some(given)) => {
                let defaults = table.write_defaults.iter().cloned().collect();
                Fingerprint::of(wanted) == Fingerprint::of(&given.schema) && given.defaults == defaults
            }
            (Some(_), None) => false,
        };
        if !is_same {
            return Err(format!(
                "table {}: what changes can't be said in steps",
                table.name
            ));
        }
    }
    Ok(())
}

/// Returns a name for what a plan does: of its first step, and how many there are besides.
pub(crate) fn name_of(plan: &Plan) -> String {
    let creates = |table: &TablePlan| matches!(table.movement, Movement::Create { .. });
    if plan.tables.len() > NAME_PARTS_MAX && plan.tables.iter().all(creates) {
        return "initial".to_owned();
    }
    let steps: Vec<&Step> = plan.steps().collect();
    let Some(first) = steps.first() else {
        return "change".to_owned();
    };
    let table = &first.table;
    let first = match &first.change {
        Change::CreateTable => format!("create {table}"),
        Change::DropTable => format!("drop {table}"),
        Change::RenameTable { from } => format!("rename {from} {table}"),
        Change::AddField { path, .. } | Change::AddVariant { path, .. } => format!("add {table} {path}"),
        Change::DropField { path, .. } | Change::DropVariant { path, .. } => format!("drop {table} {path}"),
        Change::RenameField { path, from } | Change::RenameVariant { path, from } => {
            format!("rename {table} {from} {path}")
        }
        Change::ChangeType { path, .. } => format!("type {table} {path}"),
        Change::BuildIndex { index } | Change::AlterIndex { to: index, .. } => {
            format!("index {}", index.name)
        }
        _ => format!("change {table}"),
    };
    match steps.len() {
        1 => first,
        more => format!("{first} and {} more", more - 1),
    }
}

fn table_steps(table: &TablePlan) -> Result<Vec<FileStep>, String> {
    match &table.movement {
        Movement::Create { .. } => {
            let schema = table.after.as_ref().ok_or("it has no schema")?;
            let current = CurrentTable {
                schema: schema.clone(),
                defaults: table.write_defaults.iter().cloned().collect(),
            };
            let new = NewTable::of(&table.name, schema, &defaults(&current));
            return Ok(vec![FileStep::CreateTable(new)]);
        }
        Movement::Drop => {
            return Ok(vec![FileStep::DropTable {
                table: table.name.clone(),
            }]);
        }
        Movement::Change { .. } | Movement::Relabel => {}
        Movement::Travel { .. } | Movement::Reenter { .. } | Movement::Follow { .. } => {
            return Err("it goes to a version that the store, or its released history, had".to_owned());
        }
    }
    let mut steps = Vec::new();
    for step in &table.steps {
        steps.extend(file_steps(table, step)?);
    }
    Ok(steps)
}

fn file_steps(table: &TablePlan, step: &Step) -> Result<Vec<FileStep>, String> {
    let name = table.name.clone();
    let one = match &step.change {
        Change::RenameTable { from } => FileStep::RenameTable {
            table: from.clone(),
            to: name,
        },
        Change::AddField { path, ty, fill } => added(table, path, ty, fill)?,
        Change::DropField { path, .. } => FileStep::DropField {
            table: name,
            field: path.clone(),
        },
        Change::RenameField { path, from } => FileStep::RenameField {
            table: name,
            field: renamed(path, from),
            to: last_name(path).to_owned(),
        },
        Change::ChangeType {
            path,
            to,
            fill,
            by,
            on_failure,
            ..
        } => FileStep::ChangeType {
            table: name,
            field: path.clone(),
            ty: to.clone(),
            default: explicit_default(table, path)
                .or_else(|| fill.as_ref().and_then(|fill| shown(table, path, fill))),
            on_failure: *on_failure,
            convert_with: by.as_ref().map(|by| by.up.clone()),
            inverse: by.as_ref().and_then(|by| by.down.clone()),
        },
        Change::AddVariant { path, ty } => FileStep::AddVariant {
            table: name,
            variant: path.clone(),
            ty: Some(ty.clone()).filter(|ty| ty != "unit"),
        },
        Change::DropVariant { path, becomes, .. } => FileStep::DropVariant {
            table: name,
            variant: path.clone(),
            becomes: becomes.clone(),
        },
        Change::RenameVariant { path, from } => FileStep::RenameVariant {
            table: name,
            variant: renamed(path, from),
            to: last_name(path).to_owned(),
        },
        Change::ChangeKey { to, on_failure, .. } => FileStep::ChangeKey {
            table: name,
            key: to.clone(),
            on_failure: *on_failure,
        },
        Change::SetDefault { path, .. } => FileStep::SetDefault {
            table: name,
            default: explicit_default(table, path),
            field: path.clone(),
        },
        Change::RunMigration { id, .. } => FileStep::Run {
            migration: id.clone(),
        },
        Change::RunTableMigration(migration) => FileStep::Run {
            migration: migration.id.clone(),
        },
        _ => return object_steps(table, step),
    };
    Ok(vec![one])
}

fn object_steps(table: &TablePlan, step: &Step) -> Result<Vec<FileStep>, String> {
    let name = &table.name;
    let takes_out = |index: &str| match &table.movement {
        Movement::Change { diff } => diff.lens.drops.contains(&index_path(index)),
        _ => false,
    };
    let add_index = |index: &IndexDef| FileStep::AddIndex {
        table: name.clone(),
        name: index.name.clone(),
        fields: index.fields.clone(),
        unique: index.unique,
        on_failure: takes_out(&index.name).then_some(Resolution::DropRow),
    };
    let drop_index = |index: &IndexDef| FileStep::DropIndex {
        table: name.clone(),
        name: index.name.clone(),
    };
    let add_reference = |reference: &Reference| FileStep::AddReference {
        table: name.clone(),
        fields: reference.fields.clone(),
        references: reference.table.clone(),
        to: reference.to.clone(),
        on_delete: reference.on_delete,
    };
    let drop_reference = |reference: &Reference| FileStep::DropReference {
        table: name.clone(),
        fields: reference.fields.clone(),
    };
    Ok(match &step.change {
        Change::BuildIndex { index } => vec![add_index(index)],
        Change::DropIndex { index } => vec![drop_index(index)],
        Change::RenameIndex { from, to } => vec![FileStep::RenameIndex {
            table: name.clone(),
            name: from.clone(),
            to: to.clone(),
        }],
        // Entries that are built anew because of other steps need no step of their own.
        Change::AlterIndex { from, to } if from.definition() == to.definition() && from.name == to.name => {
            Vec::new()
        }
        Change::AlterIndex { from, to } => vec![drop_index(from), add_index(to)],
        Change::AddReference { reference } => vec![add_reference(reference)],
        Change::DropReference { reference } => vec![drop_reference(reference)],
        Change::AlterReference { from, to } if from == to => Vec::new(),
        Change::AlterReference { from, to } => vec![drop_reference(from), add_reference(to)],
        Change::CreateTable | Change::DropTable => Vec::new(),
        _ => return Err(format!("`{step}` can't be said in a file")),
    })
}

fn added(table: &TablePlan, path: &str, ty: &str, fill: &Fill) -> Result<FileStep, String> {
    let once = table.frozen.get(path).cloned();
    let (mut default, mut default_with, mut init_with) = (explicit_default(table, path), once, None);
    match fill {
        Fill::Value(bytes)
            if default.is_none() && default_with.is_none() && !is_zero(table.after.as_ref(), path, bytes) =>
        {
            default = shown(table, path, bytes);
        }
        Fill::Value(_) => {}
        Fill::Once(name) => default_with = Some(name.clone()),
        Fill::Computed(name) => init_with = Some(name.clone()),
        Fill::Missing => return Err(format!("{path} has no value for old rows")),
    }
    if default_with.is_some() {
        default = None;
    }
    Ok(FileStep::AddField {
        table: table.name.clone(),
        field: path.to_owned(),
        ty: ty.to_owned(),
        default,
        default_with,
        init_with,
    })
}

/// Tells whether a value is the natural zero of the field at a path.
fn is_zero(schema: Option<&Schema>, path: &str, bytes: &[u8]) -> bool {
    let found =
        schema.and_then(|schema| Some((schema, content(&schema.shape, slot_at(&schema.shape, path)?)?)));
    let zero = found.and_then(|(schema, node)| natural_zero(&schema.shape, node, &TableHints::default()));
    zero.as_deref() == Some(bytes)
}

/// Returns the explicit default of a field of the table itself, as JSON.
fn explicit_default(table: &TablePlan, path: &str) -> Option<Json> {
    let (_, bytes) = table.write_defaults.iter().find(|(field, _)| field == path)?;
    shown(table, path, bytes)
}

fn shown(table: &TablePlan, path: &str, bytes: &[u8]) -> Option<Json> {
    let shape = &table.after.as_ref()?.shape;
    let node = content(shape, slot_at(shape, path)?)?;
    let value = decode_value(shape, node, &mut Decoder::new(bytes)).ok()?;
    Some(to_json(shape, node, &value))
}
