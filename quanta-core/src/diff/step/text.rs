//! The sentence of a step.

use std::fmt;

use super::super::lens::Fill;
use super::super::rows::{Reversal, TableMigration};
use super::{Change, Step};
use crate::schema::{IndexDef, Resolution};

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        match &self.change {
            Change::CreateTable => write!(f, "create table {table}"),
            Change::DropTable => write!(f, "drop table {table}; its rows are kept"),
            Change::RenameTable { from } => write!(f, "rename table {from} to {table}"),
            Change::AddField { path, ty, fill } => write!(f, "add {table}.{path}: {ty}, {}", filled(fill)),
            Change::DropField { path, ty, .. } => write!(f, "drop {table}.{path}: {ty}; its values are kept"),
            Change::RenameField { path, from } => write!(f, "rename {table}.{path} from {from}"),
            Change::ChangeType {
                path,
                from,
                to,
                by,
                on_failure,
                ..
            } => {
                write!(f, "change {table}.{path} from {from} to {to}")?;
                if let Some(by) = by {
                    write!(f, " by {}", by.up)?;
                }
                f.write_str(resolved(*on_failure))
            }
            Change::AddVariant { path, .. } => write!(f, "add variant {table}.{path}"),
            Change::DropVariant {
                path,
                becomes: Some(other),
                ..
            } => write!(f, "drop variant {table}.{path}; {other} takes its place"),
            Change::DropVariant { path, .. } => write!(f, "drop variant {table}.{path}, if no row has it"),
            Change::RenameVariant { path, from } => write!(f, "rename variant {table}.{path} from {from}"),
            Change::ChangeKey { from, to, on_failure } => {
                if from == to {
                    write!(
                        f,
                        "move the rows of {table} to other values of ({})",
                        to.join(", ")
                    )?;
                } else {
                    let (from, to) = (from.join(", "), to.join(", "));
                    write!(f, "change the key of {table} from ({from}) to ({to})")?;
                }
                f.write_str(resolved(*on_failure))
            }
            Change::RestoreField { path, from } => write!(
                f,
                "give {table}.{path} the kept values of {from}, where it still holds what it began with"
            ),
            Change::WithdrawField { path, from } => {
                write!(
                    f,
                    "take back the values that {table}.{path} got of {from}; they are kept"
                )
            }
            Change::RunMigration { id, .. } => write!(f, "run the migration {id} over every row of {table}"),
            Change::UndoMigration { id, reversal, .. } => match reversal {
                Reversal::Inverse(down) => write!(f, "take back the migration {id} of {table} by {down}"),
                Reversal::Kept => write!(
                    f,
                    "take back the migration {id} of {table} for rows that were not changed"
                ),
                Reversal::Irreversible => write!(f, "the migration {id} of {table} can't be taken back"),
            },
            Change::RunTableMigration(migration) => run_tables(f, migration, table),
            Change::UndoTableMigration(migration) => undo_tables(f, migration, table),
            Change::EditRows(edit) => {
                let edits: Vec<String> = edit.up.iter().map(ToString::to_string).collect();
                write!(f, "{table}: {}; what rows held is kept", edits.join("; "))
            }
            Change::UndoEdit(edit) => write!(f, "{table}: take back what {} did to its rows", edit.id),
            Change::SetDefault { path, .. } => write!(f, "set the default of {table}.{path} for new rows"),
            Change::BuildIndex { index } => write!(f, "build {}", of_table(table, index)),
            Change::DropIndex { index } => write!(f, "drop {}", of_table(table, index)),
            Change::AlterIndex { from, to } if from == to => {
                write!(f, "build {} anew: its entries change", of_table(table, to))
            }
            Change::AlterIndex { from, to } => write!(
                f,
                "build {} anew: it was {}",
                of_table(table, to),
                of_table(table, from)
            ),
            Change::RenameIndex { from, to } => write!(f, "rename index {table}.{to} from {from}"),
            Change::AddReference { reference } => write!(f, "add reference {table} {reference}"),
            Change::DropReference { reference } => write!(f, "drop reference {table} {reference}"),
            Change::AlterReference { from, to } if from == to => {
                write!(f, "look after reference {table} {to}: its values change")
            }
            Change::AlterReference { from, to } => {
                write!(f, "change reference {table} {to}: it was {from}")
            }
        }
    }
}

fn run_tables(f: &mut fmt::Formatter<'_>, migration: &TableMigration, table: &str) -> fmt::Result {
    write!(f, "run the migration {}", migration.id)?;
    if migration.reads.is_empty() {
        write!(f, ": it writes {table}")
    } else {
        write!(f, ": it reads {} and writes {table}", migration.reads.join(", "))
    }
}

fn undo_tables(f: &mut fmt::Formatter<'_>, migration: &TableMigration, table: &str) -> fmt::Result {
    let (id, writes) = (&migration.id, migration.writes.join(", "));
    match &migration.reversal {
        Reversal::Inverse(down) => write!(
            f,
            "take back the migration {id} by {down}: it reads {writes} and writes {table}"
        ),
        Reversal::Kept | Reversal::Irreversible => write!(f, "the migration {id} can't be taken back"),
    }
}

fn of_table(table: &str, index: &IndexDef) -> String {
    let kind = if index.unique { "unique index" } else { "index" };
    format!("{kind} {table}.{} ({})", index.name, index.fields_text())
}

fn resolved(on_failure: Option<Resolution>) -> &'static str {
    match on_failure {
        None => "",
        Some(Resolution::Default) => "; what doesn't fit becomes the default, and is kept",
        Some(Resolution::DropRow) => "; rows that don't fit are taken out, and kept",
    }
}

fn filled(fill: &Fill) -> String {
    match fill {
        Fill::Value(_) => "the same value in every old row".to_owned(),
        Fill::Once(name) => format!("from {name}, called once"),
        Fill::Computed(name) => format!("computed from each old row by {name}"),
        Fill::Missing => "with no value for rows born in between".to_owned(),
    }
}
