//! Cases on what snapshots and cursors show while others write.
#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::suite::Harness;
use super::tools::{Model, Random, commit, drain, dump, expected, get, get_at, put, scan};
use crate::batch::Batch;
use crate::engine::{Direction, Engine, KeyRange, Snapshot};

const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Backward];

pub(super) fn isolation(harness: &mut dyn Harness) {
    let engine = harness.make();
    put(engine.as_ref(), b"a", b"1");
    put(engine.as_ref(), b"b", b"1");
    let old = engine.snapshot().unwrap();
    let mut batch = Batch::new();
    batch.put(*b"a", *b"2").delete(*b"b").put(*b"c", *b"2");
    commit(engine.as_ref(), &batch);
    let new = engine.snapshot().unwrap();
    put(engine.as_ref(), b"a", b"3");

    let value = |snapshot: &dyn Snapshot, key: &[u8]| get_at(snapshot, key);
    assert_eq!(value(old.as_ref(), b"a"), Some(b"1".to_vec()));
    assert_eq!(value(old.as_ref(), b"b"), Some(b"1".to_vec()));
    assert_eq!(value(old.as_ref(), b"c"), None);
    assert_eq!(value(new.as_ref(), b"a"), Some(b"2".to_vec()));
    assert_eq!(value(new.as_ref(), b"b"), None);
    assert_eq!(value(new.as_ref(), b"c"), Some(b"2".to_vec()));
    assert_eq!(get(engine.as_ref(), b"a"), Some(b"3".to_vec()));
}

/// Keeps a few snapshots open beside random writes and holds each against the model of its time.
pub(super) fn model(harness: &mut dyn Harness) {
    let mut random = Random(2);
    let engine = harness.make();
    let mut model = dump(engine.as_ref());
    let mut open: VecDeque<(Box<dyn Snapshot>, Model)> = VecDeque::new();
    for _ in 0..120 {
        commit(engine.as_ref(), &random.batch(&mut model));
        if random.below(3) == 0 {
            open.push_back((engine.snapshot().unwrap(), model.clone()));
        }
        if open.len() > 6 {
            let dropped = usize::try_from(random.below(6)).unwrap_or_default();
            open.remove(dropped);
        }
        let key = random.key();
        let range = KeyRange::prefix(&random.key()[..1]);
        for (snapshot, model) in &open {
            assert_eq!(get_at(snapshot.as_ref(), &key), model.get(&key).cloned());
            for direction in DIRECTIONS {
                let found = scan(snapshot.as_ref(), &range, direction);
                assert_eq!(found, expected(model, &range, direction));
            }
        }
    }
}

const MEMBERS: u64 = 50;
const SCANS: usize = 40;
const ROUNDS_MAX: u64 = 20_000;
const COMPACTIONS_MAX: usize = 100;

/// Writes one number to many keys at once, and moves one more key along between them.
fn write_round(engine: &dyn Engine, round: u64) {
    let mut batch = Batch::new();
    for member in 0..MEMBERS {
        batch.put(format!("m/{member:03}"), round.to_be_bytes());
    }
    let place = |round: u64| format!("m/{:03}+", (round * 7) % MEMBERS);
    if round > 0 {
        batch.delete(place(round - 1));
    }
    batch.put(place(round), round.to_be_bytes());
    commit(engine, &batch);
}

fn check_round(engine: &dyn Engine, direction: Direction) {
    let snapshot = engine.snapshot().unwrap();
    let found = scan(snapshot.as_ref(), &KeyRange::prefix(b"m/"), direction);
    assert_eq!(
        found.len() as u64,
        MEMBERS + 1,
        "a batch was seen in part: {found:?}"
    );
    let round = &found[0].1;
    assert!(
        found.iter().all(|(_, value)| value == round),
        "a batch was seen in part: {found:?}"
    );
    assert_eq!(get_at(snapshot.as_ref(), b"m/000").as_ref(), Some(round));
    assert_eq!(get_at(snapshot.as_ref(), b"m/049").as_ref(), Some(round));
}

/// One thread writes batches for as long as two others scan, and the engine rearranges its files meanwhile.
pub(super) fn atomicity(harness: &mut dyn Harness) {
    let engine = harness.make();
    let engine = engine.as_ref();
    write_round(engine, 0);
    let scans_done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for direction in DIRECTIONS {
            let scans_done = &scans_done;
            scope.spawn(move || {
                // Counted before the check, so that the writer ends even if it fails.
                for _ in 0..SCANS {
                    scans_done.fetch_add(1, Ordering::Relaxed);
                    check_round(engine, direction);
                }
            });
        }
        scope.spawn(|| {
            // Bounded, because a reader that fails never comes to the end of its scans.
            for _ in 0..COMPACTIONS_MAX {
                if scans_done.load(Ordering::Relaxed) >= 2 * SCANS {
                    break;
                }
                engine.compact().unwrap();
            }
        });
        let mut round = 1;
        while scans_done.load(Ordering::Relaxed) < 2 * SCANS && round < ROUNDS_MAX {
            write_round(engine, round);
            round += 1;
        }
    });
}

const COUNTERS: u64 = 20;
const COUNTS_MAX: u64 = 200_000;
const LOOKS: usize = 40;

fn counter_key(count: u64) -> String {
    format!("c/{:02}", count % COUNTERS)
}

/// Counters that are written one by one, in turn, after so many writes.
fn counters(count: u64) -> Model {
    let first = (count + 1).saturating_sub(COUNTERS);
    (first..=count)
        .map(|count| (counter_key(count).into_bytes(), count.to_be_bytes().to_vec()))
        .collect()
}

/// One thread writes one record at a time, and reads it. Another one looks at the state in between, more than once, while
/// the engine rearranges its files.
pub(super) fn small_writes(harness: &mut dyn Harness) {
    let engine = harness.make();
    let engine = engine.as_ref();
    let write = |count: u64| put(engine, counter_key(count).as_bytes(), &count.to_be_bytes());
    (0..=30).for_each(write);
    let old = engine.snapshot().unwrap();
    for counts in [31..=150, 151..=200] {
        counts.for_each(write);
        engine.compact().unwrap();
    }
    let found = scan(old.as_ref(), &KeyRange::prefix(b"c/"), Direction::Backward);
    assert!(found.into_iter().rev().eq(counters(30)), "the past was forgotten");
    drop(old);

    let looks_done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut open: VecDeque<(Box<dyn Snapshot>, Model)> = VecDeque::new();
            // Counted before the look, so that the writer ends even if it fails.
            while looks_done.fetch_add(1, Ordering::Relaxed) < LOOKS {
                let snapshot = engine.snapshot().unwrap();
                let found = scan(snapshot.as_ref(), &KeyRange::prefix(b"c/"), Direction::Forward);
                let count = |(_, value): &(Vec<u8>, Vec<u8>)| {
                    u64::from_be_bytes(value.as_slice().try_into().unwrap())
                };
                let present = counters(found.iter().map(count).max().unwrap());
                assert!(
                    found.into_iter().eq(present.clone()),
                    "no state of any time was seen"
                );
                open.push_back((snapshot, present));
                if open.len() > 5 {
                    open.pop_front();
                }
                engine.compact().unwrap();
                for (snapshot, model) in &open {
                    for (key, value) in model {
                        assert_eq!(get_at(snapshot.as_ref(), key).as_ref(), Some(value));
                    }
                }
            }
        });
        // Bounded, because a reader that fails never comes to the end of its looks.
        for count in 201..COUNTS_MAX {
            if looks_done.load(Ordering::Relaxed) >= LOOKS {
                break;
            }
            write(count);
            let found = get(engine, counter_key(count).as_bytes());
            assert_eq!(
                found,
                Some(count.to_be_bytes().to_vec()),
                "a write isn't seen by its writer"
            );
        }
    });
}

pub(super) fn cursor_outlives(harness: &mut dyn Harness) {
    let engine = harness.make();
    for key in 0..100_u8 {
        put(engine.as_ref(), &[b'k', key], &[key]);
    }
    let snapshot = engine.snapshot().unwrap();
    let mut cursor = snapshot
        .scan(&KeyRange::prefix(b"k"), Direction::Backward)
        .unwrap();
    assert_eq!(cursor.next().unwrap(), Some((&[b'k', 99][..], &[99][..])));
    drop(snapshot);
    let mut batch = Batch::new();
    for key in 0..100_u8 {
        batch.delete([b'k', key]);
    }
    commit(engine.as_ref(), &batch);
    drop(engine);
    assert_eq!(drain(cursor.as_mut()).len(), 99);
}

/// The cursor's own thread writes: it must neither block nor see what it writes.
pub(super) fn write_while_iterating(harness: &mut dyn Harness) {
    let engine = harness.make();
    let mut batch = Batch::new();
    for key in 0..2_000_u32 {
        batch.put(key_of(key), key.to_be_bytes());
    }
    commit(engine.as_ref(), &batch);
    for direction in DIRECTIONS {
        let before = dump(engine.as_ref());
        let range = KeyRange::prefix(b"i");
        let mut cursor = engine.snapshot().unwrap().scan(&range, direction).unwrap();
        let mut found = Vec::new();
        let mut random = Random(3);
        while let Some((key, value)) = cursor.next().unwrap() {
            found.push((key.to_vec(), value.to_vec()));
            let mut batch = Batch::new();
            // Ahead and behind: away with one, a new value for another, a new key between two.
            let mut pick = || u32::try_from(random.below(2_000)).unwrap_or_default();
            batch.delete(key_of(pick())).put(key_of(pick()), *b"changed");
            batch.put([key_of(pick()), vec![b'+']].concat(), *b"new");
            commit(engine.as_ref(), &batch);
        }
        assert!(
            found == expected(&before, &range, direction),
            "{direction:?}: the cursor saw later writes"
        );
    }
}

fn key_of(number: u32) -> Vec<u8> {
    [&b"i"[..], &number.to_be_bytes()].concat()
}
