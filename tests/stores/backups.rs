//! Guards L9: a copy made before a change is the whole store, and takes its place when the change is regretted; a copy that
//! is made while others write is of one instant; a copy over something is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use quanta_storage::{OpenOptions, StoreId, dump_digest};
use quantadb::{Database, Durability, Engine, EngineKind, ErrorKind, OnOlder, Options, QuantaEntity, Sweep};

use crate::generations::{Generation, one, row_one, row_two, texts, three, two};
use crate::support::{Places, Work, check_records, rows, verify};

const ENGINES: &[(Engine, EngineKind)] = &[
    (Engine::Fjall, EngineKind::Fjall),
    (Engine::Sled, EngineKind::Sled),
    (Engine::Fjall, EngineKind::Sled),
    (Engine::Sled, EngineKind::Fjall),
    (Engine::Redb, EngineKind::Redb),
];

const ROWS: u64 = 9;

/// Opens whatever engine the store has.
fn open(path: &Path, generation: Generation) -> Database {
    let options = Options::new().sweep(Sweep::Off);
    generation.entities(options).open(path).unwrap()
}

/// Returns all records but the marker as one figure.
fn digest(path: &Path) -> [u8; 32] {
    let opened = quanta_storage::open(path, &OpenOptions::default(), StoreId([0; 16])).unwrap();
    dump_digest(opened.engine.snapshot().unwrap().as_ref()).unwrap()
}

/// A row that was written at the second generation.
fn renamed() -> two::Item {
    two::Item {
        name: "renamed".to_owned(),
        ..row_two(4)
    }
}

/// Makes a store at the second generation, with kept values, rows of both versions, and one that was written since.
fn fill(path: &Path, engine: &Engine) -> Database {
    let options = || Options::new().sweep(Sweep::Off).engine(engine.clone());
    let db = options().entities::<(one::Item,)>().open(path).unwrap();
    db.collection::<one::Item>()
        .insert_many((0..ROWS).map(row_one))
        .unwrap();
    drop(db);
    let db = options().entities::<(two::Item,)>().open(path).unwrap();
    db.collection::<two::Item>().put(&renamed()).unwrap();
    db.release("before").unwrap();
    db
}

fn rows_two() -> Vec<String> {
    let row = |id| if id == 4 { renamed() } else { row_two(id) };
    texts((0..ROWS).map(row))
}

/// What a store says of itself, its own id and engine aside.
fn account(db: &Database) -> String {
    let head = db.head();
    let tables: Vec<_> = head
        .tables
        .keys()
        .map(|table| (db.versions(*table).unwrap(), db.kept(*table).unwrap()))
        .collect();
    let (records, releases) = (db.history().unwrap().records, db.releases().unwrap().to_json());
    format!("{head:#?}\n{tables:#?}\n{records:#?}\n{releases:#}")
}

#[test]
fn l9_a_copy_is_the_whole_store() {
    for (engine, kind) in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let (store, copy) = (directory.path().join("store"), directory.path().join("copy"));
        let db = fill(&store, engine);
        db.copy_to(&copy, *kind).unwrap();
        let copied = open(&copy, Generation::Two);
        assert_eq!(copied.marker().engine, kind.name());
        assert_ne!(copied.marker().id, db.marker().id, "a copy is a store of its own");
        let account_before = account(&db);
        assert_eq!(account(&copied), account_before, "{engine:?} to {kind:?}");
        assert!(account_before.contains("before"), "{account_before}");
        let kept = db.kept(*db.head().tables.keys().next().unwrap()).unwrap();
        assert!(!kept.is_empty(), "something is kept of the row that was written");
        assert_eq!(rows::<two::Item>(&copied), rows_two());
        verify(&copied);
        // Neither hears of the other.
        copied.collection::<two::Item>().delete(&1).unwrap();
        assert_eq!(rows::<two::Item>(&db), rows_two());
        db.collection::<two::Item>().delete(&2).unwrap();
        assert_eq!(copied.collection::<two::Item>().len().unwrap(), ROWS - 1);
        let places = Places::of(&copied);
        drop((copied, db));
        let raw = quanta_storage::open(&copy, &OpenOptions::default(), StoreId([0; 16])).unwrap();
        check_records(raw.engine.snapshot().unwrap().as_ref(), &places, Work::MayBeLeft);
    }
}

#[test]
fn l9_a_copy_takes_the_place_of_a_store_whose_change_is_regretted() {
    for (engine, kind) in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let place = |name: &str| directory.path().join(name);
        let store = place("store");
        let db = fill(&store, engine);
        for copy in ["for the old program", "for the new program"] {
            db.copy_to(place(copy), *kind).unwrap();
        }
        drop(db);
        let before = digest(&store);

        // The change, and what makes it regretted.
        let db = open(&store, Generation::Three);
        let items = db.collection::<three::Item>();
        items.delete_many(&[1, 2, 3]).unwrap();
        db.sweep().wait().unwrap();
        drop((items, db));
        let changed = digest(&store);
        assert_ne!(changed, before);
        fs::rename(&store, place("regretted")).unwrap();

        // The old program goes on, and can go further back.
        fs::rename(place("for the old program"), &store).unwrap();
        assert_eq!(digest(&store), before, "{engine:?} to {kind:?}");
        let db = open(&store, Generation::Two);
        assert_eq!(rows::<two::Item>(&db), rows_two());
        db.sweep().wait().unwrap();
        verify(&db);
        db.rollback(1).unwrap();
        let db = open(&store, Generation::One);
        let nick = |row: one::Item| match row.id {
            4 => one::Item {
                nick: "renamed".to_owned(),
                ..row
            },
            _ => row,
        };
        assert_eq!(rows::<one::Item>(&db), texts((0..ROWS).map(row_one).map(nick)));
        drop(db);
        fs::rename(&store, place("old")).unwrap();

        // The new program makes the change once more.
        fs::rename(place("for the new program"), &store).unwrap();
        let db = open(&store, Generation::Three);
        assert_eq!(db.open_report().spans.rows_built, ROWS);
        let shouts = db.collection::<three::Item>().iter();
        let shouts: Vec<String> = shouts.map(|row| row.unwrap().shout).collect();
        assert_eq!(shouts.len() as u64, ROWS);
        assert_eq!(shouts[3..5], ["NICK 3", "RENAMED"]);
        verify(&db);
        drop(db);

        // What was put aside is as it was put aside, and the old program is refused there.
        assert_eq!(digest(&place("regretted")), changed);
        let options = Options::new().sweep(Sweep::Off).on_older(OnOlder::Refuse);
        let refused = Generation::Two.entities(options).open(place("regretted"));
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Older);
    }
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "clocks", register = false)]
struct Clock {
    #[quanta(id)]
    id: u64,
    #[quanta(index)]
    time: u64,
    body: String,
}

const CLOCKS: u64 = 300;

/// Sets all clocks to one time.
fn set(db: &Database, time: u64) {
    let clock = |id| Clock {
        id,
        time,
        body: "x".repeat(500),
    };
    let clocks = db.collection::<Clock>();
    clocks.put_many((0..CLOCKS).map(clock)).unwrap();
}

#[test]
fn l9_a_copy_beside_writers_is_of_one_instant() {
    const COPIES: usize = 6;
    for (engine, kind) in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let options = Options::new().engine(engine.clone()).entities::<(Clock,)>();
        let db = options
            .durability(Durability::Buffered)
            .open(directory.path().join("store"))
            .unwrap();
        set(&db, 0);
        let (committed, has_ended) = (AtomicU64::new(0), AtomicBool::new(false));
        let mut copies: Vec<(u64, u64)> = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                for time in 1.. {
                    if has_ended.load(Ordering::Acquire) {
                        return;
                    }
                    set(&db, time);
                    committed.store(time, Ordering::Release);
                }
            });
            let mut failure = None;
            while copies.len() < COPIES && failure.is_none() {
                let copy = directory.path().join(format!("copy {}", copies.len()));
                let before = committed.load(Ordering::Acquire);
                failure = db.copy_to(&copy, *kind).err();
                copies.push((before, committed.load(Ordering::Acquire)));
            }
            // The writer ends first, or the failure would wait for it for ever.
            has_ended.store(true, Ordering::Release);
            assert!(failure.is_none(), "{engine:?} to {kind:?}: {failure:?}");
        });
        for (number, (before, after)) in copies.into_iter().enumerate() {
            let copy = directory.path().join(format!("copy {number}"));
            let options = Options::new().entities::<(Clock,)>().must_exist();
            let copied = options.open(&copy).unwrap();
            let clocks = copied.collection::<Clock>().iter();
            let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
            clocks.for_each(|clock| *seen.entry(clock.unwrap().time).or_default() += 1);
            let (time, count) = seen.pop_first().unwrap();
            assert_eq!((count, seen), (CLOCKS, BTreeMap::new()), "{engine:?} to {kind:?}");
            // One that the writer hasn't noted yet may be in it.
            assert!(
                (before..=after + 1).contains(&time),
                "{time} of {before} to {after}"
            );
            verify(&copied);
        }
    }
}

/// Returns the bytes of all files under a directory.
fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    if path.is_file() {
        found.insert(path.display().to_string(), fs::read(path).unwrap());
        return found;
    }
    for entry in fs::read_dir(path).unwrap() {
        found.extend(files(&entry.unwrap().path()));
    }
    found
}

#[test]
fn l9_a_copy_over_something_is_refused_and_changes_nothing() {
    for (engine, kind) in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let place = |name: &str| directory.path().join(name);
        let db = fill(&place("store"), engine);
        let before = account(&db);
        db.copy_to(place("store of another"), *kind).unwrap();
        db.copy_to(place("store in use"), *kind).unwrap();
        let in_use = open(&place("store in use"), Generation::Two);
        fs::create_dir(place("folder")).unwrap();
        fs::write(place("folder").join("letter"), "dear").unwrap();
        fs::write(place("file"), "dear").unwrap();
        for (target, expected) in [
            ("store", ErrorKind::Storage),
            ("store in use", ErrorKind::Storage),
            ("store of another", ErrorKind::Storage),
            ("folder", ErrorKind::NotAStore),
            ("file", ErrorKind::NotAStore),
        ] {
            let found = files(&place(target));
            let error = db.copy_to(place(target), *kind).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), expected, "{target}: {text}");
            assert!(text.contains(&place(target).display().to_string()), "{text}");
            assert!(files(&place(target)) == found, "{target} was changed");
        }
        assert_eq!(account(&db), before);
        assert_eq!(rows::<two::Item>(&in_use), rows_two());
        drop(in_use);
        let another = open(&place("store of another"), Generation::Two);
        assert_eq!(account(&another), before);
        assert_eq!(rows::<two::Item>(&another), rows_two());
    }
}
