//! Guards forgetting on purpose: what is forgotten is gone from every record, whatever was swept, and what a journey
//! gives without it is said before it runs.

use std::sync::Arc;

use quanta_storage::Engine as _;
use quanta_storage::faults::{Fault, Faulty};
use quantadb::{Database, Destination, ErrorKind, Forget, ForgetReport, Plan};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::support::{Small, custom, each, sweep_and_check, verify};

mod choices;
mod cut_off;
mod gone_rows;

const ROWS: u64 = 7;

fn version(label: &str, list: &str, hints: &Json) -> Json {
    let table = json!({"name": "users", "key": ["id"], "fields": fields(list)});
    json!({"label": label, "tables": [table], "hints": hints})
}

/// `note` goes, `score` narrows, `age` comes; then `nick` goes.
fn versions() -> Json {
    json!([
        version(
            "1",
            "id: u64, nick: string, note: option<string>, score: f64",
            &json!({})
        ),
        version(
            "2",
            "id: u64, nick: string, score: f32, age: u8",
            &json!({"new_fields": {"users": ["age"]}})
        ),
        version("3", "id: u64, score: f32, age: u8", &json!({})),
    ])
}

fn filled() -> Store {
    let store = Store::new(&versions());
    let row = |id: u64| {
        (
            "users",
            json!({"id": id, "nick": format!("nick-{id}"), "note": format!("note-{id}"), "score": 0.1}),
        )
    };
    store.fill(0, &(0..ROWS).map(row).collect::<Vec<_>>());
    store
}

fn put(store: &Store, version: usize, row: &Json) {
    let db = store.options(version).release_hold().open("").unwrap();
    let table = db.table("users").unwrap();
    table.put(&table.from_json(row).unwrap()).unwrap();
}

/// Shows all rows of a table, as the store has it, without sweeping.
fn rows_of(db: &Database, table: &str) -> Vec<String> {
    let table = db.table(table).unwrap();
    table
        .iter()
        .map(|row| table.to_json(&row.unwrap()).to_string())
        .collect()
}

/// Opens the store as it stands.
fn as_it_is(small: &Small) -> Database {
    small.options::<()>().open("").unwrap()
}

/// Rows read lazily, and read after a sweep: law 5.
#[track_caller]
fn rows(small: &Small) -> Vec<String> {
    let db = as_it_is(small);
    verify(&db);
    let lazy = rows_of(&db, "users");
    sweep_and_check(&db, &small.0);
    assert_eq!(lazy, rows_of(&db, "users"), "law 5: lazily and swept");
    lazy
}

/// Tells whether a text is in any record.
fn holds(small: &Small, text: &str) -> bool {
    let mut found = false;
    each(
        small.0.snapshot().unwrap().as_ref(),
        &quanta_storage::KeyRange::all(),
        |_, value| {
            found |= value.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        },
    );
    found
}

#[track_caller]
fn forget(small: &Small, what: &Forget) -> ForgetReport {
    let before = small.digest();
    let db = as_it_is(small);
    let planned = db.plan_forget(what).unwrap();
    assert!(before == small.digest(), "a dry run changed the store");
    let done = db.forget(what).unwrap();
    assert_eq!(planned.parts, done.parts, "planned, and done");
    assert_eq!(done.sequence.is_some(), !done.parts.is_empty());
    verify(&as_it_is(small));
    assert_eq!(
        as_it_is(small).plan_forget(what).unwrap().parts,
        [],
        "it is forgotten"
    );
    done
}

fn notes(plan: &Plan) -> String {
    plan.notes.join("\n")
}

/// Sweeps until the engine was written to that often.
fn sweep_for(small: &Small, writes: u64) {
    let faulty = Faulty::new(Arc::new(small.clone()));
    faulty.inject(Fault::CutOff { writes });
    let db = custom(Arc::new(faulty)).entities::<()>().open("").unwrap();
    let _ = db.sweep().wait();
}
