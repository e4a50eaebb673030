//! Opening: from what is stored and what is declared to a store whose tables are as declared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quanta_storage::{Direction, Engine, Snapshot};

use crate::catalog::{Revisions, for_each, keys, read_ledger, read_standpoint, read_table, read_work};
use crate::diff::{Refusal, RefusalKind};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Declaration, Declared};
use crate::plan::{
    Counters, Decision, DeclaredTable, Head, LedgerKind, Movement, OnOlder, Plan, Policy, Presence,
    StoredTable, TableHead, TablePlan, WorkTask, decide,
};
use crate::program::{NoCode, OwnCodeTable};
use crate::txn::Route;

use super::build::{BuildPlace, build, discard_space};
use super::check::{Checked, Purpose, check_rows};
use super::code::{CodeTable, DryRun, freeze_once};
use super::shift::Shift;
use super::switch::{Built, Entry, Ready, changes_state, state_after, switch};

/// What an open is asked for.
pub struct Request<'a> {
    /// The program's entities.
    pub declarations: &'a [&'static Declaration],
    /// How to decide.
    pub policy: &'a Policy,
    /// What the program says of itself.
    pub app_version: &'a str,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// Whether a hold is taken off.
    pub hold: Hold,
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
    #[must_use]
    pub fn ours(&self) -> Duration {
        self.total.saturating_sub(self.checks).saturating_sub(self.builds)
    }
}

/// An open on its way.
struct Open<'a> {
    engine: &'a dyn Engine,
    snapshot: Arc<dyn Snapshot>,
    epoch: Option<u64>,
    head: Head,
    request: &'a Request<'a>,
    spans: Spans,
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
            let problem = "the store would have to change, and it was opened for reading only: open it for writing                            once, or read it without entities";
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
    for table in plan
        .tables
        .iter_mut()
        .filter(|table| table.movement_may_touch_rows())
    {
        let shift = Shift::of(table, &stored, &mut counters)?;
        if plan.refusals.iter().any(|refusal| refusal.table == table.name) {
            continue;
        }
        let routes = shift.routes()?;
        let code = DryRun(code_for(&declared, &table.name));
        let checked = check_rows(&open.snapshot, &shift, &routes, &code, Purpose::Account)?;
        account(table, &checked);
        refusals.extend(checked.failures.refusals(&table.name));
    }
    plan.refusals.extend(refusals);
    Ok(plan)
}

/// Checks the declarations: each sound, and one for each table.
fn sound(declarations: &[&'static Declaration]) -> Result<BTreeMap<&'static str, &'static Declared>> {
    let mut tables: BTreeMap<&str, (&str, &Declared)> = BTreeMap::new();
    for declaration in declarations {
        let declared = declaration.declared.as_ref().map_err(|problem| {
            Error::new(
                ErrorKind::Declaration,
                format!("entity {}: {problem}", declaration.rust_name),
            )
        })?;
        let earlier = tables.insert(&declaration.table, (declaration.rust_name, declared));
        if let Some((other, _)) = earlier.filter(|(name, _)| *name != declaration.rust_name) {
            let problem = format!(
                "{other} and {} both declare the table {}: give one another name with #[quanta(table = \"..\")], \
                 or open with Options::entities",
                declaration.rust_name, declaration.table
            );
            return Err(Error::new(ErrorKind::Declaration, problem));
        }
    }
    Ok(tables
        .into_iter()
        .map(|(table, (_, declared))| (table, declared))
        .collect())
}

type DeclaredTables = BTreeMap<&'static str, &'static Declared>;

/// Tells whether every entity stands in the head as declared: then nothing else is read.
fn is_unchanged(head: &Head, all: &DeclaredTables, request: &Request<'_>) -> bool {
    let live: BTreeMap<&str, _> = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live)
        .map(|table| (table.state.name.as_str(), table))
        .collect();
    let all_equal = all
        .keys()
        .all(|name| live.get(name).is_some_and(|table| stands_as_declared(table, all)));
    let drops = request
        .policy
        .drop_tables
        .iter()
        .any(|name| live.contains_key(name.as_str()) && !all.contains_key(name.as_str()));
    let releases = request.hold == Hold::Release && head.tables.values().any(|table| table.held);
    all_equal && !drops && !releases
}

/// Tells whether nothing happens to a table, so that its versions need not be read.
fn stands_as_declared(table: &TableHead, declared: &DeclaredTables) -> bool {
    let name = &table.state.name;
    // Another entity may say that it is this table, and give the name to a new one.
    let is_claimed = declared
        .values()
        .any(|declared| declared.hints.renamed_from.contains(name));
    table.state.presence == Presence::Live
        && !is_claimed
        && declared.get(name.as_str()).is_some_and(|declared| {
            table.fingerprint == declared.fingerprint && table.hints_digest == declared.hints_digest
        })
}

fn unregistered(head: &Head, declared: &DeclaredTables) -> Vec<String> {
    let live = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live);
    let names: BTreeSet<&str> = live.map(|table| table.state.name.as_str()).collect();
    names
        .into_iter()
        .filter(|name| !declared.contains_key(name))
        .map(str::to_owned)
        .collect()
}

fn code_for(declared: &DeclaredTables, table: &str) -> CodeTable {
    declared
        .get(table)
        .map(|declared| CodeTable::of(declared))
        .unwrap_or_default()
}

/// Fills in what a look at the rows found.
fn account(table: &mut TablePlan, checked: &Checked) {
    table.rows_checked = Some(checked.rows);
    if let [loss] = table.losses.as_mut_slice() {
        loss.rows = Some(checked.rows_kept);
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

/// Where a store that is newer than the program is told of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Explain {
    AsError,
    InPlan,
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

    fn decide(&self, declared: &DeclaredTables) -> Result<(BTreeMap<u32, StoredTable>, Decision)> {
        let mut stored = BTreeMap::new();
        for (id, table) in &self.head.tables {
            let table = if stands_as_declared(table, declared) {
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

    /// Refuses to go where the program may not go: down without being told to, or up from where it is held.
    fn explain_direction(&self, decision: &mut Decision, explain: Explain) -> Result<()> {
        let may_go_down = self.request.policy.on_older == OnOlder::RollBack;
        if !decision.older.is_empty() && !may_go_down {
            let account = decision.older.join("\n");
            let fixes = vec![
                "run the newer program".to_owned(),
                "Options::on_older(OnOlder::RollBack) takes the store back; what the old shape can't hold is kept"
                    .to_owned(),
                "Options::forward() if a field was removed on purpose: that makes a new version".to_owned(),
            ];
            self.tell(
                decision,
                explain,
                ErrorKind::Older,
                ("the store is newer than this program", &account, fixes),
            )?;
        }
        if !decision.held.is_empty() && self.request.hold == Hold::Respect {
            let tables = decision.held.join(", ");
            let account = format!("a rollback by hand holds {tables} where it stands");
            let fixes = vec!["Options::release_hold() takes it up again".to_owned()];
            self.tell(
                decision,
                explain,
                ErrorKind::Held,
                ("the store is held", &account, fixes),
            )?;
        }
        Ok(())
    }

    fn tell(
        &self,
        decision: &mut Decision,
        explain: Explain,
        kind: ErrorKind,
        (title, account, fixes): (&str, &str, Vec<String>),
    ) -> Result<()> {
        let refusal = Refusal {
            kind: RefusalKind::Key,
            table: title.to_owned(),
            path: String::new(),
            problem: account.to_owned(),
            fixes,
        };
        match explain {
            Explain::AsError => {
                let error = Error::new(kind, refusal.to_string());
                Err(error.with_detail(Arc::new(decision.plan.clone())))
            }
            Explain::InPlan => {
                decision.plan.refusals.push(refusal);
                Ok(())
            }
        }
    }

    /// Plans the change, checks it and makes it current.
    fn change(&mut self, declared: &DeclaredTables) -> Result<Opening> {
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
        Ok(self.finish(plan))
    }

    /// Counts the rows of tables that went under the name of one that comes.
    fn note_kept_tables(&self, plan: &mut Plan) -> Result<()> {
        let created = plan
            .tables
            .iter()
            .filter(|table| matches!(table.movement, Movement::Create { .. }));
        for table in created {
            let gone = self
                .head
                .tables
                .values()
                .filter(|gone| gone.state.name == table.name && gone.state.presence != Presence::Live);
            for gone in gone {
                let mut rows = 0_u64;
                for_each(
                    self.snapshot.as_ref(),
                    &keys::rows(gone.state.space),
                    &mut |_, _| {
                        rows += 1;
                        Ok(())
                    },
                )?;
                let note = format!(
                    "{} is a new table; {rows} rows of the one that went under this name are kept: a rollback to a \
                     revision that had it brings them back",
                    table.name
                );
                plan.notes.push(note);
            }
        }
        Ok(())
    }

    /// Calls the functions that give frozen values.
    fn freeze(
        &self,
        plan: &mut Plan,
        declared: &DeclaredTables,
        stored: &BTreeMap<u32, StoredTable>,
    ) -> Result<()> {
        let mut refusals = Vec::new();
        for table in &mut plan.tables {
            let code = code_for(declared, &table.name);
            let old = table
                .table
                .and_then(|id| stored.get(&id))
                .map(|table| &table.versions);
            let Movement::Change { diff } = &mut table.movement else {
                continue;
            };
            let Some(old) = old.and_then(|versions| versions.values().next()) else {
                continue;
            };
            match freeze_once(diff, &code, &old.schema) {
                Ok(()) => table.steps = with_struct_steps(&table.steps, &diff.steps),
                Err((path, problem)) => refusals.push(own_code_refusal(&table.name, path, problem)),
            }
        }
        plan.refusals.extend(refusals);
        refuse(plan)
    }

    /// Looks at the rows of one table and does its eager work.
    fn prepare(
        &mut self,
        shift: Shift,
        plan: &mut TablePlan,
        counters: &mut Counters,
        code: &CodeTable,
    ) -> Result<(Ready, Vec<Refusal>)> {
        let is_empty = match &shift.before {
            Some(before) => self
                .snapshot
                .scan(&keys::rows(before.space), Direction::Forward)?
                .next()?
                .is_none(),
            None => true,
        };
        if is_empty || shift.hops.is_empty() {
            return Ok((
                Ready {
                    shift,
                    built: None,
                    is_empty,
                },
                Vec::new(),
            ));
        }
        let new_edges = shift.new_edges()?;
        let routes = shift.routes()?;
        let needs_code = routes.values().any(route_needs_code);
        if needs_code {
            return self.prepare_build(shift, plan, counters, (&routes, code));
        }
        let can_fail = new_edges.hops.iter().any(|hop| hop.crossing.can_fail(hop.way));
        if !can_fail {
            return Ok((
                Ready {
                    shift,
                    built: None,
                    is_empty,
                },
                Vec::new(),
            ));
        }
        let span =
            tracing::info_span!("check_rows", table = %plan.name, rows = tracing::field::Empty).entered();
        let started = Instant::now();
        let checked = check_rows(&self.snapshot, &shift, &routes, &NoCode, Purpose::Account)?;
        self.spans.checks += started.elapsed();
        self.spans.rows_checked += checked.rows;
        span.record("rows", checked.rows);
        account(plan, &checked);
        let refusals = checked.failures.refusals(&plan.name);
        Ok((
            Ready {
                shift,
                built: None,
                is_empty,
            },
            refusals,
        ))
    }

    fn prepare_build(
        &mut self,
        shift: Shift,
        plan: &mut TablePlan,
        counters: &mut Counters,
        (routes, code): (&BTreeMap<u32, Route>, &dyn OwnCodeTable),
    ) -> Result<(Ready, Vec<Refusal>)> {
        let built = Built {
            space: counters.space,
            work: counters.work,
        };
        counters.space += 1;
        counters.work += 1;
        let mut place = BuildPlace {
            engine: self.engine,
            snapshot: &mut self.snapshot,
            epoch: self.epoch.unwrap_or(0),
            space: built.space,
            work: built.work,
        };
        let span = tracing::info_span!("build", table = %plan.name, rows = tracing::field::Empty).entered();
        let started = Instant::now();
        let checked = build(&mut place, &shift, routes, code)?;
        self.spans.builds += started.elapsed();
        self.spans.rows_built += checked.rows;
        span.record("rows", checked.rows);
        account(plan, &checked);
        let refusals = checked.failures.refusals(&plan.name);
        let built = Some(built).filter(|_| refusals.is_empty());
        Ok((
            Ready {
                shift,
                built,
                is_empty: false,
            },
            refusals,
        ))
    }

    /// Empties the spaces that were filled for a change that is refused after all.
    fn discard_ready(&self, ready: &[Ready]) -> Result<()> {
        let built = ready.iter().filter_map(|ready| ready.built);
        built
            .into_iter()
            .try_for_each(|built| discard_space(self.engine, self.epoch, built.space, built.work))
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

fn route_needs_code(route: &Route) -> bool {
    route.hops.iter().any(|hop| hop.crossing.needs_own_code(hop.way))
}

/// Returns the steps of a table with those of its shape replaced.
fn with_struct_steps(all: &[crate::diff::Step], shape: &[crate::diff::Step]) -> Vec<crate::diff::Step> {
    let renames = all
        .iter()
        .filter(|step| matches!(step.change, crate::diff::Change::RenameTable { .. }));
    renames.chain(shape).cloned().collect()
}

fn own_code_refusal(table: &str, path: String, problem: String) -> Refusal {
    Refusal {
        kind: RefusalKind::OwnCode,
        table: table.to_owned(),
        path,
        problem,
        fixes: vec!["mend the function and open again: nothing was changed".to_owned()],
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
