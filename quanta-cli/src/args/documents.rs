//! What commands take that are about documents and the command itself.

use std::path::PathBuf;

use clap::Args;

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

/// What `completions` takes.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
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
