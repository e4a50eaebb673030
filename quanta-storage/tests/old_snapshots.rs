//! Engines without snapshots of their own keep what is overwritten, up to a limit, and say so beyond it.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use quanta_storage::{Batch, Commit, Direction, Durability, Engine, ErrorKind, KeyRange, Memory, Snapshot};

const KEYS: u8 = 100;
const VALUE_BYTES: usize = 1_000;
/// Room for the overwritten values of half the keys.
const LIMIT: usize = 60_000;

fn write(engine: &dyn Engine, keys: std::ops::Range<u8>, value: u8) {
    for key in keys {
        let mut batch = Batch::new();
        batch.put([b'k', key], [value; VALUE_BYTES]);
        assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    }
}

fn values(snapshot: &dyn Snapshot) -> Vec<u8> {
    let mut cursor = snapshot.scan(&KeyRange::all(), Direction::Forward).unwrap();
    let mut values = Vec::new();
    while let Some((_, value)) = cursor.next().unwrap() {
        values.push(value[0]);
    }
    values
}

#[test]
fn the_oldest_snapshot_goes_first() {
    let memory = Memory::with_preimage_bytes_max(LIMIT);
    write(&memory, 0..KEYS, 1);
    let oldest = memory.snapshot().unwrap();
    let mut cursor = oldest.scan(&KeyRange::all(), Direction::Forward).unwrap();
    assert!(cursor.next().unwrap().is_some());
    write(&memory, 0..30, 2);
    let middle = memory.snapshot().unwrap();
    assert_eq!(values(oldest.as_ref()), [1; KEYS as usize]);
    write(&memory, 30..60, 3);

    let mut seen = [1; KEYS as usize];
    seen[..30].fill(2);
    assert_eq!(values(middle.as_ref()), seen);
    let error = oldest.get(b"k", &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::SnapshotTooOld);
    assert!(
        oldest
            .scan(&KeyRange::all(), Direction::Forward)
            .unwrap()
            .next()
            .is_err()
    );

    // A cursor first gives what it has fetched. Its error is no end: it stays.
    let mut rows = 1;
    let error = loop {
        match cursor.next() {
            Ok(Some((_, value))) => assert_eq!(value[0], 1),
            Ok(None) => panic!("the cursor ended after {rows} rows instead of failing"),
            Err(error) => break error,
        }
        rows += 1;
    };
    assert_eq!(error.kind(), &ErrorKind::SnapshotTooOld);
    assert!(cursor.next().is_err());
}

#[test]
fn what_no_snapshot_needs_is_free() {
    let memory = Memory::with_preimage_bytes_max(LIMIT);
    write(&memory, 0..KEYS, 1);
    for round in 2..10 {
        let snapshot = memory.snapshot().unwrap();
        write(&memory, 0..40, round);
        write(&memory, 0..10, round + 100);
        let before = round - 1;
        let mut seen = [1; KEYS as usize];
        seen[..40].fill(before);
        if round > 2 {
            seen[..10].fill(before + 100);
        }
        assert_eq!(values(snapshot.as_ref()), seen);
    }
}

#[test]
fn a_batch_over_the_limit_is_applied_whole() {
    let memory = Memory::with_preimage_bytes_max(LIMIT);
    write(&memory, 0..KEYS, 1);
    let old = memory.snapshot().unwrap();
    let mut batch = Batch::new();
    for key in 0..KEYS {
        batch.put([b'k', key], [2; VALUE_BYTES]);
    }
    assert_eq!(memory.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    write(&memory, 0..1, 3);
    assert!(old.get(b"k", &mut |_| {}).is_err());
    let mut seen = [2; KEYS as usize];
    seen[0] = 3;
    assert_eq!(values(memory.snapshot().unwrap().as_ref()), seen);
}
