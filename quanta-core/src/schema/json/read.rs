//! From JSON to schemas.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{FieldJson, IndexJson, ReferenceJson, TableJson, TypeJson, VariantJson};
use crate::schema::expand::{Definitions, SlotText, TypeText, expand};
use crate::schema::index::IndexDef;
use crate::schema::parse::{Mentions, is_reserved, parse_type};
use crate::schema::shape::{Scalar, check_name};
use crate::schema::table::{Reference, Schema};

/// A table as it was read.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) schema: Schema,
    pub(crate) defaults: BTreeMap<String, Json>,
}

/// Makes the schemas of tables.
pub(crate) fn declared_tables(
    types: &[TypeJson],
    tables: &[TableJson],
) -> Result<BTreeMap<String, Declared>, String> {
    let mut definitions = Definitions::new();
    for declared in types {
        let name = &declared.name;
        let definition =
            type_text(declared, &mut definitions).map_err(|problem| format!("type {name}: {problem}"))?;
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
        let with_default = table
            .fields
            .iter()
            .filter_map(|field| Some((field.name.clone(), field.default.clone()?)));
        let found = Declared {
            schema,
            defaults: with_default.collect(),
        };
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
    let mut schema = Schema {
        shape,
        key: table.key.clone(),
        indexes: table.indexes.iter().map(IndexJson::index).collect(),
        references: table.references.iter().map(ReferenceJson::reference).collect(),
    };
    schema.sort_objects();
    schema.check()?;
    Ok(schema)
}

impl IndexJson {
    fn index(&self) -> IndexDef {
        IndexDef {
            name: self.name.clone(),
            fields: self.fields.clone(),
            unique: self.unique,
        }
    }
}

impl ReferenceJson {
    fn reference(&self) -> Reference {
        let Self {
            fields,
            table,
            to,
            on_delete,
        } = self;
        Reference {
            fields: fields.clone(),
            table: table.clone(),
            to: to.clone(),
            on_delete: *on_delete,
        }
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
    SlotText {
        name: name.to_owned(),
        content,
        reuses: reuses.cloned().unwrap_or_default(),
    }
}
