//! What can be asked for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use quanta_core::EngineKind;

use crate::exit::EXIT_CODES;
use crate::transfer::FileFormat;

/// Looks into QuantaDB stores, and takes them back
#[derive(Debug, Parser)]
#[command(name = "quanta", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// Prints JSON instead of text: its shape is in the help of each command
    #[arg(long, global = true)]
    pub json: bool,

    /// When to use colour: auto means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says where a store stands, and with the entities of a program what is to be done
    #[command(after_help = crate::commands::status::HELP)]
    Status(StoreArgs),

    /// Says what opening a store with the program's entities would do, and changes nothing
    #[command(after_help = crate::commands::plan::HELP)]
    Plan(StoreArgs),

    /// Brings a store to the shape of the program's entities, as opening it does
    #[command(after_help = crate::commands::migrate::HELP)]
    Migrate(MigrateArgs),

    /// Says what a store holds: engine, revision, and per table rows, bytes and kept values
    #[command(after_help = crate::commands::inspect::JSON)]
    Inspect(StoreArgs),

    /// Prints the schema of a table, or of all tables
    #[command(after_help = crate::commands::schema::JSON)]
    Schema(SchemaArgs),

    /// Lists everything that moved the store from one shape to another
    #[command(after_help = crate::commands::history::JSON)]
    History(StoreArgs),

    /// Draws the tables and their references, or the revisions, as text or as Mermaid
    #[command(after_help = crate::commands::graph::HELP)]
    Graph(GraphArgs),

    /// Explains one revision: steps, ways back, what is kept
    #[command(after_help = crate::commands::show::JSON)]
    Show(ShowArgs),

    /// Says what lies between two versions of a table
    #[command(after_help = crate::commands::diff::JSON)]
    Diff(DiffArgs),

    /// Prints the rows of a table, in key order
    #[command(after_help = crate::commands::rows::JSON)]
    Rows(RowsArgs),

    /// Prints one row, by its key
    #[command(after_help = crate::commands::get::HELP)]
    Get(GetArgs),

    /// Prints the rows of a table that a filter finds, in any order
    #[command(after_help = crate::commands::query::HELP)]
    Query(QueryArgs),

    /// Reads rows from CSV or JSON lines into a table
    ///
    /// Nothing is imported if any line is bad, and all bad lines are told.
    #[command(after_help = crate::commands::import::HELP)]
    Import(ImportArgs),

    /// Writes the rows of a table as CSV or JSON lines
    #[command(after_help = crate::commands::export::HELP)]
    Export(ExportArgs),

    /// Names the current revision: a release. A name stays with its revision
    #[command(after_help = crate::commands::release::HELP)]
    Release(ReleaseArgs),

    /// Lists the releases: the names that revisions got
    #[command(after_help = crate::commands::releases::HELP)]
    Releases(StoreArgs),

    /// Lists every object that the store has or had: tables, types, indexes, references
    #[command(after_help = crate::commands::objects::HELP)]
    Objects(ObjectsArgs),

    /// Takes the store back to an earlier revision or release, and holds it there
    ///
    /// What was dropped or narrowed returns; rows written since are carried along. Nothing is asked: --dry-run shows
    /// the plan first.
    #[command(after_help = crate::commands::rollback::HELP)]
    Rollback(RollbackArgs),

    /// Gives free what a rollback holds, so that programs may take the store on again
    #[command(after_help = crate::commands::release_hold::HELP)]
    ReleaseHold(StoreArgs),

    /// Deletes kept values on purpose, and rows of tables that are gone: no rollback brings them back
    ///
    /// Rows that are there stay as they are. Tables of which something is forgotten are swept first. The history names
    /// what was forgotten, and a rollback that would have given it back says so before it runs. Nothing is asked: --dry-run
    /// shows first what there is, how much, and what a rollback gives without it.
    #[command(after_help = crate::commands::forget::FORGET_HELP)]
    Forget(ForgetArgs),

    /// Forgets, sweeps everything, and writes the files of the store anew, for data that must be gone
    ///
    /// No file of the directory holds anything then that was overwritten or deleted. Meanwhile the store takes its place
    /// on disk twice. Backups, copies, and what the file system keeps of deleted files are out of reach.
    #[command(after_help = crate::commands::forget::ERASE_HELP)]
    Erase(ForgetArgs),

    /// Writes everything that a store holds to one file, compressed and checksummed
    #[command(after_help = crate::commands::backup::HELP)]
    Backup(BackupArgs),

    /// Puts a backup in place of the store that it was taken of, or makes a new store of it
    ///
    /// The whole backup is checked before anything is replaced. A store that is there must be the same one, and nobody may
    /// have it open; its files may be damaged.
    #[command(after_help = crate::commands::restore::HELP)]
    Restore(RestoreArgs),

    /// Copies a store to another directory, maybe on another engine
    #[command(after_help = crate::commands::copy::HELP)]
    Copy(CopyArgs),

    /// Gives back the space on disk of what was overwritten or deleted
    #[command(after_help = crate::commands::compact::HELP)]
    Compact(CompactArgs),

    /// Looks for contradictions in the whole store, and changes nothing
    #[command(after_help = crate::commands::verify::JSON)]
    Verify(StoreArgs),

    /// Replays a history document in memory with generated rows, and checks every law at every transition
    ///
    /// Each version is opened as a program would, in stores that nobody needs. Plans must change nothing, refusals leave
    /// no trace, rows read the same lazily and swept, and going back gives every row as it was. What is refused is
    /// resolved as a person would at once, and told.
    #[command(after_help = crate::commands::rehearse::HELP)]
    Rehearse(RehearseArgs),

    /// Writes down what the entities are in quanta.lock, the history of their shapes, or checks it
    ///
    /// A version is added if the entities have changed, with the hints that lead there. What a store at the last version
    /// would refuse is refused here, and the file stays as it is.
    #[command(after_help = crate::commands::lock::HELP)]
    Lock(LockArgs),

    /// Says whether the changes that two branches made to one lock can be made in any order, and merges them if so
    ///
    /// Both documents begin alike. What each did since then is compared, place by place. If nothing is touched by both,
    /// either order gives the same schema, and --write writes a history that goes on from the first one.
    #[command(after_help = crate::commands::merge_check::HELP)]
    MergeCheck(MergeCheckArgs),

    /// Holds a change against rules: what is worth a second look before it is released
    #[command(after_help = crate::commands::lint::HELP)]
    Lint(LintArgs),

    /// Prints what a shell needs to complete arguments
    #[command(after_help = crate::commands::completions::HELP)]
    Completions(CompletionsArgs),
}

/// Which store.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// The directory of the store
    pub store: PathBuf,
}

/// What `migrate` takes.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// Runs only the plan with this token, which `plan` prints
    #[arg(long, value_name = "TOKEN")]
    pub plan: Option<String>,
    /// Makes the store if there is none
    #[arg(long)]
    pub create: bool,
    /// Rewrites all rows to the new shape, and waits for that
    #[arg(long)]
    pub sweep: bool,
}

/// What `graph` takes.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The revisions as a tree, instead of the tables
    #[arg(long)]
    pub history: bool,
    /// A diagram of Mermaid
    #[arg(long)]
    pub mermaid: bool,
}

/// What `lint` takes.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// The lock, instead of quanta.lock
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,
    /// A store that the entities are held against, instead of a lock
    #[arg(long, value_name = "DIR", conflicts_with = "lock")]
    pub store: Option<PathBuf>,
    /// The file with the levels, instead of quanta-lint.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Prints SARIF 2.1.0, which code hosts show beside the code
    #[arg(long, conflicts_with = "json")]
    pub sarif: bool,
    /// Says what a rule finds, and why
    #[arg(long, value_name = "CODE", conflicts_with_all = ["lock", "store", "config", "sarif"])]
    pub explain: Option<String>,
}

/// What `get` takes.
#[derive(Debug, Args)]
pub struct GetArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The table
    pub table: String,
    /// The key: a text as it is, all else as JSON, of several fields as a list
    #[arg(allow_negative_numbers = true)]
    pub key: String,
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

/// What `completions` takes.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// What `backup` takes.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The file to write, which must not be there
    pub file: PathBuf,
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

/// What `schema` takes.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The table, or a view; all that are there if left out
    pub table: Option<String>,
    /// The version of the table instead of the current one
    #[arg(long, value_name = "VERSION", requires = "table")]
    pub at: Option<u32>,
}

/// What `show` takes.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The revision, as `history` lists it
    pub revision: u64,
    /// Also list the programs that carry rows there and back, step by step
    #[arg(long)]
    pub program: bool,
}

/// What `diff` takes.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The table
    pub table: String,
    /// The version to start from
    pub from: u32,
    /// The version to go to
    pub to: u32,
}

/// What `rows` takes.
#[derive(Debug, Args)]
pub struct RowsArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The table
    pub table: String,
    /// The most rows to print
    #[arg(long, value_name = "ROWS", default_value_t = 100)]
    pub limit: u64,
}

/// What `query` takes.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The table, or a view that the store knows
    pub table: String,
    /// Which rows; all if left out
    pub filter: Option<String>,
    /// The order: paths with commas between them, `desc` behind those that go down
    #[arg(long, value_name = "PATHS")]
    pub order: Option<String>,
    /// The most rows to print
    #[arg(long, value_name = "ROWS", default_value_t = 100)]
    pub limit: u64,
    /// Prints only the values at these paths, with commas between them
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Counts the rows instead of printing them, whatever the limit
    #[arg(long, conflicts_with_all = ["select", "explain", "order"])]
    pub count: bool,
    /// Says by which way the rows are found instead of printing them
    #[arg(long, conflicts_with = "select")]
    pub explain: bool,
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

/// What `export` takes.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The table
    pub table: String,
    /// The file; - or nothing for the standard output
    pub file: Option<PathBuf>,
    /// The form; without it, the name of the file says it: .csv, .jsonl or .ndjson. Standard output is JSON lines
    #[arg(long, value_enum)]
    pub format: Option<FileFormat>,
    /// The word that stands for none in CSV. Without it, the empty cell does
    #[arg(long, value_name = "WORD")]
    pub null: Option<String>,
    /// What stands between the cells of CSV: one character, or \\t
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = crate::transfer::delimiter)]
    pub delimiter: u8,
}

/// What `release` takes.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The name: up to 128 bytes of printable characters
    pub name: String,
}

/// What `objects` takes.
#[derive(Debug, Args)]
pub struct ObjectsArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// Lists what was there in this release, as it stood then
    #[arg(long, value_name = "RELEASE")]
    pub release: Option<String>,
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

/// What `rehearse` takes.
#[derive(Debug, Args)]
pub struct RehearseArgs {
    /// The history document: schemas with the hints between them, as in docs/format.md
    pub history: PathBuf,
    /// How many rows each table gets, if there are as many keys
    #[arg(long, value_name = "ROWS", default_value_t = 100)]
    pub rows: u64,
    /// Where the rows come from: equal seeds, equal rows
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub seed: u64,
    /// Plans each transition also without its renames, and says of each whether the plan asks
    #[arg(long)]
    pub no_hints: bool,
    /// Goes from every version to every other one and back instead, and compares every value; each version gets its
    /// share of the rows
    #[arg(long, conflicts_with = "no_hints")]
    pub all_pairs: bool,
}

/// What `lock` takes.
#[derive(Debug, Args)]
pub struct LockArgs {
    /// The lock; by default quanta.lock beside the Cargo.toml of what cargo runs, else in the working directory
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// Writes nothing, and says whether the entities are what the lock says
    #[arg(long, conflicts_with_all = ["label", "name", "from_store"])]
    pub check: bool,
    /// What the new version is called; without it, it gets the next number
    #[arg(long, value_name = "LABEL")]
    pub label: Option<String>,
    /// What a new history is called; without it, as the directory of the lock
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Writes the first version from what a store holds, instead of the entities
    #[arg(long, value_name = "STORE")]
    pub from_store: Option<PathBuf>,
}

/// What `merge-check` takes.
#[derive(Debug, Args)]
pub struct MergeCheckArgs {
    /// The lock of the first branch, which goes first in the merged history
    pub a: PathBuf,
    /// The lock of the second branch
    pub b: PathBuf,
    /// The lock that both branches began with; without it, the versions that both locks begin with
    #[arg(long, value_name = "LOCK")]
    pub base: Option<PathBuf>,
    /// Writes the merged lock there, in place of what is there; nothing is written if there is a conflict
    #[arg(long, value_name = "PATH")]
    pub write: Option<PathBuf>,
}
