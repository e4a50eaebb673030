//! Guards watches: what they are told, and in which order.

use std::sync::{Arc, Barrier};

use quantadb::{Database, ErrorKind, Event, QuantaEntity, Value, Watch};

use crate::generations::{Generation, one, row_one, row_two, two};
use crate::support::{Small, filled, sweep_and_check};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "cities", register = false)]
pub struct City {
    #[quanta(id)]
    pub name: String,
    pub people: u64,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "counters", register = false)]
pub struct Counter {
    #[quanta(id)]
    pub id: u64,
    pub value: u64,
}

pub fn city(name: &str, people: u64) -> City {
    City {
        name: name.to_owned(),
        people,
    }
}

pub fn open() -> Database {
    Small::default().open::<(City, Counter)>().unwrap()
}

pub fn updated<T>(old: T, new: T) -> Event<T> {
    Event::Updated { old, new }
}

/// Takes what waits.
pub fn waiting<T>(watch: &Watch<T>) -> Vec<Event<T>> {
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
    const WRITERS: usize = 4;
    const COMMITS: u64 = 50;
    let db = open();
    db.collection::<Counter>()
        .insert(&Counter { id: 0, value: 0 })
        .unwrap();
    let watch = db.watch::<Counter>().start().unwrap();
    let begin = Arc::new(Barrier::new(WRITERS));
    let writers: Vec<_> = (1..=WRITERS as u64)
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
    let mut own = [0; WRITERS + 1];
    for commit in 1..=WRITERS as u64 * COMMITS {
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
        assert_eq!(
            std::mem::replace(&mut own[usize::try_from(new.id).unwrap()], commit),
            old
        );
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
