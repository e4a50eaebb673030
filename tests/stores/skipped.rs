//! Law 1a for users who skip releases: a store that goes along a released history gets what a store got that went through
//! every release.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::expect;
use quanta_storage::faults::{Fault, Faulty};
use quantadb::{Database, ErrorKind, OnOlder, Options};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::releases::{born, chain, numbered};
use super::support::{custom, verify};

/// A version with one table `users`.
pub fn users(list: &str, hints: Json) -> Json {
    json!({"tables": [{"name": "users", "key": ["id"], "fields": fields(list)}], "hints": hints})
}

/// The lock that a program was released with which knows the versions up to one.
pub fn lock(store: &Store, version: usize) -> String {
    let mut document = store.document.clone();
    document.versions.truncate(version + 1);
    document.to_json()
}

pub fn options(store: &Store, version: usize) -> Options {
    store.options(version).history(lock(store, version))
}

#[track_caller]
pub fn open(store: &Store, version: usize) -> Database {
    let db = options(store, version).open("").unwrap();
    verify(&db);
    db
}

pub fn put(db: &Database, rows: &[(&str, Json)]) {
    // At once: rows may refer to others that come later in the list.
    db.write(|transaction| {
        rows.iter().try_for_each(|(table, row)| {
            let row = db.table(table)?.from_json(row)?;
            transaction.table(table)?.put(&row)
        })
    })
    .unwrap();
}

/// The rows of all live tables as text, by table.
pub type Rows = BTreeMap<String, Vec<String>>;

pub fn all(db: &Database) -> Rows {
    let head = db.head();
    let live = head.tables.values().map(|table| &table.state);
    let live = live.filter(|state| state.presence == quantadb::plan::Presence::Live);
    let rows = |name: &str| {
        let table = db.table(name).unwrap();
        let rows = table.iter().map(|row| table.to_json(&row.unwrap()).to_string());
        rows.collect()
    };
    live.map(|state| (state.name.clone(), rows(&state.name)))
        .collect()
}

/// Opens one store with every version from one on and another with the first and the last, and compares their rows; then
/// takes the second back and compares it with what it was, and up again.
#[track_caller]
pub fn check(versions: &Json, from: usize, rows: &[(&str, Json)]) -> (Store, Rows) {
    let (every, skips) = (Store::new(versions), Store::new(versions));
    let before = [&every, &skips].map(|store| {
        let db = open(store, from);
        put(&db, rows);
        all(&db)
    });
    let last = every.document.versions.len() - 1;
    (from + 1..last).for_each(|version| drop(open(&every, version)));
    let planned = options(&skips, last).plan("").unwrap();
    assert_eq!(planned.refusals, []);
    let (every_db, skips_db) = (open(&every, last), open(&skips, last));
    assert_eq!(
        planned.steps().collect::<Vec<_>>(),
        skips_db.open_report().plan.steps().collect::<Vec<_>>()
    );
    let after = all(&every_db);
    assert_eq!(all(&skips_db), after, "from version {from} at once");
    drop((skips_db.rollback(1).unwrap(), every_db));
    let back = skips.options(from).open("").unwrap();
    verify(&back);
    assert_eq!(all(&back), before[1], "back to version {from}");
    drop(back);
    let again = options(&skips, last).release_hold().open("").unwrap();
    verify(&again);
    assert_eq!(all(&again), after, "to version {from} and up again");
    drop(again);
    assert!(
        options(&skips, last)
            .open("")
            .unwrap()
            .open_report()
            .plan
            .is_empty()
    );
    (skips, after)
}

pub fn rows_of<'a>(rows: &'a Rows, table: &str) -> Vec<&'a str> {
    rows[table].iter().map(String::as_str).collect()
}

#[test]
fn a_field_that_went_and_came_again_is_a_new_one_for_everybody() {
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users("id: u64", json!({})),
        users("id: u64, mail: string, age: u8", json!({})),
    ]));
    let row = ("users", json!({"id": 1, "mail": "ada@example.org"}));
    let (_, after) = check(&versions, 0, std::slice::from_ref(&row));
    assert_eq!(rows_of(&after, "users"), [r#"{"age":0,"id":1,"mail":""}"#]);
    // The shape alone doesn't tell the first version from the last one: the label of what is stored does.
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users("id: u64", json!({})),
        users("id: u64, mail: string", json!({})),
    ]));
    let (_, after) = check(&versions, 0, &[row]);
    assert_eq!(rows_of(&after, "users"), [r#"{"id":1,"mail":""}"#]);
}

#[test]
fn a_name_that_moved_twice_leads_to_the_same_values() {
    let versions = numbered(json!([
        users("id: u64, a: string, b: string", json!({})),
        users(
            "id: u64, a: string, b: string",
            json!({"renamed_fields": {"users": {"a": "b", "b": "a"}}})
        ),
        users(
            "id: u64, c: string, b: string",
            json!({"renamed_fields": {"users": {"a": "c"}}})
        ),
        users(
            "id: u64, c: string, b: string, a: string",
            json!({"new_fields": {"users": ["a"]}})
        ),
    ]));
    let row = ("users", json!({"id": 1, "a": "one", "b": "two"}));
    let (_, after) = check(&versions, 0, &[row]);
    assert_eq!(
        rows_of(&after, "users"),
        [r#"{"a":"","b":"one","c":"two","id":1}"#]
    );
}

#[test]
fn every_version_of_a_long_chain_comes_out_as_step_by_step() {
    let versions = chain();
    for from in 0..8 {
        let mut rows = born(from);
        if from == 6 {
            rows.push(("teams", json!({"id": 1, "motto": "on"})));
        }
        check(&versions, from, &rows);
    }
}

#[test]
fn tables_that_came_went_and_changed_names_on_the_way() {
    let table = |name: &str, list: &str| json!({"name": name, "key": ["id"], "fields": fields(list)});
    let versions = numbered(json!([
        {"tables": [table("a", "id: u64, x: u8"), table("b", "id: u64, y: string")]},
        {"tables": [table("b", "id: u64, x: u8"), table("a", "id: u64, y: string")],
         "hints": {"renamed_tables": {"a": "b", "b": "a"}}},
        {"tables": [table("b", "id: u64, x: u16"), table("c", "id: u64, z: bool")],
         "hints": {"dropped_tables": ["a"], "new_tables": ["c"]}},
        {"tables": [table("b", "id: u64, x: u32"), table("d", "id: u64, z: string")],
         "hints": {"renamed_tables": {"c": "d"}}},
        {"tables": [table("a", "id: u64, y: string"), table("b", "id: u64, x: u32")],
         "hints": {"dropped_tables": ["d"], "new_tables": ["a"]}},
    ]));
    let rows = [
        ("a", json!({"id": 1, "x": 7})),
        ("b", json!({"id": 2, "y": "two"})),
    ];
    let (_, after) = check(&versions, 0, &rows);
    assert_eq!(rows_of(&after, "a"), [] as [&str; 0]);
    assert_eq!(rows_of(&after, "b"), [r#"{"id":1,"x":7}"#]);
}

#[test]
fn keys_and_rows_that_go_on_the_way() {
    let versions = numbered(json!([
        users("id: u64, code: string, n: i64", json!({})),
        users("id: u64, code: u32, n: i64", json!({"on_failure": {"users": {"code": "drop_row"}}})),
        {"tables": [{"name": "users", "key": ["code"], "fields": fields("id: u64, code: u32, n: i64")}],
         "hints": {"on_failure": {"users": {"@key": "drop_row"}}}},
        {"tables": [{"name": "users", "key": ["code"], "fields": fields("id: u64, code: u32, n: i8")}],
         "hints": {"on_failure": {"users": {"n": "default"}}}},
    ]));
    let row = |id: u64, code: &str, n: i64| ("users", json!({"id": id, "code": code, "n": n}));
    let rows = [
        row(1, "10", 5),
        row(2, "x", 6),
        row(3, "10", 7),
        row(4, "9", 1000),
    ];
    let (_, after) = check(&versions, 0, &rows);
    assert_eq!(
        rows_of(&after, "users"),
        [r#"{"code":9,"id":4,"n":0}"#, r#"{"code":10,"id":1,"n":5}"#]
    );
}

#[test]
fn what_a_late_hint_gives_back_on_the_way_is_given_back() {
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users(
            "id: u64, name: string",
            json!({"new_fields": {"users": ["name"]}})
        ),
        users(
            "id: u64, name: string",
            json!({"renamed_fields": {"users": {"mail": "name"}}})
        ),
        users("id: u64, name: string, age: u8", json!({})),
    ]));
    let (_, after) = check(&versions, 0, &[("users", json!({"id": 1, "mail": "ada"}))]);
    assert_eq!(rows_of(&after, "users"), [r#"{"age":0,"id":1,"name":"ada"}"#]);
}

/// A field that went and came again, and what came after it.
fn came_again() -> Json {
    numbered(json!([
        users("id: u64, mail: string", json!({})),
        users("id: u64", json!({})),
        users("id: u64, mail: string", json!({})),
        users("id: u64, mail: string, age: u8", json!({})),
    ]))
}

pub fn ada() -> (&'static str, Json) {
    ("users", json!({"id": 1, "mail": "ada"}))
}

#[test]
fn an_older_program_is_told_so_whatever_shapes_its_history_has() {
    let store = Store::new(&came_again());
    put(&open(&store, 0), &[ada()]);
    drop(open(&store, 2));
    let before = store.small.digest();
    let error = options(&store, 1).open("").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Older, "{error}");
    assert!(store.small.digest() == before, "a refusal changed the store");
    // The first release has the shape of the third, which is current.
    let db = options(&store, 0).open("").unwrap();
    assert!(db.open_report().plan.is_empty());
}

#[test]
fn an_older_program_that_may_takes_a_store_back_that_skipped_its_release() {
    let store = Store::new(&came_again());
    put(&open(&store, 0), &[ada()]);
    let db = open(&store, 3);
    assert_eq!(
        db.open_report().plan.notes,
        ["the store missed 1, 2: it goes through what changed there to 3"]
    );
    drop(db);
    let db = options(&store, 1).on_older(OnOlder::RollBack).open("").unwrap();
    verify(&db);
    assert_eq!(rows_of(&all(&db), "users"), [r#"{"id":1}"#]);
    drop(db);
    let db = options(&store, 3).release_hold().open("").unwrap();
    assert_eq!(rows_of(&all(&db), "users"), [r#"{"age":0,"id":1,"mail":""}"#]);
}

#[test]
fn a_store_from_before_the_history_stands_at_the_last_release_of_its_shape() {
    let store = Store::new(&came_again());
    put(&store.open(0).unwrap(), &[ada()]);
    let db = open(&store, 3);
    assert_eq!(rows_of(&all(&db), "users"), [r#"{"age":0,"id":1,"mail":"ada"}"#]);
}

#[test]
fn what_is_not_released_is_a_change_behind_the_history() {
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users(
            "id: u64, name: string",
            json!({"renamed_fields": {"users": {"mail": "name"}}})
        ),
        users("id: u64, name: string, age: u8", json!({})),
    ]));
    let store = Store::new(&versions);
    put(&open(&store, 0), &[ada()]);
    let db = store.options(2).history(lock(&store, 1)).open("").unwrap();
    verify(&db);
    assert_eq!(rows_of(&all(&db), "users"), [r#"{"age":0,"id":1,"name":"ada"}"#]);
    // Once it is released, nothing is left to do.
    drop(db);
    let db = open(&store, 2);
    assert!(db.open_report().plan.is_empty(), "{}", db.open_report());
}

#[test]
fn a_table_of_the_history_without_an_entity_is_left_alone() {
    let table = |name: &str, list: &str| json!({"name": name, "key": ["id"], "fields": fields(list)});
    let versions = numbered(json!([
        {"tables": [table("users", "id: u64"), table("notes", "id: u64")]},
        {"tables": [table("users", "id: u64, age: u8"), table("notes", "id: u64, text: string")]},
        {"tables": [table("users", "id: u64, age: u16"), table("notes", "id: u64, text: bytes")]},
    ]));
    let store = Store::new(&versions);
    put(
        &open(&store, 0),
        &[("users", json!({"id": 1})), ("notes", json!({"id": 2}))],
    );
    let mut only_users = store.document.versions[2].clone();
    only_users.tables.remove("notes");
    let options_here = store.options(2).tables_of(&only_users).history(lock(&store, 2));
    let db = options_here.open("").unwrap();
    verify(&db);
    assert_eq!(db.open_report().plan.unregistered, ["notes"]);
    assert_eq!(rows_of(&all(&db), "notes"), [r#"{"id":2}"#]);
    drop(db);
    let db = open(&store, 2);
    assert_eq!(rows_of(&all(&db), "notes"), [r#"{"id":2,"text":""}"#]);
}

#[test]
fn a_release_on_the_way_that_refuses_rows_changes_nothing() {
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users("id: u64, mail: u8", json!({})),
        users("id: u64, mail: u8, age: u8", json!({})),
    ]));
    let store = Store::new(&versions);
    put(&open(&store, 0), &[ada()]);
    let before = store.small.digest();
    let error = options(&store, 2).open("").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(store.small.digest() == before, "a refusal changed the store");
}

#[test]
fn a_release_on_the_way_that_asks_is_named() {
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users("id: u64, phone: string", json!({})),
        users("id: u64, phone: string, age: u8", json!({})),
    ]));
    let store = Store::new(&versions);
    put(&open(&store, 0), &[ada()]);
    let error = options(&store, 2).open("").unwrap_err().to_string();
    assert!(error.contains("(on the way to release 1)"), "{error}");
}

/// Rows move twice, and each time those go that want a key which another one has: the order of keys between decides.
fn moved_twice() -> Json {
    let keyed = |key: &str, hints: Json| {
        json!({"tables": [{"name": "users", "key": [key], "fields": fields("id: u64, code: string, n: u32, m: u32")}],
               "hints": hints})
    };
    let drops = || json!({"on_failure": {"users": {"@key": "drop_row"}}});
    numbered(json!([
        keyed("id", json!({})),
        keyed("code", drops()),
        keyed("n", drops()),
        keyed("m", drops())
    ]))
}

/// Forty rows whose keys stand in another order each time.
fn movable() -> Vec<(&'static str, Json)> {
    let row = |id: u32| {
        let (code, n, m) = (format!("{:02}", 40 - id), (id * 7) % 20, (id * 3) % 10);
        ("users", json!({"id": id, "code": code, "n": n, "m": m}))
    };
    (0..40).map(row).collect()
}

#[test]
fn of_rows_that_move_twice_those_survive_that_would_step_by_step() {
    let (_, after) = check(&moved_twice(), 0, &movable());
    assert_eq!(after["users"].len(), 10);
}

/// L1: cut off after every single write of the open, the store is as it was or as it becomes, and the next open finishes.
#[test]
fn l1_going_along_a_history_survives_a_crash_after_every_write() {
    let before = Store::new(&moved_twice());
    put(&open(&before, 0), &movable());
    let expected = check(&moved_twice(), 0, &movable()).1;
    let mut cuts = 0;
    loop {
        let store = before.duplicate();
        let faulty = Faulty::new(Arc::new(store.small.clone()));
        faulty.inject(Fault::CutOff { writes: cuts });
        let options_here = custom(Arc::new(faulty.clone())).tables_of(&store.document.versions[3]);
        match options_here.history(lock(&store, 3)).open("") {
            Ok(_) => break,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Storage, "{error}"),
        }
        let untouched = store.duplicate();
        if let Ok(db) = untouched.open(0) {
            assert_eq!(
                all(&db)["users"].len(),
                40,
                "after {cuts} writes, opened as before"
            );
        }
        let db = open(&store, 3);
        assert_eq!(all(&db), expected, "after {cuts} writes");
        drop(db.rollback(1).unwrap());
        assert_eq!(
            all(&store.open(0).unwrap())["users"].len(),
            40,
            "after {cuts} writes, and back"
        );
        cuts += 1;
    }
    assert!(
        cuts > 20,
        "the open makes {cuts} writes: its batches are no longer small"
    );
}

/// A store that a newer program made, and a program that never saw it: its shape is not in the store's tree.
#[test]
fn a_release_that_the_history_does_not_know_is_told_of_before_anything_changes() {
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users("id: u64, mail: string, age: u8", json!({})),
        users("id: u64, mail: string, age: u8, note: string", json!({})),
    ]));
    let store = Store::new(&versions);
    put(
        &open(&store, 2),
        &[(
            "users",
            json!({"id": 1, "mail": "ada", "age": 36, "note": "first"}),
        )],
    );
    let before = store.small.digest();
    let error = options(&store, 1).open("").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    expect![[r#"
        the change is refused, and the store is as it was:
        users: it is at release 2, which the history of this program doesn't know: a newer program made it, or one of another branch
          fix: run the program of that release, or a newer one
           or: `quanta merge-check` puts the two histories together, if they are branches
           or: Options::on_older(OnOlder::RollBack) or Options::forward() make a new version of it all the same: what the new shape can't hold is kept"#]].assert_eq(&error.to_string());
    assert!(store.small.digest() == before, "a refusal changed the store");
    let db = options(&store, 1).on_older(OnOlder::RollBack).open("").unwrap();
    assert_eq!(rows_of(&all(&db), "users"), [r#"{"age":36,"id":1,"mail":"ada"}"#]);
    drop(db);
    // A lock whose past was cut off knows the shape by another label.
    let small = store.small.duplicate();
    let mut cut = store.document.clone();
    cut.versions.drain(..1);
    cut.versions[0].label = "one and two".to_owned();
    let options_here = custom(Arc::new(small))
        .tables_of(&cut.versions[1])
        .history(cut.to_json());
    let db = options_here.on_older(OnOlder::RollBack).open("").unwrap();
    assert_eq!(
        rows_of(&all(&db), "users"),
        [r#"{"age":36,"id":1,"mail":"ada","note":"first"}"#]
    );
}
