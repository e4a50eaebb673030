//! From JSON to a checked history.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::codec::Encoder;
use crate::schema::{
    FieldJson, Node, NodeId, Schema, SlotHint, TableHints, TableJson, TypeJson, declared_tables,
};
use crate::value::{encode_value, from_json};

use super::check::{Past, live_slots};
use super::document::{HistoryDocument, HistoryVersion, TableDecl};
use super::hints::{HistoryHints, NamedHints, derived_marks};
use super::owner::{Marks, Owner, marks, owners, set_marks, slots};
use super::said::check_references;

/// What `format` says.
pub(super) const FORMAT: &str = "quanta-history/1";

/// A document as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentJson {
    pub(super) format: String,
    pub(super) name: String,
    pub(super) versions: Vec<VersionJson>,
}

/// A version as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionJson {
    pub(super) label: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) types: Vec<TypeJson>,
    pub(super) tables: Vec<TableJson>,
    #[serde(default, skip_serializing_if = "HistoryHints::is_empty")]
    pub(super) hints: HistoryHints,
}

/// Reads and checks a document.
pub(super) fn read(text: &str) -> Result<HistoryDocument, String> {
    let document: DocumentJson = serde_json::from_str(text).map_err(|error| format!("history: {error}"))?;
    if document.format != FORMAT {
        return Err(format!(
            "the format is `{}`, not `{FORMAT}`",
            document.format.escape_debug()
        ));
    }
    let mut reader = VersionReader::default();
    let versions = document.versions.into_iter().map(|version| reader.read(version));
    Ok(HistoryDocument {
        name: document.name,
        versions: versions.collect::<Result<_, _>>()?,
    })
}

/// Reads the versions of a document one after the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct VersionReader {
    past: Past,
    before: Marks,
    labels: BTreeSet<String>,
}

impl VersionReader {
    /// Returns what the versions that were read hold.
    pub(super) fn past(&self) -> &Past {
        &self.past
    }

    /// Reads the next version from JSON.
    pub(crate) fn next(&mut self, json: &Json) -> Result<HistoryVersion, String> {
        self.read(VersionJson::deserialize(json).map_err(|error| format!("history: {error}"))?)
    }

    pub(super) fn read(&mut self, version: VersionJson) -> Result<HistoryVersion, String> {
        let label = version.label.clone();
        let in_version = |problem| format!("version {label}: {problem}");
        if !self.labels.insert(label.clone()) {
            return Err(in_version("an earlier version has that label too".to_owned()));
        }
        read_version(version, &mut self.past, &mut self.before).map_err(in_version)
    }
}

fn read_version(version: VersionJson, past: &mut Past, before: &mut Marks) -> Result<HistoryVersion, String> {
    let VersionJson {
        label,
        types,
        tables,
        hints,
    } = version;
    let declared = declared_tables(&types, &tables)?;
    let named = hints.named()?;
    let mut defaults = BTreeMap::new();
    let mut schemas = BTreeMap::new();
    for (name, table) in declared {
        defaults.insert(name.clone(), table.defaults);
        schemas.insert(name, table.schema);
    }
    check_references(&schemas)?;
    past.check(&schemas, &hints, &named)?;
    let derived = derived_marks(&live_slots(&schemas), before, &hints, &named);
    *before = mark(&mut schemas, derived, &given_marks(&types, &tables));
    past.add(&schemas, &hints, &named);
    let (type_defaults, default_variants) = type_defaults(&types);
    let said = Said {
        hints: &hints,
        named,
        type_defaults: &type_defaults,
        default_variants: &default_variants,
    };
    let mut read = BTreeMap::new();
    for (name, schema) in schemas {
        let defaults = defaults.remove(&name).unwrap_or_default();
        let hints = said.table_hints(&name, &schema, &defaults)?;
        read.insert(
            name,
            TableDecl {
                schema,
                defaults,
                hints,
            },
        );
    }
    Ok(HistoryVersion {
        label,
        tables: read,
        type_defaults,
        default_variants,
        hints,
    })
}

/// Sets the marks of all tables: those that the document gives, else the derived ones. Returns them all.
fn mark(schemas: &mut BTreeMap<String, Schema>, derived: Marks, given: &BTreeSet<(Owner, String)>) -> Marks {
    let mut all = derived;
    all.retain(|slot, _| !given.contains(slot));
    for (table, schema) in &*schemas {
        all.extend(marks(table, schema));
    }
    for (table, schema) in schemas {
        set_marks(table, schema, &all);
    }
    all
}

/// Lists the slots for which the document itself says what they reuse.
fn given_marks(types: &[TypeJson], tables: &[TableJson]) -> BTreeSet<(Owner, String)> {
    let mut given = BTreeSet::new();
    let mut add = |owner: &Owner, fields: &[FieldJson]| {
        let with_marks = fields.iter().filter(|field| field.reuses.is_some());
        given.extend(with_marks.map(|field| (owner.clone(), field.name.clone())));
    };
    tables
        .iter()
        .for_each(|table| add(&Owner::Table(table.name.clone()), &table.fields));
    for declared in types {
        add(
            &Owner::Type(declared.name.clone()),
            declared.fields.as_deref().unwrap_or_default(),
        );
        for variant in declared.variants.iter().flatten() {
            let owner = Owner::Variant(declared.name.clone(), variant.name.clone());
            add(&owner, variant.fields.as_deref().unwrap_or_default());
        }
    }
    for declared in types {
        let with_marks = declared
            .variants
            .iter()
            .flatten()
            .filter(|variant| variant.reuses.is_some());
        given.extend(with_marks.map(|variant| (Owner::Type(declared.name.clone()), variant.name.clone())));
    }
    given
}

fn type_defaults(types: &[TypeJson]) -> (BTreeMap<String, Json>, BTreeSet<String>) {
    let mut defaults = BTreeMap::new();
    let mut variants = BTreeSet::new();
    let mut add = |prefix: &str, fields: &[FieldJson]| {
        let with_default = fields
            .iter()
            .filter_map(|field| Some((&field.name, field.default.clone()?)));
        defaults.extend(with_default.map(|(name, default)| (format!("{prefix}.{name}"), default)));
    };
    for declared in types {
        add(&declared.name, declared.fields.as_deref().unwrap_or_default());
        for variant in declared.variants.iter().flatten() {
            let path = format!("{}::{}", declared.name, variant.name);
            add(&path, variant.fields.as_deref().unwrap_or_default());
            if variant.default {
                variants.insert(path);
            }
        }
    }
    (defaults, variants)
}

/// What a version says besides its schemas.
struct Said<'v> {
    hints: &'v HistoryHints,
    named: NamedHints,
    type_defaults: &'v BTreeMap<String, Json>,
    default_variants: &'v BTreeSet<String>,
}

impl Said<'_> {
    fn table_hints(
        &self,
        table: &str,
        schema: &Schema,
        defaults: &BTreeMap<String, Json>,
    ) -> Result<TableHints, String> {
        let renamed = self.hints.renamed_tables.iter().filter(|(_, new)| *new == table);
        let mut hints = TableHints {
            renamed_from: renamed.map(|(old, _)| old.clone()).collect(),
            is_new: self.hints.new_tables.iter().any(|new| new == table),
            slots: BTreeMap::new(),
            on_failure: self.hints.on_failure.get(table).cloned().unwrap_or_default(),
        };
        for (node, owner) in owners(table, schema) {
            for (position, (name, _)) in slots(schema.shape.node(node)).into_iter().enumerate() {
                let default = match owner {
                    Owner::Table(_) => defaults.get(name),
                    _ => self
                        .type_defaults
                        .get(&owner.slot_path(schema.shape.node(node), name)),
                };
                let hint = self.slot_hint(schema, (node, position), (&owner, name), default);
                let hint =
                    hint.map_err(|problem| format!("{owner}, field {name}: the default: {problem}"))?;
                if hint != SlotHint::default() {
                    hints.slots.insert((node, position), hint);
                }
            }
        }
        Ok(hints)
    }

    fn slot_hint(
        &self,
        schema: &Schema,
        (node, position): (NodeId, usize),
        (owner, name): (&Owner, &str),
        default: Option<&Json>,
    ) -> Result<SlotHint, String> {
        let slot = (owner.clone(), name.to_owned());
        let path = owner.slot_path(schema.shape.node(node), name);
        let field = match schema.shape.node(node) {
            Node::Struct { fields, .. } => Some(fields[position].node),
            _ => None,
        };
        let default = match (field, default) {
            (Some(field), Some(json)) => Some(encoded(schema, field, json)?),
            _ => None,
        };
        Ok(SlotHint {
            renamed_from: self.named.renamed.get(&slot).cloned().unwrap_or_default(),
            is_new: self.named.new.contains(&slot),
            default,
            is_default: field.is_none() && self.default_variants.contains(&path),
            fallback_for: self.named.fallbacks.get(&slot).cloned().unwrap_or_default(),
            ..SlotHint::default()
        })
    }
}

/// Returns a version with other hints, as if its document said these.
pub(super) fn with_hints(
    version: &HistoryVersion,
    hints: HistoryHints,
    named: NamedHints,
) -> Result<HistoryVersion, String> {
    let said = Said {
        hints: &hints,
        named,
        type_defaults: &version.type_defaults,
        default_variants: &version.default_variants,
    };
    let mut tables = version.tables.clone();
    for (name, table) in &mut tables {
        table.hints = said.table_hints(name, &table.schema, &table.defaults)?;
    }
    Ok(HistoryVersion {
        tables,
        hints,
        ..version.clone()
    })
}

fn encoded(schema: &Schema, node: NodeId, json: &Json) -> Result<Vec<u8>, String> {
    let value = from_json(&schema.shape, node, json)?;
    let mut out = Encoder::default();
    encode_value(&schema.shape, node, &value, &mut out)?;
    out.finish()
}
