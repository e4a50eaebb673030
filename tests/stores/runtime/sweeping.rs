//! Writers, readers, rollbacks and ends beside the sweep.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::support::pass_on;

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
        if std::thread::current().name() == Some("quanta-sweep-ahead")
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
    pass_on!(inner: name, get, commit, flush, disk_bytes, batch_rows_max);

    fn snapshot(&self) -> RawResult<Box<dyn Snapshot>> {
        Ok(Box::new(GatedSnapshot {
            inner: self.inner.snapshot()?,
            gate: Arc::clone(&self.gate),
        }))
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
    let view = db.read().unwrap();
    let mut begun = db.collection::<two::Item>().iter();
    begun.next().unwrap().unwrap();
    sweep_and_check(&db, &engine);
    let rest = begun.map(Result::unwrap);
    assert_eq!(texts(rest), Generation::Two.unwritten(1..9));
    assert_eq!(view.collection::<two::Item>().get(&3).unwrap(), Some(row_two(3)));
    let seen = view.collection::<two::Item>().iter().map(Result::unwrap);
    assert_eq!(texts(seen), Generation::Two.unwritten(0..9));
}

#[test]
fn l16_closing_during_the_sweep_is_taken_up_at_the_next_open() {
    const ROWS: u64 = 9;
    let engine = filled(ROWS);
    drop(engine.open::<(two::Item,)>().unwrap());
    let (gated, keeper) = Gated::new(&engine);
    let (written, told) = channel();
    let options = custom(Arc::new(gated)).progress(move |progress| {
        let _ = written.send(progress.rows_done);
        ControlFlow::Continue(())
    });
    let db = options.entities::<(two::Item,)>().open("memory").unwrap();
    // Dropped before the store, so that a test which fails doesn't wait for the sweep for ever.
    let keeper = keeper;
    let sweep = db.sweep();
    // Two batches pass and are written; the third is held at the gate until the sweep was told to pause behind them.
    for _ in 0..2 {
        keeper.reached.recv().unwrap();
        keeper.go_on.send(()).unwrap();
    }
    keeper.reached.recv().unwrap();
    while told.recv().unwrap() < 2 * BATCH_ROWS as u64 {}
    sweep.pause();
    drop(keeper);
    drop(db);
    let progress = sweep.wait().unwrap();
    assert_eq!(
        (progress.rows_rewritten, progress.is_done),
        (2 * BATCH_ROWS as u64, false)
    );
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

/// An engine on a disk that is nearly full after so many batches of the sweep.
#[derive(Debug)]
struct Filling {
    inner: Small,
    left: AtomicUsize,
}

impl RawEngine for Filling {
    pass_on!(inner: name, get, snapshot, commit, flush, disk_bytes, batch_rows_max);

    fn free_bytes(&self) -> RawResult<Option<u64>> {
        let took = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        Ok(Some(if took.is_ok() { 1 << 40 } else { 1 << 20 }))
    }
}

#[test]
fn l2_the_sweep_leaves_the_last_of_the_disk_to_the_program() {
    let engine = filled(9);
    drop(engine.open::<(two::Item,)>().unwrap());
    let filling = Filling {
        inner: engine.clone(),
        left: AtomicUsize::new(2),
    };
    let db = custom(Arc::new(filling))
        .entities::<(two::Item,)>()
        .open("memory")
        .unwrap();
    let error = db.sweep().wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DiskFull, "{error}");
    assert!(error.to_string().contains("1048576 bytes free"), "{error}");
    assert_eq!(db.sweep().progress().rows_rewritten, 0);
    assert_eq!(rows::<two::Item>(&db), Generation::Two.unwritten(0..9));
    drop(db);
    let db = engine.open::<(two::Item,)>().unwrap();
    let progress = db.sweep().wait().unwrap();
    assert_eq!(progress.rows_rewritten, 9 - 2 * BATCH_ROWS as u64);
    assert_eq!(rows::<two::Item>(&db), Generation::Two.unwritten(0..9));
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

/// Rows that a change leaves as they are, byte for byte, are not written again, and are read at once.
#[test]
fn rows_that_stay_the_same_are_not_swept() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "things", register = false)]
    struct Named {
        #[quanta(id)]
        id: u64,
        name: String,
    }
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "things", register = false)]
    struct Labelled {
        #[quanta(id)]
        id: u64,
        #[quanta(renamed_from = "name")]
        label: String,
    }
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "things", register = false)]
    struct Sized {
        #[quanta(id)]
        id: u64,
        #[quanta(renamed_from = "name")]
        label: String,
        #[quanta(new, default = 7)]
        size: u8,
    }
    let engine = Small::default();
    let db = engine.open::<(Named,)>().unwrap();
    let named = (0..10).map(|id| Named {
        id,
        name: format!("n{id}"),
    });
    db.collection::<Named>().insert_many(named).unwrap();
    drop(db);
    let db = engine.open::<(Labelled,)>().unwrap();
    let progress = db.sweep().wait().unwrap();
    assert_eq!((progress.rows_seen, progress.rows_rewritten), (0, 0));
    let labelled = db.collection::<Labelled>();
    assert_eq!(labelled.get(&3).unwrap().unwrap().label, "n3");
    labelled
        .put(&Labelled {
            id: 3,
            label: "three".to_owned(),
        })
        .unwrap();
    let things = &db.inspect().unwrap().tables[0];
    assert_eq!(things.stamps, [(1, 9), (2, 1)].into());
    assert_eq!(things.versions_alike, [1].into());
    assert_eq!((things.rows_unswept(), things.is_sweep_pending), (0, false));
    crate::support::verify(&db);
    drop(db);
    let db = engine.open::<(Sized,)>().unwrap();
    let progress = db.sweep().wait().unwrap();
    assert_eq!(progress.rows_rewritten, 10);
    assert_eq!(db.inspect().unwrap().tables[0].stamps, [(3, 10)].into());
    let labels: Vec<String> = db
        .collection::<Sized>()
        .iter()
        .map(|row| row.unwrap().label)
        .collect();
    assert_eq!(labels[2..5], ["n2", "three", "n4"]);
    crate::support::verify(&db);
}
