//! Writes that are refused, or fail, and entities that don't go with the store.

use super::*;

#[test]
fn keys_and_rows_over_their_limits_are_told_with_both_sizes() {
    generation! { Text { #[quanta(id)] id: String, body: Vec<u8> } }
    let engine = Small::default();
    let db = engine.open::<(Text,)>().unwrap();
    let texts = db.collection::<Text>();
    let digest = engine.digest();
    let long = Text {
        id: "k".repeat(3000),
        body: Vec::new(),
    };
    let large = Text {
        id: "large".to_owned(),
        body: vec![7; 16 * 1024 * 1024 + 1],
    };
    for (row, what, limit) in [
        (&long, "the key of row", "2048"),
        (&large, "the value of row \"large\"", "16777216"),
    ] {
        for error in [texts.insert(row).unwrap_err(), texts.put(row).unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
            let text = error.to_string();
            assert!(
                text.contains(what) && text.contains("of table rows") && text.contains(limit),
                "{text}"
            );
            assert!(
                text.len() < 500,
                "the error repeats the key: {} bytes",
                text.len()
            );
        }
    }
    assert_eq!(engine.digest(), digest);
    assert_eq!(
        texts.get(&long.id).unwrap(),
        None,
        "what can't be stored is not there"
    );
}

#[test]
fn a_transaction_over_its_limit_writes_nothing() {
    generation! { Text { #[quanta(id)] id: u8, body: Vec<u8> } }
    let engine = Small::default();
    let db = engine.open::<(Text,)>().unwrap();
    let digest = engine.digest();
    let error = db
        .write(|tx| {
            (0..5).try_for_each(|id| {
                tx.collection::<Text>().put(&Text {
                    id,
                    body: vec![7; 16_000_000],
                })
            })
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionTooLarge, "{error}");
    assert!(
        error.to_string().contains("67108864") && error.to_string().contains("split it"),
        "{error}"
    );
    assert_eq!(engine.digest(), digest);
}

#[test]
fn a_key_that_exists_is_named() {
    let engine = filled(&[row_one(1)]);
    let db = engine.open::<(one::Item,)>().unwrap();
    let error = db.collection::<one::Item>().insert(&row_one(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyExists, "{error}");
    assert_eq!(
        error.to_string(),
        "row 1 of table items exists: use put to replace it"
    );
}

#[test]
fn a_struct_of_another_generation_is_refused() {
    let engine = filled(&[row_one(1)]);
    let db = engine.open::<(one::Item,)>().unwrap();
    let digest = engine.digest();
    let errors = [
        db.collection::<two::Item>().get(&1).unwrap_err(),
        db.collection::<two::Item>().put(&row_two(1)).unwrap_err(),
        db.collection::<two::Item>().iter().next().unwrap().unwrap_err(),
        db.write(|tx| tx.collection::<two::Item>().put(&row_two(1)))
            .unwrap_err(),
        db.read().unwrap().collection::<two::Item>().get(&1).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Declaration, "{error}");
        let text = error.to_string();
        assert!(
            text.contains("two::Item") && text.contains("items") && text.contains("Options::entities"),
            "{text}"
        );
    }
    assert_eq!(engine.digest(), digest);
}

#[test]
fn an_entity_that_was_not_opened_is_refused() {
    generation! { Other "others" { #[quanta(id)] id: u8 } }
    let engine = filled(&[row_one(1)]);
    let db = engine.open::<(one::Item,)>().unwrap();
    let error = db.collection::<Other>().get(&1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains("others"), "{error}");
}

#[test]
fn two_entities_of_one_table_are_both_named() {
    let engine = Small::default();
    let error = engine.open::<(one::Item, two::Item)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Declaration, "{error}");
    let text = error.to_string();
    assert!(text.contains("one::Item") && text.contains("two::Item"), "{text}");
    assert!(text.contains("both declare the table items"), "{text}");
    assert_eq!(engine.digest(), Small::default().digest());
}

#[test]
fn a_failed_write_stops_writing_until_the_store_is_opened_again() {
    use quanta_storage::faults::{Fault, Faulty};
    let engine = filled(&[row_one(1)]);
    let faulty = Faulty::new(Arc::new(engine.clone()));
    let db: Database = custom(Arc::new(faulty.clone()))
        .entities::<(one::Item,)>()
        .open("memory")
        .unwrap();
    faulty.inject(Fault::Fail {
        writes: faulty.writes(),
        kind: quanta_storage::ErrorKind::DiskFull,
    });
    let items = db.collection::<one::Item>();
    let digest = dump_digest(engine.0.snapshot().unwrap().as_ref()).unwrap();
    for kind in [ErrorKind::DiskFull, ErrorKind::Storage] {
        let error = items.put(&row_one(2)).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    assert_eq!(items.get(&1).unwrap(), Some(row_one(1)), "reads go on");
    assert_eq!(engine.digest(), digest);
    engine
        .open::<(one::Item,)>()
        .unwrap()
        .collection::<one::Item>()
        .put(&row_one(2))
        .unwrap();
}

#[test]
fn l2_a_full_disk_during_eager_work_leaves_the_old_state() {
    use quanta_storage::faults::{Fault, Faulty};
    let engine = filled(&(0..9).map(row_one).collect::<Vec<_>>());
    drop(engine.open::<(two::Item,)>().unwrap());
    let mut fails = 0;
    for writes in 0.. {
        let engine = engine.duplicate();
        let faulty = Faulty::new(Arc::new(engine.clone()));
        faulty.inject(Fault::Fail {
            writes,
            kind: quanta_storage::ErrorKind::DiskFull,
        });
        let Err(error) = custom(Arc::new(faulty))
            .entities::<(three::Item,)>()
            .open("memory")
        else {
            break;
        };
        assert_eq!(error.kind(), ErrorKind::DiskFull, "{error}");
        fails += 1;
        let db = engine.open::<(two::Item,)>().unwrap();
        assert_eq!(rows::<two::Item>(&db).len(), 9);
        sweep_and_check(&db, &engine);
        drop(db);
        sweep_and_check(&engine.open::<(three::Item,)>().unwrap(), &engine);
    }
    assert!(fails > 5, "the change makes {fails} writes");
}
