//! Steps: one change of shape each, with its inverse and a sentence for people.

mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::{Class, Classes};
use crate::schema::{IndexDef, Reference, Resolution};

use super::lens::Fill;
use super::rows::{Reversal, RowEdit, TableMigration};

/// One change of shape in one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The table, by its name after the change.
    pub table: String,
    /// What changes.
    pub change: Change,
    /// How safe the change is for the rows.
    pub class: Class,
    /// How safe it is to take it back.
    pub class_back: Class,
}

/// What a step changes. Paths name fields as of after the change; types are in the type grammar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// A new table.
    CreateTable,
    /// A table goes, its rows stay in their space.
    DropTable,
    /// A table gets another name.
    RenameTable {
        /// The name before.
        from: String,
    },
    /// A new field or tuple position.
    AddField {
        /// Where it is.
        path: String,
        /// Its type.
        ty: String,
        /// What old rows hold in it.
        fill: Fill,
    },
    /// A field or tuple position goes; its values are kept.
    DropField {
        /// Where it was.
        path: String,
        /// Its type.
        ty: String,
        /// What rows born later hold in it after going back.
        fill: Fill,
    },
    /// A field gets another name.
    RenameField {
        /// Where it is.
        path: String,
        /// The name before.
        from: String,
    },
    /// A field gets another type.
    ChangeType {
        /// Where it is.
        path: String,
        /// The type before.
        from: String,
        /// The type after.
        to: String,
        /// What none becomes where an option becomes required, if anything.
        fill: Option<Vec<u8>>,
        /// The functions of the program that convert the values, if it is not one of the built-in conversions.
        by: Option<OwnConversion>,
        /// What becomes of rows that don't fit; none if they refuse the change.
        on_failure: Option<Resolution>,
    },
    /// A new variant.
    AddVariant {
        /// Where it is: `path::Variant`.
        path: String,
        /// Its payload: `unit`, a tuple or an unlabelled struct.
        ty: String,
    },
    /// A variant goes; a row that has it is refused, unless another one takes its place.
    DropVariant {
        /// Where it was.
        path: String,
        /// Its payload.
        ty: String,
        /// The variant that takes its place, if any.
        becomes: Option<String>,
    },
    /// A variant gets another name.
    RenameVariant {
        /// Where it is.
        path: String,
        /// The name before.
        from: String,
    },
    /// Other fields are the key, or the key is of another type: every row moves.
    ChangeKey {
        /// The fields before, by their names then, in key order.
        from: Vec<String>,
        /// The fields after.
        to: Vec<String>,
        /// What becomes of a row whose key another one has; none if it refuses the change.
        on_failure: Option<Resolution>,
    },
    /// A migration of the program's own runs over every row.
    RunMigration {
        /// Its name.
        id: String,
        /// How rows go back.
        reversal: Reversal,
        /// Words to choose migrations by.
        tags: Vec<String>,
    },
    /// A migration of the program's own is taken back.
    UndoMigration {
        /// Its name.
        id: String,
        /// How rows go back.
        reversal: Reversal,
        /// Words to choose migrations by.
        tags: Vec<String>,
    },
    /// New rows get another default; old rows keep what they have.
    SetDefault {
        /// Where it is.
        path: String,
        /// The encoded default before, if any.
        from: Option<Vec<u8>>,
        /// The encoded default after, if any.
        to: Option<Vec<u8>>,
    },
    /// A new index.
    BuildIndex {
        /// The index.
        index: IndexDef,
    },
    /// An index goes.
    DropIndex {
        /// The index.
        index: IndexDef,
    },
    /// An index is built anew: over other fields, over values that change, or another way.
    AlterIndex {
        /// The index before, with the names of before.
        from: IndexDef,
        /// The index after.
        to: IndexDef,
    },
    /// An index gets another name.
    RenameIndex {
        /// The name before.
        from: String,
        /// The name after.
        to: String,
    },
    /// A new reference.
    AddReference {
        /// The reference.
        reference: Reference,
    },
    /// A reference goes.
    DropReference {
        /// The reference.
        reference: Reference,
    },
    /// A reference gets other names, leads elsewhere, or does something else on deletion.
    AlterReference {
        /// The reference before, with the names of before.
        from: Reference,
        /// The reference after.
        to: Reference,
    },
    /// A field gets the kept values of one that went, where it still holds what it began with.
    RestoreField {
        /// Where it is.
        path: String,
        /// The name of the field that went.
        from: String,
    },
    /// A field gives back what it got of the kept values of one that went.
    WithdrawField {
        /// Where it is.
        path: String,
        /// The name of the field that went.
        from: String,
    },
    /// A migration of the program's own over whole tables writes rows of this one.
    RunTableMigration(TableMigration),
    /// A migration of the program's own over whole tables is taken back, and writes rows of this one.
    UndoTableMigration(TableMigration),
    /// A migration file changes rows, or takes them out.
    EditRows(RowEdit),
    /// What a migration file did to rows is taken back.
    UndoEdit(RowEdit),
}

/// Functions of the program that convert the values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnConversion {
    /// From the type before to the type after.
    pub up: String,
    /// And back, if there is one.
    pub down: Option<String>,
}

/// What a step costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// One record.
    Record,
    /// Nothing now; rows are translated as they are read, and rewritten in the background.
    Lazy,
    /// One look at every row before the switch.
    Scan,
    /// One rewrite of every row, or one entry in an index for each, before the switch.
    Build,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Record => "record",
            Self::Lazy => "lazy",
            Self::Scan => "scan",
            Self::Build => "build",
        })
    }
}

impl Step {
    /// Returns what the step costs.
    #[must_use]
    pub fn cost(&self) -> Cost {
        match &self.change {
            Change::AddField {
                fill: Fill::Computed(_),
                ..
            }
            | Change::ChangeType { by: Some(_), .. }
            | Change::ChangeKey { .. }
            | Change::RestoreField { .. }
            | Change::RunMigration { .. }
            | Change::UndoMigration { .. }
            | Change::RunTableMigration(_)
            | Change::UndoTableMigration(_)
            | Change::EditRows(_)
            | Change::UndoEdit(_)
            | Change::BuildIndex { .. }
            | Change::AlterIndex { .. } => Cost::Build,
            _ if self.class >= Class::Checked => Cost::Scan,
            Change::CreateTable
            | Change::DropTable
            | Change::RenameTable { .. }
            | Change::SetDefault { .. }
            | Change::DropIndex { .. }
            | Change::RenameIndex { .. }
            | Change::AddReference { .. }
            | Change::DropReference { .. }
            | Change::AlterReference { .. } => Cost::Record,
            _ => Cost::Lazy,
        }
    }

    /// Makes the step of a change whose kind alone says how safe it is: any but a change of type.
    #[must_use]
    pub fn new(table: impl Into<String>, change: Change) -> Self {
        let classes = change.classes();
        Self::classed(table, change, classes)
    }

    /// Makes a step of which it is known how safe it is.
    #[must_use]
    pub fn classed(table: impl Into<String>, change: Change, classes: Classes) -> Self {
        Self {
            table: table.into(),
            change,
            class: classes.up,
            class_back: classes.down,
        }
    }

    /// Returns the step that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let change = match self.change.clone() {
            Change::CreateTable => Change::DropTable,
            Change::DropTable => Change::CreateTable,
            Change::RenameTable { from } => {
                return Self::new(
                    from,
                    Change::RenameTable {
                        from: self.table.clone(),
                    },
                );
            }
            Change::AddField { path, ty, fill } => Change::DropField { path, ty, fill },
            Change::DropField { path, ty, fill } => Change::AddField { path, ty, fill },
            Change::RenameField { path, from } => {
                let (old, new) = swap_last(&path, &from);
                Change::RenameField { path: old, from: new }
            }
            Change::RenameVariant { path, from } => {
                let (old, new) = swap_last(&path, &from);
                Change::RenameVariant { path: old, from: new }
            }
            Change::ChangeType {
                path,
                from,
                to,
                fill,
                by,
                on_failure,
            } => Change::ChangeType {
                path,
                from: to,
                to: from,
                fill,
                by: by.map(OwnConversion::turned),
                on_failure,
            },
            Change::AddVariant { path, ty } => Change::DropVariant {
                path,
                ty,
                becomes: None,
            },
            Change::DropVariant { path, ty, .. } => Change::AddVariant { path, ty },
            Change::ChangeKey { from, to, on_failure } => Change::ChangeKey {
                from: to,
                to: from,
                on_failure,
            },
            Change::RestoreField { path, from } => Change::WithdrawField { path, from },
            Change::WithdrawField { path, from } => Change::RestoreField { path, from },
            Change::RunMigration { id, reversal, tags } => Change::UndoMigration { id, reversal, tags },
            Change::UndoMigration { id, reversal, tags } => Change::RunMigration { id, reversal, tags },
            Change::RunTableMigration(migration) => Change::UndoTableMigration(migration),
            Change::UndoTableMigration(migration) => Change::RunTableMigration(migration),
            Change::EditRows(edit) => Change::UndoEdit(edit),
            Change::UndoEdit(edit) => Change::EditRows(edit),
            Change::SetDefault { path, from, to } => Change::SetDefault {
                path,
                from: to,
                to: from,
            },
            Change::BuildIndex { index } => Change::DropIndex { index },
            Change::DropIndex { index } => Change::BuildIndex { index },
            Change::AlterIndex { from, to } => Change::AlterIndex { from: to, to: from },
            Change::RenameIndex { from, to } => Change::RenameIndex { from: to, to: from },
            Change::AddReference { reference } => Change::DropReference { reference },
            Change::DropReference { reference } => Change::AddReference { reference },
            Change::AlterReference { from, to } => Change::AlterReference { from: to, to: from },
        };
        Self {
            table: self.table.clone(),
            change,
            class: self.class_back,
            class_back: self.class,
        }
    }
}

impl OwnConversion {
    /// Returns the functions as seen from the other side. Where there is none, the one that has no way back is named.
    fn turned(self) -> Self {
        match self.down {
            Some(down) => Self {
                up: down,
                down: Some(self.up),
            },
            None => self,
        }
    }
}

/// Puts the old name in place of the last name of a path; returns the path so made and the name taken out.
fn swap_last(path: &str, old: &str) -> (String, String) {
    let start = path.rfind(['.', ':']).map_or(0, |position| position + 1);
    (format!("{}{old}", &path[..start]), path[start..].to_owned())
}

impl Change {
    /// Returns how safe the change is by its kind alone. A change of type is classed by the types, that of a reference
    /// by where it leads.
    fn classes(&self) -> Classes {
        let (up, down) = match self {
            Self::CreateTable => (Class::Exact, Class::Lossy),
            Self::DropTable => (Class::Lossy, Class::Exact),
            Self::AddField { .. } | Self::RestoreField { .. } => (Class::Exact, Class::Lossy),
            Self::WithdrawField { .. } => (Class::Lossy, Class::Exact),
            // A row born later has nothing to return to such a field.
            Self::DropField {
                fill: Fill::Missing, ..
            } => (Class::Lossy, Class::Checked),
            Self::DropField { .. } => (Class::Lossy, Class::Exact),
            // A function may decline any row.
            Self::RunMigration { reversal, .. } => (Class::Checked, undone(reversal)),
            Self::UndoMigration { reversal, .. } => (undone(reversal), Class::Checked),
            Self::RunTableMigration(migration) => (Class::Checked, undone(&migration.reversal)),
            Self::UndoTableMigration(migration) => (undone(&migration.reversal), Class::Checked),
            // What was there before is kept; rows that were changed since stay as they are on the way back.
            Self::EditRows(_) => (Class::Lossy, Class::Exact),
            Self::UndoEdit(_) => (Class::Exact, Class::Lossy),
            Self::AddVariant { .. } => (Class::Exact, Class::Checked),
            Self::DropVariant { becomes: Some(_), .. } => (Class::Lossy, Class::Exact),
            Self::DropVariant { .. } => (Class::Checked, Class::Exact),
            Self::BuildIndex { index } => (of_index(index), Class::Exact),
            Self::DropIndex { index } => (Class::Exact, of_index(index)),
            Self::AlterIndex { from, to } => (of_index(to), of_index(from)),
            Self::AddReference { .. } => (Class::Checked, Class::Exact),
            Self::DropReference { .. } => (Class::Exact, Class::Checked),
            Self::RenameTable { .. }
            | Self::RenameField { .. }
            | Self::RenameVariant { .. }
            | Self::SetDefault { .. }
            | Self::ChangeKey { .. }
            | Self::ChangeType { .. }
            | Self::RenameIndex { .. }
            | Self::AlterReference { .. } => (Class::Exact, Class::Exact),
        };
        Classes { up, down }
    }
}

fn undone(reversal: &Reversal) -> Class {
    match reversal {
        Reversal::Irreversible => Class::Refused,
        Reversal::Inverse(_) | Reversal::Kept => Class::Checked,
    }
}

/// Two rows may have one value of what becomes unique.
fn of_index(index: &IndexDef) -> Class {
    if index.unique {
        Class::Checked
    } else {
        Class::Exact
    }
}
