//! Law 8: replaying the ledger from empty gives the head; work records, stamp sets and hint records aside. Law 6, of
//! stores: going back gives every table the state it had, ids, write defaults and indexes included, and every row too.
//! Both take one of 100 cases.

use std::collections::BTreeMap;

use crate::generate::{HistorySize, Seed};
use crate::history::{HistoryDocument, HistoryVersion};
use crate::plan::{Head, LedgerRecord, Presence, TableState, Views};
use crate::schema::Fingerprint;

use super::run::{Histories, Law, Outcome};
use super::stores::{Store, open_alike, same, told, write_alike};

const SIZE: HistorySize = HistorySize {
    versions: 6,
    tables: 2,
    types: 3,
};

/// What the ledger says of a store.
#[derive(Debug, Default, PartialEq)]
struct Replayed {
    revision: u64,
    records: u64,
    tables: BTreeMap<u32, TableState>,
    views: Views,
}

impl Replayed {
    fn of(ledger: &[LedgerRecord]) -> Result<Self, String> {
        let mut replayed = Self::default();
        for record in ledger {
            for effect in &record.effects {
                let known = replayed.tables.insert(effect.table, effect.after.clone());
                if known != effect.before {
                    return Err(format!(
                        "record {} starts from {:?}, not {known:?}",
                        record.sequence, effect.before
                    ));
                }
            }
            for effect in &record.views {
                let known = replayed.views.insert(effect.view, effect.after.clone());
                if known != effect.before {
                    return Err(format!(
                        "record {} starts from {:?}, not {known:?}",
                        record.sequence, effect.before
                    ));
                }
            }
            replayed.revision = record.revision;
            replayed.records += 1;
        }
        Ok(replayed)
    }

    fn head(head: &Head) -> Self {
        let states = head.tables.iter().map(|(id, table)| (*id, table.state.clone()));
        Self {
            revision: head.revision,
            records: head.ledger_records,
            tables: states.collect(),
            views: head
                .views
                .iter()
                .map(|(id, view)| (*id, view.state.clone()))
                .collect(),
        }
    }
}

fn check_ledger(store: &Store) -> Result<(), String> {
    let history = store.db().history().map_err(told)?;
    let head = store.db().head();
    same(
        "the ledger and the head",
        &[Replayed::of(&history.records)?, Replayed::head(&head)],
    )?;
    for (id, table) in &head.tables {
        let versions = store.db().versions(*id).map_err(told)?;
        let current = versions
            .get(&table.state.version)
            .ok_or("the current version is missing")?;
        same(
            "fingerprints",
            &[Fingerprint::of(&current.schema), table.fingerprint],
        )?;
    }
    let report = store.db().verify().map_err(told)?;
    if report.is_sound() {
        Ok(())
    } else {
        Err(format!("verify finds something: {report:?}"))
    }
}

fn ledger_gives_the_head(document: &HistoryDocument, seed: &mut Seed) -> Outcome {
    let mut store = Store::new();
    let mut before: Option<&HistoryVersion> = None;
    let mut records = 0;
    for version in &document.versions {
        if open_alike(&mut [&mut store], version, before)?.is_none() {
            break;
        }
        check_ledger(&store)?;
        write_alike(&[&store], seed, 2)?;
        before = Some(version);
        if seed.one_in(3) {
            store.sweep()?;
            check_ledger(&store)?;
        }
        let revision = store.db().head().revision;
        if seed.one_in(3) && revision > 1 {
            let to = 1 + seed.below(usize::try_from(revision - 1).unwrap_or(1)) as u64;
            let went = store.take().migrate_to(to).is_ok();
            store.open_as_it_is().map_err(told)?;
            check_ledger(&store)?;
            if went && store.take().migrate_to(revision).is_err() {
                break;
            }
            store.open(version, None).map_err(told)?;
            check_ledger(&store)?;
        }
        records += 1;
    }
    Ok(records)
}

#[test]
fn law_8_the_ledger_gives_the_head() {
    let law = Law {
        test: "law_8_the_ledger_gives_the_head",
        cases: 40,
        share: 100,
        histories: Histories::Accepted,
        size: SIZE,
        check: ledger_gives_the_head,
    };
    law.hold();
}

/// States of the tables that are there. Spaces say where rows lie, and not what a table is.
fn states(store: &Store) -> BTreeMap<u32, TableState> {
    let head = store.db().head();
    let live = head
        .tables
        .into_iter()
        .filter(|(_, table)| table.state.presence == Presence::Live);
    live.map(|(id, table)| {
        (
            id,
            TableState {
                space: 0,
                ..table.state
            },
        )
    })
    .collect()
}

/// Takes out what random rows don't hold to, as no write asks for it: the way back would be refused for them.
fn without_constraints(document: &HistoryDocument) -> HistoryDocument {
    let mut document = document.clone();
    let tables = document
        .versions
        .iter_mut()
        .flat_map(|version| version.tables.values_mut());
    for table in tables {
        table.schema.references.clear();
        table
            .schema
            .indexes
            .iter_mut()
            .for_each(|index| index.unique = false);
    }
    document
}

fn going_back_gives_the_state_before(document: &HistoryDocument, seed: &mut Seed) -> Outcome {
    let document = without_constraints(document);
    let mut store = Store::new();
    let mut before: Option<&HistoryVersion> = None;
    let mut journeys = 0;
    for version in &document.versions {
        let known = if before.is_some() {
            Some((states(&store), store.db().head().revision))
        } else {
            None
        };
        if open_alike(&mut [&mut store], version, before)?.is_none() {
            break;
        }
        let (after, revision) = (store.rows()?, store.db().head().revision);
        let after_states = states(&store);
        if let Some((states_before, _)) = known.filter(|(_, known)| *known < revision) {
            if seed.one_in(2) {
                store.sweep()?;
            }
            let below = {
                store
                    .take()
                    .rollback(1)
                    .map_err(|error| format!("unwritten rows don't go back: {error}"))?;
                store.open_as_it_is().map_err(told)?;
                store.rows()?
            };
            same("states, gone back", &[states_before, states(&store)])?;
            if seed.one_in(2) {
                store.sweep()?;
            }
            same("rows, gone back and swept", &[below, store.rows()?])?;
            store
                .take()
                .migrate_to(revision)
                .map_err(|error| format!("unwritten rows don't go on: {error}"))?;
            store.open_as_it_is().map_err(told)?;
            same("states, gone on", &[after_states, states(&store)])?;
            same("rows, gone on", &[after, store.rows()?])?;
            journeys += 1;
        }
        store.open(version, None).map_err(told)?;
        write_alike(&[&store], seed, 3)?;
        before = Some(version);
    }
    Ok(journeys)
}

#[test]
fn law_6_going_back_gives_the_state_before() {
    let law = Law {
        test: "law_6_going_back_gives_the_state_before",
        cases: 40,
        share: 100,
        histories: Histories::Accepted,
        size: SIZE,
        check: going_back_gives_the_state_before,
    };
    law.hold();
}
