//! Guards writes of many rows: all or nothing in one transaction, and loads that say where they stopped.

use std::sync::Arc;

use quantadb::{Engine, ErrorKind, Load, LoadReport, OnExisting, Options, QuantaEntity, Value};

use crate::support::{BATCH_ROWS, Small, all, custom, verify};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "items", register = false)]
struct Item {
    #[quanta(id)]
    id: u64,
    #[quanta(unique)]
    name: String,
    body: Vec<u8>,
}

fn item(id: u64) -> Item {
    Item {
        id,
        name: format!("n{id}"),
        body: Vec::new(),
    }
}

fn open(engine: &Small) -> quantadb::Database {
    engine.open::<(Item,)>().unwrap()
}

#[test]
fn many_rows_are_one_transaction() {
    let engine = Small::default();
    let db = open(&engine);
    let items = db.collection::<Item>();
    assert_eq!(items.insert_many((0..10).map(item)).unwrap(), 10);
    let digest = engine.digest();
    // The last one exists, or has a name that another one has.
    let error = items.insert_many(&[item(20), item(21), item(3)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyExists);
    let twin = Item { id: 22, ..item(4) };
    let error = items.insert_many([item(20), twin.clone()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotUnique, "{error}");
    let error = items.put_many([item(20), twin]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotUnique, "{error}");
    assert_eq!(engine.digest(), digest);
    assert_eq!(items.put_many([&item(9), &item(10)]).unwrap(), 2);
    assert_eq!(items.delete_many(&[0, 1, 0, 77]).unwrap(), 2);
    assert_eq!(items.insert_many(Vec::<Item>::new()).unwrap(), 0);
    assert_eq!(all::<Item>(&db), (2..11).map(item).collect::<Vec<_>>());
    verify(&db);
}

#[test]
fn many_rows_within_a_transaction_end_with_it() {
    let engine = Small::default();
    let db = open(&engine);
    let result: quantadb::Result<()> = db.write(|tx| {
        let items = tx.collection::<Item>();
        items.insert_many((0..5).map(item))?;
        items.delete_many(&[1])?;
        items.put_many([item(5)])?;
        assert_eq!(items.iter().count(), 5);
        items.insert_many([item(0)]).map(drop)
    });
    assert_eq!(result.unwrap_err().kind(), ErrorKind::KeyExists);
    assert_eq!(all::<Item>(&db), []);
}

#[test]
fn many_values_are_one_transaction() {
    let engine = Small::default();
    let db = open(&engine);
    let table = db.table("items").unwrap();
    let value = |id: u64, name: &str| {
        let json = serde_json::json!({ "id": id, "name": name, "body": "" });
        table.from_json(&json).unwrap()
    };
    assert_eq!(table.insert_many([value(1, "a"), value(2, "b")]).unwrap(), 2);
    let error = table.insert_many([value(3, "c"), value(2, "d")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyExists);
    assert_eq!(table.len().unwrap(), 2);
    assert_eq!(table.put_many(&[value(2, "z"), value(4, "d")]).unwrap(), 2);
    assert_eq!(
        table
            .delete_many([Value::from(1_u64), Value::from(9_u64)])
            .unwrap(),
        1
    );
    db.write(|tx| {
        let table = tx.table("items")?;
        table.insert_many([value(5, "e")])?;
        table.put_many([value(5, "f")])?;
        table.delete_many([Value::from(2_u64)])
    })
    .unwrap();
    let names: Vec<String> = all::<Item>(&db).into_iter().map(|item| item.name).collect();
    assert_eq!(names, ["d", "f"]);
}

#[test]
fn more_than_a_transaction_holds_is_refused_and_names_load() {
    let db = Options::new()
        .engine(Engine::memory())
        .entities::<(Item,)>()
        .open("memory")
        .unwrap();
    let items = db.collection::<Item>();
    let large = || {
        (0..5).map(|id| Item {
            body: vec![7; 15_000_000],
            ..item(id)
        })
    };
    let error = items.insert_many(large()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionTooLarge);
    assert!(error.to_string().contains("`load`"), "{error}");
    assert!(items.is_empty().unwrap());
    let report = items.load(large()).unwrap();
    assert_eq!((report.rows, report.transactions), (5, 5));
    assert_eq!(items.len().unwrap(), 5);
}

#[test]
fn a_load_says_what_it_wrote_and_where_it_stopped() {
    let engine = Small::default();
    let db = open(&engine);
    let items = db.collection::<Item>();
    items.insert(&item(100)).unwrap();
    // Each row makes two records: its own, and the entry of its name. So a row fills a batch of two.
    assert_eq!(BATCH_ROWS, 2);
    let mut seen = Vec::new();
    let mut progress = |so_far: &LoadReport| seen.push(so_far.rows);
    let rows = (97..105).map(|id| Ok::<_, String>(item(id)));
    let error = items
        .load_with(Load::new().progress(&mut progress), rows)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyExists);
    let report = error.load_report().unwrap();
    assert_eq!(
        (report.rows, report.transactions, report.stopped_at),
        (3, 3, Some(3))
    );
    assert_eq!(
        error.to_string(),
        "row 3 of those to load, counted from 0: row 100 of table items exists: use put to replace it; the \
         first 3 are written"
    );
    assert_eq!(seen, [1, 2, 3]);
    assert_eq!(items.len().unwrap(), 4);
    let again = Load::new().on_existing(OnExisting::Replace);
    let report = items
        .load_with(again, (97..105).map(|id| Ok::<_, String>(item(id))))
        .unwrap();
    assert_eq!((report.rows, report.stopped_at), (8, None));
    assert_eq!(items.len().unwrap(), 8);
    verify(&db);
}

#[test]
fn a_source_that_fails_stops_a_load() {
    let engine = Small::default();
    let db = open(&engine);
    let table = db.table("items").unwrap();
    let rows = ["1", "2", "x", "4"].map(|text| {
        let id: u64 = text.parse()?;
        let json = serde_json::json!({ "id": id, "name": text, "body": "" });
        table
            .from_json(&json)
            .map_err(Box::<dyn std::error::Error + Send + Sync>::from)
    });
    let error = table.load_with(Load::new(), rows).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.to_string().contains("invalid digit"), "{error}");
    assert_eq!(error.load_report().unwrap().stopped_at, Some(2));
    assert_eq!(table.len().unwrap(), 2);
}

#[test]
fn a_store_for_reading_refuses_a_load_before_the_first_row() {
    let engine = Small::default();
    drop(open(&engine));
    let db = custom(Arc::new(engine.clone()))
        .entities::<(Item,)>()
        .read_only()
        .open("memory")
        .unwrap();
    let mut taken = 0;
    let rows = (0..3).map(|id| {
        taken += 1;
        item(id)
    });
    let error = db.collection::<Item>().load(rows).unwrap_err();
    assert_eq!((error.kind(), taken), (ErrorKind::ReadOnly, 0));
}
