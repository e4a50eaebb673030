//! What a store remembers of its tables, as plain data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::diff::{Change, Consumed, Lens, SlotIds, Step, Target, Way};
use crate::schema::{Fingerprint, Schema};

use super::forgotten::Forgotten;
use super::views::{ViewEffect, ViewHead};

/// The record that every open reads first: where the store stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The current revision.
    pub revision: u64,
    /// Records in the ledger.
    pub ledger_records: u64,
    /// Hash of the newest of them; zeros if there is none.
    pub ledger_hash: [u8; 32],
    /// Where ids are counted on from.
    pub counters: Counters,
    /// The tables, by id.
    pub tables: BTreeMap<u32, TableHead>,
    /// Own migrations of whole tables that ran, or were not needed, on the way here, each with the revision of then.
    pub migrations: BTreeMap<String, u64>,
    /// The views, by id.
    pub views: BTreeMap<u32, ViewHead>,
}

impl Head {
    /// Returns the head of a store that was never opened.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            revision: 0,
            ledger_records: 0,
            ledger_hash: [0; 32],
            counters: Counters {
                table: 1,
                space: 1,
                slot: 1,
                index: 1,
                work: 1,
                revision: 1,
                view: 1,
            },
            tables: BTreeMap::new(),
            migrations: BTreeMap::new(),
            views: BTreeMap::new(),
        }
    }
}

/// The next id of each kind. Ids never go back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Next table id.
    pub table: u32,
    /// Next space id.
    pub space: u32,
    /// Next slot id.
    pub slot: u32,
    /// Next index id.
    pub index: u32,
    /// Next work id.
    pub work: u32,
    /// Next revision.
    pub revision: u64,
    /// Next view id.
    pub view: u32,
}

/// Whether a table is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It is there.
    Live,
    /// It was rolled back out of existence: an entity of its name and one of its fingerprints re-enters it.
    Absent,
    /// It was dropped on purpose: only a rollback brings it back.
    Dropped,
}

/// What a revision says of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableState {
    /// The table's name.
    pub name: String,
    /// Whether it is there.
    pub presence: Presence,
    /// Its current version.
    pub version: u32,
    /// The space where its rows lie.
    pub space: u32,
    /// Explicit defaults of its top-level fields, encoded: what a dynamic row leaves out, and what a dropped field
    /// leaves behind for rows born later.
    pub write_defaults: BTreeMap<String, Vec<u8>>,
    /// Ids of its indexes, by position in the schema.
    pub index_ids: Vec<u32>,
    /// Names of its indexes, by position in the schema: labels, so that renaming an index makes no version.
    pub index_names: Vec<String>,
}

impl TableState {
    /// Returns a schema of the table's version with the names that its indexes have now.
    #[must_use]
    pub fn labelled(&self, schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        for (index, name) in schema.indexes.iter_mut().zip(&self.index_names) {
            index.name.clone_from(name);
        }
        schema
    }
}

/// What the head says of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHead {
    /// The state that the current revision gives it.
    pub state: TableState,
    /// Fingerprint of the current version.
    pub fingerprint: Fingerprint,
    /// Digest of the hints it was last opened with.
    pub hints_digest: [u8; 16],
    /// Earlier names that its hints gave, and that were followed or came to nothing: they don't count again.
    pub consumed_names: BTreeSet<String>,
    /// Versions that its rows may be stamped with.
    pub stamps: BTreeSet<u32>,
    /// Edges, by child version, and the way across which rows may have left something that is kept.
    pub kept: BTreeSet<(u32, Way)>,
    /// Edges, by child version, at which rows were taken out.
    pub victims: BTreeSet<u32>,
    /// The spaces where the entries of its indexes lie, by position in the schema.
    pub index_spaces: Vec<u32>,
    /// Whether a rollback by hand took it where it stands: it only goes up again when it is released.
    pub held: bool,
}

/// One node of a table's version tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The version that was current when this one was made.
    pub parent: Option<u32>,
    /// The schema.
    pub schema: Schema,
    /// Ids of its slots.
    pub slots: SlotIds,
    /// The way from the parent into this version.
    pub edge: Option<Edge>,
    /// Hints that this version consumed.
    pub consumed: Consumed,
    /// Own migrations that ran into this version, or that its rows never needed.
    pub migrations: BTreeSet<String>,
    /// Ids of its indexes, by position in the schema.
    pub index_ids: Vec<u32>,
    /// Where its references lead, by position in the schema.
    pub targets: Vec<Target>,
    /// Label of the version of a released history that it is, if it was made by one.
    pub label: Option<String>,
}

/// The way from a version's parent into it, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The steps up. Their inverses lead down.
    pub steps: Vec<Step>,
    /// What the programs up and down are compiled from, with the frozen values.
    pub lens: Lens,
}

impl Edge {
    /// Tells whether rows may have another key on the other side: own migrations give whole rows.
    #[must_use]
    pub fn rekeys(&self) -> bool {
        let changes_key = |step: &Step| matches!(step.change, Change::ChangeKey { .. });
        self.lens.rows.is_some() || self.steps.iter().any(changes_key)
    }
}

/// A row that a change took out. It lies under its key as of below the edge, in front of rows of that key which were
/// taken out before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VictimRecord {
    /// Its body, at the version below the edge.
    pub body: Vec<u8>,
    /// What was kept of it on other edges: the edge, the way, the entry.
    pub kept: Vec<(u32, Way, Vec<u8>)>,
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRecord {
    /// Position in the ledger, from 0.
    pub sequence: u64,
    /// Hash of the record before; zeros for the first.
    pub previous_hash: [u8; 32],
    /// What happened.
    pub kind: LedgerKind,
    /// The revision it led to.
    pub revision: u64,
    /// The revision it came from: the parent of a new revision.
    pub from_revision: Option<u64>,
    /// Hash of the plan that was run.
    pub plan_digest: [u8; 32],
    /// Milliseconds since 1970-01-01T00:00:00Z, by the clock of the machine.
    pub time_ms: u64,
    /// What the program said of itself.
    pub app_version: String,
    /// Rows that were looked at before the switch.
    pub rows_checked: u64,
    /// Rows that were carried into new spaces before the switch.
    pub rows_built: u64,
    /// What became of each table.
    pub effects: Vec<TableEffect>,
    /// Own migrations that ran or were taken back, in this order.
    pub migrations: Vec<String>,
    /// The name that the revision got: in records of the kind release, and in no others.
    pub release: Option<String>,
    /// What was deleted on purpose.
    pub forgotten: Vec<Forgotten>,
    /// What became of each view.
    pub views: Vec<ViewEffect>,
    /// The migration file that was run, or that was written for what happened.
    pub file: Option<AppliedFile>,
}

/// A migration file as the ledger remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedFile {
    /// Its id.
    pub id: String,
    /// Its text, as it was when it was run: it must not change any more.
    pub text: String,
    /// Whether it was only noted, and not run: what it does had been done otherwise.
    pub is_fake: bool,
}

/// What happened to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LedgerKind {
    /// The store was made.
    Create,
    /// An open found a change and ran it.
    Auto,
    /// A migration file was run.
    File,
    /// A migration of the program's own was run.
    Custom,
    /// The head went back to an earlier revision.
    Rollback,
    /// The head went on to a revision that it had been at.
    Reapply,
    /// A revision got a name.
    Release,
    /// Kept values were deleted on purpose.
    Forget,
    /// The hold of a rollback was taken off.
    Hold,
    /// Contradictions were put in order; no table moved.
    Repair,
}

impl LedgerKind {
    /// Tells whether a record of this kind makes a revision.
    #[must_use]
    pub fn makes_revision(self) -> bool {
        matches!(self, Self::Create | Self::Auto | Self::File | Self::Custom)
    }

    /// Returns the name in reports and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Auto => "auto",
            Self::File => "file",
            Self::Custom => "custom",
            Self::Rollback => "rollback",
            Self::Reapply => "reapply",
            Self::Release => "release",
            Self::Forget => "forget",
            Self::Hold => "hold",
            Self::Repair => "repair",
        }
    }
}

/// What became of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEffect {
    /// The table's id.
    pub table: u32,
    /// Its state before, if it was known.
    pub before: Option<TableState>,
    /// Its state after.
    pub after: TableState,
    /// The steps that led there, in the direction taken.
    pub up: Vec<Step>,
    /// The steps that lead back.
    pub down: Vec<Step>,
}

/// A table with the tree of its versions, as planning needs it.
#[derive(Debug, Clone)]
pub struct StoredTable {
    /// The table's id.
    pub id: u32,
    /// What the head says of it.
    pub head: TableHead,
    /// All versions.
    pub versions: BTreeMap<u32, Version>,
}

/// Work that was begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkRecord {
    /// The epoch at which it was begun.
    pub epoch: u64,
    /// What is being done.
    pub task: WorkTask,
}

/// What is being done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkTask {
    /// Rows of a table are rewritten to its current version; those up to the cursor are.
    Sweep {
        /// The table.
        table: u32,
        /// The last row key that was done; empty at the start.
        cursor: Vec<u8>,
    },
    /// Rows, or the entries of an index, are written into a new space, which no head points to yet.
    Build {
        /// The new space.
        space: u32,
        /// What is being built: an open goes on with it only if it would build the same.
        digest: [u8; 32],
        /// How far it got.
        progress: BuildProgress,
    },
    /// The rows of a space that no head points to any more are deleted.
    Retire {
        /// The space.
        space: u32,
    },
    /// What is kept on edges that were forgotten is deleted. It is a debt: it is paid before anything is planned, since
    /// the head knows nothing of these entries any more.
    Forget {
        /// The space.
        space: u32,
        /// The edges.
        edges: BTreeSet<u32>,
    },
}

/// Rows of which something was kept when a field went that is given back to another one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreCounts {
    /// Rows that have their value again.
    pub rows_restored: u64,
    /// Rows in which the field was given another value meanwhile, which stays.
    pub rows_left: u64,
    /// Rows whose kept value doesn't become one of the field's type; the field stays as it is.
    pub rows_unfit: u64,
}

/// How far the carrying of rows into a new space got, or the filling of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildProgress {
    /// The last row key that was done; empty at the start.
    pub cursor: Vec<u8>,
    /// Rows seen.
    pub rows: u64,
    /// Rows that lose something on each lossy step, in the order of the steps.
    pub rows_lost: Vec<u64>,
    /// Rows that were taken out.
    pub rows_dropped: u64,
    /// What became of values that might be given back, by path of the field.
    pub restored: BTreeMap<String, RestoreCounts>,
}
