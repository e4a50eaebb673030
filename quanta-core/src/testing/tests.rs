//! Failures that no program can bring about: what is looked for is changed under the checks, as a faulty store would.

use std::collections::BTreeSet;
use std::sync::Arc;

use quanta_storage::{Batch, Commit, Direction, Durability, Engine as _, KeyRange};

use crate::db::{Engine, Options};
use crate::history::HistoryDocument;

use super::case::{Case, Way};
use super::release::Release;
use super::{Failure, crash, lossless, migrates};

const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
    {"label": "1", "tables": [
      {"name": "logs", "key": ["id"], "fields": [{"name": "id", "type": "u64"}, {"name": "text", "type": "string"}]},
      {"name": "users", "key": ["id"], "fields": [{"name": "age", "type": "u8"}, {"name": "id", "type": "u64"},
        {"name": "nick", "type": "string"}],
       "indexes": [{"name": "users_age", "fields": ["age"]}]}]},
    {"label": "2", "tables": [
      {"name": "logs", "key": ["id"], "fields": [{"name": "id", "type": "u64"}, {"name": "text", "type": "string"}]},
      {"name": "users", "key": ["id"], "fields": [{"name": "age", "type": "u8"}, {"name": "id", "type": "u64"},
        {"name": "name", "type": "string"}],
       "indexes": [{"name": "users_age", "fields": ["age"]}]}],
     "hints": {"renamed_fields": {"users": {"nick": "name"}}}}]}"#;

fn program() -> Options {
    let document = HistoryDocument::from_json(LOCK).expect("it is a lock");
    Options::new().tables_of(&document.versions[1])
}

/// Makes a store, changes what is taken to have been there before, and runs a check.
fn check(tamper: impl Fn(&mut Case<'_>), check: impl Fn(&Case<'_>) -> Result<(), Failure>) -> String {
    let store = Release::at(LOCK, "1").rows(6).store().expect("it can be made");
    let case = Case::new("release 1", Way::AsItOpens, store.engine(), (&program, LOCK));
    let mut case = case.expect("it can be read");
    check(&case).expect("nothing is wrong with it");
    tamper(&mut case);
    check(&case).expect_err("it has to be found out").to_string()
}

fn migrates(case: &Case<'_>) -> Result<(), Failure> {
    migrates::check(case, &BTreeSet::new())
}

/// A row more than there is.
fn add_row(table: &'static str) -> impl Fn(&mut Case<'_>) {
    move |case| {
        let image = case.before.image.tables.get_mut(table).expect("it is there");
        let (key, body) = image.rows.iter().next().expect("it has rows");
        let (mut key, body) = (key.clone(), body.clone());
        key.push(0);
        image.rows.insert(key, body);
    }
}

/// One row with the values of another one, but for its key.
fn change_row(table: &'static str, changed: &'static str) -> impl Fn(&mut Case<'_>) {
    move |case| {
        let image = case.before.image.tables.get_mut(table).expect("it is there");
        let (key, body) = image.rows.iter().next().expect("it has rows");
        let mut row = image.value(body).expect("it is a row");
        row.set(
            changed,
            if changed == "age" {
                77_u8.into()
            } else {
                crate::Value::from("changed")
            },
        );
        let (same, body) = crate::rehearse::encoded(&image.schema, &row).expect("it fits");
        assert_eq!(*key, same);
        image.rows.insert(same, body);
    }
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "there is no `{part}` in:\n{text}");
    }
}

#[test]
fn n6_rows_that_went_are_counted() {
    let told = check(add_row("users"), migrates);
    has(
        &told,
        &[
            "release 1, as the program opens it: users: 1 of 7 rows are gone",
            "the plan:",
            "name",
        ],
    );
    let told = check(add_row("logs"), migrates);
    has(
        &told,
        &["nothing happens to the table: logs, row ", "the row is missing"],
    );
}

#[test]
fn n6_values_that_changed_are_told_with_key_and_field() {
    let told = check(change_row("users", "age"), migrates);
    has(
        &told,
        &[
            "a value that no step touches is another one: users, row ",
            ", field age: ",
            "expected 77, found ",
        ],
    );
    // By its present name: the plan renames it.
    let told = check(change_row("users", "nick"), migrates);
    has(&told, &[", field name: ", "expected changed, found "]);
    let told = check(change_row("logs", "text"), migrates);
    has(
        &told,
        &["nothing happens to the table: logs, row ", ", field text: "],
    );
}

#[test]
fn n6_rows_that_do_not_come_back_are_told() {
    let told = check(change_row("users", "nick"), lossless::check);
    has(
        &told,
        &[
            "gone back: users, row ",
            ", field nick: the row differs: expected changed, found ",
            "the plan:",
        ],
    );
    let told = check(add_row("logs"), lossless::check);
    has(&told, &["gone back: logs, row ", "the row is missing"]);
    let told = check(
        |case| {
            let users = case.before.tables.get_mut("users").expect("it is there");
            users.version += 1;
        },
        lossless::check,
    );
    has(&told, &["gone back: users: the table stands elsewhere"]);
}

#[test]
fn n6_an_interrupted_store_in_another_state_is_told() {
    let told = check(change_row("users", "age"), crash::check);
    has(
        &told,
        &[
            "the process ended after write 0 of ",
            "the store is in the old state: users, row ",
        ],
    );
    has(&told, &[", field age: the row differs: expected 77, found "]);
}

#[test]
fn n6_what_verify_finds_is_told() {
    let told = check(
        |case| {
            // Entries of indexes: docs/format.md.
            let range = KeyRange::prefix(&[0x07]);
            let snapshot = case.memory.snapshot().expect("it can be read");
            let mut entries = snapshot.scan(&range, Direction::Forward).expect("it can be read");
            let (key, _) = entries.next().expect("it can be read").expect("there is one");
            let mut batch = Batch::new();
            batch.delete(key.to_vec());
            let commit = case
                .memory
                .commit(&batch, Durability::Sync)
                .expect("it can be written");
            assert_eq!(commit, Commit::Done);
        },
        migrates,
    );
    has(
        &told,
        &["opened, `verify` finds something: ", "index_missing", "users"],
    );
}

#[test]
fn n6_only_stores_in_memory_are_tried_on() {
    let engine = Engine::Custom(Arc::new(quanta_storage::Memory::new()));
    let case = Case::new("release 1", Way::AsItOpens, engine, (&program, LOCK));
    let told = case.err().expect("it is no memory of ours").to_string();
    assert_eq!(told, "release 1: the store is not in memory");
}
