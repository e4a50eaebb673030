//! Backups: what is in them comes back, and nothing that isn't whole is believed.

#![expect(clippy::unwrap_used, reason = "a helper of tests fails like a test")]

use std::fs;
use std::path::{Path, PathBuf};

use quanta_storage::{
    BackupHead, Batch, Direction, Durability, Engine, EngineKind, ErrorKind, KeyRange, Marker, Memory,
    OpenOptions, StoreId, backup, check_backup, dump_digest, open, restore,
};

const ID: StoreId = StoreId([7; 16]);

/// Engines of this build that have files.
const KINDS: &[EngineKind] = &[
    EngineKind::Fjall,
    #[cfg(feature = "sled")]
    EngineKind::Sled,
    #[cfg(feature = "redb")]
    EngineKind::Redb,
];

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Records of several blocks, one of them larger than a block.
fn fill(engine: &dyn Engine) {
    for group in 0..4_u32 {
        let mut batch = Batch::new();
        for number in 0..900_u32 {
            let key = [b"row".as_slice(), &group.to_be_bytes(), &number.to_be_bytes()].concat();
            // Neither all alike nor all different.
            let value = number.wrapping_mul(2_654_435_761).to_le_bytes().repeat(60);
            batch.put(key, value);
        }
        let done = engine.commit(&batch, Durability::Buffered).unwrap();
        assert_eq!(done, quanta_storage::Commit::Done);
    }
    let mut large = Batch::new();
    large.put(*b"large", vec![5; 700_000]);
    large.put(*b"none", Vec::new());
    let done = engine.commit(&large, Durability::Sync).unwrap();
    assert_eq!(done, quanta_storage::Commit::Done);
}

fn options(kind: EngineKind) -> OpenOptions {
    OpenOptions {
        engine: Some(kind),
        ..OpenOptions::default()
    }
}

/// Makes a store, and a backup of it. Returns the digest of its records.
fn store_and_backup(store: &Path, kind: EngineKind, file: &Path) -> [u8; 32] {
    let opened = open(store, &options(kind), ID).unwrap();
    fill(opened.engine.as_ref());
    let head = BackupHead {
        marker: opened.marker.clone(),
        note: b"of monday".to_vec(),
    };
    let snapshot = opened.engine.snapshot().unwrap();
    backup(snapshot.as_ref(), &head, file, &mut |_| {}).unwrap();
    dump_digest(snapshot.as_ref()).unwrap()
}

fn digest(store: &Path) -> [u8; 32] {
    let opened = open(store, &OpenOptions::default(), StoreId([0; 16])).unwrap();
    assert_eq!(opened.marker.id, ID);
    dump_digest(opened.engine.snapshot().unwrap().as_ref()).unwrap()
}

/// Takes everything out of a store, and puts something else in.
fn spoil(store: &Path) {
    let opened = open(store, &OpenOptions::default(), StoreId([0; 16])).unwrap();
    let snapshot = opened.engine.snapshot().unwrap();
    let mut batch = Batch::new();
    let mut cursor = snapshot
        .scan(&KeyRange::prefix(b"row"), Direction::Forward)
        .unwrap();
    while let Some((key, _)) = cursor.next().unwrap() {
        if batch.operations().len() < 500 {
            batch.delete(key);
        }
    }
    batch.put(*b"other", *b"one");
    let done = opened.engine.commit(&batch, Durability::Sync).unwrap();
    assert_eq!(done, quanta_storage::Commit::Done);
}

#[test]
fn a_store_comes_back_whatever_became_of_it() {
    type Spoil = fn(&Path);
    let spoils: [(&str, Spoil); 4] = [
        ("changed", spoil),
        ("gone", |store| fs::remove_dir_all(store).unwrap()),
        ("without data", |store| {
            fs::remove_dir_all(store.join("data")).unwrap();
        }),
        ("with other files", |store| {
            fs::remove_dir_all(store.join("data")).unwrap();
            fs::create_dir(store.join("data")).unwrap();
            fs::write(store.join("data").join("journal"), "nothing of ours").unwrap();
        }),
    ];
    for kind in KINDS {
        for (what, spoil) in spoils {
            let place = Place::new();
            let (store, file) = (place.path("store"), place.path("backup"));
            let before = store_and_backup(&store, *kind, &file);
            spoil(&store);
            let checked = check_backup(&file, &mut |_| {}).unwrap();
            assert_eq!((checked.digest(), checked.copied().records), (before, 3602));
            assert_eq!(checked.head().note, b"of monday");
            restore(&checked, &store, None, &mut |_| {}).unwrap();
            assert_eq!(digest(&store), before, "{} {what}", kind.name());
            assert_eq!(place.names(), ["backup", "store"]);
            assert!(!store.join("data.old").exists() && !store.join("data.new").exists());
        }
    }
}

#[test]
fn a_new_store_is_on_any_engine() {
    for from in KINDS {
        let place = Place::new();
        let file = place.path("backup");
        let before = store_and_backup(&place.path("store"), *from, &file);
        let checked = check_backup(&file, &mut |_| {}).unwrap();
        for to in KINDS {
            let target = place.path(to.name());
            restore(&checked, &target, Some(*to), &mut |_| {}).unwrap();
            assert_eq!(digest(&target), before);
            assert_eq!(Marker::read(&target).unwrap().engine, to.name());
        }
    }
}

#[test]
fn what_must_not_be_replaced_is_not() {
    let place = Place::new();
    let (store, file) = (place.path("store"), place.path("backup"));
    store_and_backup(&store, EngineKind::Fjall, &file);
    spoil(&store);
    let spoilt = digest(&store);
    let checked = check_backup(&file, &mut |_| {}).unwrap();
    let fails = |path: &Path, engine: Option<EngineKind>| {
        let error = restore(&checked, path, engine, &mut |_| {}).unwrap_err();
        assert!(error.message().contains(&path.display().to_string()), "{error}");
        error.kind().clone()
    };

    let opened = open(&store, &OpenOptions::default(), ID).unwrap();
    assert!(matches!(fails(&store, None), ErrorKind::Locked { .. }));
    drop(opened);
    assert_eq!(digest(&store), spoilt);

    #[cfg(feature = "sled")]
    {
        assert_eq!(fails(&store, Some(EngineKind::Sled)), ErrorKind::NotEmpty);
        assert_eq!(digest(&store), spoilt);
    }

    drop(open(place.path("other"), &OpenOptions::default(), StoreId([8; 16])).unwrap());
    assert_eq!(fails(&place.path("other"), None), ErrorKind::NotEmpty);

    fs::create_dir(place.path("letters")).unwrap();
    fs::write(place.path("letters").join("one"), "dear").unwrap();
    assert_eq!(fails(&place.path("letters"), None), ErrorKind::NotAStore);
    assert_eq!(fs::read(place.path("letters").join("one")).unwrap(), b"dear");

    let engine = Memory::new();
    let head = checked.head();
    let error = backup(engine.snapshot().unwrap().as_ref(), head, &file, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotEmpty);
    assert!(check_backup(&file, &mut |_| {}).is_ok());
}

/// Every byte counts, and every length.
#[test]
fn a_file_that_is_not_whole_is_refused() {
    let place = Place::new();
    let engine = Memory::new();
    let mut batch = Batch::new();
    (0..40_u8).for_each(|number| {
        batch.put([number], vec![number; usize::from(number)]);
    });
    let done = engine.commit(&batch, Durability::Sync).unwrap();
    assert_eq!(done, quanta_storage::Commit::Done);
    let head = BackupHead {
        marker: Marker::new("memory", ID),
        note: b"{}".to_vec(),
    };
    let file = place.path("whole");
    backup(engine.snapshot().unwrap().as_ref(), &head, &file, &mut |_| {}).unwrap();
    let whole = fs::read(&file).unwrap();
    let path = place.path("damaged");
    let refused = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).unwrap();
        let error = check_backup(&path, &mut |_| {}).expect_err(what);
        assert!(
            error.message().contains(&path.display().to_string()),
            "{what}: {error}"
        );
        error.kind().clone()
    };
    for length in 0..whole.len() {
        let kind = refused(&whole[..length], &format!("{length} bytes"));
        let expected = if length < 8 {
            ErrorKind::NotABackup
        } else {
            ErrorKind::Corrupt
        };
        assert_eq!(kind, expected, "{length} bytes");
    }
    for position in 0..whole.len() {
        for flipped in [0x01, 0x80] {
            let mut bytes = whole.clone();
            bytes[position] ^= flipped;
            refused(&bytes, &format!("byte {position} flipped by {flipped:#x}"));
        }
    }
    refused(&[whole.as_slice(), b"more"].concat(), "something behind the end");
    let mut newer = whole.clone();
    newer[8] = 2;
    assert_eq!(
        refused(&newer, "a newer format"),
        ErrorKind::NewerFormat { found: 2 }
    );
    assert_eq!(refused(b"", "nothing"), ErrorKind::NotABackup);
    let error = check_backup(place.path("nowhere"), &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Missing);
}

/// The file is what docs/format.md says.
#[test]
fn the_bytes_are_as_documented() {
    let place = Place::new();
    let engine = Memory::new();
    let mut batch = Batch::new();
    batch.put(*b"k", *b"value");
    let done = engine.commit(&batch, Durability::Sync).unwrap();
    assert_eq!(done, quanta_storage::Commit::Done);
    let head = BackupHead {
        marker: Marker::new("memory", ID),
        note: b"note".to_vec(),
    };
    let file = place.path("backup");
    backup(engine.snapshot().unwrap().as_ref(), &head, &file, &mut |_| {}).unwrap();
    let record = b"\x01\0\0\0k\x05\0\0\0value";
    let block = lz4_flex::block::compress(record);
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let mut digest = blake3::Hasher::new();
    for part in [b"k".as_slice(), b"value"] {
        digest.update(&(part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let (digest, marker) = (digest.finalize(), head.marker.encode());
    let parts: [&[u8]; 13] = [
        b"QUANTABK",
        &1_u32.to_le_bytes(),
        &length(&marker),
        &marker,
        &length(b"note"),
        b"note",
        &length(&block),
        &length(record),
        &block,
        &0_u32.to_le_bytes(),
        &1_u64.to_le_bytes(),
        &6_u64.to_le_bytes(),
        digest.as_bytes(),
    ];
    let body = parts.concat();
    let expected = [body.as_slice(), blake3::hash(&body).as_bytes()].concat();
    assert_eq!(fs::read(&file).unwrap(), expected);
}
