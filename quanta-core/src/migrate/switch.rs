//! The switch: the one batch that makes a change current.

use std::collections::BTreeSet;

use quanta_storage::{Batch, Commit, Direction, Durability, Engine};

use crate::catalog::{Tables, keys};
use crate::codec::encode_record;
use crate::diff::{Change, Step, Way};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{
    AppliedFile, Head, LedgerKind, LedgerRecord, Presence, TableEffect, TableHead, ViewEffect, ViewPlan,
    Views, WorkTask,
};
use crate::schema::limits::BATCH_BYTES_MAX;
use crate::txn::{decoded_counter, encoded_counter, highest_number};

use super::build::{epoch_condition, kept_after_build, work_record};
use super::shift::Shift;

/// A table that is ready for the switch.
#[derive(Debug)]
pub struct Ready {
    /// What changes.
    pub shift: Shift,
    /// The space that its rows were carried into, if they were.
    pub built: Option<Built>,
    /// Spaces that were filled on the way there: nothing points to them afterwards.
    pub scaffolds: Vec<Built>,
    /// Whether the table has no rows at all.
    pub is_empty: bool,
    /// Edges at which rows are taken out afterwards.
    pub victims: BTreeSet<u32>,
    /// Where the entries of its indexes are.
    pub indexes: IndexSpaces,
}

/// Where the entries of a table's indexes are around a switch.
#[derive(Debug, Clone, Default)]
pub struct IndexSpaces {
    /// The spaces afterwards, by position in the schema.
    pub after: Vec<u32>,
    /// Those of them that were filled before the switch.
    pub built: Vec<Built>,
    /// Those that no head points to any more, with the ids of the work records that will say so.
    pub left: Vec<Built>,
}

/// A space that was filled before the switch.
#[derive(Debug, Clone, Copy)]
pub struct Built {
    /// The space.
    pub space: u32,
    /// The id of its work record.
    pub work: u32,
}

/// What the ledger says of a switch.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What happens.
    pub kind: LedgerKind,
    /// The revision it leads to.
    pub revision: u64,
    /// Digest of the plan.
    pub plan_digest: [u8; 32],
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// What the program says of itself.
    pub app_version: String,
    /// Rows that were looked at.
    pub rows_checked: u64,
    /// Rows that were carried into new spaces.
    pub rows_built: u64,
    /// Own migrations that ran or were taken back.
    pub migrations: Vec<String>,
    /// The name that the revision gets.
    pub release: Option<String>,
    /// The migration file that is run.
    pub file: Option<AppliedFile>,
}

/// Where a store stands after a switch.
#[derive(Debug, Clone)]
pub struct Switched {
    /// The new epoch.
    pub epoch: u64,
    /// The new head.
    pub head: Head,
}

/// Makes a change current.
///
/// # Errors
///
/// If the head moved meanwhile, the batch is over its limit, or the engine fails. Nothing is changed then.
pub fn switch(
    engine: &dyn Engine,
    epoch: Option<u64>,
    head: &Head,
    (tables, views): (&[Ready], &[ViewPlan]),
    entry: Option<Entry>,
) -> Result<Switched> {
    let _span = tracing::info_span!("switch", tables = tables.len()).entered();
    let mut batch = Batch::new();
    let mut head = head.clone();
    let next_epoch = next_epoch(epoch);
    for ready in tables {
        remove_name(ready, &mut batch);
    }
    for ready in tables {
        apply(ready, &mut head, next_epoch, &mut batch)?;
    }
    for view in views {
        apply_view(view, &mut head, &mut batch)?;
    }
    raise_counters(engine, &head, tables, &mut batch)?;
    if let Some(entry) = entry {
        append(entry, (tables, views), &mut head, &mut batch)?;
    }
    commit_switch(engine, epoch, head, batch)
}

/// Takes counters past keys that rows have afterwards: those of other fields, or that an own migration wrote.
fn raise_counters(engine: &dyn Engine, head: &Head, tables: &[Ready], batch: &mut Batch) -> Result<()> {
    for ready in tables {
        let table = ready.shift.table;
        let mut counter = None;
        engine.get(&keys::counter(table), &mut |bytes| {
            counter = decoded_counter(bytes);
        })?;
        let Some(counter) = counter else { continue };
        let rows = keys::rows(head.tables[&table].state.space);
        let last = engine.snapshot()?.scan(&rows, Direction::Backward)?;
        let highest = highest_number(ready.shift.schema(), last)?;
        if highest > counter {
            batch.put(keys::counter(table), encoded_counter(highest));
        }
    }
    Ok(())
}

/// Writes the head with a new epoch, if it is still the one that was read, and all that belongs to it.
///
/// # Errors
///
/// As [`switch`].
pub(super) fn commit_switch(
    engine: &dyn Engine,
    epoch: Option<u64>,
    head: Head,
    mut batch: Batch,
) -> Result<Switched> {
    let next_epoch = next_epoch(epoch);
    batch.put(keys::HEAD, encoded(&head)?);
    batch.put(keys::EPOCH, next_epoch.to_be_bytes());
    if batch.bytes() > BATCH_BYTES_MAX {
        let problem = format!(
            "the change takes {} bytes in one batch: make it in smaller parts",
            batch.bytes()
        );
        return Err(Error::new(ErrorKind::TooLarge, problem));
    }
    batch.require(epoch_condition(epoch));
    match engine.commit(&batch, Durability::Sync)? {
        Commit::Done => Ok(Switched {
            epoch: next_epoch,
            head,
        }),
        Commit::Refused { .. } => Err(Error::new(
            ErrorKind::SchemaMoved,
            "another process changed the store meanwhile: open it again",
        )),
    }
}

/// Returns the epoch after a switch.
pub(super) fn next_epoch(epoch: Option<u64>) -> u64 {
    epoch.map_or(1, |epoch| epoch + 1)
}

fn encoded<T: serde::Serialize>(record: &T) -> Result<Vec<u8>> {
    encode_record(record).map_err(|problem| Error::new(ErrorKind::TooLarge, problem))
}

/// Takes away the record under the old name. All are taken away before any is written, so that names may move.
fn remove_name(ready: &Ready, batch: &mut Batch) {
    if let Some(before) = ready
        .shift
        .before
        .as_ref()
        .filter(|before| before.presence == Presence::Live)
    {
        batch.delete(keys::schema(&before.name));
    }
}

fn apply(ready: &Ready, head: &mut Head, next_epoch: u64, batch: &mut Batch) -> Result<()> {
    let shift = &ready.shift;
    let mut state = shift.after.clone();
    batch.delete(keys::sweep(shift.table));
    let mut retire = |space: u32, work: u32| -> Result<()> {
        let record = work_record(next_epoch, WorkTask::Retire { space })?;
        batch.put(keys::work(work), record);
        Ok(())
    };
    if let Some(built) = ready.built {
        let left = state.space;
        state.space = built.space;
        retire(left, built.work)?;
    }
    for scaffold in &ready.scaffolds {
        retire(scaffold.space, scaffold.work)?;
    }
    for left in &ready.indexes.left {
        retire(left.space, left.work)?;
    }
    for built in &ready.indexes.built {
        batch.delete(keys::work(built.work));
    }
    for version in &shift.new_versions {
        batch.put(
            keys::version(shift.table, *version),
            encoded(&shift.versions[version])?,
        );
    }
    if state.presence == Presence::Live {
        batch.put(
            keys::schema(&state.name),
            encoded(&state.labelled(shift.schema()))?,
        );
    }
    let (stamps, kept) = rows_after(ready)?;
    let table = TableHead {
        fingerprint: shift.fingerprint(),
        hints_digest: shift.hints_digest,
        consumed_names: shift.consumed_names.clone(),
        state,
        stamps,
        kept,
        victims: ready.victims.clone(),
        index_spaces: ready.indexes.after.clone(),
        held: shift.held,
    };
    head.tables.insert(shift.table, table);
    Ok(())
}

fn apply_view(view: &ViewPlan, head: &mut Head, batch: &mut Batch) -> Result<()> {
    let shift = &view.shift;
    if let Some(version) = &shift.version {
        let key = keys::view_version(shift.view, shift.after.state.version);
        batch.put(key, encoded(version)?);
    }
    head.views.insert(shift.view, shift.after.clone());
    Ok(())
}

/// Edges, by child version, and the way across which something may be kept.
type KeptEdges = BTreeSet<(u32, Way)>;

/// Says which stamps rows may carry from now on, and across which edges something may be kept.
fn rows_after(ready: &Ready) -> Result<(BTreeSet<u32>, KeptEdges)> {
    let shift = &ready.shift;
    let current = shift.after.version;
    if ready.is_empty {
        return Ok(([current].into(), BTreeSet::new()));
    }
    let routes = shift.routes()?;
    let kept = kept_after_build(shift, &routes);
    if ready.built.is_some() {
        return Ok(([current].into(), kept));
    }
    let mut stamps = shift.stamps.clone();
    stamps.insert(current);
    Ok((stamps, kept))
}

fn append(
    entry: Entry,
    (tables, views): (&[Ready], &[ViewPlan]),
    head: &mut Head,
    batch: &mut Batch,
) -> Result<()> {
    let effects = tables
        .iter()
        .filter(|ready| changes_state(&ready.shift))
        .map(|ready| TableEffect {
            table: ready.shift.table,
            before: ready.shift.before.clone(),
            after: head.tables[&ready.shift.table].state.clone(),
            up: ready.shift.steps.clone(),
            down: ready.shift.steps.iter().rev().map(Step::inverse).collect(),
        });
    let record = LedgerRecord {
        sequence: head.ledger_records,
        previous_hash: head.ledger_hash,
        kind: entry.kind,
        revision: entry.revision,
        from_revision: (head.ledger_records > 0).then_some(head.revision),
        plan_digest: entry.plan_digest,
        time_ms: entry.time_ms,
        app_version: entry.app_version,
        rows_checked: entry.rows_checked,
        rows_built: entry.rows_built,
        effects: effects.collect(),
        migrations: entry.migrations,
        release: entry.release,
        forgotten: Vec::new(),
        views: views.iter().map(effect).collect(),
        file: entry.file,
    };
    write_ledger(&record, head, batch)?;
    head.revision = entry.revision;
    head.counters.revision = head.counters.revision.max(entry.revision + 1);
    Ok(())
}

fn effect(view: &ViewPlan) -> ViewEffect {
    ViewEffect {
        view: view.shift.view,
        before: view.shift.before.clone(),
        after: view.shift.after.state.clone(),
    }
}

/// Adds a record to the ledger, whose end the head names.
pub(super) fn write_ledger(record: &LedgerRecord, head: &mut Head, batch: &mut Batch) -> Result<()> {
    let bytes = encoded(record)?;
    head.ledger_records += 1;
    head.ledger_hash = *blake3::hash(&bytes).as_bytes();
    batch.put(keys::ledger(record.sequence), bytes);
    Ok(())
}

/// Tells whether a shift changes what a revision says, and not only which hints were seen last.
#[must_use]
pub fn changes_state(shift: &Shift) -> bool {
    shift.is_written() || shift.before.as_ref() != Some(&shift.after)
}

/// Returns the state of all tables after a switch, as a revision records it.
#[must_use]
pub fn state_after(head: &Head, tables: &[Ready]) -> Tables {
    let mut state: Tables = head
        .tables
        .iter()
        .map(|(id, table)| (*id, table.state.clone()))
        .collect();
    state.extend(
        tables
            .iter()
            .map(|ready| (ready.shift.table, ready.shift.after.clone())),
    );
    state
}

/// Returns the state of all views after a switch, as a revision records it.
#[must_use]
pub fn views_state_after(head: &Head, views: &[ViewPlan]) -> Views {
    let mut state: Views = head
        .views
        .iter()
        .map(|(id, view)| (*id, view.state.clone()))
        .collect();
    let shifts = views.iter().map(|view| &view.shift);
    state.extend(shifts.map(|shift| (shift.view, shift.after.state.clone())));
    state
}

/// Lists the own migrations that run with a change, or are taken back: those of rows, and then those of whole tables.
#[must_use]
pub fn own_migrations<'i>(ready: &'i [Ready], of_tables: impl Iterator<Item = &'i String>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let steps = ready.iter().flat_map(|ready| &ready.shift.steps);
    let of_rows = steps.filter_map(|step| match &step.change {
        Change::RunMigration { id, .. } | Change::UndoMigration { id, .. } => Some(id),
        _ => None,
    });
    for id in of_rows.chain(of_tables) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}
