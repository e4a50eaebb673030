//! Stores at any release of a lock.

use quantadb::testing::{Release, assert_lossless, assert_migrates, migrations};
use quantadb::{Engine, ErrorKind, Options, QuantaEntity, Ref, Value};

use crate::locks::{lock, table, users, version};

#[derive(QuantaEntity, Debug, PartialEq)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(renamed_from = "nick")]
    name: String,
}

#[derive(QuantaEntity, Debug, PartialEq)]
#[quanta(table = "orders", register = false)]
struct Order {
    #[quanta(id)]
    id: u64,
    user: Ref<User>,
}

fn rows(release: &Release) -> Vec<String> {
    let db = release.store().unwrap().as_released().unwrap();
    let table = db.table("users").unwrap();
    table.iter().map(|row| row.unwrap().to_string()).collect()
}

#[test]
fn n6_a_store_is_at_the_release_and_has_the_rows_of_the_seed() {
    let text = lock(&[users("1", "nick: string"), users("2", "nick: string, age: u8")].join(", "));
    let first = Release::at(text.clone(), "1").rows(30).seed(7);
    assert_eq!(rows(&first).len(), 30);
    assert_eq!(rows(&first), rows(&first.clone()));
    assert_ne!(rows(&first), rows(&first.clone().seed(8)));
    assert!(rows(&first).iter().all(|row| !row.contains("age")));
    assert!(
        rows(&Release::at(text.clone(), "2"))
            .iter()
            .all(|row| row.contains("age"))
    );
    let labels: Vec<String> = Release::all(text.clone())
        .unwrap()
        .iter()
        .map(|release| release.label().to_owned())
        .collect();
    assert_eq!(labels, ["1", "2"]);

    let store = first.store().unwrap();
    let history = store.as_released().unwrap().history().unwrap();
    assert_eq!(
        (history.records.len(), &*history.records[0].app_version),
        (1, "1")
    );
    assert_eq!(store.label(), "1");
}

#[test]
fn n6_references_lead_to_rows_and_keys_are_distinct() {
    let orders = r#"{"name": "orders", "key": ["id"],
        "fields": [{"name": "id", "type": "u64"}, {"name": "user", "type": "u64"}],
        "references": [{"fields": ["user"], "table": "users", "to": ["id"], "on_delete": "restrict"}]}"#;
    let text = lock(&version(
        "1",
        &format!("{}, {orders}", table("users", "name: string")),
        "",
    ));
    let store = Release::at(text, "1").rows(40).store().unwrap();
    let options = store.options().entities::<(User, Order)>();
    let db = options.open(store.path()).unwrap();
    assert!(db.open_report().plan.is_empty());
    assert_eq!(db.collection::<User>().len().unwrap(), 40);
    for order in db.collection::<Order>().iter() {
        assert!(order.unwrap().user.get(&db).unwrap().is_some());
    }
    assert!(db.verify().unwrap().findings.is_empty());
}

#[test]
fn n6_rows_are_adapted_and_written_by_hand() {
    let text = lock(&users("1", "name: string"));
    let by_hand = |db: &quantadb::Database| {
        let row = Value::from([("id", 7_u64.into()), ("name", "by hand".into())]);
        db.table("users")?.put(&row)
    };
    let release = Release::at(text.clone(), "1")
        .rows(3)
        .with("users", |row| row.set("name", "Ada"));
    assert!(rows(&release).iter().all(|row| row.contains("\"Ada\"")));
    assert_eq!(
        rows(&release.clone().rows(0).fill(by_hand)),
        ["{id: 7, name: \"by hand\"}"]
    );

    let error = Release::at(text, "1").with("user", |_| ()).store().unwrap_err();
    assert_eq!(
        error.to_string(),
        "no release of the lock has a table user, of which rows are to be changed"
    );
}

#[test]
fn n6_a_store_on_disk_is_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.quanta");
    let release = Release::at(lock(&users("1", "name: string")), "1").rows(5);
    for (name, engine) in [("fjall", Engine::Fjall), ("sled", Engine::Sled)] {
        let path = dir.path().join(name);
        let store = release.store_in(&path, engine).unwrap();
        assert_eq!(store.as_released().unwrap().marker().engine, name);
        let db = Options::new().entities::<(User,)>().open(&path).unwrap();
        assert_eq!(db.collection::<User>().len().unwrap(), 5);
    }
    release.store_in(&path, Engine::Fjall).unwrap();
    let error = release.store_in(&path, Engine::Fjall).unwrap_err();
    assert!(
        error.to_string().contains("a store at a release is a new one"),
        "{error}"
    );
    let engine = Engine::memory();
    release.store_in("memory", engine.clone()).unwrap();
    let error = release.store_in("memory", engine).unwrap_err();
    assert!(
        error.to_string().contains("the engine holds a store already"),
        "{error}"
    );
}

#[test]
fn n6_a_release_that_is_not_there_is_told() {
    let text = lock(&[users("1", ""), users("1.1", "")].join(", "));
    let error = Release::at(text, "1.2").store().unwrap_err();
    assert_eq!(error.to_string(), "the lock has no release 1.2: it has 1, 1.1");
    let error = Release::at("quanta.lock", "1").store().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.to_string().starts_with("the text is no lock: "), "{error}");
}

#[test]
fn n6_a_store_that_missed_no_release_has_rows_of_each() {
    let renamed = r#""renamed_fields": {"users": {"nick": "name"}}"#;
    let versions = [
        users("1", "nick: string"),
        version("2", &table("users", "name: string"), renamed),
        users("3", "name: string, age: u8"),
        // Back to a shape that was there before.
        users("4", "name: string"),
    ];
    let text = lock(&versions.join(", "));
    for release in [
        Release::at(text.clone(), "4").since("1"),
        Release::at(text.clone(), "4").since("1").without_history(),
    ] {
        let db = release.rows(20).store().unwrap().as_released().unwrap();
        let history = db.history().unwrap();
        let versions: Vec<&str> = history
            .records
            .iter()
            .map(|record| &*record.app_version)
            .collect();
        assert_eq!(versions, ["1", "2", "3", "4"]);
        assert_eq!(db.table("users").unwrap().len().unwrap(), 20);
        assert!(db.inspect().unwrap().tables[0].rows_unswept() > 0);
        assert!(db.verify().unwrap().findings.is_empty());
    }
    // What is said last is where it ends.
    let only = Release::at(text.clone(), "2").since("3").rows(4).store().unwrap();
    assert_eq!(only.as_released().unwrap().history().unwrap().records.len(), 1);
    let error = Release::at(text.clone(), "2").since("0").store().unwrap_err();
    assert_eq!(error.to_string(), "the lock has no release 0: it has 1, 2, 3, 4");

    // A field that came and went: only the lock tells the last release from an older program.
    let told = migrations!(text.clone(), entities(User), since = "1", rows = 20).migrate();
    let told = told.unwrap_err().to_string();
    assert!(
        told.contains("release 3, as the program opens it: the store can't be opened: the store is newer"),
        "{told}"
    );
    let lock = text.clone();
    let along = move || Options::new().entities::<(User,)>().history(lock.clone());
    assert_migrates!(text.clone(), program = along.clone(), since = "1", rows = 20);
    assert_lossless!(text, program = along, since = "1", rows = 20);
}
