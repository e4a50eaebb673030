//! Schemas as JSON, as they stand in history documents.
//!
//! What the documented form has no place for is written with keys of its own, and only where it is needed: `row`, the
//! row's type where something goes back to it, `reuses` and a variant's `default`.

mod read;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use super::index::IndexField;
use super::table::{OnDelete, Schema};

pub(crate) use read::declared_tables;
pub(crate) use write::tables_json;

/// Tables and the types that they embed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemasJson {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    types: Vec<TypeJson>,
    tables: Vec<TableJson>,
}

/// A struct or enum.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeJson {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fields: Option<Vec<FieldJson>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) variants: Option<Vec<VariantJson>>,
}

/// A field. No `reuses` leaves it to the hints which names are reused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldJson {
    pub(crate) name: String,
    #[serde(rename = "type")]
    type_text: String,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) default: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reuses: Option<Vec<String>>,
}

/// A variant: with fields, with a tuple, or a unit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantJson {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fields: Option<Vec<FieldJson>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tuple: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) default: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reuses: Option<Vec<String>>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableJson {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) row: Option<String>,
    pub(crate) key: Vec<String>,
    pub(crate) fields: Vec<FieldJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) indexes: Vec<IndexJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) references: Vec<ReferenceJson>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IndexJson {
    name: String,
    fields: Vec<IndexField>,
    #[serde(default)]
    unique: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReferenceJson {
    fields: Vec<String>,
    table: String,
    to: Vec<String>,
    #[serde(default)]
    on_delete: OnDelete,
}

/// Keeps a null that is written apart from a key that is left out.
fn present<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(input).map(Some)
}

/// Returns schemas, by table name, as JSON: `{"types": [..], "tables": [..]}`, the same for equal schemas.
///
/// ```
/// use quantadb::schema::{Schema, schemas_to_json};
///
/// let schema = Schema::new("struct User { id: u64 }".parse()?, vec!["id".to_owned()])?;
/// let json = schemas_to_json(&[("users".to_owned(), schema)].into());
/// assert_eq!(json["tables"][0]["name"], "users");
/// assert_eq!(json["tables"][0]["fields"][0]["type"], "u64");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn schemas_to_json(schemas: &BTreeMap<String, Schema>) -> Json {
    let tables: Vec<_> = schemas
        .iter()
        .map(|(name, schema)| (name.as_str(), schema))
        .collect();
    let (mut types, mut tables) = tables_json(&tables);
    // Outside of a history there are no hints to derive them from.
    types.iter_mut().for_each(TypeJson::leave_out_empty);
    let fields = tables.iter_mut().flat_map(|table| &mut table.fields);
    fields.for_each(FieldJson::leave_out_empty);
    serde_json::to_value(SchemasJson { types, tables }).expect("names and lists have a JSON form")
}

/// Reads what [`schemas_to_json`] writes. Types may also be spelled out where they stand.
///
/// ```
/// use quantadb::schema::schemas_from_json;
///
/// let json = serde_json::json!({"types": [], "tables": [
///     {"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "u64"}]}]});
/// assert_eq!(schemas_from_json(&json)?["users"].key, ["id"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Says what is wrong, and in which table or type.
pub fn schemas_from_json(json: &Json) -> Result<BTreeMap<String, Schema>, String> {
    let SchemasJson { types, tables } = SchemasJson::deserialize(json).map_err(|error| error.to_string())?;
    let declared = declared_tables(&types, &tables)?;
    Ok(declared
        .into_iter()
        .map(|(name, table)| (name, table.schema))
        .collect())
}

impl FieldJson {
    /// Leaves out that no name is reused.
    pub(crate) fn leave_out_empty(&mut self) {
        self.reuses = self.reuses.take().filter(|names| !names.is_empty());
    }
}

impl TypeJson {
    /// Leaves out that no names are reused.
    pub(crate) fn leave_out_empty(&mut self) {
        for reuses in self.reuses_mut() {
            *reuses = reuses.take().filter(|names| !names.is_empty());
        }
    }

    fn reuses_mut(&mut self) -> impl Iterator<Item = &mut Option<Vec<String>>> {
        let variants = self.variants.iter_mut().flatten().flat_map(|variant| {
            let fields = variant.fields.iter_mut().flatten().map(|field| &mut field.reuses);
            fields.chain([&mut variant.reuses])
        });
        self.fields
            .iter_mut()
            .flatten()
            .map(|field| &mut field.reuses)
            .chain(variants)
    }
}

#[cfg(test)]
mod tests;
