//! Guards what happens around changes: reading only, second openers, panics, empty and unknown tables, and writers
//! beside the sweep.

use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use quanta_storage::{
    Batch, Commit, Cursor, Direction, Durability, Engine as RawEngine, KeyRange, Result as RawResult,
    Snapshot,
};
use quantadb::{Database, Engine, ErrorKind, OldRow, Options, QuantaEntity, SweepHandle};

use crate::generations::{Generation, lifted, one, row_one, row_two, texts, three, two};
use crate::support::{BATCH_ROWS, Small, custom, rows, sweep_and_check};

fn filled(count: u64) -> Small {
    let engine = Small::default();
    let db = engine.open::<(one::Item,)>().unwrap();
    db.write(|tx| (0..count).try_for_each(|id| tx.collection::<one::Item>().put(&row_one(id))))
        .unwrap();
    engine
}

#[test]
fn l3_read_only_reads_and_refuses_every_write() {
    let engine = filled(5);
    drop(engine.open::<(two::Item,)>().unwrap());
    let digest = engine.digest();
    let db = engine
        .options::<(two::Item,)>()
        .read_only()
        .open("memory")
        .unwrap();
    assert_eq!(rows::<two::Item>(&db), Generation::Two.unwritten(0..5));
    let items = db.collection::<two::Item>();
    let row = row_two(1);
    let refusals = [
        items.put(&row).unwrap_err(),
        items.insert(&row_two(9)).unwrap_err(),
        items.update(&1, |row| row.rank = 1).unwrap_err(),
        items.delete(&1).unwrap_err(),
        db.write(|tx| tx.collection::<two::Item>().put(&row)).unwrap_err(),
        db.sweep().wait().unwrap_err(),
        db.clone().rollback(1).unwrap_err(),
    ];
    for error in refusals {
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
        assert!(error.to_string().contains("for reading only"), "{error}");
    }
    assert_eq!(engine.digest(), digest);
}

#[test]
fn l3_read_only_refuses_a_change_with_its_plan() {
    let engine = filled(5);
    let digest = engine.digest();
    let error = engine
        .options::<(two::Item,)>()
        .read_only()
        .open("memory")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
    let plan = error.plan().expect("the plan is in the error").to_string();
    assert!(plan.contains("rename items.name from nick"), "{plan}");
    assert_eq!(engine.digest(), digest);
}

#[test]
fn l3_read_only_creates_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let error = Options::new()
        .entities::<(one::Item,)>()
        .read_only()
        .open(&path)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
    assert!(!path.exists());
}

const OPENER_PATH: &str = "QUANTA_OPENER_PATH";

/// What the other process does: it tries to open, and tells why it can't.
#[test]
fn opener() {
    let Some(path) = std::env::var_os(OPENER_PATH) else {
        return;
    };
    let error = Options::new().entities::<()>().open(path).unwrap_err();
    println!("told {:?} {error}", error.kind());
}

#[test]
fn l4_a_second_opener_is_told_who_holds_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let db = Options::new().entities::<(one::Item,)>().open(&path).unwrap();
    let here = Options::new().entities::<(one::Item,)>().open(&path).unwrap_err();
    assert_eq!(here.kind(), ErrorKind::Locked, "{here}");
    assert!(
        here.to_string()
            .contains("this process has the store open already"),
        "{here}"
    );
    let there = Command::new(std::env::current_exe().unwrap())
        .args(["runtime::opener", "--exact", "--nocapture"])
        .env(OPENER_PATH, &path)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&there.stdout).into_owned();
    assert!(
        told.contains(&format!("is locked by process {}", std::process::id())),
        "{told}"
    );
    assert!(told.contains("told Locked"), "{told}");
    drop(db);
    drop(Options::new().entities::<(one::Item,)>().open(&path).unwrap());
}

mod panicking {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Once {
        #[quanta(id)]
        pub id: u64,
        #[quanta(new, default_with = never)]
        pub serial: u32,
    }

    fn never() -> u32 {
        panic!("no serial today")
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Computed {
        #[quanta(id)]
        pub id: u64,
        #[quanta(init_with = half)]
        pub half: u64,
    }

    fn half(old: &OldRow<'_>) -> Result<u64, String> {
        let id: u64 = old.get("id")?;
        assert!(id != 3, "three has no half");
        if id == 5 {
            Err("five has none either".to_owned())
        } else {
            Ok(id / 2)
        }
    }
}

#[test]
fn l8_a_panic_in_default_with_changes_nothing() {
    let engine = filled(6);
    let digest = engine.digest();
    let error = engine.open::<(panicking::Once,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("items.serial") && text.contains("never") && text.contains("no serial today"),
        "{text}"
    );
    assert_eq!(engine.digest(), digest);
}

#[test]
fn l8_a_panic_in_init_with_names_function_and_key_and_changes_nothing() {
    let engine = filled(6);
    let digest = engine.digest();
    let error = engine.open::<(panicking::Computed,)>().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("items.half") && text.contains("2 rows don't fit"),
        "{text}"
    );
    assert!(
        text.contains("    3: the function `") && text.contains("half` panicked: three has no half"),
        "{text}"
    );
    assert!(
        text.contains("    5: the function `") && text.contains("half` failed: five has none either"),
        "{text}"
    );
    assert_eq!(engine.digest(), digest, "the space that was begun is empty again");
    let db = engine.open::<(one::Item,)>().unwrap();
    assert_eq!(rows::<one::Item>(&db), Generation::One.unwritten(0..6));
}

#[test]
fn l8_a_panic_in_a_transaction_commits_nothing() {
    let engine = filled(3);
    let db = engine.open::<(one::Item,)>().unwrap();
    let digest = engine.digest();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        db.write(|tx| -> quantadb::Result<()> {
            tx.collection::<one::Item>().delete(&1)?;
            panic!("in the middle")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(engine.digest(), digest);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        db.collection::<one::Item>()
            .update(&1, |_| panic!("in an update"))
    }));
    assert!(panicked.is_err());
    assert_eq!(engine.digest(), digest);
    // The next writer isn't locked out.
    db.collection::<one::Item>().put(&row_one(7)).unwrap();
    assert_eq!(db.collection::<one::Item>().len().unwrap(), 4);
}

#[test]
fn l8_an_error_in_a_transaction_commits_nothing() {
    let engine = filled(3);
    let db = engine.open::<(one::Item,)>().unwrap();
    let digest = engine.digest();
    let error = db.write(|tx| {
        tx.collection::<one::Item>().delete(&1)?;
        tx.collection::<one::Item>().insert(&row_one(2))
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::KeyExists);
    assert_eq!(engine.digest(), digest);
}

#[test]
fn l10_an_empty_table_goes_up_and_down() {
    let engine = Small::default();
    drop(engine.open::<(one::Item,)>().unwrap());
    for _ in 0..2 {
        let db = engine
            .options::<(two::Item,)>()
            .release_hold()
            .open("memory")
            .unwrap();
        assert_eq!(rows::<two::Item>(&db), [""; 0]);
        sweep_and_check(&db, &engine);
        drop(db);
        let db = engine.open::<(three::Item,)>().unwrap();
        assert_eq!(rows::<three::Item>(&db), [""; 0]);
        sweep_and_check(&db, &engine);
        db.rollback(1).unwrap();
        engine.open::<(two::Item,)>().unwrap().rollback(1).unwrap();
        let db = engine.open::<(one::Item,)>().unwrap();
        assert_eq!(rows::<one::Item>(&db), [""; 0]);
        sweep_and_check(&db, &engine);
    }
    // What can fail for a row can't for none.
    let db = engine.open::<(panicking::Computed,)>().unwrap();
    db.collection::<panicking::Computed>()
        .put(&panicking::Computed { id: 3, half: 1 })
        .unwrap();
    assert_eq!(db.collection::<panicking::Computed>().len().unwrap(), 1);
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "others", register = false)]
struct Other {
    #[quanta(id)]
    key: String,
    value: i32,
}

#[test]
fn l11_a_table_without_an_entity_is_kept_and_reported() {
    let engine = filled(5);
    let other = Other {
        key: "a".to_owned(),
        value: -1,
    };
    let db = engine.options::<(one::Item, Other)>().open("memory").unwrap();
    db.collection::<Other>().put(&other).unwrap();
    drop(db);
    let db = engine.open::<(two::Item,)>().unwrap();
    assert_eq!(db.open_report().plan.unregistered, ["others"]);
    assert!(
        db.open_report()
            .to_string()
            .contains("left alone, without an entity here: others")
    );
    sweep_and_check(&db, &engine);
    db.rollback(1).unwrap();
    let db = engine.options::<(one::Item, Other)>().open("memory").unwrap();
    assert_eq!(db.collection::<Other>().get("a").unwrap(), Some(other));
    assert_eq!(rows::<one::Item>(&db), Generation::One.unwritten(0..5));
}

/// An engine that stops the sweep between reading a batch and writing it, until the test lets it go on.
#[derive(Debug, Clone)]
struct Gated {
    inner: Small,
    gate: Arc<Gate>,
}

/// What a keeper is told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Reached,
    Ended,
}

#[derive(Debug)]
struct Gate {
    reached: Mutex<Sender<Told>>,
    go_on: Mutex<Receiver<()>>,
}

/// The test's side of a gate.
struct Keeper {
    reached: Receiver<Told>,
    ended: Sender<Told>,
    go_on: Sender<()>,
}

impl Keeper {
    /// Has the keeper told when the sweep is over.
    fn watch(&self, sweep: SweepHandle) {
        let ended = self.ended.clone();
        std::thread::spawn(move || {
            let _ = sweep.wait();
            let _ = ended.send(Told::Ended);
        });
    }
}

impl Gated {
    fn new(inner: &Small) -> (Self, Keeper) {
        let (reached, at_gate) = channel();
        let (go_on, waiting) = channel();
        let gate = Gate {
            reached: Mutex::new(reached.clone()),
            go_on: Mutex::new(waiting),
        };
        (
            Self {
                inner: inner.clone(),
                gate: Arc::new(gate),
            },
            Keeper {
                reached: at_gate,
                ended: reached,
                go_on,
            },
        )
    }

    fn open<E: quantadb::Entities>(&self) -> Database {
        custom(Arc::new(self.clone()))
            .entities::<E>()
            .open("memory")
            .unwrap()
    }
}

impl Gate {
    /// Stops the sweep, and nobody else; open for good once the keeper is gone.
    fn pass(&self) {
        if std::thread::current().name() == Some("quanta-sweep")
            && self.reached.lock().unwrap().send(Told::Reached).is_ok()
        {
            let _ = self.go_on.lock().unwrap().recv();
        }
    }
}

struct GatedSnapshot {
    inner: Box<dyn Snapshot>,
    gate: Arc<Gate>,
}

impl Snapshot for GatedSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> RawResult<bool> {
        self.inner.get(key, read)
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> RawResult<Box<dyn Cursor>> {
        let cursor = self.inner.scan(range, direction)?;
        let is_of_rows = matches!(
            range.bounds().0,
            std::ops::Bound::Included([0x06, ..]) | std::ops::Bound::Excluded([0x06, ..])
        );
        if is_of_rows {
            self.gate.pass();
        }
        Ok(cursor)
    }
}

impl RawEngine for Gated {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> RawResult<bool> {
        self.inner.get(key, read)
    }

    fn snapshot(&self) -> RawResult<Box<dyn Snapshot>> {
        Ok(Box::new(GatedSnapshot {
            inner: self.inner.snapshot()?,
            gate: Arc::clone(&self.gate),
        }))
    }

    fn commit(&self, batch: &Batch, durability: Durability) -> RawResult<Commit> {
        self.inner.commit(batch, durability)
    }

    fn flush(&self) -> RawResult<()> {
        self.inner.flush()
    }

    fn disk_bytes(&self) -> RawResult<u64> {
        self.inner.disk_bytes()
    }

    fn batch_rows_max(&self) -> usize {
        self.inner.batch_rows_max()
    }
}

#[test]
fn l15_a_write_during_the_sweep_is_never_overwritten() {
    // Every batch of the sweep is stopped once its view is taken, and rows in front of, in and behind it are written.
    const ROWS: u64 = 12;
    let engine = filled(ROWS);
    drop(engine.open::<(two::Item,)>().unwrap());
    let (gated, keeper) = Gated::new(&engine);
    let db = gated.open::<(two::Item,)>();
    // Dropped before the store, so that a test which fails doesn't wait for the sweep for ever.
    let keeper = keeper;
    let items = db.collection::<two::Item>();
    let mut model: Vec<Option<two::Item>> = (0..ROWS).map(|id| Some(row_two(id))).collect();
    let sweep = db.sweep();
    // Rows that were deleted: whoever comes after under their key inherits nothing.
    let mut reborn = vec![false; model.len()];
    let mut stops = 0;
    keeper.watch(sweep.clone());
    while keeper.reached.recv().unwrap() == Told::Reached {
        for (position, row) in model.iter_mut().enumerate() {
            let id = position as u64;
            match (id + stops) % 4 {
                0 => {
                    let written = two::Item {
                        name: format!("written {id} at {stops}"),
                        ..row_two(id)
                    };
                    items.put(&written).unwrap();
                    *row = Some(written);
                }
                1 if id % 3 == 1 => {
                    items.delete(&id).unwrap();
                    reborn[position] = true;
                    *row = None;
                }
                2 if id % 5 == 2 => {
                    items.delete(&id).unwrap();
                    items.insert(&row_two(id)).unwrap();
                    reborn[position] = true;
                    *row = Some(row_two(id));
                }
                _ => {}
            }
            assert_eq!(items.get(&id).unwrap(), *row);
        }
        stops += 1;
        keeper.go_on.send(()).unwrap();
    }
    drop(keeper);
    assert!(sweep.wait().unwrap().is_done);
    assert!(stops >= 4, "the sweep was stopped {stops} times only");
    assert_eq!(rows::<two::Item>(&db), texts(model.iter().flatten()));
    sweep_and_check(&db, &engine);
    drop(items);
    db.rollback(1).unwrap();
    let below = model.iter().flatten().map(|row| {
        let old = one::Item {
            nick: row.name.clone(),
            ..row_one(row.id)
        };
        if reborn[usize::try_from(row.id).unwrap()] {
            one::Item {
                note: None,
                score: row.score.into(),
                ..old
            }
        } else {
            old
        }
    });
    assert_eq!(
        rows::<one::Item>(&engine.open::<(one::Item,)>().unwrap()),
        texts(below)
    );
}

#[test]
fn l15_a_view_from_before_the_sweep_still_reads() {
    let engine = filled(9);
    let db = engine.open::<(two::Item,)>().unwrap();
    let snapshot = db.read().unwrap();
    let mut begun = db.collection::<two::Item>().iter();
    begun.next().unwrap().unwrap();
    sweep_and_check(&db, &engine);
    let rest = begun.map(Result::unwrap);
    assert_eq!(texts(rest), Generation::Two.unwritten(1..9));
    assert_eq!(
        snapshot.collection::<two::Item>().get(&3).unwrap(),
        Some(row_two(3))
    );
    let seen = snapshot.collection::<two::Item>().iter().map(Result::unwrap);
    assert_eq!(texts(seen), Generation::Two.unwritten(0..9));
}

#[test]
fn l16_closing_during_the_sweep_is_taken_up_at_the_next_open() {
    const ROWS: u64 = 9;
    let engine = filled(ROWS);
    drop(engine.open::<(two::Item,)>().unwrap());
    let (gated, keeper) = Gated::new(&engine);
    let db = gated.open::<(two::Item,)>();
    // Dropped before the store, so that a test which fails doesn't wait for the sweep for ever.
    let keeper = keeper;
    let sweep = db.sweep();
    // The first batch passes; the second is held at the gate until the sweep was told to pause behind it.
    keeper.reached.recv().unwrap();
    keeper.go_on.send(()).unwrap();
    keeper.reached.recv().unwrap();
    sweep.pause();
    keeper.go_on.send(()).unwrap();
    drop(db);
    let progress = sweep.wait().unwrap();
    assert_eq!(
        (progress.rows_rewritten, progress.is_done),
        (2 * BATCH_ROWS as u64, false)
    );
    drop(keeper);
    let db = engine.open::<(two::Item,)>().unwrap();
    assert_eq!(rows::<two::Item>(&db), Generation::Two.unwritten(0..ROWS));
    let progress = db.sweep().wait().unwrap();
    assert_eq!(
        progress.rows_rewritten,
        ROWS - 2 * BATCH_ROWS as u64,
        "rows were swept twice or not at all"
    );
    assert_eq!(
        progress.rows_seen,
        ROWS - 2 * BATCH_ROWS as u64,
        "rows were looked at again"
    );
    sweep_and_check(&db, &engine);
    assert_eq!(rows::<two::Item>(&db), Generation::Two.unwritten(0..ROWS));
}

#[test]
fn l16_a_rollback_during_the_sweep_brings_everything_back() {
    let engine = filled(9);
    drop(engine.open::<(two::Item,)>().unwrap());
    let (gated, keeper) = Gated::new(&engine);
    let db = gated.open::<(two::Item,)>();
    // Dropped before the store, so that a test which fails doesn't wait for the sweep for ever.
    let keeper = keeper;
    let sweep = db.sweep();
    keeper.reached.recv().unwrap();
    keeper.go_on.send(()).unwrap();
    keeper.reached.recv().unwrap();
    sweep.pause();
    drop(keeper);
    db.rollback(1).unwrap();
    let db = engine.open::<(one::Item,)>().unwrap();
    assert_eq!(rows::<one::Item>(&db), Generation::One.unwritten(0..9));
    sweep_and_check(&db, &engine);
    assert_eq!(rows::<one::Item>(&db), Generation::One.unwritten(0..9));
}

#[test]
fn l14_up_again_with_the_sweep_on() {
    // As programs do it: the sweep runs in the background all the time, and closing ends it wherever it is.
    let engine = Engine::memory();
    let open = |generation: Generation| {
        generation
            .entities(Options::new().engine(engine.clone()).release_hold())
            .open("memory")
            .unwrap()
    };
    let db = open(Generation::One);
    db.write(|tx| (0..500).try_for_each(|id| tx.collection::<one::Item>().put(&row_one(id))))
        .unwrap();
    drop(db);
    for _ in 0..3 {
        for generation in [Generation::Two, Generation::Three] {
            let db = open(generation);
            assert_eq!(generation.rows(&db), generation.unwritten(0..500));
        }
        open(Generation::Three).rollback(1).unwrap();
        assert_eq!(
            Generation::Two.rows(&open(Generation::Two)),
            Generation::Two.unwritten(0..500)
        );
        open(Generation::Two).rollback(1).unwrap();
        assert_eq!(
            Generation::One.rows(&open(Generation::One)),
            Generation::One.unwritten(0..500)
        );
    }
}

#[test]
fn other_handles_are_told_that_the_schema_has_moved() {
    let engine = filled(3);
    drop(engine.open::<(two::Item,)>().unwrap());
    let db = engine.open::<(three::Item,)>().unwrap();
    let other = db.clone();
    let items = db.collection::<three::Item>();
    db.rollback(1).unwrap();
    let errors = [
        items.get(&1).unwrap_err(),
        items.put(&lifted(row_two(1), "x")).unwrap_err(),
        items.iter().next().unwrap().unwrap_err(),
        other.read().map(drop).unwrap_err(),
        other.write(|_| Ok(())).unwrap_err(),
        other.rollback(1).map(drop).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::SchemaMoved, "{error}");
    }
    assert_eq!(
        rows::<two::Item>(&engine.open::<(two::Item,)>().unwrap()),
        Generation::Two.unwritten(0..3)
    );
}
