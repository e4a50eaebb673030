//! What a program says of a migration of its own.

use crate::diff::{Reversal, RowMigration, TableMigration};

use super::function::{MigrationFunction, RowFn};
use super::tables::TablesFn;

/// What the attribute says besides the functions.
#[derive(Debug, Clone, Copy)]
pub struct MigrationHints {
    /// The migration's name: it runs once in a store.
    pub id: &'static str,
    /// The table, if the signature doesn't say.
    pub table: Option<&'static str>,
    /// Tables that it reads, if it is for whole tables.
    pub reads: &'static [&'static str],
    /// Tables that it writes, if it is for whole tables.
    pub writes: &'static [&'static str],
    /// Names of migrations that run before it.
    pub depends_on: &'static [&'static str],
    /// Words to choose migrations by.
    pub tags: &'static [&'static str],
    /// Whether nothing leads back.
    pub is_irreversible: bool,
    /// The path of the function that leads back.
    pub down: Option<&'static str>,
}

/// A migration of the program's own.
pub struct MigrationDeclaration {
    /// What the attribute says.
    pub hints: MigrationHints,
    pub(crate) work: MigrationWork,
}

/// What a migration is for.
pub(crate) enum MigrationWork {
    /// The rows of one table, one by one.
    Rows(RowWork),
    /// Whole tables.
    Tables(TableWork),
}

/// A migration of rows.
pub(crate) struct RowWork {
    /// The table, and what planning needs to know; or what is wrong.
    pub(crate) declared: Result<(String, RowMigration), String>,
    pub(crate) up: RowFn,
    pub(crate) down: Option<RowFn>,
}

/// A migration of whole tables.
pub(crate) struct TableWork {
    pub(crate) migration: TableMigration,
    pub(crate) up: TablesFn,
    pub(crate) down: Option<TablesFn>,
}

impl std::fmt::Debug for MigrationDeclaration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MigrationDeclaration")
            .field("hints", &self.hints)
            .finish_non_exhaustive()
    }
}

impl MigrationDeclaration {
    /// Describes a migration of rows. Called by generated code; `_function` only says what the signature is.
    #[must_use]
    pub fn of_rows<M, F: MigrationFunction<M>>(
        _function: F,
        hints: MigrationHints,
        up: RowFn,
        down: Option<RowFn>,
    ) -> Self {
        let declared = declare::<M, F>(hints);
        Self {
            hints,
            work: MigrationWork::Rows(RowWork { declared, up, down }),
        }
    }

    /// Describes a migration of whole tables. Called by generated code.
    #[must_use]
    pub fn of_tables(hints: MigrationHints, up: TablesFn, down: Option<TablesFn>) -> Self {
        let migration = TableMigration {
            id: hints.id.to_owned(),
            reads: owned(hints.reads),
            writes: owned(hints.writes),
            reversal: reversal(hints),
            tags: owned(hints.tags),
        };
        Self {
            hints,
            work: MigrationWork::Tables(TableWork { migration, up, down }),
        }
    }
}

fn declare<M, F: MigrationFunction<M>>(hints: MigrationHints) -> Result<(String, RowMigration), String> {
    let signature = F::signature()?;
    let table = hints.table.or(signature.table).ok_or_else(|| {
        "its rows are values, which don't say of which table: write `table = \"..\"`".to_owned()
    })?;
    let migration = RowMigration {
        id: hints.id.to_owned(),
        takes: signature.takes,
        gives: signature.gives,
        replaces: signature.replaces,
        tags: owned(hints.tags),
        is_left: false,
        reversal: reversal(hints),
        edit: None,
    };
    Ok((table.to_owned(), migration))
}

fn reversal(hints: MigrationHints) -> Reversal {
    match (hints.is_irreversible, hints.down) {
        (true, _) => Reversal::Irreversible,
        (false, Some(down)) => Reversal::Inverse(down.to_owned()),
        (false, None) => Reversal::Kept,
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
