//! Guards changes of the key: every row moves, none is lost, two that meet refuse the change, and all come back.

use std::fmt::Debug;

use quantadb::{Database, ErrorKind, QuantaEntity, Resolution};

use crate::support::{Small, all, filled, sweep_and_check, verify};

macro_rules! generation {
    ($name:ident $(#[$meta:meta])* { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false)]
        $(#[$meta])*
        struct $name {
            $($field)*
        }
    };
}

generation! { ById { #[quanta(id)] id: u32, mail: String, note: String } }
generation! { ByMail { #[quanta(id)] mail: String, id: u32, note: String } }
generation! { ByText { #[quanta(id)] id: String, mail: String, note: String } }
generation! { ByBoth { #[quanta(id = 1)] id: u32, #[quanta(id = 0)] mail: String, note: String } }
generation! { Turned { #[quanta(id = 0)] id: u32, #[quanta(id = 1)] mail: String, note: String } }
generation! { OnlyMail { #[quanta(id)] mail: String, note: String } }
generation! { Lenient #[quanta(on_failure(key = "drop_row"))] { #[quanta(id)] mail: String, id: u32, note: String } }

fn by_id(id: u32, mail: &str) -> ById {
    ById {
        id,
        mail: mail.to_owned(),
        note: format!("note {id}"),
    }
}

fn by_mail(id: u32, mail: &str) -> ByMail {
    ByMail {
        id,
        mail: mail.to_owned(),
        note: format!("note {id}"),
    }
}

/// Takes rows to a generation with another key and back, and there again.
fn check_there_and_back<Old, New>(before: &[Old], after: &[New])
where
    Old: QuantaEntity + Debug + PartialEq + Clone,
    New: QuantaEntity + Debug + PartialEq,
    (Old,): quantadb::Entities,
    (New,): quantadb::Entities,
{
    let engine = filled(before);
    let db = engine.open::<(New,)>().unwrap();
    assert_eq!(all::<New>(&db), after);
    sweep_and_check(&db, &engine);
    db.rollback(1).unwrap();
    let db = engine.open::<(Old,)>().unwrap();
    assert_eq!(all::<Old>(&db), before);
    sweep_and_check(&db, &engine);
    drop(db);
    let db = engine.options::<(New,)>().release_hold().open("").unwrap();
    assert_eq!(all::<New>(&db), after);
    sweep_and_check(&db, &engine);
}

const MAILS: [&str; 5] = ["e", "d", "", "b", "a\0"];

fn five() -> Vec<ById> {
    (0_u32..).zip(MAILS).map(|(id, mail)| by_id(id, mail)).collect()
}

fn sorted<E, K: Ord>(mut rows: Vec<E>, key: impl Fn(&E) -> K) -> Vec<E> {
    rows.sort_by_key(key);
    rows
}

#[test]
fn e13_another_field_is_the_key() {
    let after = five().into_iter().map(|row| by_mail(row.id, &row.mail)).collect();
    check_there_and_back(&five(), &sorted(after, |row: &ByMail| row.mail.clone()));
}

#[test]
fn e13_the_key_is_of_another_type() {
    let rows: Vec<ById> = [1, 2, 10, 300, u32::MAX].map(|id| by_id(id, "x")).to_vec();
    let after = rows.iter().map(|row| ByText {
        id: row.id.to_string(),
        mail: row.mail.clone(),
        note: row.note.clone(),
    });
    check_there_and_back(&rows, &sorted(after.collect(), |row: &ByText| row.id.clone()));
}

#[test]
fn e13_a_key_becomes_composite_and_single_again() {
    let rows = sorted(five(), |row| row.id);
    let both = rows.iter().map(|row| ByBoth {
        id: row.id,
        mail: row.mail.clone(),
        note: row.note.clone(),
    });
    let both = sorted(both.collect(), |row: &ByBoth| (row.mail.clone(), row.id));
    check_there_and_back(&rows, &both);
    check_there_and_back(&both, &rows);
    let turned = rows.iter().map(|row| Turned {
        id: row.id,
        mail: row.mail.clone(),
        note: row.note.clone(),
    });
    check_there_and_back(
        &both,
        &sorted(turned.collect(), |row: &Turned| (row.id, row.mail.clone())),
    );
}

#[test]
fn c3_a_part_of_a_composite_key_is_dropped() {
    let row = |id, mail: &str| ByBoth {
        id,
        mail: mail.to_owned(),
        note: format!("note {id}"),
    };
    let before = [row(2, "a"), row(1, "b"), row(3, "c")];
    let after = before.clone().map(|row| OnlyMail {
        mail: row.mail,
        note: row.note,
    });
    check_there_and_back(&before, &after);
}

#[test]
fn e13_rows_that_meet_refuse_the_change() {
    let rows = [
        by_id(1, "a"),
        by_id(2, "b"),
        by_id(3, "a"),
        by_id(4, "a"),
        by_id(5, "b"),
    ];
    let engine = filled(&rows);
    let before = engine.digest();
    let plan = engine.options::<(ByMail,)>().plan("").unwrap();
    let error = engine.open::<(ByMail,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(plan.refusals, error.plan().unwrap().refusals);
    let text = error.to_string();
    assert!(
        text.contains("rows.mail: 3 rows have no key of their own after the change"),
        "{text}"
    );
    assert!(text.contains("3: the row 1 has the new key \"a\" too"), "{text}");
    assert!(text.contains("on_failure(key = \"drop_row\")"), "{text}");
    assert_eq!(engine.digest(), before);
}

/// The lowest key survives, the others are taken out, and come back unless a live row has their key.
#[test]
fn e13_rows_that_meet_are_taken_out_where_that_is_said() {
    let rows = [
        by_id(1, "a"),
        by_id(2, "b"),
        by_id(3, "a"),
        by_id(4, "a"),
        by_id(5, "b"),
    ];
    let engine = filled(&rows);
    let db = engine.open::<(Lenient,)>().unwrap();
    let plan = &db.open_report().plan;
    assert_eq!(plan.tables[0].rows_dropped, 3);
    let ids = |db: &Database| {
        all::<Lenient>(db)
            .iter()
            .map(|row| (row.mail.clone(), row.id))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&db), [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    verify(&db);
    let fresh = Lenient {
        mail: "c".to_owned(),
        id: 4,
        note: "fresh".to_owned(),
    };
    db.collection::<Lenient>().insert(&fresh).unwrap();
    db.collection::<Lenient>().delete("b").unwrap();
    sweep_and_check(&db, &engine);
    let report = db.rollback(1).unwrap();
    assert_eq!(report.plan.tables[0].rows_returned, 2);
    assert_eq!(report.plan.tables[0].rows_left_out, 1);
    let db = engine.open::<(ById,)>().unwrap();
    let mut fresh = by_id(4, "c");
    fresh.note = "fresh".to_owned();
    assert_eq!(
        all::<ById>(&db),
        [by_id(1, "a"), by_id(3, "a"), fresh.clone(), by_id(5, "b")]
    );
    verify(&db);
    drop(db);
    let db = engine.options::<(Lenient,)>().release_hold().open("").unwrap();
    assert_eq!(
        ids(&db),
        [("a".to_owned(), 1), ("b".to_owned(), 5), ("c".to_owned(), 4)]
    );
    verify(&db);
}

generation! { Loose { #[quanta(id)] id: u32, level: i64 } }
generation! { Tight { #[quanta(id)] id: u32, #[quanta(on_failure = "drop_row")] level: u8 } }

#[test]
fn e2_rows_that_do_not_fit_are_taken_out_where_that_is_said() {
    let before: Vec<Loose> = (0..9)
        .map(|id| Loose {
            id,
            level: i64::from(id) * 100,
        })
        .collect();
    let after: Vec<Tight> = (0..3_u8)
        .map(|id| Tight {
            id: id.into(),
            level: id * 100,
        })
        .collect();
    check_there_and_back(&before, &after);
    let plain = filled(&before);
    let db = plain
        .options::<(Tight,)>()
        .on_failure(Resolution::DropRow)
        .open("")
        .unwrap();
    assert_eq!(all::<Tight>(&db), after);
}

generation! { Narrow { #[quanta(id)] id: u32, mail: String } }

/// What was kept of a row moves with it.
#[test]
fn e13_kept_values_move_with_their_rows() {
    let rows = five();
    let engine = filled(&rows);
    let db = engine.open::<(Narrow,)>().unwrap();
    sweep_and_check(&db, &engine);
    drop(db);
    generation! { NarrowByMail { #[quanta(id)] mail: String, id: u32 } }
    let db = engine.open::<(NarrowByMail,)>().unwrap();
    assert_eq!(all::<NarrowByMail>(&db).len(), 5);
    sweep_and_check(&db, &engine);
    db.rollback(2).unwrap();
    let db = engine.open::<(ById,)>().unwrap();
    assert_eq!(all::<ById>(&db), rows);
    sweep_and_check(&db, &engine);
}

generation! { LongKey { #[quanta(id)] id: u32, text: String } }
generation! { ByLong { #[quanta(id)] text: String, id: u32 } }

#[test]
fn e13_a_key_that_is_too_long_is_a_failure_of_its_row() {
    let engine = filled(&[
        LongKey {
            id: 1,
            text: "short".to_owned(),
        },
        LongKey {
            id: 2,
            text: "x".repeat(3000),
        },
    ]);
    let error = engine.open::<(ByLong,)>().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("2: its new key takes 3002 bytes, and 2048 is the limit"),
        "{error}"
    );
}

/// An open that was cut off in the middle is gone on with, not begun again.
#[test]
fn e13_a_re_key_goes_on_where_it_was_cut_off() {
    use quanta_storage::faults::{Fault, Faulty};
    let rows: Vec<ById> = (0..41).map(|id| by_id(id, &format!("m{:02}", 99 - id))).collect();
    let after: Vec<ByMail> = sorted(
        rows.iter().map(|row| by_mail(row.id, &row.mail)).collect(),
        |row: &ByMail| row.mail.clone(),
    );
    let writes_of = |engine: &Small, fault: Fault| {
        let faulty = Faulty::new(std::sync::Arc::new(engine.clone()));
        faulty.inject(fault);
        let options = crate::support::custom(std::sync::Arc::new(faulty.clone()));
        let result = options.entities::<(ByMail,)>().open("");
        (result, faulty.writes())
    };
    let (_, whole) = writes_of(&filled(&rows), Fault::None);
    for write in 0..whole {
        let engine = filled(&rows);
        let (result, _) = writes_of(&engine, Fault::CutOff { writes: write });
        assert!(result.is_err());
        let (result, rest) = writes_of(&engine, Fault::None);
        // What was being built is saved once more, as far as it got.
        assert!(write + rest <= whole + 1, "{write} and {rest} of {whole} writes");
        assert_eq!(all::<ByMail>(&result.unwrap()), after);
        let db = engine.open::<(ByMail,)>().unwrap();
        sweep_and_check(&db, &engine);
    }
    assert!(whole > 20, "{whole}");
}

/// No attribute of a program changes a way that is recorded.
#[test]
fn e13_rows_that_meet_on_the_way_back_are_to_be_changed() {
    let engine = filled(&[by_id(1, "a")]);
    let db = engine.open::<(ByMail,)>().unwrap();
    db.collection::<ByMail>().insert(&by_mail(1, "b")).unwrap();
    let text = db.rollback(1).unwrap_err().to_string();
    assert!(
        text.contains("rows.id: 1 rows have no key of their own"),
        "{text}"
    );
    assert!(text.contains("fix: change or remove these rows"), "{text}");
    assert!(!text.contains("quanta("), "{text}");
}

generation! { Numbered { #[quanta(id)] id: u32, mail: String } }
generation! { Smaller { #[quanta(id, on_failure = "default")] id: u8, mail: String } }
generation! { Halved { #[quanta(id, convert_with = half)] id: u64, mail: String } }

fn half(id: u32) -> u64 {
    u64::from(id / 2)
}

fn numbered(id: u32) -> Numbered {
    Numbered {
        id,
        mail: format!("mail {id}"),
    }
}

/// Integers keep their bytes from type to type, but not where a default or a function gives another number.
#[test]
fn e13_a_key_that_gets_another_number_moves_its_row() {
    fn check<Old, New>(fits: &[Old], after: &[New], meets: &[Old])
    where
        Old: QuantaEntity + Debug + PartialEq + Clone,
        New: QuantaEntity + Debug + PartialEq,
        (Old,): quantadb::Entities,
        (New,): quantadb::Entities,
    {
        check_there_and_back(fits, after);
        let engine = filled(meets);
        let before = engine.digest();
        let error = engine.open::<(New,)>().unwrap_err().to_string();
        assert!(error.contains("1 rows have no key of their own"), "{error}");
        assert_eq!(engine.digest(), before);
    }
    let mail = |id| format!("mail {id}");
    let smaller = |id, from: u32| Smaller { id, mail: mail(from) };
    let after = [smaller(0, 300), smaller(3, 3)];
    check(&[3, 300].map(numbered), &after, &[3, 300, 301].map(numbered));
    let halved = |id, from: u32| Halved { id, mail: mail(from) };
    let after = [halved(0, 1), halved(1, 2), halved(4, 9)];
    check(&[1, 2, 9].map(numbered), &after, &[2, 3, 5].map(numbered));
}
