//! The hints of a version as they are written, and what they say of each slot.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::schema::Resolution;

use super::owner::{Marks, Owner};

/// What leads to a version. Tables go by their new names; renames are old name to new name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryHints {
    /// Tables with a new name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed_tables: BTreeMap<String, String>,
    /// Fields with a new name, by table.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed_fields: BTreeMap<String, BTreeMap<String, String>>,
    /// Tables of the version before that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropped_tables: Vec<String>,
    /// Hints of embedded types, by `Type` or `Enum::Variant`. Under an enum, `Variant` or `Enum::Variant` names a variant
    /// and `Variant.field` or `Enum::Variant.field` a field of one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, TypeHints>,
    /// Tables that are really new where a rename could be meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new_tables: Vec<String>,
    /// Fields that are really new where a rename could be meant, by table.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub new_fields: BTreeMap<String, Vec<String>>,
    /// What becomes of rows that a change refuses, by table and then by field, `@key` or `@index_name`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub on_failure: BTreeMap<String, BTreeMap<String, Resolution>>,
    /// Functions of the program that give the values of a field, by table and path.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: BTreeMap<String, BTreeMap<String, String>>,
    /// Migrations of the program's own that came with this version, by the tables that they write.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub migrations: BTreeMap<String, Vec<String>>,
}

/// The hints of one embedded type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TypeHints {
    /// Slots with a new name: old name to new name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed: BTreeMap<String, String>,
    /// Slots that are really new where a rename could be meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new: Vec<String>,
    /// Variants that are gone, each with the one that takes its place.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub becomes: BTreeMap<String, String>,
}

/// What hints say of slots, by name.
#[derive(Debug, Default)]
pub(super) struct NamedHints {
    /// Old names of each slot.
    pub(super) renamed: BTreeMap<(Owner, String), Vec<String>>,
    /// Slots that are really new.
    pub(super) new: BTreeSet<(Owner, String)>,
    /// Variants whose place each variant takes.
    pub(super) fallbacks: BTreeMap<(Owner, String), Vec<String>>,
}

impl NamedHints {
    /// Lists the old names of all slots of some owners.
    pub(super) fn old_names(&self, of: impl Fn(&Owner) -> bool) -> impl Iterator<Item = String> {
        let renamed = self.renamed.iter().filter(move |((owner, _), _)| of(owner));
        renamed.flat_map(|(_, old_names)| old_names.iter().cloned())
    }
}

impl HistoryHints {
    /// Tells whether there is no hint at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Lists the renames of fields and variants as people read them.
    pub(crate) fn renames(&self) -> Vec<String> {
        let of_tables = self.renamed_fields.iter();
        let of_types = self.types.iter().map(|(name, hints)| (name, &hints.renamed));
        let renames = of_tables.chain(of_types).flat_map(|(owner, renamed)| {
            let renamed = renamed.iter();
            renamed.map(move |(old, new)| format!("{owner}.{new}, renamed from {old}"))
        });
        renames.collect()
    }

    /// Returns the name that a table of this version had before.
    pub(super) fn table_before<'t>(&'t self, table: &'t str) -> &'t str {
        let renamed = self.renamed_tables.iter().find(|(_, new)| *new == table);
        renamed.map_or(table, |(old, _)| old)
    }

    /// Sorts the hints by what they are about.
    pub(super) fn named(&self) -> Result<NamedHints, String> {
        let mut named = NamedHints::default();
        for (table, renamed) in &self.renamed_fields {
            for (old, new) in renamed {
                let slot = (Owner::Table(table.clone()), new.clone());
                named.renamed.entry(slot).or_default().push(old.clone());
            }
        }
        for (table, fields) in &self.new_fields {
            let owner = Owner::Table(table.clone());
            named
                .new
                .extend(fields.iter().map(|field| (owner.clone(), field.clone())));
        }
        for (name, hints) in &self.types {
            for (old, new) in &hints.renamed {
                let (_, old) = type_slot(name, old)?;
                named.renamed.entry(type_slot(name, new)?).or_default().push(old);
            }
            for new in &hints.new {
                named.new.insert(type_slot(name, new)?);
            }
            for (gone, new) in &hints.becomes {
                let (_, gone) = type_slot(name, gone)?;
                named
                    .fallbacks
                    .entry(type_slot(name, new)?)
                    .or_default()
                    .push(gone);
            }
        }
        Ok(named)
    }
}

/// Returns what a name under a type means.
fn type_slot(type_name: &str, name: &str) -> Result<(Owner, String), String> {
    let short = name
        .strip_prefix(type_name)
        .and_then(|rest| rest.strip_prefix("::"))
        .unwrap_or(name);
    let owner = Owner::of_type(type_name);
    let in_variant = name
        .strip_prefix(type_name)
        .and_then(|rest| rest.strip_prefix('.'));
    match (owner, short.split_once('.')) {
        (Owner::Type(type_name), Some((variant, field))) if !variant.contains(':') => {
            Ok((Owner::Variant(type_name, variant.to_owned()), field.to_owned()))
        }
        (owner @ Owner::Variant(..), Some(_)) if in_variant.is_some() => {
            Ok((owner, in_variant.unwrap_or_default().to_owned()))
        }
        (owner, None) if !short.contains(':') => Ok((owner, short.to_owned())),
        (owner, _) => Err(format!("`{name}` is no field or variant of {owner}")),
    }
}

/// Returns the marks of a version whose slots are `live`: old names that another slot beside bears now, and the marks
/// of the version before while both names stay.
pub(super) fn derived_marks(
    live: &BTreeMap<Owner, BTreeSet<String>>,
    before: &Marks,
    hints: &HistoryHints,
    named: &NamedHints,
) -> Marks {
    let mut marks = Marks::new();
    for (owner, names) in live {
        let owner_before = match owner {
            Owner::Table(table) => Owner::Table(hints.table_before(table).to_owned()),
            other => other.clone(),
        };
        for name in names {
            let slot = (owner.clone(), name.clone());
            let renamed = named.renamed.get(&slot).into_iter().flatten();
            let carried = before
                .get(&(owner_before.clone(), name.clone()))
                .into_iter()
                .flatten();
            let reused = renamed
                .chain(carried)
                .filter(|old| *old != name && names.contains(*old));
            let reused: BTreeSet<String> = reused.cloned().collect();
            if !reused.is_empty() {
                marks.insert(slot, reused.into_iter().collect());
            }
        }
    }
    marks
}
