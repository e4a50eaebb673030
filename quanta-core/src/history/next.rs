//! The version that follows a history: what a program declares, with the hints that lead there.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::Decoder;
use crate::schema::{
    Fingerprint, NodeId, Resolution, Schema, SlotHint, TableHints, declared_tables, slot_at, tables_json,
};
use crate::schema::{TableJson, TypeJson};
use crate::value::{decode_value, to_json};

use super::check::{NEW_MARK, Past, owner_before};
use super::differences::{Difference, differences};
use super::document::{HistoryDocument, HistoryVersion};
use super::hints::HistoryHints;
use super::owner::{Owner, owners, slots};
use super::read::{VersionJson, VersionReader};
use super::write::versions_json;

/// One table that a program declares, or that goes on without it.
#[derive(Debug, Clone)]
pub(crate) struct TableGiven {
    pub(crate) schema: Schema,
    pub(crate) hints: TableHints,
}

/// What there is to write down.
#[derive(Debug, Clone, Default)]
pub(crate) struct TablesGiven {
    /// The tables, by name. One of the last version that is neither here nor renamed or dropped goes on as it is: not
    /// registered is not dropped.
    pub(crate) tables: BTreeMap<String, TableGiven>,
    /// Tables with a new name: old name to new name.
    pub(crate) renamed_tables: BTreeMap<String, String>,
    /// Tables that are dropped.
    pub(crate) dropped_tables: BTreeSet<String>,
    /// What becomes of rows that don't fit the change, by table and path.
    pub(crate) on_failure: BTreeMap<String, BTreeMap<String, Resolution>>,
    /// Functions that give the values of fields, by table and path.
    pub(crate) functions: BTreeMap<String, BTreeMap<String, String>>,
    /// Variants that go, each with the one that takes its place.
    pub(crate) replaced: Vec<ReplacedVariant>,
    /// The program's own migrations, by the tables that they write.
    pub(crate) migrations: BTreeMap<String, BTreeSet<String>>,
    /// What the version is called; without it, it gets the next number.
    pub(crate) label: Option<String>,
}

/// A variant that goes, and the one that takes its place.
#[derive(Debug, Clone)]
pub(crate) struct ReplacedVariant {
    /// The table.
    pub(crate) table: String,
    /// Where the enum's value is.
    pub(crate) path: String,
    pub(crate) gone: String,
    pub(crate) becomes: String,
}

/// The version that would follow.
#[derive(Debug, Clone)]
pub(crate) struct Next {
    /// The version. It belongs into the document only if something changed.
    pub(crate) version: HistoryVersion,
    /// What is different from the last version.
    pub(crate) differences: Vec<Difference>,
    /// Hints that are new, besides differences.
    pub(crate) has_new_renames: bool,
    /// Own migrations that no version has named.
    pub(crate) has_new_migrations: bool,
    /// Hints with names that the whole history never had.
    pub(crate) unknown_hints: Vec<String>,
}

/// Makes the version that follows a document.
///
/// # Errors
///
/// If a table or label can't stand in a document, or hints contradict each other.
pub(crate) fn next_version(document: &HistoryDocument, given: &TablesGiven) -> Result<Next, String> {
    let mut reader = VersionReader::default();
    for version in versions_json(document) {
        reader.read(version)?;
    }
    let tables = all_tables(document, given);
    let named: Vec<(&str, &Schema)> = tables
        .iter()
        .map(|(name, table)| (name.as_str(), &table.schema))
        .collect();
    let (mut types_json, mut tables_json) = tables_json(&named);
    let labelled = declared_tables(&types_json, &tables_json)?;
    let mut hints = table_hints(reader.past(), given, &tables);
    hints.migrations = new_migrations(document, given, &tables);
    let mut unknown_hints = unknown_tables(reader.past(), &tables);
    for (name, table) in &tables {
        let labelled = labelled.get(name).map(|declared| &declared.schema);
        let schema = labelled
            .filter(|labelled| Fingerprint::of(labelled) == Fingerprint::of(&table.schema))
            .ok_or_else(|| format!("table {name}: its types have no form in a document"))?;
        let told = Told {
            name,
            schema,
            hints: &table.hints,
        };
        told.add_defaults(&mut types_json, &mut tables_json)?;
        told.add_hints(reader.past(), &mut hints, &mut unknown_hints);
        let replaced = given.replaced.iter().filter(|variant| variant.table == *name);
        replaced.for_each(|variant| told.add_fallback(variant, &mut hints));
    }
    sort(&mut hints);
    unknown_hints.sort();
    unknown_hints.dedup();
    let json = VersionJson {
        label: given.label.clone().unwrap_or_else(|| next_label(document)),
        types: types_json,
        tables: tables_json,
        hints,
    };
    let version = reader.read(json)?;
    let none = HistoryVersion::default();
    let before = document.versions.last().unwrap_or(&none);
    Ok(Next {
        differences: differences(before, &version),
        has_new_renames: has_renames(&version.hints),
        has_new_migrations: !version.hints.migrations.is_empty(),
        unknown_hints,
        version,
    })
}

/// Puts the given tables beside those that go on without an entity.
fn all_tables(document: &HistoryDocument, given: &TablesGiven) -> BTreeMap<String, TableGiven> {
    let mut tables = given.tables.clone();
    let last = document.versions.last().into_iter();
    for (name, table) in last.flat_map(|version| &version.tables) {
        let is_gone = given.dropped_tables.contains(name) || given.renamed_tables.contains_key(name);
        if is_gone || tables.contains_key(name) {
            continue;
        }
        let mut schema = table.schema.clone();
        for reference in &mut schema.references {
            if let Some(new) = given.renamed_tables.get(&reference.table) {
                reference.table.clone_from(new);
            }
        }
        schema.sort_objects();
        let hints = TableHints {
            slots: table
                .hints
                .slots
                .iter()
                .map(|(slot, hint)| (*slot, standing(hint)))
                .collect(),
            ..TableHints::default()
        };
        tables.insert(name.clone(), TableGiven { schema, hints });
    }
    tables
}

/// Returns what a hint says of a slot as it stands, without where it comes from.
fn standing(hint: &SlotHint) -> SlotHint {
    SlotHint {
        default: hint.default.clone(),
        is_default: hint.is_default,
        ..SlotHint::default()
    }
}

/// Returns the number of the next version, or the first one after it that is no label yet.
pub(super) fn next_label(document: &HistoryDocument) -> String {
    let labels: BTreeSet<&str> = document
        .versions
        .iter()
        .map(|version| version.label.as_str())
        .collect();
    let numbers = document.versions.len() + 1..;
    let mut free = numbers
        .map(|number| number.to_string())
        .filter(|label| !labels.contains(label.as_str()));
    free.next().expect("there are more numbers than labels")
}

fn table_hints(past: &Past, given: &TablesGiven, tables: &BTreeMap<String, TableGiven>) -> HistoryHints {
    let mut hints = HistoryHints {
        renamed_tables: given.renamed_tables.clone(),
        dropped_tables: given.dropped_tables.iter().cloned().collect(),
        on_failure: given.on_failure.clone(),
        functions: given.functions.clone(),
        ..HistoryHints::default()
    };
    for (name, table) in tables {
        if past.is_empty() {
            // What lies before the first version is told by the hints alone.
            let old_names = table
                .hints
                .renamed_from
                .iter()
                .filter(|old| !tables.contains_key(*old));
            hints
                .renamed_tables
                .extend(old_names.map(|old| (old.clone(), name.clone())));
        } else if table.hints.is_new
            && !past.has_table(name)
            && !given.renamed_tables.values().any(|new| new == name)
        {
            hints.new_tables.push(name.clone());
        }
    }
    hints
}

/// Lists the migrations that no version names yet.
fn new_migrations(
    document: &HistoryDocument,
    given: &TablesGiven,
    tables: &BTreeMap<String, TableGiven>,
) -> BTreeMap<String, Vec<String>> {
    let versions = document.versions.iter();
    let known: BTreeSet<&String> = versions
        .flat_map(|version| version.hints.migrations.values().flatten())
        .collect();
    let new = given
        .migrations
        .iter()
        .filter(|(table, _)| tables.contains_key(*table));
    let new = new.map(|(table, ids)| {
        let ids: Vec<String> = ids.iter().filter(|id| !known.contains(id)).cloned().collect();
        (table.clone(), ids)
    });
    new.filter(|(_, ids)| !ids.is_empty()).collect()
}

fn unknown_tables(past: &Past, tables: &BTreeMap<String, TableGiven>) -> Vec<String> {
    let unknown = tables.iter().flat_map(|(name, table)| {
        let old_names = table
            .hints
            .renamed_from
            .iter()
            .filter(|old| !past.knows_table(old));
        old_names.map(move |old| {
            format!("table {name}: `renamed_from = \"{old}\"`: no version has a table of that name")
        })
    });
    unknown.collect()
}

fn has_renames(hints: &HistoryHints) -> bool {
    !hints.renamed_fields.is_empty() || hints.types.values().any(|hints| !hints.renamed.is_empty())
}

fn sort(hints: &mut HistoryHints) {
    let of_types = hints.types.values_mut().map(|hints| &mut hints.new);
    for new in of_types.chain(hints.new_fields.values_mut()) {
        new.sort();
        new.dedup();
    }
}

/// A table with the labels that its types have in the document, and its hints.
struct Told<'t> {
    name: &'t str,
    schema: &'t Schema,
    hints: &'t TableHints,
}

impl Told<'_> {
    /// Writes the defaults that stand at slots to the fields and variants they belong to.
    fn add_defaults(&self, types: &mut [TypeJson], tables: &mut [TableJson]) -> Result<(), String> {
        for (node, owner) in owners(self.name, self.schema) {
            for (position, (name, _)) in slots(self.schema.shape.node(node)).into_iter().enumerate() {
                let Some(hint) = self.hints.slots.get(&(node, position)) else {
                    continue;
                };
                if hint.is_default {
                    set_default_variant(types, &owner, name);
                }
                if let Some(bytes) = &hint.default {
                    let child = self.schema.shape.node(node).children()[position];
                    let default = self.shown(child, bytes);
                    let default = default.map_err(|problem| format!("{owner}, field {name}: {problem}"))?;
                    set_default(types, tables, &owner, name, default);
                }
            }
        }
        Ok(())
    }

    /// Writes which variant takes the place of one that goes to the enum that they belong to.
    fn add_fallback(&self, variant: &ReplacedVariant, hints: &mut HistoryHints) {
        let ReplacedVariant {
            path, gone, becomes, ..
        } = variant;
        let slot = slot_at(&self.schema.shape, &format!("{path}::{becomes}"));
        let label = slot.and_then(|(node, _)| self.schema.shape.node(node).label());
        if let Some(label) = label {
            let of_type = hints.types.entry(label.to_owned()).or_default();
            of_type.becomes.insert(gone.clone(), becomes.clone());
        }
    }

    fn shown(&self, node: NodeId, bytes: &[u8]) -> Result<serde_json::Value, String> {
        let shape = &self.schema.shape;
        let value = decode_value(shape, node, &mut Decoder::new(bytes)).map_err(|error| error.to_string())?;
        Ok(to_json(shape, node, &value))
    }

    /// Writes the hints at slots that speak for the first time. Collects those that speak of nothing.
    fn add_hints(&self, past: &Past, hints: &mut HistoryHints, unknown: &mut Vec<String>) {
        for (node, owner) in owners(self.name, self.schema) {
            let before = owner_before(&owner, hints);
            let names = slots(self.schema.shape.node(node))
                .into_iter()
                .map(|(name, _)| name);
            let hinted: Vec<(&str, &SlotHint)> = names
                .enumerate()
                .filter_map(|(position, name)| Some((name, self.hints.slots.get(&(node, position))?)))
                .collect();
            let mut taken_over = BTreeSet::new();
            for (name, hint) in &hinted {
                for old in hint.renamed_from.iter().filter(|old| !past.knows(&before, old)) {
                    let problem = "no version has that name there";
                    unknown.push(format!(
                        "{owner}, `{name}`: `renamed_from = \"{old}\"`: {problem}"
                    ));
                }
                for old in renames(past, &before, name, &hint.renamed_from) {
                    add_rename(hints, &owner, &old, name);
                    taken_over.insert(old);
                }
            }
            let is_seen =
                |name: &str| past.is_consumed(&before, name, NEW_MARK) && !taken_over.contains(name);
            for (name, _) in hinted.iter().filter(|(name, hint)| hint.is_new && !is_seen(name)) {
                add_new(hints, &owner, name);
            }
        }
    }
}

/// Returns the old names at a slot that count now: those that were not seen there before. In a document they have no
/// order; so of those that the version before still has, only what doesn't come before the one that applies is taken.
fn renames(past: &Past, before: &Owner, name: &str, old_names: &[String]) -> Vec<String> {
    let is_live = |old: &str| past.has_slot(before, old) == Some(true);
    let applies = old_names.iter().find(|old| is_live(old));
    let source = applies.map_or(name, String::as_str);
    let is_seen = |old: &String| {
        let at_source = applies != Some(old) && past.is_consumed(before, source, old);
        at_source || past.is_consumed(before, name, old)
    };
    let counts = old_names
        .iter()
        .filter(|old| past.knows(before, old) && !is_seen(old));
    let in_order = counts.filter(|old| applies.is_none_or(|applies| !is_live(old) || *old >= applies));
    in_order.cloned().collect()
}

/// Adds that a slot had another name.
pub(super) fn add_rename(hints: &mut HistoryHints, owner: &Owner, old: &str, new: &str) {
    let renamed = match owner {
        Owner::Table(table) => hints.renamed_fields.entry(table.clone()).or_default(),
        Owner::Type(name) => &mut hints.types.entry(name.clone()).or_default().renamed,
        Owner::Variant(name, variant) => {
            let name = format!("{name}::{variant}");
            &mut hints.types.entry(name).or_default().renamed
        }
    };
    renamed.insert(old.to_owned(), new.to_owned());
}

/// Adds that a slot is really new.
pub(super) fn add_new(hints: &mut HistoryHints, owner: &Owner, name: &str) {
    let new = match owner {
        Owner::Table(table) => hints.new_fields.entry(table.clone()).or_default(),
        Owner::Type(of) => &mut hints.types.entry(of.clone()).or_default().new,
        Owner::Variant(of, variant) => &mut hints.types.entry(format!("{of}::{variant}")).or_default().new,
    };
    new.push(name.to_owned());
}

fn set_default_variant(types: &mut [TypeJson], owner: &Owner, name: &str) {
    let Owner::Type(of) = owner else { return };
    let declared = types.iter_mut().filter(|declared| declared.name == *of);
    let variants = declared.flat_map(|declared| declared.variants.iter_mut().flatten());
    variants
        .filter(|variant| variant.name == name)
        .for_each(|variant| variant.default = true);
}

fn set_default(
    types: &mut [TypeJson],
    tables: &mut [TableJson],
    owner: &Owner,
    name: &str,
    default: serde_json::Value,
) {
    let fields = match owner {
        Owner::Table(table) => tables
            .iter_mut()
            .find(|declared| declared.name == *table)
            .map(|declared| &mut declared.fields),
        Owner::Type(of) => types
            .iter_mut()
            .find(|declared| declared.name == *of)
            .and_then(|declared| declared.fields.as_mut()),
        Owner::Variant(of, variant) => types
            .iter_mut()
            .find(|declared| declared.name == *of)
            .and_then(|declared| {
                declared
                    .variants
                    .iter_mut()
                    .flatten()
                    .find(|known| known.name == *variant)
            })
            .and_then(|variant| variant.fields.as_mut()),
    };
    if let Some(field) = fields.and_then(|fields| fields.iter_mut().find(|field| field.name == name)) {
        field.default = Some(default);
    }
}
