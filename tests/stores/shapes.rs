//! The acceptance cases A to I as pairs of generations: rows up, read unswept and swept, and back down.

use std::fmt::Debug;

use quantadb::{Database, QuantaEntity};

use crate::support::{Small, sweep_and_check};

/// What a generation names.
mod derives {
    pub use quantadb::{OldRow, QuantaEntity, QuantaType};
}

/// Whether rows are rewritten before they are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reading {
    Unswept,
    Swept,
}

fn read<E: QuantaEntity + Debug + PartialEq>(
    db: &Database,
    expected: &[E],
    engine: &Small,
    reading: Reading,
) {
    let found = || {
        db.collection::<E>()
            .iter()
            .collect::<Result<Vec<E>, _>>()
            .unwrap()
    };
    assert_eq!(found(), expected, "{reading:?}");
    if reading == Reading::Swept {
        sweep_and_check(db, engine);
        assert_eq!(found(), expected, "swept");
    }
}

/// Takes rows up, back down, and up again: all three times they are as expected.
pub fn check<O, N>(old: &[O], new: &[N])
where
    O: QuantaEntity + Debug + PartialEq,
    N: QuantaEntity + Debug + PartialEq,
{
    for reading in [Reading::Unswept, Reading::Swept] {
        let engine = Small::default();
        let db = engine.open::<(O,)>().unwrap();
        db.write(|tx| old.iter().try_for_each(|row| tx.collection::<O>().put(row)))
            .unwrap();
        drop(db);
        let db = engine.open::<(N,)>().unwrap();
        assert!(!db.open_report().plan.is_empty(), "nothing changed");
        read(&db, new, &engine, reading);
        db.rollback(1).unwrap();
        read(&engine.open::<(O,)>().unwrap(), old, &engine, reading);
        let db = engine.options::<(N,)>().release_hold().open("memory").unwrap();
        read(&db, new, &engine, reading);
    }
}

/// Checks that two declarations are one shape: opening with the other changes not one byte.
pub fn check_same<O, N>(old: &[O], new: &[N])
where
    O: QuantaEntity + Debug + PartialEq,
    N: QuantaEntity + Debug + PartialEq,
{
    let engine = Small::default();
    let db = engine.open::<(O,)>().unwrap();
    old.iter()
        .for_each(|row| db.collection::<O>().insert(row).unwrap());
    drop(db);
    let digest = engine.digest();
    let plan = engine.options::<(N,)>().plan("memory").unwrap();
    assert!(plan.is_empty(), "{plan}");
    let db = engine.open::<(N,)>().unwrap();
    assert!(db.open_report().plan.is_empty());
    assert_eq!(
        db.collection::<N>()
            .iter()
            .collect::<Result<Vec<N>, _>>()
            .unwrap(),
        new
    );
    assert_eq!(engine.digest(), digest);
}

/// Makes a module with two generations of one table, and a test of the rows of both.
macro_rules! case {
    ($name:ident, $check:ident,
     old { $($old:tt)* } $([ $($old_items:tt)* ])? rows { $($old_row:expr),* $(,)? }
     new { $($new:tt)* } $([ $($new_items:tt)* ])? rows { $($new_row:expr),* $(,)? }) => {
        mod $name {
            generation! { old { $($old)* } [ $($($old_items)*)? ] rows { $($old_row),* } }
            generation! { new { $($new)* } [ $($($new_items)*)? ] rows { $($new_row),* } }

            #[test]
            fn rows() {
                super::$check(&old::rows(), &new::rows());
            }
        }
    };
}

macro_rules! generation {
    ($name:ident { $($fields:tt)* } [ $($items:tt)* ] rows { $($row:expr),* }) => {
        mod $name {
            use crate::shapes::derives::*;

            $($items)*

            #[derive(QuantaEntity, Debug, Clone, PartialEq)]
            #[quanta(table = "rows", register = false)]
            pub struct Row { $($fields)* }

            pub fn rows() -> Vec<Row> {
                vec![$($row),*]
            }
        }
    };
}

mod added;
mod converted;
mod renamed;
mod same;
