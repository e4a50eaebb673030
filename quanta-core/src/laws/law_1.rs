//! Law 1: along one recorded path, step by step, in one route, lazily and eagerly give equal rows, lossy steps included
//! (a); and what comes out equals a fresh store in schema, encoding and behaviour (c). Both take one of 100 cases.

use crate::diff::Way;
use crate::generate::{HistorySize, Seed};
use crate::history::{HistoryDocument, HistoryVersion};
use crate::plan::Presence;
use crate::program::{Crossing, NoCode};
use crate::schema::canonical;

use super::run::{Histories, Law, Outcome};
use super::stores::{Bodies, Standing, Store, open_alike, same, told, write_alike};

const SIZE: HistorySize = HistorySize {
    versions: 8,
    tables: 2,
    types: 3,
};

/// Carries bodies over the edges that a version made, without any store. Of rows that the change may take out because
/// another one has their key or value, those count that are there.
fn carried(store: &Store, before: &Standing) -> Result<Bodies, String> {
    let mut after = Bodies::new();
    let mut there = Standing::of(store)?.bodies;
    let head = store.db().head();
    for (id, table) in head
        .tables
        .iter()
        .filter(|(_, table)| table.state.presence == Presence::Live)
    {
        let mut bodies = before.bodies.get(id).cloned().unwrap_or_default();
        let version = table.state.version;
        if before.versions.get(id).is_some_and(|before| *before != version) {
            let versions = store.db().versions(*id).map_err(told)?;
            let upper = &versions[&version];
            let lower = &versions[&upper.parent.ok_or("a new version has a parent")?];
            let edge = upper.edge.as_ref().ok_or("a new version has an edge")?;
            let crossing = Crossing::new(
                edge.lens.clone(),
                lower.schema.clone().into(),
                upper.schema.clone().into(),
            );
            let mut carried = Vec::new();
            for body in &bodies {
                match crossing.translate(Way::Up, body, None, &NoCode) {
                    Ok(body) => carried.push(body),
                    Err(failures) if failures.iter().any(|failure| edge.lens.drops_at(&failure.path)) => {}
                    Err(failures) => return Err(format!("a row that was checked fails: {failures:?}")),
                }
            }
            carried.sort();
            if edge.lens.drops.iter().any(|path| path.starts_with('@')) {
                let there = there.remove(id).unwrap_or_default();
                carried.retain(|body| there.contains(body));
            }
            bodies = carried;
        }
        after.insert(*id, bodies);
    }
    Ok(after)
}

fn one_path(document: &HistoryDocument, seed: &mut Seed) -> Outcome {
    let (mut lazy, mut eager) = (Store::new(), Store::new());
    let mut before: Option<&HistoryVersion> = None;
    let mut steps = 0;
    for version in &document.versions {
        let Some(standing) = open_alike(&mut [&mut lazy, &mut eager], version, before)? else {
            break;
        };
        match before {
            Some(_) => {
                let bodies = Standing::of(&lazy)?.bodies;
                same(
                    "step by step and in one route",
                    &[carried(&lazy, &standing)?, bodies],
                )?;
                steps += u32::from(standing.bodies.values().any(|rows| !rows.is_empty()));
            }
            None => drop(write_alike(&[&lazy, &eager], seed, 5)?),
        }
        same("lazily and eagerly", &[lazy.rows()?, eager.rows()?])?;
        eager.sweep()?;
        same("lazily and swept", &[lazy.rows()?, eager.rows()?])?;
        before = Some(version);
    }
    Ok(steps)
}

#[test]
fn law_1a_one_path_gives_equal_rows_however_it_is_gone() {
    let law = Law {
        test: "law_1a_one_path_gives_equal_rows_however_it_is_gone",
        cases: 40,
        share: 100,
        histories: Histories::Accepted,
        size: SIZE,
        check: one_path,
    };
    law.hold();
}

/// A fresh store of the last version is filled with the rows of one that came there along the path.
fn like_a_fresh_store(document: &HistoryDocument, seed: &mut Seed) -> Outcome {
    let mut old = Store::new();
    let mut before: Option<&HistoryVersion> = None;
    for version in &document.versions {
        if open_alike(&mut [&mut old], version, before)?.is_none() {
            break;
        }
        write_alike(&[&old], seed, 3)?;
        before = Some(version);
    }
    let last = before.ok_or("the first version is always taken")?;
    let mut fresh = Store::new();
    let mut without_hints = last.clone();
    without_hints.hints.dropped_tables.clear();
    fresh.open(&without_hints, None).map_err(told)?;
    let mut rows = 0;
    for (table, all) in old.rows()? {
        for row in &all {
            fresh
                .put(&table, row)
                .map_err(|kind| format!("a row can't be written any more: {kind:?}"))?;
            rows += 1;
        }
    }
    old.sweep()?;
    same("tables", &[old.tables(), fresh.tables()])?;
    same("rows", &[old.rows()?, fresh.rows()?])?;
    for table in old.tables() {
        // Names of embedded types are labels: another one makes no version, so that the store keeps the one before.
        let schema = |store: &Store| {
            store
                .db()
                .table(&table)
                .map(|table| canonical(table.schema()))
                .map_err(told)
        };
        same("schemas", &[schema(&old)?, schema(&fresh)?])?;
        same("bytes", &[old.bodies(&table)?, fresh.bodies(&table)?])?;
        let state = |store: &Store| {
            let head = store.db().head();
            let mut tables = head.tables.into_values().map(|head| head.state);
            tables.find(|state| state.name == table && state.presence == Presence::Live)
        };
        let defaults = |store: &Store| state(store).map(|state| state.write_defaults);
        same("write defaults", &[defaults(&old), defaults(&fresh)])?;
    }
    write_alike(&[&old, &fresh], seed, 4)?;
    same("rows that were written afterwards", &[old.rows()?, fresh.rows()?])?;
    Ok(rows.min(1))
}

#[test]
fn law_1c_what_comes_out_is_like_a_fresh_store() {
    let law = Law {
        test: "law_1c_what_comes_out_is_like_a_fresh_store",
        cases: 40,
        share: 100,
        histories: Histories::Accepted,
        size: SIZE,
        check: like_a_fresh_store,
    };
    law.hold();
}
