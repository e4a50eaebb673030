//! Repairs that are cut off after any write.

use std::path::Path;
use std::sync::Arc;

use quanta_core::Error;
use quanta_storage::Engine as StorageEngine;
use quanta_storage::faults::{Fault, Faulty};

use super::*;

/// An engine whose batches hold three records.
#[derive(Debug, Clone)]
struct Small(Faulty);

impl StorageEngine for Small {
    fn name(&self) -> &'static str {
        self.0.name()
    }
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> quanta_storage::Result<bool> {
        self.0.get(key, read)
    }
    fn snapshot(&self) -> quanta_storage::Result<Box<dyn Snapshot>> {
        self.0.snapshot()
    }
    fn commit(&self, batch: &Batch, durability: Durability) -> quanta_storage::Result<Commit> {
        self.0.commit(batch, durability)
    }
    fn flush(&self) -> quanta_storage::Result<()> {
        self.0.flush()
    }
    fn disk_bytes(&self) -> quanta_storage::Result<u64> {
        self.0.disk_bytes()
    }
    fn batch_rows_max(&self) -> usize {
        3
    }
}

/// Repairs a store in small batches, cut off after so many writes.
fn repair_cut(
    records: &Records,
    cut: Option<u64>,
    file: &Path,
) -> (Memory, Result<RepairReport, Error>, u64) {
    let memory = memory_of(records);
    let faulty = Faulty::new(Arc::new(memory.clone()));
    if let Some(writes) = cut {
        faulty.inject(Fault::CutOff { writes });
    }
    let options = Options::new().engine(Engine::Custom(Arc::new(Small(faulty.clone()))));
    let repaired = options.entities::<()>().clock(|| 0).repair("rich", file);
    (memory, repaired, faulty.writes())
}

/// Many things at once are wrong; wherever the repair ends, nothing is wrong that wasn't, and the next one finishes.
#[test]
fn n9_a_repair_that_is_cut_off_leaves_the_store_no_worse() {
    let sound = records_of(&rich());
    let mut records = sound.clone();
    records.retain(|key, _| key[0] != INDEX);
    for id in 1..9 {
        copy(&mut records, &person_key(1), key(ROW, &[77], &[0x81, id]));
    }
    copy(&mut records, &kept_up(), key(KEPT, &[5, 2], &[0, 0x81, 1]));
    take(&mut records, b"\x03people:schema");
    records.insert(key(COUNTER, &[5], &[]), vec![3]);
    edit_head(&mut records, |head| head.counters.space = 1);
    work(&mut records, 0, 5, WorkTask::Retire { space: 5 });
    let dir = tempdir().unwrap();
    let (whole, repaired, writes) = repair_cut(&records, None, &dir.path().join("whole"));
    let before = repaired.unwrap().found;
    assert!(look(&records_of(&whole)).is_sound());
    assert!(
        writes > 6,
        "the repair makes {writes} writes: its batches are no longer small"
    );
    for cut in 0..writes {
        let (memory, repaired, _) = repair_cut(&records, Some(cut), &dir.path().join(cut.to_string()));
        assert!(repaired.is_err(), "cut {cut}");
        let after = look(&records_of(&memory));
        for (code, total) in &after.totals {
            let known = before.totals.get(code).copied().unwrap_or(0);
            assert!(
                *total <= known,
                "cut {cut}: {code} was found {total} times, {known} times before"
            );
        }
        assert!(repair(&memory).is_sound(), "cut {cut}");
        assert_eq!(essence(records_of(&memory)), essence(sound.clone()), "cut {cut}");
    }
}
