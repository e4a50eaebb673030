//! Names that revisions get: who may have which, and that naming moves nothing.

use std::thread;

use quantadb::schema::limits::RELEASE_NAME_BYTES_MAX;
use quantadb::{Destination, ErrorKind, Sweep};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::releases::{born, chain, numbered, rows};
use super::support::verify;

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
