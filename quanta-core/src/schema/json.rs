//! Schemas as JSON, as they stand in history documents.
//!
//! What the documented form has no place for is written with keys of its own, and only where it is needed: `row`, the
//! row's type where something goes back to it, `reuses` and a variant's `default`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use super::expand::{Definitions, SlotText, TypeText, expand};
use super::naming::{Naming, Place, Root};
use super::parse::{Mentions, is_reserved, parse_type};
use super::shape::{Field, Node, NodeId, Scalar, check_name};
use super::table::{IndexDef, OnDelete, Reference, Schema};
use super::text::text_by_names;

/// Tables and the types that they embed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemasJson {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    types: Vec<TypeJson>,
    tables: Vec<TableJson>,
}

/// A struct or enum.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeJson {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fields: Option<Vec<FieldJson>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) variants: Option<Vec<VariantJson>>,
}

/// A field. No `reuses` leaves it to the hints which names are reused.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldJson {
    pub(crate) name: String,
    #[serde(rename = "type")]
    type_text: String,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reuses: Option<Vec<String>>,
}

/// A variant: with fields, with a tuple, or a unit.
#[derive(Debug, Serialize, Deserialize)]
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
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableJson {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<String>,
    key: Vec<String>,
    pub(crate) fields: Vec<FieldJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<IndexJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<ReferenceJson>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexJson {
    name: String,
    fields: Vec<String>,
    #[serde(default)]
    unique: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceJson {
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
#[must_use]
pub fn schemas_to_json(schemas: &BTreeMap<String, Schema>) -> Json {
    let tables: Vec<_> = schemas.iter().map(|(name, schema)| (name.as_str(), schema)).collect();
    let (mut types, mut tables) = tables_json(&tables);
    // Outside of a history there are no hints to derive them from.
    let of_types = types.iter_mut().flat_map(TypeJson::reuses_mut);
    for reuses in of_types.chain(tables.iter_mut().flat_map(|table| table.fields.iter_mut().map(|f| &mut f.reuses))) {
        *reuses = reuses.take().filter(|names| !names.is_empty());
    }
    serde_json::to_value(SchemasJson { types, tables }).expect("names and lists have a JSON form")
}

/// Reads what [`schemas_to_json`] writes. Types may also be spelled out where they stand.
///
/// # Errors
///
/// Says what is wrong, and in which table or type.
pub fn schemas_from_json(json: &Json) -> Result<BTreeMap<String, Schema>, String> {
    let SchemasJson { types, tables } = SchemasJson::deserialize(json).map_err(|error| error.to_string())?;
    let declared = declared_tables(&types, &tables)?;
    Ok(declared.into_iter().map(|(name, table)| (name, table.schema)).collect())
}

/// A table as it was read.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) schema: Schema,
    pub(crate) defaults: BTreeMap<String, Json>,
}

impl TypeJson {
    fn reuses_mut(&mut self) -> impl Iterator<Item = &mut Option<Vec<String>>> {
        let variants = self.variants.iter_mut().flatten().flat_map(|variant| {
            let fields = variant.fields.iter_mut().flatten().map(|field| &mut field.reuses);
            fields.chain([&mut variant.reuses])
        });
        self.fields.iter_mut().flatten().map(|field| &mut field.reuses).chain(variants)
    }
}

/// Makes the schemas of tables.
pub(crate) fn declared_tables(
    types: &[TypeJson],
    tables: &[TableJson],
) -> Result<BTreeMap<String, Declared>, String> {
    let mut definitions = Definitions::new();
    for declared in types {
        let name = &declared.name;
        let definition = type_text(declared, &mut definitions).map_err(|problem| format!("type {name}: {problem}"))?;
        define(name, definition, &mut definitions)?;
    }
    let mut read = Vec::new();
    for table in tables {
        let in_table = |problem| format!("table {}: {problem}", table.name);
        check_name(&table.name).map_err(in_table)?;
        let mut row = TypeText::Struct(fields_text(&table.fields, &mut definitions).map_err(in_table)?);
        if let Some(name) = &table.row {
            define(name, row, &mut definitions).map_err(in_table)?;
            row = TypeText::Named(name.clone());
        }
        read.push((table, row));
    }
    let mut declared = BTreeMap::new();
    for (table, row) in read {
        let in_table = |problem| format!("table {}: {problem}", table.name);
        let schema = schema_of(table, &row, &definitions).map_err(in_table)?;
        let with_default = table.fields.iter().filter_map(|field| Some((field.name.clone(), field.default.clone()?)));
        let found = Declared { schema, defaults: with_default.collect() };
        if declared.insert(table.name.clone(), found).is_some() {
            return Err(format!("table {} is declared twice", table.name));
        }
    }
    Ok(declared)
}

fn define(name: &str, definition: TypeText, definitions: &mut Definitions) -> Result<(), String> {
    if is_reserved(name) {
        return Err(format!("`{name}` is a word of the grammar and names no type"));
    }
    if definitions.insert(name.to_owned(), definition).is_some() {
        return Err(format!("the type {name} is declared twice"));
    }
    Ok(())
}

fn schema_of(table: &TableJson, row: &TypeText, definitions: &Definitions) -> Result<Schema, String> {
    let shape = expand(row, definitions)?;
    let mut indexes: Vec<IndexDef> = table.indexes.iter().map(IndexJson::index).collect();
    indexes.sort();
    let names: BTreeSet<&str> = indexes.iter().map(|index| index.name.as_str()).collect();
    if names.len() < indexes.len() {
        return Err("two indexes have one name".to_owned());
    }
    let mut references: Vec<Reference> = table.references.iter().map(ReferenceJson::reference).collect();
    references.sort();
    let schema = Schema { shape, key: table.key.clone(), indexes, references };
    schema.check()?;
    Ok(schema)
}

impl IndexJson {
    fn index(&self) -> IndexDef {
        IndexDef { name: self.name.clone(), fields: self.fields.clone(), unique: self.unique }
    }
}

impl ReferenceJson {
    fn reference(&self) -> Reference {
        let Self { fields, table, to, on_delete } = self;
        Reference { fields: fields.clone(), table: table.clone(), to: to.clone(), on_delete: *on_delete }
    }
}

fn type_text(declared: &TypeJson, definitions: &mut Definitions) -> Result<TypeText, String> {
    match (&declared.fields, &declared.variants) {
        (Some(fields), None) => fields_text(fields, definitions).map(TypeText::Struct),
        (None, Some(variants)) => {
            let slots = variants.iter().map(|variant| {
                let content = payload_text(variant, definitions);
                let content = content.map_err(|problem| format!("variant {}: {problem}", variant.name))?;
                Ok(slot_text(&variant.name, content, variant.reuses.as_ref()))
            });
            slots.collect::<Result<_, String>>().map(TypeText::Enum)
        }
        _ => Err("a type has either `fields` or `variants`".to_owned()),
    }
}

fn payload_text(variant: &VariantJson, definitions: &mut Definitions) -> Result<TypeText, String> {
    match (&variant.fields, &variant.tuple) {
        (None, None) => Ok(TypeText::Scalar(Scalar::Unit)),
        (Some(fields), None) => fields_text(fields, definitions).map(TypeText::Struct),
        (None, Some(items)) => {
            let items = items.iter().map(|item| field_type(item, definitions));
            items.collect::<Result<_, _>>().map(TypeText::Tuple)
        }
        _ => Err("it has both `fields` and `tuple`".to_owned()),
    }
}

fn fields_text(fields: &[FieldJson], definitions: &mut Definitions) -> Result<Vec<SlotText>, String> {
    let slot = |field: &FieldJson| {
        let content = field_type(&field.type_text, definitions);
        let content = content.map_err(|problem| format!("field {}: {problem}", field.name))?;
        Ok(slot_text(&field.name, content, field.reuses.as_ref()))
    };
    fields.iter().map(slot).collect()
}

fn field_type(text: &str, definitions: &mut Definitions) -> Result<TypeText, String> {
    parse_type(text, definitions, Mentions::Anywhere).map_err(|error| format!("`{text}`: {error}"))
}

fn slot_text(name: &str, content: TypeText, reuses: Option<&Vec<String>>) -> SlotText {
    SlotText { name: name.to_owned(), content, reuses: reuses.cloned().unwrap_or_default() }
}

/// Returns the types and tables of schemas, both sorted by name. Every `reuses` is given; defaults are not.
pub(crate) fn tables_json(schemas: &[(&str, &Schema)]) -> (Vec<TypeJson>, Vec<TableJson>) {
    let naming = Naming::of(schemas.iter().map(|(_, schema)| &schema.shape).collect(), Root::Row);
    let embedded = naming.definitions().filter(|(_, place)| place.1 != NodeId::ROOT);
    let types = embedded.map(|(name, place)| type_json(&naming, name, place)).collect();
    let tables = schemas.iter().enumerate().map(|(position, (name, schema))| TableJson {
        name: (*name).to_owned(),
        row: naming.name((position, NodeId::ROOT)).map(str::to_owned),
        key: schema.key.clone(),
        fields: fields_json(&naming, position, schema.shape.fields()),
        indexes: schema.indexes.iter().map(index_json).collect(),
        references: schema.references.iter().map(reference_json).collect(),
    });
    (types, tables.collect())
}

fn index_json(index: &IndexDef) -> IndexJson {
    IndexJson { name: index.name.clone(), fields: index.fields.clone(), unique: index.unique }
}

fn reference_json(reference: &Reference) -> ReferenceJson {
    let Reference { fields, table, to, on_delete } = reference.clone();
    ReferenceJson { fields, table, to, on_delete }
}

fn fields_json(naming: &Naming<'_>, shape: usize, fields: &[Field]) -> Vec<FieldJson> {
    let field = |field: &Field| FieldJson {
        name: field.name.clone(),
        type_text: text_by_names(naming, (shape, field.node)),
        default: None,
        reuses: Some(field.reuses.clone()),
    };
    fields.iter().map(field).collect()
}

fn type_json(naming: &Naming<'_>, name: &str, place: Place) -> TypeJson {
    let shape = naming.shape(place.0);
    let mut json = TypeJson { name: name.to_owned(), fields: None, variants: None };
    match shape.node(place.1) {
        Node::Enum { variants, .. } => {
            let variants = variants.iter().map(|variant| VariantJson {
                name: variant.name.clone(),
                fields: match shape.node(variant.payload) {
                    Node::Struct { fields, .. } => Some(fields_json(naming, place.0, fields)),
                    _ => None,
                },
                tuple: match shape.node(variant.payload) {
                    Node::Tuple(items) => {
                        Some(items.iter().map(|item| text_by_names(naming, (place.0, *item))).collect())
                    }
                    _ => None,
                },
                default: false,
                reuses: Some(variant.reuses.clone()),
            });
            json.variants = Some(variants.collect());
        }
        Node::Struct { fields, .. } => json.fields = Some(fields_json(naming, place.0, fields)),
        _ => {}
    }
    json
}

#[cfg(test)]
mod tests;
