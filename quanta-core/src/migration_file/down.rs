//! The way back of a file, as its own steps: what a store does when it takes the file back.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::codec::Decoder;
use crate::schema::{Schema, content, slot_at};
use crate::value::{decode_value, to_json};

use super::apply::{CurrentTable, apply};
use super::changes::{last_name, renamed};
use super::file::MigrationFile;
use super::step::{FileStep, NewTable};

/// Returns a file with the steps that lead back from where it leads, if they can be said: the tables are those before it.
pub(crate) fn with_down(mut file: MigrationFile, before: &BTreeMap<String, CurrentTable>) -> MigrationFile {
    file.down = file
        .up
        .iter()
        .rev()
        .flat_map(|step| inverse(step, &file.up, before))
        .collect();
    if apply(&file, before).is_err() {
        // Without it, the store still knows the way.
        file.down.clear();
    }
    file
}

/// Returns the steps that take one back. What rows held comes back by itself.
fn inverse(step: &FileStep, up: &[FileStep], tables: &BTreeMap<String, CurrentTable>) -> Vec<FileStep> {
    let table = step.table().unwrap_or_default().to_owned();
    let old_name = up.iter().find_map(|step| match step {
        FileStep::RenameTable { table: old, to } if *to == table => Some(old.clone()),
        _ => None,
    });
    let before = tables.get(old_name.as_ref().unwrap_or(&table));
    let schema = before.map(|before| &before.schema);
    let back = match step.clone() {
        FileStep::CreateTable(new) => FileStep::DropTable { table: new.table },
        FileStep::DropTable { table } => match before {
            Some(before) => FileStep::CreateTable(NewTable::of(&table, &before.schema, &defaults(before))),
            None => return Vec::new(),
        },
        FileStep::RenameTable { table, to } => FileStep::RenameTable { table: to, to: table },
        FileStep::Set { .. } | FileStep::Delete { .. } | FileStep::Run { .. } => return Vec::new(),
        of_index @ (FileStep::AddIndex { .. }
        | FileStep::DropIndex { .. }
        | FileStep::RenameIndex { .. }
        | FileStep::AddReference { .. }
        | FileStep::DropReference { .. }) => {
            return object_back(of_index, &old_name.unwrap_or(table), schema);
        }
        of_slot => return slot_back(of_slot, old_name.unwrap_or(table), before),
    };
    vec![back]
}

fn slot_back(step: FileStep, table: String, before: Option<&CurrentTable>) -> Vec<FileStep> {
    let schema = before.map(|before| &before.schema);
    let default = |field: &str| before.and_then(|before| defaults(before).get(field).cloned());
    let back = match step {
        FileStep::AddField { field, .. } => FileStep::DropField { table, field },
        FileStep::DropField { field, .. } => FileStep::AddField {
            ty: type_at(schema, &field),
            default: default(&field),
            table,
            field,
            default_with: None,
            init_with: None,
        },
        FileStep::RenameField { field, to, .. } => FileStep::RenameField {
            field: renamed(&field, &to),
            to: last_name(&field).to_owned(),
            table,
        },
        FileStep::ChangeType { field, .. } => FileStep::ChangeType {
            ty: type_at(schema, &field),
            default: default(&field),
            table,
            field,
            on_failure: None,
            convert_with: None,
            inverse: None,
        },
        FileStep::AddVariant { variant, .. } => FileStep::DropVariant {
            table,
            variant,
            becomes: None,
        },
        FileStep::DropVariant { variant, .. } => FileStep::AddVariant {
            ty: Some(type_at(schema, &variant)).filter(|ty| ty != "unit"),
            table,
            variant,
        },
        FileStep::RenameVariant { variant, to, .. } => FileStep::RenameVariant {
            variant: renamed(&variant, &to),
            to: last_name(&variant).to_owned(),
            table,
        },
        FileStep::ChangeKey { .. } => FileStep::ChangeKey {
            key: schema.map(|schema| schema.key.clone()).unwrap_or_default(),
            table,
            on_failure: None,
        },
        FileStep::SetDefault { field, .. } => FileStep::SetDefault {
            default: default(&field),
            table,
            field,
        },
        _ => return Vec::new(),
    };
    vec![back]
}

fn object_back(step: FileStep, table: &str, before: Option<&Schema>) -> Vec<FileStep> {
    let table = table.to_owned();
    let back = match step {
        FileStep::AddIndex { name, .. } => FileStep::DropIndex { table, name },
        FileStep::DropIndex { name, .. } => {
            let mut indexes = before.into_iter().flat_map(|schema| &schema.indexes);
            let Some(index) = indexes.find(|index| index.name == name) else {
                return Vec::new();
            };
            FileStep::AddIndex {
                table,
                name,
                fields: index.fields.clone(),
                unique: index.unique,
                on_failure: None,
            }
        }
        FileStep::RenameIndex { name, to, .. } => FileStep::RenameIndex {
            table,
            name: to,
            to: name,
        },
        FileStep::AddReference { fields, .. } => FileStep::DropReference { table, fields },
        FileStep::DropReference { fields, .. } => {
            let mut references = before.into_iter().flat_map(|schema| &schema.references);
            let Some(reference) = references.find(|reference| reference.fields == fields) else {
                return Vec::new();
            };
            FileStep::AddReference {
                table,
                fields,
                references: reference.table.clone(),
                to: reference.to.clone(),
                on_delete: reference.on_delete,
            }
        }
        _ => return Vec::new(),
    };
    vec![back]
}

/// Returns the type at a path of a schema, as text.
fn type_at(schema: Option<&Schema>, path: &str) -> String {
    let ty = schema.and_then(|schema| {
        let node = content(&schema.shape, slot_at(&schema.shape, path)?)?;
        Some(schema.shape.sub_shape(node).to_string())
    });
    ty.unwrap_or_default()
}

/// Returns the explicit defaults of a table's fields as JSON.
pub(super) fn defaults(table: &CurrentTable) -> BTreeMap<String, Json> {
    let shape = &table.schema.shape;
    let read = table.defaults.iter().filter_map(|(name, bytes)| {
        let field = shape.fields().iter().find(|field| field.name == *name)?;
        let value = decode_value(shape, field.node, &mut Decoder::new(bytes)).ok()?;
        Some((name.clone(), to_json(shape, field.node, &value)))
    });
    read.collect()
}
