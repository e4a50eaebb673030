//! Guards changes that take more than two generations, or more than one table.

use std::sync::atomic::{AtomicU32, Ordering};

use quantadb::{Database, OldRow, OnOlder, QuantaEntity, QuantaType};

use crate::support::{Small, all, sweep_and_check};

/// Makes one generation of the table `rows`.
macro_rules! generation {
    ($name:ident { $($fields:tt)* }) => {
        generation! { $name "rows" { $($fields)* } }
    };
    ($name:ident $table:literal $($hint:ident = $old:literal)? { $($fields:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = $table, register = false $(, $hint = $old)?)]
        struct $name { $($fields)* }
    };
}

fn put<E: QuantaEntity>(engine: &Small, rows: &[E])
where
    (E,): quantadb::Entities,
{
    let db = engine.open::<(E,)>().unwrap();
    rows.iter().for_each(|row| db.collection::<E>().put(row).unwrap());
}

generation! { Plain { #[quanta(id)] id: u8, a: String } }

fn plain(id: u8, a: &str) -> Plain {
    Plain { id, a: a.to_owned() }
}

#[test]
fn a8_opening_twice_changes_nothing() {
    generation! { More { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String, #[quanta(default = 3)] c: u8 } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x")]);
    sweep_and_check(&engine.open::<(More,)>().unwrap(), &engine);
    let digest = engine.digest();
    assert!(engine.open::<(More,)>().unwrap().open_report().plan.is_empty());
    assert_eq!(engine.digest(), digest);
}

#[test]
fn a9_plans_are_equal_byte_for_byte() {
    generation! { More { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String, c: u8, d: Option<String>, e: Vec<u8> } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x")]);
    let plan = || engine.options::<(More,)>().plan("memory").unwrap();
    let first = plan();
    for _ in 0..20 {
        assert_eq!(plan().to_json().to_string(), first.to_json().to_string());
        assert_eq!(plan().to_string(), first.to_string());
    }
}

#[test]
fn b1_an_entity_is_added_and_taken_back() {
    generation! { Beside "others" { #[quanta(id)] id: u8, kept: String } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x")]);
    let db = engine.open::<(Plain, Beside)>().unwrap();
    let beside = Beside {
        id: 1,
        kept: "y".to_owned(),
    };
    db.collection::<Beside>().put(&beside).unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(Plain,)>().unwrap();
    assert_eq!(all::<Plain>(&db), [plain(1, "x")]);
    assert!(
        db.open_report().plan.unregistered.is_empty(),
        "the table is gone, not left alone"
    );
    drop(db);
    let db = engine
        .options::<(Plain, Beside)>()
        .release_hold()
        .open("memory")
        .unwrap();
    assert_eq!(all::<Beside>(&db), [beside], "it comes back with its rows");
}

static SERIALS: AtomicU32 = AtomicU32::new(40);

fn next_serial() -> u32 {
    SERIALS.fetch_add(1, Ordering::Relaxed)
}

#[test]
fn b5_a_function_is_called_once_and_never_again() {
    generation! { Serial { #[quanta(id)] id: u8, a: String, #[quanta(default_with = next_serial)] serial: u32 } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x"), plain(2, "y")]);
    let serials = |db: &Database| all::<Serial>(db).iter().map(|row| row.serial).collect::<Vec<_>>();
    let db = engine.open::<(Serial,)>().unwrap();
    assert_eq!(serials(&db), [40, 40]);
    sweep_and_check(&db, &engine);
    assert_eq!(serials(&db), [40, 40]);
    drop(db);
    engine.open::<(Serial,)>().unwrap().rollback(1).unwrap();
    put(&engine, &[plain(3, "born below")]);
    let db = engine
        .options::<(Serial,)>()
        .release_hold()
        .open("memory")
        .unwrap();
    assert_eq!(serials(&db), [40, 40, 40]);
    assert_eq!(SERIALS.load(Ordering::Relaxed), 41);
}

static COMPUTED: AtomicU32 = AtomicU32::new(0);

fn length(old: &OldRow<'_>) -> Result<u32, String> {
    COMPUTED.fetch_add(1, Ordering::Relaxed);
    let text: String = old.get("a")?;
    u32::try_from(text.len()).map_err(|error| error.to_string())
}

#[test]
fn b6_computed_values_are_not_computed_again() {
    generation! { Long { #[quanta(id)] id: u8, a: String, #[quanta(init_with = length)] length: u32 } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x"), plain(2, "yy")]);
    let db = engine.open::<(Long,)>().unwrap();
    assert_eq!(COMPUTED.load(Ordering::Relaxed), 2);
    // Reading and sweeping need no function, and what was written stands.
    db.collection::<Long>().update(&2, |row| row.length = 77).unwrap();
    sweep_and_check(&db, &engine);
    assert_eq!(
        all::<Long>(&db).iter().map(|row| row.length).collect::<Vec<_>>(),
        [1, 77]
    );
    assert_eq!(COMPUTED.load(Ordering::Relaxed), 2);
    db.rollback(1).unwrap();
    // The rows of before go up again with their values; only one that was born below is computed.
    put(&engine, &[plain(3, "zzz")]);
    let db = engine.options::<(Long,)>().release_hold().open("memory").unwrap();
    assert_eq!(
        all::<Long>(&db).iter().map(|row| row.length).collect::<Vec<_>>(),
        [1, 77, 3]
    );
    assert_eq!(
        COMPUTED.load(Ordering::Relaxed),
        3,
        "only the new row is computed"
    );
    sweep_and_check(&db, &engine);
}

fn size(old: &OldRow<'_>) -> Result<u32, String> {
    let text: String = old.get("a")?;
    u32::try_from(text.len()).map_err(|error| error.to_string())
}

#[test]
fn b6_a_rollback_needs_no_code_and_going_up_without_it_is_refused_for_new_rows_only() {
    generation! { Long { #[quanta(id)] id: u8, a: String, #[quanta(init_with = size)] length: u32 } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x")]);
    engine.open::<(Long,)>().unwrap().rollback(1).unwrap();
    // Unchanged rows go up by hand without the function.
    let db = engine.open::<()>().unwrap();
    db.migrate_to(2).unwrap();
    assert_eq!(
        all::<Long>(&engine.open::<(Long,)>().unwrap()),
        [Long {
            id: 1,
            a: "x".to_owned(),
            length: 1
        }]
    );
    engine.open::<()>().unwrap().rollback(1).unwrap();
    put(&engine, &[plain(2, "new")]);
    let digest = engine.digest();
    let error = engine.open::<()>().unwrap().migrate_to(2).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("rows.length: 1 rows don't fit") && text.contains("2: ") && text.contains("size`"),
        "{text}"
    );
    assert_eq!(engine.digest(), digest);
}

#[test]
fn c4_a_table_is_dropped_on_purpose_and_comes_back() {
    generation! { Beside "others" { #[quanta(id)] id: u8 } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x")]);
    let db = engine
        .options::<(Beside,)>()
        .drop_table("rows")
        .open("memory")
        .unwrap();
    assert!(
        db.open_report()
            .to_string()
            .contains("drop table rows; its rows are kept")
    );
    db.rollback(1).unwrap();
    assert_eq!(all::<Plain>(&engine.open::<(Plain,)>().unwrap()), [plain(1, "x")]);
}

#[test]
fn c8_dropped_written_and_taken_back() {
    generation! { Less { #[quanta(id)] id: u8 } }
    let engine = Small::default();
    put(
        &engine,
        &(1..7).map(|id| plain(id, &format!("a{id}"))).collect::<Vec<_>>(),
    );
    let db = engine.open::<(Less,)>().unwrap();
    let rows = db.collection::<Less>();
    rows.put(&Less { id: 1 }).unwrap();
    rows.delete(&2).unwrap();
    rows.delete(&3).unwrap();
    rows.insert(&Less { id: 3 }).unwrap();
    sweep_and_check(&db, &engine);
    rows.put(&Less { id: 4 }).unwrap();
    rows.delete(&5).unwrap();
    rows.insert(&Less { id: 5 }).unwrap();
    rows.insert(&Less { id: 9 }).unwrap();
    drop(rows);
    db.rollback(1).unwrap();
    let db = engine.open::<(Plain,)>().unwrap();
    let expected = [
        plain(1, "a1"),
        plain(3, ""),
        plain(4, "a4"),
        plain(5, ""),
        plain(6, "a6"),
        plain(9, ""),
    ];
    assert_eq!(all::<Plain>(&db), expected);
    sweep_and_check(&db, &engine);
    assert_eq!(all::<Plain>(&db), expected);
}

#[test]
fn d2_d3_an_entity_and_its_field_are_renamed() {
    generation! { Renamed "people" renamed_from = "rows" { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x")]);
    let renamed = Renamed {
        id: 1,
        b: "x".to_owned(),
    };
    let db = engine.open::<(Renamed,)>().unwrap();
    assert_eq!(all::<Renamed>(&db), std::slice::from_ref(&renamed));
    sweep_and_check(&db, &engine);
    assert_eq!(all::<Renamed>(&db), std::slice::from_ref(&renamed));
    db.rollback(1).unwrap();
    let db = engine.open::<(Plain,)>().unwrap();
    assert_eq!(all::<Plain>(&db), [plain(1, "x")]);
    sweep_and_check(&db, &engine);
    drop(db);
    let db = engine
        .options::<(Renamed,)>()
        .release_hold()
        .open("memory")
        .unwrap();
    assert_eq!(all::<Renamed>(&db), [renamed]);
}

#[test]
fn d9_a_retired_name_is_a_new_field() {
    generation! { Without { #[quanta(id)] id: u8 } }
    generation! { Again { #[quanta(id)] id: u8, a: String, more: u8 } }
    let engine = Small::default();
    put(&engine, &[plain(1, "secret")]);
    let db = engine.open::<(Without,)>().unwrap();
    sweep_and_check(&db, &engine);
    drop(db);
    let db = engine.open::<(Again,)>().unwrap();
    assert_eq!(
        all::<Again>(&db),
        [Again {
            id: 1,
            a: String::new(),
            more: 0
        }]
    );
    sweep_and_check(&db, &engine);
    db.collection::<Again>()
        .put(&Again {
            id: 1,
            a: "new".to_owned(),
            more: 0,
        })
        .unwrap();
    db.rollback(1).unwrap();
    engine.open::<(Without,)>().unwrap().rollback(1).unwrap();
    assert_eq!(
        all::<Plain>(&engine.open::<(Plain,)>().unwrap()),
        [plain(1, "secret")]
    );
}

#[test]
fn d11_twice_renamed_and_read_from_the_first() {
    generation! { Second { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String } }
    generation! { Third { #[quanta(id)] id: u8, #[quanta(renamed_from("b", "a"))] c: String } }
    for skip in [false, true] {
        let engine = Small::default();
        put(&engine, &[plain(1, "x")]);
        if !skip {
            // Opened and not swept: the row is still at the first version.
            drop(engine.open::<(Second,)>().unwrap());
        }
        let db = engine.open::<(Third,)>().unwrap();
        assert_eq!(
            all::<Third>(&db),
            [Third {
                id: 1,
                c: "x".to_owned()
            }]
        );
        sweep_and_check(&db, &engine);
        assert_eq!(
            all::<Third>(&db),
            [Third {
                id: 1,
                c: "x".to_owned()
            }]
        );
        drop(db);
        let db = engine
            .options::<(Plain,)>()
            .on_older(OnOlder::RollBack)
            .open("memory")
            .unwrap();
        assert_eq!(all::<Plain>(&db), [plain(1, "x")]);
    }
}

#[test]
fn d15_a_hint_that_was_consumed_has_no_effect_for_ever() {
    generation! { Renamed { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String } }
    generation! { Both { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String, #[quanta(new)] a: String } }
    generation! { OnlyB { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String, #[quanta(new)] c: u8 } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x")]);
    drop(engine.open::<(Renamed,)>().unwrap());
    // A field of the old name comes back, and goes again: `b` keeps what it has.
    let db = engine.open::<(Both,)>().unwrap();
    assert_eq!(
        all::<Both>(&db),
        [Both {
            id: 1,
            b: "x".to_owned(),
            a: String::new()
        }]
    );
    db.collection::<Both>()
        .put(&Both {
            id: 1,
            b: "x".to_owned(),
            a: "other".to_owned(),
        })
        .unwrap();
    drop(db);
    let db = engine.open::<(OnlyB,)>().unwrap();
    assert_eq!(
        all::<OnlyB>(&db),
        [OnlyB {
            id: 1,
            b: "x".to_owned(),
            c: 0
        }]
    );
    sweep_and_check(&db, &engine);
    assert_eq!(
        all::<OnlyB>(&db),
        [OnlyB {
            id: 1,
            b: "x".to_owned(),
            c: 0
        }]
    );
}

#[test]
fn i1_i2_i3_an_initial_default_is_frozen_and_a_later_one_is_for_new_rows() {
    generation! { First { #[quanta(id)] id: u8, a: String, #[quanta(default = 1)] level: u8 } }
    generation! { Later { #[quanta(id)] id: u8, a: String, #[quanta(default = 2)] level: u8 } }
    generation! { Dropped { #[quanta(id)] id: u8, a: String } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x")]);
    drop(engine.open::<(First,)>().unwrap());
    let db = engine.open::<(Later,)>().unwrap();
    assert!(
        db.open_report()
            .to_string()
            .contains("set the default of rows.level for new rows")
    );
    let version = db.head().tables.values().next().unwrap().state.version;
    assert_eq!(version, 2, "another default is no other version");
    assert_eq!(
        all::<Later>(&db)[0].level,
        1,
        "old rows keep what they were given"
    );
    sweep_and_check(&db, &engine);
    assert_eq!(all::<Later>(&db)[0].level, 1);
    drop(db);
    // What a drop leaves to rows born later is the last default.
    drop(engine.options::<(Dropped,)>().forward().open("memory").unwrap());
    let db = engine.open::<(Dropped,)>().unwrap();
    db.collection::<Dropped>()
        .put(&Dropped {
            id: 2,
            a: "born later".to_owned(),
        })
        .unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(Later,)>().unwrap();
    assert_eq!(
        all::<Later>(&db).iter().map(|row| row.level).collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn k5_back_and_forth_between_two_branches_loses_nothing() {
    generation! { Left { #[quanta(id)] id: u8, a: String, left: Option<u8> } }
    generation! { Right { #[quanta(id)] id: u8, #[quanta(new)] right: Vec<u8> } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x"), plain(2, "y")]);
    drop(engine.open::<(Left,)>().unwrap());
    engine.open::<(Left,)>().unwrap().rollback(1).unwrap();
    drop(
        engine
            .options::<(Right,)>()
            .release_hold()
            .open("memory")
            .unwrap(),
    );
    let older = || {
        engine
            .options::<(Left,)>()
            .on_older(OnOlder::RollBack)
            .open("memory")
            .unwrap()
    };
    let newer = || {
        engine
            .options::<(Right,)>()
            .on_older(OnOlder::RollBack)
            .open("memory")
            .unwrap()
    };
    let left = |id: u8, a: &str| Left {
        id,
        a: a.to_owned(),
        left: Some(id),
    };
    let right = |id: u8| Right {
        id,
        right: vec![id; 3],
    };
    let db = older();
    [left(1, "x"), left(2, "y")]
        .iter()
        .for_each(|row| db.collection::<Left>().put(row).unwrap());
    drop(db);
    let db = newer();
    [right(1), right(2)]
        .iter()
        .for_each(|row| db.collection::<Right>().put(row).unwrap());
    drop(db);
    for turn in 0..10 {
        let db = older();
        assert_eq!(all::<Left>(&db), [left(1, "x"), left(2, "y")], "turn {turn}");
        if turn % 3 == 1 {
            sweep_and_check(&db, &engine);
        }
        drop(db);
        let db = newer();
        assert_eq!(all::<Right>(&db), [right(1), right(2)], "turn {turn}");
        if turn % 3 == 2 {
            sweep_and_check(&db, &engine);
        }
    }
}

#[test]
fn l12_an_older_program_writes_and_the_newer_one_comes_back() {
    generation! { Newer { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String, #[quanta(default = 5)] c: u16 } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x"), plain(2, "y")]);
    let db = engine.open::<(Newer,)>().unwrap();
    db.collection::<Newer>()
        .put(&Newer {
            id: 1,
            b: "up".to_owned(),
            c: 500,
        })
        .unwrap();
    drop(db);
    let db = engine
        .options::<(Plain,)>()
        .on_older(OnOlder::RollBack)
        .open("memory")
        .unwrap();
    assert_eq!(all::<Plain>(&db), [plain(1, "up"), plain(2, "y")]);
    db.collection::<Plain>().put(&plain(1, "down")).unwrap();
    db.collection::<Plain>().put(&plain(3, "new")).unwrap();
    drop(db);
    let db = engine
        .options::<(Newer,)>()
        .release_hold()
        .open("memory")
        .unwrap();
    let newer = |id, b: &str, c| Newer {
        id,
        b: b.to_owned(),
        c,
    };
    assert_eq!(
        all::<Newer>(&db),
        [newer(1, "down", 500), newer(2, "y", 5), newer(3, "new", 5)]
    );
}

#[derive(QuantaType, Debug, Clone, Copy, PartialEq)]
enum Colour {
    #[quanta(default)]
    Red,
    Blue,
}

#[test]
fn b11_an_enum_with_a_default_variant_is_a_required_field() {
    generation! { Coloured { #[quanta(id)] id: u8, a: String, colour: Colour } }
    let engine = Small::default();
    put(&engine, &[plain(1, "x")]);
    let db = engine.open::<(Coloured,)>().unwrap();
    assert_eq!(all::<Coloured>(&db)[0].colour, Colour::Red);
    db.collection::<Coloured>()
        .update(&1, |row| row.colour = Colour::Blue)
        .unwrap();
    assert_eq!(all::<Coloured>(&db)[0].colour, Colour::Blue);
}
