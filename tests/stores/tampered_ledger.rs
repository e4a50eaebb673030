//! Guards K6: a ledger record that was changed, taken out or moved is found by `verify`, which says where; and nothing goes
//! by such a ledger.

use quanta_storage::{Batch, Commit, Durability, Engine as _, KeyRange};
use quantadb::{ErrorKind, Finding};

use crate::history_cases::{NEWEST, open, options};
use crate::support::{Small, each};

const LEDGER: u8 = 5;

/// The records of the ledger, by their keys.
fn ledger(engine: &Small) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut records = Vec::new();
    let snapshot = engine.snapshot().unwrap();
    each(snapshot.as_ref(), &KeyRange::prefix(&[LEDGER]), |key, value| {
        records.push((key.to_vec(), value.to_vec()));
    });
    records
}

/// A store with a ledger of four records, each of which says which app made it.
fn with_ledger() -> Small {
    let engine = Small::default();
    for generation in 1..=NEWEST {
        drop(
            options(&engine, generation)
                .app_version("honest")
                .open("")
                .unwrap(),
        );
    }
    engine
}

/// Plants something in the ledger, and compares what `verify` finds; `history` and a rollback must refuse to go by it.
#[track_caller]
fn check_tampered(plant: impl FnOnce(&[(Vec<u8>, Vec<u8>)], &mut Batch), expected: &[&str]) {
    let engine = with_ledger();
    let mut batch = Batch::new();
    plant(&ledger(&engine), &mut batch);
    assert_eq!(engine.0.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    let db = open(&engine, NEWEST);
    let findings = db.verify().unwrap().findings;
    let told = |finding: &Finding| format!("{}: {}", finding.place, finding.problem);
    assert_eq!(findings.iter().map(told).collect::<Vec<_>>(), expected);
    let before = engine.digest();
    for error in [db.history().unwrap_err(), db.rollback(1).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains(&findings[0].place), "{error}");
    }
    assert_eq!(
        engine.digest(),
        before,
        "nothing was done with a ledger that can't be trusted"
    );
}

/// Makes a record of the same length say something else.
fn forged(record: &[u8]) -> Vec<u8> {
    let (honest, forged) = (b"honest", b"forged");
    let at = record
        .windows(honest.len())
        .position(|window| window == honest)
        .unwrap();
    [&record[..at], forged, &record[at + honest.len()..]].concat()
}

#[test]
fn k6_a_tampered_record_is_named() {
    let expected = [
        "ledger record 1: record 0 before it is not the one that it names",
        "ledger record 2: record 1 before it is not the one that it names",
        "ledger record 3: record 2 before it is not the one that it names",
        // No record comes after the last one: it is the head that names it.
        "the ledger of 4 records: the head names 4 records ending in another hash",
    ];
    for (number, expected) in expected.into_iter().enumerate() {
        check_tampered(
            |records, batch| {
                let (key, value) = &records[number];
                batch.put(key.clone(), forged(value));
            },
            &[expected],
        );
    }
}

#[test]
fn k6_a_missing_record_is_named() {
    let head = "the ledger of 3 records: the head names 4 records ending in another hash";
    let expected: [&[&str]; 4] = [
        &[
            "ledger record 0: it is missing, and record 1 follows",
            "ledger record 1: record 0 before it is not the one that it names",
            head,
        ],
        &[
            "ledger record 1: it is missing, and record 2 follows",
            "ledger record 2: record 1 before it is not the one that it names",
            head,
        ],
        &[
            "ledger record 2: it is missing, and record 3 follows",
            "ledger record 3: record 2 before it is not the one that it names",
            head,
        ],
        &[head],
    ];
    for (number, expected) in expected.into_iter().enumerate() {
        let plant = |records: &[(Vec<u8>, Vec<u8>)], batch: &mut Batch| {
            batch.delete(records[number].0.clone());
        };
        check_tampered(plant, expected);
    }
}

#[test]
fn k6_reordered_records_are_named() {
    check_tampered(
        |records, batch| {
            batch.put(records[1].0.clone(), records[2].1.clone());
            batch.put(records[2].0.clone(), records[1].1.clone());
        },
        &[
            "ledger record 1: record 2 stands in its place",
            "ledger record 1: record 0 before it is not the one that it names",
            "ledger record 2: record 1 stands in its place",
            "ledger record 2: record 1 before it is not the one that it names",
            "ledger record 3: record 2 before it is not the one that it names",
        ],
    );
}
