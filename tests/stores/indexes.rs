//! Indexes and references through changes and back: what is planned, what is refused, and that a refusal leaves the
//! store as it was. The tables come from documents.

use std::sync::Arc;

use quantadb::{ErrorKind, Options};
use serde_json::{Value as Json, json};

use super::documents::{Store, document, fields, indexes, named};
use super::support::{Small, custom, verify};

/// A version of one table, `users`.
fn users(label: &str, list: &str, indexes: &Json, hints: &Json) -> Json {
    let table = json!({"name": "users", "key": ["id"], "fields": fields(list), "indexes": indexes});
    json!({"label": label, "tables": [table], "hints": hints})
}

/// A version of teams and of users, who refer to them.
fn teams(label: &str, references: &Json, hints: &Json) -> Json {
    json!({"label": label, "hints": hints, "tables": [
        {"name": "teams", "key": ["area", "id"], "fields": fields("area: string, id: u32")},
        {"name": "users", "key": ["id"], "fields": fields("id: u64, squad: option<u64>, where: string"),
         "references": references},
    ]})
}

const USER: &str = "id: u64, mail: option<string>";

fn by_mail(unique: bool) -> Json {
    json!([{"name": "by_mail", "fields": ["mail"], "unique": unique}])
}

#[test]
fn b9_an_index_comes_and_goes_with_a_rollback() {
    let store = Store::new(&json!([
        users("1", USER, &json!([]), &json!({})),
        users("2", USER, &by_mail(false), &json!({})),
    ]));
    store.fill(0, &[("users", json!({"id": 1, "mail": "a"}))]);
    assert_eq!(store.change(1), ["build index users.by_mail (mail)"]);
    assert_eq!(store.indexes(1, "users"), named(&[("by_mail", 1)]));
    store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(store.indexes(0, "users"), []);
    let db = store.options(1).release_hold().open("").unwrap();
    assert_eq!(indexes(&db, "users"), named(&[("by_mail", 1)]));
}

#[test]
fn b10_a_unique_index_over_duplicates_is_refused() {
    let store = Store::new(&json!([
        users("1", USER, &json!([]), &json!({})),
        users("2", USER, &by_mail(true), &json!({})),
    ]));
    let row = |id: u64, mail: Json| ("users", json!({"id": id, "mail": mail}));
    store.fill(
        0,
        &[
            row(1, json!("a")),
            row(2, json!("b")),
            row(3, json!("a")),
            row(4, Json::Null),
            row(5, Json::Null),
            row(6, json!("a")),
        ],
    );
    assert_eq!(
        store.refused(1),
        "users.mail: 2 rows have a value that another row has too, and the index by_mail is unique\n    \
         3: \"a\", as row 1\n    6: \"a\", as row 1\n  \
         fix: Options::on_failure(Resolution::DropRow): of the rows with one value, that with the lowest key survives, \
         and the others are kept\n   or: change these rows with the program that wrote them\n   \
         or: leave `unique` off the index by_mail"
    );
    let db = store.open(0).unwrap();
    let users = db.table("users").unwrap();
    for id in [3, 6] {
        users
            .put(
                &users
                    .from_json(&json!({"id": id, "mail": id.to_string()}))
                    .unwrap(),
            )
            .unwrap();
    }
    drop((users, db));
    assert_eq!(store.change(1), ["build unique index users.by_mail (mail)"]);
}

/// D16: kept values that go back are looked at like any others, and the index is built anew.
#[test]
fn b10_values_that_go_back_are_checked() {
    let store = Store::new(&json!([
        users("1", "id: u64, nick: string", &json!([]), &json!({})),
        users(
            "2",
            USER,
            &by_mail(true),
            &json!({"new_fields": {"users": ["mail"]}})
        ),
        users(
            "3",
            USER,
            &by_mail(true),
            &json!({"renamed_fields": {"users": {"nick": "mail"}}})
        ),
    ]));
    let row = |id: u64, nick: &str| ("users", json!({"id": id, "nick": nick}));
    store.fill(0, &[row(1, "a"), row(2, "b"), row(3, "a")]);
    store.change(1);
    assert!(store.refused(2).contains("3: \"a\", as row 1"));
    store.fill(1, &[("users", json!({"id": 3, "mail": "c"}))]);
    assert_eq!(
        store.change(2),
        [
            "give users.mail the kept values of nick, where it still holds what it began with",
            "build unique index users.by_mail (mail) anew: its entries change",
        ]
    );
    assert_eq!(store.indexes(2, "users"), named(&[("by_mail", 2)]));
    store.open(2).unwrap().rollback(1).unwrap();
    assert_eq!(store.indexes(1, "users"), named(&[("by_mail", 1)]));
}

#[test]
fn b10_an_index_that_becomes_unique_is_checked() {
    let store = Store::new(&json!([
        users("1", USER, &by_mail(false), &json!({})),
        users("2", USER, &by_mail(true), &json!({})),
    ]));
    let row = |id: u64, mail: &str| ("users", json!({"id": id, "mail": mail}));
    store.fill(0, &[row(1, "a"), row(2, "a")]);
    assert!(store.refused(1).contains("2: \"a\", as row 1"));
    store.fill(0, &[row(2, "b")]);
    assert_eq!(
        store.change(1),
        ["build unique index users.by_mail (mail) anew: it was index users.by_mail (mail)"]
    );
    assert_eq!(store.indexes(1, "users"), named(&[("by_mail", 2)]));
    store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(store.indexes(0, "users"), named(&[("by_mail", 1)]));
}

#[test]
fn b10_values_that_become_one_are_refused() {
    let index = json!([{"name": "by_ages", "fields": ["ages[]"], "unique": true}]);
    let hints = json!({"on_failure": {"users": {"ages": "default"}}});
    let store = Store::new(&json!([
        users("1", "id: u64, ages: list<u32>", &index, &json!({})),
        users("2", "id: u64, ages: list<u8>", &index, &hints),
    ]));
    let row = |id: u64, ages: Json| ("users", json!({"id": id, "ages": ages}));
    // One row may have a value twice. What doesn't fit becomes the empty list, which has no values.
    store.fill(
        0,
        &[
            row(1, json!([1, 1, 2])),
            row(2, json!([3])),
            row(3, json!([300])),
            row(4, json!([400])),
        ],
    );
    assert_eq!(
        store.change(1).last().unwrap(),
        "build unique index users.by_ages (ages[]) anew: its entries change"
    );

    let index = json!([{"name": "by_age", "fields": ["age"], "unique": true}]);
    let hints = json!({"on_failure": {"users": {"age": "default"}}});
    let store = Store::new(&json!([
        users("1", "age: u32, id: u64", &index, &json!({})),
        users("2", "age: u8, id: u64", &index, &hints),
    ]));
    let row = |id: u64, age: u64| ("users", json!({"id": id, "age": age}));
    store.fill(0, &[row(1, 300), row(2, 7), row(3, 400)]);
    assert!(store.refused(1).contains("3: 0, as row 1"));
}

#[test]
fn b10_an_added_unique_field_with_one_value_is_refused() {
    let index = json!([{"name": "by_code", "fields": ["code"], "unique": true}]);
    let store = Store::new(&json!([
        users("1", "id: u64", &json!([]), &json!({})),
        users("2", "id: u64, code: u32", &index, &json!({})),
    ]));
    store.fill(0, &[("users", json!({"id": 7}))]);
    store.fill(0, &[("users", json!({"id": 8}))]);
    assert!(
        store
            .refused(1)
            .starts_with("users.code: 1 rows have a value that another row has too")
    );
}

#[test]
fn b10_going_back_to_a_unique_index_is_checked() {
    let store = Store::new(&json!([
        users("1", USER, &by_mail(true), &json!({})),
        users("2", USER, &json!([]), &json!({})),
    ]));
    let row = |id: u64, mail: &str| ("users", json!({"id": id, "mail": mail}));
    store.fill(0, &[row(1, "a")]);
    assert_eq!(
        store.change(1),
        ["drop index users.by_mail (mail)".replace("index", "unique index")]
    );
    store.fill(1, &[row(2, "a")]);
    let before = store.small.digest();
    let db = store.open(1).unwrap();
    let error = db.rollback(1).unwrap_err();
    assert!(error.to_string().contains("2: \"a\", as row 1"), "{error}");
    assert!(store.small.digest() == before);
    store.fill(1, &[row(2, "b")]);
    store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(store.indexes(0, "users"), named(&[("by_mail", 1)]));
}

#[test]
fn c2_an_indexed_field_goes_with_its_index_and_both_come_back() {
    let store = Store::new(&json!([
        users("1", USER, &by_mail(true), &json!({})),
        users("2", "id: u64", &json!([]), &json!({})),
    ]));
    store.fill(0, &[("users", json!({"id": 1, "mail": "a"}))]);
    assert_eq!(
        store.change(1),
        [
            "drop unique index users.by_mail (mail)",
            "drop users.mail: option<string>; its values are kept"
        ]
    );
    assert_eq!(store.indexes(1, "users"), []);
    store.open(1).unwrap().rollback(1).unwrap();
    let db = store.open(0).unwrap();
    assert_eq!(indexes(&db, "users"), named(&[("by_mail", 1)]));
    let table = db.table("users").unwrap();
    let row = table.iter().next().unwrap().unwrap();
    assert_eq!(table.to_json(&row), json!({"id": 1, "mail": "a"}));
}

#[test]
fn d6_renames_build_nothing() {
    let index = |name: &str, field: &str| json!([{"name": name, "fields": [field], "unique": true}]);
    let store = Store::new(&json!([
        users("1", USER, &index("by_mail", "mail"), &json!({})),
        users(
            "2",
            "id: u64, email: option<string>",
            &index("by_mail", "email"),
            &json!({"renamed_fields": {"users": {"mail": "email"}}})
        ),
        users(
            "3",
            "id: u64, email: option<string>",
            &index("emails", "email"),
            &json!({})
        ),
    ]));
    store.fill(0, &[("users", json!({"id": 1, "mail": "a"}))]);
    assert_eq!(store.change(1), ["rename users.email from mail"]);
    assert_eq!(store.indexes(1, "users"), named(&[("by_mail", 1)]));

    assert_eq!(store.change(2), ["rename index users.emails from by_mail"]);
    let db = store.open(2).unwrap();
    assert_eq!(indexes(&db, "users"), named(&[("emails", 1)]));
    assert_eq!(db.open_report().plan.steps().count(), 0, "it is done once");
    assert_eq!(db.table("users").unwrap().schema().indexes[0].name, "emails");
    db.rollback(1).unwrap();
    assert_eq!(store.indexes(1, "users"), named(&[("by_mail", 1)]));
    store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(store.indexes(0, "users"), named(&[("by_mail", 1)]));
}

#[test]
fn c5_a_table_that_is_referred_to_is_not_dropped() {
    let reference = json!([{"fields": ["where", "squad"], "table": "teams", "to": ["area", "id"]}]);
    let store = Store::new(&json!([teams("1", &reference, &json!({}))]));
    store.fill(
        0,
        &[
            ("teams", json!({"area": "x", "id": 1})),
            ("users", json!({"id": 1, "squad": 1, "where": "x"})),
        ],
    );
    let before = store.small.digest();
    // Nobody declares the users; the teams are to go.
    let users_only = document(&json!([{"label": "1", "tables": [
        {"name": "other", "key": ["id"], "fields": fields("id: u64")}]}]));
    let options = || custom(Arc::new(store.small.clone())).tables_of(&users_only.versions[0]);
    let error = options().drop_table("teams").open("").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(
        error.to_string().contains(
            "users.where, squad: it refers to teams, which is to be dropped\n  fix: leave `drop_table(\"teams\")` out\n   \
             or: drop users too: `drop_table(\"users\")`"
        ),
        "{error}"
    );
    assert!(store.small.digest() == before);
    drop(
        options()
            .drop_table("teams")
            .drop_table("users")
            .open("")
            .unwrap(),
    );
}

#[test]
fn c5_a_reference_to_no_table_is_refused() {
    let reference = json!([{"fields": ["where", "squad"], "table": "teams", "to": ["area", "id"]}]);
    let mut version = document(&json!([teams("1", &reference, &json!({}))]))
        .versions
        .remove(0);
    version.tables.remove("teams");
    let small = Small::default();
    let error = custom(Arc::new(small)).tables_of(&version).open("").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("users.where, squad: it refers to teams, and there is no such table"),
        "{error}"
    );
}

#[test]
fn g1_a_reference_over_dangling_rows_is_refused() {
    // The fields are named in another order than the key of the teams.
    let reference = json!([{"fields": ["squad", "where"], "table": "teams", "to": ["id", "area"]}]);
    let store = Store::new(&json!([
        teams("1", &json!([]), &json!({})),
        teams("2", &reference, &json!({}))
    ]));
    let user =
        |id: u64, squad: Json, place: &str| ("users", json!({"id": id, "squad": squad, "where": place}));
    store.fill(
        0,
        &[
            ("teams", json!({"area": "x", "id": 1})),
            user(1, json!(1), "x"),
            user(2, json!(1), "y"),
            user(3, json!(2), "x"),
            user(4, Json::Null, "nowhere"),
        ],
    );
    assert_eq!(
        store.refused(1),
        "users.squad, where: 2 rows refer to rows of teams that aren't there\n    2\n    3\n  \
         fix: change these rows, or put what is missing into teams, with the program that wrote them\n   \
         or: leave the reference out"
    );
    store.fill(
        0,
        &[("teams", json!({"area": "x", "id": 2})), user(2, json!(1), "x")],
    );
    assert_eq!(
        store.change(1),
        ["add reference users (squad, where) to teams (id, area) on delete restrict"]
    );
}

#[test]
fn g3_a_renamed_target_makes_a_label_of_its_referrers() {
    let version = |label: &str, table: &str, key: &str, hints: &Json| {
        json!({"label": label, "hints": hints, "tables": [
            {"name": table, "key": [key], "fields": fields(&format!("{key}: u32"))},
            {"name": "users", "key": ["id"], "fields": fields("id: u64, team: u32"),
             "references": [{"fields": ["team"], "table": table, "to": [key]}]},
        ]})
    };
    let hints =
        json!({"renamed_tables": {"teams": "groups"}, "renamed_fields": {"groups": {"id": "number"}}});
    let store = Store::new(&json!([
        version("1", "teams", "id", &json!({})),
        version("2", "groups", "number", &hints),
    ]));
    store.fill(
        0,
        &[
            ("teams", json!({"id": 5})),
            ("users", json!({"id": 1, "team": 5})),
        ],
    );
    assert_eq!(
        store.change(1),
        [
            "rename table teams to groups",
            "rename groups.number from id",
            "change reference users (team) to groups (number) on delete restrict: it was (team) to teams (id) on delete \
             restrict",
        ]
    );
    let db = store.open(1).unwrap();
    assert_eq!(db.open_report().to_json()["rows_checked"], 0);
    db.rollback(1).unwrap();
    verify(&store.open(0).unwrap());
}

/// Rows that get another key are looked at where they were carried to.
#[test]
fn e13_indexes_and_references_of_rows_with_another_key() {
    let list = "code: string, id: u64, team: u64";
    let version = |label: &str, key: &str, team_key: &str, objects: bool| {
        let all = json!([{"fields": ["team"], "table": "teams", "to": [team_key]}]);
        let index = json!([{"name": "by_team", "fields": ["team"], "unique": true}]);
        let nothing = json!([]);
        json!({"label": label, "tables": [
            {"name": "teams", "key": [team_key], "fields": fields("id: u64, number: u64")},
            {"name": "users", "key": [key], "fields": fields(list),
             "references": if objects { &all } else { &nothing },
             "indexes": if objects { &index } else { &nothing }},
        ]})
    };
    let store = Store::new(&json!([
        version("1", "id", "id", false),
        version("2", "code", "number", true),
    ]));
    let user = |id: u64, code: &str, team: u64| ("users", json!({"id": id, "code": code, "team": team}));
    let team = |id: u64, number: u64| ("teams", json!({"id": id, "number": number}));
    store.fill(0, &[team(1, 10), team(2, 20), user(1, "b", 10), user(2, "a", 10)]);
    let before = store.small.digest();
    let error = store.open(1).unwrap_err();
    assert!(error.to_string().contains("\"b\": 10, as row \"a\""), "{error}");
    assert!(store.small.digest() == before, "a refusal changed the store");
    // The number of a team is looked up under its new key: 1 is none.
    store.fill(0, &[user(2, "a", 1)]);
    let error = store.open(1).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("1 rows refer to rows of teams that aren't there\n    \"a\"\n"),
        "{error}"
    );
    store.fill(0, &[user(2, "a", 20)]);
    verify(&store.open(1).unwrap());
    store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(store.indexes(0, "users"), []);
}

#[test]
fn f1_on_fjall() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let versions = document(&json!([
        users("1", USER, &json!([]), &json!({})),
        users("2", USER, &by_mail(true), &json!({})),
    ]));
    let options = |version: usize| Options::new().tables_of(&versions.versions[version]);
    let db = options(0).open(&path).unwrap();
    let table = db.table("users").unwrap();
    for (id, mail) in [(1, "a"), (2, "a")] {
        table
            .put(&table.from_json(&json!({"id": id, "mail": mail})).unwrap())
            .unwrap();
    }
    drop((table, db));
    assert_eq!(options(1).open(&path).unwrap_err().kind(), ErrorKind::Refused);
    let db = options(0).open(&path).unwrap();
    let table = db.table("users").unwrap();
    table
        .put(&table.from_json(&json!({"id": 2, "mail": null})).unwrap())
        .unwrap();
    drop((table, db));
    let db = options(1).open(&path).unwrap();
    assert_eq!(indexes(&db, "users"), named(&[("by_mail", 1)]));
    verify(&db);
    db.rollback(1).unwrap();
    assert_eq!(indexes(&options(0).open(&path).unwrap(), "users"), []);
}
