//! Going from any release to any other. The tables come from documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use quanta_storage::{Engine as _, KeyRange};
use quantadb::{Database, Destination, ErrorKind, Options};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::support::{Small, custom, each, verify};

/// A version of one table.
fn version(types: Json, (table, list): (&str, &str), indexes: Json, hints: Json) -> Json {
    let table = json!({"name": table, "key": ["id"], "fields": fields(list), "indexes": indexes});
    json!({"types": types, "tables": [table], "hints": hints})
}

/// Adds a table that the first one refers to.
fn with_teams(mut version: Json) -> Json {
    let teams = json!({"name": "teams", "key": ["id"], "fields": fields("id: u64, motto: string")});
    version["tables"][0]["references"] =
        json!([{"fields": ["team"], "table": "teams", "to": ["id"], "on_delete": "set_null"}]);
    version["tables"].as_array_mut().unwrap().push(teams);
    version
}

/// A chain of nine versions with additions, drops, renames, conversions, an index, a reference and an embedded type.
pub fn chain() -> Json {
    let address = |list: &str| json!([{"name": "Address", "fields": fields(list)}]);
    let by_name = |list: &[&str]| json!([{"name": "by_name", "fields": list}]);
    let town = || address("town: string");
    let zip = || address("town: string, zip: string");
    let city = || address("city: string, zip: string");
    numbered(json!([
        version(
            town(),
            (
                "users",
                "id: u64, nick: string, note: option<string>, score: f64, home: Address"
            ),
            json!([]),
            json!({})
        ),
        version(
            town(),
            ("users", "id: u64, name: string, score: f64, home: Address"),
            json!([]),
            json!({"renamed_fields": {"users": {"nick": "name"}}})
        ),
        version(
            town(),
            (
                "users",
                "id: u64, name: string, score: f64, home: Address, age: u8"
            ),
            by_name(&["name"]),
            json!({})
        ),
        version(
            zip(),
            (
                "users",
                "id: u64, name: string, score: f32, home: Address, age: u8"
            ),
            by_name(&["name"]),
            json!({})
        ),
        version(
            zip(),
            (
                "people",
                "id: u64, name: string, score: f32, home: Address, age: u32"
            ),
            by_name(&["name"]),
            json!({"renamed_tables": {"users": "people"}})
        ),
        with_teams(version(
            zip(),
            (
                "people",
                "id: u64, name: string, score: f32, home: Address, age: u32, team: option<u64>"
            ),
            by_name(&["name"]),
            json!({})
        )),
        with_teams(version(
            city(),
            (
                "people",
                "id: i64, name: string, score: f32, home: Address, age: u32, team: option<u64>"
            ),
            by_name(&["name", "age"]),
            json!({"types": {"Address": {"renamed": {"town": "city"}}}})
        )),
        with_teams(version(
            city(),
            (
                "people",
                "id: i64, name: option<string>, score: string, home: Address, team: option<u64>"
            ),
            json!([]),
            json!({})
        )),
        version(
            city(),
            (
                "people",
                "id: i64, name: option<string>, score: string, home: Address"
            ),
            by_name(&["name"]),
            json!({"dropped_tables": ["teams"]})
        ),
    ]))
}

/// Labels versions by their position.
pub fn numbered(mut versions: Json) -> Json {
    for (position, version) in versions.as_array_mut().unwrap().iter_mut().enumerate() {
        version["label"] = json!(position.to_string());
    }
    versions
}

/// The names of the releases, one for each version of [`chain`].
pub const NAMES: [&str; 9] = ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2"];

/// The rows that are born in each version.
pub fn born(version: usize) -> Vec<(&'static str, Json)> {
    let id = 10 * (version + 1);
    let home = |name: &str| match version {
        0..=2 => json!({"town": name}),
        3..=5 => json!({"town": name, "zip": format!("z{name}")}),
        _ => json!({"city": name, "zip": format!("z{name}")}),
    };
    let row = |id: usize, text: &str| {
        let home = home(text);
        match version {
            0 => json!({"id": id, "nick": text, "note": format!("note {text}"), "score": 0.1, "home": home}),
            1 => json!({"id": id, "name": text, "score": 1.1, "home": home}),
            2 => json!({"id": id, "name": text, "score": 2.3, "home": home, "age": 41}),
            3 | 4 => json!({"id": id, "name": text, "score": 0.5, "home": home, "age": 42}),
            5 | 6 => {
                json!({"id": id, "name": text, "score": 0.25, "home": home, "age": 43, "team": 1})
            }
            7 => json!({"id": id, "name": text, "score": "7.5", "home": home, "team": null}),
            _ => json!({"id": id, "name": text, "score": "0.1", "home": home}),
        }
    };
    let mut rows = Vec::new();
    if version == 5 {
        rows.push(("teams", json!({"id": 1, "motto": "on"})));
    }
    let table = if version < 4 { "users" } else { "people" };
    rows.extend([(table, row(id, "ada")), (table, row(id + 1, "Grace"))]);
    rows
}

/// The rows of all live tables, as they lie on disk: stamps and bodies by table and key.
pub type Rows = BTreeMap<(String, Vec<u8>), Vec<u8>>;

pub fn rows(small: &Small, db: &Database) -> Rows {
    let mut rows = Rows::new();
    let head = db.head();
    let is_live = |presence| presence == quantadb::plan::Presence::Live;
    for table in head.tables.values().filter(|table| is_live(table.state.presence)) {
        let prefix = [&[0x06][..], &table.state.space.to_be_bytes()].concat();
        let snapshot = small.0.snapshot().unwrap();
        each(snapshot.as_ref(), &KeyRange::prefix(&prefix), |key, value| {
            rows.insert((table.state.name.clone(), key[5..].to_vec()), value.to_vec());
        });
    }
    rows
}

/// Opens a store as it stands, without the program that it belongs to.
pub fn plain(small: &Small) -> Options {
    custom(Arc::new(small.clone())).entities::<()>()
}

/// Goes to a release, and has the store verified there.
#[track_caller]
pub fn go(small: &Small, name: &str) {
    let db = plain(small).open("").unwrap();
    db.migrate_to_release(name)
        .unwrap_or_else(|error| panic!("to {name}: {error}"));
    verify(&plain(small).open("").unwrap());
}

/// Sweeps a copy of a store and returns its rows.
fn swept(small: &Small) -> Rows {
    let copy = small.duplicate();
    let db = plain(&copy).open("").unwrap();
    assert!(db.sweep().wait().unwrap().is_done);
    rows(&copy, &db)
}

/// Opens with one version of the chain after another, writes the rows that are born there, and names the revision.
/// Returns what lay there at each release.
pub fn released() -> (Store, Vec<Rows>) {
    let store = Store::new(&chain());
    let mut then = Vec::new();
    for (version, name) in NAMES.iter().enumerate() {
        store.change(version);
        store.fill(version, &born(version));
        let options = store.options(version).app_version(format!("app {name}"));
        options
            .clock(|| 1_767_323_045_006)
            .open("")
            .unwrap()
            .release(name)
            .unwrap();
        then.push(swept(&store.small));
    }
    (store, then)
}

#[test]
fn from_any_release_to_any_other_and_back() {
    let (store, then) = released();
    for (from, name) in NAMES.iter().enumerate() {
        let start = store.small.duplicate();
        go(&start, name);
        let here = swept(&start);
        for (key, row) in &then[from] {
            assert_eq!(here.get(key), Some(row), "{key:?} is not what it was in {name}");
        }
        for (to, other) in NAMES.iter().enumerate() {
            let direct = start.duplicate();
            go(&direct, other);
            let there = swept(&direct);
            let stepwise = start.duplicate();
            let mut at = from;
            while at != to {
                at = if at < to { at + 1 } else { at - 1 };
                go(&stepwise, NAMES[at]);
            }
            assert!(swept(&stepwise) == there, "{name} to {other}, step by step");
            go(&direct, name);
            assert!(swept(&direct) == here, "{name} to {other} and back");
            // Back again from where everything was rewritten.
            go(&stepwise, other);
            plain(&stepwise).open("").unwrap().sweep().wait().unwrap();
            go(&stepwise, name);
            assert!(swept(&stepwise) == here, "{name} to {other}, swept, and back");
        }
    }
}

#[test]
fn going_to_a_release_is_going_to_its_revision() {
    let (store, _) = released();
    for (position, name) in NAMES.iter().enumerate() {
        let revision = position as u64 + 1;
        let (one, two) = (store.small.duplicate(), store.small.duplicate());
        let (release, number) = (
            Destination::Release((*name).to_owned()),
            Destination::Revision(revision),
        );
        let db = plain(&one).open("").unwrap();
        let before = one.digest();
        let plan = db.plan_travel(&release).unwrap();
        assert_eq!(plan, db.plan_travel(&number).unwrap());
        assert!(one.digest() == before, "a plan changed the store");
        drop(db);
        assert_eq!(plan, plain(&one).plan_travel("", &release).unwrap());
        let by_name = plain(&one).clock(|| 7).open("").unwrap().migrate_to_release(name);
        let by_number = plain(&two).clock(|| 7).open("").unwrap().migrate_to(revision);
        assert_eq!(by_name.unwrap().revision, revision);
        by_number.unwrap();
        assert!(one.digest() == two.digest(), "{name} is not revision {revision}");
    }
}

/// Holds are those of a rollback: going back holds, going on to a release by hand lets go.
#[test]
fn going_back_to_a_release_holds() {
    let (store, _) = released();
    let last = NAMES.len() - 1;
    let before_last = NAMES.len() - 2;
    go(&store.small, "2.0");
    assert_eq!(store.open(before_last).unwrap_err().kind(), ErrorKind::Held);
    // A name that is given there is the old revision's.
    let db = store.open(3).unwrap();
    assert_eq!(db.release("2.0 again").unwrap().release.revision, 4);
    drop(db);
    assert_eq!(store.open(before_last).unwrap_err().kind(), ErrorKind::Held);
    go(&store.small, "3.2");
    assert_eq!(store.change(last), Vec::<String>::new());
    assert_eq!(store.open(4).unwrap_err().kind(), ErrorKind::Older);
}
