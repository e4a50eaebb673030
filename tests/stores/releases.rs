//! Releases: names that revisions get, and going from any of them to any other. The tables come from documents.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use quanta_storage::{Engine as _, KeyRange};
use quantadb::schema::limits::RELEASE_NAME_BYTES_MAX;
use quantadb::{Database, Destination, ErrorKind, Options, Sweep};
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
fn chain() -> Json {
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
fn born(version: usize) -> Vec<(&'static str, Json)> {
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

fn rows(small: &Small, db: &Database) -> Rows {
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
fn a_release_names_the_current_revision_and_moves_nothing() {
    let store = Store::new(&chain());
    store.fill(0, &born(0));
    let db = store.options(0).app_version("1").clock(|| 5).open("").unwrap();
    let rows_before = rows(&store.small, &db);
    let report = db.release("1.0").unwrap();
    assert!(report.is_new);
    assert_eq!(report.to_string(), "revision 1 is release 1.0 now");
    assert_eq!(
        report.to_json()["release"],
        json!({"name": "1.0", "revision": 1, "time_ms": 5, "app_version": "1", "sequence": 1})
    );
    assert_eq!((db.head().revision, db.head().ledger_records), (1, 2));
    // Naming it so again is nothing; another name is one more.
    let before = store.small.digest();
    let again = db.clone().release("1.0").unwrap();
    assert!(!again.is_new);
    assert_eq!(again.release, report.release);
    assert_eq!(
        again.to_string(),
        "revision 1 is release 1.0 already: nothing was done"
    );
    assert!(store.small.digest() == before);
    db.release("first").unwrap();
    // The handle writes on, and so does its clone.
    let users = db.table("users").unwrap();
    let row = users.from_json(&born(0)[0].1).unwrap();
    users.put(&row).unwrap();
    db.clone().write(|_| Ok(())).unwrap();
    assert!(db.sweep().wait().unwrap().is_done);
    assert_eq!(rows(&store.small, &db), rows_before);
    verify(&db);
    assert_eq!(
        db.history().unwrap().to_string(),
        "*    0 create   revision 1 (1.0, first)\n       create table users\n     1 release  revision 1 is 1.0\n     \
         2 release  revision 1 is first\n"
    );
    assert_eq!(db.history().unwrap().to_json()["records"][1]["release"], "1.0");
    assert_eq!(
        db.releases().unwrap().to_string(),
        "* 1.0, revision 1\n* first, revision 1"
    );
    assert_eq!(db.releases().unwrap().to_json()["releases"][1]["name"], "first");
}

#[test]
fn a_name_stays_with_its_revision() {
    let store = Store::new(&chain());
    store.change(0);
    store.open(0).unwrap().release("1.0").unwrap();
    store.change(1);
    let db = store.open(1).unwrap();
    let before = store.small.digest();
    let error = db.release("1.0").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTaken);
    assert_eq!(
        error.to_string(),
        "revision 1 is named 1.0 already, and revision 2 is to be: a name stays where it is, so take another one"
    );
    for name in ["", " 1", "1\t2", &"x".repeat(RELEASE_NAME_BYTES_MAX + 1)] {
        assert_eq!(
            db.release(name).unwrap_err().kind(),
            ErrorKind::BadName,
            "{name:?}"
        );
    }
    assert_eq!(
        db.release("1\n1").unwrap_err().to_string(),
        "a release can't be named \"1\\n1\": not all of its characters are printable"
    );
    let within = db.write(|_| db.release("1.1"));
    assert_eq!(within.unwrap_err().kind(), ErrorKind::NotSupported);
    drop(db);
    let reader = store.options(1).read_only().open("").unwrap();
    assert_eq!(reader.release("1.1").unwrap_err().kind(), ErrorKind::ReadOnly);
    assert!(store.small.digest() == before, "an error changed the store");
}

/// Another opener would write its ledger record over this one's.
#[test]
fn other_openers_have_to_open_again() {
    let store = Store::new(&chain());
    store.fill(0, &born(0));
    let (one, two) = (store.open(0).unwrap(), store.open(0).unwrap());
    one.release("1.0").unwrap();
    for _ in 0..2 {
        assert_eq!(two.release("1.0").unwrap_err().kind(), ErrorKind::SchemaMoved);
    }
    let users = one.table("users").unwrap();
    users.put(&users.from_json(&born(0)[0].1).unwrap()).unwrap();
    verify(&one);
}

/// The sweep, and the emptying of spaces that were left, go on while releases are named.
#[test]
fn a_sweep_goes_on_beside_releases() {
    let version = |list: &str| json!({"tables": [{"name": "t", "key": ["id"], "fields": fields(list)}]});
    let mut key = version("id: u64, more: string, text: string");
    key["tables"][0]["key"] = json!(["text"]);
    let store = Store::new(&numbered(json!([
        version("id: u64, text: string"),
        key,
        {"tables": [{"name": "t", "key": ["text"], "fields": fields("id: u64, more: string, other: bool, text: string")}]},
    ])));
    let rows: Vec<(&str, Json)> = (0..300)
        .map(|id| ("t", json!({"id": id, "text": format!("t{id}")})))
        .collect();
    store.fill(0, &rows);
    drop(store.open(1).unwrap());
    let db = store.options(2).sweep(Sweep::On).open("").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| (0..20).for_each(|name| drop(db.release(&format!("r{name}")).unwrap())));
        assert!(db.sweep().wait().unwrap().is_done);
    });
    assert!(db.sweep().wait().unwrap().is_done);
    assert_eq!(db.releases().unwrap().releases.len(), 20);
    verify(&db);
    let left = db.inspect().unwrap();
    assert_eq!((left.work.records, left.left_over.records), (0, 0));
}

#[test]
fn an_unknown_release_names_those_that_are_there() {
    let store = Store::new(&chain());
    store.change(0);
    let to = |name: &str| Destination::Release(name.to_owned());
    let check = |name: &str, expected: &str| {
        let db = store.open(0).unwrap();
        let before = store.small.digest();
        let planned = db.plan_travel(&to(name)).unwrap_err();
        let listed = db.objects_of_release(name).unwrap_err();
        let gone = db.migrate_to_release(name).unwrap_err();
        for error in [planned, listed, gone] {
            assert_eq!(
                (error.kind(), error.to_string().as_str()),
                (ErrorKind::NotFound, expected)
            );
        }
        assert!(store.small.digest() == before);
    };
    check("1", "the store has no release 1: no revision has a name yet");
    let db = store.open(0).unwrap();
    for name in ["zeta", "1.2.0", "1.10.0"] {
        db.release(name).unwrap();
    }
    drop(db);
    check(
        "1.2.1",
        "the store has no release 1.2.1: it has 1.2.0, 1.10.0, zeta",
    );
    check(
        "zeta\n",
        "the store has no release zeta\\n: it has zeta, 1.2.0, 1.10.0",
    );
    let db = store.open(0).unwrap();
    (0..12).for_each(|name| drop(db.release(&format!("r{name}")).unwrap()));
    drop(db);
    check(
        "1.2.1",
        "the store has no release 1.2.1: it has 1.2.0, 1.10.0, r1, r11, r2, r0, r10, r3, r4, r5, r6, r7, ..",
    );
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
