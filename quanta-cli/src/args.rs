//! What can be asked for.

mod changing;
mod documents;
mod looking;

use clap::{Parser, Subcommand, ValueEnum};

use crate::exit::EXIT_CODES;

pub use changing::{
    BackupArgs, CompactArgs, CopyArgs, CreateArgs, ForgetArgs, ForgetWhat, ImportArgs, MigrateArgs, RedoArgs,
    ReleaseArgs, RepairArgs, RestoreArgs, RollbackArgs,
};
pub use documents::{CompletionsArgs, LintArgs, LockArgs, MergeCheckArgs, RehearseArgs};
pub use looking::{
    DiffArgs, ExplainArgs, ExportArgs, GetArgs, GraphArgs, ObjectsArgs, PlanArgs, QueryArgs, RowsArgs,
    SchemaArgs, ShowArgs, StoreArgs,
};

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
    Status(PlanArgs),

    /// Says what migration files and the program's entities would do to a store, and changes nothing
    #[command(after_help = crate::commands::plan::HELP)]
    Plan(PlanArgs),

    /// Runs migration files, and brings a store to the shape of the program's entities, as opening it does
    #[command(after_help = crate::commands::migrate::HELP)]
    Migrate(MigrateArgs),

    /// Takes the last revisions back, and does them again
    #[command(after_help = crate::commands::redo::HELP)]
    Redo(RedoArgs),

    /// Writes a new migration file
    #[command(after_help = crate::commands::create::HELP)]
    Create(CreateArgs),

    /// Explains a kind of step: what it does to rows, what it costs, how it is taken back
    #[command(after_help = crate::commands::explain::HELP)]
    Explain(ExplainArgs),

    /// Says what a store holds: engine, revision, and per table rows, bytes and kept values
    #[command(after_help = crate::commands::inspect::JSON)]
    Inspect(StoreArgs),

    /// Prints the schema of a table, or of all tables
    #[command(after_help = crate::commands::schema::JSON)]
    Schema(SchemaArgs),

    /// Lists everything that moved the store from one shape to another
    #[command(after_help = crate::commands::history::JSON)]
    History(StoreArgs),

    /// Draws the tables and their references, what differs between two revisions, or the revisions, as text or as Mermaid
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

    /// Says whether a store can be opened, and with the entities of a program what opening it would do
    #[command(after_help = crate::commands::validate::HELP)]
    Validate(StoreArgs),

    /// Looks for contradictions in the whole store, and changes nothing
    #[command(after_help = crate::commands::verify::JSON)]
    Verify(StoreArgs),

    /// Puts in order what is certain of what verify finds, after a backup; without --apply it only says what
    #[command(after_help = crate::commands::repair::HELP)]
    Repair(RepairArgs),

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
