//! From a history to JSON.

use std::collections::BTreeMap;

use crate::schema::{FieldJson, Schema, TypeJson, tables_json};

use super::check::live_slots;
use super::document::{HistoryDocument, HistoryVersion};
use super::hints::{NamedHints, derived_marks};
use super::owner::{Marks, Owner, marks};
use super::read::{DocumentJson, FORMAT, VersionJson};

/// Writes a document.
pub(super) fn write(document: &HistoryDocument) -> String {
    let json = DocumentJson {
        format: FORMAT.to_owned(),
        name: document.name.clone(),
        versions: versions_json(document),
    };
    serde_json::to_string_pretty(&json).expect("names, lists and JSON values have a JSON form")
}

/// Returns the versions as a reader takes them, one after the other.
pub(super) fn versions_json(document: &HistoryDocument) -> Vec<VersionJson> {
    let mut before = Marks::new();
    let versions = document.versions.iter();
    versions
        .map(|version| version_json(version, &mut before))
        .collect()
}

fn version_json(version: &HistoryVersion, before: &mut Marks) -> VersionJson {
    let schemas = version.schemas();
    let named = version.hints.named().unwrap_or_else(|_| NamedHints::default());
    let derived = derived_marks(&live_slots(&schemas), before, &version.hints, &named);
    *before = schemas
        .iter()
        .flat_map(|(table, schema)| marks(table, schema))
        .collect();
    json_without(version, &schemas, &derived)
}

/// Returns a version with all its marks, whatever a reader could derive: equal versions give equal JSON, wherever they
/// stand.
pub(super) fn whole_json(version: &HistoryVersion) -> VersionJson {
    json_without(version, &version.schemas(), &Marks::new())
}

/// Returns a version without the marks that a reader derives.
fn json_without(
    version: &HistoryVersion,
    schemas: &BTreeMap<String, Schema>,
    derived: &Marks,
) -> VersionJson {
    let tables: Vec<_> = schemas
        .iter()
        .map(|(name, schema)| (name.as_str(), schema))
        .collect();
    let (mut types, mut tables) = tables_json(&tables);
    for declared in &mut types {
        add_to_type(declared, version, derived);
    }
    for table in &mut tables {
        let owner = Owner::Table(table.name.clone());
        let defaults = version.tables.get(&table.name).map(|table| &table.defaults);
        for field in &mut table.fields {
            keep_underived(&owner, field, derived);
            field.default = defaults.and_then(|defaults| defaults.get(&field.name)).cloned();
        }
    }
    VersionJson {
        label: version.label.clone(),
        types,
        tables,
        hints: version.hints.clone(),
    }
}

/// Takes out the marks that a reader derives, and adds defaults.
fn add_to_type(declared: &mut TypeJson, version: &HistoryVersion, derived: &Marks) {
    let name = &declared.name;
    let owner = Owner::Type(name.clone());
    for field in declared.fields.iter_mut().flatten() {
        keep_underived(&owner, field, derived);
        field.default = version
            .type_defaults
            .get(&format!("{name}.{}", field.name))
            .cloned();
    }
    for variant in declared.variants.iter_mut().flatten() {
        let known = derived.get(&(owner.clone(), variant.name.clone()));
        variant.reuses = variant
            .reuses
            .take()
            .filter(|reuses| known.map_or(&[][..], Vec::as_slice) != reuses);
        variant.default = version
            .default_variants
            .contains(&format!("{name}::{}", variant.name));
        let owner = Owner::Variant(name.clone(), variant.name.clone());
        for field in variant.fields.iter_mut().flatten() {
            keep_underived(&owner, field, derived);
            let path = format!("{name}::{}.{}", variant.name, field.name);
            field.default = version.type_defaults.get(&path).cloned();
        }
    }
}

fn keep_underived(owner: &Owner, field: &mut FieldJson, derived: &Marks) {
    let known = derived.get(&(owner.clone(), field.name.clone()));
    field.reuses = field
        .reuses
        .take()
        .filter(|reuses| known.map_or(&[][..], Vec::as_slice) != reuses);
}
