//! Cases on what remains.
#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use super::suite::Harness;
use super::tools::{Random, commit, dump};
use crate::batch::{Batch, Commit, Condition, Durability};
use crate::error::ErrorKind;

pub(super) fn upkeep(harness: &mut dyn Harness) {
    let engine = harness.make();
    assert!(!engine.name().is_empty() && engine.batch_rows_max() > 0);
    let mut model = dump(engine.as_ref());
    let mut random = Random(4);
    for _ in 0..5 {
        commit(engine.as_ref(), &random.batch(&mut model));
        engine.flush().unwrap();
    }
    assert!(engine.disk_bytes().unwrap() > 0);
    engine.compact().unwrap();
    assert_eq!(dump(engine.as_ref()), model);
}

pub(super) fn reopening(harness: &mut dyn Harness) {
    let mut engine = harness.make();
    let mut model = dump(engine.as_ref());
    let mut random = Random(5);
    for round in 0..4 {
        for step in 0..20 {
            let durability = if step % 7 == round {
                Durability::Sync
            } else {
                Durability::Buffered
            };
            let batch = random.batch(&mut model);
            assert_eq!(engine.commit(&batch, durability).unwrap(), Commit::Done);
        }
        let Some(reopened) = harness.reopen(engine) else {
            return;
        };
        engine = reopened;
        assert_eq!(dump(engine.as_ref()), model, "round {round}");
    }
}

pub(super) fn poison(harness: &mut dyn Harness) {
    let Some(engine) = harness.make_failing() else {
        return;
    };
    let before = dump(engine.as_ref());
    let mut batch = Batch::new();
    batch.put(*b"a", *b"1").put(*b"b", *b"1");
    let error = engine.commit(&batch, Durability::Sync).unwrap_err();
    assert_ne!(error.kind(), &ErrorKind::Poisoned);
    for durability in [Durability::Sync, Durability::Buffered] {
        let error = engine.commit(&batch, durability).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Poisoned);
    }
    assert_eq!(engine.flush().unwrap_err().kind(), &ErrorKind::Poisoned);
    assert_eq!(dump(engine.as_ref()), before);
    // A refusal is no write, and may be answered either way; it must not be applied.
    batch.require(Condition::Equals(b"a".to_vec(), b"1".to_vec()));
    if let Ok(commit) = engine.commit(&batch, Durability::Sync) {
        assert_eq!(commit, Commit::Refused { condition: 0 });
    }
}
