//! Cases on single keys and on batches.
#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::sync::Arc;

use super::suite::Harness;
use super::tools::{commit, dump, get, put};
use crate::batch::{Batch, Commit, Condition, Durability};
use crate::engine::{Direction, Engine, KEY_BYTES_MAX, KeyRange, VALUE_BYTES_MAX};
use crate::error::ErrorKind;

pub(super) fn put_get_delete(harness: &mut dyn Harness) {
    let engine = harness.make();
    let engine = engine.as_ref();
    assert_eq!(get(engine, b"a"), None);
    put(engine, b"a", b"1");
    put(engine, b"b", b"2");
    assert_eq!(get(engine, b"a").as_deref(), Some(&b"1"[..]));
    put(engine, b"a", b"longer than before");
    assert_eq!(get(engine, b"a").as_deref(), Some(&b"longer than before"[..]));
    let mut batch = Batch::new();
    batch.delete(*b"a").delete(*b"never there");
    commit(engine, &batch);
    assert_eq!(get(engine, b"a"), None);
    assert_eq!(get(engine, b"b").as_deref(), Some(&b"2"[..]));
}

pub(super) fn batch_order(harness: &mut dyn Harness) {
    let engine = harness.make();
    let engine = engine.as_ref();
    let mut batch = Batch::new();
    batch
        .put(*b"z", *b"1")
        .put(*b"k", *b"1")
        .delete(*b"k")
        .put(*b"gone", *b"1");
    batch
        .put(*b"k", *b"2")
        .put(*b"k", *b"3")
        .delete(*b"gone")
        .delete(*b"z")
        .put(*b"z", *b"4");
    for _ in 0..2 {
        commit(engine, &batch);
        assert_eq!(get(engine, b"k").as_deref(), Some(&b"3"[..]));
        assert_eq!(get(engine, b"z").as_deref(), Some(&b"4"[..]));
        assert_eq!(get(engine, b"gone"), None);
    }
}

pub(super) fn conditions_hold(harness: &mut dyn Harness) {
    let engine = harness.make();
    let mut batch = Batch::new();
    batch.require(Condition::Absent(b"a".to_vec())).put(*b"a", *b"1");
    commit(engine.as_ref(), &batch);
    let mut batch = Batch::new();
    batch.require(Condition::Equals(b"a".to_vec(), b"1".to_vec()));
    batch.require(Condition::Absent(b"b".to_vec()));
    batch.put(*b"a", *b"2").put(*b"b", *b"");
    assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    assert_eq!(get(engine.as_ref(), b"a").as_deref(), Some(&b"2"[..]));
    // An empty value is there.
    let mut batch = Batch::new();
    batch
        .require(Condition::Equals(b"b".to_vec(), Vec::new()))
        .delete(*b"b");
    commit(engine.as_ref(), &batch);
    assert_eq!(get(engine.as_ref(), b"b"), None);
}

pub(super) fn conditions_fail(harness: &mut dyn Harness) {
    let engine = harness.make();
    put(engine.as_ref(), b"a", b"1");
    put(engine.as_ref(), b"empty", b"");
    let before = dump(engine.as_ref());
    let failing = [
        Condition::Absent(b"a".to_vec()),
        Condition::Absent(b"empty".to_vec()),
        Condition::Equals(b"a".to_vec(), b"2".to_vec()),
        Condition::Equals(b"a".to_vec(), b"11".to_vec()),
        Condition::Equals(b"a".to_vec(), Vec::new()),
        Condition::Equals(b"missing".to_vec(), Vec::new()),
    ];
    for durability in [Durability::Buffered, Durability::Sync] {
        for condition in &failing {
            let mut batch = Batch::new();
            batch
                .require(Condition::Equals(b"a".to_vec(), b"1".to_vec()))
                .require(condition.clone());
            batch.put(*b"a", *b"x").put(*b"new", *b"x").delete(*b"empty");
            let commit = engine.commit(&batch, durability).unwrap();
            assert_eq!(commit, Commit::Refused { condition: 1 }, "{condition:?}");
            assert_eq!(dump(engine.as_ref()), before, "{condition:?}");
        }
    }
}

/// What a condition was found to be holds until something else is written.
pub(super) fn conditions_again(harness: &mut dyn Harness) {
    let engine = harness.make();
    let holds = |expected: &str, writes: &[(&str, Option<&str>)]| {
        let mut batch = Batch::new();
        batch.require(Condition::Equals(b"epoch".to_vec(), expected.into()));
        for (key, value) in writes {
            match value {
                Some(value) => batch.put(*key, *value),
                None => batch.delete(*key),
            };
        }
        engine.commit(&batch, Durability::Buffered).unwrap() == Commit::Done
    };
    let other = &[("a", Some("x"))];
    put(engine.as_ref(), b"epoch", b"1");
    assert!(holds("1", other) && holds("1", other) && !holds("2", other));
    assert!(holds("1", &[("epoch", Some("9")), ("epoch", Some("2"))]));
    assert!(!holds("1", other) && !holds("9", other) && holds("2", other));
    put(engine.as_ref(), b"epoch", b"3");
    assert!(!holds("2", other) && holds("3", other));
    assert!(holds("3", &[("epoch", None)]));
    assert!(!holds("3", other) && !holds("", other));
    put(engine.as_ref(), b"epoch", b"3");
    assert!(holds("3", other));
}

/// Two threads count up one key with conditions: no step may get lost.
pub(super) fn conditions_race(harness: &mut dyn Harness) {
    const STEPS: u64 = 100;
    let engine = harness.make();
    put(engine.as_ref(), b"counter", &0_u64.to_be_bytes());
    let count = |engine: Arc<dyn Engine>| {
        let mut done = 0;
        while done < STEPS {
            let now = get(engine.as_ref(), b"counter").unwrap();
            let next = u64::from_be_bytes(now.as_slice().try_into().unwrap()) + 1;
            let mut batch = Batch::new();
            batch.require(Condition::Equals(b"counter".to_vec(), now));
            batch.put(*b"counter", next.to_be_bytes());
            done += u64::from(engine.commit(&batch, Durability::Buffered).unwrap() == Commit::Done);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| count(Arc::clone(&engine)));
        count(Arc::clone(&engine));
    });
    assert_eq!(
        get(engine.as_ref(), b"counter").unwrap(),
        (2 * STEPS).to_be_bytes()
    );
}

pub(super) fn emptiness(harness: &mut dyn Harness) {
    let engine = harness.make();
    put(engine.as_ref(), b"a", b"");
    assert_eq!(get(engine.as_ref(), b"a"), Some(Vec::new()));
    let before = dump(engine.as_ref());
    for durability in [Durability::Buffered, Durability::Sync] {
        assert_eq!(engine.commit(&Batch::new(), durability).unwrap(), Commit::Done);
    }
    let mut refused = Batch::new();
    refused.require(Condition::Absent(b"a".to_vec()));
    assert_eq!(
        engine.commit(&refused, Durability::Sync).unwrap(),
        Commit::Refused { condition: 0 }
    );

    assert_eq!(get(engine.as_ref(), b""), None);
    let mut batch = Batch::new();
    batch.put(*b"b", *b"1").put(*b"", *b"1");
    let error = engine.commit(&batch, Durability::Buffered).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::InvalidBatch);
    assert_eq!(dump(engine.as_ref()), before);
}

pub(super) fn limits(harness: &mut dyn Harness) {
    let engine = harness.make();
    let longest = vec![b'k'; KEY_BYTES_MAX];
    put(engine.as_ref(), &longest, b"1");
    assert_eq!(get(engine.as_ref(), &longest).as_deref(), Some(&b"1"[..]));
    let before = dump(engine.as_ref());
    let mut too_long = Batch::new();
    too_long
        .put(*b"b", *b"1")
        .put(vec![b'k'; KEY_BYTES_MAX + 1], *b"1");
    let mut too_large = Batch::new();
    too_large
        .put(*b"b", *b"1")
        .put(*b"c", vec![0; VALUE_BYTES_MAX + 1]);
    for batch in [too_long, too_large] {
        let error = engine.commit(&batch, Durability::Buffered).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::InvalidBatch);
        assert_eq!(dump(engine.as_ref()), before);
    }
    // The refusal was no failed write.
    put(engine.as_ref(), b"b", b"1");
}

pub(super) fn large_values(harness: &mut dyn Harness) {
    let engine = harness.make();
    let value = |seed: u8| {
        (0..1024 * 1024_u32)
            .map(|at| seed ^ at.to_be_bytes()[2])
            .collect::<Vec<u8>>()
    };
    let mut batch = Batch::new();
    for seed in 0..4 {
        batch.put(vec![b'v', seed], value(seed));
    }
    assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    let snapshot = engine.snapshot().unwrap();
    let mut cursor = snapshot
        .scan(&KeyRange::prefix(b"v"), Direction::Forward)
        .unwrap();
    for seed in 0..4 {
        assert!(get(engine.as_ref(), &[b'v', seed]).unwrap() == value(seed));
        let (key, found) = cursor.next().unwrap().unwrap();
        assert!(key == [b'v', seed] && found == value(seed));
    }
    assert!(cursor.next().unwrap().is_none());
}
