//! What commands take that look at a store.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::transfer::FileFormat;

/// Which store.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// The directory of the store
    pub store: PathBuf,
}

/// What `graph` takes.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// The revisions as a tree, instead of the tables
    #[arg(long)]
    pub history: bool,
    /// The tables of two revisions, with marks at what differs
    #[arg(long, value_name = "FROM..TO", conflicts_with = "history")]
    pub diff: Option<RevisionPair>,
    /// A diagram of Mermaid
    #[arg(long, conflicts_with = "json")]
    pub mermaid: bool,
}

/// Two revisions, such as `1..3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionPair {
    /// The one to start from.
    pub from: u64,
    /// The one to go to.
    pub to: u64,
}

impl FromStr for RevisionPair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pair = text.split_once("..");
        let pair = pair.and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        match pair {
            Some((from, to)) => Ok(Self { from, to }),
            None => Err("two revisions are expected, such as 1..3".to_owned()),
        }
    }
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

/// What `objects` takes.
#[derive(Debug, Args)]
pub struct ObjectsArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// Lists what was there in this release, as it stood then
    #[arg(long, value_name = "RELEASE")]
    pub release: Option<String>,
}

/// What `plan` and `status` take.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The directory of the store
    pub store: PathBuf,
    /// Looks at the migration files of this directory too; several times for several
    #[arg(long, value_name = "DIRECTORY")]
    pub migrations: Vec<PathBuf>,
    /// Leaves out migration files, and own migrations, with this tag; several times for several
    #[arg(long, value_name = "TAG")]
    pub skip_tag: Vec<String>,
}

/// What `explain` takes.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The kind of a step, such as change_type; without it, all kinds are listed
    pub step: Option<String>,
}
