//! Deciding what an open does, along the releases that the store missed, if the program has their history.

use std::collections::BTreeMap;

use crate::catalog::read_table;
use crate::diff::{Refusal, RefusalKind};
use crate::error::{Error, Result};
use crate::history::HistoryDocument;
use crate::plan::{
    Decision, DeclaredTable, Direction, Movement, OnOlder, Policy, StoredTable, TablePlan,
    add_table_migration, decide,
};
use crate::schema::Fingerprint;

use super::declared::{DeclaredTables, claimed_names, stands_as_declared, unopened};
use super::open::Open;
use super::released::{Ahead, Followed, Found, Program, follow, unknown_release, unreadable};
use super::shift::Shift;
use super::workshop::Mode;

/// What was decided.
pub(super) struct Decided {
    /// The catalogue that it was decided on: the store's, or that of the store behind the releases that it missed.
    pub(super) ahead: Ahead,
    pub(super) decision: Decision,
}

impl Open<'_> {
    pub(super) fn decide(&self, declared: &DeclaredTables<'_>, mode: Mode) -> Result<Decided> {
        let stored = self.read_tables(declared)?;
        let tables = declared_tables(declared);
        let here = Ahead::new(self.head.clone(), stored);
        let mut decided = self.decide_from(here, &tables, self.request.policy)?;
        if let Some(document) = self.history()?.filter(|_| self.shop.epoch.is_some()) {
            let start = Ahead::new(self.head.clone(), decided.ahead.stored.clone());
            let behind = self.behind_releases(start, (document, declared, &tables), &decided, mode)?;
            // A shape that the store had may also be that of a later release: then the program is not the older one.
            if let Some(behind) = behind.filter(|behind| behind.decision.older.is_empty()) {
                decided = behind;
            }
            self.refuse_unknown_releases(document, &mut decided);
        }
        let Decided { ahead, decision } = &mut decided;
        for work in &self.pending.runs {
            add_table_migration(&work.migration, &ahead.stored, &tables, decision);
        }
        self.pending.refuse_waiting(&mut decision.plan);
        decision.plan.notes.extend(self.pending.notes.iter().cloned());
        decision.plan.notes.extend(unopened(self.request, declared));
        if !decision.older.is_empty() {
            self.refuse_passed(&mut decision.plan, &ahead.stored)?;
        }
        Ok(decided)
    }

    /// Reads the tables to which something may happen.
    fn read_tables(&self, declared: &DeclaredTables<'_>) -> Result<BTreeMap<u32, StoredTable>> {
        let mut stored = BTreeMap::new();
        let claimed = claimed_names(declared);
        for (id, table) in &self.head.tables {
            let name = &table.state.name;
            let is_claimed =
                claimed.contains(name.as_str()) || self.request.policy.drop_tables.contains(name);
            let is_wanted =
                is_claimed || self.request.history.is_some() || self.pending.writes(&table.state.name);
            let table = if !is_wanted && stands_as_declared(table, declared) {
                StoredTable {
                    id: *id,
                    head: table.clone(),
                    versions: BTreeMap::new(),
                }
            } else {
                read_table(self.shop.snapshot.as_ref(), *id, table)?
            };
            stored.insert(*id, table);
        }
        Ok(stored)
    }

    fn decide_from(&self, ahead: Ahead, tables: &[DeclaredTable<'_>], policy: &Policy) -> Result<Decided> {
        let decision = decide(&ahead.head, &ahead.stored, tables, policy)
            .map_err(|problem| Error::corrupt("the version tree", problem))?;
        Ok(Decided { ahead, decision })
    }

    /// Decides behind the releases that the store missed; none if it missed none that changes anything, or what was
    /// decided where it stands takes it along the same edges.
    fn behind_releases(
        &self,
        mut ahead: Ahead,
        (document, declared, tables): (&HistoryDocument, &DeclaredTables<'_>, &[DeclaredTable<'_>]),
        here: &Decided,
        mode: Mode,
    ) -> Result<Option<Decided>> {
        let program = Program {
            document,
            table_migrations: self.pending.runs.iter().map(|work| &work.migration).collect(),
            declared,
            on_failure: self.request.policy.on_failure,
            by: if here.decision.older.is_empty() {
                Found::ByShapeToo
            } else {
                Found::ByLabel
            },
            mode,
        };
        let Followed {
            refusals,
            held,
            releases,
        } = follow(&mut ahead, &program)?;
        if refusals.is_empty() && !ahead.is_new() && ahead.is_reached_by(&here.decision.plan) {
            return Ok(None);
        }
        let mut decided = if refusals.is_empty() {
            self.decide_from(ahead, tables, self.request.policy)?
        } else {
            Decided {
                ahead,
                decision: Decision::default(),
            }
        };
        let Decided { ahead, decision } = &mut decided;
        ahead.complete(&mut decision.plan);
        decision.plan.notes.extend(way_note(&releases));
        decision.plan.refusals.extend(refusals);
        decision.held.extend(held);
        decision.held.sort();
        decision.held.dedup();
        Ok(Some(decided))
    }

    /// Refuses to change a table that a program made whose release this one's history doesn't know: that was a newer one,
    /// or one of another branch.
    fn refuse_unknown_releases(&self, document: &HistoryDocument, decided: &mut Decided) {
        let policy = self.request.policy;
        if policy.on_older == OnOlder::RollBack || policy.direction == Direction::Forward {
            return;
        }
        let Decided { ahead, decision } = decided;
        let changed = decision.plan.tables.iter().filter_map(|planned| {
            let table = planned.table.and_then(|id| ahead.stored.get(&id))?;
            let is_changed = matches!(planned.movement, Movement::Change { .. });
            let label = unknown_release(document, table).filter(|_| is_changed)?;
            Some(unknown_release_refusal(&planned.name, label))
        });
        let refusals: Vec<Refusal> = changed.collect();
        decision.plan.refusals.extend(refusals);
    }

    fn history(&self) -> Result<Option<&HistoryDocument>> {
        let document = self.request.history.map(|history| history.document()).transpose();
        document.map_err(unreadable)
    }

    /// Returns the label of the last released version, if a table has the shape that it has there.
    pub(super) fn label_of(&self, shift: &Shift) -> Result<Option<&str>> {
        let Some(last) = self.history()?.and_then(|document| document.versions.last()) else {
            return Ok(None);
        };
        let released = last.tables.get(&shift.after.name);
        let is_released = released.is_some_and(|table| Fingerprint::of(&table.schema) == shift.fingerprint());
        Ok(Some(last.label.as_str()).filter(|_| is_released))
    }
}

/// Tells which releases a store goes through besides the last one.
fn way_note(releases: &[String]) -> Option<String> {
    let (last, missed) = releases.split_last()?;
    let missed = missed.join(", ");
    (!missed.is_empty())
        .then(|| format!("the store missed {missed}: it goes through what changed there to {last}"))
}

/// Says of rows that don't fit what helps if they don't fit a release on the way: nothing that the entities say counts there.
pub(super) fn told_on_the_way(planned: &TablePlan, mut refusals: Vec<Refusal>) -> Vec<Refusal> {
    let misfits = refusals
        .iter_mut()
        .filter(|refusal| refusal.kind == RefusalKind::Rows);
    if matches!(planned.movement, Movement::Follow { .. }) {
        misfits.for_each(|refusal| {
            let fix = "if that was in a release on the way: Options::on_failure says what becomes of such rows there too";
            refusal.fixes.push(fix.to_owned());
        });
    }
    refusals
}

fn unknown_release_refusal(table: &str, label: &str) -> Refusal {
    Refusal {
        kind: RefusalKind::Older,
        table: table.to_owned(),
        path: String::new(),
        problem: format!(
            "it is at release {label}, which the history of this program doesn't know: a newer program made it, or one of \
             another branch"
        ),
        fixes: vec![
            "run the program of that release, or a newer one".to_owned(),
            "`quanta merge-check` puts the two histories together, if they are branches".to_owned(),
            "Options::on_older(OnOlder::RollBack) or Options::forward() make a new version of it all the same: what the new \
             shape can't hold is kept"
                .to_owned(),
        ],
    }
}

fn declared_tables<'d>(declared: &'d DeclaredTables<'_>) -> Vec<DeclaredTable<'d>> {
    let tables = declared.iter().map(|(name, declared)| DeclaredTable {
        name,
        schema: &declared.schema,
        fingerprint: declared.fingerprint,
        hints: &declared.hints,
        hints_digest: declared.hints_digest,
        migrations: &declared.migrations,
    });
    tables.collect()
}
