//! A torn journal gives a prefix of the commits or a refusal that names the repair: never a hole, never a part of
//! a batch, never a panic.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs::{self, File, OpenOptions as FileOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use quanta_storage::{
    Batch, Commit, Direction, Durability, Engine, ErrorKind, KeyRange, OpenOptions, Opened, Result, StoreId,
    copy_dir_to_scratch, open, repair,
};
use tempfile::TempDir;

const PAGE: u64 = 4096;
const BATCHES: u8 = 6;
const ROWS: u8 = 3;
const VALUE_BYTES: usize = 7_000;

fn open_store(path: &Path) -> Result<Opened> {
    open(path, &OpenOptions::default(), StoreId([7; 16]))
}

/// Bytes that compress badly and depend on where they belong.
fn value(batch: u8, row: u8) -> Vec<u8> {
    let mut state = u64::from(batch) << 8 | u64::from(row) | 1 << 40;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[1]
    };
    (0..VALUE_BYTES).map(|_| next()).collect()
}

fn write_batches(engine: &dyn Engine) {
    for number in 0..BATCHES {
        let mut batch = Batch::new();
        for row in 0..ROWS {
            batch.put([b'r', number, row], value(number, row));
        }
        assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    }
}

/// Counts the batches that are there, all of which must be whole and without a hole before them.
fn batches_there(engine: &dyn Engine) -> u8 {
    let snapshot = engine.snapshot().unwrap();
    let mut cursor = snapshot
        .scan(&KeyRange::prefix(b"r"), Direction::Forward)
        .unwrap();
    let mut found = 0;
    while let Some((key, stored)) = cursor.next().unwrap() {
        let (batch, row) = (found / ROWS, found % ROWS);
        assert_eq!(key, [b'r', batch, row], "a batch is missing or torn");
        assert!(stored == value(batch, row), "a value is damaged");
        found += 1;
    }
    assert_eq!(found % ROWS, 0, "the last batch is torn");
    found / ROWS
}

fn newest_journal(store: &Path) -> PathBuf {
    let entries = fs::read_dir(store.join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "jnl"))
        .max()
        .unwrap()
}

/// A closed store, with the length of what is written in its journal.
fn written_store() -> (TempDir, PathBuf, u64) {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    write_batches(open_store(&store).unwrap().engine.as_ref());
    let journal = newest_journal(&store);
    let bytes = fs::read(&journal).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1;
    // Most of the reserved zeros go, so that the many copies are quick.
    FileOptions::new()
        .write(true)
        .open(&journal)
        .unwrap()
        .set_len(written + 2 * PAGE)
        .unwrap();
    (dir, store, written)
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Whole,
    Recovered { batches: u8 },
    Refused { repaired_batches: u8 },
}

/// Opens a copy of the store whose journal was damaged.
fn outcome(store: &Path, damage: &dyn Fn(&File)) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy");
    copy_dir_to_scratch(store, &copy).unwrap();
    damage(
        &FileOptions::new()
            .read(true)
            .write(true)
            .open(newest_journal(&copy))
            .unwrap(),
    );

    let opened = match open_store(&copy) {
        Ok(opened) => opened,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::NeedsRepair { .. }), "{error}");
            assert!(error.message().contains("repair"), "{error}");
            let recovery = repair(&copy).unwrap().unwrap();
            assert_eq!(fs::metadata(&recovery.kept).unwrap().len(), recovery.bytes_cut);
            let repaired_batches = check_usable(&copy, open_store(&copy).unwrap());
            return Outcome::Refused { repaired_batches };
        }
    };
    let Some(recovery) = opened.recovery.clone() else {
        let batches = check_usable(&copy, opened);
        assert_eq!(batches, BATCHES, "batches were lost without a report");
        return Outcome::Whole;
    };
    assert_eq!(fs::metadata(&recovery.kept).unwrap().len(), recovery.bytes_cut);
    Outcome::Recovered {
        batches: check_usable(&copy, opened),
    }
}

/// Counts the batches, writes, and counts again after reopening.
fn check_usable(path: &Path, opened: Opened) -> u8 {
    let batches = batches_there(opened.engine.as_ref());
    let mut batch = Batch::new();
    batch.put(*b"later", *b"1");
    assert_eq!(
        opened.engine.commit(&batch, Durability::Sync).unwrap(),
        Commit::Done
    );
    drop(opened);
    let reopened = open_store(path).unwrap();
    assert_eq!(reopened.recovery, None);
    assert!(reopened.engine.get(b"later", &mut |_| {}).unwrap());
    assert_eq!(batches_there(reopened.engine.as_ref()), batches);
    batches
}

#[test]
fn every_page_lost_on_its_own() {
    let (_dir, store, written) = written_store();
    let mut outcomes = Vec::new();
    for page in 0..written.div_ceil(PAGE) {
        let zeros = vec![0; usize::try_from(PAGE).unwrap()];
        outcomes.push(outcome(&store, &|journal| {
            journal.write_all_at(&zeros, page * PAGE).unwrap();
        }));
    }
    // Refused as long as a complete batch follows; the page that two batches share takes both with it.
    let recovered = outcomes
        .iter()
        .position(|outcome| matches!(outcome, Outcome::Recovered { .. }))
        .unwrap();
    let (refused, recovered) = outcomes.split_at(recovered);
    assert_eq!(refused[0], Outcome::Refused { repaired_batches: 0 });
    assert!(
        refused
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Refused { .. })),
        "{outcomes:?}"
    );
    assert_eq!(
        recovered.last(),
        Some(&Outcome::Recovered { batches: BATCHES - 1 })
    );
    for outcome in recovered {
        assert!(
            matches!(outcome, Outcome::Recovered { batches } if *batches >= BATCHES - 2),
            "{outcomes:?}"
        );
    }
}

#[test]
fn pages_of_garbage() {
    let (_dir, store, written) = written_store();
    for page in (0..written.div_ceil(PAGE)).step_by(3) {
        for byte in [0x01, 0x02, 0x03, 0xff] {
            let garbage = vec![byte; usize::try_from(PAGE).unwrap()];
            let outcome = outcome(&store, &|journal| {
                journal.write_all_at(&garbage, page * PAGE).unwrap();
            });
            assert_ne!(outcome, Outcome::Whole);
        }
    }
}

#[test]
fn cut_short_anywhere() {
    let (_dir, store, written) = written_store();
    for length in (1..written).step_by(2_503) {
        let outcome = outcome(&store, &|journal| journal.set_len(length).unwrap());
        assert!(
            matches!(outcome, Outcome::Recovered { .. }),
            "{length}: {outcome:?}"
        );
    }
}

#[test]
fn an_intact_journal_is_left_alone() {
    let (_dir, store, _) = written_store();
    assert_eq!(outcome(&store, &|_| {}), Outcome::Whole);
    assert_eq!(repair(&store).unwrap(), None);
}

#[test]
fn damage_in_an_older_journal_is_refused() {
    let (_dir, store, written) = written_store();
    let journal = newest_journal(&store);
    let later = store.join("data").join("7.jnl");
    assert!(journal < later);
    fs::copy(&journal, &later).unwrap();
    FileOptions::new()
        .write(true)
        .open(&journal)
        .unwrap()
        .set_len(written - 10)
        .unwrap();

    let error = open_store(&store).map(|opened| opened.marker).unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::NeedsRepair {
            file: journal.clone()
        }
    );
    assert_eq!(repair(&store).unwrap().unwrap().file, journal);
    assert!(!later.exists() && store.join("data").join("7.jnl.cut").exists());
    assert_eq!(check_usable(&store, open_store(&store).unwrap()), BATCHES - 1);
}

#[test]
fn closing_does_not_cut_off_what_follows_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let opened = open_store(&store).unwrap();
    write_batches(opened.engine.as_ref());
    let journal = newest_journal(&store);
    // In the first batch: those behind it were acknowledged too.
    let file = FileOptions::new().write(true).open(&journal).unwrap();
    file.write_all_at(b"damage", 2 * PAGE).unwrap();
    drop(opened);

    let error = open_store(&store).map(|opened| opened.marker).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NeedsRepair { file: journal });
}
