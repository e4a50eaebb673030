//! Guards how watches begin and end, and that nobody pays for those that are not there.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quanta_storage::{Engine as RawEngine, Memory, Result as RawResult};
use quantadb::{Change, Collection, Database, Engine, ErrorKind, Event, Options, Value, Watch};

use crate::generations::{one, row_one, row_two, two};
use crate::support::{Small, custom, filled, pass_on};
use crate::watch::{City, Counter, city, open, updated, waiting};

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
    assert_eq!(listener.join().unwrap().unwrap(), std::slice::from_ref(&told));
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

#[test]
fn a_commit_that_fails_tells_nothing() {
    let engine = Small::default();
    let db = engine.open::<(City, Counter)>().unwrap();
    let watch = db.watch::<City>().start().unwrap();
    // The engine in memory has no lock: another handle moves the epoch behind the back of this one.
    let other = engine.open::<(City, Counter)>().unwrap();
    other.release("first").unwrap();
    let error = db.collection::<City>().put(&city("Oslo", 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMoved, "{error}");
    assert_eq!(watch.try_recv().unwrap_err().kind(), ErrorKind::SchemaMoved);
}

/// Counts reads of single records.
#[derive(Debug, Default)]
struct Counting(Memory, Mutex<u64>);

impl RawEngine for Counting {
    pass_on!(0: name, snapshot, commit, flush, disk_bytes);

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> RawResult<bool> {
        *self.1.lock().unwrap() += 1;
        self.0.get(key, read)
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
    handle::<quantadb::Snapshot>();
    handle::<Options>();
    handle::<Engine>();
    shared::<Watch<City>>();
    shared::<quantadb::WatchBuilder<City>>();
    handle::<Event<City>>();
    handle::<Change<City>>();
    shared::<quantadb::Error>();
}
