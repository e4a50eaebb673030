//! Steps of files beside steps of plans.

use crate::codec::Classes;
use crate::diff::{Change, Fill, Step};
use crate::schema::{IndexDef, Reference, Schema};

use super::step::FileStep;

/// Returns what a step of a file changes about the schema of its table; none if it is about the table as a whole, about
/// rows, or about a default.
///
/// # Errors
///
/// If the step names an index or a reference that isn't there.
pub(super) fn change_of(step: &FileStep, before: &Schema) -> Result<Option<Change>, String> {
    Ok(Some(match step {
        FileStep::AddField { field, ty, .. } => Change::AddField {
            path: field.clone(),
            ty: ty.clone(),
            fill: Fill::Missing,
        },
        FileStep::DropField { field, .. } => Change::DropField {
            path: field.clone(),
            ty: String::new(),
            fill: Fill::Missing,
        },
        FileStep::RenameField { field, to, .. } => Change::RenameField {
            path: renamed(field, to),
            from: last_name(field).to_owned(),
        },
        FileStep::ChangeType { field, ty, .. } => Change::ChangeType {
            path: field.clone(),
            from: String::new(),
            to: ty.clone(),
            fill: None,
            by: None,
            on_failure: None,
        },
        FileStep::AddVariant { variant, ty, .. } => Change::AddVariant {
            path: variant.clone(),
            ty: ty.clone().unwrap_or_else(|| "unit".to_owned()),
        },
        FileStep::DropVariant { variant, .. } => Change::DropVariant {
            path: variant.clone(),
            ty: String::new(),
            becomes: None,
        },
        FileStep::RenameVariant { variant, to, .. } => Change::RenameVariant {
            path: renamed(variant, to),
            from: last_name(variant).to_owned(),
        },
        FileStep::ChangeKey { key, .. } => Change::ChangeKey {
            from: Vec::new(),
            to: key.clone(),
            on_failure: None,
        },
        _ => return object_change(step, before),
    }))
}

fn object_change(step: &FileStep, before: &Schema) -> Result<Option<Change>, String> {
    Ok(Some(match step {
        FileStep::AddIndex {
            name, fields, unique, ..
        } => Change::BuildIndex {
            index: IndexDef {
                name: name.clone(),
                fields: fields.clone(),
                unique: *unique,
            },
        },
        FileStep::DropIndex { name, .. } => Change::DropIndex {
            index: index_called(before, name)?,
        },
        FileStep::RenameIndex { name, to, .. } => {
            index_called(before, name)?;
            Change::RenameIndex {
                from: name.clone(),
                to: to.clone(),
            }
        }
        FileStep::AddReference {
            fields,
            references,
            to,
            on_delete,
            ..
        } => Change::AddReference {
            reference: Reference {
                fields: fields.clone(),
                table: references.clone(),
                to: to.clone(),
                on_delete: *on_delete,
            },
        },
        FileStep::DropReference { fields, .. } => {
            let known = before.references.iter().find(|known| known.fields == *fields);
            let known = known.ok_or_else(|| format!("there is no reference of {}", fields.join(", ")))?;
            Change::DropReference {
                reference: known.clone(),
            }
        }
        _ => return Ok(None),
    }))
}

fn index_called(schema: &Schema, name: &str) -> Result<IndexDef, String> {
    let known = schema.indexes.iter().find(|index| index.name == name);
    known.cloned().ok_or_else(|| {
        let names: Vec<&str> = schema.indexes.iter().map(|index| index.name.as_str()).collect();
        format!(
            "there is no index {name}: there are {}",
            none_or(&names.join(", "))
        )
    })
}

fn none_or(list: &str) -> &str {
    if list.is_empty() { "none" } else { list }
}

/// Returns a step of a plan for a change, whose class nobody asks for.
pub(super) fn unclassed(table: &str, change: Change) -> Step {
    let exact = Classes {
        up: crate::codec::Class::Exact,
        down: crate::codec::Class::Exact,
    };
    Step::classed(table, change, exact)
}

/// Returns the last name of a path.
pub(super) fn last_name(path: &str) -> &str {
    let start = path.rfind(['.', ':']).map_or(0, |position| position + 1);
    &path[start..]
}

/// Puts another name in place of the last one of a path.
pub(super) fn renamed(path: &str, to: &str) -> String {
    let start = path.rfind(['.', ':']).map_or(0, |position| position + 1);
    format!("{}{to}", &path[..start])
}

/// Lists the steps of a plan that take something away and that no step of a file says: a file is only run for what it says.
pub(crate) fn unsaid<'p>(plan: impl Iterator<Item = &'p Step>, said: &[FileStep]) -> Vec<&'p Step> {
    let is_said = |step: &Step| match &step.change {
        Change::DropTable => said
            .iter()
            .any(|said| matches!(said, FileStep::DropTable { table } if *table == step.table)),
        Change::DropField { path, .. } => said.iter().any(|said| match said {
            FileStep::DropField { field, .. } | FileStep::ChangeType { field, .. } => covers(field, path),
            FileStep::DropVariant { variant, .. } => covers(variant, path),
            _ => false,
        }),
        Change::DropVariant { path, .. } => said.iter().any(|said| match said {
            FileStep::DropVariant { variant, .. } => covers(variant, path),
            FileStep::ChangeType { field, .. } => covers(field, path),
            _ => false,
        }),
        _ => true,
    };
    plan.filter(|step| !is_said(step)).collect()
}

fn covers(outer: &str, path: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':', '[', '{']))
}
