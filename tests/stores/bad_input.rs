//! Guards what is refused: the text says where and what helps, and the store is as it was, by its digest.

use std::fmt::Debug;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use quanta_storage::{
    Batch, Commit, Durability, Engine as RawEngine, MARKER_KEY, Marker, Memory, StoreId, dump_digest,
};
use quantadb::{Database, Engine, Entities, ErrorKind, OnOlder, Options, QuantaEntity, QuantaType};

use crate::generations::{one, row_one, row_two, three, two};
use crate::support::{Small, custom, filled, rows, sweep_and_check};

/// Makes one generation of a table.
macro_rules! generation {
    ($name:ident { $($fields:tt)* }) => {
        generation! { $name "rows" { $($fields)* } }
    };
    ($name:ident $table:literal { $($fields:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = $table, register = false)]
        struct $name { $($fields)* }
    };
}

/// Checks that opening is refused, that the text holds all of `parts`, and that the old program still reads all.
fn check_refused<O, N>(old: &[O], kind: ErrorKind, parts: &[&str])
where
    O: QuantaEntity + Debug + PartialEq,
    N: QuantaEntity,
    (O,): Entities,
    (N,): Entities,
{
    let engine = filled(old);
    let digest = engine.digest();
    let error = engine.open::<(N,)>().unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert_eq!(engine.digest(), digest, "a refused change changed the store");
    let plan = engine.options::<(N,)>().plan("memory").unwrap();
    let in_plan = plan
        .refusals
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    for part in parts {
        assert!(in_plan.contains(part), "{part:?} is not in the plan\n{in_plan}");
    }
    assert_eq!(engine.digest(), digest, "a plan changed the store");
    let db = engine.open::<(O,)>().unwrap();
    assert_eq!(
        db.collection::<O>()
            .iter()
            .collect::<Result<Vec<O>, _>>()
            .unwrap(),
        old
    );
    assert_eq!(engine.digest(), digest);
}

fn disk_store(path: &Path) {
    let db = Options::new().entities::<(one::Item,)>().open(path).unwrap();
    db.collection::<one::Item>().put(&row_one(1)).unwrap();
}

#[test]
fn a_damaged_marker_is_told_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    disk_store(&path);
    let marker = std::fs::read(path.join("MARKER")).unwrap();
    let mut damaged = marker.clone();
    damaged[30] ^= 1;
    std::fs::write(path.join("MARKER"), damaged).unwrap();
    let error = Options::new().entities::<(one::Item,)>().open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("MARKER is damaged") && text.contains("restore it from a backup"),
        "{text}"
    );
    std::fs::write(path.join("MARKER"), marker).unwrap();
    let db = Options::new().entities::<(one::Item,)>().open(&path).unwrap();
    assert_eq!(db.collection::<one::Item>().get(&1).unwrap(), Some(row_one(1)));
}

#[test]
#[cfg(feature = "sled")]
fn another_engine_is_told_which_one_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    disk_store(&path);
    let error = Options::new()
        .engine(Engine::Sled)
        .entities::<(one::Item,)>()
        .open(&path)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongEngine, "{error}");
    let text = error.to_string();
    assert!(text.contains("fjall") && text.contains("sled"), "{text}");
    let db = Options::new().entities::<(one::Item,)>().open(&path).unwrap();
    assert_eq!(db.marker().engine, "fjall", "the store keeps its engine");
}

#[test]
fn a_newer_format_is_told_with_both_numbers() {
    let memory = Memory::new();
    let mut batch = Batch::new();
    batch.put(
        MARKER_KEY,
        Marker {
            format: 9,
            engine: "memory".to_owned(),
            id: StoreId([7; 16]),
        }
        .encode(),
    );
    assert_eq!(memory.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    let error = Options::new()
        .engine(Engine::Memory(memory))
        .entities::<()>()
        .open("memory")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerFormat, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("format 9") && text.contains("open it with a newer version of quantadb"),
        "{text}"
    );
}

#[test]
fn something_that_is_no_store_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    let error = Options::new().entities::<()>().open(dir.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAStore, "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

fn row_key(engine: &Small, position: usize) -> (Vec<u8>, Vec<u8>) {
    let mut found = Vec::new();
    crate::support::each(
        engine.0.snapshot().unwrap().as_ref(),
        &quanta_storage::KeyRange::prefix(&[0x06]),
        |key, value| {
            found.push((key.to_vec(), value.to_vec()));
        },
    );
    found.swap_remove(position)
}

fn write(engine: &Small, key: &[u8], value: Option<&[u8]>) {
    let mut batch = Batch::new();
    match value {
        Some(value) => batch.put(key, value),
        None => batch.delete(key),
    };
    assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
}

#[test]
fn truncated_rows_are_told_with_table_and_key() {
    let whole = filled(&[row_one(1), row_one(2)]);
    let (key, value) = row_key(&whole, 1);
    // However much is left of it, it is an error with its place and no panic: in the row's own version, and on the
    // way to the next.
    for length in 0..value.len() {
        let engine = whole.duplicate();
        write(&engine, &key, Some(&value[..length]));
        let db = engine.open::<(one::Item,)>().unwrap();
        let items = db.collection::<one::Item>();
        assert_eq!(items.get(&1).unwrap(), Some(row_one(1)));
        check_damage(&items.get(&2).unwrap_err(), length);
        check_damage(&items.iter().nth(1).unwrap().unwrap_err(), length);
        drop(items);
        drop(db);
        let db = engine.open::<(two::Item,)>().unwrap();
        let items = db.collection::<two::Item>();
        assert_eq!(items.get(&1).unwrap(), Some(row_two(1)));
        check_damage(&items.get(&2).unwrap_err(), length);
        check_damage(&items.put(&row_two(2)).unwrap_err(), length);
        check_damage(&db.sweep().wait().unwrap_err(), length);
        assert_eq!(
            row_key(&engine, 1).1,
            value[..length],
            "a damaged row was written over"
        );
    }
}

fn check_damage(error: &quantadb::Error, length: usize) {
    assert_eq!(error.kind(), ErrorKind::Corrupt, "cut to {length}: {error}");
    let text = error.to_string();
    assert!(text.contains("table items"), "cut to {length}: {text}");
    assert!(text.contains("row 2 ") || length == 0, "cut to {length}: {text}");
}

#[test]
fn damaged_rows_never_panic() {
    // Every byte in turn is another one: an error with its place, or another value, and never a panic.
    let whole = filled(&[row_one(1), row_one(2)]);
    let (key, value) = row_key(&whole, 1);
    for position in 1..value.len() {
        for change in [0x01, 0x80, 0xff] {
            let engine = whole.duplicate();
            let mut damaged = value.clone();
            damaged[position] ^= change;
            write(&engine, &key, Some(&damaged));
            let db = engine.open::<(two::Item,)>().unwrap();
            let items = db.collection::<two::Item>();
            if let Err(error) = items.get(&2) {
                check_damage(&error, position);
            }
            if let Err(error) = db.sweep().wait() {
                check_damage(&error, position);
            }
        }
    }
}

#[test]
fn an_unknown_version_stamp_is_told_with_the_ones_known() {
    let engine = filled(&[row_one(1)]);
    let (key, mut value) = row_key(&engine, 0);
    value[0] = 9;
    write(&engine, &key, Some(&value));
    let db = engine.open::<(one::Item,)>().unwrap();
    let error = db.collection::<one::Item>().get(&1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let text = error.to_string();
    assert!(text.contains("row 1 of table items"), "{text}");
    assert!(
        text.contains("the table is at version 1 and no row should be at 9"),
        "{text}"
    );
}

#[test]
fn damaged_catalogues_are_told_and_left() {
    let whole = filled(&[row_one(1)]);
    drop(whole.open::<(two::Item,)>().unwrap());
    for (key, place) in [(&[0x01][..], "the head"), (&[0x02], "the epoch")] {
        for value in [None, Some(&b""[..]), Some(b"\xff\xff\xff\xff\xff")] {
            let engine = whole.duplicate();
            write(&engine, key, value);
            let digest = engine.digest();
            let error = engine.open::<(two::Item,)>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
            assert!(error.to_string().contains(place), "{error}");
            assert_eq!(engine.digest(), digest);
        }
    }
}

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
fn d17_a_rename_that_nobody_declared_is_refused() {
    generation! { Old { #[quanta(id)] id: u8, phone: String } }
    generation! { New { #[quanta(id)] id: u8, telephone: String } }
    let old = [Old {
        id: 1,
        phone: "1".to_owned(),
    }];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.telephone",
            "`phone`",
            "% similar",
            "#[quanta(renamed_from = \"phone\")]",
            "#[quanta(new)]",
        ],
    );
    // Both ways out that were printed work.
    generation! { Renamed { #[quanta(id)] id: u8, #[quanta(renamed_from = "phone")] telephone: String } }
    let engine = filled(&old);
    let db = engine.open::<(Renamed,)>().unwrap();
    assert_eq!(
        db.collection::<Renamed>().get(&1).unwrap(),
        Some(Renamed {
            id: 1,
            telephone: "1".to_owned()
        })
    );
    generation! { Fresh { #[quanta(id)] id: u8, #[quanta(new)] telephone: String } }
    let engine = filled(&old);
    let db = engine.open::<(Fresh,)>().unwrap();
    assert_eq!(
        db.collection::<Fresh>().get(&1).unwrap(),
        Some(Fresh {
            id: 1,
            telephone: String::new()
        })
    );
}

#[test]
fn d17_in_an_embedded_type() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    struct Home {
        town: String,
    }
    mod new {
        #[derive(quantadb::QuantaType, Debug, Clone, PartialEq)]
        pub struct Home {
            pub city: String,
        }
    }
    generation! { Old { #[quanta(id)] id: u8, home: Option<Home> } }
    generation! { New { #[quanta(id)] id: u8, home: Option<new::Home> } }
    let old = [Old {
        id: 1,
        home: Some(Home { town: "A".to_owned() }),
    }];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.home.city",
            "`town`",
            "#[quanta(renamed_from = \"town\")]",
            "#[quanta(new)]",
        ],
    );
}

#[test]
fn d17_a_table_that_may_be_renamed() {
    generation! { Old "users" { #[quanta(id)] id: u8, name: String, mail: String } }
    generation! { New "people" { #[quanta(id)] id: u8, name: String, phone: String } }
    let old = [Old {
        id: 1,
        name: "a".to_owned(),
        mail: "b".to_owned(),
    }];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &[
            "people",
            "users has no entity any more",
            "#[quanta(renamed_from = \"users\")]",
            "#[quanta(new)]",
        ],
    );
}

#[test]
fn e2_e3_conversions_that_fail_are_listed_with_keys_and_counts() {
    generation! { Old { #[quanta(id)] id: u8, age: String, size: u32, rate: f64 } }
    generation! { New { #[quanta(id)] id: u8, age: u8, size: u8, rate: i32 } }
    let row = |id: u8, age: &str, size: u32, rate: f64| Old {
        id,
        age: age.to_owned(),
        size,
        rate,
    };
    let old = [
        row(1, "42", 1, 1.0),
        row(2, "old", 300, 2.0),
        row(3, "", 4, 0.5),
        row(4, "256", 5, f64::INFINITY),
    ];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &["rows.age: ", "2: \"old\" is no u8", "rows.size: "][..2],
    );
    // Failures of different fields in different rows are all counted.
    generation! { Age { #[quanta(id)] id: u8, age: u8, size: u32, rate: f64 } }
    check_refused::<Old, Age>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.age: 3 rows don't fit",
            "\n    2: \"old\" is no u8",
            "\n    3: \"\" is no u8",
            "\n    4: \"256\" is no u8",
            "fix: ",
        ],
    );
    generation! { Size { #[quanta(id)] id: u8, age: String, size: u8, rate: f64 } }
    check_refused::<Old, Size>(
        &old,
        ErrorKind::Refused,
        &["rows.size: 1 rows don't fit", "\n    2: 300 is no u8"],
    );
    generation! { Rate { #[quanta(id)] id: u8, age: String, size: u32, rate: i32 } }
    check_refused::<Old, Rate>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.rate: 2 rows don't fit",
            "\n    3: 0.5 is no i32",
            "\n    4: inf is no i32",
        ],
    );
}

#[test]
fn e2_a_narrowed_key_that_does_not_fit() {
    generation! { Old { #[quanta(id)] id: u32, a: u8 } }
    generation! { New { #[quanta(id)] id: u8, a: u8 } }
    let old = [Old { id: 1, a: 1 }, Old { id: 256, a: 2 }];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &["rows.id: 1 rows don't fit", "\n    256: 256 is no u8"],
    );
}

#[test]
fn failures_beyond_the_first_are_counted() {
    generation! { Old { #[quanta(id)] id: u32, a: u16 } }
    generation! { New { #[quanta(id)] id: u32, a: u8 } }
    let old: Vec<Old> = (0..25).map(|id| Old { id, a: 1000 }).collect();
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &["rows.a: 25 rows don't fit", "\n    0: 1000", "and 15 more"],
    );
}

#[test]
fn e5_required_with_nones_is_refused() {
    generation! { Old { #[quanta(id)] id: u8, a: Option<String> } }
    generation! { New { #[quanta(id)] id: u8, a: String } }
    let old = [
        Old {
            id: 1,
            a: Some("x".to_owned()),
        },
        Old { id: 2, a: None },
    ];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.a: 1 rows don't fit",
            "\n    2: none where a value is required",
        ],
    );
}

#[test]
fn e8_an_enum_from_text_with_unknown_names() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    enum Switch {
        Off,
        On,
    }
    generation! { Old { #[quanta(id)] id: u8, a: String } }
    generation! { New { #[quanta(id)] id: u8, a: Switch } }
    let row = |id: u8, a: &str| Old { id, a: a.to_owned() };
    let _ = (Switch::Off, Switch::On);
    check_refused::<Old, New>(
        &[row(1, "On"), row(2, "on"), row(3, "Off")],
        ErrorKind::Refused,
        &["rows.a: 1 rows don't fit", "\n    2: \"on\" is none of Off, On"],
    );
}

#[test]
fn c6_a_variant_in_use_is_counted() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    enum Kind {
        Cat,
        Dog(u8),
    }
    mod new {
        #[derive(quantadb::QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind {
            Cat,
        }
    }
    let _ = new::Kind::Cat;
    generation! { Old { #[quanta(id)] id: u8, a: Vec<Kind> } }
    generation! { New { #[quanta(id)] id: u8, a: Vec<new::Kind> } }
    let old = [
        Old {
            id: 1,
            a: vec![Kind::Cat],
        },
        Old {
            id: 2,
            a: vec![Kind::Cat, Kind::Dog(1)],
        },
    ];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &["1 rows don't fit", "\n    2: the variant `Dog` is gone"],
    );
    // Where no row has it, it goes.
    let engine = filled(&old[..1]);
    let db = engine.open::<(New,)>().unwrap();
    assert_eq!(
        db.collection::<New>().get(&1).unwrap(),
        Some(New {
            id: 1,
            a: vec![new::Kind::Cat]
        })
    );
}

#[test]
fn b11_a_new_required_field_without_a_default() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    enum Kind {
        Cat,
    }
    generation! { Old { #[quanta(id)] id: u8 } }
    generation! { New { #[quanta(id)] id: u8, kind: Kind, at: std::time::SystemTime } }
    let _ = Kind::Cat;
    check_refused::<Old, New>(
        &[Old { id: 1 }],
        ErrorKind::Refused,
        &[
            "rows.kind: the new field `kind` of type enum",
            "rows.at: ",
            "#[quanta(default = ..)] at `kind`",
            "kind: Option<..>",
        ],
    );
}

#[test]
fn e14_types_that_do_not_convert() {
    generation! { Old { #[quanta(id)] id: u8, a: IpAddr } }
    generation! { New { #[quanta(id)] id: u8, a: bool } }
    let a = "127.0.0.1".parse().unwrap();
    check_refused::<Old, New>(
        &[Old { id: 1, a }],
        ErrorKind::Refused,
        &[
            "rows.a: there is no conversion from ip to bool",
            "fix: #[quanta(convert_with = path::to::function)] at `a`",
            "init_with",
        ],
    );
}

#[test]
fn k8_an_older_program_is_refused_with_an_account_of_every_field() {
    let engine = filled(&[row_one(1), row_one(2)]);
    sweep_and_check(&engine.open::<(two::Item,)>().unwrap(), &engine);
    let digest = engine.digest();
    let error = engine.open::<(one::Item,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Older, "{error}");
    let text = error.to_string();
    for part in [
        "table items is at version 2, and this program knows version 1",
        "rename items.name from nick",
        "change items.age from u8 to u32",
        "drop items.note: option<string>; its values are kept",
        "change items.score from f64 to f32",
        "add items.rank: u8",
        "add items.home.city: string",
        "OnOlder::RollBack",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert!(error.plan().is_some());
    assert_eq!(engine.digest(), digest);
    let db = engine
        .options::<(one::Item,)>()
        .on_older(OnOlder::RollBack)
        .open("memory")
        .unwrap();
    assert_eq!(rows::<one::Item>(&db).len(), 2);
    assert_eq!(db.collection::<one::Item>().get(&2).unwrap(), Some(row_one(2)));
}

#[test]
fn a_held_store_is_refused_with_the_way_out() {
    let engine = filled(&[row_one(1)]);
    engine.open::<(two::Item,)>().unwrap().rollback(1).unwrap();
    let digest = engine.digest();
    let error = engine.open::<(two::Item,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Held, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("holds items where it stands") && text.contains("Options::release_hold()"),
        "{text}"
    );
    assert_eq!(engine.digest(), digest);
    let plan = engine.options::<(two::Item,)>().plan("memory").unwrap();
    assert!(plan.to_string().contains("Options::release_hold()"), "{plan}");
    let db = engine
        .options::<(two::Item,)>()
        .release_hold()
        .open("memory")
        .unwrap();
    assert_eq!(db.collection::<two::Item>().get(&1).unwrap(), Some(row_two(1)));
}

#[test]
fn a_rollback_that_does_not_fit_is_refused_and_nothing_is_changed() {
    let engine = filled(&[row_one(1), row_one(2), row_one(3)]);
    let db = engine.open::<(two::Item,)>().unwrap();
    db.collection::<two::Item>()
        .update(&2, |row| row.age = 1000)
        .unwrap();
    db.collection::<two::Item>()
        .update(&3, |row| row.tags = vec![1, 70_000])
        .unwrap();
    let digest = engine.digest();
    let other = db.clone();
    let error = db.rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    let text = error.to_string();
    for part in [
        "items.age",
        "1 rows don't fit",
        "\n    2: 1000 is no u8",
        "items.tags[]",
        "\n    3: 70000 is no u16",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert_eq!(engine.digest(), digest);
    assert_eq!(
        other.collection::<two::Item>().get(&2).unwrap().unwrap().age,
        1000,
        "the other handle goes on"
    );
    other
        .collection::<two::Item>()
        .update(&2, |row| row.age = 2)
        .unwrap();
    other
        .collection::<two::Item>()
        .update(&3, |row| row.tags = vec![3])
        .unwrap();
    other.rollback(1).unwrap();
    let db = engine.open::<(one::Item,)>().unwrap();
    assert_eq!(db.collection::<one::Item>().get(&2).unwrap().unwrap().age, 2);
}

#[test]
fn revisions_that_are_not_there_are_refused() {
    let engine = filled(&[row_one(1)]);
    let digest = engine.digest();
    let db = engine.open::<(one::Item,)>().unwrap();
    let error = db.clone().rollback(5).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(
        error.to_string().contains("there is no going back by 5"),
        "{error}"
    );
    let error = db.migrate_to(77).unwrap_err();
    assert!(error.to_string().contains("no revision 77"), "{error}");
    assert_eq!(engine.digest(), digest);
}

#[test]
fn n1_a_plan_counts_exactly_and_changes_nothing() {
    let engine = filled(&(0..10).map(row_one).collect::<Vec<_>>());
    let digest = engine.digest();
    let plan = engine.options::<(two::Item,)>().plan("memory").unwrap();
    assert_eq!(engine.digest(), digest);
    assert!(plan.refusals.is_empty(), "{plan}");
    let [table] = plan.tables.as_slice() else {
        panic!("one table changes: {plan}")
    };
    assert_eq!(table.rows_checked, Some(10));
    let losses: Vec<(&str, Option<u64>)> = table
        .losses
        .iter()
        .map(|loss| (loss.step.as_str(), loss.rows))
        .collect();
    // Some notes are none; a score that some f32 holds loses nothing.
    let notes = (0..10).filter(|id| row_one(*id).note.is_some()).count() as u64;
    let is_rounded = |id: &u64| row_one(*id).score.to_bits() != f64::from(row_two(*id).score).to_bits();
    let scores = (0..10).filter(is_rounded).count() as u64;
    assert_eq!(
        losses,
        [
            ("change items.score from f64 to f32", Some(scores)),
            (
                "drop items.note: option<string>; its values are kept",
                Some(notes)
            ),
        ]
    );
    // Nothing of it is hidden: the report of the open names every loss.
    let db = engine.open::<(two::Item,)>().unwrap();
    let report = db.open_report().to_string();
    assert!(
        report.contains("kept: drop items.note") && report.contains("kept: change items.score"),
        "{report}"
    );
}

#[test]
fn n1_a_plan_counts_only_what_this_change_loses() {
    generation! { First { #[quanta(id)] id: u8, a: String, b: u8, many: Vec<Part> } }
    generation! { Second { #[quanta(id)] id: u8, b: u8, many: Vec<Part> } }
    generation! { Third { #[quanta(id)] id: u8, many: Vec<Less> } }
    generation! { Eager { #[quanta(id)] id: u8, many: Vec<Less>, #[quanta(init_with = always)] c: u8 } }
    fn always(_: &quantadb::OldRow<'_>) -> u8 {
        1
    }
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    struct Part {
        size: u8,
        label: String,
    }
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    struct Less {
        size: u8,
    }
    let part = |label: &str| Part {
        size: 1,
        label: label.to_owned(),
    };
    let row = |id: u8, b: u8, many: Vec<Part>| First {
        id,
        a: "x".to_owned(),
        b,
        many,
    };
    let first = [
        row(1, 0, vec![]),
        row(2, 5, vec![part("")]),
        row(3, 0, vec![part(""), part("x")]),
    ];
    let engine = filled(&first);
    drop(engine.open::<(Second,)>().unwrap());
    // The rows are still at the first version: what they lose on the way to the second was told then.
    let expected = [
        (
            "drop rows.many[].label: string; its values are kept".to_owned(),
            Some(1),
        ),
        ("drop rows.b: u8; its values are kept".to_owned(), Some(1)),
    ];
    let losses = |plan: &quantadb::Plan| {
        let losses = plan.tables.iter().flat_map(|table| &table.losses);
        losses
            .map(|loss| (loss.step.clone(), loss.rows))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        losses(&engine.options::<(Third,)>().plan("memory").unwrap()),
        expected
    );
    // Eager work has seen every row, so that its report counts too.
    let db = engine.open::<(Eager,)>().unwrap();
    assert_eq!(losses(&db.open_report().plan), expected);
}

#[test]
fn n1_a_lazy_change_inside_of_a_map_or_array_looks_at_no_row() {
    use std::collections::BTreeMap;
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    struct Inner {
        x: u8,
    }
    mod new {
        #[derive(quantadb::QuantaType, Debug, Clone, PartialEq)]
        pub struct Inner {
            pub x: u16,
            pub y: bool,
        }
    }
    generation! { Old { #[quanta(id)] id: u8, a: BTreeMap<String, Inner>, b: [Inner; 2], c: BTreeMap<u8, u8> } }
    generation! { New { #[quanta(id)] id: u8, a: BTreeMap<String, new::Inner>, b: [new::Inner; 2], c: BTreeMap<u16, u16> } }
    let a = [("k".to_owned(), Inner { x: 1 })].into();
    let engine = filled(&[Old {
        id: 1,
        a,
        b: [Inner { x: 2 }, Inner { x: 3 }],
        c: [(4, 5)].into(),
    }]);
    let db = engine.open::<(New,)>().unwrap();
    assert_eq!(db.open_report().spans.rows_checked, 0, "{}", db.open_report());
    let inner = |x| new::Inner { x, y: false };
    let row = New {
        id: 1,
        a: [("k".to_owned(), inner(1))].into(),
        b: [inner(2), inner(3)],
        c: [(4, 5)].into(),
    };
    assert_eq!(db.collection::<New>().get(&1).unwrap(), Some(row));
}

#[test]
fn n1_a_plan_of_a_store_that_is_not_there_makes_none() {
    let memory = Memory::new();
    let options = || {
        Options::new()
            .engine(Engine::Memory(memory.clone()))
            .entities::<(one::Item,)>()
    };
    let plan = options().plan("memory").unwrap();
    assert!(plan.to_string().contains("create table items"), "{plan}");
    let error = options().read_only().open("memory").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
    let mut records = 0;
    crate::support::each(
        memory.snapshot().unwrap().as_ref(),
        &quanta_storage::KeyRange::all(),
        |_, _| records += 1,
    );
    assert_eq!(records, 0);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let plan = Options::new().entities::<(one::Item,)>().plan(&path).unwrap();
    assert!(plan.to_string().contains("create table items"), "{plan}");
    assert!(!path.exists());
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
    for _ in 0..2 {
        let error = items.put(&row_one(2)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
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
        assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
        fails += 1;
        let db = engine.open::<(two::Item,)>().unwrap();
        assert_eq!(rows::<two::Item>(&db).len(), 9);
        sweep_and_check(&db, &engine);
        drop(db);
        sweep_and_check(&engine.open::<(three::Item,)>().unwrap(), &engine);
    }
    assert!(fails > 5, "the change makes {fails} writes");
}
