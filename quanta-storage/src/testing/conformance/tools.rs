//! Shorthands of the cases.
#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::collections::BTreeMap;

use crate::batch::{Batch, Commit, Durability};
use crate::engine::{Cursor, Direction, Engine, KeyRange, Snapshot};

pub(super) type Model = BTreeMap<Vec<u8>, Vec<u8>>;
pub(super) type Records = Vec<(Vec<u8>, Vec<u8>)>;

pub(super) fn commit(engine: &dyn Engine, batch: &Batch) {
    assert_eq!(engine.commit(batch, Durability::Buffered).unwrap(), Commit::Done);
}

pub(super) fn put(engine: &dyn Engine, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(key, value);
    commit(engine, &batch);
}

pub(super) fn get(engine: &dyn Engine, key: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    let there = engine
        .get(key, &mut |value| found = Some(value.to_vec()))
        .unwrap();
    assert_eq!(
        there,
        found.is_some(),
        "the answer and the call of the closure disagree"
    );
    found
}

pub(super) fn get_at(snapshot: &dyn Snapshot, key: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    let there = snapshot
        .get(key, &mut |value| found = Some(value.to_vec()))
        .unwrap();
    assert_eq!(
        there,
        found.is_some(),
        "the answer and the call of the closure disagree"
    );
    found
}

pub(super) fn scan(snapshot: &dyn Snapshot, range: &KeyRange, direction: Direction) -> Records {
    drain(snapshot.scan(range, direction).unwrap().as_mut())
}

pub(super) fn drain(cursor: &mut dyn Cursor) -> Records {
    let mut records = Records::new();
    while let Some((key, value)) = cursor.next().unwrap() {
        records.push((key.to_vec(), value.to_vec()));
    }
    assert!(
        cursor.next().unwrap().is_none(),
        "a cursor went on behind its end"
    );
    records
}

pub(super) fn dump(engine: &dyn Engine) -> Model {
    scan(
        engine.snapshot().unwrap().as_ref(),
        &KeyRange::all(),
        Direction::Forward,
    )
    .into_iter()
    .collect()
}

/// What a scan of the model gives.
pub(super) fn expected(model: &Model, range: &KeyRange, direction: Direction) -> Records {
    let inside = model.iter().filter(|(key, _)| range.contains(key));
    let mut records: Records = inside.map(|(key, value)| (key.clone(), value.clone())).collect();
    if direction == Direction::Backward {
        records.reverse();
    }
    records
}

/// A seeded generator (SplitMix64), so that a failure can be repeated.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A key out of a small space with every edge in it: short, long, zeros, 0xff.
    pub(super) fn key(&mut self) -> Vec<u8> {
        let alphabet = [0x01, 0x61, 0x62, 0xfe, 0xff];
        let length = 1 + self.below(4);
        (0..length)
            .map(|_| alphabet[usize::try_from(self.below(5)).unwrap_or_default()])
            .collect()
    }

    /// Applies some random writes to a batch and to the model.
    pub(super) fn batch(&mut self, model: &mut Model) -> Batch {
        let mut batch = Batch::new();
        for _ in 0..=self.below(12) {
            let key = self.key();
            if self.below(3) == 0 {
                model.remove(&key);
                batch.delete(key);
            } else {
                let value = self.next().to_be_bytes().to_vec();
                model.insert(key.clone(), value.clone());
                batch.put(key, value);
            }
        }
        batch
    }
}
