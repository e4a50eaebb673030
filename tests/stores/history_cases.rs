//! Guards K1, K2, K7 and K10: what a store knows of its past, and what it does when that is not enough. K6, a past that
//! was tampered with, is in `tampered_ledger`.

use std::collections::BTreeMap;

use quantadb::plan::{LedgerKind, TableState};
use quantadb::{Database, ErrorKind, OldRow, OnOlder, Options, QuantaEntity, QuantaType};

use crate::support::{Small, all, filled, rows, sweep_and_check, verify};

/// Four generations of one table, each made from the one before.
macro_rules! generation {
    ($name:ident { $($fields:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false)]
        struct $name { $($fields)* }
    };
}

generation! { First { #[quanta(id)] id: u8, a: String, n: u8, gone: Option<u32>, size: f64 } }
generation! { Second { #[quanta(id)] id: u8, #[quanta(renamed_from = "a")] b: String, n: u16, gone: Option<u32>, size: f64 } }
generation! {
    Third {
        #[quanta(id)] id: u8,
        #[quanta(renamed_from("b", "a"))] c: String,
        n: u32,
        size: f32,
        #[quanta(new, default = 4)] level: u8,
    }
}
generation! {
    Fourth {
        #[quanta(id)] id: u8,
        #[quanta(renamed_from("c", "b", "a"))] d: String,
        n: u32,
        size: f32,
        #[quanta(new, default = 4)] level: u8,
        place: Place,
    }
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Place {
    x: i32,
}

pub const NEWEST: u32 = 4;

pub fn options(engine: &Small, generation: u32) -> Options {
    match generation {
        1 => engine.options::<(First,)>(),
        2 => engine.options::<(Second,)>(),
        3 => engine.options::<(Third,)>(),
        4 => engine.options::<(Fourth,)>(),
        other => panic!("there is no generation {other}"),
    }
}

pub fn open(engine: &Small, generation: u32) -> Database {
    options(engine, generation).open("").unwrap()
}

fn rows_of(db: &Database, generation: u32) -> Vec<String> {
    match generation {
        1 => rows::<First>(db),
        2 => rows::<Second>(db),
        3 => rows::<Third>(db),
        4 => rows::<Fourth>(db),
        other => panic!("there is no generation {other}"),
    }
}

fn first(id: u8) -> First {
    First {
        id,
        a: format!("a{id}"),
        n: id,
        gone: id.is_multiple_of(2).then_some(id.into()),
        size: f64::from(id) + 0.1,
    }
}

/// Rows of the first generation, as each generation has them.
fn expected(generation: u32) -> Vec<String> {
    let row = |id: u8| {
        let text = format!("a{id}");
        let size = f32::from(id) + 0.1;
        let (n, level) = (u32::from(id), 4);
        match generation {
            1 => format!("{:?}", first(id)),
            2 => {
                let First { gone, size, .. } = first(id);
                let (b, n) = (text, u16::from(id));
                format!("{:?}", Second { id, b, n, gone, size })
            }
            3 => format!(
                "{:?}",
                Third {
                    id,
                    c: text,
                    n,
                    size,
                    level
                }
            ),
            _ => {
                let place = Place { x: 0 };
                format!(
                    "{:?}",
                    Fourth {
                        id,
                        d: text,
                        n,
                        size,
                        level,
                        place
                    }
                )
            }
        }
    };
    (1..=5).map(row).collect()
}

fn oldest() -> Small {
    filled(&[1, 2, 3, 4, 5].map(first))
}

/// Whether rows are rewritten at each stop.
const SWEEPS: [Sweeps; 2] = [Sweeps::Never, Sweeps::Always];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Sweeps {
    Never,
    Always,
}

impl Sweeps {
    fn sweep(self, db: &Database, engine: &Small) {
        match self {
            Self::Never => verify(db),
            Self::Always => sweep_and_check(db, engine),
        }
    }
}

/// A store that went through all generations one by one.
fn step_by_step(sweeps: Sweeps) -> Small {
    let engine = oldest();
    for generation in 2..=NEWEST {
        let db = open(&engine, generation);
        sweeps.sweep(&db, &engine);
    }
    engine
}

/// The parent of each version of the only table.
fn parents(db: &Database) -> Vec<(u32, Option<u32>)> {
    let id = *db.head().tables.keys().next().unwrap();
    let versions = db.versions(id).unwrap();
    versions
        .iter()
        .map(|(number, version)| (*number, version.parent))
        .collect()
}

fn kinds(db: &Database) -> Vec<(LedgerKind, u64, Option<u64>)> {
    let records = db.history().unwrap().records;
    let told = |record: &quantadb::plan::LedgerRecord| (record.kind, record.revision, record.from_revision);
    records.iter().map(told).collect()
}

#[test]
fn k1_linear() {
    use LedgerKind::{Auto, Create, Rollback};
    for sweeps in SWEEPS {
        let engine = step_by_step(sweeps);
        let db = open(&engine, NEWEST);
        assert_eq!(
            parents(&db),
            [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(3))]
        );
        let up = [
            (Create, 1, None),
            (Auto, 2, Some(1)),
            (Auto, 3, Some(2)),
            (Auto, 4, Some(3)),
        ];
        assert_eq!(kinds(&db), up);
        drop(db);
        for generation in (2..=NEWEST).rev() {
            let db = open(&engine, generation);
            assert_eq!(rows_of(&db, generation), expected(generation), "{sweeps:?}");
            sweeps.sweep(&db, &engine);
            db.rollback(1).unwrap();
        }
        let db = open(&engine, 1);
        assert_eq!(rows_of(&db, 1), expected(1), "{sweeps:?}");
        let down = [
            (Rollback, 3, Some(4)),
            (Rollback, 2, Some(3)),
            (Rollback, 1, Some(2)),
        ];
        assert_eq!(kinds(&db), [&up[..], &down].concat());
        assert_eq!(parents(&db).len(), 4, "going back makes no version");
    }
}

/// The store was last opened three schemas ago.
#[test]
fn k2_gap() {
    for sweeps in SWEEPS {
        let (engine, slow) = (oldest(), step_by_step(sweeps));
        let db = open(&engine, NEWEST);
        assert_eq!(rows_of(&db, NEWEST), expected(NEWEST));
        assert_eq!(rows_of(&db, NEWEST), rows_of(&open(&slow, NEWEST), NEWEST));
        assert_eq!(
            parents(&db),
            [(1, None), (2, Some(1))],
            "the schemas between were never here"
        );
        sweeps.sweep(&db, &engine);
        assert_eq!(rows_of(&db, NEWEST), expected(NEWEST));
        drop(db);
        // The program of three schemas ago takes either store back.
        for store in [engine, slow] {
            let error = options(&store, 1).open("").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Older, "{error}");
            let db = options(&store, 1).on_older(OnOlder::RollBack).open("").unwrap();
            assert_eq!(rows_of(&db, 1), expected(1), "{sweeps:?}");
            sweeps.sweep(&db, &store);
        }
    }
}

mod coded {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "rows", register = false)]
    pub struct WithCode {
        #[quanta(id)]
        pub id: u8,
        pub a: String,
        #[quanta(init_with = loud)]
        pub loud: String,
    }

    fn loud(old: &OldRow<'_>) -> Result<String, String> {
        old.get::<String>("a").map(|text| text.to_uppercase())
    }

    /// The same shape, in a program that lost the function.
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "rows", register = false)]
    pub struct WithoutCode {
        #[quanta(id)]
        pub id: u8,
        pub a: String,
        #[quanta(new)]
        pub loud: String,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "rows", register = false)]
    pub struct Before {
        #[quanta(id)]
        pub id: u8,
        pub a: String,
    }
}

/// Rows that nobody changed go up again without the function that once made a field; others need it.
#[test]
fn k7_missing_code_for_a_step() {
    use coded::{Before, WithCode, WithoutCode};
    let before = |id: u8, a: &str| Before { id, a: a.to_owned() };
    let engine = filled(&[before(1, "x"), before(2, "y")]);
    drop(engine.open::<(WithCode,)>().unwrap());
    let older = || {
        engine
            .options::<(Before,)>()
            .on_older(OnOlder::RollBack)
            .open("")
            .unwrap()
    };
    drop(older());
    let db = engine.open::<(WithoutCode,)>().unwrap();
    let texts: Vec<String> = all::<WithoutCode>(&db).into_iter().map(|row| row.loud).collect();
    assert_eq!(texts, ["X", "Y"]);
    drop(db);

    let db = older();
    db.collection::<Before>().put(&before(2, "changed")).unwrap();
    db.collection::<Before>().put(&before(3, "born")).unwrap();
    drop(db);
    let digest = engine.digest();
    let plan = engine.options::<(WithoutCode,)>().plan("").unwrap();
    let error = engine.open::<(WithoutCode,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
    for part in [
        "rows",
        "the function `loud` is needed, and this program doesn't have it",
    ] {
        assert!(error.to_string().contains(part), "{part:?} is not in\n{error}");
    }
    assert!(!plan.refusals.is_empty(), "a plan tells it too");
    assert!(error.plan().is_some());
    assert_eq!(engine.digest(), digest, "the store is as it was");
    // The program that has the function goes on.
    let db = engine.open::<(WithCode,)>().unwrap();
    let texts: Vec<String> = all::<WithCode>(&db).into_iter().map(|row| row.loud).collect();
    assert_eq!(texts, ["X", "CHANGED", "BORN"]);
}

/// Goes back to each revision, and from there up again along what is recorded; and opens a store that was left there.
#[test]
fn k10_replay_from_any_ancestor() {
    for sweeps in SWEEPS {
        let engine = oldest();
        let mut left = vec![engine.duplicate()];
        for generation in 2..=NEWEST {
            sweeps.sweep(&open(&engine, generation), &engine);
            left.push(engine.duplicate());
        }
        let newest = rows_of(&open(&engine, NEWEST), NEWEST);
        let schema = |db: &Database| db.head().tables.values().next().unwrap().fingerprint;
        let fingerprint = schema(&open(&engine, NEWEST));
        for (ancestor, left) in (1..).zip(&left) {
            let copy = engine.duplicate();
            open(&copy, NEWEST).migrate_to(ancestor.into()).unwrap();
            let db = open(&copy, ancestor);
            assert_eq!(rows_of(&db, ancestor), expected(ancestor));
            sweeps.sweep(&db, &copy);
            drop(db);
            for store in [&copy, left] {
                let db = options(store, NEWEST).release_hold().open("").unwrap();
                assert_eq!(rows_of(&db, NEWEST), newest, "from {ancestor}, {sweeps:?}");
                assert_eq!(schema(&db), fingerprint);
                sweeps.sweep(&db, store);
            }
            assert_eq!(
                parents(&open(&copy, NEWEST)).len(),
                4,
                "recorded edges were taken"
            );
        }
    }
}

/// The ledger alone says how every table stood at any time: each record goes on from where those before it led.
#[test]
fn k10_the_ledger_replays_to_every_state() {
    let engine = oldest();
    let states = |db: &Database| -> BTreeMap<u32, TableState> {
        let tables = db.head().tables;
        tables.into_iter().map(|(id, table)| (id, table.state)).collect()
    };
    let mut stood = vec![states(&open(&engine, 1))];
    for generation in 2..=NEWEST {
        stood.push(states(&open(&engine, generation)));
    }
    for (from, to) in [(4_u32, 2_u32), (2, 4), (4, 1), (1, 3)] {
        open(&engine, from).migrate_to(to.into()).unwrap();
        stood.push(states(&open(&engine, to)));
    }
    let records = open(&engine, 3).history().unwrap().records;
    assert_eq!(records.len(), stood.len());
    let mut replayed = BTreeMap::new();
    for (record, stood) in records.iter().zip(&stood) {
        for effect in &record.effects {
            let before = replayed.insert(effect.table, effect.after.clone());
            assert_eq!(before, effect.before, "record {}", record.sequence);
        }
        assert_eq!(replayed, *stood, "record {}", record.sequence);
    }
}
