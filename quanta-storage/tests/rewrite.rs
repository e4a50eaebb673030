//! Guards files that are written anew: wherever that is interrupted, an open finds all records, and leaves one set of
//! files.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::Path;

use quanta_storage::{
    Batch, Commit, Durability, EngineKind, OpenOptions, StoreId, copy_dir_to_scratch, open, repair, rewrite,
};

const KEY: &[u8] = b"\x06key";

fn options(engine: EngineKind) -> OpenOptions {
    OpenOptions {
        engine: Some(engine),
        ..OpenOptions::default()
    }
}

fn made(path: &Path, engine: EngineKind) {
    let opened = open(path, &options(engine), StoreId([7; 16])).unwrap();
    let mut batch = Batch::new();
    batch.put(KEY, b"value");
    let committed = opened.engine.commit(&batch, Durability::Sync).unwrap();
    assert_eq!(committed, Commit::Done);
}

fn copied(source: &Path, target: &Path) {
    fs::create_dir_all(target).unwrap();
    for entry in fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        let to = target.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Does something to the directory of a store.
type Touch = fn(&Path);

/// Where an interruption leaves the files: each makes it out of a whole store.
const INTERRUPTED: [(&str, Touch); 4] = [
    ("while the new files are filled", |path| {
        fs::create_dir_all(path.join("data.new")).unwrap();
        fs::write(path.join("data.new/part"), "of it").unwrap();
    }),
    ("before the first rename", |path| {
        copied(&path.join("data"), &path.join("data.new"));
    }),
    ("between the renames", |path| {
        copied(&path.join("data"), &path.join("data.new"));
        fs::rename(path.join("data"), path.join("data.old")).unwrap();
    }),
    ("before the old files are gone", |path| {
        fs::create_dir_all(path.join("data.old")).unwrap();
        fs::write(path.join("data.old/part"), "of what was").unwrap();
    }),
];

#[track_caller]
fn check(path: &Path, place: &str) {
    let opened = open(path, &OpenOptions::default(), StoreId([8; 16])).unwrap();
    assert_eq!(opened.marker.id, StoreId([7; 16]), "{place}");
    let mut found = Vec::new();
    opened
        .engine
        .get(KEY, &mut |value| found = value.to_vec())
        .unwrap();
    assert_eq!(found, b"value", "{place}");
    drop(opened);
    let names = fs::read_dir(path).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["LOCK", "MARKER", "data"], "{place}");
}

fn kinds() -> Vec<EngineKind> {
    let mut kinds = vec![EngineKind::Fjall];
    if cfg!(feature = "sled") {
        kinds.push(EngineKind::Sled);
    }
    if cfg!(feature = "redb") {
        kinds.push(EngineKind::Redb);
    }
    kinds
}

#[test]
fn an_interrupted_rewrite_is_finished_or_taken_back() {
    for engine in kinds() {
        for (place, interrupt) in INTERRUPTED {
            let place = format!("{engine:?}, {place}");
            for mend in [
                (|path| check(path, "opened")) as Touch,
                |path| assert!(rewrite(path, &mut |_| {}).unwrap().records > 0),
                |path| assert_eq!(repair(path).unwrap(), None),
            ] {
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("store");
                made(&path, engine);
                interrupt(&path);
                let scratch = dir.path().join("scratch");
                copy_dir_to_scratch(&path, &scratch).unwrap();
                mend(&path);
                check(&path, &place);
                check(&scratch, &place);
            }
        }
    }
}
