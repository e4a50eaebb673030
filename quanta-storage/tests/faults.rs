//! The failing engine fails where it is told to, the same way every time, and loses what a power loss may.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use quanta_storage::faults::{Fault, Faulty};
use quanta_storage::{
    Batch, Commit, Condition, Direction, Durability, Engine, ErrorKind, KeyRange, Memory, Result, dump_digest,
};

fn faulty() -> Faulty {
    Faulty::new(Arc::new(Memory::new()))
}

fn put(engine: &dyn Engine, key: u8, durability: Durability) -> Result<Commit> {
    let mut batch = Batch::new();
    batch.put([key], [key]).delete([key - 1]);
    engine.commit(&batch, durability)
}

fn keys(engine: &dyn Engine) -> Vec<u8> {
    let mut cursor = engine
        .snapshot()
        .unwrap()
        .scan(&KeyRange::all(), Direction::Forward)
        .unwrap();
    let mut keys = Vec::new();
    while let Some((key, _)) = cursor.next().unwrap() {
        keys.push(key[0]);
    }
    keys
}

#[test]
fn a_cut_ends_writes_and_reads() {
    for writes in 0..4 {
        let faulty = faulty();
        faulty.inject(Fault::CutOff { writes });
        let snapshot = faulty.snapshot().unwrap();
        let mut cursor = snapshot.scan(&KeyRange::all(), Direction::Forward).unwrap();
        let results: Vec<bool> = (1..=6)
            .map(|key| put(&faulty, key, Durability::Sync).is_ok())
            .collect();
        let succeeded = usize::try_from(writes).unwrap();
        assert!(results[..succeeded].iter().all(|ok| *ok) && results[succeeded..].iter().all(|ok| !ok));
        assert_eq!(faulty.writes(), writes);
        assert!(faulty.is_cut_off());
        let errors = [
            faulty.get(b"a", &mut |_| {}).unwrap_err(),
            faulty.snapshot().map(drop).unwrap_err(),
            faulty.flush().unwrap_err(),
            snapshot.get(b"a", &mut |_| {}).unwrap_err(),
            cursor.next().map(|_| ()).unwrap_err(),
        ];
        assert!(
            errors
                .iter()
                .all(|error| error.kind() == &ErrorKind::Io && error.message() == "cut off")
        );
        assert_eq!(keys(faulty.inner().as_ref()).len(), usize::from(writes > 0));
    }
}

#[test]
fn a_refused_or_empty_batch_is_no_write() {
    let faulty = faulty();
    faulty.inject(Fault::CutOff { writes: 1 });
    let mut refused = Batch::new();
    refused
        .require(Condition::Equals(b"a".to_vec(), b"1".to_vec()))
        .put(*b"a", *b"2");
    assert_eq!(
        faulty.commit(&refused, Durability::Sync).unwrap(),
        Commit::Refused { condition: 0 }
    );
    assert_eq!(
        faulty.commit(&Batch::new(), Durability::Sync).unwrap(),
        Commit::Done
    );
    assert_eq!(faulty.writes(), 0);
    assert!(put(&faulty, 1, Durability::Sync).is_ok());
    assert!(put(&faulty, 2, Durability::Sync).is_err());
}

#[test]
fn power_loss_takes_back_what_was_not_synced() {
    use Durability::{Buffered, Sync};
    // Each write, and what remains after a power loss behind it.
    let writes = [
        (Buffered, 0),
        (Buffered, 0),
        (Sync, 3),
        (Buffered, 3),
        (Buffered, 3),
        (Sync, 6),
        (Buffered, 6),
    ];
    for count in 1..=writes.len() {
        let faulty = faulty();
        let mut synced = dump_digest(faulty.snapshot().unwrap().as_ref()).unwrap();
        for (key, (durability, _)) in (1..).zip(&writes[..count]) {
            assert_eq!(put(&faulty, key, *durability).unwrap(), Commit::Done);
            if *durability == Sync {
                synced = dump_digest(faulty.snapshot().unwrap().as_ref()).unwrap();
            }
        }
        let remaining = writes[count - 1].1;
        assert_eq!(faulty.lose_unsynced().unwrap(), count - remaining);
        assert!(faulty.is_cut_off());
        assert_eq!(
            dump_digest(faulty.inner().snapshot().unwrap().as_ref()).unwrap(),
            synced
        );
    }
}

#[test]
fn a_flush_syncs() {
    let faulty = faulty();
    assert_eq!(put(&faulty, 1, Durability::Buffered).unwrap(), Commit::Done);
    faulty.flush().unwrap();
    assert_eq!(put(&faulty, 2, Durability::Buffered).unwrap(), Commit::Done);
    assert_eq!(faulty.lose_unsynced().unwrap(), 1);
    assert_eq!(keys(faulty.inner().as_ref()), [1]);
}

#[test]
fn a_failure_poisons_writes_and_leaves_reads() {
    for kind in [ErrorKind::Io, ErrorKind::DiskFull] {
        let faulty = faulty();
        faulty.inject(Fault::Fail {
            writes: 1,
            kind: kind.clone(),
        });
        assert_eq!(put(&faulty, 1, Durability::Sync).unwrap(), Commit::Done);
        assert_eq!(put(&faulty, 2, Durability::Sync).unwrap_err().kind(), &kind);
        faulty.inject(Fault::None);
        assert_eq!(
            put(&faulty, 3, Durability::Sync).unwrap_err().kind(),
            &ErrorKind::Poisoned
        );
        assert_eq!(faulty.flush().unwrap_err().kind(), &ErrorKind::Poisoned);
        assert_eq!(keys(&faulty), [1]);
        assert!(put(faulty.inner().as_ref(), 4, Durability::Sync).is_ok());
    }
}
