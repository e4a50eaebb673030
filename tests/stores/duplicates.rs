//! Guards unique indexes over rows that have one value: where it is said, all but the first are taken out, kept, and
//! given back on the way down.

use std::sync::Arc;

use quanta_storage::faults::{Fault, Faulty};
use quantadb::{ErrorKind, Resolution};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::support::{custom, sweep_and_check, verify};

const USER: &str = "id: u64, mail: option<string>, nick: string";

/// A version of the table `users` with unique indexes over single fields.
fn users(label: &str, list: &str, unique: &[&str], hints: &Json) -> Json {
    let index = |field: &&str| json!({"name": format!("by_{field}"), "fields": [field], "unique": true});
    let indexes: Json = unique.iter().map(index).collect();
    let table = json!({"name": "users", "key": ["id"], "fields": fields(list), "indexes": indexes});
    json!({"label": label, "tables": [table], "hints": hints})
}

fn drop_row(of: &[&str]) -> Json {
    let said = of.iter().map(|path| ((*path).to_owned(), json!("drop_row")));
    json!({"on_failure": {"users": Json::Object(said.collect())}})
}

fn filled(versions: &Json, rows: &[(u64, Option<&str>, &str)]) -> Store {
    let store = Store::new(versions);
    let row = |(id, mail, nick): &(u64, Option<&str>, &str)| {
        ("users", json!({"id": id, "mail": mail, "nick": nick}))
    };
    store.fill(0, &rows.iter().map(row).collect::<Vec<_>>());
    store
}

/// Shows the values of one field of all rows, in the order of keys.
fn values(store: &Store, version: usize, field: &str) -> Vec<String> {
    let db = store.options(version).release_hold().open("").unwrap();
    sweep_and_check(&db, &store.small.0);
    let table = db.table("users").unwrap();
    let rows = table.iter().map(|row| table.to_json(&row.unwrap()));
    rows.map(|row| row[field].to_string()).collect()
}

fn ids(store: &Store, version: usize) -> Vec<String> {
    values(store, version, "id")
}

/// Opens with a version as its plan foretells; returns how many rows were taken out.
#[track_caller]
fn taken_out(store: &Store, version: usize) -> u64 {
    let dropped = |plan: &quantadb::Plan| plan.tables.iter().map(|table| table.rows_dropped).sum::<u64>();
    let planned = dropped(&store.options(version).plan("").unwrap());
    let db = store.open(version).unwrap();
    verify(&db);
    let done = dropped(&db.open_report().plan);
    assert_eq!(planned, done, "planned, and done");
    done
}

#[test]
fn b10_rows_with_a_value_of_another_are_taken_out_and_come_back() {
    let rows = [
        (1, Some("a"), "x"),
        (2, None, "x"),
        (3, Some("a"), "y"),
        (4, Some("b"), "z"),
        (5, None, "x"),
        (6, Some("a"), "z"),
    ];
    let versions = json!([
        users("1", USER, &[], &json!({})),
        users("2", USER, &["mail"], &drop_row(&["@by_mail"])),
        users(
            "3",
            "id: u64, mail: option<string>, name: string",
            &["mail"],
            &json!({"renamed_fields": {"users": {"nick": "name"}}})
        ),
    ]);
    let store = filled(&versions, &rows);
    assert_eq!(taken_out(&store, 1), 2);
    assert_eq!(ids(&store, 1), ["1", "2", "4", "5"]);
    // They go along with later changes, and with a way back that ends above them.
    assert_eq!(taken_out(&store, 2), 0);
    store.open(2).unwrap().rollback(1).unwrap();
    assert_eq!(ids(&store, 1), ["1", "2", "4", "5"]);

    let back = store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(back.plan.tables[0].rows_returned, 2);
    assert_eq!(ids(&store, 0), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(
        values(&store, 0, "nick"),
        ["\"x\"", "\"x\"", "\"y\"", "\"z\"", "\"x\"", "\"z\""]
    );
    // Up again as was said then.
    let again = store.options(1).release_hold().open("").unwrap();
    assert_eq!(again.open_report().plan.tables[0].rows_dropped, 2);
    drop(again);
    assert_eq!(ids(&store, 1), ["1", "2", "4", "5"]);
}

/// A row that is out takes no value from another one, whichever index it is out for.
#[test]
fn b10_several_indexes_take_out_no_more_than_they_must() {
    let rows = [
        (1, Some("a"), "x"),
        (2, Some("a"), "y"),
        (3, Some("b"), "y"),
        (4, Some("c"), "x"),
        (5, Some("c"), "z"),
    ];
    let said = drop_row(&["@by_mail", "@by_nick"]);
    let versions = json!([
        users("1", USER, &[], &json!({})),
        users("2", USER, &["mail", "nick"], &said)
    ]);
    let store = filled(&versions, &rows);
    let db = store.open(1).unwrap();
    assert_eq!(db.open_report().plan.tables[0].rows_dropped, 2);
    drop(db);
    assert_eq!(ids(&store, 1), ["1", "3", "5"]);
}

#[test]
fn b10_only_what_is_said_is_resolved() {
    let rows = [(1, Some("a"), "x"), (2, Some("a"), "y"), (3, Some("b"), "x")];
    let versions = json!([
        users("1", USER, &[], &json!({})),
        users("2", USER, &["mail", "nick"], &drop_row(&["@by_mail"])),
    ]);
    let store = filled(&versions, &rows);
    let refused = store.refused(1);
    assert!(
        refused.contains("by_nick") && !refused.contains("by_mail"),
        "{refused}"
    );
    let resolved = store.options(1).on_failure(Resolution::DropRow).open("").unwrap();
    verify(&resolved);
    drop(resolved);
    assert_eq!(ids(&store, 1), ["1"]);
}

/// Of the rows that don't fit for another reason none counts as the first one with its value.
#[test]
fn b10_rows_that_are_out_anyway_keep_no_other_out() {
    let rows = [(1, Some("a"), "none"), (2, Some("a"), "7"), (3, Some("a"), "8")];
    let mut said = drop_row(&["@by_mail"]);
    said["on_failure"]["users"]["nick"] = json!("drop_row");
    let versions = json!([
        users("1", USER, &[], &json!({})),
        users("2", "id: u64, mail: option<string>, nick: u32", &["mail"], &said),
    ]);
    let store = filled(&versions, &rows);
    assert_eq!(taken_out(&store, 1), 2);
    assert_eq!(ids(&store, 1), ["2"]);
    store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(ids(&store, 0), ["1", "2", "3"]);
}

/// Rows move and lose their doubles in one change.
#[test]
fn b10_doubles_of_rows_with_another_key() {
    let rows = [
        (1, Some("a"), "x"),
        (2, Some("b"), "x"),
        (3, Some("a"), "y"),
        (4, Some("c"), "z"),
    ];
    let moved = |label: &str, said: &[&str]| {
        let mut version = users(
            label,
            "id: u64, mail: option<string>, nick: string",
            &["mail"],
            &drop_row(said),
        );
        version["tables"][0]["key"] = json!(["nick"]);
        version
    };
    let versions = json!([
        users("1", USER, &[], &json!({})),
        moved("2", &["@by_mail", "@key"])
    ]);
    let store = filled(&versions, &rows);
    assert_eq!(taken_out(&store, 1), 2);
    assert_eq!(ids(&store, 1), ["1", "4"]);
    store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(ids(&store, 0), ["1", "2", "3", "4"]);
}

/// Going up over several edges at once takes out what going one by one does.
#[test]
fn b10_several_edges_at_once_take_out_the_same() {
    let rows = [
        (1, Some("a"), "x"),
        (2, Some("b"), "x"),
        (3, Some("b"), "y"),
        (4, Some("a"), "y"),
        (5, Some("c"), "w"),
    ];
    let versions = json!([
        users("1", USER, &[], &json!({})),
        users("2", USER, &["mail"], &drop_row(&["@by_mail"])),
        users("3", USER, &["mail", "nick"], &drop_row(&["@by_nick"])),
    ]);
    let store = filled(&versions, &rows);
    assert_eq!(taken_out(&store, 1), 2);
    assert_eq!(ids(&store, 1), ["1", "2", "5"]);
    assert_eq!(taken_out(&store, 2), 1);
    assert_eq!(ids(&store, 2), ["1", "5"]);
    store.open(2).unwrap().rollback(2).unwrap();
    assert_eq!(ids(&store, 0), ["1", "2", "3", "4", "5"]);
    let again = store.options(2).release_hold().open("").unwrap();
    assert_eq!(again.open_report().plan.tables[0].rows_dropped, 3);
    drop(again);
    assert_eq!(ids(&store, 2), ["1", "5"]);
}

/// Rows that meet at a key which they have only on the way are taken out there, as going one by one takes them out.
#[test]
fn e13_two_keys_at_once_take_out_the_same() {
    let version = |label: &str, key: &str, list: &str, said: &[&str]| {
        let table = json!({"name": "users", "key": [key], "fields": fields(list)});
        json!({"label": label, "tables": [table], "hints": drop_row(said)})
    };
    let versions = json!([
        version("1", "id", USER, &[]),
        version("2", "nick", USER, &["@key"]),
        version(
            "3",
            "id",
            "id: u64, mail: option<string>, nick: string, more: u8",
            &["@key"]
        ),
    ]);
    let store = filled(&versions, &[(1, None, "x"), (2, None, "x"), (3, None, "y")]);
    assert_eq!(taken_out(&store, 1), 1);
    assert_eq!(taken_out(&store, 2), 0);
    assert_eq!(ids(&store, 2), ["1", "3"]);
    store.open(2).unwrap().rollback(2).unwrap();
    assert_eq!(ids(&store, 0), ["1", "2", "3"]);
    let again = store.options(2).release_hold().open("").unwrap();
    assert_eq!(again.open_report().plan.tables[0].rows_dropped, 1);
    drop(again);
    assert_eq!(ids(&store, 2), ["1", "3"]);
    store.open(2).unwrap().rollback(1).unwrap();
    assert_eq!(ids(&store, 1), ["1", "3"]);
    store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(ids(&store, 0), ["1", "2", "3"]);
}

/// A row that goes for the sake of a unique index meets no other one in the key that rows get behind that.
#[test]
fn e13_doubles_that_are_taken_out_meet_no_row_in_a_later_key() {
    const MAILED: &str = "id: u64, mail: string";
    let by_mail = json!({"name": "users", "key": ["mail"], "fields": fields(MAILED)});
    let versions = json!([
        users("1", MAILED, &[], &json!({})),
        users("2", MAILED, &["mail"], &drop_row(&["@by_mail"])),
        {"label": "3", "tables": [by_mail]},
    ]);
    let store = filled(&versions, &[]);
    (1..=2).for_each(|version| assert_eq!(taken_out(&store, version), 0));
    store.open(2).unwrap().rollback(2).unwrap();
    let db = store.options(0).release_hold().open("").unwrap();
    let table = db.table("users").unwrap();
    for (id, mail) in [(1, "b"), (2, "a"), (3, "b")] {
        let row = table.from_json(&json!({"id": id, "mail": mail})).unwrap();
        table.insert(&row).unwrap();
    }
    drop(db);
    let again = store.open(2).unwrap();
    assert_eq!(again.open_report().plan.tables[0].rows_dropped, 1);
    drop(again);
    assert_eq!(ids(&store, 2), ["2", "1"]);
    store.open(2).unwrap().rollback(2).unwrap();
    assert_eq!(ids(&store, 0), ["1", "2", "3"]);
}

/// A value that was written since is taken before those that come back, wherever they come back to.
#[test]
fn b10_rows_come_back_only_where_their_value_is_free() {
    let rows = [(1, Some("a"), "7"), (2, Some("b"), "no"), (3, Some("b"), "no")];
    let mut said = drop_row(&[]);
    said["on_failure"]["users"]["nick"] = json!("drop_row");
    let other = users("3", USER, &["mail"], &drop_row(&["@by_mail"]));
    let versions = json!([
        users("1", USER, &[], &json!({})),
        users("2", "id: u64, mail: option<string>, nick: u32", &[], &said),
        other,
    ]);
    let store = filled(&versions, &rows);
    assert_eq!(taken_out(&store, 1), 2);
    // To a sibling: down over the edge that took rows out, and up over the one that makes values unique.
    store.open(1).unwrap().rollback(1).unwrap();
    let sibling = store.options(2).release_hold().open("").unwrap();
    assert_eq!(sibling.open_report().plan.tables[0].rows_dropped, 1);
    drop(sibling);
    assert_eq!(ids(&store, 2), ["1", "2"]);
    // From there to the other branch and back in one go.
    let branch = store
        .options(1)
        .on_older(quantadb::OnOlder::RollBack)
        .open("")
        .unwrap();
    verify(&branch);
    drop(branch);
    assert_eq!(ids(&store, 1), ["1"]);
    let back = store
        .options(2)
        .on_older(quantadb::OnOlder::RollBack)
        .open("")
        .unwrap();
    verify(&back);
    drop(back);
    assert_eq!(ids(&store, 2), ["1", "2"]);
    store.open(2).unwrap().rollback(1).unwrap();
    assert_eq!(ids(&store, 0), ["1", "2", "3"]);
}

/// L1: cut off after every single write of the change, the store is as it was or as it becomes, and the next open
/// finishes.
#[test]
fn l1_taking_doubles_out_survives_a_crash_after_every_write() {
    let rows: Vec<(u64, Option<&str>, &str)> = (1..40)
        .map(|id| (id, Some(["a", "b", "c"][usize::try_from(id % 3).unwrap()]), "x"))
        .collect();
    let versions = json!([
        users("1", USER, &[], &json!({})),
        users("2", USER, &["mail"], &drop_row(&["@by_mail"])),
    ]);
    let before = filled(&versions, &rows);
    let mut cuts = 0;
    loop {
        let store = before.duplicate();
        let faulty = Faulty::new(Arc::new(store.small.clone()));
        faulty.inject(Fault::CutOff { writes: cuts });
        let tables = &store.document.versions[1];
        let opened = custom(Arc::new(faulty.clone())).tables_of(tables).open("");
        let is_over = match opened {
            Ok(db) => {
                drop(db);
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
                false
            }
        };
        if is_over {
            break;
        }
        let untouched = store.duplicate();
        if untouched.open(0).is_ok() {
            assert_eq!(
                ids(&untouched, 0).len(),
                39,
                "after {cuts} writes, opened as before"
            );
        }
        assert_eq!(ids(&store, 1), ["1", "2", "3"], "after {cuts} writes");
        store.open(1).unwrap().rollback(1).unwrap();
        assert_eq!(ids(&store, 0).len(), 39, "after {cuts} writes, and back");
        cuts += 1;
    }
    assert!(
        cuts > 10,
        "the change makes {cuts} writes: its batches are no longer small"
    );
}

/// Rows that nothing touched since they were above the edge are taken out as they are below it.
#[test]
fn b10_rows_that_were_above_before_are_taken_out_from_below() {
    let owned = "id: u64, mail: option<string>";
    let said = drop_row(&["@by_mail"]);
    let versions = json!([
        users("1", USER, &[], &json!({})),
        users("2", owned, &["mail"], &said)
    ]);
    let store = filled(&versions, &[(4, Some("c"), "z")]);
    let up = || store.options(1).release_hold().open("").unwrap();
    sweep_and_check(&up(), &store.small.0);
    store.fill(1, &[("users", json!({"id": 3, "mail": "a"}))]);
    up().rollback(1).unwrap();
    let row = |id: u64, mail: &str| ("users", json!({"id": id, "mail": mail, "nick": "y"}));
    store.fill(0, &[row(1, "a"), row(2, "c")]);
    let db = up();
    assert_eq!(db.open_report().plan.tables[0].rows_dropped, 2);
    verify(&db);
    db.rollback(1).unwrap();
    // What was kept of a row is part of it again.
    assert_eq!(values(&store, 0, "nick"), ["\"y\"", "\"y\"", "\"\"", "\"z\""]);
}

/// A row that is out and one that is there are two, however alike they are.
#[test]
fn b10_a_row_stays_out_beside_its_like() {
    let versions = json!([
        users("1", USER, &[], &json!({})),
        users("2", USER, &["mail"], &drop_row(&["@by_mail"])),
    ]);
    let store = filled(&versions, &[(1, Some("a"), ""), (2, Some("a"), "")]);
    assert_eq!(taken_out(&store, 1), 1);
    // The address is free again only without the row that stayed.
    let db = store.open(1).unwrap();
    let users = db.table("users").unwrap();
    let like = users
        .from_json(&json!({"id": 2, "mail": "a", "nick": ""}))
        .unwrap();
    assert_eq!(
        users.put(&like).unwrap_err().kind(),
        quantadb::ErrorKind::NotUnique
    );
    let stayed = users
        .from_json(&json!({"id": 1, "mail": null, "nick": ""}))
        .unwrap();
    assert!(users.delete(stayed.get("id").unwrap()).unwrap());
    users.put(&like).unwrap();
    drop((users, db));
    let back = store.open(1).unwrap().rollback(1).unwrap();
    let table = &back.plan.tables[0];
    assert_eq!((table.rows_returned, table.rows_left_out), (0, 1));
    let db = store.open(0).unwrap();
    let users = db.table("users").unwrap();
    let id = users
        .from_json(&json!({"id": 2, "mail": null, "nick": ""}))
        .unwrap();
    assert!(users.delete(id.get("id").unwrap()).unwrap());
    drop((users, db));
    let db = store.options(1).release_hold().open("").unwrap();
    db.rollback(1).unwrap();
    assert_eq!(ids(&store, 0), ["2"]);
}
