//! Guards that a store goes along a released history from wherever each of its tables stands: some at no release, some under
//! a name that another one had, some at a release that an older program took them back from.

use quantadb::{ErrorKind, OnOlder};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::releases::numbered;
use super::skipped::{ada, all, check, lock, open, options, put, rows_of, users};
use super::support::verify;

fn table(name: &str, list: &str) -> Json {
    json!({"name": name, "key": ["id"], "fields": fields(list)})
}

#[test]
fn a_table_at_no_release_stays_out_of_the_releases_that_others_missed() {
    let versions = numbered(json!([
        {"tables": [table("a", "id: u64, x: u8"), table("b", "id: u64, old: u8")]},
        {"tables": [table("a", "id: u64, x: u16"), table("b", "id: u64")]},
        {"tables": [table("a", "id: u64, x: u32"), table("b", "id: u64, dev: string")]},
    ]));
    let store = Store::new(&versions);
    put(&open(&store, 0), &[("a", json!({"id": 1, "x": 5}))]);
    // Somebody works on the next release, and has what it brings to `b` already.
    let worked_on = Store::new(&numbered(json!([
        {"tables": [table("a", "id: u64, x: u8"), table("b", "id: u64, old: u8, dev: string")]},
    ])));
    let unreleased = store.options(0).tables_of(&worked_on.document.versions[0]);
    let db = unreleased.history(lock(&store, 0)).open("").unwrap();
    put(&db, &[("b", json!({"id": 1, "old": 2, "dev": "kept"}))]);
    drop(db);
    let rows = all(&open(&store, 2));
    assert_eq!(rows_of(&rows, "a"), [r#"{"id":1,"x":5}"#]);
    assert_eq!(rows_of(&rows, "b"), [r#"{"dev":"kept","id":1}"#]);
}

/// Opens a store with one version after the other and compares that with every way that leaves some out.
#[track_caller]
fn check_every_way(versions: &Json, rows: &[(&str, Json)]) {
    let last = Store::new(versions).document.versions.len() - 1;
    let (_, expected) = check(versions, 0, rows);
    for left_out in 1..last {
        let store = Store::new(versions);
        put(&open(&store, 0), rows);
        for version in (1..=last).filter(|version| *version != left_out) {
            drop(open(&store, version));
        }
        assert_eq!(all(&open(&store, last)), expected, "without version {left_out}");
    }
}

#[test]
fn a_table_that_has_its_first_name_again_is_not_renamed_again() {
    let versions = numbered(json!([
        {"tables": [table("a", "id: u64, x: u8")]},
        {"tables": [table("b", "id: u64, x: u8")], "hints": {"renamed_tables": {"a": "b"}}},
        {"tables": [table("a", "id: u64, x: u8"), table("b", "id: u64, text: string")],
         "hints": {"renamed_tables": {"b": "a"}, "new_tables": ["b"]}},
        {"tables": [table("a", "id: u64, x: u16"), table("b", "id: u64, text: string")]},
    ]));
    check_every_way(&versions, &[("a", json!({"id": 1, "x": 7}))]);
}

#[test]
fn tables_of_one_shape_keep_their_rows_where_one_takes_the_name_that_another_had() {
    let shape = "id: u64, x: u8";
    let versions = numbered(json!([
        {"tables": [table("a", shape), table("c", shape)]},
        {"tables": [table("b", shape), table("c", shape)], "hints": {"renamed_tables": {"a": "b"}}},
        {"tables": [table("a", shape), table("b", shape)], "hints": {"renamed_tables": {"c": "a"}}},
        {"tables": [table("a", shape), table("c", shape)], "hints": {"renamed_tables": {"b": "c"}}},
        {"tables": [table("a", "id: u64, x: u16"), table("c", "id: u64, x: u16")]},
    ]));
    let rows = [("a", json!({"id": 1, "x": 1})), ("c", json!({"id": 2, "x": 2}))];
    check_every_way(&versions, &rows);
}

#[test]
fn a_name_that_a_table_at_no_release_has_is_not_given_to_another_one() {
    let versions = numbered(json!([
        {"tables": [table("a", "id: u64, x: u8")]},
        {"tables": [table("b", "id: u64, x: u8")], "hints": {"renamed_tables": {"a": "b"}}},
        {"tables": [table("b", "id: u64, x: u16")]},
    ]));
    let store = Store::new(&versions);
    put(&open(&store, 0), &[("a", json!({"id": 1, "x": 7}))]);
    let worked_on = Store::new(&numbered(json!([
        {"tables": [table("a", "id: u64, x: u8"), table("b", "id: u64, x: u16, dev: string")]},
    ])));
    let unreleased = store.options(0).tables_of(&worked_on.document.versions[0]);
    let db = unreleased.history(lock(&store, 0)).open("").unwrap();
    put(&db, &[("b", json!({"id": 2, "x": 9, "dev": "kept"}))]);
    drop(db);
    let db = open(&store, 2);
    let rows = all(&db);
    assert_eq!(rows_of(&rows, "a"), [r#"{"id":1,"x":7}"#]);
    assert_eq!(rows_of(&rows, "b"), [r#"{"id":2,"x":9}"#]);
}

#[test]
fn a_table_that_came_on_the_way_for_a_reference_goes_where_a_later_release_drops_it() {
    let mut refers = table("a", "id: u64, team: option<u64>");
    refers["references"] =
        json!([{"fields": ["team"], "table": "teams", "to": ["id"], "on_delete": "restrict"}]);
    let versions = numbered(json!([
        {"tables": [table("a", "id: u64")]},
        {"tables": [refers, table("teams", "id: u64")]},
        {"tables": [table("a", "id: u64, team: option<u64>")], "hints": {"dropped_tables": ["teams"]}},
        {"tables": [table("a", "id: u64, team: option<u64>, age: u8")]},
    ]));
    let (_, after) = check(&versions, 0, &[("a", json!({"id": 1}))]);
    assert_eq!(after.keys().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn a_store_of_a_later_release_that_an_older_program_changed_goes_back_there() {
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users("id: u64", json!({})),
        users("id: u64, mail: string, age: u8", json!({})),
    ]));
    let store = Store::new(&versions);
    put(
        &open(&store, 2),
        &[("users", json!({"id": 1, "mail": "ada", "age": 36}))],
    );
    // The first program has a shape that this store never had, and is told to make it all the same.
    drop(options(&store, 0).forward().open("").unwrap());
    let error = options(&store, 2).open("").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Older, "{error}");
    let db = options(&store, 2).on_older(OnOlder::RollBack).open("").unwrap();
    verify(&db);
    assert_eq!(rows_of(&all(&db), "users"), [r#"{"age":36,"id":1,"mail":"ada"}"#]);
}

#[test]
fn a_store_that_missed_releases_is_not_read_as_if_it_had_not() {
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users("id: u64", json!({})),
        users("id: u64, mail: string", json!({})),
        users("id: u64, mail: string, age: u8", json!({})),
    ]));
    for last in 1..4 {
        let store = Store::new(&versions);
        put(&open(&store, 0), &[ada()]);
        let before = store.small.digest();
        let error = options(&store, last).read_only().open("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
        let planned = options(&store, last).plan("").unwrap();
        let told = error.plan().unwrap().steps().map(ToString::to_string);
        assert_eq!(
            told.collect::<Vec<_>>(),
            planned.steps().map(ToString::to_string).collect::<Vec<_>>()
        );
        assert!(
            store.small.digest() == before,
            "a read-only open changed the store"
        );
        drop(open(&store, last));
        options(&store, last).read_only().open("").unwrap();
    }
}

#[test]
fn what_is_no_lock_is_told_from_one_that_is_damaged() {
    let versions = numbered(json!([users("id: u64, mail: string", json!({}))]));
    let store = Store::new(&versions);
    for text in ["quanta.lock", "", "<<<<<<< HEAD\n{}"] {
        let error = store.options(0).history(text).open("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Declaration, "{error}");
        assert!(error.to_string().contains("it may be a path"), "{error}");
    }
}

#[test]
fn rows_that_a_release_on_the_way_refuses_can_be_helped_from_here() {
    let versions = numbered(json!([
        users("id: u64, mail: string", json!({})),
        users("id: u64, mail: u8", json!({})),
        users("id: u64, mail: string", json!({})),
    ]));
    let store = Store::new(&versions);
    put(&open(&store, 0), &[ada()]);
    let error = options(&store, 2).open("").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("release on the way: Options::on_failure"),
        "{error}"
    );
    let helped = options(&store, 2).on_failure(quantadb::Resolution::Default);
    let db = helped.open("").unwrap();
    verify(&db);
    assert_eq!(rows_of(&all(&db), "users"), [r#"{"id":1,"mail":"0"}"#]);
}
