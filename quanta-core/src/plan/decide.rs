//! Deciding what an open does: pure, from what is stored and what is declared.

use std::collections::BTreeMap;

use crate::diff::{
    Consumed, NewSide, Numbered, OldSide, RefusalKind, RowMigration, Side, TableDiff, Target, pair_indexes,
    pair_references, pair_tables,
};
use crate::schema::{Fingerprint, Schema, TableHints};

use super::matching::match_tables;
use super::plan::{Movement, Plan, TablePlan};
use super::policy::{ConsumedHints, Direction, Policy};
use super::references::After;
use super::restores::{ComeAgain, Late, furthest, late, taken_back};
use super::stored::{Counters, Head, Presence, StoredTable};
use super::table_plan::{create, drop_table, steps_along, table_plan};
use super::tree::{Standing, consumed, find, migrations_run, path};

/// A table as the program declares it.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredTable<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its schema.
    pub schema: &'a Schema,
    /// The schema's fingerprint.
    pub fingerprint: Fingerprint,
    /// The hints beside it.
    pub hints: &'a TableHints,
    /// Digest of the hints.
    pub hints_digest: [u8; 16],
    /// The own migrations of its rows, in the order in which they run.
    pub migrations: &'a [RowMigration],
}

/// What was decided.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// The plan.
    pub plan: Plan,
    /// Tables whose stored version is newer than this program, each with an account of the difference.
    pub older: Vec<String>,
    /// Held tables that the plan would take up again.
    pub held: Vec<String>,
    /// Fields that came under the name of one that went: what is kept of that one is to be counted.
    pub again: Vec<ComeAgain>,
}

/// Decides what an open does.
///
/// # Errors
///
/// If a version tree is damaged.
pub fn decide(
    head: &Head,
    stored: &BTreeMap<u32, StoredTable>,
    declared: &[DeclaredTable<'_>],
    policy: &Policy,
) -> Result<Decision, String> {
    let mut decision = Decision::default();
    let mut counters = head.counters.clone();
    let matches = match_tables(stored, declared, policy, &mut decision.plan);
    let after = After::of(stored, declared, &matches, policy);
    for (position, (declaration, table)) in declared.iter().zip(&matches.tables).enumerate() {
        let planned = match table {
            Some(table) => decide_stored(
                &stored[table],
                declaration,
                (policy, &after),
                &mut counters,
                &mut decision,
            )?,
            None => Some(create(declaration, &mut counters)),
        };
        decision.plan.tables.extend(planned.map(|mut planned| {
            let put_off = &matches.put_off[position];
            planned.consumed_names.retain(|name| !put_off.contains(name));
            planned
        }));
    }
    for table in stored
        .values()
        .filter(|table| table.head.state.presence == Presence::Live)
    {
        let name = &table.head.state.name;
        if policy.drop_tables.contains(name) && !matches.tables.contains(&Some(table.id)) {
            decision.plan.tables.push(drop_table(table));
        } else if !matches.tables.contains(&Some(table.id)) {
            decision.plan.unregistered.push(name.clone());
        }
    }
    decision.plan.refusals.extend(after.refusals(declared, policy));
    decision.plan.tables.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(decision)
}

fn decide_stored(
    table: &StoredTable,
    declaration: &DeclaredTable<'_>,
    (policy, after): (&Policy, &After<'_>),
    counters: &mut Counters,
    decision: &mut Decision,
) -> Result<Option<TablePlan>, String> {
    let state = &table.head.state;
    let older_before = decision.older.len();
    let standing = match (
        policy.direction,
        table.head.fingerprint == declaration.fingerprint,
    ) {
        (_, true) => Standing::Current,
        (Direction::Forward, false) if state.presence == Presence::Live => Standing::Unknown,
        (direction, false) => match find(&table.versions, state.version, declaration.fingerprint)? {
            Standing::Elsewhere(_) if direction == Direction::Onward && state.presence == Presence::Live => {
                Standing::Unknown
            }
            standing => standing,
        },
    };
    let is_settled = standing == Standing::Current && pending(table, declaration)?.is_empty();
    let late = match standing {
        Standing::Current if is_settled => late(table, state.version, declaration, None)?,
        _ => Late::default(),
    };
    let again = taken_back(&table.versions, state.version, &late.restores)
        .filter(|_| policy.direction == Direction::Anywhere && !late.restores.is_empty());
    let movement = match standing {
        _ if state.presence == Presence::Absent => reenter(table, &standing)?,
        Standing::Current if is_settled && late.restores.is_empty() => {
            decision.plan.notes.extend(late.notes);
            Movement::Relabel
        }
        Standing::Ahead(to) => along(table, furthest(&table.versions, to))?,
        Standing::Elsewhere(to) => {
            decision.older.push(account(table, to));
            along(table, to)?
        }
        Standing::Current | Standing::Unknown if again.is_some() => {
            along(table, again.unwrap_or(state.version))?
        }
        Standing::Current | Standing::Unknown => {
            let targets = after.targets(declaration.schema);
            change(table, declaration, (policy, &targets), (counters, decision))?
        }
    };
    decision.plan.notes.extend(left_for_later(table, declaration)?);
    let put_off = late_on_the_way(table, declaration, &movement, &mut decision.plan.notes)?;
    let mut planned = table_plan(table, declaration, movement)?;
    if let (Some(planned), HintsSeen::PutOff) = (&mut planned, put_off) {
        planned.hints_digest = HINTS_UNSEEN;
    }
    let is_older = decision.older.len() > older_before;
    if table.head.held && !is_older && planned.as_ref().is_some_and(goes_up_again) {
        decision.held.push(state.name.clone());
    }
    Ok(planned)
}

/// The digest of no hints: the next open looks at them.
const HINTS_UNSEEN: [u8; 16] = [0; 16];

/// Whether an open has done what the hints say.
enum HintsSeen {
    All,
    PutOff,
}

/// Looks for kept values that hints give back at the end of recorded edges. Those edges are taken as they are, so that
/// this is left for the next open.
fn late_on_the_way(
    table: &StoredTable,
    declaration: &DeclaredTable<'_>,
    movement: &Movement,
    notes: &mut Vec<String>,
) -> Result<HintsSeen, String> {
    let (Movement::Travel { to, .. } | Movement::Reenter { to, .. }) = movement else {
        return Ok(HintsSeen::All);
    };
    let late = late(table, *to, declaration, None)?;
    if late.restores.is_empty() {
        notes.extend(late.notes);
        return Ok(HintsSeen::All);
    }
    notes.extend(late.restores.iter().map(|restore| {
        format!(
            "{}.{}: `renamed_from = \"{}\"` is left for the next open, which gives the kept values back: this one goes to \
             a version that the store had",
            declaration.name, restore.path, restore.from
        )
    }));
    Ok(HintsSeen::PutOff)
}

/// Tells whether a plan takes up again what a rollback by hand took back. A new version of its own does not.
fn goes_up_again(plan: &TablePlan) -> bool {
    match plan.movement {
        Movement::Travel { .. } | Movement::Reenter { .. } => true,
        Movement::Relabel => !plan.steps.is_empty(),
        Movement::Create { .. } | Movement::Change { .. } | Movement::Follow { .. } | Movement::Drop => false,
    }
}

/// Lists the own migrations that run with a change: those that never ran on the way here, and take rows of the shape
/// that the table has now, or of any. One that makes new rows from old ones alone comes first.
fn pending<'d>(
    table: &StoredTable,
    declaration: &DeclaredTable<'d>,
) -> Result<Vec<&'d RowMigration>, String> {
    if declaration.migrations.is_empty() {
        return Ok(Vec::new());
    }
    let current = table.head.state.version;
    let ran = migrations_run(&table.versions, current)?;
    let schema = table.versions.get(&current).map(|version| &version.schema);
    let fits = |migration: &&RowMigration| {
        let takes = migration.takes.as_ref();
        let takes_current =
            takes.is_none_or(|takes| schema.is_some_and(|schema| takes.is_same_as(&schema.shape)));
        let gives = migration.gives.as_ref();
        takes_current && gives.is_none_or(|gives| gives.is_same_as(&declaration.schema.shape))
    };
    let mut pending: Vec<&RowMigration> = declaration
        .migrations
        .iter()
        .filter(|migration| !migration.is_left && (migration.replaces || !ran.contains(&migration.id)))
        .filter(fits)
        .collect();
    pending.sort_by_key(|migration| !migration.replaces);
    Ok(pending)
}

/// Goes along recorded edges.
fn along(table: &StoredTable, to: u32) -> Result<Movement, String> {
    let hops = path(&table.versions, table.head.state.version, to)?;
    Ok(Movement::Travel { to, hops })
}

/// Tells of own migrations of rows that would run, and are left for a later open.
fn left_for_later(table: &StoredTable, declaration: &DeclaredTable<'_>) -> Result<Vec<String>, String> {
    let left: Vec<&RowMigration> = declaration
        .migrations
        .iter()
        .filter(|migration| migration.is_left)
        .collect();
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let ran = migrations_run(&table.versions, table.head.state.version)?;
    Ok(left
        .into_iter()
        .filter(|migration| !ran.contains(&migration.id))
        .map(|migration| {
            let (id, tags) = (&migration.id, migration.tags.join(", "));
            format!(
                "{}: the migration {id} ({tags}) is left for a later open",
                declaration.name
            )
        })
        .collect())
}

fn reenter(table: &StoredTable, standing: &Standing) -> Result<Movement, String> {
    let current = table.head.state.version;
    let to = match standing {
        Standing::Ahead(to) | Standing::Elsewhere(to) => *to,
        Standing::Current | Standing::Unknown => current,
    };
    Ok(Movement::Reenter {
        to,
        hops: path(&table.versions, current, to)?,
    })
}

fn change(
    table: &StoredTable,
    declaration: &DeclaredTable<'_>,
    (policy, targets): (&Policy, &[Option<Target>]),
    (counters, decision): (&mut Counters, &mut Decision),
) -> Result<Movement, String> {
    let current = table.head.state.version;
    let version = table
        .versions
        .get(&current)
        .ok_or_else(|| format!("version {current} is missing"))?;
    let consumed = match policy.consumed {
        ConsumedHints::Spent => consumed(&table.versions, current)?,
        ConsumedHints::Fresh => Consumed::default(),
    };
    let old = OldSide {
        schema: &version.schema,
        slots: &version.slots,
        consumed: &consumed,
        write_defaults: &table.head.state.write_defaults,
    };
    let migrations = pending(table, declaration)?;
    let new = NewSide {
        schema: declaration.schema,
        hints: declaration.hints,
        on_failure: policy.on_failure,
        migrations: &migrations,
    };
    let mut diff = pair_tables(declaration.name, old, new, counters.slot);
    let late = late(table, current, declaration, Some(&diff))?;
    diff.steps.extend(late.steps(declaration.name));
    // A hint that gives values back says that nothing else was renamed to it.
    diff.refusals.retain(|refusal| {
        refusal.kind != RefusalKind::Ambiguous
            || !late.restores.iter().any(|restore| restore.path == refusal.path)
    });
    diff.lens.restores = late.restores;
    decision.plan.notes.extend(late.notes);
    decision.again.extend(late.again);
    pair_objects(
        declaration.name,
        table,
        (declaration.schema, targets),
        &mut diff,
        counters,
    );
    let (said, otherwise) = (&new.hints.on_failure, new.on_failure);
    diff.drop_duplicates(|path| said.get(path).copied().or(otherwise));
    counters.slot = diff.next_slot;
    decision.plan.refusals.extend(diff.refusals.iter().cloned());
    Ok(Movement::Change { diff: Box::new(diff) })
}

/// Adds what changes about indexes and references to the difference of the shapes.
fn pair_objects(
    name: &str,
    table: &StoredTable,
    (schema, targets): (&Schema, &[Option<Target>]),
    diff: &mut TableDiff,
    counters: &mut Counters,
) {
    let state = &table.head.state;
    let Some(version) = table.versions.get(&state.version) else {
        return;
    };
    let old_schema = state.labelled(&version.schema);
    let old_targets: Vec<Option<Target>> = version.targets.iter().cloned().map(Some).collect();
    let (slots, converted) = (diff.slots.clone(), diff.converted());
    let (old, new) = (
        Side {
            schema: &old_schema,
            slots: &version.slots,
            converted: &[],
        },
        Side {
            schema,
            slots: &slots,
            converted: &converted,
        },
    );
    let (mut steps, numbered) = pair_indexes(name, (old, &state.index_ids), new, counters.index);
    steps.extend(pair_references(name, (old, &old_targets), (new, targets)));
    diff.add_objects(steps);
    let Numbered { ids, next } = numbered;
    counters.index = next;
    (diff.index_ids, diff.next_index) = (ids, next);
}

/// Says how a stored table differs from what an older program knows of it.
fn account(table: &StoredTable, to: u32) -> String {
    let state = &table.head.state;
    let mut text = format!(
        "table {} is at version {}, and this program knows version {to}:",
        state.name, state.version
    );
    let hops = path(&table.versions, to, state.version).unwrap_or_default();
    for step in steps_along(table, &hops).unwrap_or_default() {
        text.push_str(&format!("\n  {step}"));
    }
    text
}
