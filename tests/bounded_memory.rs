//! Guards L7: what a migration takes of memory doesn't grow with the rows. Each part runs in a process of its own, at two
//! sizes, as memory that one part freed and the allocator kept would hide what the next one takes.
//!
//! The engine's caches do grow with what is read, up to their limits. So each part is held against what the engine takes
//! to read and rewrite the same rows by itself. `QUANTA_ROWS` says how many rows the larger store has.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy takes only functions marked as tests for tests, and these help them"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use quanta_storage::{Batch, Commit, Direction, Durability as Synced, KeyRange, OpenOptions, StoreId};
use quantadb::{Database, Durability, Entities, Options, Sweep};

/// Rows of the larger store where `QUANTA_ROWS` doesn't say; the smaller one has a quarter.
const ROWS: u64 = 20_000;
const MIB: u64 = 1024 * 1024;
/// What the larger store holds at least: much more than the growth that is allowed, so that whoever gathers all rows in
/// memory is found out. Few rows are long ones.
const STORE_BYTES_MIN: u64 = 60 * MIB;
const BODY_BYTES_MIN: u64 = 150;
/// How much more a part may take over the engine's own at four times the rows.
const GROWTH_BYTES_MAX: u64 = 36 * MIB;
/// How much more a part may take than the engine's own.
const OVER_ENGINE_BYTES_MAX: u64 = 64 * MIB;

const PART: &str = "QUANTA_MEMORY_PART";
const PATH: &str = "QUANTA_MEMORY_PATH";
const PART_ROWS: &str = "QUANTA_MEMORY_ROWS";
const PART_BODY: &str = "QUANTA_MEMORY_BODY";

/// Makes one generation of the table.
macro_rules! generation {
    ($name:ident { $($fields:tt)* }) => {
        mod $name {
            #[derive(quantadb::QuantaEntity)]
            #[quanta(table = "books", register = false)]
            pub struct Book { $($fields)* }
        }
    };
}

generation! { loaded {
    #[quanta(id)] pub id: u64,
    pub name: String,
    pub pages: u64,
    pub note: String,
    pub body: String,
} }

generation! { lazy {
    #[quanta(id)] pub id: u64,
    #[quanta(renamed_from = "name")] pub title: String,
    pub pages: u64,
    #[quanta(new, default = 7)] pub rank: u32,
    pub body: String,
} }

generation! { rekeyed {
    pub id: u64,
    #[quanta(id)] pub title: String,
    pub pages: u64,
    pub rank: u32,
    pub body: String,
} }

generation! { indexed {
    #[quanta(unique)] pub id: u64,
    #[quanta(id)] pub title: String,
    pub pages: u64,
    pub rank: u32,
    pub body: String,
} }

generation! { checked {
    #[quanta(unique)] pub id: u64,
    #[quanta(id)] pub title: String,
    pub pages: u16,
    pub rank: u32,
    pub body: String,
} }

fn row(id: u64) -> loaded::Book {
    let body_bytes = number(PART_BODY);
    loaded::Book {
        id,
        name: format!("book {id:012}"),
        pages: id % 1_000,
        note: format!("a note on {id}"),
        body: format!("{id:<body_bytes$}"),
    }
}

fn number(variable: &str) -> usize {
    std::env::var(variable).unwrap().parse().unwrap()
}

fn open<E: Entities>(path: &Path) -> Database {
    Options::new()
        .sweep(Sweep::Off)
        .durability(Durability::Buffered)
        .entities::<E>()
        .open(path)
        .unwrap()
}

fn sweep(db: &Database, rows: u64) {
    let progress = db.sweep().wait().unwrap();
    assert!(
        progress.is_done && progress.rows_rewritten == rows,
        "{progress:?}"
    );
}

/// What a process does with the store and its rows.
type Part = fn(&Path, u64);

/// The parts in their order: each goes on with the store that the one before it left.
const PARTS: &[(&str, Part)] = &[
    ("load", |path, rows| {
        let report = open::<(loaded::Book,)>(path)
            .collection::<loaded::Book>()
            .load((0..rows).map(row));
        assert_eq!(report.unwrap().rows, rows);
    }),
    (ENGINE, |path, _| rewrite(path)),
    ("lazy change and sweep", |path, rows| {
        sweep(&open::<(lazy::Book,)>(path), rows);
    }),
    ("re-key", |path, rows| {
        let db = open::<(rekeyed::Book,)>(path);
        assert_eq!(db.open_report().spans.rows_built, rows);
        // The space that the rows came from is emptied.
        db.sweep().wait().unwrap();
    }),
    ("index", |path, _| drop(open::<(indexed::Book,)>(path))),
    ("checked conversion", |path, rows| {
        let db = open::<(checked::Book,)>(path);
        assert_eq!(db.open_report().spans.rows_checked, rows);
        sweep(&db, rows);
    }),
    ("rollback", |path, rows| {
        let report = open::<(checked::Book,)>(path).rollback(4).unwrap();
        assert_eq!(report.spans.rows_built, rows);
    }),
    // In a process of its own: two engines, one after the other, leave two caches behind.
    ("what is left of the rollback", |path, rows| {
        let db = open::<(loaded::Book,)>(path);
        db.sweep().wait().unwrap();
        let last = db.collection::<loaded::Book>().get(&(rows - 1)).unwrap().unwrap();
        assert_eq!(last.note, row(rows - 1).note, "what was kept is back");
    }),
];

/// The part that the others are held against.
const ENGINE: &str = "the engine alone";

/// Reads and rewrites all records without our layers.
fn rewrite(path: &Path) {
    let engine = quanta_storage::open(path, &OpenOptions::default(), StoreId([0; 16]))
        .unwrap()
        .engine;
    let mut batch = Batch::new();
    let commit = |batch: &Batch| assert_eq!(engine.commit(batch, Synced::Buffered).unwrap(), Commit::Done);
    let snapshot = engine.snapshot().unwrap();
    let mut cursor = snapshot.scan(&KeyRange::all(), Direction::Forward).unwrap();
    while let Some((key, value)) = cursor.next().unwrap() {
        batch.put(key, value);
        if batch.bytes() as u64 > MIB {
            commit(&std::mem::take(&mut batch));
        }
    }
    commit(&batch);
    engine.flush().unwrap();
}

/// Returns a figure of this process that the kernel gives, in bytes.
fn memory(figure: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap();
    let kibibytes: u64 = line.trim_matches([':', '\t', ' ', 'k', 'B']).parse().unwrap();
    kibibytes * 1024
}

/// What a process does that was started for one part: it tells its peak, above what it had before.
#[test]
fn part() {
    let Ok(part) = std::env::var(PART) else {
        return;
    };
    let path = std::env::var(PATH).unwrap();
    let (_, run) = PARTS.iter().find(|(name, _)| *name == part).unwrap();
    let before = memory("VmRSS");
    run(Path::new(&path), number(PART_ROWS) as u64);
    println!("peak {}", memory("VmHWM") - before);
}

/// Runs all parts on one store, and returns what each took.
fn peaks(rows: u64, body_bytes: u64) -> BTreeMap<&'static str, u64> {
    let directory = tempfile::tempdir().unwrap();
    let peak = |part: &str| -> u64 {
        let ended = Command::new(std::env::current_exe().unwrap())
            .args(["part", "--exact", "--nocapture"])
            .env(PART, part)
            .env(PATH, directory.path().join("store"))
            .env(PART_ROWS, rows.to_string())
            .env(PART_BODY, body_bytes.to_string())
            .output()
            .unwrap();
        let (told, said) = (
            String::from_utf8_lossy(&ended.stdout).into_owned(),
            String::from_utf8_lossy(&ended.stderr),
        );
        let peak = told.lines().find_map(|line| line.split_once("peak "));
        let (_, bytes) = peak.unwrap_or_else(|| panic!("{part} with {rows} rows: {told}{said}"));
        bytes.parse().unwrap()
    };
    PARTS.iter().map(|(part, _)| (*part, peak(part))).collect()
}

#[test]
fn l7_memory_of_a_migration_is_flat() {
    let rows = std::env::var("QUANTA_ROWS").map_or(ROWS, |rows| rows.parse().unwrap());
    let body_bytes = (STORE_BYTES_MIN / rows).max(BODY_BYTES_MIN);
    let (few, many) = (peaks(rows / 4, body_bytes), peaks(rows, body_bytes));
    let over = |peaks: &BTreeMap<&str, u64>, part: &str| peaks[part].saturating_sub(peaks[ENGINE]);
    let mut grown = Vec::new();
    for (part, _) in PARTS {
        let (few_over, many_over) = (over(&few, part), over(&many, part));
        println!(
            "{part}: {} MiB with {} rows, {} MiB with {rows}; over the engine's own: {} and {} MiB",
            few[part] / MIB,
            rows / 4,
            many[part] / MIB,
            few_over / MIB,
            many_over / MIB,
        );
        if many_over.saturating_sub(few_over) > GROWTH_BYTES_MAX
            || few_over.max(many_over) > OVER_ENGINE_BYTES_MAX
        {
            grown.push(part);
        }
    }
    assert!(
        grown.is_empty(),
        "these take more memory the more rows there are: {grown:?}"
    );
}
