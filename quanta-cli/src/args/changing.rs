//! What commands take that change a store, or make one.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use quanta_core::EngineKind;

use crate::transfer::FileFormat;

/// What `migrate` takes.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// Runs the migration files of this directory; several times for several
    #[arg(long, value_name = "DIRECTORY")]
    pub migrations: Vec<PathBuf>,
    /// Runs only the plan with this token, which `plan` prints
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["to", "release", "step", "fake"])]
    pub plan: Option<String>,
    /// Runs migration files up to the one with this id, or goes to this revision; entities are not compared
    #[arg(long, value_name = "REVISION|FILE", conflicts_with = "release")]
    pub to: Option<String>,
    /// Goes to the revision that has this name
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// Runs the next migration file only; entities are not compared
    #[arg(long, conflicts_with_all = ["to", "release"])]
    pub step: bool,
    /// Notes migration files as applied, without running them
    #[arg(long, conflicts_with = "release")]
    pub fake: bool,
    /// Leaves out migration files, and own migrations, with this tag; several times for several
    #[arg(long, value_name = "TAG")]
    pub skip_tag: Vec<String>,
    /// Makes the store if there is none
    #[arg(long)]
    pub create: bool,
    /// Rewrites all rows to the new shape, and waits for that
    #[arg(long)]
    pub sweep: bool,
}

/// What `redo` takes.
#[derive(Debug, Args)]
pub struct RedoArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// How many revisions to take back and do again
    #[arg(default_value_t = 1)]
    pub revisions: u64,
}

/// What `create` takes.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// What the migration does, in a few words
    #[arg(required_unless_present_any = ["delta", "tests"])]
    pub name: Option<String>,
    /// The table that it is about
    #[arg(long, value_name = "TABLE", conflicts_with = "delta")]
    pub table: Option<String>,
    /// A change in a line, such as "users add mail string ''": the file is written whole
    #[arg(long, value_name = "CHANGE", conflicts_with = "name")]
    pub delta: Option<String>,
    /// The directory of the migration files
    #[arg(long, value_name = "DIRECTORY", default_value = "migrations")]
    pub migrations: PathBuf,
    /// A store whose tables the change is checked against; without it, those that the files before it make
    #[arg(long, value_name = "STORE")]
    pub store: Option<PathBuf>,
    /// Words to choose the migration by
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Writes a file of tests instead, which hold the program to every release of its lock; with the entities of a program
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "delta", "table", "store", "tag"])]
    pub tests: Option<PathBuf>,
    /// The lock that the tests read
    #[arg(long, value_name = "FILE", default_value = "quanta.lock", requires = "tests")]
    pub lock: PathBuf,
}

/// What `copy` takes.
#[derive(Debug, Args)]
pub struct CopyArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The directory of the copy, which must be empty or not there
    pub to: PathBuf,
    /// The engine of the copy, instead of that of the store
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub to_engine: Option<EngineName>,
}

/// What `compact` takes.
#[derive(Debug, Args)]
pub struct CompactArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// Rewrites rows of earlier versions first
    #[arg(long)]
    pub sweep: bool,
}

/// What `backup` takes.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The file to write, which must not be there
    pub file: PathBuf,
}

/// What `repair` takes.
#[derive(Debug, Args)]
pub struct RepairArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// Does what is certain, after a backup
    #[arg(long)]
    pub apply: bool,
    /// The file for the backup, which must not be there; one beside the store if left out
    #[arg(long, value_name = "FILE", requires = "apply")]
    pub backup: Option<PathBuf>,
    /// Gives up what stands behind a damage in the engine's journal, so that the store opens again
    #[arg(long, conflicts_with = "apply")]
    pub cut_journal: bool,
}

/// What `restore` takes.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup
    pub file: PathBuf,
    /// The directory of the store
    #[arg(required_unless_present = "check")]
    pub store: Option<PathBuf>,
    /// Only reads the whole backup, and says what is in it
    #[arg(long, conflicts_with_all = ["store", "to_engine"])]
    pub check: bool,
    /// The engine of a new store, instead of that of the store in the backup
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub to_engine: Option<EngineName>,
}

/// An engine that has files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// The default: a log-structured merge tree.
    Fjall,
    /// A B-tree in a log.
    Sled,
    /// One file, a copy-on-write B-tree.
    Redb,
}

impl EngineName {
    /// Returns the engine.
    pub fn kind(self) -> EngineKind {
        match self {
            Self::Fjall => EngineKind::Fjall,
            Self::Sled => EngineKind::Sled,
            Self::Redb => EngineKind::Redb,
        }
    }
}

/// What `import` takes.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The table
    pub table: String,
    /// The file; - for the standard input, which is read once
    pub file: PathBuf,
    /// The form of the file; without it, its name says it: .csv, .jsonl or .ndjson
    #[arg(long, value_enum)]
    pub format: Option<FileFormat>,
    /// A word that stands for none in a CSV file, such as NA; several times for several. Without it, the empty cell does
    #[arg(long, value_name = "WORD")]
    pub null: Vec<String>,
    /// Gives a field that has a default its default where the file says none
    #[arg(long)]
    pub null_default: bool,
    /// Takes a column for the field of another name; several times for several
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = crate::transfer::mapping)]
    pub map: Vec<(String, String)>,
    /// What stands between the cells of a CSV file: one character, or \\t
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = crate::transfer::delimiter)]
    pub delimiter: u8,
    /// Passes over columns that the table has no field for, instead of refusing them
    #[arg(long)]
    pub ignore_unknown: bool,
    /// Replaces rows whose keys exist, instead of refusing them; of two lines with one key, the later one stays
    #[arg(long)]
    pub upsert: bool,
    /// Leaves bad lines out and imports the others
    #[arg(long)]
    pub keep_going: bool,
    /// The most mistakes to list; all are counted
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub errors_max: usize,
    /// Looks at every line, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What `release` takes.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The name: up to 128 bytes of printable characters
    pub name: String,
}

/// What `rollback` takes.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// How many revisions to go back
    #[arg(default_value_t = 1)]
    pub revisions: u64,
    /// The revision to go to, instead of a number of steps
    #[arg(long, value_name = "REVISION", conflicts_with = "revisions")]
    pub to: Option<u64>,
    /// The release to go to, instead of a number of steps
    #[arg(long, value_name = "RELEASE", conflicts_with_all = ["revisions", "to"])]
    pub to_release: Option<String>,
    /// Prints the plan and changes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Rewrites all rows to the shape gone to, instead of leaving that to the program
    #[arg(long, conflicts_with = "dry_run")]
    pub sweep: bool,
}

/// What `forget` and `erase` take.
#[derive(Debug, Args)]
pub struct ForgetArgs {
    /// The directory of the store
    pub store: PathBuf,
    #[command(flatten)]
    pub what: ForgetWhat,
    /// Says what would be deleted and changes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What is to be forgotten: one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ForgetWhat {
    /// What is kept of this table; of one that is gone, its rows too
    #[arg(long, value_name = "TABLE")]
    pub table: Option<String>,
    /// What the change into this revision kept, and the tables that it dropped
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<u64>,
    /// What changes before this time kept, such as 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = crate::time::parse)]
    pub before: Option<u64>,
    /// Everything that is kept, and all tables that are gone
    #[arg(long)]
    pub all: bool,
}
