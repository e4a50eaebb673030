//! Damaged engine files give an error, never a panic.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use quanta_storage::{
    Batch, Commit, Direction, Durability, EngineKind, KeyRange, OpenOptions, Result, StoreId,
    copy_dir_to_scratch, open,
};

fn options(kind: EngineKind) -> OpenOptions {
    OpenOptions {
        engine: Some(kind),
        ..OpenOptions::default()
    }
}

/// Makes a closed store with records in every kind of file that the engine has.
fn write_store(path: &Path, kind: EngineKind) {
    let opened = open(path, &options(kind), StoreId([7; 16])).unwrap();
    for round in 0..3_u32 {
        let mut batch = Batch::new();
        for key in 0..500_u32 {
            batch.put(key.to_be_bytes(), vec![round.to_be_bytes()[3]; 100]);
        }
        assert_eq!(
            opened.engine.commit(&batch, Durability::Sync).unwrap(),
            Commit::Done
        );
        if round == 1 {
            opened.engine.compact().unwrap();
        }
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn read_all(path: &Path, kind: EngineKind) -> Result<u64> {
    let opened = open(path, &options(kind), StoreId([7; 16]))?;
    let mut count = 0;
    for direction in [Direction::Forward, Direction::Backward] {
        let mut cursor = opened.engine.snapshot()?.scan(&KeyRange::all(), direction)?;
        while cursor.next()?.is_some() {
            count += 1;
        }
    }
    for key in 0..500_u32 {
        count += u64::from(opened.engine.get(&key.to_be_bytes(), &mut |_| {})?);
    }
    Ok(count)
}

/// Damages one file of a copy after the other, in several ways.
fn check(kind: EngineKind) {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    write_store(&store, kind);
    let names: Vec<PathBuf> = files(&store.join("data"))
        .iter()
        .map(|file| file.strip_prefix(&store).unwrap().to_path_buf())
        .collect();
    for (number, name) in names.iter().enumerate() {
        for way in 0..4 {
            let copy = dir.path().join(format!("copy-{number}-{way}"));
            copy_dir_to_scratch(&store, &copy).unwrap();
            let mut bytes = fs::read(copy.join(name)).unwrap();
            let middle = bytes.len() / 2;
            match way {
                0 => bytes.clear(),
                1 => bytes.truncate(middle),
                2 => bytes.iter_mut().take(4096).for_each(|byte| *byte = 0xa5),
                _ => bytes
                    .iter_mut()
                    .skip(middle)
                    .take(64)
                    .for_each(|byte| *byte ^= 0x55),
            }
            fs::write(copy.join(name), bytes).unwrap();
            let read = panic::catch_unwind(AssertUnwindSafe(|| read_all(&copy, kind)));
            assert!(read.is_ok(), "{} damaged in way {way}: a panic", name.display());
            fs::remove_dir_all(&copy).unwrap();
        }
    }
}

#[test]
fn fjall_files() {
    check(EngineKind::Fjall);
}

#[cfg(feature = "redb")]
#[test]
fn redb_files() {
    check(EngineKind::Redb);
}

#[cfg(feature = "sled")]
#[test]
fn sled_files() {
    check(EngineKind::Sled);
}
