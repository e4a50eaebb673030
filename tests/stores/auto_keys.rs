//! Keys that the store gives out.

use std::sync::Arc;

use quanta_storage::{Batch, Commit, Durability, Engine as _};
use quantadb::{ErrorKind, FindingCode, MigrationTables, QuantaEntity, Result, Value, migration};

use super::counting::Counting;
use super::support::{Small, all, custom, verify};

/// Declares notes whose keys are given out.
macro_rules! note {
    ($name:ident, $key:ty, $attr:meta) => {
        #[derive(QuantaEntity, Debug, Clone, Default, PartialEq)]
        #[quanta(register = false, lock = "off")]
        #[$attr]
        struct $name {
            #[quanta(id, auto)]
            id: $key,
            text: String,
        }
    };
}

note!(Note, u64, quanta(table = "notes"));
note!(Small8, u8, quanta(table = "notes"));
note!(Signed, i16, quanta(table = "notes"));
note!(Renamed, u64, quanta(table = "papers", renamed_from = "notes"));

/// The same table, whose keys the program gives.
#[derive(QuantaEntity, Debug, Clone, Default, PartialEq)]
#[quanta(register = false, lock = "off", table = "notes")]
struct Plain {
    #[quanta(id)]
    id: u64,
    text: String,
}

fn note(id: u64) -> Note {
    Note {
        id,
        text: String::new(),
    }
}

fn add(db: &quantadb::Database) -> u64 {
    db.collection::<Note>().add(Note::default()).unwrap().id
}

/// The record of a table's counter is looked for by the first write, and by no read.
#[test]
fn a_counter_is_read_where_it_may_move() {
    let engine = Counting::default();
    let open = || {
        let options = custom(Arc::new(engine.clone())).entities::<(Plain,)>();
        options.open("memory").unwrap()
    };
    let db = open();
    let notes = db.collection::<Plain>();
    engine.take();
    assert_eq!(notes.get(&1).unwrap(), None);
    assert_eq!(notes.iter().count(), 0);
    assert_eq!(engine.take().counters, 0);
    for (id, reads) in [(1, 1), (2, 0), (3, 0)] {
        let text = String::new();
        notes.put(&Plain { id, text }).unwrap();
        assert_eq!(engine.take().counters, reads, "the write of {id}");
    }
}

#[test]
fn numbers_are_never_given_out_twice() {
    let engine = Small::default();
    let db = engine.open::<(Note,)>().unwrap();
    let notes = db.collection::<Note>();
    assert_eq!([add(&db), add(&db), add(&db)], [1, 2, 3]);
    notes.delete(&3).unwrap();
    assert_eq!(add(&db), 4);
    // What is given up leaves no row, and its numbers were nobody's.
    let failed = db.write(|tx| {
        assert_eq!(tx.collection::<Note>().add(Note::default())?.id, 5);
        assert_eq!(tx.collection::<Note>().add(Note::default())?.id, 6);
        tx.collection::<Note>().insert(&note(1))
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::KeyExists);
    assert_eq!(add(&db), 5);
    for id in 1..=5 {
        notes.delete(&id).unwrap();
    }
    drop((notes, db));
    let db = engine.open::<(Note,)>().unwrap();
    assert_eq!(add(&db), 6, "the store was opened again");
    verify(&db);
}

#[test]
fn keys_that_are_written_move_the_counter() {
    let db = Small::default().open::<(Note,)>().unwrap();
    let notes = db.collection::<Note>();
    notes.insert(&note(10)).unwrap();
    assert_eq!(add(&db), 11);
    notes.put(&note(20)).unwrap();
    notes.delete(&20).unwrap();
    assert_eq!(add(&db), 21);
    notes.update(&21, |note| note.id = 30).unwrap();
    notes.insert(&note(5)).unwrap();
    assert_eq!(add(&db), 31);
    // Also by who knows nothing of counters.
    let table = db.table("notes").unwrap();
    let row = table
        .from_json(&serde_json::json!({"id": 40, "text": ""}))
        .unwrap();
    table.insert(&row).unwrap();
    table.delete(&Value::from(40_u64)).unwrap();
    assert_eq!(add(&db), 41);
    verify(&db);
}

#[test]
fn a_row_says_whether_it_has_a_key() {
    let db = Small::default().open::<(Note,)>().unwrap();
    let notes = db.collection::<Note>();
    let expected = "a row of table notes has no key yet, and its keys are given out: use add, which sets it";
    notes.insert(&note(1)).unwrap();
    let errors = [
        notes.insert(&note(0)).unwrap_err(),
        notes.put(&note(0)).unwrap_err(),
        notes.update(&1, |note| note.id = 0).unwrap_err(),
        db.write(|tx| tx.collection().insert(&note(0))).unwrap_err(),
        db.write(|tx| tx.collection().put(&note(0))).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Value, expected)
        );
    }
    let expected =
        "a row of table notes that is added has a key already: use insert to keep it, or leave it 0 or nil";
    let error = notes.add(note(7)).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Value, expected)
    );
    assert_eq!(all::<Note>(&db), [note(1)]);
}

#[test]
fn numbers_end_with_their_type() {
    let db = Small::default().open::<(Small8,)>().unwrap();
    let notes = db.collection::<Small8>();
    let last = Small8 {
        id: 254,
        ..Small8::default()
    };
    notes.insert(&last).unwrap();
    assert_eq!(notes.add(Small8::default()).unwrap().id, 255);
    notes.delete(&255).unwrap();
    let error = notes.add(Small8::default()).unwrap_err();
    let expected = "the keys of table notes are used up: its type has no number after the highest one that was ever a key; \
                    give the field a wider type";
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::TooLarge, expected)
    );

    let db = Small::default().open::<(Signed,)>().unwrap();
    let notes = db.collection::<Signed>();
    let below = Signed {
        id: -5,
        ..Signed::default()
    };
    notes.insert(&below).unwrap();
    assert_eq!(notes.add(Signed::default()).unwrap().id, 1);
    verify(&db);
}

/// A table that has rows already begins above them, and a key of a wider type goes on where the narrower one was.
#[test]
fn a_table_begins_to_count() {
    let engine = Small::default();
    let db = engine.open::<(Plain,)>().unwrap();
    for id in [3, 9] {
        let plain = Plain {
            id,
            ..Plain::default()
        };
        db.collection().insert(&plain).unwrap();
    }
    drop(db);
    let db = engine.open::<(Note,)>().unwrap();
    assert!(db.open_report().plan.is_empty(), "it is no change");
    // The first write through the entity is a deletion.
    db.collection::<Note>().delete(&9).unwrap();
    assert_eq!(add(&db), 10);
    drop(db);
    let db = engine.open::<(Plain,)>().unwrap();
    let plain = Plain {
        id: 70,
        ..Plain::default()
    };
    db.collection().insert(&plain).unwrap();
    db.collection::<Plain>().delete(&70).unwrap();
    drop(db);
    let db = engine.open::<(Small8,)>().unwrap();
    assert_eq!(db.collection::<Small8>().add(Small8::default()).unwrap().id, 71);
    verify(&db);
}

#[test]
fn counters_outlive_what_happens_to_their_tables() {
    let engine = Small::default();
    let db = engine.open::<(Note,)>().unwrap();
    assert_eq!([add(&db), add(&db)], [1, 2]);
    db.collection::<Note>().delete(&2).unwrap();
    drop(db);
    // Another name, and back.
    let db = engine.open::<(Renamed,)>().unwrap();
    assert_eq!(db.collection::<Renamed>().add(Renamed::default()).unwrap().id, 3);
    db.collection::<Renamed>().delete(&3).unwrap();
    db.rollback(1).unwrap();
    let db = engine.options::<(Note,)>().release_hold().open("").unwrap();
    assert_eq!(add(&db), 4);
    db.collection::<Note>().delete(&4).unwrap();
    drop(db);
    // Gone, and back.
    let db = engine.options::<()>().drop_table("notes").open("").unwrap();
    db.rollback(1).unwrap();
    let db = engine.options::<(Note,)>().release_hold().open("").unwrap();
    assert_eq!(add(&db), 5);
    verify(&db);
}

/// Rows get other fields as their key, or keys by the program's own code: the counter is above all of them.
#[test]
fn counters_pass_the_keys_that_migrations_make() {
    #[derive(QuantaEntity, Debug, Clone, Default, PartialEq)]
    #[quanta(register = false, lock = "off", table = "notes")]
    struct Numbered {
        #[quanta(id, auto)]
        id: u64,
        number: u64,
    }
    #[derive(QuantaEntity, Debug, Clone, Default, PartialEq)]
    #[quanta(register = false, lock = "off", table = "notes")]
    struct Turned {
        id: u64,
        #[quanta(id, auto)]
        number: u64,
    }
    let engine = Small::default();
    let db = engine.open::<(Numbered,)>().unwrap();
    for number in [70, 60] {
        let row = Numbered { id: 0, number };
        db.collection().add(row).unwrap();
    }
    drop(db);
    let db = engine.open::<(Turned,)>().unwrap();
    assert_eq!(
        db.collection::<Turned>().add(Turned::default()).unwrap().number,
        71
    );
    verify(&db);
    db.rollback(1).unwrap();
    let db = engine.options::<(Numbered,)>().release_hold().open("").unwrap();
    assert_eq!(
        db.collection::<Numbered>().add(Numbered::default()).unwrap().id,
        72
    );
    verify(&db);
}

#[migration(reads("notes"), writes("notes"), irreversible)]
fn write_a_note(tables: &mut MigrationTables<'_>) -> Result<()> {
    tables.insert(&note(500))
}

#[test]
fn counters_pass_the_keys_that_own_migrations_write() {
    let engine = Small::default();
    let db = engine.open::<(Note,)>().unwrap();
    assert_eq!(add(&db), 1);
    drop(db);
    let db = engine
        .options::<(Note,)>()
        .migration::<write_a_note>()
        .open("")
        .unwrap();
    db.collection::<Note>().delete(&500).unwrap();
    assert_eq!(add(&db), 501);
    verify(&db);
}

#[test]
fn verify_finds_damaged_counters() {
    let engine = Small::default();
    let db = engine.open::<(Note,)>().unwrap();
    assert_eq!([add(&db), add(&db)], [1, 2]);
    let mut batch = Batch::new();
    let key = |table: u8| vec![0x0b, 0, 0, 0, table];
    batch.put(key(1), [1]);
    batch.put(key(9), [1]);
    assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    let found = |db: &quantadb::Database| -> Vec<_> {
        let findings = db.verify().unwrap().findings;
        findings
            .into_iter()
            .map(|found| (found.code, found.problem))
            .collect()
    };
    let expected = [
        "it is at 1, and there is a row with the key 2",
        "there is no table with that id",
    ];
    let expected = expected.map(|problem| (FindingCode::KeyCounter, problem.to_owned()));
    assert_eq!(found(&db), expected);
    let mut batch = Batch::new();
    batch.put(key(1), [0xff]);
    batch.delete(key(9));
    assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    assert_eq!(
        found(&db),
        [(FindingCode::KeyCounter, "it is no number".to_owned())]
    );
    let error = db.collection::<Note>().add(Note::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the counter of table notes is damaged: it is no number"
    );
}

/// A reference to a row with a key that was given out, in one transaction.
#[test]
fn a_key_that_was_given_out_can_be_referred_to() {
    #[derive(QuantaEntity, Debug, Clone, Default, PartialEq)]
    #[quanta(register = false, lock = "off", table = "replies")]
    struct Reply {
        #[quanta(id, auto)]
        id: u32,
        #[quanta(on_delete = "cascade", index)]
        to: Option<quantadb::Ref<Note>>,
    }
    let db = custom(Arc::new(Small::default()))
        .entities::<(Note, Reply)>()
        .open("")
        .unwrap();
    let reply = db
        .write(|tx| {
            let note = tx.collection::<Note>().add(Note::default())?;
            let to = Some(quantadb::Ref::to(&note)?);
            tx.collection::<Reply>().add(Reply { id: 0, to })
        })
        .unwrap();
    assert_eq!((reply.id, reply.to.as_ref().unwrap().key()), (1, &1));
    db.collection::<Note>().delete(&1).unwrap();
    assert_eq!(all::<Reply>(&db), []);
    verify(&db);
}

#[cfg(feature = "uuid")]
mod uuids {
    use uuid::{Uuid, Version};

    use super::*;

    #[derive(QuantaEntity, Debug, Clone, Default, PartialEq)]
    #[quanta(register = false, lock = "off", table = "letters")]
    struct Letter {
        #[quanta(id, auto)]
        id: Uuid,
        number: u32,
    }

    /// 2026-01-02T03:04:05.006Z.
    const NOW_MS: u64 = 1_767_323_045_006;

    #[test]
    fn uuids_are_in_order_by_the_clock_of_the_store() {
        let engine = Small::default();
        let open = || engine.options::<(Letter,)>().clock(|| NOW_MS).open("").unwrap();
        for numbers in [0..5000, 5000..5003] {
            let db = open();
            db.write(|tx| {
                for number in numbers {
                    let letter = Letter {
                        number,
                        ..Letter::default()
                    };
                    let added = tx.collection::<Letter>().add(letter)?;
                    assert_eq!(added.id.get_version(), Some(Version::SortRand));
                }
                Ok(())
            })
            .unwrap();
        }
        let db = open();
        let letters = all::<Letter>(&db);
        assert_eq!(letters.len(), 5003);
        // They lie in the order of their keys, which is that in which they were added.
        assert!(letters.iter().map(|letter| letter.number).eq(0..5003));
        let time = |letter: &Letter| letter.id.get_timestamp().unwrap().to_unix();
        assert_eq!(time(&letters[0]), (NOW_MS / 1000, 6_000_000));
        // A millisecond has 4096 of them.
        assert_eq!(time(&letters[5002]), (NOW_MS / 1000, 7_000_000));
        let error = db.collection().insert(&Letter::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value);
        db.collection()
            .insert(&Letter {
                id: Uuid::max(),
                number: 0,
            })
            .unwrap();
        verify(&db);
    }
}
