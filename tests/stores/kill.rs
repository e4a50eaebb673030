//! Guards L1 on disk: a process killed at any moment leaves the old state or the new one.
//!
//! `QUANTA_KILLS` says how many processes are killed on each engine; without it, few are.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use quanta_core::Seed;
use quanta_storage::{EngineKind, OpenOptions, StoreId};
use quantadb::{Database, Engine, Options, Sweep};

use crate::generations::{Generation, one, row_one, texts};
use crate::support::{Places, Work, check_records};

/// How the parent tells its child what to do. Set only for the child.
const CHILD_PATH: &str = "QUANTA_KILL_PATH";
const ROWS: u64 = 300;
const KILLS: usize = 8;

fn options() -> Options {
    Options::new().sweep(Sweep::Off)
}

/// Opens without any entity: nothing changes, and the head tells where the store stands.
fn stands_at(path: &Path) -> Generation {
    Generation::of(&options().entities::<()>().open(path).unwrap()).expect("the table was made before")
}

fn check_path(path: &Path, work: Work) -> Generation {
    let db = options().entities::<()>().open(path).unwrap();
    let (places, generation) = (Places::of(&db), Generation::of(&db));
    drop(db);
    let raw = quanta_storage::open(path, &OpenOptions::default(), StoreId([0; 16])).unwrap();
    check_records(raw.engine.snapshot().unwrap().as_ref(), &places, work);
    generation.expect("the table was made before")
}

fn open(path: &Path, generation: Generation) -> Database {
    generation.entities(options()).release_hold().open(path).unwrap()
}

/// A row that takes room, so that a few hundred make several batches.
fn large(id: u64) -> one::Item {
    let row = row_one(id);
    one::Item {
        home: one::Home {
            street: row.home.street.repeat(400),
            ..row.home
        },
        ..row
    }
}

fn create(path: &Path, engine: Engine) {
    let db = options()
        .entities::<(one::Item,)>()
        .engine(engine)
        .open(path)
        .unwrap();
    db.write(|tx| (0..ROWS).try_for_each(|id| tx.collection::<one::Item>().put(&large(id))))
        .unwrap();
}

/// The rows of a store that nobody wrote to since it was made, as they are when nothing was ever killed.
fn expected(generation: Generation) -> Vec<String> {
    let db_rows = |generation: Generation| {
        let engine = Engine::memory();
        let on = |generation: Generation| {
            generation
                .entities(options().engine(engine.clone()))
                .open("memory")
                .unwrap()
        };
        let db = on(Generation::One);
        db.write(|tx| (0..ROWS).try_for_each(|id| tx.collection::<one::Item>().put(&large(id))))
            .unwrap();
        drop(db);
        if generation == Generation::Three {
            drop(on(Generation::Two));
        }
        generation.rows(&on(generation))
    };
    let rows = db_rows(generation);
    if generation == Generation::One {
        assert_eq!(rows, texts((0..ROWS).map(large)));
    }
    rows
}

/// What the child does until it is killed: up, swept, up, swept, down, swept, down, swept.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD_PATH) else {
        return;
    };
    let path = Path::new(&path);
    let say = |what: &str| println!("progress {what}");
    let swept = |generation: Generation| {
        let db = open(path, generation);
        say("opened");
        db.sweep().wait().unwrap();
        say("swept");
        db
    };
    loop {
        say("begins");
        let stands = stands_at(path);
        let all = [Generation::One, Generation::Two, Generation::Three];
        for generation in all.into_iter().filter(|generation| *generation >= stands) {
            drop(swept(generation));
        }
        say("at the top");
        let db = open(path, Generation::Three);
        db.rollback(1).unwrap();
        say("rolled back");
        let db = swept(Generation::Two);
        db.rollback(1).unwrap();
        say("rolled back");
        drop(swept(Generation::One));
    }
}

fn start_child(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--nocapture"])
        .env(CHILD_PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Lets a child work until so many lines of progress, and a little longer, and kills it.
fn kill_one(path: &Path, lines: usize, spins: usize) {
    let mut child = start_child(path);
    let output = BufReader::new(child.stdout.take().unwrap());
    let told = output
        .lines()
        .map(Result::unwrap)
        .filter(|line| line.contains("progress"))
        .take(lines)
        .count();
    for _ in 0..spins {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(
        told == lines,
        "the child ended by itself: {}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

fn check(engine: Engine, kind: EngineKind) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    create(&path, engine);
    let rows = [Generation::One, Generation::Two, Generation::Three]
        .map(|generation| (generation, expected(generation)));
    let kills = std::env::var("QUANTA_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut seed = Seed::new(kind as u64 + 1);
    let mut seen = [0_usize; 3];
    for kill in 0..kills {
        let (lines, spins) = (1 + seed.below(20), seed.below(20_000));
        kill_one(&path, lines, spins);
        let stands = check_path(&path, Work::MayBeLeft);
        let db = open(&path, stands);
        let found = stands.rows(&db);
        let (_, expected) = &rows[stands as usize];
        assert!(
            found == *expected,
            "kill {kill} after {lines} lines and {spins} turns: rows of {stands:?} differ"
        );
        seen[stands as usize] += 1;
    }
    println!("{kind:?}: {kills} kills, found at one, two, three: {seen:?}");
    finish(&path, &rows);
}

/// Goes to the top from wherever the last kill left the store, and checks that nothing is left over.
fn finish(path: &Path, rows: &[(Generation, Vec<String>)]) {
    let stands = stands_at(path);
    for (generation, expected) in rows.iter().filter(|(generation, _)| *generation >= stands) {
        let db = open(path, *generation);
        db.sweep().wait().unwrap();
        assert!(
            generation.rows(&db) == *expected,
            "rows of {generation:?} differ in the end"
        );
        drop(db);
        check_path(path, Work::Done);
    }
}

#[test]
fn l1_killed_on_fjall() {
    check(Engine::Fjall, EngineKind::Fjall);
}

#[test]
fn l1_killed_on_redb() {
    check(Engine::Redb, EngineKind::Redb);
}

#[test]
#[cfg(feature = "sled")]
fn l1_killed_on_sled() {
    check(Engine::Sled, EngineKind::Sled);
}
