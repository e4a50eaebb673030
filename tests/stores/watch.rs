//! Guards watches: what they are told, in which order, and when they end.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use quanta_storage::{Batch, Commit, Durability, Engine as RawEngine, Memory, Result as RawResult, Snapshot};
use quantadb::{Change, Collection, Database, Engine, ErrorKind, Event, Options, QuantaEntity, Value, Watch};

use crate::generations::{Generation, one, row_one, row_two, two};
use crate::support::{Small, custom, filled, sweep_and_check};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "cities", register = false)]
struct City {
    #[quanta(id)]
    name: String,
    people: u64,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "counters", register = false)]
struct Counter {
    #[quanta(id)]
    id: u64,
    value: u64,
}

fn city(name: &str, people: u64) -> City {
    City {
        name: name.to_owned(),
        people,
    }
}

fn open() -> Database {
    Small::default().open::<(City, Counter)>().unwrap()
}

fn updated<T>(old: T, new: T) -> Event<T> {
    Event::Updated { old, new }
}

/// Takes what waits.
fn waiting<T>(watch: &Watch<T>) -> Vec<Event<T>> {
    std::iter::from_fn(|| watch.try_recv().unwrap()).collect()
}

#[test]
fn every_way_to_write_is_told() {
    let db = open();
    let watch = db.watch::<City>().start().unwrap();
    let cities = db.collection::<City>();
    cities.insert(&city("Oslo", 1)).unwrap();
    cities.put(&city("Oslo", 2)).unwrap();
    cities.put(&city("Bergen", 1)).unwrap();
    cities.update("Oslo", |oslo| oslo.people = 3).unwrap();
    cities.delete("Bergen").unwrap();
    assert_eq!(
        waiting(&watch),
        [
            Event::Inserted(city("Oslo", 1)),
            updated(city("Oslo", 1), city("Oslo", 2)),
            Event::Inserted(city("Bergen", 1)),
            updated(city("Oslo", 2), city("Oslo", 3)),
            Event::Deleted(city("Bergen", 1)),
        ]
    );
    let values = db.table("cities").unwrap();
    let value = |people: u64| {
        let json = serde_json::json!({ "name": "Hamar", "people": people });
        values.from_json(&json).unwrap()
    };
    values.insert(&value(1)).unwrap();
    values.put(&value(2)).unwrap();
    db.write(|tx| tx.table("cities")?.put(&value(3))).unwrap();
    values.delete(&Value::from("Hamar")).unwrap();
    assert_eq!(
        waiting(&watch),
        [
            Event::Inserted(city("Hamar", 1)),
            updated(city("Hamar", 1), city("Hamar", 2)),
            updated(city("Hamar", 2), city("Hamar", 3)),
            Event::Deleted(city("Hamar", 3)),
        ]
    );
}

#[test]
fn a_transaction_tells_each_row_once_with_what_came_of_it() {
    let db = open();
    let cities = db.collection::<City>();
    for name in ["kept", "changed", "there and back", "written anew", "gone"] {
        cities.insert(&city(name, 1)).unwrap();
    }
    let watch = db.watch::<City>().start().unwrap();
    db.write(|tx| {
        let cities = tx.collection::<City>();
        cities.put(&city("new", 1))?;
        cities.put(&city("kept", 1))?;
        cities.put(&city("changed", 2))?;
        cities.put(&city("there and back", 2))?;
        cities.delete("written anew")?;
        cities.delete("gone")?;
        cities.insert(&city("only for a while", 1))?;
        cities.update("changed", |row| row.people = 3)?;
        cities.put(&city("there and back", 1))?;
        cities.insert(&city("written anew", 1))?;
        cities.put(&city("new", 2))?;
        cities.delete("only for a while")?;
        cities.delete("never there")?;
        tx.collection::<Counter>().put(&Counter { id: 1, value: 1 })
    })
    .unwrap();
    assert_eq!(
        waiting(&watch),
        [
            updated(city("changed", 1), city("changed", 3)),
            Event::Deleted(city("gone", 1)),
            Event::Inserted(city("new", 2)),
        ]
    );
    // A row under another key is another row.
    cities
        .update("changed", |row| row.name = "called otherwise".to_owned())
        .unwrap();
    assert_eq!(
        waiting(&watch),
        [
            Event::Inserted(city("called otherwise", 3)),
            Event::Deleted(city("changed", 3)),
        ]
    );
}

#[test]
fn what_is_not_committed_is_not_told() {
    let memory = Small::default();
    let db = memory.open::<(City, Counter)>().unwrap();
    db.collection::<City>().insert(&city("Oslo", 1)).unwrap();
    let watch = db.watch::<City>().start().unwrap();
    let refused = db.write(|tx| {
        tx.collection::<City>().put(&city("Oslo", 2))?;
        tx.collection::<City>().insert(&city("Oslo", 3))
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::KeyExists);
    db.collection::<City>().insert(&city("Oslo", 4)).unwrap_err();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        db.write(|tx| -> quantadb::Result<()> {
            tx.collection::<City>().put(&city("Oslo", 5))?;
            panic!("on purpose")
        })
    }));
    panicked.unwrap_err();
    assert_eq!(waiting(&watch), []);
    // One that swallows an error tells what it wrote besides.
    db.write(|tx| {
        tx.collection::<City>().insert(&city("Oslo", 6)).unwrap_err();
        tx.collection::<City>().insert(&city("Bergen", 1))
    })
    .unwrap();
    assert_eq!(waiting(&watch), [Event::Inserted(city("Bergen", 1))]);
}

#[test]
fn rows_of_earlier_versions_are_told_in_the_present_shape() {
    let rows: Vec<one::Item> = (0..4).map(row_one).collect();
    let engine = filled(&rows);
    let db = engine.open::<(two::Item,)>().unwrap();
    let items = db.collection::<two::Item>();
    let before: Vec<two::Item> = items.iter().map(Result::unwrap).collect();
    let watch = db.watch::<two::Item>().start().unwrap();
    let changed = two::Item {
        rank: 200,
        ..before[0].clone()
    };
    items.put(&changed).unwrap();
    items.delete(&1).unwrap();
    // Its stamp changes, and no value.
    items.put(&before[2]).unwrap();
    assert_eq!(
        waiting(&watch),
        [
            updated(before[0].clone(), changed),
            Event::Deleted(before[1].clone())
        ]
    );
}

#[test]
fn the_sweep_tells_nothing() {
    let rows: Vec<one::Item> = (0..9).map(row_one).collect();
    let engine = filled(&rows);
    let db = engine.open::<(two::Item,)>().unwrap();
    let watch = db.watch::<two::Item>().start().unwrap();
    let writer = {
        let db = db.clone();
        std::thread::spawn(move || db.collection::<two::Item>().put(&row_two(100)))
    };
    assert!(db.sweep().wait().unwrap().rows_rewritten >= 9);
    writer.join().unwrap().unwrap();
    sweep_and_check(&db, &engine);
    assert_eq!(waiting(&watch), [Event::Inserted(row_two(100))]);
    assert_eq!(
        crate::support::rows::<two::Item>(&db).len(),
        Generation::Two.unwritten(0..9).len() + 1
    );
}

#[test]
fn events_come_in_the_order_of_commits() {
    const WRITERS: u64 = 4;
    const COMMITS: u64 = 50;
    let db = open();
    db.collection::<Counter>()
        .insert(&Counter { id: 0, value: 0 })
        .unwrap();
    let watch = db.watch::<Counter>().start().unwrap();
    let begin = Arc::new(Barrier::new(WRITERS as usize));
    let writers: Vec<_> = (1..=WRITERS)
        .map(|writer| {
            let (db, begin) = (db.clone(), Arc::clone(&begin));
            std::thread::spawn(move || {
                begin.wait();
                for _ in 0..COMMITS {
                    db.write(|tx| {
                        let counters = tx.collection::<Counter>();
                        let shared = counters.update(&0, |row| row.value += 1)?.unwrap();
                        counters.put(&Counter {
                            id: writer,
                            value: shared.value,
                        })
                    })
                    .unwrap();
                }
            })
        })
        .collect();
    let mut own = [0; WRITERS as usize + 1];
    for commit in 1..=WRITERS * COMMITS {
        let shared = updated(
            Counter {
                id: 0,
                value: commit - 1,
            },
            Counter { id: 0, value: commit },
        );
        assert_eq!(watch.recv().unwrap(), shared);
        // The row of the same transaction follows at once.
        let (old, new) = match watch.recv().unwrap() {
            Event::Inserted(new) => (0, new),
            Event::Updated { old, new } => (old.value, new),
            other => panic!("{other:?}"),
        };
        assert_eq!(new.value, commit);
        assert_eq!(std::mem::replace(&mut own[new.id as usize], commit), old);
    }
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(waiting(&watch), []);
}

#[test]
fn who_comes_late_is_told_how_much_is_lost() {
    let db = open();
    let counters = db.collection::<Counter>();
    let late = db.watch::<Counter>().capacity(3).start().unwrap();
    let roomy = db.watch::<Counter>().start().unwrap();
    for id in 0..10 {
        counters.insert(&Counter { id, value: 0 }).unwrap();
    }
    let inserted = |id| Event::Inserted(Counter { id, value: 0 });
    assert_eq!(
        waiting(&late),
        [Event::Lagged(7), inserted(7), inserted(8), inserted(9)]
    );
    counters.insert(&Counter { id: 10, value: 0 }).unwrap();
    assert_eq!(waiting(&late), [inserted(10)]);
    assert_eq!(waiting(&roomy), (0..=10).map(inserted).collect::<Vec<_>>());
    // One transaction may be too much by itself.
    db.write(|tx| (20..25).try_for_each(|id| tx.collection::<Counter>().insert(&Counter { id, value: 0 })))
        .unwrap();
    assert_eq!(
        waiting(&late),
        [Event::Lagged(2), inserted(22), inserted(23), inserted(24)]
    );
}

#[test]
fn large_rows_lag_before_they_fill_the_memory() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false)]
    struct Blob {
        #[quanta(id)]
        id: u64,
        bytes: Vec<u8>,
    }
    let db = Small::default().open::<(Blob,)>().unwrap();
    let watch = db.watch::<Blob>().start().unwrap();
    let blob = |id| Blob {
        id,
        bytes: vec![7; 15 * 1024 * 1024],
    };
    for id in 0..5 {
        db.collection::<Blob>().insert(&blob(id)).unwrap();
    }
    assert_eq!(watch.recv().unwrap(), Event::Lagged(1));
    let ids: Vec<u64> = (0..4)
        .map(|_| match watch.recv().unwrap() {
            Event::Inserted(blob) => blob.id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, [1, 2, 3, 4]);
}

#[test]
fn a_key_is_watched_alone() {
    let db = open();
    let oslo = db.watch::<City>().key("Oslo").start().unwrap();
    let value = db
        .watch_table("cities")
        .key(&Value::from("Oslo"))
        .start()
        .unwrap();
    for (name, people) in [("Bergen", 1), ("Oslo", 1), ("Oslo", 2), ("Oslo2", 1)] {
        db.collection::<City>().put(&city(name, people)).unwrap();
    }
    assert_eq!(
        waiting(&oslo),
        [
            Event::Inserted(city("Oslo", 1)),
            updated(city("Oslo", 1), city("Oslo", 2)),
        ]
    );
    let [Event::Inserted(first), Event::Updated { old, new }] = &waiting(&value)[..] else {
        panic!("it is one row")
    };
    assert_eq!(first, old);
    assert_eq!(new.get("people").and_then(Value::as_u128), Some(2));
}

#[test]
fn what_can_not_be_watched_says_so() {
    let db = open();
    let refusals = [
        (
            db.watch_table("towns").start().map(drop),
            "the store has no table towns",
        ),
        (
            db.watch::<City>().capacity(0).start().map(drop),
            "a watch of table cities needs room for one event at least",
        ),
        (
            db.watch_table("cities").key(&Value::from(true)).start().map(drop),
            "a value for table cities: the key field name: ",
        ),
        (
            db.watch::<one::Item>().start().map(drop),
            "the store has no table items",
        ),
    ];
    for (refused, text) in refusals {
        let error = refused.unwrap_err();
        assert!(error.to_string().starts_with(text), "{error}");
    }
}

#[test]
fn a_watch_ends_when_the_store_is_closed_and_begins_again_when_it_is_open() {
    let engine = Small::default();
    let db = engine.open::<(City, Counter)>().unwrap();
    let watch = db.watch::<City>().start().unwrap();
    let listener = {
        let watch = db.watch::<City>().start().unwrap();
        std::thread::spawn(move || watch.iter().collect::<Result<Vec<_>, _>>())
    };
    let cities: Collection<City> = db.collection();
    drop(db);
    // The last handle closes it.
    assert_eq!(watch.try_recv().unwrap(), None);
    cities.insert(&city("Oslo", 1)).unwrap();
    drop(cities);
    let told = Event::Inserted(city("Oslo", 1));
    assert_eq!(listener.join().unwrap().unwrap(), [told.clone()]);
    assert_eq!(watch.recv().unwrap(), told);
    let ended = [
        watch.recv().map(drop),
        watch.try_recv().map(drop),
        watch.recv_timeout(Duration::ZERO).map(drop),
    ];
    for ended in ended {
        let error = ended.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        assert!(error.to_string().contains("watch of table cities"), "{error}");
    }
    assert!(watch.iter().next().is_none());
    let db = engine.open::<(City, Counter)>().unwrap();
    let again = db.watch::<City>().start().unwrap();
    assert_eq!(again.recv_timeout(Duration::ZERO).unwrap(), None);
    db.collection::<City>().put(&city("Oslo", 2)).unwrap();
    assert_eq!(waiting(&again), [updated(city("Oslo", 1), city("Oslo", 2))]);
}

#[test]
fn a_watch_ends_when_the_schema_moves() {
    let engine = filled(&[row_one(1)]);
    let db = engine.open::<(two::Item,)>().unwrap();
    let watch = db.watch::<two::Item>().start().unwrap();
    let builder = db.watch::<two::Item>();
    let listener = {
        let watch = db.watch::<two::Item>().start().unwrap();
        std::thread::spawn(move || watch.iter().collect::<Vec<_>>())
    };
    db.collection::<two::Item>().put(&row_two(2)).unwrap();
    db.rollback(1).unwrap();
    for items in [listener.join().unwrap(), watch.iter().collect()] {
        let [Ok(event), Err(error)] = &items[..] else {
            panic!("{items:?}")
        };
        assert_eq!(*event, Event::Inserted(row_two(2)));
        assert_eq!(error.kind(), ErrorKind::SchemaMoved, "{error}");
    }
    assert_eq!(watch.recv().unwrap_err().kind(), ErrorKind::SchemaMoved);
    assert_eq!(builder.start().unwrap_err().kind(), ErrorKind::SchemaMoved);
}

/// Counts reads of single records.
#[derive(Debug, Default)]
struct Counting(Memory, Mutex<u64>);

impl RawEngine for Counting {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> RawResult<bool> {
        *self.1.lock().unwrap() += 1;
        self.0.get(key, read)
    }

    fn snapshot(&self) -> RawResult<Box<dyn Snapshot>> {
        self.0.snapshot()
    }

    fn commit(&self, batch: &Batch, durability: Durability) -> RawResult<Commit> {
        self.0.commit(batch, durability)
    }

    fn flush(&self) -> RawResult<()> {
        self.0.flush()
    }

    fn disk_bytes(&self) -> RawResult<u64> {
        self.0.disk_bytes()
    }
}

#[test]
fn writes_stay_blind_where_nobody_watches() {
    let engine = Arc::new(Counting::default());
    let db = custom(engine.clone())
        .entities::<(City, Counter)>()
        .open("memory")
        .unwrap();
    let reads_of_a_put = || {
        let before = *engine.1.lock().unwrap();
        db.collection::<City>().put(&city("Oslo", 1)).unwrap();
        *engine.1.lock().unwrap() - before
    };
    assert_eq!(reads_of_a_put(), 0);
    let other = db.watch::<Counter>().start().unwrap();
    assert_eq!(reads_of_a_put(), 0);
    let watch = db.watch::<City>().start().unwrap();
    assert!(reads_of_a_put() > 0);
    drop((watch, other));
    assert_eq!(reads_of_a_put(), 0);
}

#[test]
fn within_a_transaction_its_own_commit_is_watched() {
    let db = open();
    let mut watch = None;
    db.write(|tx| {
        tx.collection::<City>().put(&city("Oslo", 1))?;
        watch = Some(db.watch::<City>().start()?);
        tx.collection::<City>().put(&city("Bergen", 1))
    })
    .unwrap();
    assert_eq!(
        waiting(&watch.unwrap()),
        [
            Event::Inserted(city("Bergen", 1)),
            Event::Inserted(city("Oslo", 1))
        ]
    );
}

#[test]
fn between_the_start_and_a_read_nothing_is_missed() {
    for round in 0..50 {
        let db = open();
        let (began, begin) = channel();
        let writer = {
            let db = db.clone();
            std::thread::spawn(move || {
                db.write(|tx| {
                    tx.collection::<Counter>().insert(&Counter { id: 1, value: 1 })?;
                    began.send(()).unwrap();
                    Ok(())
                })
            })
        };
        if round % 2 == 0 {
            begin.recv().unwrap();
        }
        let watch = db.watch::<Counter>().start().unwrap();
        let is_read = db.collection::<Counter>().contains(&1).unwrap();
        writer.join().unwrap().unwrap();
        let is_told = !waiting(&watch).is_empty();
        // Committed between the two, it is both.
        assert!(is_read || is_told);
        if round % 2 == 0 {
            assert!(is_read && !is_told, "the transaction ran when the watch began");
        }
    }
}

#[test]
fn handles_are_for_every_thread() {
    fn shared<T: Send + Sync>() {}
    fn handle<T: Send + Sync + Clone + 'static>() {}
    handle::<Database>();
    handle::<Collection<City>>();
    handle::<quantadb::DynamicCollection>();
    handle::<quantadb::View>();
    handle::<Options>();
    handle::<Engine>();
    shared::<Watch<City>>();
    shared::<quantadb::WatchBuilder<City>>();
    handle::<Event<City>>();
    handle::<Change<City>>();
    shared::<quantadb::Error>();
}
