//! Forgetting on purpose: what is kept is taken out of the head in one batch, and deleted afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quanta_storage::{Batch, Snapshot};

use crate::catalog::{keys, read_ledger, read_standpoint};
use crate::codec::encode_record;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{
    Forgotten, ForgottenPart, Head, LedgerKind, LedgerRecord, TableEffect, TableHead, WorkTask,
};
use crate::txn::Core;

use super::build::work_record;
use super::debts::pay_debts;
use super::survey::{Forget, KeptPart, survey, tables_with_edges};
use super::sweep::{retire_spaces, retire_spaces_of, sweep_tables};
use super::switch::{commit_switch, next_epoch, write_ledger};

/// Whether rows of earlier versions are rewritten first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SweepFirst {
    /// Those of which something is forgotten: else it would still be in them.
    Concerned,
    /// All of them.
    All,
}

/// What the ledger says of it besides what was forgotten.
#[derive(Debug, Clone, Copy)]
pub struct Forgetter<'a> {
    /// What the program says of itself.
    pub app_version: &'a str,
    /// Milliseconds since 1970.
    pub time_ms: u64,
}

/// What was forgotten.
#[derive(Debug)]
pub struct Forgetting {
    /// The parts.
    pub parts: Vec<KeptPart>,
    /// The ledger record that names them; none if there was nothing to forget.
    pub sequence: Option<u64>,
    /// Rows that were rewritten first.
    pub rows_swept: u64,
}

/// Says what [`forget`] would delete, and changes nothing.
///
/// # Errors
///
/// Those of the engine, and damage.
pub fn plan_forget(snapshot: &Arc<dyn Snapshot>, what: &Forget) -> Result<Vec<KeptPart>> {
    let Some((_, head)) = read_standpoint(snapshot.as_ref())? else {
        return Ok(Vec::new());
    };
    let ledger = read_ledger(snapshot.as_ref(), &head)?;
    survey(snapshot, &head, &ledger, what)
}

/// Deletes what is chosen. Rows of earlier versions hold in themselves what they are going to leave behind, so they are
/// rewritten first: what is forgotten must not depend on how far the sweep got.
///
/// # Errors
///
/// If the schema has moved, rows are damaged, or the engine fails. Before the switch nothing is forgotten then; after it,
/// the next open goes on deleting.
pub fn forget(core: &Core, what: &Forget, first: SweepFirst, by: Forgetter<'_>) -> Result<Forgetting> {
    let _span = tracing::info_span!("forget").entered();
    core.check_writable()?;
    let rows_swept = sweep_first(core, what, first)?;
    let right = core.lock()?;
    let snapshot = core.snapshot()?;
    let (head, ledger) = standpoint(core, snapshot.as_ref())?;
    let parts = survey(&snapshot, &head, &ledger, what)?;
    if parts.is_empty() {
        return Ok(Forgetting {
            parts,
            sequence: None,
            rows_swept,
        });
    }
    drop(snapshot);
    let sequence = head.ledger_records;
    let (head, batch) = switched(core.epoch(), head, &parts, by)?;
    let switched = commit_switch(core.engine(), Some(core.epoch()), head, batch)?;
    core.set_moved();
    let (engine, epoch) = (core.engine(), Some(switched.epoch));
    pay_debts(engine, engine.snapshot()?.as_ref(), epoch)?;
    retire_spaces_of(engine, switched.epoch)?;
    engine.flush()?;
    drop(right);
    Ok(Forgetting {
        parts,
        sequence: Some(sequence),
        rows_swept,
    })
}

fn sweep_first(core: &Core, what: &Forget, first: SweepFirst) -> Result<u64> {
    let snapshot = core.snapshot()?;
    let (head, ledger) = standpoint(core, snapshot.as_ref())?;
    drop(snapshot);
    let concerned = tables_with_edges(&head, &ledger, what)?;
    if first == SweepFirst::All {
        retire_spaces(core)?;
        return sweep_tables(core, head.tables.keys().copied());
    }
    sweep_tables(core, concerned.into_iter())
}

fn standpoint(core: &Core, snapshot: &dyn Snapshot) -> Result<(Head, Vec<LedgerRecord>)> {
    let (epoch, head) = read_standpoint(snapshot)?
        .ok_or_else(|| Error::new(ErrorKind::NotFound, "the store is empty: it keeps nothing"))?;
    if epoch != core.epoch() {
        let problem = "the schema has moved since this handle was opened: drop it and open the store again";
        return Err(Error::new(ErrorKind::SchemaMoved, problem));
    }
    let ledger = read_ledger(snapshot, &head)?;
    Ok((head, ledger))
}

/// Takes what is forgotten out of the head, and says in work records what is to be deleted.
fn switched(epoch: u64, mut head: Head, parts: &[KeptPart], by: Forgetter<'_>) -> Result<(Head, Batch)> {
    let mut batch = Batch::new();
    let next_epoch = next_epoch(Some(epoch));
    let mut effects = Vec::new();
    let mut debts: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for part in parts {
        let counters = &mut head.counters;
        let table = head
            .tables
            .get_mut(&part.table)
            .ok_or_else(|| Error::corrupt("the head", format!("table id {} is missing", part.table)))?;
        match part.part {
            ForgottenPart::Edge { edge, .. } => {
                table.kept.retain(|(kept, _)| *kept != edge);
                table.victims.remove(&edge);
                debts.entry(table.state.space).or_default().insert(edge);
            }
            ForgottenPart::Rows { .. } => {
                for space in table.index_spaces.iter().copied().chain([table.state.space]) {
                    let record = work_record(next_epoch, WorkTask::Retire { space })?;
                    batch.put(keys::work(counters.work), record);
                    counters.work += 1;
                }
                effects.push(empty_space(part.table, table, &mut counters.space));
            }
        }
    }
    for (space, edges) in debts {
        let task = WorkTask::Forget { space, edges };
        batch.put(keys::work(head.counters.work), work_record(next_epoch, task)?);
        head.counters.work += 1;
    }
    let record = record(&head, effects, parts, by)?;
    write_ledger(&record, &mut head, &mut batch)?;
    Ok((head, batch))
}

/// Gives a table that is gone a space without rows, and its indexes spaces without entries.
fn empty_space(id: u32, table: &mut TableHead, counter: &mut u32) -> TableEffect {
    let before = table.state.clone();
    for space in [&mut table.state.space]
        .into_iter()
        .chain(&mut table.index_spaces)
    {
        *space = *counter;
        *counter += 1;
    }
    table.stamps = [table.state.version].into();
    table.kept.clear();
    table.victims.clear();
    TableEffect {
        table: id,
        before: Some(before),
        after: table.state.clone(),
        up: Vec::new(),
        down: Vec::new(),
    }
}

fn record(
    head: &Head,
    effects: Vec<TableEffect>,
    parts: &[KeptPart],
    by: Forgetter<'_>,
) -> Result<LedgerRecord> {
    let forgotten: Vec<Forgotten> = parts
        .iter()
        .map(|part| Forgotten {
            table: part.table,
            part: part.part.clone(),
        })
        .collect();
    let plan = encode_record(&forgotten).map_err(|problem| Error::new(ErrorKind::TooLarge, problem))?;
    Ok(LedgerRecord {
        sequence: head.ledger_records,
        previous_hash: head.ledger_hash,
        kind: LedgerKind::Forget,
        revision: head.revision,
        from_revision: Some(head.revision),
        plan_digest: *blake3::hash(&plan).as_bytes(),
        time_ms: by.time_ms,
        app_version: by.app_version.to_owned(),
        rows_checked: 0,
        rows_built: 0,
        effects,
        migrations: Vec::new(),
        release: None,
        forgotten,
        views: Vec::new(),
        file: None,
    })
}
