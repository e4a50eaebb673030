//! Opening: from what is stored and what is declared to a store whose tables are as declared.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use quanta_storage::{Engine, Snapshot};

use crate::catalog::{MigrationsBehind, Revisions, read_ledger, read_standpoint};
use crate::diff::RefusalKind;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{
    AppliedFile, Decision, DeclaredViewOf, Head, LedgerKind, Movement, OnOlder, Plan, TablePlan, ViewPlan,
    views_stand,
};
use crate::program::NoCode;

use super::code::DryRun;
use super::decided::{Decided, told_on_the_way};
use super::declared::{DeclaredTables, code_for, is_unchanged, sound, unopened, unregistered};
use super::direction::Explain;
use super::foretell::{foretell, gives_back};
use super::look::Outlook;
use super::objects::{Candidate, fill_targets};
use super::pending::Pending;
use super::released::Ahead;
use super::request::{Hold, Opening, Request, Standpoint};
use super::switch::{Entry, Ready, changes_state, own_migrations, state_after, switch, views_state_after};
use super::views::{sound_views, views_after};
use super::workshop::{Mode, Workshop};

/// An open on its way.
pub(super) struct Open<'a> {
    pub(super) shop: Workshop<'a>,
    pub(super) head: Head,
    pub(super) request: &'a Request<'a>,
    pub(super) pending: Pending<'a>,
}

/// Opens a store for its program: finds the difference, checks it against the rows, and makes it current.
///
/// # Errors
///
/// If a declaration is wrong, the change is refused, the store is newer or held, or the engine fails. The store is as
/// it was then.
pub fn open(engine: &dyn Engine, request: &Request<'_>) -> Result<Opening> {
    let started = Instant::now();
    let (declared, views) = (sound(request)?, sound_views(request)?);
    let mut open = Open::start(engine, request)?;
    open.shop.pay_debts()?;
    open.shop.find_unfinished()?;
    let is_unchanged = open.shop.epoch.is_some()
        && request.file.is_none()
        && is_unchanged(&open.head, &declared, request)
        && views_stand(&open.head, &views, request.policy);
    let mut opening = if is_unchanged {
        open.shop.discard_unfinished()?;
        open.finish(Plan {
            unregistered: unregistered(&open.head, &declared),
            notes: unopened(request, &declared),
            ..Plan::default()
        })
    } else {
        open.change(&declared, &views)?
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
    let declared = sound(request)?;
    let open = Open::start(engine, request)?;
    let mut opening = if open.shop.epoch.is_some() && is_unchanged(&open.head, &declared, request) {
        open.finish(Plan {
            unregistered: unregistered(&open.head, &declared),
            notes: unopened(request, &declared),
            ..Plan::default()
        })
    } else {
        let Decided { ahead, mut decision } = open.decide(&declared, Mode::DryRun)?;
        if open.looks_back(&decision) {
            return open.look_back(decision, &ahead.stored);
        }
        open.explain_direction(&mut decision, Explain::AsError)?;
        refuse(&decision.plan)?;
        let mut counters = ahead.head.counters.clone();
        for table in &mut decision.plan.tables {
            // From then on the plan also tells of the releases on the way.
            ahead.shift(table, &mut counters)?;
        }
        let changes = decision.plan.tables.iter().any(|table| !table.steps.is_empty());
        if changes {
            let problem = "the store would have to change, and it was opened for reading only: open it for writing once, or \
                           read it without entities";
            return Err(Error::new(ErrorKind::ReadOnly, problem).with_detail(Arc::new(decision.plan)));
        }
        open.finish(Plan {
            unregistered: decision.plan.unregistered,
            notes: decision.plan.notes,
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
    let (declared, views) = (sound(request)?, sound_views(request)?);
    let mut open = Open::start(engine, request)?;
    let Decided { ahead, mut decision } = open.decide(&declared, Mode::DryRun)?;
    if open.looks_back(&decision) {
        return open
            .look_back(decision, &ahead.stored)
            .map(|opening| opening.plan);
    }
    open.explain_direction(&mut decision, Explain::InPlan)?;
    let mut plan = decision.plan;
    open.note_kept_values(&mut plan, &decision.again, &ahead.stored)?;
    open.note_forgotten(&mut plan)?;
    let mut counters = ahead.head.counters.clone();
    let mut outlooks = Vec::new();
    for table in &mut plan.tables {
        let shift = ahead.shift(table, &mut counters)?;
        let is_refused = plan.refusals.iter().any(|refusal| refusal.table == table.name);
        outlooks.push(if is_refused || !table.movement_may_touch_rows() {
            Outlook::unlooked(shift)
        } else {
            open.shop.outlook(shift, Mode::DryRun)?
        });
    }
    open.shop.look_ahead(outlooks.iter_mut(), Mode::DryRun)?;
    let mut refusals = Vec::new();
    let mut prepared = Vec::new();
    for (table, outlook) in plan.tables.iter_mut().zip(outlooks) {
        let versions = &outlook.shift.versions;
        let code = code_for(&declared, &table.name).with_edits(versions, request.compile_edits);
        let code = DryRun(code);
        let (ready, refused) = open
            .shop
            .prepare(outlook, table, &mut counters, &code, Mode::DryRun)?;
        refusals.extend(told_on_the_way(table, refused));
        prepared.push((ready, code));
    }
    plan.refusals.extend(refusals);
    let refusals = &mut plan.refusals;
    if refusals.is_empty() {
        let (mut ready, codes): (Vec<Ready>, Vec<DryRun>) = prepared.into_iter().unzip();
        fill_targets(&open.shop.snapshot, &open.head, &mut ready)?;
        let candidates = ready.iter().zip(&codes);
        let candidates: Vec<_> = candidates
            .map(|(ready, code)| Candidate::of(ready, code))
            .collect();
        open.shop.check_objects(&open.head, &candidates, refusals)?;
        let snapshot = open.shop.snapshot.as_ref();
        let around = (snapshot, &open.head, request.policy);
        let views = views_after(around, &views, &ready, &mut counters)?;
        plan.views = views.plans;
        plan.refusals.extend(views.refusals);
    }
    plan.notes.extend(open.pending.foretold());
    plan.forget_unchanged();
    Ok(plan)
}

impl TablePlan {
    /// Tells whether rows may have to be carried.
    fn movement_may_touch_rows(&self) -> bool {
        matches!(
            self.movement,
            Movement::Change { .. }
                | Movement::Travel { .. }
                | Movement::Reenter { .. }
                | Movement::Follow { .. }
        )
    }
}

impl<'a> Open<'a> {
    fn start(engine: &'a dyn Engine, request: &'a Request<'a>) -> Result<Self> {
        let snapshot: Arc<dyn Snapshot> = Arc::from(engine.snapshot()?);
        let (epoch, head) = match read_standpoint(snapshot.as_ref())? {
            Some((epoch, head)) => (Some(epoch), head),
            None => (None, Head::empty()),
        };
        Ok(Self {
            pending: Pending::of(request, snapshot.as_ref(), &head, epoch)?,
            shop: Workshop::new(engine, snapshot, epoch, (request.meter.clone(), request.budget)),
            head,
            request,
        })
    }

    /// Tells whether the store is newer, and only read then.
    fn looks_back(&self, decision: &Decision) -> bool {
        self.request.policy.on_older == OnOlder::ReadOnly && !decision.older.is_empty()
    }

    pub(super) fn finish(&self, plan: Plan) -> Opening {
        Opening {
            epoch: self.shop.epoch.unwrap_or(0),
            head: self.head.clone(),
            plan,
            spans: self.shop.spans,
            standpoint: Standpoint::Current,
        }
    }

    /// Plans the change, checks it and makes it current.
    fn change(&mut self, declared: &DeclaredTables<'_>, views: &[DeclaredViewOf<'_>]) -> Result<Opening> {
        let Decided { ahead, mut decision } = self.decide(declared, Mode::Run)?;
        if self.looks_back(&decision) {
            return self.look_back(decision, &ahead.stored);
        }
        self.explain_direction(&mut decision, Explain::AsError)?;
        let mut plan = decision.plan;
        refuse(&plan)?;
        let views_stand = views_stand(&self.head, views, self.request.policy);
        let nothing_happens =
            plan.tables.is_empty() && views_stand && self.pending.is_empty() && self.request.file.is_none();
        if nothing_happens && self.shop.epoch.is_some() && self.request.hold == Hold::Respect {
            self.shop.discard_unfinished()?;
            return Ok(self.finish(plan));
        }
        self.note_kept_tables(&mut plan)?;
        self.note_kept_values(&mut plan, &decision.again, &ahead.stored)?;
        self.note_forgotten(&mut plan)?;
        self.freeze(&mut plan, declared, &ahead.stored)?;
        let (mut head, mut ready) = self.carry(&mut plan, &ahead, declared)?;
        self.check(&mut plan, &mut head, &mut ready, views)?;
        let written = match refuse(&plan).and_then(|()| self.before(&plan)) {
            Ok(written) => written,
            Err(error) => {
                let discarded = self.shop.discard_ready(&ready);
                // What could not be discarded is discarded by the next open: the first error says more.
                let _ = discarded.and_then(|()| self.shop.discard_unfinished());
                return Err(error);
            }
        };
        if self.request.hold == Hold::Release {
            head.tables.values_mut().for_each(|table| table.held = false);
        }
        self.shop.build_indexes(&mut ready, &mut head.counters)?;
        let entry = self.entry(&mut head, &plan, (&ready, written))?;
        let switched = switch(
            self.shop.engine,
            self.shop.epoch,
            &head,
            (&ready, &plan.views),
            entry,
        )?;
        self.shop.epoch = Some(switched.epoch);
        self.head = switched.head;
        plan.forget_unchanged();
        Ok(self.finish(plan))
    }

    /// Carries the rows of tables to where they will be, beside what is current, and returns the catalogue that will be.
    /// Rows that can't be carried are refused in the plan.
    fn carry(
        &mut self,
        plan: &mut Plan,
        ahead: &Ahead,
        declared: &DeclaredTables<'_>,
    ) -> Result<(Head, Vec<Ready>)> {
        let mut head = self.head.clone();
        head.counters = ahead.head.counters.clone();
        self.shop.reserve(&mut head.counters);
        let mut outlooks = Vec::new();
        for table in &mut plan.tables {
            let mut shift = ahead.shift(table, &mut head.counters)?;
            if let Some(label) = self.label_of(&shift)? {
                shift.label(label);
            }
            shift.held &= self.request.hold == Hold::Respect;
            outlooks.push(self.shop.outlook(shift, Mode::Run)?);
        }
        self.shop.look_ahead(outlooks.iter_mut(), Mode::Run)?;
        let mut ready = Vec::new();
        for (table, outlook) in plan.tables.iter_mut().zip(outlooks) {
            let code = code_for(declared, &table.name);
            let code = code.with_edits(&outlook.shift.versions, self.request.compile_edits);
            let (prepared, refusals) =
                self.shop
                    .prepare(outlook, table, &mut head.counters, &code, Mode::Run)?;
            ready.push(prepared);
            plan.refusals.extend(told_on_the_way(table, refusals));
        }
        Ok((head, ready))
    }

    /// Runs the migrations of whole tables and checks all that holds between rows and tables once they have run. What
    /// does not hold is refused in the plan.
    fn check(
        &mut self,
        plan: &mut Plan,
        head: &mut Head,
        ready: &mut [Ready],
        views: &[DeclaredViewOf<'_>],
    ) -> Result<()> {
        if plan.refusals.is_empty() {
            let refused = self.shop.run_tables(&self.pending.to_run(), &self.head, ready)?;
            plan.refusals.extend(refused);
        }
        fill_targets(&self.shop.snapshot, &self.head, ready)?;
        let candidates: Vec<_> = ready.iter().map(|ready| Candidate::of(ready, &NoCode)).collect();
        self.shop
            .check_objects(&self.head, &candidates, &mut plan.refusals)?;
        if plan.refusals.is_empty() {
            let around = (self.shop.snapshot.as_ref(), &self.head, self.request.policy);
            let views = views_after(around, views, ready, &mut head.counters)?;
            views.note_names(head);
            plan.views = views.plans;
            plan.refusals.extend(views.refusals);
        }
        Ok(())
    }

    /// Lets the program do what it wants to have done before the change.
    fn before(&self, plan: &Plan) -> Result<Option<AppliedFile>> {
        (self.request.before)(plan, (self.shop.snapshot.as_ref(), &self.head))
    }

    /// Tells what was forgotten of all that the plan would give back.
    pub(super) fn note_forgotten(&self, plan: &mut Plan) -> Result<()> {
        if self.shop.epoch.is_none() || !gives_back(plan) {
            return Ok(());
        }
        let snapshot = self.shop.snapshot.as_ref();
        let ledger = read_ledger(snapshot, &self.head)?;
        foretell(plan, snapshot, &self.head, &ledger)
    }

    /// Says what the ledger will tell; nothing if only hints were seen.
    /// Notes in the head which own migrations are behind it.
    fn entry(
        &self,
        head: &mut Head,
        plan: &Plan,
        (ready, written): (&[Ready], Option<AppliedFile>),
    ) -> Result<Option<Entry>> {
        let is_new = self.shop.epoch.is_none();
        let changes = ready.iter().any(|ready| changes_state(&ready.shift)) || !plan.views.is_empty();
        let file = self.request.file.map(|run| run.file.clone()).or(written);
        if !is_new && !changes && file.is_none() {
            self.remember(head, self.head.revision, None);
            return Ok(None);
        }
        let migrations = own_migrations(ready, self.pending.runs.iter().map(|work| &work.migration.id));
        let (kind, revision) = match self.known_revision(head, plan, ready)? {
            Some((revision, behind)) => {
                head.migrations = behind;
                (LedgerKind::Reapply, revision)
            }
            None if is_new => (LedgerKind::Create, head.counters.revision),
            None if self.request.file.is_some() => (LedgerKind::File, head.counters.revision),
            None if !migrations.is_empty() => (LedgerKind::Custom, head.counters.revision),
            None => (LedgerKind::Auto, head.counters.revision),
        };
        self.remember(head, revision, file.as_ref());
        Ok(Some(Entry {
            migrations,
            kind,
            revision,
            plan_digest: plan.digest(),
            time_ms: self.request.time_ms,
            app_version: self.request.app_version.to_owned(),
            rows_checked: self.shop.spans.rows_checked,
            rows_built: self.shop.spans.rows_built,
            release: None,
            file,
        }))
    }

    /// Notes that migrations of whole tables ran, or were not needed, and the migration file that stands for the change.
    fn remember(&self, head: &mut Head, revision: u64, file: Option<&AppliedFile>) {
        for id in self.pending.ids().chain(file.map(|file| &file.id)) {
            head.migrations.entry(id.clone()).or_insert(revision);
        }
    }

    /// Finds the revision that the result equals, and which own migrations are behind it. Only recorded edges lead to
    /// one.
    fn known_revision(
        &self,
        head: &Head,
        plan: &Plan,
        ready: &[Ready],
    ) -> Result<Option<(u64, BTreeMap<String, u64>)>> {
        let makes_new = |table: &TablePlan| {
            matches!(
                table.movement,
                Movement::Create { .. } | Movement::Change { .. } | Movement::Follow { .. }
            )
        };
        let makes_view = |view: &ViewPlan| view.shift.version.is_some();
        if self.shop.epoch.is_none() || plan.tables.iter().any(makes_new) || plan.views.iter().any(makes_view)
        {
            return Ok(None);
        }
        let ledger = read_ledger(self.shop.snapshot.as_ref(), &self.head)?;
        let revisions = Revisions::of(&ledger);
        let ran = revisions.migrations_run(self.head.revision).into_iter();
        let ran = ran
            .map(|(_, migration)| migration.id)
            .chain(self.pending.run_ids());
        let behind = MigrationsBehind {
            all: self
                .head
                .migrations
                .keys()
                .chain(self.pending.ids())
                .cloned()
                .collect(),
            ran: ran.collect(),
        };
        let found = revisions.matching(
            &state_after(head, ready),
            &views_state_after(head, &plan.views),
            &behind,
        );
        // A file that leads where the store was otherwise is a revision of its own.
        let is_same = |revision: &u64| match self.request.file {
            Some(run) => revisions.file(*revision) == Some(&run.file.id),
            None => true,
        };
        let found = found.filter(is_same);
        Ok(found.map(|revision| (revision, revisions.migrations_at(revision, &head.migrations))))
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
