//! What a store's directory may hold, who may open it, and what opening refuses.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quanta_storage::{
    Access, Batch, Commit, CreateMode, Direction, Durability, Engine, EngineKind, Error, ErrorKind,
    FORMAT_VERSION, KeyRange, MARKER_KEY, Marker, Memory, OpenOptions, Opened, Origin, Result, StoreId, copy,
    copy_dir_to_scratch, copy_to_dir, dump_digest, open, open_engine,
};

const ID: StoreId = StoreId([7; 16]);

fn store() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.quanta");
    (dir, path)
}

fn open_default(path: &Path) -> Result<Opened> {
    open(path, &OpenOptions::default(), ID)
}

fn put(engine: &dyn Engine, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(key, value);
    assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
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

fn refusal(opened: Result<Opened>) -> Error {
    opened.map(|opened| opened.marker).unwrap_err()
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_directory_is_laid_out_as_documented() {
    let (_dir, path) = store();
    let opened = open_default(&path).unwrap();
    assert_eq!(opened.origin, Origin::Created);
    assert_eq!(names(&path), ["LOCK", "MARKER", "data"]);
    assert_eq!(
        fs::read_to_string(path.join("LOCK")).unwrap(),
        format!("{}\n", std::process::id())
    );
    let file = fs::read(path.join("MARKER")).unwrap();
    let mut stored = Vec::new();
    assert!(
        opened
            .engine
            .get(MARKER_KEY, &mut |value| stored = value.to_vec())
            .unwrap()
    );
    assert_eq!(file, stored);
}

#[test]
fn the_marker_has_its_golden_bytes() {
    let bytes = Marker::new("fjall", ID).encode();
    assert_eq!(bytes.len(), 52);
    assert_eq!(&bytes[..8], b"QUANTADB");
    assert_eq!(bytes[8..12], [1, 0, 0, 0]);
    assert_eq!(&bytes[12..28], b"fjall\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(bytes[28..44], [7; 16]);
    assert_eq!(bytes[44..], blake3::hash(&bytes[..44]).as_bytes()[..8]);
}

#[test]
fn a_second_opener_is_told_who_holds_it() {
    let (_dir, path) = store();
    let first = open_default(&path).unwrap();
    let error = refusal(open_default(&path));
    let expected = ErrorKind::Locked {
        holder: Some(std::process::id()),
        path: path.join("LOCK"),
    };
    assert_eq!(error.kind(), &expected);
    assert!(
        error
            .message()
            .contains("this process has the store open already"),
        "{error}"
    );

    // Another process is named by its id.
    fs::write(path.join("LOCK"), "4194305\n").unwrap();
    let error = refusal(open_default(&path));
    assert!(error.message().contains("locked by process 4194305"), "{error}");

    // Whatever of the store is in use keeps it locked.
    let snapshot = first.engine.snapshot().unwrap();
    drop(first);
    assert!(matches!(
        refusal(open_default(&path)).kind(),
        ErrorKind::Locked { .. }
    ));
    drop(snapshot);
    assert_eq!(open_default(&path).unwrap().origin, Origin::Existing);
}

#[test]
fn foreign_directories_are_left_untouched() {
    let (dir, path) = store();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("notes.txt"), "mine").unwrap();
    assert_eq!(refusal(open_default(&path)).kind(), &ErrorKind::NotAStore);
    assert_eq!(names(&path), ["notes.txt"]);

    let data = dir.path().join("other");
    fs::create_dir_all(data.join("data")).unwrap();
    assert_eq!(refusal(open_default(&data)).kind(), &ErrorKind::NotAStore);
    assert_eq!(names(&data), ["data"]);

    let file = dir.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert_eq!(refusal(open_default(&file)).kind(), &ErrorKind::NotAStore);
}

#[test]
fn create_modes() {
    let (dir, path) = store();
    let with = |create| OpenOptions {
        create,
        ..OpenOptions::default()
    };
    assert_eq!(
        refusal(open(&path, &with(CreateMode::Never), ID)).kind(),
        &ErrorKind::Missing
    );
    assert!(!path.exists());
    drop(open(&path, &with(CreateMode::MustBeNew), ID).unwrap());
    assert_eq!(
        refusal(open(&path, &with(CreateMode::MustBeNew), ID)).kind(),
        &ErrorKind::NotEmpty
    );
    drop(open(&path, &with(CreateMode::Never), ID).unwrap());
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(open_default(&empty).unwrap().origin, Origin::Created);
}

#[test]
fn a_creation_is_taken_up_wherever_it_stopped() {
    let (_dir, path) = store();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("LOCK"), "").unwrap();
    assert_eq!(open_default(&path).unwrap().origin, Origin::Created);

    // The last step is the renaming of the marker: before it, everything may be there, or a part of it.
    let stop = || fs::rename(path.join("MARKER"), path.join("MARKER.new")).unwrap();
    stop();
    let never = OpenOptions {
        create: CreateMode::Never,
        ..OpenOptions::default()
    };
    assert_eq!(refusal(open(&path, &never, ID)).kind(), &ErrorKind::Missing);
    assert_eq!(open_default(&path).unwrap().origin, Origin::Created);
    stop();
    fs::remove_file(path.join("data").join("version")).unwrap();
    assert_eq!(open_default(&path).unwrap().origin, Origin::Created);
    stop();
    fs::remove_dir_all(path.join("data")).unwrap();
    fs::write(path.join("MARKER.new"), "QUAN").unwrap();
    assert_eq!(open_default(&path).unwrap().origin, Origin::Created);
    assert_eq!(names(&path), ["LOCK", "MARKER", "data"]);
}

#[test]
fn a_store_whose_records_are_gone_is_no_new_one() {
    for kind in kinds() {
        let options = OpenOptions {
            engine: Some(kind),
            ..OpenOptions::default()
        };
        for emptied in [false, true] {
            let (_dir, path) = store();
            drop(open(&path, &options, ID).unwrap());
            fs::remove_dir_all(path.join("data")).unwrap();
            if emptied {
                fs::create_dir(path.join("data")).unwrap();
            }
            for _ in 0..2 {
                let error = refusal(open(&path, &options, ID));
                assert_eq!(error.kind(), &ErrorKind::Corrupt, "{error}");
                assert!(error.to_string().contains("whose records are gone"), "{error}");
            }
        }
    }
}

#[test]
fn damaged_markers_and_newer_formats_are_told_apart() {
    let (_dir, path) = store();
    drop(open_default(&path).unwrap());
    let marker = path.join("MARKER");
    let sound = fs::read(&marker).unwrap();
    for at in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[at] ^= 0x10;
        fs::write(&marker, &damaged).unwrap();
        assert_eq!(
            refusal(open_default(&path)).kind(),
            &ErrorKind::MarkerDamaged,
            "byte {at}"
        );
        fs::write(&marker, &sound[..at]).unwrap();
        assert_eq!(
            refusal(open_default(&path)).kind(),
            &ErrorKind::MarkerDamaged,
            "cut at {at}"
        );
    }
    let newer = Marker {
        format: FORMAT_VERSION + 1,
        engine: "fjall".into(),
        id: ID,
    };
    fs::write(&marker, newer.encode()).unwrap();
    let error = refusal(open_default(&path));
    assert_eq!(
        error.kind(),
        &ErrorKind::NewerFormat {
            found: FORMAT_VERSION + 1
        }
    );
    let unknown = Marker {
        format: FORMAT_VERSION,
        engine: "papyrus".into(),
        id: ID,
    };
    fs::write(&marker, unknown.encode()).unwrap();
    assert_eq!(refusal(open_default(&path)).kind(), &ErrorKind::EngineMissing);
    fs::write(&marker, sound).unwrap();
    drop(open_default(&path).unwrap());
}

#[test]
fn marker_and_data_must_belong_together() {
    let (dir, path) = store();
    drop(open_default(&path).unwrap());
    let other = dir.path().join("other");
    drop(open(&other, &OpenOptions::default(), StoreId([8; 16])).unwrap());
    fs::copy(other.join("MARKER"), path.join("MARKER")).unwrap();
    let error = refusal(open_default(&path));
    assert_eq!(error.kind(), &ErrorKind::Corrupt);
    assert!(error.message().contains("belong to different stores"), "{error}");

    // Data without a marker of its own, and records in it.
    let opened = open_default(&other).unwrap();
    put(opened.engine.as_ref(), b"a", b"1");
    let mut batch = Batch::new();
    batch.delete(MARKER_KEY);
    assert_eq!(
        opened.engine.commit(&batch, Durability::Sync).unwrap(),
        Commit::Done
    );
    drop(opened);
    assert_eq!(refusal(open_default(&other)).kind(), &ErrorKind::Corrupt);
}

#[cfg(feature = "sled")]
#[test]
fn a_store_keeps_its_engine() {
    let (_dir, path) = store();
    let with = |kind| OpenOptions {
        engine: Some(kind),
        ..OpenOptions::default()
    };
    drop(open(&path, &with(EngineKind::Sled), ID).unwrap());
    let error = refusal(open(&path, &with(EngineKind::Fjall), ID));
    assert_eq!(
        error.kind(),
        &ErrorKind::WrongEngine {
            stored: "sled".into()
        }
    );
    assert!(error.message().contains("copy"), "{error}");
    assert_eq!(open_default(&path).unwrap().engine.name(), "sled");
}

#[test]
fn read_only_stores_take_no_commits() {
    let (_dir, path) = store();
    let read_only = OpenOptions {
        access: Access::ReadOnly,
        ..OpenOptions::default()
    };
    assert_eq!(refusal(open(&path, &read_only, ID)).kind(), &ErrorKind::Missing);
    put(open_default(&path).unwrap().engine.as_ref(), b"a", b"1");
    let opened = open(&path, &read_only, ID).unwrap();
    assert!(opened.engine.get(b"a", &mut |_| {}).unwrap());
    let error = opened.engine.commit(&Batch::new(), Durability::Sync).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::ReadOnly);
    assert!(matches!(
        refusal(open_default(&path)).kind(),
        ErrorKind::Locked { .. }
    ));
}

/// Some users may write anywhere, so the refusal is only held where the directory really can't be written.
#[cfg(unix)]
#[test]
fn unwritable_stores_offer_a_scratch_copy() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, path) = store();
    put(open_default(&path).unwrap().engine.as_ref(), b"a", b"1");
    fs::remove_file(path.join("LOCK")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::File::create(path.join("probe")).is_err() {
        let error = refusal(open_default(&path));
        assert_eq!(error.kind(), &ErrorKind::NotWritable);
        assert!(error.message().contains("scratch(dir)"), "{error}");
    }
    let scratch = dir.path().join("scratch");
    copy_dir_to_scratch(&path, &scratch).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(
        open_default(&scratch)
            .unwrap()
            .engine
            .get(b"a", &mut |_| {})
            .unwrap()
    );
    assert_eq!(
        copy_dir_to_scratch(&path, &scratch).unwrap_err().kind(),
        &ErrorKind::NotEmpty
    );
}

#[test]
fn a_store_in_use_is_not_copied_to_scratch() {
    let (dir, path) = store();
    let _opened = open_default(&path).unwrap();
    let error = copy_dir_to_scratch(&path, dir.path().join("scratch")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Locked { .. }));
}

#[test]
fn engines_with_records_and_no_marker_are_no_stores() {
    let memory = Memory::new();
    put(&memory, b"a", b"1");
    let error = refusal(open_engine(Arc::new(memory), ID));
    assert_eq!(error.kind(), &ErrorKind::NotAStore);
}

#[test]
fn a_copy_holds_the_same_records_under_a_new_id() {
    let dir = tempfile::tempdir().unwrap();
    let source = Memory::new();
    drop(open_engine(Arc::new(source.clone()), ID).unwrap());
    for key in 0..3_000_u32 {
        put(
            &source,
            &[&b"k"[..], &key.to_be_bytes()].concat(),
            &vec![1; usize::try_from(key % 2_000).unwrap()],
        );
    }
    put(&source, b"large", &vec![2; 3 << 20]);
    let snapshot = source.snapshot().unwrap();
    let digest = dump_digest(snapshot.as_ref()).unwrap();

    let target = Memory::new();
    let mut steps = 0;
    let copied = copy(snapshot.as_ref(), &target, StoreId([9; 16]), &mut |_| steps += 1).unwrap();
    assert_eq!(copied.records, 3_001);
    assert!(steps > 3, "{steps}");
    assert_eq!(dump_digest(target.snapshot().unwrap().as_ref()).unwrap(), digest);
    assert_eq!(
        open_engine(Arc::new(target.clone()), ID).unwrap().marker.id,
        StoreId([9; 16])
    );
    put(&target, b"a", b"1");
    assert_ne!(dump_digest(target.snapshot().unwrap().as_ref()).unwrap(), digest);

    let error = copy(snapshot.as_ref(), &target, ID, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotEmpty);
    for kind in kinds() {
        let path = dir.path().join(kind.name());
        let options = OpenOptions {
            engine: Some(kind),
            ..OpenOptions::default()
        };
        drop(copy_to_dir(snapshot.as_ref(), &path, &options, StoreId([9; 16]), &mut |_| {}).unwrap());
        let opened = open_default(&path).unwrap();
        assert_eq!(
            (opened.engine.name(), opened.marker.id),
            (kind.name(), StoreId([9; 16]))
        );
        assert_eq!(
            dump_digest(opened.engine.snapshot().unwrap().as_ref()).unwrap(),
            digest
        );
        drop(opened);
        let again = copy_to_dir(snapshot.as_ref(), &path, &options, ID, &mut |_| {});
        assert_eq!(refusal(again).kind(), &ErrorKind::NotEmpty);
    }
}

/// What is closed is not read again when it is opened: the journal is as short as it can be.
#[test]
fn a_closed_store_leaves_a_short_journal() {
    const ROWS: u32 = 2_000;
    let (_dir, path) = store();
    let journal_bytes = || {
        let files = fs::read_dir(path.join("data"))
            .unwrap()
            .map(|entry| entry.unwrap());
        let journals = files.filter(|file| {
            file.path()
                .extension()
                .is_some_and(|extension| extension == "jnl")
        });
        journals.map(|file| file.metadata().unwrap().len()).sum::<u64>()
    };
    // A short one is kept as it is, without the room that is reserved behind it.
    for (opening, rows) in [(1, 10), (2, ROWS), (3, 10), (4, ROWS)] {
        let engine = open_default(&path).unwrap().engine;
        for row in 0..rows {
            let mut batch = Batch::new();
            batch.put([&b"r"[..], &row.to_be_bytes()].concat(), vec![opening; 200]);
            assert_eq!(engine.commit(&batch, Durability::Buffered).unwrap(), Commit::Done);
        }
        let snapshot = engine.snapshot().unwrap();
        let mut cursor = snapshot
            .scan(&KeyRange::prefix(b"r"), Direction::Forward)
            .unwrap();
        drop((engine, snapshot));
        let mut seen = 0_u32;
        while let Some((key, value)) = cursor.next().unwrap() {
            let newest = if seen < rows { opening } else { opening - 1 };
            assert_eq!((&key[1..], value[0]), (&seen.to_be_bytes()[..], newest));
            seen += 1;
        }
        assert_eq!(seen, if opening == 1 { 10 } else { ROWS });
        drop(cursor);
        let bytes = journal_bytes();
        assert!(
            if rows == ROWS {
                bytes == 0
            } else {
                (1..8_192).contains(&bytes)
            },
            "{opening}: {bytes}"
        );
    }
}
