//! Changes that touch each other: names that move on, rows that change between going down and up, handles in use.

use std::collections::BTreeMap;
use std::time::Duration;

use quantadb::{Database, Engine, ErrorKind, OldRow, Options, QuantaEntity, QuantaType, Sweep};

fn options(engine: &Engine) -> Options {
    Options::new().engine(engine.clone()).sweep(Sweep::Off)
}

fn open<E: quantadb::Entities>(engine: &Engine) -> Database {
    options(engine)
        .release_hold()
        .entities::<E>()
        .open("attack")
        .unwrap()
}

fn rows<E: QuantaEntity>(db: &Database) -> Vec<E> {
    db.collection::<E>().iter().map(Result::unwrap).collect()
}

mod wide {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Item {
        #[quanta(id)]
        pub id: u64,
        pub lost: u32,
        pub stays: u32,
    }
}

mod slim {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Item {
        #[quanta(id)]
        pub id: u64,
        pub stays: u32,
    }
}

/// Drops one field and computes another, in one step.
mod computed {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Item {
        #[quanta(id)]
        pub id: u64,
        pub stays: u32,
        #[quanta(init_with = sum)]
        pub sum: u32,
    }

    fn sum(old: &OldRow<'_>) -> Result<u32, String> {
        Ok(old.get::<u32>("lost")? + old.get::<u32>("stays")?)
    }
}

fn wide_row(id: u64) -> wide::Item {
    wide::Item {
        id,
        lost: 77,
        stays: 1,
    }
}

fn wide_store(ids: std::ops::Range<u64>) -> Engine {
    let engine = Engine::memory();
    let db = open::<(wide::Item,)>(&engine);
    for id in ids {
        db.collection::<wide::Item>().insert(&wide_row(id)).unwrap();
    }
    engine
}

/// The hash of the lower image left out what was kept of the row, so that every row with a dropped value counted as
/// changed, and what the user had written to the computed field was computed anew.
#[test]
fn a_computed_field_comes_back_beside_a_dropped_one() {
    let engine = wide_store(0..2);
    let db = open::<(computed::Item,)>(&engine);
    let items = db.collection::<computed::Item>();
    items.update(&1, |item| item.sum = 222).unwrap();
    let before = rows::<computed::Item>(&db);
    db.rollback(1).unwrap();
    let db = open::<(wide::Item,)>(&engine);
    db.sweep().wait().unwrap();
    assert_eq!(rows::<wide::Item>(&db), [wide_row(0), wide_row(1)]);
    drop(db);
    assert_eq!(
        rows::<computed::Item>(&open::<(computed::Item,)>(&engine)),
        before
    );
}

/// An iterator read rows of an earlier version without what the transaction had used up meanwhile.
#[test]
fn an_iterator_in_a_transaction_sees_rows_as_they_were() {
    let engine = wide_store(0..4);
    let db = open::<(slim::Item,)>(&engine);
    db.sweep().wait().unwrap();
    db.rollback(1).unwrap();
    let db = open::<(wide::Item,)>(&engine);
    let seen = db
        .write(|tx| {
            let items = tx.collection::<wide::Item>();
            let mut all = items.iter();
            let mut seen = vec![all.next().unwrap()?];
            for id in 1..4 {
                items.update(&id, |item| item.stays = 2)?;
            }
            for item in all {
                seen.push(item?);
            }
            Ok(seen)
        })
        .unwrap();
    assert_eq!(seen, (0..4).map(wide_row).collect::<Vec<_>>());
}

/// An update that gave a row another key left behind what was kept of it.
#[test]
fn another_key_takes_kept_values_along() {
    for is_swept in [false, true] {
        let engine = wide_store(1..2);
        let db = open::<(slim::Item,)>(&engine);
        if is_swept {
            db.sweep().wait().unwrap();
        }
        db.collection::<slim::Item>()
            .update(&1, |item| item.id = 2)
            .unwrap();
        assert!(db.verify().unwrap().findings.is_empty());
        db.rollback(1).unwrap();
        assert_eq!(rows::<wide::Item>(&open::<(wide::Item,)>(&engine)), [wide_row(2)]);
    }
}

/// A write within a transaction waited for itself.
#[test]
fn a_write_in_a_transaction_is_refused() {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let db = open::<(wide::Item,)>(&wide_store(0..0));
        let inner = db.write(|_| db.collection::<wide::Item>().insert(&wide_row(1)));
        let back = db.write(|_| db.clone().rollback(1));
        let kinds = [inner.unwrap_err().kind(), back.unwrap_err().kind()];
        db.collection::<wide::Item>().insert(&wide_row(1)).unwrap();
        send.send(kinds).unwrap();
    });
    let kinds = receive
        .recv_timeout(Duration::from_secs(30))
        .expect("it waits for itself");
    assert_eq!(kinds, [ErrorKind::NotSupported; 2]);
}

mod renamed {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "things", renamed_from = "items", register = false)]
    pub struct Thing {
        #[quanta(id)]
        pub id: u64,
        pub lost: u32,
        pub stays: u32,
    }
}

/// A table whose old name another entity took over in the same step stayed with the name, and its own came up empty.
#[test]
fn a_renamed_table_keeps_its_rows_when_its_name_is_taken_over() {
    let engine = wide_store(0..2);
    for _ in 0..2 {
        let db = open::<(renamed::Thing, wide::Item)>(&engine);
        assert_eq!(rows::<renamed::Thing>(&db).len(), 2);
        assert_eq!(rows::<wide::Item>(&db).len(), 0);
    }
    open::<(renamed::Thing, wide::Item)>(&engine).rollback(1).unwrap();
    assert_eq!(rows::<wide::Item>(&open::<(wide::Item,)>(&engine)).len(), 2);
    let db = open::<(renamed::Thing, wide::Item)>(&engine);
    assert_eq!(
        (rows::<renamed::Thing>(&db).len(), rows::<wide::Item>(&db).len()),
        (2, 0)
    );
    drop(db);
    // A hint that is used up takes nothing from the table that has the name now.
    drop(
        options(&engine)
            .drop_table("things")
            .entities::<(wide::Item,)>()
            .open("attack")
            .unwrap(),
    );
    open::<(wide::Item,)>(&engine)
        .collection::<wide::Item>()
        .insert(&wide_row(9))
        .unwrap();
    let db = open::<(renamed::Thing, wide::Item)>(&engine);
    assert_eq!(
        (rows::<renamed::Thing>(&db).len(), rows::<wide::Item>(&db).len()),
        (0, 1)
    );
}

mod many {
    use super::*;

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Part {
        pub number: u32,
        pub lost: u8,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "boxes", register = false)]
    pub struct Box {
        #[quanta(id)]
        pub id: u64,
        pub list: Vec<Part>,
        pub map: BTreeMap<u32, Part>,
    }
}

mod fewer {
    use super::*;

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Part {
        pub number: u32,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "boxes", register = false)]
    pub struct Box {
        #[quanta(id)]
        pub id: u64,
        pub list: Vec<Part>,
        pub map: BTreeMap<u32, Part>,
    }
}

/// Finding the originals of items took time that grew with their square: minutes for these.
#[test]
fn large_containers_that_were_changed_come_back_quickly() {
    const ITEMS: u32 = 100_000;
    let part = |number| many::Part { number, lost: 1 };
    let engine = Engine::memory();
    let db = open::<(many::Box,)>(&engine);
    let full = many::Box {
        id: 1,
        list: (0..ITEMS).map(part).collect(),
        map: (0..ITEMS).map(|number| (number, part(number))).collect(),
    };
    db.collection::<many::Box>().insert(&full).unwrap();
    drop(db);
    let db = open::<(fewer::Box,)>(&engine);
    let change = |one: &mut fewer::Box| {
        one.list.reverse();
        one.map.remove(&0);
    };
    db.collection::<fewer::Box>().update(&1, change).unwrap();
    db.rollback(1).unwrap();
    let back = open::<(many::Box,)>(&engine)
        .collection::<many::Box>()
        .get(&1)
        .unwrap()
        .unwrap();
    assert!(back.list.into_iter().rev().eq(full.list));
    assert!(back.map.into_iter().eq(full.map.into_iter().skip(1)));
}

/// Damage to the record of a version could make an arm of its lens lead back to itself, and a read overflow the stack.
#[test]
fn a_damaged_version_is_no_endless_way() {
    use quanta_storage::{Batch, Commit, Direction, Durability, Engine as _, KeyRange, Memory};

    const VERSIONS: u8 = 4;
    let memory = Memory::new();
    let engine = Engine::Memory(memory.clone());
    let full = wrapped::Old { id: 1, wrapped: 2 };
    open::<(wrapped::Old,)>(&engine)
        .collection::<wrapped::Old>()
        .insert(&full)
        .unwrap();
    drop(open::<(wrapped::New,)>(&engine));
    let mut records = Vec::new();
    let snapshot = memory.snapshot().unwrap();
    let mut cursor = snapshot.scan(&KeyRange::all(), Direction::Forward).unwrap();
    while let Some((key, value)) = cursor.next().unwrap() {
        records.push((key.to_vec(), value.to_vec()));
    }
    for damaged in (0..records.len()).filter(|record| records[*record].0[0] == VERSIONS) {
        for position in 0..records[damaged].1.len() {
            let mut batch = Batch::new();
            for (key, value) in &records {
                batch.put(key.clone(), value.clone());
            }
            let mut value = records[damaged].1.clone();
            value[position] = value[position].wrapping_sub(1);
            batch.put(records[damaged].0.clone(), value);
            let copy = Memory::new();
            assert_eq!(copy.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
            if let Ok(db) = options(&Engine::Memory(copy))
                .entities::<(wrapped::New,)>()
                .open("attack")
            {
                // Whatever it says, it says something.
                let _ = db.collection::<wrapped::New>().get(&1);
            }
        }
    }
}

mod wrapped {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "wrapped", register = false)]
    pub struct Old {
        #[quanta(id)]
        pub id: u64,
        pub wrapped: u8,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "wrapped", register = false)]
    pub struct New {
        #[quanta(id)]
        pub id: u64,
        pub wrapped: Option<u16>,
    }
}
