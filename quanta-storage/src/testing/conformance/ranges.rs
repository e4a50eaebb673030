//! Cases on scans.
#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::ops::Bound;

use super::suite::Harness;
use super::tools::{Random, commit, dump, expected, get, put, scan};
use crate::engine::{Direction, Engine, KeyRange};

const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Backward];

fn check_range(engine: &dyn Engine, range: &KeyRange) {
    let model = dump(engine);
    let snapshot = engine.snapshot().unwrap();
    for direction in DIRECTIONS {
        let found = scan(snapshot.as_ref(), range, direction);
        assert_eq!(
            found,
            expected(&model, range, direction),
            "{range:?} {direction:?}"
        );
    }
}

fn bounds_at(key: &[u8]) -> [Bound<Vec<u8>>; 3] {
    [
        Bound::Unbounded,
        Bound::Included(key.to_vec()),
        Bound::Excluded(key.to_vec()),
    ]
}

pub(super) fn bounds(harness: &mut dyn Harness) {
    let engine = harness.make();
    for key in [&b"b"[..], b"bb", b"c", b"d\0", b"d\0\0", b"e"] {
        put(engine.as_ref(), key, key);
    }
    // Keys that are there, between others, before the first and behind the last; and ends before their start.
    let edges = [&b""[..], b"a", b"b", b"ba", b"c", b"d", b"d\0", b"e", b"f"];
    for start in edges {
        for end in edges {
            for start in bounds_at(start) {
                for end in bounds_at(end) {
                    check_range(
                        engine.as_ref(),
                        &KeyRange {
                            start: start.clone(),
                            end,
                        },
                    );
                }
            }
        }
    }
}

pub(super) fn prefix_edges(harness: &mut dyn Harness) {
    let engine = harness.make();
    let keys: [&[u8]; 9] = [
        b"a",
        b"a\xff",
        b"a\xff\x00",
        b"a\xff\xff",
        b"a\xff\xff\xff",
        b"b",
        b"\xfe\xff",
        b"\xff",
        b"\xff\xff\x01",
    ];
    for key in keys {
        put(engine.as_ref(), key, b"");
    }
    let prefixes: [&[u8]; 8] = [
        b"",
        b"a",
        b"a\xff",
        b"a\xff\xff",
        b"\xfe",
        b"\xff",
        b"\xff\xff",
        b"\xff\xff\xff",
    ];
    let snapshot = engine.snapshot().unwrap();
    for prefix in prefixes {
        check_range(engine.as_ref(), &KeyRange::prefix(prefix));
        let found = scan(snapshot.as_ref(), &KeyRange::prefix(prefix), Direction::Forward);
        let ours = found
            .iter()
            .filter(|(key, _)| keys.contains(&key.as_slice()))
            .count();
        assert_eq!(
            ours,
            keys.iter().filter(|key| key.starts_with(prefix)).count(),
            "{prefix:?}"
        );
    }
}

pub(super) fn model(harness: &mut dyn Harness) {
    let mut random = Random(1);
    let engine = harness.make();
    let mut model = dump(engine.as_ref());
    for _ in 0..150 {
        commit(engine.as_ref(), &random.batch(&mut model));
        let key = random.key();
        assert_eq!(get(engine.as_ref(), &key), model.get(&key).cloned());
        let [_, included, excluded] = bounds_at(&random.key());
        let [unbounded, end, _] = bounds_at(&random.key());
        for (start, end) in [
            (included, end.clone()),
            (excluded, end),
            (unbounded.clone(), unbounded),
        ] {
            let range = KeyRange { start, end };
            let snapshot = engine.snapshot().unwrap();
            for direction in DIRECTIONS {
                let found = scan(snapshot.as_ref(), &range, direction);
                assert_eq!(
                    found,
                    expected(&model, &range, direction),
                    "{range:?} {direction:?}"
                );
            }
        }
    }
}
