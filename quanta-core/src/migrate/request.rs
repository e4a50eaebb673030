//! What an open is asked for, and what it answers.

use std::collections::BTreeMap;
use std::time::Duration;

use quanta_storage::Snapshot;

use crate::custom::MigrationDeclaration;
use crate::diff::RowEdit;
use crate::error::Result;
use crate::history::ReleasedHistory;
use crate::model::{Declaration, ViewDeclaration};
use crate::plan::{AppliedFile, Head, Plan, Policy};
use crate::progress::Meter;

use super::code::{CodeTable, CompileEdits};
use super::side_by_side::Budget;

/// What is done before anything of a change can be seen, with the plan, and the state that it begins with: it may still say
/// no. It gives the migration file that was written for the change, if one was.
pub type Before<'a> = dyn Fn(&Plan, (&dyn Snapshot, &Head)) -> Result<Option<AppliedFile>> + 'a;

/// What an open is asked for.
pub struct Request<'a> {
    /// The program's entities.
    pub declarations: &'a [&'a Declaration],
    /// The program's views.
    pub views: &'a [&'a ViewDeclaration],
    /// The program's own migrations.
    pub migrations: &'a [&'a MigrationDeclaration],
    /// The history that the program was released with.
    pub history: Option<&'a ReleasedHistory>,
    /// How to decide.
    pub policy: &'a Policy,
    /// What the program says of itself.
    pub app_version: &'a str,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// Whether a hold is taken off.
    pub hold: Hold,
    /// What tells the program how far long work has got.
    pub meter: &'a Meter,
    /// How much of the machine may be taken to look at rows.
    pub budget: Budget,
    /// What is done before the change.
    pub before: &'a Before<'a>,
    /// The migration file that is run, if this is no open of the program's own entities.
    pub file: Option<FileRun<'a>>,
    /// Reads what files do to rows.
    pub compile_edits: CompileEdits,
}

/// A migration file that is run.
#[derive(Clone, Copy)]
pub struct FileRun<'a> {
    /// What the ledger remembers of it.
    pub file: &'a AppliedFile,
    /// What it does to rows, by table as of afterwards.
    pub edits: &'a BTreeMap<String, RowEdit>,
    /// The program's functions, by table.
    pub code: &'a BTreeMap<String, CodeTable>,
}

/// What to do about held tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hold {
    /// They stay where they are: an open that would take them up again is refused.
    #[default]
    Respect,
    /// They are given free.
    Release,
}

/// What an open did, or would do.
#[derive(Debug)]
pub struct Opening {
    /// The epoch afterwards.
    pub epoch: u64,
    /// The head afterwards.
    pub head: Head,
    /// The plan.
    pub plan: Plan,
    /// Where the time went.
    pub spans: Spans,
    /// Whether the head is that of the store.
    pub standpoint: Standpoint,
}

/// From where a store is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standpoint {
    /// From where it stands.
    #[default]
    Current,
    /// From where an older program knows it: its tables are shown as they were, and nothing may be written.
    Older,
}

/// Where the time of an open went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spans {
    /// All of it, without the engine's own open.
    pub total: Duration,
    /// Looking at rows before anything changed.
    pub checks: Duration,
    /// Rows that were looked at.
    pub rows_checked: u64,
    /// Carrying rows into new spaces.
    pub builds: Duration,
    /// Rows that were carried.
    pub rows_built: u64,
}

impl Spans {
    /// Returns our part: without looking at rows and without eager work.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let spans = db.open_report().spans;
    /// assert_eq!(spans.ours() + spans.checks + spans.builds, spans.total);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn ours(&self) -> Duration {
        self.total.saturating_sub(self.checks).saturating_sub(self.builds)
    }
}
