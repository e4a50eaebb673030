//! Guards rows that a change takes out, when life goes on: they are taken out again, others have their keys meanwhile,
//! and whatever was kept of them comes along.

use std::sync::Arc;

use quanta_storage::faults::{Fault, Faulty};
use quantadb::{Database, QuantaEntity};

use crate::support::{Small, all, custom, sweep_and_check, verify};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "rows", register = false)]
struct Text {
    #[quanta(id)]
    id: u32,
    size: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "rows", register = false)]
struct Number {
    #[quanta(id)]
    id: u32,
    #[quanta(on_failure = "drop_row")]
    size: u8,
    #[quanta(new)]
    note: String,
}

fn text(id: u32, size: &str) -> Text {
    Text {
        id,
        size: size.to_owned(),
    }
}

fn number(id: u32, size: u8, note: &str) -> Number {
    Number {
        id,
        size,
        note: note.to_owned(),
    }
}

fn open<E: QuantaEntity>(engine: &Small) -> Database
where
    (E,): quantadb::Entities,
{
    engine.options::<(E,)>().release_hold().open("").unwrap()
}

/// Three rows, of which the first is taken out three times, each time with another value.
fn taken_out_twice() -> Small {
    let engine = Small::default();
    let db = open::<Text>(&engine);
    for row in [text(1, "first"), text(2, "2"), text(3, "first")] {
        db.collection::<Text>().insert(&row).unwrap();
    }
    drop(db);
    for size in ["second", "third"] {
        let db = open::<Number>(&engine);
        db.collection::<Number>().insert(&number(1, 7, "")).unwrap();
        let report = db.rollback(1).unwrap();
        assert_eq!(report.plan.tables[0].rows_returned, 1);
        let db = open::<Text>(&engine);
        db.collection::<Text>().put(&text(1, size)).unwrap();
    }
    engine
}

/// The last one comes back; those before it stay out as long as it lives, and none is lost.
#[test]
fn e2_rows_of_one_key_are_taken_out_one_after_the_other() {
    let engine = taken_out_twice();
    for size in ["third", "second", "first"] {
        let db = open::<Number>(&engine);
        assert_eq!(all::<Number>(&db), [number(2, 2, "")]);
        verify(&db);
        db.rollback(1).unwrap();
        let db = open::<Text>(&engine);
        assert_eq!(all::<Text>(&db), [text(1, size), text(2, "2"), text(3, "first")]);
        verify(&db);
        db.collection::<Text>().delete(&1).unwrap();
    }
    let db = open::<Number>(&engine);
    db.rollback(1).unwrap();
    assert_eq!(
        all::<Text>(&open::<Text>(&engine)),
        [text(2, "2"), text(3, "first")]
    );
}

/// L1: an open that was cut off takes nothing out twice, and loses nothing.
#[test]
fn l1_rows_of_one_key_outlive_a_crash() {
    let engine = taken_out_twice();
    let go = |engine: &Small, fault: Fault| {
        let faulty = Faulty::new(Arc::new(engine.clone()));
        faulty.inject(fault);
        let options = custom(Arc::new(faulty.clone())).entities::<(Number,)>();
        let result = options.release_hold().open("").map(drop);
        (result, faulty.writes())
    };
    let (_, whole) = go(&engine.duplicate(), Fault::None);
    assert!(whole > 3, "{whole}");
    for writes in 0..whole {
        let engine = engine.duplicate();
        assert!(go(&engine, Fault::CutOff { writes }).0.is_err());
        go(&engine, Fault::None).0.unwrap();
        let report = open::<Number>(&engine).rollback(1).unwrap();
        let table = &report.plan.tables[0];
        assert_eq!((table.rows_returned, table.rows_left_out), (2, 2));
        let db = open::<Text>(&engine);
        assert_eq!(
            all::<Text>(&db),
            [text(1, "third"), text(2, "2"), text(3, "first")]
        );
        sweep_and_check(&db, &engine);
    }
}

/// A value that only the newer shape holds waits for its row, also while the row is out.
#[test]
fn e2_what_was_kept_of_a_row_comes_back_with_it() {
    let engine = Small::default();
    open::<Text>(&engine)
        .collection::<Text>()
        .insert(&text(1, "1"))
        .unwrap();
    let db = open::<Number>(&engine);
    db.collection::<Number>().put(&number(1, 1, "a note")).unwrap();
    db.rollback(1).unwrap();
    open::<Text>(&engine)
        .collection::<Text>()
        .put(&text(1, "bad"))
        .unwrap();
    let db = open::<Number>(&engine);
    assert_eq!(all::<Number>(&db), []);
    db.rollback(1).unwrap();
    let db = open::<Text>(&engine);
    assert_eq!(all::<Text>(&db), [text(1, "bad")]);
    db.collection::<Text>().put(&text(1, "9")).unwrap();
    drop(db);
    let db = open::<Number>(&engine);
    assert_eq!(all::<Number>(&db), [number(1, 9, "a note")]);
    sweep_and_check(&db, &engine);
}

macro_rules! keyed {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false, on_failure(key = "drop_row"))]
        struct $name { $($field)* }
    };
}

keyed! { ById { #[quanta(id)] id: u32, mail: String, place: u32 } }
keyed! { ByMail { id: u32, #[quanta(id)] mail: String, place: u32 } }
keyed! { ByPlace { id: u32, mail: String, #[quanta(id)] place: u32 } }

/// Two changes of the key at once: the rows that the last one takes out may have one key between the two.
#[test]
fn e13_rows_that_meet_on_the_way_come_back_all() {
    let rows = [(1, "a", 7), (2, "a", 7), (3, "a", 7), (4, "b", 7)];
    let rows = rows.map(|(id, mail, place)| ById {
        id,
        mail: mail.to_owned(),
        place,
    });
    let engine = Small::default();
    let db = open::<ById>(&engine);
    for row in &rows {
        db.collection::<ById>().insert(row).unwrap();
    }
    drop(db);
    drop(open::<ByMail>(&engine));
    for _ in 0..2 {
        let db = open::<ByPlace>(&engine);
        assert_eq!(all::<ByPlace>(&db).len(), 1);
        sweep_and_check(&db, &engine);
        db.rollback(2).unwrap();
        let db = open::<ById>(&engine);
        assert_eq!(all::<ById>(&db), rows);
        sweep_and_check(&db, &engine);
    }
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "rows", register = false)]
struct Texts {
    #[quanta(id)]
    id: u32,
    size: String,
    width: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "rows", register = false)]
struct Numbers {
    #[quanta(id)]
    id: u32,
    #[quanta(on_failure = "drop_row")]
    size: u8,
    width: u8,
}

/// A row that is taken out for one field need not fit in the others; one that isn't refuses the change, alone.
#[test]
fn e2_one_field_is_enough_to_take_a_row_out() {
    let row = |id, size: &str, width: &str| Texts {
        id,
        size: size.to_owned(),
        width: width.to_owned(),
    };
    let before = [row(1, "many", "wide"), row(2, "2", "2"), row(3, "3", "wide")];
    let engine = Small::default();
    let db = open::<Texts>(&engine);
    for row in &before {
        db.collection::<Texts>().insert(row).unwrap();
    }
    drop(db);
    let refused = engine.open::<(Numbers,)>().unwrap_err();
    let refusals = &refused.plan().unwrap().refusals;
    assert_eq!(refusals.len(), 1, "{refused}");
    assert!(
        refused.to_string().contains("rows.width: 1 rows don't fit"),
        "{refused}"
    );
    open::<Texts>(&engine).collection::<Texts>().delete(&3).unwrap();
    let db = open::<Numbers>(&engine);
    let fits = Numbers {
        id: 2,
        size: 2,
        width: 2,
    };
    assert_eq!(all::<Numbers>(&db), [fits]);
    db.rollback(1).unwrap();
    assert_eq!(all::<Texts>(&open::<Texts>(&engine)), before[..2]);
}
