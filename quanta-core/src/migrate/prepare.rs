//! What an open does before the switch: frozen values, checks of rows, eager work.

use std::collections::BTreeMap;
use std::time::Instant;

use quanta_storage::Direction;

use crate::catalog::{for_each, keys};
use crate::diff::{Change, Refusal, RefusalKind, Step};
use crate::error::Result;
use crate::plan::{Counters, Movement, Plan, Presence, StoredTable, TablePlan};
use crate::program::{NoCode, OwnCodeTable};
use crate::txn::Route;

use super::build::{BuildPlace, build, discard_space};
use super::check::{Purpose, check_rows};
use super::code::{CodeTable, freeze_once};
use super::declared::{DeclaredTables, code_for};
use super::open::{Open, account, refuse};
use super::shift::Shift;
use super::switch::{Built, Ready};

impl Open<'_> {
    /// Counts the rows of tables that went under the name of one that comes.
    pub(super) fn note_kept_tables(&self, plan: &mut Plan) -> Result<()> {
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
    pub(super) fn freeze(
        &self,
        plan: &mut Plan,
        declared: &DeclaredTables<'_>,
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
    pub(super) fn prepare(
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
    pub(super) fn discard_ready(&self, ready: &[Ready]) -> Result<()> {
        let built = ready.iter().filter_map(|ready| ready.built);
        built
            .into_iter()
            .try_for_each(|built| discard_space(self.engine, self.epoch, built.space, built.work))
    }
}

fn route_needs_code(route: &Route) -> bool {
    route.hops.iter().any(|hop| hop.crossing.needs_own_code(hop.way))
}

/// Returns the steps of a table with those of its shape and its indexes replaced: names alone are no part of an edge.
fn with_struct_steps(all: &[Step], shape: &[Step]) -> Vec<Step> {
    let renames = all.iter().filter(|step| {
        matches!(
            step.change,
            Change::RenameTable { .. } | Change::RenameIndex { .. }
        )
    });
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
