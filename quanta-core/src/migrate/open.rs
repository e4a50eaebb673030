//! Opening: from what is stored and what is declared to a store whose tables are as declared.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use quanta_storage::{Engine, Snapshot};

use crate::catalog::{Revisions, read_ledger, read_standpoint, read_table, read_work};
use crate::diff::{Refusal, RefusalKind};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{
    Counters, Decision, DeclaredTable, Head, LedgerKind, Movement, Plan, StoredTable, TablePlan, WorkTask,
    decide,
};
use crate::program::NoCode;

use super::build::discard_space;
use super::check::{Checked, Purpose, check_rows};
use super::code::DryRun;
use super::declared::{
    DeclaredTables, claimed_names, code_for, is_unchanged, sound, stands_as_declared, unregistered,
};
use super::direction::Explain;
use super::objects::{Candidate, check_objects, fill_targets};
use super::request::{Hold, Opening, Request, Spans};
use super::shift::Shift;
use super::switch::{Entry, Ready, changes_state, state_after, switch};

/// An open on its way.
pub(super) struct Open<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) snapshot: Arc<dyn Snapshot>,
    pub(super) epoch: Option<u64>,
    pub(super) head: Head,
    pub(super) request: &'a Request<'a>,
    pub(super) spans: Spans,
}

/// Opens a store for its program: finds the difference, checks it against the rows, and makes it current.
///
/// # Errors
///
/// If a declaration is wrong, the change is refused, the store is newer or held, or the engine fails. The store is as
/// it was then.
pub fn open(engine: &dyn Engine, request: &Request<'_>) -> Result<Opening> {
    let started = Instant::now();
    let declared = sound(request.declarations)?;
    let mut open = Open::start(engine, request)?;
    let is_unchanged = open.epoch.is_some() && is_unchanged(&open.head, &declared, request);
    let mut opening = if is_unchanged {
        open.discard_builds()?;
        open.finish(Plan {
            unregistered: unregistered(&open.head, &declared),
            ..Plan::default()
        })
    } else {
        open.discard_builds()?;
        open.change(&declared)?
    };
    opening.spans.total = started.elapsed();
    Ok(opening)
}

/// Opens a store for reading: it must be as its program declares it.
///
/// # Errors
///
/// If a change would be needed: its plan is in the error.
pub fn open_read_only(engine: &dyn Engine, request: &Request<'_>) -> Result<Opening> {
    let started = Instant::now();
    let declared = sound(request.declarations)?;
    let open = Open::start(engine, request)?;
    let mut opening = if open.epoch.is_some() && is_unchanged(&open.head, &declared, request) {
        open.finish(Plan {
            unregistered: unregistered(&open.head, &declared),
            ..Plan::default()
        })
    } else {
        let (_, mut decision) = open.decide(&declared)?;
        open.explain_direction(&mut decision, Explain::AsError)?;
        let changes = decision.plan.tables.iter().any(|table| !table.steps.is_empty());
        refuse(&decision.plan)?;
        if changes {
            let problem = "the store would have to change, and it was opened for reading only: open it for writing once, or \
                           read it without entities";
            return Err(Error::new(ErrorKind::ReadOnly, problem).with_detail(Arc::new(decision.plan)));
        }
        open.finish(Plan {
            unregistered: decision.plan.unregistered,
            ..Plan::default()
        })
    };
    opening.spans.total = started.elapsed();
    Ok(opening)
}

/// Makes the plan of an open and changes nothing: rows are checked, and those that leave something are counted.
///
/// # Errors
///
/// As [`open`], but for refusals: they are in the plan.
pub fn plan(engine: &dyn Engine, request: &Request<'_>) -> Result<Plan> {
    let declared = sound(request.declarations)?;
    let open = Open::start(engine, request)?;
    let (stored, mut decision) = open.decide(&declared)?;
    open.explain_direction(&mut decision, Explain::InPlan)?;
    let mut plan = decision.plan;
    let mut counters = open.head.counters.clone();
    let mut refusals = Vec::new();
    let mut shifts = Vec::new();
    for table in plan
        .tables
        .iter_mut()
        .filter(|table| table.movement_may_touch_rows())
    {
        let shift = Shift::of(table, &stored, &mut counters)?;
        let code = DryRun(code_for(&declared, &table.name));
        shifts.push((shift.clone(), code));
        if plan.refusals.iter().any(|refusal| refusal.table == table.name) {
            continue;
        }
        let code = DryRun(code_for(&declared, &table.name));
        let routes = shift.routes()?;
        let checked = check_rows(&open.snapshot, &shift, &routes, &code, Purpose::Account)?;
        account(table, &checked);
        refusals.extend(checked.failures.refusals(&table.name));
    }
    plan.refusals.extend(refusals);
    if plan.refusals.is_empty() {
        let (mut shifts, codes): (Vec<Shift>, Vec<DryRun>) = shifts.into_iter().unzip();
        fill_targets(&open.snapshot, &open.head, shifts.iter_mut().collect())?;
        let candidates = shifts.iter().zip(&codes);
        let candidates: Vec<Candidate<'_>> = candidates
            .map(|(shift, code)| Candidate::unbuilt(shift, code))
            .collect();
        plan.refusals
            .extend(check_objects(&open.snapshot, &open.head, &candidates)?.0);
    }
    plan.forget_unchanged();
    Ok(plan)
}

/// Fills in what a look at the rows found.
pub(super) fn account(table: &mut TablePlan, checked: &Checked) {
    table.rows_checked = Some(checked.rows);
    for (position, loss) in table.losses.iter_mut().enumerate() {
        loss.rows = Some(checked.rows_lost.get(position).copied().unwrap_or(0));
    }
}

impl TablePlan {
    /// Tells whether rows may have to be carried.
    fn movement_may_touch_rows(&self) -> bool {
        matches!(
            self.movement,
            Movement::Change { .. } | Movement::Travel { .. } | Movement::Reenter { .. }
        )
    }
}

impl<'a> Open<'a> {
    fn start(engine: &'a dyn Engine, request: &'a Request<'a>) -> Result<Self> {
        let snapshot: Arc<dyn Snapshot> = Arc::from(engine.snapshot()?);
        let (epoch, head) = match read_standpoint(snapshot.as_ref())? {
            Some((epoch, head)) => (Some(epoch), head),
            None => (None, empty_head()),
        };
        Ok(Self {
            engine,
            snapshot,
            epoch,
            head,
            request,
            spans: Spans::default(),
        })
    }

    fn finish(&self, plan: Plan) -> Opening {
        Opening {
            epoch: self.epoch.unwrap_or(0),
            head: self.head.clone(),
            plan,
            spans: self.spans,
        }
    }

    /// Empties spaces that an interrupted open began to fill.
    fn discard_builds(&mut self) -> Result<()> {
        let work = read_work(self.snapshot.as_ref())?;
        let mut discarded = false;
        for (id, record) in work {
            if let WorkTask::Build { space } = record.task {
                discard_space(self.engine, self.epoch, space, id)?;
                discarded = true;
            }
        }
        if discarded {
            self.snapshot = Arc::from(self.engine.snapshot()?);
        }
        Ok(())
    }

    fn decide(&self, declared: &DeclaredTables<'_>) -> Result<(BTreeMap<u32, StoredTable>, Decision)> {
        let mut stored = BTreeMap::new();
        let claimed = claimed_names(declared);
        for (id, table) in &self.head.tables {
            let is_claimed = claimed.contains(table.state.name.as_str());
            let table = if !is_claimed && stands_as_declared(table, declared) {
                StoredTable {
                    id: *id,
                    head: table.clone(),
                    versions: BTreeMap::new(),
                }
            } else {
                read_table(self.snapshot.as_ref(), *id, table)?
            };
            stored.insert(*id, table);
        }
        let tables: Vec<DeclaredTable<'_>> = declared
            .iter()
            .map(|(name, declared)| DeclaredTable {
                name,
                schema: &declared.schema,
                fingerprint: declared.fingerprint,
                hints: &declared.hints,
                hints_digest: declared.hints_digest,
            })
            .collect();
        let decision = decide(&self.head, &stored, &tables, self.request.policy)
            .map_err(|problem| Error::corrupt("the version tree", problem))?;
        Ok((stored, decision))
    }

    /// Plans the change, checks it and makes it current.
    fn change(&mut self, declared: &DeclaredTables<'_>) -> Result<Opening> {
        let (stored, mut decision) = self.decide(declared)?;
        self.explain_direction(&mut decision, Explain::AsError)?;
        let mut plan = decision.plan;
        refuse(&plan)?;
        if plan.tables.is_empty() && self.epoch.is_some() && self.request.hold == Hold::Respect {
            return Ok(self.finish(plan));
        }
        self.note_kept_tables(&mut plan)?;
        self.freeze(&mut plan, declared, &stored)?;
        let mut head = self.head.clone();
        let mut ready = Vec::new();
        for table in &mut plan.tables {
            let shift = Shift::of(table, &stored, &mut head.counters)?;
            let code = code_for(declared, &table.name);
            let (prepared, refusals) = self.prepare(shift, table, &mut head.counters, &code)?;
            ready.push(prepared);
            plan.refusals.extend(refusals);
        }
        let shifts = ready.iter_mut().map(|ready| &mut ready.shift).collect();
        fill_targets(&self.snapshot, &self.head, shifts)?;
        if plan.refusals.is_empty() {
            plan.refusals.extend(self.check_objects(&ready)?);
        }
        if let Err(error) = refuse(&plan) {
            self.discard_ready(&ready)?;
            return Err(error);
        }
        if self.request.hold == Hold::Release {
            head.tables.values_mut().for_each(|table| table.held = false);
        }
        let entry = self.entry(&head, &plan, &ready)?;
        let switched = switch(self.engine, self.epoch, &head, &ready, entry)?;
        self.epoch = Some(switched.epoch);
        self.head = switched.head;
        plan.forget_unchanged();
        Ok(self.finish(plan))
    }

    /// Looks for rows that indexes and references don't take, as they are after all other work.
    fn check_objects(&mut self, ready: &[Ready]) -> Result<Vec<Refusal>> {
        let started = Instant::now();
        let candidates: Vec<Candidate<'_>> =
            ready.iter().map(|ready| Candidate::of(ready, &NoCode)).collect();
        let (refusals, rows) = check_objects(&self.snapshot, &self.head, &candidates)?;
        self.spans.checks += started.elapsed();
        self.spans.rows_checked += rows;
        Ok(refusals)
    }

    /// Says what the ledger will tell; nothing if only hints were seen.
    fn entry(&self, head: &Head, plan: &Plan, ready: &[Ready]) -> Result<Option<Entry>> {
        let is_new = self.epoch.is_none();
        if !is_new && !ready.iter().any(|ready| changes_state(&ready.shift)) {
            return Ok(None);
        }
        let (kind, revision) = match self.known_revision(head, plan, ready)? {
            Some(revision) => (LedgerKind::Reapply, revision),
            None if is_new => (LedgerKind::Create, head.counters.revision),
            None => (LedgerKind::Auto, head.counters.revision),
        };
        Ok(Some(Entry {
            kind,
            revision,
            plan_digest: plan.digest(),
            time_ms: self.request.time_ms,
            app_version: self.request.app_version.to_owned(),
            rows_checked: self.spans.rows_checked,
            rows_built: self.spans.rows_built,
        }))
    }

    /// Finds the revision that the result equals. Only recorded edges lead to one.
    fn known_revision(&self, head: &Head, plan: &Plan, ready: &[Ready]) -> Result<Option<u64>> {
        let makes_new =
            |table: &TablePlan| matches!(table.movement, Movement::Create { .. } | Movement::Change { .. });
        if self.epoch.is_none() || plan.tables.iter().any(makes_new) {
            return Ok(None);
        }
        let ledger = read_ledger(self.snapshot.as_ref(), &self.head)?;
        Ok(Revisions::of(&ledger).matching(&state_after(head, ready)))
    }
}

/// Turns the refusals of a plan into an error.
///
/// # Errors
///
/// If there are any.
pub fn refuse(plan: &Plan) -> Result<()> {
    if plan.refusals.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = plan.refusals.iter().map(ToString::to_string).collect();
    let own_code = plan
        .refusals
        .iter()
        .all(|refusal| refusal.kind == RefusalKind::OwnCode);
    let kind = if own_code {
        ErrorKind::OwnCode
    } else {
        ErrorKind::Refused
    };
    let message = format!(
        "the change is refused, and the store is as it was:\n{}",
        lines.join("\n")
    );
    Err(Error::new(kind, message).with_detail(Arc::new(plan.clone())))
}

fn empty_head() -> Head {
    Head {
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
        },
        tables: BTreeMap::new(),
    }
}
