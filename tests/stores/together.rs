//! Guards commits that wait for the disk together: nothing is lost or seen too early, whoever writes what at once.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use quantadb::{Database, Engine, Error, ErrorKind, Event, Options, QuantaEntity};

use crate::support::verify;

const THREADS: u64 = 8;
const WRITES: u64 = 25;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "counters", register = false)]
struct Counter {
    #[quanta(id)]
    name: String,
    count: u64,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "notes", register = false)]
struct Note {
    #[quanta(id, auto)]
    id: u64,
    #[quanta(unique)]
    title: String,
    #[quanta(index)]
    thread: u64,
}

fn note(thread: u64, title: String) -> Note {
    Note { id: 0, title, thread }
}

/// Opens a store on every engine in turn.
fn each_engine(mut check: impl FnMut(Database)) {
    for engine in [Engine::Fjall, Engine::Sled, Engine::memory()] {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::new().engine(engine).entities::<(Counter, Note)>();
        check(options.open(dir.path().join("store")).unwrap());
    }
}

/// Runs something in several threads, which begin together.
fn in_threads(run: impl Fn(u64) + Sync) {
    let start = Barrier::new(usize::try_from(THREADS).unwrap());
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (run, start) = (&run, &start);
            scope.spawn(move || {
                start.wait();
                run(number);
            });
        }
    });
}

#[test]
fn what_one_adds_the_next_one_sees() {
    each_engine(|db| {
        let counters = db.collection::<Counter>();
        let count = Counter {
            name: "all".into(),
            count: 0,
        };
        counters.insert(&count).unwrap();
        in_threads(|_| {
            for _ in 0..WRITES {
                let after = counters
                    .update("all", |counter| counter.count += 1)
                    .unwrap()
                    .unwrap();
                // What is acknowledged is there for everybody.
                assert!(counters.get("all").unwrap().unwrap().count >= after.count);
            }
        });
        assert_eq!(counters.get("all").unwrap().unwrap().count, THREADS * WRITES);
        verify(&db);
    });
}

#[test]
fn keys_are_given_out_once_and_unique_values_go_to_one() {
    each_engine(|db| {
        let (added, refused) = (AtomicU64::new(0), AtomicU64::new(0));
        in_threads(|thread| {
            let notes = db.collection::<Note>();
            for number in 0..WRITES {
                // All threads want the same titles.
                match notes.add(note(thread, format!("t{number}"))) {
                    Ok(_) => added.fetch_add(1, Ordering::Relaxed),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::NotUnique, "{error}");
                        // Whoever is told that a title is taken finds the note that has it.
                        let title = format!("t{number}");
                        let holder = db.query::<Note>().filter(|note| note.title.eq(title)).one();
                        assert_ne!(holder.unwrap().thread, thread);
                        refused.fetch_add(1, Ordering::Relaxed)
                    }
                };
            }
        });
        assert_eq!(added.into_inner(), WRITES);
        assert_eq!(refused.into_inner(), (THREADS - 1) * WRITES);
        let notes: Vec<Note> = crate::support::all(&db);
        let titles: BTreeSet<&String> = notes.iter().map(|note| &note.title).collect();
        assert_eq!((notes.len() as u64, titles.len() as u64), (WRITES, WRITES));
        verify(&db);
    });
}

#[test]
fn transactions_read_what_waits_to_be_written() {
    each_engine(|db| {
        in_threads(|thread| {
            for number in 0..WRITES {
                let title = format!("{thread}-{number}");
                db.write(|tx| {
                    let notes = tx.collection::<Note>();
                    // By a scan, by an index and by the key: all of them see the same rows.
                    let mine = notes
                        .iter()
                        .map(Result::unwrap)
                        .filter(|note| note.thread == thread)
                        .count() as u64;
                    assert_eq!(mine, number);
                    let found = tx.query::<Note>().filter(|note| note.thread.eq(thread)).count()?;
                    assert_eq!(found, number);
                    notes.add(note(thread, title)).map(|_| ())
                })
                .unwrap();
            }
        });
        assert_eq!(db.collection::<Note>().len().unwrap(), THREADS * WRITES);
        verify(&db);
    });
}

#[test]
fn what_is_given_up_leaves_nothing() {
    each_engine(|db| {
        in_threads(|thread| {
            for number in 0..WRITES {
                let written = db.write(|tx| {
                    let added = tx
                        .collection::<Note>()
                        .add(note(thread, format!("{thread}-{number}")))?;
                    if number % 2 == 1 {
                        return Err(Error::new(ErrorKind::Invalid, "not this one"));
                    }
                    Ok(added)
                });
                assert_eq!(written.is_ok(), number % 2 == 0);
            }
        });
        let kept: Vec<Note> = crate::support::all(&db);
        assert_eq!(kept.len() as u64, THREADS * WRITES.div_ceil(2));
        verify(&db);
    });
}

#[test]
fn watches_are_told_of_each_commit_in_their_order() {
    each_engine(|db| {
        let counters = db.collection::<Counter>();
        counters
            .insert(&Counter {
                name: "all".into(),
                count: 0,
            })
            .unwrap();
        let watch = db.watch::<Counter>().start().unwrap();
        in_threads(|_| {
            for _ in 0..WRITES {
                counters.update("all", |counter| counter.count += 1).unwrap();
            }
        });
        for number in 0..THREADS * WRITES {
            let Event::Updated { old, new } = watch.try_recv().unwrap().unwrap() else {
                panic!("nothing else was done");
            };
            assert_eq!((old.count, new.count), (number, number + 1));
        }
        assert_eq!(watch.try_recv().unwrap(), None);
    });
}
