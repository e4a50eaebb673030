//! What a validation may find, by stable codes.

use std::fmt;

/// What a validation may find. Codes are never given to anything else: the table is in docs/tools.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ValidationCode {
    /// V001: there is no store.
    Missing,
    /// V002: there is something, and it is no store.
    NotAStore,
    /// V003: a store was begun and not finished: opening it begins anew.
    UnfinishedCreation,
    /// V004: the marker is damaged.
    Marker,
    /// V005: a newer version of quantadb wrote the store.
    NewerFormat,
    /// V006: the engine is another one than is asked for, or not built in.
    Engine,
    /// V007: somebody has the store open.
    Open,
    /// V008: the files of the engine are damaged.
    Files,
    /// V009: the directory can't be written, which engines do even to read.
    NotWritable,
    /// V010: the head or the epoch is missing, damaged, or behind the ledger.
    Head,
    /// V011: the ledger is damaged, or doesn't lead to the head.
    Ledger,
    /// V012: a version is missing or damaged, or the versions make no tree.
    Versions,
    /// V013: a record of unfinished work can't be read.
    Work,
    /// V020: what the program declares is wrong.
    Declaration,
    /// V021: opening would be refused: the change is ambiguous, or rows don't fit.
    Refused,
    /// V022: opening would be refused: the store is newer than the program.
    Older,
    /// V023: opening would be refused: a rollback by hand holds the store where it stands.
    HeldBack,
    /// V030: opening would change the store.
    Change,
    /// V031: opening would take something away from rows; it is kept.
    Loss,
    /// V032: the program has no entity for a table: it is left alone.
    Unregistered,
    /// V033: a rollback by hand holds a table.
    Held,
    /// V034: the store is newer than the program, which says what becomes of it.
    LookBack,
    /// V040: rows of earlier versions are still to be rewritten.
    Sweep,
    /// V041: rows or entries were being built: the next open goes on, or begins anew.
    Build,
    /// V042: a space that nothing points to is still to be emptied.
    Retire,
    /// V043: what was forgotten is still to be deleted: the next open does that first.
    Debt,
    /// V044: an erasure or a restore was interrupted: the next open finishes it, or takes it back.
    Rewrite,
    /// V045: a backup was begun and not finished, or is just being taken.
    Backup,
    /// V046: the end of a journal was torn and was cut off when the engine opened it.
    Recovered,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is worth knowing, and the store opens.
    Warning,
    /// The store can't be opened as it is asked for.
    Error,
}

impl Severity {
    /// Returns the name in reports and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl ValidationCode {
    /// All codes, in their order.
    pub const ALL: [Self; 29] = [
        Self::Missing,
        Self::NotAStore,
        Self::UnfinishedCreation,
        Self::Marker,
        Self::NewerFormat,
        Self::Engine,
        Self::Open,
        Self::Files,
        Self::NotWritable,
        Self::Head,
        Self::Ledger,
        Self::Versions,
        Self::Work,
        Self::Declaration,
        Self::Refused,
        Self::Older,
        Self::HeldBack,
        Self::Change,
        Self::Loss,
        Self::Unregistered,
        Self::Held,
        Self::LookBack,
        Self::Sweep,
        Self::Build,
        Self::Retire,
        Self::Debt,
        Self::Rewrite,
        Self::Backup,
        Self::Recovered,
    ];

    /// Returns the code, such as `V007`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.account().0
    }

    /// Tells how bad it is.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.account().1
    }

    /// Says what it means.
    #[must_use]
    pub fn what(self) -> &'static str {
        self.account().2
    }

    /// Tells whether it is about the store itself, and not about what the program wants of it.
    #[must_use]
    pub fn is_of_store(self) -> bool {
        self < Self::Declaration
    }

    fn account(self) -> (&'static str, Severity, &'static str) {
        use Severity::{Error, Warning};
        match self {
            Self::Missing => ("V001", Error, "there is no store"),
            Self::NotAStore => ("V002", Error, "there is something, and it is no store"),
            Self::UnfinishedCreation => (
                "V003",
                Warning,
                "a store was begun and not finished: opening it begins anew",
            ),
            Self::Marker => ("V004", Error, "the marker is damaged"),
            Self::NewerFormat => ("V005", Error, "a newer version of quantadb wrote the store"),
            Self::Engine => (
                "V006",
                Error,
                "the engine is another one than is asked for, or not built in",
            ),
            Self::Open => ("V007", Error, "somebody has the store open"),
            Self::Files => ("V008", Error, "the files of the engine are damaged"),
            Self::NotWritable => (
                "V009",
                Error,
                "the directory can't be written, which engines do even to read",
            ),
            Self::Head => (
                "V010",
                Error,
                "the head or the epoch is missing, damaged, or behind the ledger",
            ),
            Self::Ledger => (
                "V011",
                Error,
                "the ledger is damaged, or doesn't lead to the head",
            ),
            Self::Versions => (
                "V012",
                Error,
                "a version is missing or damaged, or the versions make no tree",
            ),
            Self::Work => ("V013", Error, "a record of unfinished work can't be read"),
            Self::Declaration => ("V020", Error, "what the program declares is wrong"),
            Self::Refused => (
                "V021",
                Error,
                "opening would be refused: the change is ambiguous, or rows don't fit",
            ),
            Self::Older => (
                "V022",
                Error,
                "opening would be refused: the store is newer than the program",
            ),
            Self::HeldBack => (
                "V023",
                Error,
                "opening would be refused: a rollback by hand holds the store where it stands",
            ),
            Self::Change => ("V030", Warning, "opening would change the store"),
            Self::Loss => (
                "V031",
                Warning,
                "opening would take something away from rows; it is kept",
            ),
            Self::Unregistered => (
                "V032",
                Warning,
                "the program has no entity for a table: it is left alone",
            ),
            Self::Held => ("V033", Warning, "a rollback by hand holds a table"),
            Self::LookBack => (
                "V034",
                Warning,
                "the store is newer than the program, which says what becomes of it",
            ),
            Self::Sweep => (
                "V040",
                Warning,
                "rows of earlier versions are still to be rewritten",
            ),
            Self::Build => (
                "V041",
                Warning,
                "rows or entries were being built: the next open goes on, or begins anew",
            ),
            Self::Retire => (
                "V042",
                Warning,
                "a space that nothing points to is still to be emptied",
            ),
            Self::Debt => (
                "V043",
                Warning,
                "what was forgotten is still to be deleted: the next open does that first",
            ),
            Self::Rewrite => (
                "V044",
                Warning,
                "an erasure or a restore was interrupted: the next open finishes it, or takes it back",
            ),
            Self::Backup => (
                "V045",
                Warning,
                "a backup was begun and not finished, or is just being taken",
            ),
            Self::Recovered => (
                "V046",
                Warning,
                "the end of a journal was torn and was cut off when the engine opened it",
            ),
        }
    }
}

impl fmt::Display for ValidationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
