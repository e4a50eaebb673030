//! Rows come by an index in the order of their values, whatever version they are stamped with.

use std::ops::Bound;

use quanta_storage::Memory;

use super::*;
use crate::codec::Encoder;
use crate::db::{Database, Engine, Options, Sweep};
use crate::txn::{Core, Transaction};

#[derive(quanta_derive::QuantaEntity)]
#[quanta(crate = crate, table = "users", register = false)]
struct UserV1 {
    #[quanta(id)]
    id: u64,
    #[quanta(index = "by_name")]
    name: String,
    age: u8,
    gone: bool,
}

#[derive(quanta_derive::QuantaEntity)]
#[quanta(crate = crate, table = "users", register = false, index(age, name, name = "by_age"))]
#[quanta(index(name = "down", fields(name desc)))]
struct UserV2 {
    #[quanta(id)]
    id: u64,
    #[quanta(index = "by_name")]
    name: String,
    age: u8,
}

/// Names that are stored whole, and such as are equal in all that is stored of them.
fn names() -> Vec<String> {
    let long = "m".repeat(900);
    ["b", "a", "c", "a"]
        .into_iter()
        .map(str::to_owned)
        .chain(["y", "x", "", "z", "x"].map(|end| format!("{long}{end}")))
        .chain(["n".to_owned()])
        .collect()
}

fn open<E: crate::model::Entities>(memory: &Memory) -> Database {
    let options = Options::new().engine(Engine::Memory(memory.clone()));
    options.sweep(Sweep::Off).entities::<E>().open("").unwrap()
}

/// Makes a store of rows of an earlier version, with the id as name and age.
fn unswept() -> Database {
    let memory = Memory::new();
    let db = open::<(UserV1,)>(&memory);
    for (id, name) in (0..).zip(names()) {
        let row = UserV1 {
            id,
            name,
            age: u8::try_from(id % 3).unwrap(),
            gone: true,
        };
        db.collection::<UserV1>().put(&row).unwrap();
    }
    drop(db);
    open::<(UserV2,)>(&memory)
}

fn key_of(values: impl bincode::Encode, shape: &str) -> Vec<u8> {
    let shape: crate::schema::Shape = shape.parse().unwrap();
    let mut out = Encoder::default();
    out.primitive(values);
    let bytes = out.finish().unwrap();
    let mut key = Vec::new();
    let mut input = crate::codec::Decoder::new(&bytes);
    crate::codec::encode_key_part(&shape, crate::schema::NodeId::ROOT, &mut input, &mut key).unwrap();
    key
}

/// Lists the ids of the rows in a range, both ways.
#[track_caller]
fn check(core: &Core, index: &str, range: &IndexRange, expected: &[u8]) {
    let table = core.table("users", None).unwrap();
    let index = table
        .indexes
        .iter()
        .find(|known| known.definition.name == index)
        .unwrap();
    let entries = range.of_entries(index);
    // All at once, two at a time, and one by one.
    let ways = [usize::MAX, 2200, 1]
        .into_iter()
        .flat_map(|bytes| [(Direction::Forward, bytes), (Direction::Backward, bytes)]);
    for (direction, bytes_max) in ways {
        let mut found = Vec::new();
        let snapshot = core.snapshot().unwrap();
        let mut walk = IndexWalk::new(snapshot.scan(&entries, direction).unwrap(), direction);
        walk.run_bytes_max = bytes_max;
        let looked = Looked {
            table: &table,
            index,
            range,
        };
        while let Some(entry) = walk.next(snapshot.as_ref(), looked).unwrap() {
            assert!(range.contains(&entry.index_key));
            found.push(entry.row_key.get(1).copied().unwrap_or(0));
        }
        if direction == Direction::Backward {
            found.reverse();
        }
        assert_eq!(found, expected, "{direction:?}, {bytes_max} bytes at once");
    }
}

#[test]
fn f3_rows_come_in_the_order_of_an_index() {
    let db = unswept();
    let by_name = |start, end| IndexRange { start, end };
    let name = |name: &str| key_of(name, "string");
    let long = |end: &str| name(&format!("{}{end}", "m".repeat(900)));
    let all = IndexRange::all();
    check(db.core(), "by_name", &all, &[1, 3, 0, 2, 6, 5, 8, 4, 7, 9]);
    check(db.core(), "by_name", &IndexRange::of(&name("a")), &[1, 3]);
    check(db.core(), "by_name", &IndexRange::of(&name("aa")), &[]);
    check(db.core(), "by_name", &IndexRange::of(&long("x")), &[5, 8]);
    let (included, excluded) = (Bound::Included, Bound::Excluded);
    for (start, end, expected) in [
        (
            included(name("b")),
            excluded(name("n")),
            &[0, 2, 6, 5, 8, 4, 7][..],
        ),
        (excluded(name("b")), included(name("n")), &[2, 6, 5, 8, 4, 7, 9]),
        (excluded(long("x")), Bound::Unbounded, &[4, 7, 9]),
        (included(long("x")), excluded(long("z")), &[5, 8, 4]),
        (Bound::Unbounded, excluded(long("x")), &[1, 3, 0, 2, 6]),
        (Bound::Unbounded, included(long("x")), &[1, 3, 0, 2, 6, 5, 8]),
        (included(name("o")), Bound::Unbounded, &[]),
    ] {
        check(db.core(), "by_name", &by_name(start, end), expected);
    }
    // The other way round, with the rows of equal names too.
    check(db.core(), "down", &all, &[9, 7, 4, 8, 5, 6, 2, 0, 3, 1]);
    let table = db.core().table("users", None).unwrap();
    let down = table.indexes.iter().find(|index| index.definition.name == "down");
    let down = |name: &[u8]| down.unwrap().bound(&[name]);
    check(db.core(), "down", &IndexRange::of(&down(&name("a"))), &[3, 1]);
    check(db.core(), "down", &IndexRange::of(&down(&long("x"))), &[8, 5]);
    for (start, end, expected) in [
        (
            included(down(&name("n"))),
            excluded(down(&name("b"))),
            &[9, 7, 4, 8, 5, 6, 2][..],
        ),
        (excluded(down(&long("x"))), Bound::Unbounded, &[6, 2, 0, 3, 1]),
        (Bound::Unbounded, excluded(down(&long("x"))), &[9, 7, 4]),
    ] {
        check(db.core(), "down", &by_name(start, end), expected);
    }
    // By the first field of several, or by all of them.
    let age = |age: u8| key_of(age, "u8");
    check(db.core(), "by_age", &IndexRange::of(&age(1)), &[1, 4, 7]);
    let both = [age(0), name("a")].concat();
    check(db.core(), "by_age", &IndexRange::of(&both), &[3]);
    check(
        db.core(),
        "by_age",
        &by_name(excluded(age(0)), excluded(age(2))),
        &[1, 4, 7],
    );
}

#[test]
fn a_lookup_sees_what_its_transaction_wrote() {
    let db = unswept();
    let table = db.core().table("users", None).unwrap();
    let index = &table
        .indexes
        .iter()
        .find(|index| index.definition.name == "by_name")
        .unwrap();
    let transaction = Transaction::begin(db.core()).unwrap();
    transaction.delete(&table, &key_of(1_u64, "u64")).unwrap();
    let range = IndexRange::of(&key_of("a", "string"));
    let cursor = transaction
        .scan(&range.of_entries(index), Direction::Forward)
        .unwrap();
    let looked = Looked {
        table: &table,
        index,
        range: &range,
    };
    let mut walk = IndexWalk::new(cursor, Direction::Forward);
    let found = walk.next(&transaction, looked).unwrap().unwrap();
    assert_eq!(found.row_key, key_of(3_u64, "u64"));
    assert_eq!(walk.next(&transaction, looked).unwrap(), None);
}
