//! Guards `OnOlder::ReadOnly`: an older program reads a newer store as a rollback would give it, and changes nothing.

use quantadb::{Database, Engine, ErrorKind, OnOlder, Options, QuantaEntity, Result};
use serde_json::{Value as Json, json};

use crate::documents::{Store, fields};
use crate::generations::{Generation, row_two, three, two};
use crate::support::{Small, sweep_and_check, verify};

use Generation::{One, Three, Two};

fn at(generation: Generation, engine: &Small) -> Options {
    generation
        .entities(engine.options::<()>())
        .on_older(OnOlder::ReadOnly)
}

/// A store of the second generation: rows that came from the first, swept and unswept, changed and new ones.
fn newer() -> Small {
    let engine = Small::default();
    let db = One.entities(engine.options::<()>()).open("").unwrap();
    let items = db.collection::<crate::generations::one::Item>();
    (1..9).for_each(|id| items.put(&crate::generations::row_one(id)).unwrap());
    drop((items, db));
    let db = Two.entities(engine.options::<()>()).open("").unwrap();
    let items = db.collection::<two::Item>();
    let changed = two::Item {
        name: "changed".to_owned(),
        score: 2.5,
        ..row_two(2)
    };
    items.put(&changed).unwrap();
    items.delete(&3).unwrap();
    items.put(&row_two(20)).unwrap();
    drop((items, db));
    engine
}

/// Reads with an older program, and compares with what a rollback gives.
#[track_caller]
fn check_as_rolled_back(engine: &Small, older: Generation) {
    let before = engine.digest();
    let plan = at(older, engine).plan("").unwrap();
    let db = at(older, engine).open("").unwrap();
    let read = older.rows(&db);
    let notes = db.open_report().plan.notes.join("\n");
    assert!(notes.contains("the store is newer than this program"), "{notes}");
    assert_eq!(plan.notes, db.open_report().plan.notes);
    assert_eq!(plan.refusals, []);
    assert_eq!(db.rollback(1).map(drop).unwrap_err().kind(), ErrorKind::ReadOnly);
    let db = at(older, engine).read_only().open("").unwrap();
    assert_eq!(older.rows(&db), read, "and opened for reading only");
    verify(&db);
    drop(db);
    assert!(engine.digest() == before, "reading changed the store");

    let copy = engine.duplicate();
    let db = older
        .entities(copy.options::<()>())
        .on_older(OnOlder::RollBack)
        .open("")
        .unwrap();
    assert_eq!(read, older.rows(&db), "what a rollback gives");
}

#[test]
fn l13_an_older_program_reads_what_a_rollback_would_give() {
    let engine = newer();
    check_as_rolled_back(&engine, One);
    sweep_and_check(&Two.entities(engine.options::<()>()).open("").unwrap(), &engine.0);
    check_as_rolled_back(&engine, One);
    let db = Three.entities(engine.options::<()>()).open("").unwrap();
    let items = db.collection::<three::Item>();
    let mut row = items.get(&20).unwrap().unwrap();
    row.shout = "changed".to_owned();
    items.put(&row).unwrap();
    drop((items, db));
    check_as_rolled_back(&engine, One);
    check_as_rolled_back(&engine, Two);
}

#[test]
fn l13_writes_are_errors() {
    let engine = newer();
    let before = engine.digest();
    let db = at(One, &engine).open("").unwrap();
    let items = db.collection::<crate::generations::one::Item>();
    let row = items.get(&1).unwrap().unwrap();
    let writes: [(&str, Result<()>); 5] = [
        ("insert", items.insert(&crate::generations::row_one(30))),
        ("put", items.put(&row)),
        ("delete", items.delete(&1).map(drop)),
        (
            "write",
            db.write(|tx| tx.collection::<crate::generations::one::Item>().put(&row)),
        ),
        ("sweep", db.sweep().wait().map(drop)),
    ];
    for (what, result) in writes {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::ReadOnly, "{what}");
    }
    drop((items, db));
    assert!(engine.digest() == before);
}

#[test]
fn l13_a_store_that_is_not_newer_opens_as_ever() {
    let engine = newer();
    let db = at(Three, &engine).open("").unwrap();
    let items = db.collection::<three::Item>();
    assert!(
        items.delete(&1).unwrap(),
        "a change is made, and rows may be written"
    );
}

fn table(name: &str, key: &str, list: &str) -> Json {
    json!({"name": name, "key": [key], "fields": fields(list)})
}

/// Returns the rows of a table, by an older version of a document.
fn looked_back(store: &Store, table: &str) -> Result<Vec<Json>> {
    let before = store.small.digest();
    let db: Database = store.options(0).on_older(OnOlder::ReadOnly).open("")?;
    let table = db.table(table)?;
    let rows = table.iter().map(|row| row.map(|row| table.to_json(&row)));
    let rows = rows.collect();
    assert!(store.small.digest() == before);
    rows
}

#[test]
fn l13_a_table_under_another_name() {
    let store = Store::new(&json!([
        {"label": "1", "tables": [table("users", "id", "id: u32, name: string")]},
        {"label": "2", "tables": [table("people", "id", "id: u32, nick: string")],
         "hints": {"renamed_tables": {"users": "people"}, "renamed_fields": {"people": {"name": "nick"}}}},
    ]));
    store.fill(0, &[("users", json!({"id": 1, "name": "Ada"}))]);
    drop(store.open(1).unwrap());
    assert_eq!(
        looked_back(&store, "users").unwrap(),
        [json!({"id": 1, "name": "Ada"})]
    );
}

#[test]
fn l13_another_key_is_refused_and_rows_taken_out_are_told() {
    let store = Store::new(&json!([
        {"label": "1", "tables": [table("users", "id", "id: u32, name: string")]},
        {"label": "2", "tables": [table("users", "name", "id: u32, name: string")]},
    ]));
    store.fill(0, &[("users", json!({"id": 1, "name": "Ada"}))]);
    drop(store.open(1).unwrap());
    let error = looked_back(&store, "users").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Older);
    assert!(
        error.to_string().contains("its rows have another key now"),
        "{error}"
    );

    let store = Store::new(&json!([
        {"label": "1", "tables": [table("users", "id", "id: u32, name: string")]},
        {"label": "2", "tables": [table("users", "id", "id: u32, name: u8")],
         "hints": {"on_failure": {"users": {"name": "drop_row"}}}},
    ]));
    store.fill(
        0,
        &[
            ("users", json!({"id": 1, "name": "Ada"})),
            ("users", json!({"id": 2, "name": "7"})),
        ],
    );
    drop(store.open(1).unwrap());
    assert_eq!(
        looked_back(&store, "users").unwrap(),
        [json!({"id": 2, "name": "7"})]
    );
    let db = store.options(0).on_older(OnOlder::ReadOnly).open("").unwrap();
    let notes = db.open_report().plan.notes.join("\n");
    assert!(
        notes.contains("users: 1 rows that the newer program took out are not shown"),
        "{notes}"
    );
}

/// A program that is older in one table and new in another one has to write.
#[test]
fn l13_a_program_that_would_change_something_is_refused() {
    #[derive(QuantaEntity)]
    #[quanta(table = "others", register = false)]
    struct Other {
        #[quanta(id)]
        id: u8,
    }
    let engine = newer();
    let before = engine.digest();
    let error = at(One, &engine).register::<Other>().open("").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Older);
    assert!(
        error.to_string().contains("others can't be read as it was"),
        "{error}"
    );
    assert!(engine.digest() == before);
}

mod required {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug, PartialEq)]
    #[quanta(table = "notes", register = false)]
    pub struct Note {
        #[quanta(id)]
        pub id: u64,
        pub text: String,
    }
}

mod optional {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug, PartialEq)]
    #[quanta(table = "notes", register = false)]
    pub struct Note {
        #[quanta(id)]
        pub id: u64,
        pub text: Option<String>,
    }
}

#[test]
fn l13_a_row_that_the_older_shape_cannot_hold_is_not_called_damaged() {
    let engine = Engine::memory();
    let options = || Options::new().engine(engine.clone());
    drop(options().entities::<(required::Note,)>().open("").unwrap());
    let db = options().entities::<(optional::Note,)>().open("").unwrap();
    for (id, text) in [(1, Some("kept")), (2, None)] {
        let text = text.map(str::to_owned);
        db.collection().insert(&optional::Note { id, text }).unwrap();
    }
    drop(db);
    let older = options().entities::<(required::Note,)>();
    let db = older.on_older(OnOlder::ReadOnly).open("").unwrap();
    let notes = db.collection::<required::Note>();
    assert_eq!(notes.get(&1).unwrap().unwrap().text, "kept");
    let error = notes.get(&2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Value, "{error}");
    let expected =
        "row 2 of table notes doesn't fit from version 2 to 1: text: none where a value is required";
    assert_eq!(error.to_string(), expected);
}
