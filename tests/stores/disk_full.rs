//! Guards L2: whichever write finds the disk full, the error says so, nothing that was acknowledged is lost, reads go on,
//! and a store that is opened again has the old or the new state, whole. Eager work has its test in `bad_input/writes.rs`.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use quanta_storage::faults::{Fault, Faulty};
use quanta_storage::{Batch, Commit, Durability, Engine as RawEngine, Result as RawResult};
use quantadb::{Database, Error, ErrorKind, Load, OnExisting, Options, Result};

use crate::generations::{Generation, one, row_one, row_two, texts, two};
use crate::support::{
    Places, Small, Work, check_records, custom, filled, pass_on, rows, sweep_and_check, verify,
};

/// Makes the disk full after so many more writes.
fn fill_up(faulty: &Faulty, writes: u64) {
    faulty.inject(Fault::Fail {
        writes: faulty.writes() + writes,
        kind: quanta_storage::ErrorKind::DiskFull,
    });
}

/// Checks that an error says that the disk is full, or that it was at an earlier write.
#[track_caller]
fn check_told(error: &Error, is_first: bool) {
    let kind = if is_first {
        ErrorKind::DiskFull
    } else {
        ErrorKind::Storage
    };
    assert_eq!(error.kind(), kind, "{error}");
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    let cause = cause.and_then(|cause| cause.downcast_ref::<quanta_storage::Error>());
    let (kind, text) = if is_first {
        (quanta_storage::ErrorKind::DiskFull, "a write failed on purpose")
    } else {
        (quanta_storage::ErrorKind::Poisoned, "close it and open it again")
    };
    assert_eq!(cause.map(quanta_storage::Error::kind), Some(&kind), "{error:?}");
    assert!(error.to_string().contains(text), "{error}");
}

/// What a program writes to a store; it says what was acknowledged.
type Writing = fn(&Database, &mut BTreeSet<u64>) -> Result<()>;

/// Rows that are there before.
const BEFORE: std::ops::Range<u64> = 0..3;

const WRITINGS: &[(&str, Writing)] = &[
    ("single puts", |db, there| {
        (3..8).try_for_each(|id| {
            db.collection::<one::Item>().put(&row_one(id))?;
            there.insert(id);
            Ok(())
        })
    }),
    ("deletions and insertions in turn", |db, there| {
        (0..3).try_for_each(|id| {
            db.collection::<one::Item>().delete(&id)?;
            there.remove(&id);
            db.collection::<one::Item>().put(&row_one(id + 10))?;
            there.insert(id + 10);
            Ok(())
        })
    }),
    ("transactions of several rows", |db, there| {
        [3..7, 7..9, 9..14].into_iter().try_for_each(|ids| {
            let items = ids.clone().map(row_one);
            db.write(|tx| tx.collection::<one::Item>().put_many(items))?;
            there.extend(ids);
            Ok(())
        })
    }),
    ("a load", |db, there| {
        const IDS: std::ops::Range<u64> = 3..12;
        let options = Load::new().on_existing(OnExisting::Replace);
        let loading = IDS.map(|id| Ok::<_, std::fmt::Error>(row_one(id)));
        let loaded = db.collection::<one::Item>().load_with(options, loading);
        let written = match &loaded {
            Ok(report) => report.rows,
            // Whoever loads goes on where the load stopped.
            Err(error) => {
                let report = error.load_report().expect("a load says where it stopped");
                assert_eq!(report.stopped_at, Some(report.rows));
                report.rows
            }
        };
        there.extend(IDS.start..IDS.start + written);
        loaded.map(drop)
    }),
];

fn check_rows(db: &Database, there: &BTreeSet<u64>, place: &str) {
    let expected = texts(there.iter().map(|id| row_one(*id)));
    assert_eq!(rows::<one::Item>(db), expected, "{place}");
}

#[test]
fn l2_a_full_disk_loses_no_acknowledged_row() {
    let start = filled(&BEFORE.map(row_one).collect::<Vec<_>>());
    for (name, write) in WRITINGS {
        let mut failures = 0;
        for writes in 0.. {
            let place = format!("{name}, the disk is full after {writes} writes");
            let engine = start.duplicate();
            let faulty = Faulty::new(Arc::new(engine.clone()));
            let db = Generation::One
                .entities(custom(Arc::new(faulty.clone())))
                .open("memory");
            let db = db.unwrap();
            fill_up(&faulty, writes);
            let mut there: BTreeSet<u64> = BEFORE.collect();
            let Err(error) = write(&db, &mut there) else { break };
            failures += 1;
            check_told(&error, true);
            check_rows(&db, &there, &place);
            check_told(&write(&db, &mut there.clone()).unwrap_err(), false);
            check_rows(&db, &there, &place);
            drop(db);
            let db = engine.open::<(one::Item,)>().unwrap();
            check_rows(&db, &there, &place);
            verify(&db);
            write(&db, &mut there).unwrap();
            check_rows(&db, &there, &place);
            sweep_and_check(&db, &engine);
        }
        assert!(failures >= 3, "{name} makes {failures} writes");
    }
}

/// Says that it was reached, and waits until it is opened.
type Gate = (Sender<()>, Receiver<()>);

/// An engine whose first write waits until the test lets it go on.
#[derive(Debug, Clone)]
struct Held {
    inner: Faulty,
    gate: Arc<Mutex<Option<Gate>>>,
}

impl RawEngine for Held {
    pass_on!(inner: name, get, snapshot, flush, disk_bytes, batch_rows_max);

    fn commit(&self, batch: &Batch, durability: Durability) -> RawResult<Commit> {
        let gate = self.gate.lock().unwrap().take();
        if let Some((reached, go_on)) = gate {
            reached.send(()).unwrap();
            // If the test failed, nobody is there to say so.
            let _ = go_on.recv();
        }
        self.inner.commit(batch, durability)
    }
}

/// How many commits wait behind the first one.
const WAITING: u64 = 7;

/// Has the first of several commits wait at the engine until the others are in line, with the disk full after some
/// writes. Returns which were acknowledged.
fn commit_together(engine: &Small, writes: u64) -> BTreeSet<u64> {
    let faulty = Faulty::new(Arc::new(engine.clone()));
    let held = Held {
        inner: faulty.clone(),
        gate: Arc::default(),
    };
    let db = Generation::One
        .entities(custom(Arc::new(held.clone())))
        .open("memory")
        .unwrap();
    fill_up(&faulty, writes);
    let ((reached, at_gate), (go_on, gate)) = (channel(), channel());
    *held.gate.lock().unwrap() = Some((reached, gate));
    let put = |id: u64, told: Option<Sender<()>>| {
        let written = db.write(|tx| {
            if let Some(told) = told {
                told.send(()).unwrap();
            }
            tx.collection::<one::Item>().put(&row_one(id))
        });
        if let Err(error) = &written {
            assert!(
                matches!(error.kind(), ErrorKind::DiskFull | ErrorKind::Storage),
                "{error}"
            );
        }
        written.is_ok().then_some(id)
    };
    let put = &put;
    thread::scope(|scope| {
        let first = scope.spawn(move || put(0, None));
        at_gate.recv().unwrap();
        let (told, began) = channel();
        let others = (1..=WAITING).map(|id| {
            let told = told.clone();
            scope.spawn(move || put(id, Some(told)))
        });
        let others: Vec<_> = others.collect();
        (0..WAITING).for_each(|_| began.recv().unwrap());
        // Whoever has the right to write now is behind all of them, and reads what waits in line.
        let looked = db.write(|tx| {
            let seen = tx.collection::<one::Item>().iter().count() as u64;
            go_on.send(()).unwrap();
            Ok(seen)
        });
        if let Ok(seen) = looked {
            assert_eq!(seen, WAITING + 1);
        }
        let commits = std::iter::once(first).chain(others);
        let acknowledged = commits.filter_map(|commit| commit.join().unwrap()).collect();
        check_rows(&db, &acknowledged, &format!("full after {writes} writes"));
        acknowledged
    })
}

#[test]
fn l2_a_full_disk_loses_no_row_of_commits_that_wait_together() {
    let mut seen = Vec::new();
    for writes in 0.. {
        let engine = filled::<one::Item>(&[]);
        let mut there = commit_together(&engine, writes);
        seen.push(there.len() as u64);
        let db = engine.open::<(one::Item,)>().unwrap();
        check_rows(&db, &there, &format!("reopened after {writes} writes"));
        verify(&db);
        for id in 0..=WAITING {
            db.collection::<one::Item>().put(&row_one(id)).unwrap();
            there.insert(id);
        }
        check_rows(&db, &there, "written again");
        sweep_and_check(&db, &engine);
        if seen.last() == Some(&(WAITING + 1)) {
            break;
        }
    }
    // The first one alone, then groups of as many rows as the engine likes.
    assert_eq!(seen, [0, 1, 3, 5, 7, 8]);
}

/// What moves a store from one state to another with one switch.
struct Switch {
    name: &'static str,
    from: Option<Generation>,
    to: Generation,
    run: fn(&dyn Fn() -> Options) -> Result<()>,
}

const IDS: std::ops::Range<u64> = 0..7;

const SWITCHES: &[Switch] = &[
    Switch {
        name: "create",
        from: None,
        to: Generation::One,
        run: |options| Generation::One.entities(options()).open("memory").map(drop),
    },
    Switch {
        name: "a lazy change",
        from: Some(Generation::One),
        to: Generation::Two,
        run: |options| Generation::Two.entities(options()).open("memory").map(drop),
    },
    Switch {
        name: "a rollback",
        from: Some(Generation::Two),
        to: Generation::One,
        run: |options| {
            let db = Generation::Two.entities(options()).open("memory")?;
            db.rollback(1).map(drop)
        },
    },
];

/// A store at a generation, with rows from the first one.
fn standing_at(generation: Option<Generation>) -> Small {
    let Some(generation) = generation else {
        return Small::default();
    };
    let engine = filled(&IDS.map(row_one).collect::<Vec<_>>());
    drop(
        generation
            .entities(engine.options::<()>())
            .open("memory")
            .unwrap(),
    );
    engine
}

#[test]
fn l2_a_full_disk_at_the_switch_leaves_the_old_state_or_the_new() {
    for switch in SWITCHES {
        let start = standing_at(switch.from);
        let mut failures = 0;
        for writes in 0.. {
            let place = format!("{}, full after {writes} writes", switch.name);
            let engine = start.duplicate();
            let faulty = Faulty::new(Arc::new(engine.clone()));
            fill_up(&faulty, writes);
            let full = || custom(Arc::new(faulty.clone()));
            let Err(error) = (switch.run)(&full) else { break };
            failures += 1;
            check_told(&error, true);
            // Trying again without making room changes nothing, and the old program still reads.
            check_told(&(switch.run)(&full).unwrap_err(), false);
            let looked = engine
                .options::<()>()
                .read_only()
                .open("memory")
                .map(|db| (Generation::of(&db), verify(&db)));
            let stands = looked.ok().and_then(|(stands, ())| stands);
            assert_eq!(stands, switch.from, "{place}");
            if let Some(stands) = stands {
                let db = stands.entities(full()).read_only().open("memory").unwrap();
                assert_eq!(stands.rows(&db), stands.unwritten(IDS), "{place}");
            }
            (switch.run)(&|| custom(Arc::new(engine.clone()))).unwrap();
            let db = switch.to.entities(engine.options::<()>()).open("memory").unwrap();
            let ids = if switch.from.is_none() { 0..0 } else { IDS };
            assert_eq!(switch.to.rows(&db), switch.to.unwritten(ids), "{place}");
            sweep_and_check(&db, &engine);
        }
        assert!(failures >= 1, "{} makes no write", switch.name);
    }
}

#[test]
fn l2_a_full_disk_during_the_sweep_leaves_every_row_and_the_next_one_finishes() {
    let start = standing_at(Some(Generation::Two));
    let mut failures = 0;
    for writes in 0.. {
        let engine = start.duplicate();
        let faulty = Faulty::new(Arc::new(engine.clone()));
        let db = Generation::Two
            .entities(custom(Arc::new(faulty.clone())))
            .open("memory")
            .unwrap();
        fill_up(&faulty, writes);
        let Err(error) = db.sweep().wait() else { break };
        failures += 1;
        check_told(&error, true);
        assert_eq!(Generation::Two.rows(&db), Generation::Two.unwritten(IDS));
        let put = db.collection::<two::Item>().put(&row_two(9));
        check_told(&put.unwrap_err(), false);
        assert!(db.sweep().wait().is_err(), "it doesn't go on by itself");
        drop(db);
        let db = engine.open::<(two::Item,)>().unwrap();
        assert_eq!(Generation::Two.rows(&db), Generation::Two.unwritten(IDS));
        verify(&db);
        let places = Places::of(&db);
        check_records(engine.0.snapshot().unwrap().as_ref(), &places, Work::MayBeLeft);
        // What was kept is there on both sides of where the sweep stopped.
        let copy = engine.duplicate();
        copy.open::<(two::Item,)>().unwrap().rollback(1).unwrap();
        let below = copy.open::<(one::Item,)>().unwrap();
        assert_eq!(Generation::One.rows(&below), Generation::One.unwritten(IDS));
        sweep_and_check(&db, &engine);
        assert_eq!(Generation::Two.rows(&db), Generation::Two.unwritten(IDS));
    }
    assert!(failures >= 4, "the sweep makes {failures} writes");
}
