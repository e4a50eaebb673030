//! Guards F2: index entries match rows after every write, migration, rollback, sweep and crash. `verify` computes them
//! again from the rows; here is counted what there has to be, so that both can't be wrong together.

use quanta_storage::Engine as RawEngine;
use quanta_storage::KeyRange;
use quantadb::{Database, Engine, EngineKind, ErrorKind, Options};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::support::{each, sweep_and_check, verify};

mod back;
mod crashes;
mod declared;

const INDEX: u8 = 0x07;

/// A version of the table `users`: its fields, and indexes such as `unique mail` and `home.city, tags[]`.
fn users(label: &str, list: &Json, indexes: &[&str], hints: &Json) -> Json {
    let index = |index: &&str| {
        let unique = index.strip_prefix("unique ");
        let fields: Vec<&str> = unique.unwrap_or(index).split(", ").collect();
        let name = fields.join("_").replace(['.', '[', ']', ' '], "_");
        json!({"name": name, "fields": fields, "unique": unique.is_some()})
    };
    let indexes: Json = indexes.iter().map(index).collect();
    json!({"label": label, "hints": hints, "types": [{"name": "Home", "fields": fields("city: string")}],
           "tables": [{"name": "users", "key": ["id"], "fields": list, "indexes": indexes}]})
}

fn user_fields() -> Json {
    json!([{"name": "home", "type": "option<Home>"}, {"name": "id", "type": "u64"},
           {"name": "mail", "type": "option<string>"}, {"name": "name", "type": "string"},
           {"name": "tags", "type": "list<string>"}])
}

fn user(id: u64, mail: Json, city: Json, tags: Json) -> (&'static str, Json) {
    let home = if city.is_null() {
        city
    } else {
        json!({"city": city})
    };
    (
        "users",
        json!({"id": id, "mail": mail, "home": home, "name": format!("n{id}"), "tags": tags}),
    )
}

/// Returns the records of all indexes, each with its key and value.
fn entries(engine: &dyn RawEngine) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    each(
        engine.snapshot().unwrap().as_ref(),
        &KeyRange::prefix(&[INDEX]),
        |key, value| found.push((key.to_vec(), value.to_vec())),
    );
    found
}

/// Opens with a version, sweeps, and counts the entries of each index, by position.
#[track_caller]
fn counts(store: &Store, version: usize) -> Vec<usize> {
    let db = store.options(version).release_hold().open("").unwrap();
    verify(&db);
    sweep_and_check(&db, &store.small.0);
    counted(&db, &entries(&store.small.0))
}

fn counted(db: &Database, entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<usize> {
    let spaces = db.head().tables.into_values().next().unwrap().index_spaces;
    let lies_in = |space: &u32| {
        let entries = entries.iter();
        entries
            .filter(|(key, _)| key[1..5] == space.to_be_bytes())
            .count()
    };
    let counts: Vec<usize> = spaces.iter().map(lies_in).collect();
    assert_eq!(
        counts.iter().sum::<usize>(),
        entries.len(),
        "an entry is of no index"
    );
    counts
}

fn put(db: &Database, row: &(&str, Json)) -> quantadb::Result<()> {
    let table = db.table(row.0)?;
    table.put(&table.from_json(&row.1)?)
}

#[test]
fn f2_writes_change_entries() {
    // In the order of the schema: by fields.
    let indexes = ["home.city", "home.city, tags[]", "unique mail", "tags[]"];
    let store = Store::new(&json!([users("1", &user_fields(), &indexes, &json!({}))]));
    let long = "x".repeat(3000);
    store.fill(
        0,
        &[
            user(1, json!("a"), json!("Ox"), json!(["t", "u", "t"])),
            user(2, Json::Null, Json::Null, json!(["t"])),
            user(3, Json::Null, json!(long), json!([])),
        ],
    );
    // None is indexed, but not where it has to be unique; an empty list has nothing to index.
    assert_eq!(counts(&store, 0), [3, 3, 1, 3]);
    let db = store.open(0).unwrap();
    put(&db, &user(1, json!("b"), json!(long), json!([long]))).unwrap();
    put(&db, &user(2, json!("a"), json!("Ox"), json!([]))).unwrap();
    verify(&db);
    assert_eq!(counted(&db, &entries(&store.small.0)), [3, 1, 2, 1]);
    let table = db.table("users").unwrap();
    let rows: Vec<_> = table.iter().map(Result::unwrap).collect();
    for (row, expected) in rows.iter().zip([[2, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]]) {
        let id = table.to_json(row)["id"].as_u64().unwrap();
        assert!(table.delete(&uint(id)).unwrap());
        verify(&db);
        assert_eq!(counted(&db, &entries(&store.small.0)), expected, "without {id}");
    }
}

#[test]
fn f2_a_value_of_another_row_is_refused() {
    let indexes = ["unique mail", "unique name, tags[]"];
    let store = Store::new(&json!([users("1", &user_fields(), &indexes, &json!({}))]));
    let row = |id: u64, mail: Json| user(id, mail, Json::Null, json!([]));
    store.fill(0, &[row(1, json!("a")), row(2, Json::Null), row(3, Json::Null)]);
    let db = store.open(0).unwrap();
    let before = store.small.digest();
    let error = put(&db, &row(2, json!("a"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotUnique);
    assert_eq!(
        error.to_string(),
        "row 2 of table users can't be written: row 1 of table users has \"a\" too, and the index mail (mail) is unique"
    );
    assert!(
        store.small.digest() == before,
        "a refused write changed the store"
    );
    // A row keeps what it has, and within a transaction the last word counts.
    put(&db, &row(1, json!("a"))).unwrap();
    db.write(|tx| {
        let users = tx.table("users")?;
        let table = db.table("users")?;
        let put = |id, mail| users.put(&table.from_json(&row(id, mail).1)?);
        put(2, json!("b"))?;
        assert_eq!(put(3, json!("b")).unwrap_err().kind(), ErrorKind::NotUnique);
        put(1, Json::Null)?;
        put(3, json!("a"))?;
        assert!(users.delete(&uint(2))?);
        put(1, json!("b"))
    })
    .unwrap();
    verify(&db);
    assert_eq!(counts(&store, 0), [2, 0]);
}

/// What happens to one index, or to what it is over: versions to go through, rows, and the counts at each version.
#[track_caller]
fn check_history(versions: &[Json], rows: &[(&str, Json)], expected: &[&[usize]]) {
    let store = Store::new(&versions.iter().cloned().collect());
    store.fill(0, rows);
    for (version, expected) in expected.iter().enumerate() {
        if version > 0 {
            store.change(version);
        }
        assert_eq!(counts(&store, version), *expected, "version {version}");
    }
    for version in (0..expected.len() - 1).rev() {
        let db = store.options(version + 1).release_hold().open("").unwrap();
        db.rollback(1).unwrap();
        assert_eq!(
            counts(&store, version),
            expected[version],
            "back at version {version}"
        );
    }
    let last = expected.len() - 1;
    assert_eq!(counts(&store, last), expected[last], "and up again at once");
}

#[test]
fn f1_f2_indexes_through_changes_and_back() {
    let rows = [
        user(1, json!("a"), json!("Ox"), json!(["t", "u"])),
        user(2, Json::Null, json!("York"), json!([])),
        user(3, json!("b"), Json::Null, json!(["t"])),
        user(4, json!("c"), json!("Ox"), json!(["v", "u"])),
        user(5, Json::Null, json!("Ox"), json!([])),
    ];
    let all = user_fields();
    let plain = |label: &str, indexes: &[&str]| users(label, &all, indexes, &json!({}));
    // Added, unique, not unique, wider, gone.
    check_history(
        &[
            plain("1", &[]),
            plain("2", &["mail"]),
            plain("3", &["unique mail"]),
            plain("4", &["mail", "name, tags[]"]),
            plain("5", &["mail, name", "tags[]"]),
            plain("6", &["name"]),
        ],
        &rows,
        &[&[], &[5], &[3], &[5, 5], &[5, 5], &[5]],
    );
    // Renamed, a new field beside it, dropped.
    let renamed = json!([{"name": "age", "type": "u8"}, {"name": "home", "type": "option<Home>"},
        {"name": "id", "type": "u64"}, {"name": "email", "type": "option<string>"},
        {"name": "name", "type": "string"}]);
    check_history(
        &[
            plain("1", &["home.city", "unique mail"]),
            users(
                "2",
                &renamed,
                &["unique email", "home.city"],
                &json!({"renamed_fields": {"users": {"mail": "email"}}, "new_fields": {"users": ["age"]}}),
            ),
            users(
                "3",
                &json!([{"name": "id", "type": "u64"}, {"name": "name", "type": "string"}]),
                &["name"],
                &json!({}),
            ),
        ],
        &rows,
        &[&[5, 3], &[3, 5], &[5]],
    );
}

#[test]
fn f1_f2_conversions_and_keys_build_indexes_anew() {
    let version = |label: &str, list: &str, key: &str, indexes: &Json, hints: &Json| {
        json!({"label": label, "hints": hints, "tables": [
            {"name": "users", "key": [key], "fields": fields(list), "indexes": indexes}]})
    };
    let by = |field: &str, unique: bool| json!([{"name": "it", "fields": [field], "unique": unique}]);
    let row = |id: u64, age: u64| {
        (
            "users",
            json!({"id": id, "age": age, "code": format!("c{}", 9 - id)}),
        )
    };
    let list = |age: &str| format!("age: {age}, code: string, id: u64");
    let rows = [row(1, 7), row(2, 8), row(3, 300), row(4, 8)];
    let nothing = json!({});
    // Wider, as text, optional, and rows under another key.
    check_history(
        &[
            version("1", &list("u32"), "id", &by("age", false), &nothing),
            version("2", &list("u64"), "id", &by("age", false), &nothing),
            version("3", &list("string"), "id", &by("age", false), &nothing),
            version("4", &list("option<string>"), "id", &by("age", false), &nothing),
            version("5", &list("option<string>"), "code", &by("age", false), &nothing),
        ],
        &rows,
        &[&[4], &[4], &[4], &[4], &[4]],
    );
    // Rows that are taken out take their entries along, and bring them back.
    let drop_row = json!({"on_failure": {"users": {"@it": "drop_row"}}});
    check_history(
        &[
            version("1", &list("u32"), "id", &by("code", false), &nothing),
            version("2", &list("u32"), "id", &by("age", true), &drop_row),
        ],
        &rows,
        &[&[4], &[3]],
    );
    let drop_wide = json!({"on_failure": {"users": {"age": "drop_row"}}});
    check_history(
        &[
            version("1", &list("u32"), "id", &by("code", true), &nothing),
            version("2", &list("u8"), "id", &by("code", true), &drop_wide),
        ],
        &rows,
        &[&[4], &[3]],
    );
}

/// F3: entries are of the current version, whatever the rows are stamped with.
#[test]
fn f3_the_sweep_and_renames_change_no_entry() {
    let version = |label: &str, name: &str, more: &str, index: &str, hints: &Json| {
        json!({"label": label, "hints": hints, "tables": [
            {"name": "users", "key": ["id"], "fields": fields(&format!("id: u64, {name}: u16{more}")),
             "indexes": [{"name": index, "fields": [name], "unique": false}]}]})
    };
    let renamed = json!({"renamed_fields": {"users": {"age": "years"}}});
    let store = Store::new(&json!([
        version("1", "age", ", name: string", "by_age", &json!({})),
        version("2", "years", "", "by_years", &renamed),
    ]));
    let row = |id: u64, name: &str| ("users", json!({"id": id, name: id * 100, "name": "x"}));
    store.fill(
        0,
        &[
            row(1, "age"),
            row(2, "age"),
            row(3, "age"),
            row(4, "age"),
            row(5, "age"),
        ],
    );
    let before = entries(&store.small.0);
    let db = store.open(1).unwrap();
    assert_eq!(entries(&store.small.0), before, "a rename rebuilds nothing");
    put(&db, &("users", json!({"id": 2, "years": 7}))).unwrap();
    assert!(db.table("users").unwrap().delete(&uint(4)).unwrap());
    verify(&db);
    let written = entries(&store.small.0);
    assert_eq!(written.len(), 4);
    sweep_and_check(&db, &store.small.0);
    assert_eq!(entries(&store.small.0), written, "the sweep changes no entry");
}

/// A table that is gone keeps its entries with its rows, and loses them with them.
#[test]
fn f2_entries_of_a_table_that_is_dropped_and_forgotten() {
    let indexes = ["unique mail", "tags[]"];
    let other = json!({"label": "2", "hints": {"dropped_tables": ["users"]}, "tables": [
        {"name": "others", "key": ["id"], "fields": fields("id: u64")}]});
    let first = users("1", &user_fields(), &indexes, &json!({}));
    let store = Store::new(&json!([first, other]));
    let row = |id: u64| user(id, json!(format!("m{id}")), Json::Null, json!(["t"]));
    store.fill(0, &[row(1), row(2), row(3)]);
    let before = entries(&store.small.0);
    let dropped = || store.options(1).drop_table("users").open("").unwrap();
    verify(&dropped());
    assert_eq!(entries(&store.small.0), before);
    dropped().rollback(1).unwrap();
    assert_eq!(counts(&store, 0), [3, 3]);
    assert_eq!(entries(&store.small.0), before, "nothing was built");
    let db = store
        .options(1)
        .release_hold()
        .drop_table("users")
        .open("")
        .unwrap();
    let report = db.forget(&quantadb::Forget::All).unwrap();
    assert!(report.total().records > 0);
    assert_eq!(entries(&store.small.0), []);
    dropped().rollback(1).unwrap();
    assert_eq!(counts(&store, 0), [0, 0]);
    store.options(0).release_hold().open("").unwrap();
    store.fill(0, &[row(2)]);
    assert_eq!(counts(&store, 0), [1, 1]);
}

/// The same rows have the same entries on every engine, and take them along.
#[test]
fn f2_entries_on_every_engine() {
    let indexes = ["unique mail", "tags[]"];
    let versions = json!([
        users("1", &user_fields(), &[], &json!({})),
        users("2", &user_fields(), &indexes, &json!({})),
    ]);
    let versions = super::documents::document(&versions).versions;
    for (engine, other) in [
        (Engine::Fjall, EngineKind::Sled),
        (Engine::Sled, EngineKind::Redb),
        (Engine::Redb, EngineKind::Fjall),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        let options = |version: usize| {
            let options = Options::new().engine(engine.clone());
            options.tables_of(&versions[version])
        };
        let db = options(0).open(&path).unwrap();
        for id in 1..9 {
            let row = user(
                id,
                json!(format!("m{id}")),
                Json::Null,
                json!(["t", format!("u{id}")]),
            );
            put(&db, &row).unwrap();
        }
        drop(db);
        let db = options(1).open(&path).unwrap();
        let seen = |db: &Database| {
            let report = db.verify().unwrap();
            assert_eq!(report.findings, []);
            report.counts.index_entries
        };
        assert_eq!(seen(&db), 8 + 16);
        let taken = user(9, json!("m1"), Json::Null, json!([]));
        assert_eq!(put(&db, &taken).unwrap_err().kind(), ErrorKind::NotUnique);
        assert!(db.table("users").unwrap().delete(&uint(1)).unwrap());
        put(&db, &taken).unwrap();
        assert_eq!(seen(&db), 8 + 14);
        let copy = directory.path().join("copy");
        db.copy_to(&copy, other).unwrap();
        let copied = Options::new().tables_of(&versions[1]).engine(match other {
            EngineKind::Sled => Engine::Sled,
            EngineKind::Redb => Engine::Redb,
            _ => Engine::Fjall,
        });
        assert_eq!(seen(&copied.open(&copy).unwrap()), 8 + 14);
        db.rollback(1).unwrap();
        let db = options(0).open(&path).unwrap();
        db.sweep().wait().unwrap();
        assert_eq!(seen(&db), 0);
    }
}

/// Returns how many records of a store have these bytes in their keys or values.
fn records_with(engine: &dyn RawEngine, bytes: &[u8]) -> usize {
    let mut found = 0;
    each(
        engine.snapshot().unwrap().as_ref(),
        &KeyRange::all(),
        |key, value| {
            let holds = |record: &[u8]| record.windows(bytes.len()).any(|part| part == bytes);
            found += usize::from(holds(key) || holds(value));
        },
    );
    found
}

/// What is forgotten of a field that went, and of rows that were taken out, is in no entry either.
#[test]
fn f2_no_entry_holds_what_is_forgotten() {
    let version = |label: &str, list: &str, indexes: &[&str], hints: &Json| {
        let mut version = users(label, &fields(list), indexes, hints);
        version["types"] = json!([]);
        version
    };
    let drop_wide = json!({"on_failure": {"users": {"age": "drop_row"}}});
    let store = Store::new(&json!([
        version(
            "1",
            "age: u16, code: string, id: u64, mail: string",
            &["mail", "unique mail desc, id", "code"],
            &json!({})
        ),
        version(
            "2",
            "age: u8, code: string, id: u64",
            &["unique code"],
            &drop_wide
        ),
    ]));
    let row = |id: u64, age: u64| {
        let (code, mail) = (format!("code-of-{age}"), format!("mail-of-{id}"));
        ("users", json!({"id": id, "age": age, "code": code, "mail": mail}))
    };
    store.fill(0, &[row(1, 7), row(2, 300)]);
    let turned: Vec<u8> = b"mail-of-".iter().map(|byte| !byte).collect();
    let secrets: [&[u8]; 3] = [b"mail-of-", &turned, b"code-of-300"];
    let found = |store: &Store| secrets.map(|secret| records_with(&store.small.0, secret));
    assert_eq!(found(&store), [2 + 2, 2, 2]);
    let db = store.open(1).unwrap();
    sweep_and_check(&db, &store.small.0);
    // The row that was taken out is one record, with its mail; the mail of the other one is kept.
    assert_eq!(found(&store), [2, 0, 1]);
    db.forget(&quantadb::Forget::All).unwrap();
    assert_eq!(found(&store), [0, 0, 0]);
    verify(&store.options(1).open("").unwrap());
}

/// Each index with its entries and their bytes.
#[test]
fn f2_indexes_are_counted() {
    let indexes = ["unique mail", "tags[]"];
    let store = Store::new(&json!([
        users("1", &user_fields(), &indexes, &json!({})),
        users("2", &user_fields(), &["tags[] desc"], &json!({})),
    ]));
    let rows = [
        user(1, json!("a"), Json::Null, json!(["t", "u"])),
        user(2, Json::Null, Json::Null, json!(["t"])),
    ];
    store.fill(0, &rows);
    let counted = |version: usize| -> Vec<(String, u64, u64)> {
        let db = store.open(version).unwrap();
        db.sweep().wait().unwrap();
        let inspection = db.inspect().unwrap();
        assert_eq!(inspection.left_over.records, 0);
        let indexes = inspection.tables[0].indexes.iter();
        let counted = indexes.map(|index| (index.name.clone(), index.entries.records, index.entries.bytes));
        counted.collect()
    };
    // Of a mail: area and space, a tag, the text and its end, the row key. Of a tag: no tag in front.
    let (mail, tag) = (5 + 1 + 3 + 2, 5 + 3 + 2);
    let named = |name: &str| name.to_owned();
    assert_eq!(
        counted(0),
        [(named("mail"), 1, mail), (named("tags__"), 3, 3 * tag)]
    );
    assert_eq!(counted(1), [(named("tags___desc"), 3, 3 * tag)]);
}

fn uint(id: u64) -> quantadb::Value {
    quantadb::Value::UInt(id.into())
}
