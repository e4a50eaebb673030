//! Guards hints that come after the loss: kept values go back where nobody gave another one since, once, and all is
//! undone by a rollback.

use std::fmt::Debug;
use std::sync::Arc;

use quanta_storage::Engine as _;
use quanta_storage::faults::{Fault, Faulty};
use quantadb::{Database, ErrorKind, QuantaEntity, QuantaType};

use crate::support::{Places, Small, Work, all, check_records, custom, sweep_and_check, verify};

macro_rules! generation {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "users", register = false)]
        struct $name {
            #[quanta(id)]
            id: u32,
            $($field)*
        }
    };
}

generation! { Nicked { nick: String } }
generation! { Named { #[quanta(new)] name: String } }
generation! { Hinted { #[quanta(renamed_from = "nick")] name: String } }
generation! { Numbered { #[quanta(new, default = 18)] age: u32 } }
generation! { Counted { #[quanta(renamed_from = "nick")] age: u32 } }
generation! { Wider { #[quanta(renamed_from = "nick")] age: Option<u64> } }
generation! { Bare {} }
generation! { Again { nick: String } }
generation! { AgainHinted { #[quanta(renamed_from = "nick")] nick: String } }
generation! { Moved { name: String, #[quanta(new)] note: u8 } }

fn open<E: QuantaEntity>(engine: &Small) -> Database
where
    (E,): quantadb::Entities,
{
    let db = engine.open::<(E,)>().unwrap();
    verify(&db);
    db
}

fn put<E: QuantaEntity>(db: &Database, rows: impl IntoIterator<Item = E>) {
    rows.into_iter()
        .for_each(|row| db.collection::<E>().put(&row).unwrap());
}

fn nicked(id: u32, nick: &str) -> Nicked {
    Nicked {
        id,
        nick: nick.to_owned(),
    }
}

fn named(id: u32, name: &str) -> Named {
    Named {
        id,
        name: name.to_owned(),
    }
}

fn hinted(id: u32, name: &str) -> Hinted {
    Hinted {
        id,
        name: name.to_owned(),
    }
}

/// Which rows are rewritten before the hint comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Swept {
    None,
    All,
}

const NICKS: [&str; 5] = ["Ada", "Bo", "Cy", "", "Eve"];

/// Rows that lost `nick`: the second was given a name since, the last was born without one.
fn lost(swept: Swept) -> Small {
    let engine = Small::default();
    put(
        &open::<Nicked>(&engine),
        (1..).zip(NICKS).map(|(id, nick)| nicked(id, nick)),
    );
    let db = open::<Named>(&engine);
    put(&db, [named(2, "own"), named(6, "")]);
    if swept == Swept::All {
        sweep_and_check(&db, &engine);
    }
    engine
}

const RESTORED: [(u32, &str); 6] = [(1, "Ada"), (2, "own"), (3, "Cy"), (4, ""), (5, "Eve"), (6, "")];

#[test]
fn d16_kept_values_go_back_where_nobody_gave_another_one() {
    for swept in [Swept::None, Swept::All] {
        let engine = lost(swept);
        let before = engine.digest();
        let plan = engine.options::<(Hinted,)>().plan("").unwrap();
        assert_eq!(engine.digest(), before, "a plan changes nothing");
        let db = open::<Hinted>(&engine);
        for text in [plan.to_string(), db.open_report().to_string()] {
            assert!(
                text.contains(
                    "build  give users.name the kept values of nick, where it still holds what it began with"
                ),
                "{text}"
            );
            assert!(
                text.contains("restored: 3 rows have the kept value of nick in name again, 1 keep the value"),
                "{swept:?}: {text}"
            );
            assert!(!text.contains("note:"), "{text}");
        }
        assert_eq!(
            all::<Hinted>(&db),
            RESTORED.map(|(id, name)| hinted(id, name)),
            "{swept:?}"
        );
        sweep_and_check(&db, &engine);
    }
}

#[test]
fn d15_the_hint_runs_once_and_may_stay() {
    let engine = lost(Swept::None);
    let records = |db: &Database| db.history().unwrap().records.len();
    let db = open::<Hinted>(&engine);
    assert_eq!(records(&db), 3);
    put(&db, [hinted(3, "")]);
    drop(db);
    // With it, without it, and with it again.
    for _ in 0..2 {
        assert_eq!(records(&open::<Hinted>(&engine)), 3);
        assert_eq!(records(&open::<Named>(&engine)), 3);
    }
    let db = open::<Hinted>(&engine);
    assert_eq!(all::<Hinted>(&db)[2], hinted(3, ""), "it is not given back twice");
    assert!(db.open_report().plan.tables.is_empty() && db.open_report().plan.notes.is_empty());
}

#[test]
fn d16_a_rollback_takes_back_what_was_given() {
    for (swept, sweeps_between) in [(Swept::None, false), (Swept::All, false), (Swept::None, true)] {
        let engine = lost(swept);
        let between = |db: &Database| {
            if sweeps_between {
                sweep_and_check(db, &engine);
            }
        };
        let db = open::<Hinted>(&engine);
        put(
            &db,
            [
                hinted(3, "changed"),
                hinted(5, ""),
                hinted(7, ""),
                hinted(6, "six"),
            ],
        );
        db.rollback(1).unwrap();
        let below = [
            (1, ""),
            (2, "own"),
            (3, "changed"),
            (4, ""),
            (5, ""),
            (6, "six"),
            (7, ""),
        ];
        // The shape is the same: the program with the hint would go up again.
        let error = engine.open::<(Hinted,)>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Held, "{error}");
        let db = open::<Named>(&engine);
        assert_eq!(all::<Named>(&db), below.map(|(id, name)| named(id, name)));
        between(&db);
        assert_eq!(all::<Named>(&db), below.map(|(id, name)| named(id, name)));
        drop(db);

        let db = engine.options::<(Hinted,)>().release_hold().open("").unwrap();
        let above = [
            (1, "Ada"),
            (2, "own"),
            (3, "changed"),
            (4, ""),
            (5, ""),
            (6, "six"),
            (7, ""),
        ];
        assert_eq!(all::<Hinted>(&db), above.map(|(id, name)| hinted(id, name)));
        assert_eq!(
            db.history().unwrap().records.last().unwrap().kind.name(),
            "reapply"
        );
        verify(&db);
        between(&db);
        db.rollback(2).unwrap();

        let db = open::<Nicked>(&engine);
        let nicks = (1..).zip(NICKS).map(|(id, nick)| nicked(id, nick));
        assert_eq!(
            all::<Nicked>(&db),
            nicks.chain([nicked(6, ""), nicked(7, "")]).collect::<Vec<_>>()
        );
        between(&db);
        drop(db);
        let db = engine.options::<(Hinted,)>().release_hold().open("").unwrap();
        assert_eq!(all::<Hinted>(&db), above.map(|(id, name)| hinted(id, name)));
        sweep_and_check(&db, &engine);
    }
}

/// A row that is born below both edges gets its value back on the way up, as it would have one by one.
#[test]
fn d16_rows_born_below_go_up_like_the_others() {
    let engine = lost(Swept::None);
    open::<Hinted>(&engine).rollback(2).unwrap();
    let db = open::<Nicked>(&engine);
    put(&db, [nicked(8, "Gil")]);
    drop(db);
    let db = engine.options::<(Hinted,)>().release_hold().open("").unwrap();
    assert_eq!(all::<Hinted>(&db)[6], hinted(8, "Gil"));
    sweep_and_check(&db, &engine);
}

#[test]
fn d16_values_are_converted_and_those_that_do_not_fit_stay() {
    let nicks = ["7", "many", "-1", "4294967296"];
    for swept in [Swept::None, Swept::All] {
        let engine = Small::default();
        put(
            &open::<Nicked>(&engine),
            (1..).zip(nicks).map(|(id, nick)| nicked(id, nick)),
        );
        let db = open::<Numbered>(&engine);
        if swept == Swept::All {
            sweep_and_check(&db, &engine);
        }
        drop(db);
        let wide = engine.duplicate();
        let db = open::<Counted>(&engine);
        let text = db.open_report().to_string();
        assert!(
            text.contains("1 rows have the kept value of nick in age again, 0 keep"),
            "{text}"
        );
        assert!(
            text.contains("3 kept values don't fit and stay where they are"),
            "{text}"
        );
        let ages: Vec<u32> = all::<Counted>(&db).iter().map(|row| row.age).collect();
        assert_eq!(ages, [7, 18, 18, 18]);
        db.rollback(2).unwrap();
        assert_eq!(
            all::<Nicked>(&open::<Nicked>(&engine)),
            (1..)
                .zip(nicks)
                .map(|(id, nick)| nicked(id, nick))
                .collect::<Vec<_>>()
        );

        // The field may change its type with the very change that gives it values.
        let db = open::<Wider>(&wide);
        let ages: Vec<Option<u64>> = all::<Wider>(&db).iter().map(|row| row.age).collect();
        assert_eq!(ages, [Some(7), Some(18), Some(18), Some(4_294_967_296)]);
        sweep_and_check(&db, &wide);
        db.rollback(1).unwrap();
        let db = open::<Numbered>(&wide);
        assert!(all::<Numbered>(&db).iter().all(|row| row.age == 18));
        sweep_and_check(&db, &wide);
    }
}

/// Other changes lie between the loss and the hint: the first value is told all the same.
#[test]
fn d16_the_first_value_is_followed_through_later_changes() {
    generation! { Later { #[quanta(renamed_from("age", "nick"))] years: String } }
    generation! { LaterHinted { #[quanta(renamed_from = "nick")] years: String } }
    generation! { Between { #[quanta(renamed_from = "age")] years: String } }
    let engine = Small::default();
    put(
        &open::<Nicked>(&engine),
        [nicked(1, "7"), nicked(2, "x"), nicked(3, "y")],
    );
    let db = open::<Numbered>(&engine);
    put(&db, [Numbered { id: 3, age: 3 }]);
    drop(db);
    let with_rename = engine.duplicate();
    open::<Between>(&engine);
    let db = open::<LaterHinted>(&engine);
    let years: Vec<String> = all::<LaterHinted>(&db).into_iter().map(|row| row.years).collect();
    assert_eq!(years, ["7", "x", "3"]);
    sweep_and_check(&db, &engine);
    // A name that is there is a rename, and the only thing that the hint says.
    let db = open::<Later>(&with_rename);
    let years: Vec<String> = all::<Later>(&db).into_iter().map(|row| row.years).collect();
    assert_eq!(years, ["18", "18", "3"]);
}

#[test]
fn d9_a_retired_name_that_comes_back_is_new_and_its_kept_values_are_told() {
    for swept in [Swept::None, Swept::All] {
        let engine = Small::default();
        put(
            &open::<Nicked>(&engine),
            [nicked(1, "Ada"), nicked(2, ""), nicked(3, "Cy")],
        );
        let db = open::<Bare>(&engine);
        put(&db, [Bare { id: 4 }]);
        if swept == Swept::All {
            sweep_and_check(&db, &engine);
        }
        drop(db);
        // The shape is that of the first version: an open that may go back would.
        let forward = || engine.options::<(Again,)>().forward();
        let told = "users.nick is a new field; 2 rows have a kept value of the one that went under this name: \
                    `renamed_from = \"nick\"` at the field gives them back";
        let plan = forward().plan("").unwrap();
        assert!(plan.to_string().contains(told), "{plan}");
        let at_once = engine.duplicate();
        let db = forward().open("").unwrap();
        assert!(
            db.open_report().to_string().contains(told),
            "{}",
            db.open_report()
        );
        assert!(all::<Again>(&db).iter().all(|row| row.nick.is_empty()));
        put(
            &db,
            [Again {
                id: 3,
                nick: "new".to_owned(),
            }],
        );
        drop(db);

        let db = open::<AgainHinted>(&engine);
        let nicks = |db: &Database| {
            all::<AgainHinted>(db)
                .into_iter()
                .map(|row| row.nick)
                .collect::<Vec<_>>()
        };
        assert_eq!(nicks(&db), ["Ada", "", "new", ""]);
        assert!(
            db.open_report().to_string().contains("restored: 1 rows"),
            "{}",
            db.open_report()
        );
        sweep_and_check(&db, &engine);

        let db = at_once.options::<(AgainHinted,)>().forward().open("").unwrap();
        assert_eq!(nicks(&db), ["Ada", "", "Cy", ""]);
        assert!(
            db.open_report().to_string().contains("restored: 2 rows"),
            "{}",
            db.open_report()
        );
        put(
            &db,
            [AgainHinted {
                id: 1,
                nick: String::new(),
            }],
        );
        sweep_and_check(&db, &at_once);
        db.rollback(1).unwrap();
        let db = open::<Bare>(&at_once);
        assert_eq!(all::<Bare>(&db).len(), 4);
        sweep_and_check(&db, &at_once);
        db.rollback(1).unwrap();
        let nicks: Vec<String> = all::<Nicked>(&open::<Nicked>(&at_once))
            .into_iter()
            .map(|row| row.nick)
            .collect();
        assert_eq!(nicks, ["Ada", "", "Cy", ""]);
    }
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Home {
    town: String,
    zip: u16,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct NewHome {
    #[quanta(new)]
    city: String,
    zip: u16,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct HintedHome {
    #[quanta(renamed_from = "town")]
    city: String,
    zip: u16,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Shape {
    Circle { size: i32 },
    Dot,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum NewShape {
    Circle {
        #[quanta(new, default = 1)]
        radius: i64,
    },
    Dot,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum HintedShape {
    Circle {
        #[quanta(renamed_from = "size")]
        radius: i64,
    },
    Dot,
}

generation! { Nested { home: Option<Home>, shape: Shape } }
generation! { NewNested { home: Option<NewHome>, shape: NewShape } }
generation! { HintedNested { home: Option<HintedHome>, shape: HintedShape } }

#[test]
fn d16_fields_of_embedded_structs_and_variants_get_their_values_back() {
    let row = |id, town: Option<&str>, shape| Nested {
        id,
        home: town.map(|town| Home {
            town: town.to_owned(),
            zip: 7,
        }),
        shape,
    };
    let rows = [
        row(1, Some("Oslo"), Shape::Circle { size: 5 }),
        row(2, None, Shape::Dot),
        row(3, Some("Bergen"), Shape::Circle { size: -3 }),
    ];
    for swept in [Swept::None, Swept::All] {
        let engine = Small::default();
        put(&open::<Nested>(&engine), rows.clone());
        let db = open::<NewNested>(&engine);
        put(
            &db,
            [NewNested {
                id: 3,
                home: Some(NewHome {
                    city: String::new(),
                    zip: 9,
                }),
                shape: NewShape::Circle { radius: 4 },
            }],
        );
        if swept == Swept::All {
            sweep_and_check(&db, &engine);
        }
        drop(db);
        let db = open::<HintedNested>(&engine);
        let text = db.open_report().to_string();
        for part in [
            "2 rows have the kept value of town in home.city again, 0 keep",
            "1 rows have the kept value of size in shape::Circle.radius again, 1 keep",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let home = |city: &str, zip| {
            Some(HintedHome {
                city: city.to_owned(),
                zip,
            })
        };
        let above = [
            HintedNested {
                id: 1,
                home: home("Oslo", 7),
                shape: HintedShape::Circle { radius: 5 },
            },
            HintedNested {
                id: 2,
                home: None,
                shape: HintedShape::Dot,
            },
            HintedNested {
                id: 3,
                home: home("Bergen", 9),
                shape: HintedShape::Circle { radius: 4 },
            },
        ];
        assert_eq!(all::<HintedNested>(&db), above);
        sweep_and_check(&db, &engine);
        put(
            &db,
            [HintedNested {
                id: 1,
                home: None,
                shape: HintedShape::Dot,
            }],
        );
        db.rollback(1).unwrap();
        let db = open::<NewNested>(&engine);
        let below = all::<NewNested>(&db);
        assert_eq!(
            below[0],
            NewNested {
                id: 1,
                home: None,
                shape: NewShape::Dot
            }
        );
        assert_eq!(
            below[2].home,
            Some(NewHome {
                city: String::new(),
                zip: 9
            })
        );
        sweep_and_check(&db, &engine);
        db.rollback(1).unwrap();
        let db = open::<Nested>(&engine);
        assert_eq!(all::<Nested>(&db)[1], rows[1]);
        sweep_and_check(&db, &engine);
    }
}

generation! { Homes { homes: Vec<Home>, kind: String } }
generation! { NewHomes { homes: Vec<NewHome>, kind: String } }
generation! { HintedHomes { homes: Vec<HintedHome>, #[quanta(renamed_from = "never")] kind: String } }
generation! { Beside { nick: String, name: String } }
generation! { Lists { #[quanta(renamed_from = "nick")] name: std::collections::BTreeMap<u8, u8> } }
generation! { NoLists { #[quanta(new)] name: std::collections::BTreeMap<u8, u8> } }

/// Opens three generations, of which the last comes with a hint that can't be followed; returns what is told.
fn told<A: QuantaEntity, B: QuantaEntity, C: QuantaEntity>() -> String
where
    (A,): quantadb::Entities,
    (B,): quantadb::Entities,
    (C,): quantadb::Entities,
{
    let engine = Small::default();
    open::<A>(&engine);
    open::<B>(&engine);
    let db = open::<C>(&engine);
    assert_eq!(
        db.history().unwrap().records.len(),
        2,
        "a hint that moves nothing is no revision"
    );
    let text = db.open_report().plan.notes.join("\n");
    drop(db);
    assert!(
        open::<C>(&engine).open_report().plan.notes.is_empty(),
        "it is told once"
    );
    text
}

#[test]
fn d18_a_hint_that_can_not_give_back_is_told_with_its_reason() {
    let cases = [
        (
            told::<Homes, NewHomes, HintedHomes>(),
            "users.homes[].city: `renamed_from = \"town\"` came after `town` went and moves nothing: values inside of lists",
        ),
        (
            told::<Beside, Named, Hinted>(),
            "users.name: `renamed_from = \"nick\"` came after `nick` went and moves nothing: rows that nobody gave a value",
        ),
        (
            told::<Nicked, NoLists, Lists>(),
            "moves nothing: there is no conversion from string to map<u8,u8>",
        ),
    ];
    for (text, expected) in cases {
        assert!(text.contains(expected), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

/// Keys change in between, and rows of three versions lie in the store when the hint comes.
#[test]
fn d16_rows_that_moved_and_rows_of_many_versions_get_theirs() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "users", register = false)]
    struct ByMail {
        #[quanta(id)]
        mail: String,
        id: u32,
        name: String,
    }
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "users", register = false)]
    struct ByMailHinted {
        #[quanta(id)]
        mail: String,
        id: u32,
        #[quanta(renamed_from = "nick")]
        name: String,
        #[quanta(new)]
        note: u8,
    }
    generation! { Mailed { mail: String, nick: String } }
    generation! { MailedNamed { mail: String, #[quanta(new)] name: String } }
    generation! { MailedNoted { mail: String, #[quanta(renamed_from = "nick")] name: String, #[quanta(new)] note: u8 } }
    let engine = Small::default();
    let rows = |id: u32| Mailed {
        id,
        mail: format!("m{}", 9 - id),
        nick: format!("nick {id}"),
    };
    put(&open::<Mailed>(&engine), (1..5).map(rows));
    let db = open::<MailedNamed>(&engine);
    put(
        &db,
        [MailedNamed {
            id: 2,
            mail: "m7".to_owned(),
            name: "own".to_owned(),
        }],
    );
    drop(db);
    let unmoved = engine.duplicate();
    open::<ByMail>(&engine);
    let db = open::<ByMailHinted>(&engine);
    let names: Vec<(String, String)> = all::<ByMailHinted>(&db)
        .into_iter()
        .map(|row| (row.mail, row.name))
        .collect();
    let expected = [
        ("m5", "nick 4"),
        ("m6", "nick 3"),
        ("m7", "own"),
        ("m8", "nick 1"),
    ];
    assert_eq!(
        names,
        expected.map(|(mail, name)| (mail.to_owned(), name.to_owned()))
    );
    sweep_and_check(&db, &engine);
    db.rollback(3).unwrap();
    let db = open::<Mailed>(&engine);
    assert_eq!(all::<Mailed>(&db), (1..5).map(rows).collect::<Vec<_>>());
    sweep_and_check(&db, &engine);

    let db = open::<MailedNoted>(&unmoved);
    let names: Vec<String> = all::<MailedNoted>(&db).into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["nick 1", "own", "nick 3", "nick 4"]);
    sweep_and_check(&db, &unmoved);
}

/// L1: cut off after any write, the store holds the old state or the new one, and the next open ends at the new one.
#[test]
fn l1_a_crash_while_values_go_back_loses_nothing() {
    for swept in [Swept::None, Swept::All] {
        let start = lost(swept);
        let mut cut = 0;
        loop {
            let survivor = start.duplicate();
            let faulty = Faulty::new(Arc::new(survivor.clone()));
            faulty.inject(Fault::CutOff { writes: cut });
            let opened = custom(Arc::new(faulty)).entities::<(Hinted,)>().open("");
            let is_done = opened.is_ok();
            drop(opened);
            let old = survivor.duplicate();
            let db = open::<Named>(&old);
            let names: Vec<String> = all::<Named>(&db).into_iter().map(|row| row.name).collect();
            let is_new = names == RESTORED.map(|(_, name)| name);
            assert!(
                is_new || names == ["", "own", "", "", "", ""],
                "cut {cut}: {names:?}"
            );
            check_records(
                old.0.snapshot().unwrap().as_ref(),
                &Places::of(&db),
                Work::MayBeLeft,
            );
            let db = open::<Hinted>(&survivor);
            assert_eq!(
                all::<Hinted>(&db),
                RESTORED.map(|(id, name)| hinted(id, name)),
                "cut {cut}"
            );
            let text = db.open_report().to_string();
            assert!(
                is_new || text.contains("restored: 3 rows") && text.contains("1 keep"),
                "cut {cut}: {text}"
            );
            sweep_and_check(&db, &survivor);
            db.rollback(1).unwrap();
            let names: Vec<String> = all::<Named>(&open::<Named>(&survivor))
                .into_iter()
                .map(|row| row.name)
                .collect();
            assert_eq!(names, ["", "own", "", "", "", ""], "cut {cut}");
            if is_done {
                break;
            }
            cut += 1;
        }
        assert!(cut > 4, "only {cut} writes: the batches are no longer small");
    }
}

/// A change of another field brings the hint with it.
#[test]
fn d16_the_hint_may_come_with_another_change() {
    generation! { Both { #[quanta(renamed_from = "nick")] name: String, #[quanta(new)] note: u8 } }
    let engine = lost(Swept::None);
    let db = open::<Both>(&engine);
    let names: Vec<String> = all::<Both>(&db).into_iter().map(|row| row.name).collect();
    assert_eq!(names, RESTORED.map(|(_, name)| name));
    sweep_and_check(&db, &engine);
    db.rollback(1).unwrap();
    let names: Vec<String> = all::<Named>(&open::<Named>(&engine))
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["", "own", "", "", "", ""]);
    // Without the hint, nothing is ever given back.
    let engine = lost(Swept::None);
    let names: Vec<String> = all::<Moved>(&open::<Moved>(&engine))
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["", "own", "", "", "", ""]);
}

/// An open that only went to a version that the store had took the hint for seen, and no later one looked at it.
#[test]
fn d16_a_hint_that_comes_with_recorded_edges_is_followed_by_the_next_open() {
    for swept in [Swept::None, Swept::All] {
        let engine = lost(swept);
        open::<Named>(&engine).rollback(1).unwrap();
        let released = || engine.options::<(Hinted,)>().release_hold();
        let db = released().open("").unwrap();
        assert_eq!(
            db.open_report().plan.notes,
            [
                "users.name: `renamed_from = \"nick\"` is left for the next open, which gives the kept values back: this one \
                 goes to a version that the store had"
            ]
        );
        verify(&db);
        drop(db);
        let db = open::<Hinted>(&engine);
        assert_eq!(db.open_report().plan.notes, [""; 0]);
        assert_eq!(
            all::<Hinted>(&db),
            RESTORED.map(|(id, name)| hinted(id, name)),
            "{swept:?}"
        );
        put(&db, [hinted(3, "")]);
        drop(db);
        let db = open::<Hinted>(&engine);
        assert!(db.open_report().plan.tables.is_empty());
        assert_eq!(all::<Hinted>(&db)[2], hinted(3, ""));
    }
}

/// The same on the way down: the older program's hint is about a field that went below it.
#[test]
fn d16_a_late_hint_of_an_older_program_is_followed_by_the_next_open() {
    let engine = lost(Swept::None);
    drop(open::<Moved>(&engine));
    let older = || {
        engine
            .options::<(Hinted,)>()
            .on_older(quantadb::OnOlder::RollBack)
    };
    let db = older().open("").unwrap();
    assert_eq!(db.open_report().plan.notes.len(), 1);
    drop(db);
    let db = older().open("").unwrap();
    assert_eq!(all::<Hinted>(&db), RESTORED.map(|(id, name)| hinted(id, name)));
}
