//! The steps of migration files, as they are written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::schema::{
    FieldJson, IndexField, IndexJson, OnDelete, ReferenceJson, Resolution, Schema, TableJson, TypeJson,
    declared_tables, tables_json,
};

/// One step of a migration file. Tables and fields go by their names after the change, but for what goes or gets another
/// name; types are in the type grammar, and values in the JSON form of their types (docs/migration-files.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum FileStep {
    /// A new table.
    CreateTable(NewTable),
    /// A table goes; its rows are kept.
    DropTable {
        /// Its name.
        table: String,
    },
    /// A table gets another name.
    RenameTable {
        /// The name before.
        table: String,
        /// The name after.
        to: String,
    },
    /// A new field.
    AddField {
        /// The table.
        table: String,
        /// Where it is.
        field: String,
        /// Its type.
        #[serde(rename = "type")]
        ty: String,
        /// What old rows hold in it, and new ones that leave it out; without it, the natural zero.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<Json>,
        /// A function of the program that gives that value, once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default_with: Option<String>,
        /// A function of the program that computes it from each old row.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        init_with: Option<String>,
    },
    /// A field goes; its values are kept.
    DropField {
        /// The table.
        table: String,
        /// Where it was.
        field: String,
    },
    /// A field gets another name.
    RenameField {
        /// The table.
        table: String,
        /// Where it is, with the name before.
        field: String,
        /// The name after.
        to: String,
    },
    /// A field gets another type.
    ChangeType {
        /// The table.
        table: String,
        /// Where it is.
        field: String,
        /// The type after.
        #[serde(rename = "type")]
        ty: String,
        /// What none becomes, and what new rows hold that leave it out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<Json>,
        /// What becomes of rows that don't fit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_failure: Option<Resolution>,
        /// A function of the program that converts the values.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        convert_with: Option<String>,
        /// And the one that leads back, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inverse: Option<String>,
    },
    /// A new variant of an enum.
    AddVariant {
        /// The table.
        table: String,
        /// Where it is: `shape::Circle`.
        variant: String,
        /// Its payload; without it, none.
        #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
        ty: Option<String>,
    },
    /// A variant goes.
    DropVariant {
        /// The table.
        table: String,
        /// Where it was.
        variant: String,
        /// The one that takes its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        becomes: Option<String>,
    },
    /// A variant gets another name.
    RenameVariant {
        /// The table.
        table: String,
        /// Where it is, with the name before.
        variant: String,
        /// The name after.
        to: String,
    },
    /// Other fields are the key.
    ChangeKey {
        /// The table.
        table: String,
        /// The fields, in key order.
        key: Vec<String>,
        /// What becomes of a row whose key another one has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_failure: Option<Resolution>,
    },
    /// New rows get another default; old rows keep what they have.
    SetDefault {
        /// The table.
        table: String,
        /// A field of the table itself.
        field: String,
        /// The default; without it, there is none any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<Json>,
    },
    /// A new index.
    AddIndex {
        /// The table.
        table: String,
        /// Its name.
        name: String,
        /// Its fields, in order.
        fields: Vec<IndexField>,
        /// Whether no two rows have the same values.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unique: bool,
        /// What becomes of a row whose values another one has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_failure: Option<Resolution>,
    },
    /// An index goes.
    DropIndex {
        /// The table.
        table: String,
        /// Its name.
        name: String,
    },
    /// An index gets another name.
    RenameIndex {
        /// The table.
        table: String,
        /// The name before.
        name: String,
        /// The name after.
        to: String,
    },
    /// A new reference.
    AddReference {
        /// The table.
        table: String,
        /// Its fields that refer.
        fields: Vec<String>,
        /// The table that they refer to.
        references: String,
        /// Its key.
        to: Vec<String>,
        /// What happens to a row when the one that it refers to is deleted.
        #[serde(default)]
        on_delete: OnDelete,
    },
    /// A reference goes.
    DropReference {
        /// The table.
        table: String,
        /// Its fields that refer.
        fields: Vec<String>,
    },
    /// Rows get other values.
    Set {
        /// The table.
        table: String,
        /// The values, by field.
        values: BTreeMap<String, Json>,
        /// Which rows, in the language of filters; without it, all.
        #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
        filter: Option<String>,
    },
    /// Rows are taken out, and kept.
    Delete {
        /// The table.
        table: String,
        /// Which rows, in the language of filters; without it, all.
        #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
        filter: Option<String>,
    },
    /// A migration of the program's own runs.
    Run {
        /// Its name.
        migration: String,
    },
}

/// A new table, as history documents hold it (docs/format.md, "History documents"), with the types that it embeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTable {
    pub(super) table: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<String>,
    key: Vec<String>,
    fields: Vec<FieldJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    types: Vec<TypeJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<IndexJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<ReferenceJson>,
}

impl NewTable {
    /// Writes down a table with the defaults of its fields.
    #[must_use]
    pub fn of(table: &str, schema: &Schema, defaults: &BTreeMap<String, Json>) -> Self {
        let (mut types, tables) = tables_json(&[(table, schema)]);
        types.iter_mut().for_each(TypeJson::leave_out_empty);
        let mut table_json = tables.into_iter().next().unwrap_or_default();
        for field in &mut table_json.fields {
            field.leave_out_empty();
            field.default = defaults.get(&field.name).cloned();
        }
        let TableJson {
            name,
            row,
            key,
            fields,
            indexes,
            references,
        } = table_json;
        Self {
            table: name,
            row,
            key,
            fields,
            types,
            indexes,
            references,
        }
    }

    /// Returns the schema, and the defaults of fields.
    ///
    /// # Errors
    ///
    /// Says what is wrong, and in which type.
    pub fn schema(&self) -> Result<(Schema, BTreeMap<String, Json>), String> {
        let Self {
            table,
            row,
            key,
            fields,
            types,
            indexes,
            references,
        } = self.clone();
        let read = TableJson {
            name: table,
            row,
            key,
            fields,
            indexes,
            references,
        };
        let declared = declared_tables(&types, &[read])?;
        let declared = declared.into_values().next().ok_or("it declares no table")?;
        Ok((declared.schema, declared.defaults))
    }
}

impl FileStep {
    /// The names of all steps, as they are written.
    pub const NAMES: [&'static str; 20] = [
        "create_table",
        "drop_table",
        "rename_table",
        "add_field",
        "drop_field",
        "rename_field",
        "change_type",
        "add_variant",
        "drop_variant",
        "rename_variant",
        "change_key",
        "set_default",
        "add_index",
        "drop_index",
        "rename_index",
        "add_reference",
        "drop_reference",
        "set",
        "delete",
        "run",
    ];

    /// Returns the table, by the name that the file calls it by; none of a function.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::CreateTable(new) => Some(&new.table),
            Self::DropTable { table }
            | Self::RenameTable { table, .. }
            | Self::AddField { table, .. }
            | Self::DropField { table, .. }
            | Self::RenameField { table, .. }
            | Self::ChangeType { table, .. }
            | Self::AddVariant { table, .. }
            | Self::DropVariant { table, .. }
            | Self::RenameVariant { table, .. }
            | Self::ChangeKey { table, .. }
            | Self::SetDefault { table, .. }
            | Self::AddIndex { table, .. }
            | Self::DropIndex { table, .. }
            | Self::RenameIndex { table, .. }
            | Self::AddReference { table, .. }
            | Self::DropReference { table, .. }
            | Self::Set { table, .. }
            | Self::Delete { table, .. } => Some(table),
            Self::Run { .. } => None,
        }
    }

    /// Tells whether it changes rows, and no shape.
    #[must_use]
    pub fn is_of_rows(&self) -> bool {
        matches!(self, Self::Set { .. } | Self::Delete { .. })
    }
}
