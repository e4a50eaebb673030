//! Indexes with fields that go down: queries by them find what the same question finds in rows in memory, in any order, and
//! an index that is turned round is filled anew, also on the way back.

use std::collections::BTreeMap;

use quanta_core::Seed;
use quantadb::query::Way;
use quantadb::{Cursor, Database, DynamicQuery, Options, QuantaEntity, Value};
use serde_json::{Value as Json, json};

use super::documents::{Store, document, fields, named};
use super::queries::answers::{cases, random_rows};
use super::queries::conditions::{Less, plain_condition};
use super::queries::{Place, Plain, Shape};
use super::support::{Small, verify};

/// The rows of `Plain` with indexes of every kind, down where they begin, where they end, or all of them.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "things", register = false)]
#[quanta(index(age desc, weight), index("place.city", name desc), index("tags[]" desc))]
#[quanta(index("place.zip" desc), index(name desc), unique(name = "by_both", fields(age desc, id desc)))]
#[quanta(index(weight desc, name = "heavy", fields(age desc)))]
struct Turned {
    #[quanta(id)]
    id: u16,
    age: Option<u8>,
    name: String,
    place: Option<Place>,
    shape: Shape,
    tags: Vec<String>,
    weight: i32,
}

impl Turned {
    fn of(row: &Plain) -> Self {
        let Plain {
            id,
            age,
            name,
            place,
            shape,
            tags,
            weight,
        } = row.clone();
        Self {
            id,
            age,
            name,
            place,
            shape,
            tags,
            weight,
        }
    }
}

fn city(row: &Plain) -> Option<&str> {
    row.place.as_ref().map(|place| place.city.as_str())
}

/// Orders as text, and how rows are compared then: those that are equal come by their keys, the way of the last field.
const ORDERS: [(&str, Less); 12] = [
    ("", |one, other| one.id.cmp(&other.id)),
    ("age", |one, other| (one.age, one.id).cmp(&(other.age, other.id))),
    ("age desc", |one, other| {
        (other.age, other.id).cmp(&(one.age, one.id))
    }),
    ("age desc, weight", |one, other| {
        (other.age, one.weight, one.id).cmp(&(one.age, other.weight, other.id))
    }),
    ("age, weight desc", |one, other| {
        (one.age, other.weight, other.id).cmp(&(other.age, one.weight, one.id))
    }),
    ("age, weight", |one, other| {
        (one.age, one.weight, one.id).cmp(&(other.age, other.weight, other.id))
    }),
    ("age desc, weight, id", |one, other| {
        (other.age, one.weight, one.id).cmp(&(one.age, other.weight, other.id))
    }),
    ("place.city, name desc", |one, other| {
        (city(one), &other.name, other.id).cmp(&(city(other), &one.name, one.id))
    }),
    ("place.city desc, name", |one, other| {
        (city(other), &one.name, one.id).cmp(&(city(one), &other.name, other.id))
    }),
    ("weight desc, age desc", |one, other| {
        (other.weight, other.age, other.id).cmp(&(one.weight, one.age, one.id))
    }),
    ("weight, age, id", |one, other| {
        (one.weight, one.age, one.id).cmp(&(other.weight, other.age, other.id))
    }),
    ("name desc", |one, other| {
        (&other.name, other.id).cmp(&(&one.name, one.id))
    }),
];

fn ordered(query: DynamicQuery<'static>, order: &str) -> DynamicQuery<'static> {
    match order {
        "" => query,
        order => query.order_by(order),
    }
}

fn ids(rows: &[Value]) -> Vec<u16> {
    let id = |row: &Value| row.get("id").unwrap().as_u128().unwrap();
    rows.iter().map(|row| u16::try_from(id(row)).unwrap()).collect()
}

/// Asks one question, at once and in pages, and compares the answers with those of the rows in memory.
fn check_one(db: &Database, rows: &BTreeMap<u16, Plain>, seed: &mut Seed) {
    let condition = plain_condition(seed, 3);
    let (order, less) = *seed.choose(&ORDERS);
    let mut expected: Vec<&Plain> = rows.values().filter(|row| (condition.holds)(row)).collect();
    expected.sort_by(|one, other| less(one, other));
    let expected: Vec<u16> = expected.iter().map(|row| row.id).collect();
    let things = db.table("things").unwrap();
    let query = || ordered(things.query().filter(&condition.said), order);
    let said = || format!("{} by {order}\n{}", condition.said, query().explain().unwrap());
    let mut found = ids(&query().collect().unwrap());
    if order.is_empty() {
        // Without an order, rows come in any.
        found.sort_unstable();
    }
    assert_eq!(found, expected, "{}", said());
    assert_eq!(query().count().unwrap(), expected.len() as u64, "{}", said());
    let (mut found, mut after) = (Vec::new(), None::<Cursor>);
    loop {
        let query = query().limit(seed.below(4) as u64 + 1);
        let page = match &after {
            Some(cursor) => query.after(cursor).page().unwrap(),
            None => query.page().unwrap(),
        };
        found.extend(ids(&page.rows));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, expected, "{}, in pages", said());
}

#[test]
fn f3_answers_by_indexes_that_go_down_are_those_of_rows_in_memory() {
    for case in 0..cases() {
        let seed = &mut Seed::new(3_000_000 + case);
        let rows = random_rows(seed);
        let db = Small::default().open::<(Turned,)>().unwrap();
        rows.values()
            .for_each(|row| db.collection::<Turned>().put(&Turned::of(row)).unwrap());
        for _ in 0..20 {
            check_one(&db, &rows, seed);
        }
        verify(&db);
    }
}

/// Checks by which way rows come in an order, and that they need not be sorted.
#[track_caller]
fn check_way(db: &Database, filter: &str, order: &str, expected: (Way, &[&str], bool)) {
    let query = db.table("things").unwrap().query().filter(filter);
    let explained = ordered(query, order).explain().unwrap();
    let (way, indexes, sorted) = expected;
    assert_eq!((explained.by, explained.sorted), (way, sorted), "{explained}");
    assert_eq!(explained.indexes, indexes, "{explained}");
}

#[test]
fn f3_orders_are_served_by_indexes_that_go_down() {
    let db = Small::default().open::<(Turned,)>().unwrap();
    let index = |name| (Way::Index, vec![name], false);
    let sorted = (Way::Scan, Vec::new(), true);
    for (filter, order, (way, indexes, is_sorted)) in [
        ("true", "age desc, weight", index("things_age_desc_weight")),
        ("true", "age, weight desc", index("things_age_desc_weight")),
        ("true", "age desc, weight, id", index("things_age_desc_weight")),
        (
            "true",
            "age, weight desc, id desc",
            index("things_age_desc_weight"),
        ),
        ("true", "age, weight", sorted.clone()),
        ("true", "age desc, weight, id desc", sorted.clone()),
        ("true", "name desc", index("things_name_desc")),
        ("true", "name", index("things_name_desc")),
        ("true", "name, id desc", sorted),
        ("true", "weight, age", index("heavy")),
        ("age = 3", "weight", index("things_age_desc_weight")),
        (
            "age = 3",
            "age desc, weight desc",
            index("things_age_desc_weight"),
        ),
        ("age is none", "weight desc", index("things_age_desc_weight")),
    ] {
        check_way(&db, filter, order, (way, &indexes, is_sorted));
    }
}

const USER: &str = "age: option<u8>, id: u64, name: string";

/// A version of a table with one index.
fn users(label: &str, index: &Json) -> Json {
    let table = json!({"name": "users", "key": ["id"], "fields": fields(USER), "indexes": [index]});
    json!({"label": label, "tables": [table]})
}

fn index(fields: &Json) -> Json {
    json!({"name": "by_age", "fields": fields, "unique": false})
}

/// Lists the ids of the users by age and name down, and how they were found.
fn oldest(db: &Database) -> (Vec<u16>, bool) {
    let query = || db.table("users").unwrap().query().order_by("age desc, name");
    (
        ids(&query().collect().unwrap()),
        query().explain().unwrap().sorted,
    )
}

#[test]
fn f1_an_index_that_is_turned_round_is_built_anew_and_comes_back() {
    let store = Store::new(&json!([
        users("1", &index(&json!(["age", "name"]))),
        users("2", &index(&json!(["age desc", "name"]))),
    ]));
    let row = |id: u64, age: Json, name: &str| ("users", json!({"id": id, "age": age, "name": name}));
    let long = "n".repeat(2000);
    store.fill(
        0,
        &[
            row(1, json!(7), "b"),
            row(2, json!(7), "a"),
            row(3, Json::Null, "c"),
            row(4, json!(9), &format!("{long}2")),
            row(5, json!(9), &format!("{long}1")),
        ],
    );
    let expected = vec![5, 4, 2, 1, 3];
    assert_eq!(oldest(&store.open(0).unwrap()), (expected.clone(), true));
    assert_eq!(
        store.change(1),
        ["build index users.by_age (age desc, name) anew: it was index users.by_age (age, name)"]
    );
    assert_eq!(store.indexes(1, "users"), named(&[("by_age", 2)]));
    assert_eq!(oldest(&store.open(1).unwrap()), (expected.clone(), false));
    let db = store.open(1).unwrap();
    let table = db.table("users").unwrap();
    let row = json!({"id": 3, "age": 8, "name": "c"});
    table.put(&table.from_json(&row).unwrap()).unwrap();
    drop(table);
    verify(&db);
    assert_eq!(oldest(&db), (vec![5, 4, 3, 2, 1], false));
    db.rollback(1).unwrap();
    assert_eq!(store.indexes(0, "users"), named(&[("by_age", 1)]));
    let db = store.open(0).unwrap();
    verify(&db);
    assert_eq!(oldest(&db), (vec![5, 4, 3, 2, 1], true));
    drop(db);
    verify(&store.options(1).release_hold().open("").unwrap());
    assert_eq!(store.indexes(1, "users"), named(&[("by_age", 2)]));
}

/// The lock, or a branch of it, says which way an index goes.
#[test]
fn a_document_keeps_the_ways_of_indexes() {
    let versions = document(&json!([users("1", &index(&json!(["age desc", "name"])))]));
    assert!(versions.to_json().contains("\"age desc\""));
    for (written, problem) in [
        ("age up", "`age up` is neither a path nor a path and `desc`"),
        ("agee desc", "table users: the index by_age: `agee` is missing"),
    ] {
        let text = versions.to_json().replace("age desc", written);
        let error = quanta_core::HistoryDocument::from_json(&text).unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
    }
    let twice = versions.to_json().replace("\"name\"\n", "\"age\"\n");
    let error = quanta_core::HistoryDocument::from_json(&twice).unwrap_err();
    assert!(error.to_string().contains("it names `age` twice"), "{error}");
}

#[test]
fn on_fjall_entries_that_go_down_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let db = Options::new().entities::<(Turned,)>().open(&path).unwrap();
    let seed = &mut Seed::new(11);
    let rows = random_rows(seed);
    rows.values()
        .for_each(|row| db.collection::<Turned>().put(&Turned::of(row)).unwrap());
    for _ in 0..20 {
        check_one(&db, &rows, seed);
    }
    verify(&db);
}
