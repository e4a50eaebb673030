//! Whether what a version says of its tables speaks of fields, indexes and keys that they have.

use crate::schema::{Reference, Resolution, slot_at};

use super::check::{Schemas, exists};
use super::hints::HistoryHints;

/// Checks that rows which don't fit are resolved at fields, keys and unique indexes that are there.
pub(super) fn check_on_failure(schemas: &Schemas, hints: &HistoryHints) -> Result<(), String> {
    for (table, resolutions) in &hints.on_failure {
        let schema = schemas
            .get(table)
            .ok_or_else(|| format!("on_failure: this version has no table {table}"))?;
        for (place, resolution) in resolutions {
            let known = match place.strip_prefix('@') {
                Some("key") => true,
                Some(name) => schema
                    .indexes
                    .iter()
                    .any(|index| index.name == name && index.unique),
                None => schema
                    .field(place.split(['.', '[', '{', ':']).next().unwrap_or_default())
                    .is_some(),
            };
            exists(
                known,
                format!("on_failure of table {table}"),
                place,
                "there is no such field or unique index",
            )?;
            if place.starts_with('@') && *resolution == Resolution::Default {
                return Err(format!(
                    "on_failure of table {table}: `{place}` can only be `drop_row`"
                ));
            }
        }
    }
    Ok(())
}

/// Checks that the program's own code is named at fields and tables that are there.
pub(super) fn check_own_code(schemas: &Schemas, hints: &HistoryHints) -> Result<(), String> {
    for (table, functions) in &hints.functions {
        let schema = schemas
            .get(table)
            .ok_or_else(|| format!("functions: this version has no table {table}"))?;
        for path in functions.keys() {
            exists(
                slot_at(&schema.shape, path).is_some(),
                format!("functions of table {table}"),
                path,
                "there is no such field",
            )?;
        }
    }
    let unknown = hints
        .migrations
        .keys()
        .find(|table| !schemas.contains_key(*table));
    match unknown {
        Some(table) => Err(format!("migrations: this version has no table {table}")),
        None => Ok(()),
    }
}

/// Checks that references lead to key fields of tables of the same version.
pub(super) fn check_references(schemas: &Schemas) -> Result<(), String> {
    for (table, schema) in schemas {
        for reference in &schema.references {
            check_reference(schemas, reference)
                .map_err(|problem| format!("table {table}: reference: {problem}"))?;
        }
    }
    Ok(())
}

fn check_reference(schemas: &Schemas, reference: &Reference) -> Result<(), String> {
    let Reference {
        fields, table, to, ..
    } = reference;
    let parent = schemas
        .get(table)
        .ok_or_else(|| format!("there is no table {table}"))?;
    if fields.is_empty() || fields.len() != to.len() {
        return Err(format!(
            "{} fields refer to {} fields of {table}",
            fields.len(),
            to.len()
        ));
    }
    match to.iter().find(|name| parent.field(name).is_none()) {
        Some(missing) => Err(format!("table {table} has no field `{missing}`")),
        None => Ok(()),
    }
}
