//! Going to a revision that the store was at: rollback, and on again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use quanta_storage::{Engine, Snapshot};

use crate::catalog::{Revisions, Tables, find_release, read_ledger, read_standpoint, read_table};
use crate::codec::Class;
use crate::custom::MigrationDeclaration;
use crate::diff::{Change, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{
    Head, LedgerKind, Loss, Movement, Plan, Presence, StoredTable, TablePlan, TableState, index_renames,
    path, restorations, steps_along,
};
use crate::program::NoCode;
use crate::progress::Meter;

use super::code::{CodeTable, CompileEdits};
use super::crossed::Crossed;
use super::foretell::foretell;
use super::look::Outlook;
use super::objects::Candidate;
use super::open::refuse;
use super::request::{Before, Opening, Spans, Standpoint};
use super::shift::Shift;
use super::side_by_side::Budget;
use super::switch::{Entry, Ready, own_migrations, switch};
use super::tables::TableRun;
use super::unfinished::NextOpen;
use super::views::views_at;
use super::workshop::{Mode, Workshop};

/// Where to go.
///
/// ```
/// # use quantadb::{Destination, Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Before { #[quanta(id)] name: String }
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "cities", register = false)]
/// # struct City { #[quanta(id)] name: String, people: Option<u64> }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// # drop(options().entities::<(Before,)>().open("cities")?);
/// let db = options().entities::<(City,)>().open("cities")?; // The field `people` came.
/// let back = db.plan_travel(&Destination::Back(1))?;
/// assert_eq!(back, db.plan_travel(&Destination::Revision(1))?);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// So many revisions back, from parent to parent.
    Back(u64),
    /// That revision.
    Revision(u64),
    /// The revision that has this name: see [`Database::release`](crate::Database::release).
    Release(String),
}

/// What a program has that rows and tables may need on a journey.
#[derive(Clone, Copy)]
pub struct Baggage<'a> {
    /// The program's functions, by table.
    pub code: &'a BTreeMap<String, CodeTable>,
    /// The program's own migrations.
    pub migrations: &'a [&'a MigrationDeclaration],
    /// Reads what files did to rows.
    pub compile_edits: CompileEdits,
    /// How much of the machine may be taken to look at rows.
    pub budget: Budget,
}

/// Who makes a journey: what is needed on it, and what the ledger says of it besides where it went.
#[derive(Clone, Copy)]
pub struct Traveller<'a> {
    /// What rows and tables may need.
    pub baggage: Baggage<'a>,
    /// What the program says of itself.
    pub app_version: &'a str,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// What tells the program how far long work has got.
    pub meter: &'a Meter,
    /// What is done before the change.
    pub before: &'a Before<'a>,
}

/// A journey, planned and checked.
struct Journey<'a> {
    shop: Workshop<'a>,
    epoch: u64,
    head: Head,
    revision: u64,
    kind: LedgerKind,
    plan: Plan,
    ready: Vec<Ready>,
    /// Migrations of whole tables that are taken back, or run again.
    runs: Vec<TableRun>,
}

/// Takes all tables to the shape they had at a revision.
///
/// # Errors
///
/// If there is no such revision, rows don't fit its shape, or the engine fails. The store is as it was then.
pub fn travel(engine: &dyn Engine, to: &Destination, traveller: Traveller<'_>) -> Result<Opening> {
    let _span = tracing::info_span!("travel").entered();
    let started = Instant::now();
    let mut journey = prepare(engine, to, traveller.baggage, Some(traveller.meter))?;
    journey.shop.discard_unfinished()?;
    let before = |journey: &Journey<'_>| {
        let state = (journey.shop.snapshot.as_ref(), &journey.head);
        (traveller.before)(&journey.plan, state).map(|_| ())
    };
    if let Err(error) = refuse(&journey.plan).and_then(|()| before(&journey)) {
        // What could not be discarded is discarded by the next open: the first error says more.
        let _ = journey.shop.discard_ready(&journey.ready);
        return Err(error);
    }
    let nothing_moves = journey.ready.is_empty() && journey.plan.views.is_empty();
    if nothing_moves && journey.revision == journey.head.revision {
        return Ok(Opening {
            epoch: journey.epoch,
            head: journey.head,
            plan: journey.plan,
            spans: journey.shop.spans,
            standpoint: Standpoint::Current,
        });
    }
    journey
        .shop
        .build_indexes(&mut journey.ready, &mut journey.head.counters)?;
    let entry = Entry {
        kind: journey.kind,
        revision: journey.revision,
        plan_digest: journey.plan.digest(),
        time_ms: traveller.time_ms,
        app_version: traveller.app_version.to_owned(),
        rows_checked: journey.shop.spans.rows_checked,
        rows_built: journey.shop.spans.rows_built,
        migrations: own_migrations(&journey.ready, journey.runs.iter().map(|run| &run.id)),
        release: None,
        file: None,
    };
    let switched = switch(
        engine,
        Some(journey.epoch),
        &journey.head,
        (&journey.ready, &journey.plan.views),
        Some(entry),
    )?;
    let spans = Spans {
        total: started.elapsed(),
        ..journey.shop.spans
    };
    Ok(Opening {
        epoch: switched.epoch,
        head: switched.head,
        plan: journey.plan,
        spans,
        standpoint: Standpoint::Current,
    })
}

/// Says what [`travel`] would do, and changes nothing.
///
/// # Errors
///
/// As [`travel`], but for refusals: they are in the plan.
pub fn plan_travel(engine: &dyn Engine, to: &Destination, baggage: Baggage<'_>) -> Result<Plan> {
    prepare(engine, to, baggage, None).map(|journey| journey.plan)
}

/// Plans a journey and checks it. With a meter it is made: what has to be built is built.
fn prepare<'a>(
    engine: &'a dyn Engine,
    to: &Destination,
    baggage: Baggage<'_>,
    meter: Option<&Meter>,
) -> Result<Journey<'a>> {
    let mode = if meter.is_some() { Mode::Run } else { Mode::DryRun };
    let snapshot: Arc<dyn Snapshot> = Arc::from(engine.snapshot()?);
    let (epoch, head) = read_standpoint(snapshot.as_ref())?.ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            "the store is empty: it has no revision to go to",
        )
    })?;
    let ledger = read_ledger(snapshot.as_ref(), &head)?;
    let revisions = Revisions::of(&ledger);
    let revision = match to {
        Destination::Back(count) => back(&revisions, &head, *count)?,
        Destination::Revision(revision) => *revision,
        Destination::Release(name) => find_release(&ledger, name)?.revision,
    };
    let state = revisions.state(revision).ok_or_else(|| no_revision(revision))?;
    let goes_back = revisions.ancestors(head.revision).contains(&revision);
    let kind = if goes_back {
        LedgerKind::Rollback
    } else {
        LedgerKind::Reapply
    };
    let mut shop = Workshop::new(
        engine,
        Arc::clone(&snapshot),
        Some(epoch),
        (meter.cloned().unwrap_or_default(), baggage.budget),
    );
    if mode == Mode::Run {
        shop.pay_debts()?;
        shop.find_unfinished()?;
        // Others may have written since a journey of this process was cancelled: nothing goes on where that was.
        shop.discard_unfinished()?;
        shop.next_open = NextOpen::BeginsAnew;
    }
    let mut journey = Journey {
        shop,
        epoch,
        revision,
        kind,
        plan: Plan::default(),
        ready: Vec::new(),
        runs: Vec::new(),
        head,
    };
    journey.shop.reserve(&mut journey.head.counters);
    let crossed = Crossed::of(&revisions, journey.head.revision, revision);
    let (runs, refusals) = crossed.runs(&journey.head, state, baggage.migrations);
    journey.runs = runs;
    // What is refused needs no eager work.
    let mode = if refusals.is_empty() { mode } else { Mode::DryRun };
    journey.plan.refusals.extend(refusals);
    let mut legs = Vec::new();
    for (id, after) in changes(&journey.head, state, &crossed) {
        let table = read_table(snapshot.as_ref(), id, &journey.head.tables[&id])?;
        let code = baggage.code.get(&table.head.state.name);
        let code = code.cloned().unwrap_or_default();
        let code = code.with_edits(&table.versions, baggage.compile_edits);
        let (plan, shift) = journey.leg(&table, after, (&revisions, &crossed))?;
        legs.push((plan, journey.shop.outlook(shift, mode)?, code));
    }
    let outlooks = legs.iter_mut().map(|(_, outlook, _)| outlook);
    journey.shop.look_ahead(outlooks, mode)?;
    for (plan, outlook, code) in legs {
        journey.add(plan, outlook, (&code, mode))?;
    }
    if mode == Mode::Run && journey.plan.refusals.is_empty() {
        let refused = journey
            .shop
            .run_tables(&journey.runs, &journey.head, &journey.ready)?;
        journey.plan.refusals.extend(refused);
    }
    journey.head.migrations = revisions.migrations_at(revision, &journey.head.migrations);
    let views = revisions.views(revision).cloned().unwrap_or_default();
    let views = views_at(snapshot.as_ref(), &journey.head, &journey.ready, &views)?;
    views.note_names(&mut journey.head);
    journey.plan.views = views.plans;
    let candidates: Vec<Candidate<'_>> = journey
        .ready
        .iter()
        .map(|ready| Candidate::of(ready, &NoCode))
        .collect();
    let refusals = &mut journey.plan.refusals;
    journey.shop.check_objects(&journey.head, &candidates, refusals)?;
    if !goes_back {
        // Going on to a revision by hand is what a hold waits for.
        journey
            .head
            .tables
            .values_mut()
            .for_each(|table| table.held = false);
    }
    journey.plan.tables.sort_by(|one, two| one.name.cmp(&two.name));
    foretell(&mut journey.plan, snapshot.as_ref(), &journey.head, &ledger)?;
    Ok(journey)
}

/// Finds the revision so many parents up.
fn back(revisions: &Revisions, head: &Head, count: u64) -> Result<u64> {
    let Some(steps) = count.checked_sub(1) else {
        return Ok(head.revision);
    };
    let ancestors = revisions.ancestors(head.revision);
    let index = usize::try_from(steps).unwrap_or(usize::MAX);
    ancestors.get(index).copied().ok_or_else(|| {
        let problem = format!(
            "revision {} has {} ancestors: there is no going back by {count}",
            head.revision,
            ancestors.len()
        );
        Error::new(ErrorKind::NotFound, problem)
    })
}

fn no_revision(revision: u64) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("the store has no revision {revision}: see `quanta history`"),
    )
}

/// Lists the tables that stand elsewhere at a revision, with the state they have there.
fn changes(head: &Head, state: &Tables, crossed: &Crossed) -> BTreeMap<u32, TableState> {
    let wanted = head.tables.iter().map(|(id, table)| {
        let before = &table.state;
        let after = match state.get(id) {
            // Where rows lie now is where they stay.
            Some(after) => TableState {
                space: before.space,
                ..after.clone()
            },
            None => TableState {
                presence: Presence::Absent,
                ..before.clone()
            },
        };
        (*id, before, after)
    });
    wanted
        .filter(|(_, before, after)| *before != after || crossed.writes(after))
        .map(|(id, _, after)| (id, after))
        .collect()
}

impl Journey<'_> {
    /// Plans the way of one table.
    fn leg(
        &self,
        table: &StoredTable,
        after: TableState,
        (revisions, crossed): (&Revisions, &Crossed),
    ) -> Result<(TablePlan, Shift)> {
        let mut plan = table_plan(table, &after)?;
        plan.steps.extend(crossed.steps(&after));
        plan.consumed_names = revisions.names_at(self.revision, table.id, &table.head.consumed_names);
        let before = table.head.state.clone();
        let shift = Shift {
            table: table.id,
            hops: path(&table.versions, before.version, after.version)
                .map_err(|problem| Error::corrupt(format!("table {}", before.name), problem))?,
            before: Some(before.clone()),
            after,
            versions: table.versions.clone(),
            new_versions: Vec::new(),
            stamps: table.head.stamps.clone(),
            kept: table.head.kept.clone(),
            victims: table.head.victims.clone(),
            index_spaces: table.head.index_spaces.clone(),
            steps: plan.steps.clone(),
            hints_digest: [0; 16],
            consumed_names: plan.consumed_names.clone(),
            held: self.kind == LedgerKind::Rollback,
        };
        Ok((plan, shift))
    }

    /// Looks at the rows of one table and does its eager work.
    fn add(&mut self, mut plan: TablePlan, outlook: Outlook, (code, mode): (&CodeTable, Mode)) -> Result<()> {
        let counters = &mut self.head.counters;
        let (ready, refusals) = self.shop.prepare(outlook, &mut plan, counters, code, mode)?;
        self.plan.refusals.extend(refusals);
        self.plan.tables.push(plan);
        self.ready.push(ready);
        Ok(())
    }
}

fn table_plan(table: &StoredTable, after: &TableState) -> Result<TablePlan> {
    let before = &table.head.state;
    let damaged = |problem: String| Error::corrupt(format!("table {}", before.name), problem);
    let hops = path(&table.versions, before.version, after.version).map_err(damaged)?;
    let mut steps = Vec::new();
    let mut step = |change| steps.push(Step::new(&after.name, change));
    match (before.presence, after.presence) {
        (Presence::Live, Presence::Absent | Presence::Dropped) => step(Change::DropTable),
        (Presence::Absent | Presence::Dropped, Presence::Live) => step(Change::CreateTable),
        _ => {}
    }
    if before.name != after.name {
        step(Change::RenameTable {
            from: before.name.clone(),
        });
    }
    steps.extend(index_renames(
        &after.name,
        before,
        &after.index_ids,
        &after.index_names,
    ));
    steps.extend(steps_along(table, &hops).map_err(damaged)?);
    let lossy = steps.iter().filter(|step| step.class == Class::Lossy);
    let schema = |state: &TableState| {
        let version = table
            .versions
            .get(&state.version)
            .filter(|_| state.presence == Presence::Live);
        version.map(|version| state.labelled(&version.schema))
    };
    Ok(TablePlan {
        table: Some(table.id),
        name: after.name.clone(),
        renamed_from: Some(before.name.clone()).filter(|name| *name != after.name),
        losses: lossy
            .map(|step| Loss {
                step: step.to_string(),
                rows: None,
                first: Vec::new(),
            })
            .collect(),
        restored: restorations(&steps),
        movement: Movement::Travel {
            to: after.version,
            hops,
        },
        before: schema(before),
        after: schema(after),
        steps,
        rows_checked: None,
        rows_dropped: 0,
        first_dropped: Vec::new(),
        sample: None,
        rows_returned: 0,
        rows_left_out: 0,
        frozen: BTreeMap::new(),
        write_defaults: after.write_defaults.clone().into_iter().collect(),
        hints_digest: [0; 16],
        consumed_names: table.head.consumed_names.clone(),
    })
}
