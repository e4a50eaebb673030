//! What kinds of steps do, for people.

use super::step::Change;

/// What steps of one kind do to a table and its rows: see [`explained`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// The kind: see [`Change::name`].
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// How safe it is for the rows, and what that goes by.
    pub class: &'static str,
    /// What it costs before the store can be used.
    pub cost: &'static str,
    /// How it is taken back.
    pub back: &'static str,
}

const fn kind(name: &'static str, does: &'static str, [class, cost, back]: [&'static str; 3]) -> Explained {
    Explained {
        name,
        does,
        class,
        cost,
        back,
    }
}

const RECORD: &str = "record: nothing is done to rows";
const LAZY: &str = "lazy: rows are translated as they are read, and rewritten in the background";
const BUILD: &str = "build: every row is rewritten, or gets an entry, before the store opens";

/// Returns what all kinds of steps do.
///
/// ```
/// use quantadb::diff::explained;
///
/// let kind = explained().iter().find(|kind| kind.name == "drop_field").unwrap();
/// assert!(kind.class.starts_with("lossy"));
/// ```
#[must_use]
pub fn explained() -> &'static [Explained] {
    EXPLAINED
}

const EXPLAINED: &[Explained] = &[
    kind(
        "create_table",
        "makes a table",
        [
            "exact",
            RECORD,
            "the table goes, and its rows are kept in their space",
        ],
    ),
    kind(
        "drop_table",
        "takes a table away",
        [
            "lossy: its rows stay in their space, until they are forgotten",
            RECORD,
            "the table is there again, with its rows",
        ],
    ),
    kind(
        "rename_table",
        "gives a table another name",
        ["exact", RECORD, "it gets its name of before"],
    ),
    kind(
        "add_field",
        "gives rows a field",
        [
            "exact: old rows hold the frozen default, or what a function of the program computes",
            "lazy; build if a function computes it",
            "the field goes, and what rows hold in it is kept",
        ],
    ),
    kind(
        "drop_field",
        "takes a field away",
        [
            "lossy: its values are kept",
            LAZY,
            "rows hold their values again; rows that were born since hold the fallback",
        ],
    ),
    kind(
        "rename_field",
        "gives a field another name",
        ["exact: no row is rewritten", LAZY, "it gets its name of before"],
    ),
    kind(
        "change_type",
        "gives a field another type",
        [
            "exact, lossy or checked, by the two types (docs/migrations.md, the matrix of conversions)",
            "lazy; scan if a value may not fit; build by a function of the program",
            "values are converted back; an original returns where converting it again gives what the row holds now",
        ],
    ),
    kind(
        "add_variant",
        "gives an enum a variant",
        ["exact", LAZY, "rows that have it by then are counted, and refuse"],
    ),
    kind(
        "drop_variant",
        "takes a variant away",
        [
            "checked: a row that has it refuses, unless another one takes its place; then lossy",
            "scan; lazy if another one takes its place",
            "rows have it again, where it was replaced",
        ],
    ),
    kind(
        "rename_variant",
        "gives a variant another name",
        ["exact: no row is rewritten", LAZY, "it gets its name of before"],
    ),
    kind(
        "change_key",
        "makes other fields the key",
        [
            "checked: of rows with one key, all but one refuse, or are taken out",
            BUILD,
            "rows have their keys of before",
        ],
    ),
    kind(
        "run_migration",
        "runs a function of the program over every row",
        [
            "checked: it may decline a row",
            BUILD,
            "rows that were not changed return as they were; others by its inverse, if it has one",
        ],
    ),
    kind(
        "undo_migration",
        "takes such a function back",
        [
            "by its inverse, or by what was kept",
            "scan; build if rows were changed",
            "it runs again",
        ],
    ),
    kind(
        "set_default",
        "changes what new rows hold in a field that they leave out",
        [
            "exact: old rows keep what they have",
            RECORD,
            "the default of before",
        ],
    ),
    kind(
        "build_index",
        "makes an index",
        [
            "exact; a unique one is checked: two rows may have one value",
            BUILD,
            "it goes",
        ],
    ),
    kind(
        "drop_index",
        "takes an index away",
        ["exact", RECORD, "it is built again"],
    ),
    kind(
        "alter_index",
        "builds an index anew, as its fields or their values change",
        ["exact; a unique one is checked", BUILD, "it is built as it was"],
    ),
    kind(
        "rename_index",
        "gives an index another name",
        ["exact", RECORD, "it gets its name of before"],
    ),
    kind(
        "add_reference",
        "has fields refer to rows of a table",
        [
            "checked: rows that refer to nothing refuse",
            "scan",
            "rows are held to nothing",
        ],
    ),
    kind(
        "drop_reference",
        "lets fields refer to nothing",
        [
            "exact",
            RECORD,
            "rows are looked at again: those that refer to nothing refuse",
        ],
    ),
    kind(
        "alter_reference",
        "changes where a reference leads, or what it does on deletion",
        [
            "exact, or checked where it leads elsewhere",
            "record or scan",
            "it is as it was",
        ],
    ),
    kind(
        "restore_field",
        "gives a field the kept values of one that went",
        [
            "exact: only rows that still hold what the field began with",
            BUILD,
            "they are taken back, and kept",
        ],
    ),
    kind(
        "withdraw_field",
        "takes back what a field got of kept values",
        ["lossy: they are kept", LAZY, "the field gets them again"],
    ),
    kind(
        "run_table_migration",
        "runs a function of the program over whole tables",
        ["checked: it may fail", BUILD, "by its inverse, if it has one"],
    ),
    kind(
        "undo_table_migration",
        "takes such a function back",
        ["by its inverse", BUILD, "it runs again"],
    ),
    kind(
        "edit_rows",
        "sets fields of rows that a filter means, or takes such rows out, as a migration file says",
        [
            "lossy: rows are kept as they were",
            BUILD,
            "rows that were not changed since return as they were, and rows that were taken out come back",
        ],
    ),
    kind(
        "undo_edit",
        "takes back what a migration file did to rows",
        ["exact", "scan; build if rows were changed", "it is done again"],
    ),
];

impl Change {
    /// Returns the kind of change, as [`explained`] names it.
    ///
    /// ```
    /// use quantadb::diff::Change;
    ///
    /// assert_eq!(Change::CreateTable.name(), "create_table");
    /// ```
    #[must_use]
    pub fn name(&self) -> &'static str {
        EXPLAINED[self.position()].name
    }

    fn position(&self) -> usize {
        match self {
            Self::CreateTable => 0,
            Self::DropTable => 1,
            Self::RenameTable { .. } => 2,
            Self::AddField { .. } => 3,
            Self::DropField { .. } => 4,
            Self::RenameField { .. } => 5,
            Self::ChangeType { .. } => 6,
            Self::AddVariant { .. } => 7,
            Self::DropVariant { .. } => 8,
            Self::RenameVariant { .. } => 9,
            Self::ChangeKey { .. } => 10,
            Self::RunMigration { .. } => 11,
            Self::UndoMigration { .. } => 12,
            Self::SetDefault { .. } => 13,
            Self::BuildIndex { .. } => 14,
            Self::DropIndex { .. } => 15,
            Self::AlterIndex { .. } => 16,
            Self::RenameIndex { .. } => 17,
            Self::AddReference { .. } => 18,
            Self::DropReference { .. } => 19,
            Self::AlterReference { .. } => 20,
            Self::RestoreField { .. } => 21,
            Self::WithdrawField { .. } => 22,
            Self::RunTableMigration(_) => 23,
            Self::UndoTableMigration(_) => 24,
            Self::EditRows(_) => 25,
            Self::UndoEdit(_) => 26,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{RowEdit, Step};

    fn check(change: Change, name: &str) {
        let step = Step::new("users", change);
        let kind = EXPLAINED[step.change.position()];
        assert_eq!(kind.name, name);
        let word = |text: &str, word: &str| text.split([' ', ':', ';', ',']).any(|known| known == word);
        assert!(
            word(kind.cost, &step.cost().to_string()),
            "{name} costs {}",
            step.cost()
        );
        assert!(
            word(kind.class, &step.class.to_string()),
            "{name} is {}",
            step.class
        );
    }

    #[test]
    fn n3_what_is_explained_is_what_steps_are() {
        check(Change::CreateTable, "create_table");
        check(Change::DropTable, "drop_table");
        check(
            Change::RenameTable {
                from: "people".into(),
            },
            "rename_table",
        );
        let rename = Change::RenameField {
            path: "mail".into(),
            from: "email".into(),
        };
        check(rename, "rename_field");
        let rekey = Change::ChangeKey {
            from: vec!["id".into()],
            to: vec!["mail".into()],
            on_failure: None,
        };
        assert_eq!(EXPLAINED[rekey.position()].name, "change_key");
        let edit = RowEdit {
            id: "one/users".into(),
            up: Vec::new(),
            down: Vec::new(),
        };
        check(Change::EditRows(edit), "edit_rows");
        let variant = Change::AddVariant {
            path: "shape::Dot".into(),
            ty: "unit".into(),
        };
        check(variant, "add_variant");
        let names: std::collections::BTreeSet<&str> = EXPLAINED.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), EXPLAINED.len());
    }
}
