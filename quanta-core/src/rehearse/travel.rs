//! Going back and up again: laws 3, 4 and 6.

use std::collections::BTreeMap;

use crate::db::Database;
use crate::plan::Presence;
use crate::schema::{Fingerprint, IndexDef};

use super::image::Image;
use super::law::{Check, Counterexample, Law};
use super::reads::{check_sound, sweep};
use super::resolve::Taken;
use super::scratch::{Declared, Scratch};

/// Where a store stands, and what it shows there.
#[derive(Debug)]
pub(crate) struct Standing {
    pub image: Image,
    pub tables: BTreeMap<String, TableStanding>,
    pub revision: u64,
}

/// Where a table stands. Ids of indexes may be others after going back and forth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableStanding {
    pub id: u32,
    pub version: u32,
    pub fingerprint: Fingerprint,
    pub write_defaults: BTreeMap<String, Vec<u8>>,
    pub indexes: Vec<IndexDef>,
}

impl Standing {
    pub fn of(db: &Database) -> crate::error::Result<Self> {
        let image = Image::of(db)?;
        let head = db.head();
        let live = head
            .tables
            .iter()
            .filter(|(_, table)| table.state.presence == Presence::Live);
        let tables = live.map(|(id, table)| {
            let schema = image.tables.get(&table.state.name).map(|table| &table.schema);
            let standing = TableStanding {
                id: *id,
                version: table.state.version,
                fingerprint: table.fingerprint,
                write_defaults: table.state.write_defaults.clone(),
                indexes: schema.map(|schema| schema.indexes.clone()).unwrap_or_default(),
            };
            (table.state.name.clone(), standing)
        });
        Ok(Self {
            tables: tables.collect(),
            revision: head.revision,
            image,
        })
    }

    /// Compares where everything stands, without the rows: `self` is what should be there.
    pub fn check_place(&self, found: &Self) -> Check {
        if self.revision != found.revision {
            return Err(Counterexample {
                expected: self.revision.to_string(),
                found: found.revision.to_string(),
                ..Counterexample::new("the revision is another one")
            });
        }
        for (name, table) in &self.tables {
            if found.tables.get(name) != Some(table) {
                return Err(Counterexample {
                    expected: format!("{table:?}"),
                    found: format!("{:?}", found.tables.get(name)),
                    ..Counterexample::of_table(name, "the table stands elsewhere")
                });
            }
        }
        match found.tables.keys().find(|name| !self.tables.contains_key(*name)) {
            Some(name) => Err(Counterexample::of_table(name, "the table should not be there")),
            None => Ok(()),
        }
    }
}

/// Whether rows are swept wherever a store comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sweeping {
    Never,
    Everywhere,
}

/// A change that was made, and what was there before and after.
pub(super) struct Change<'a> {
    pub here: &'a Declared,
    pub taken: &'a Taken,
    pub before: &'a Standing,
    pub after: &'a Standing,
}

/// Takes a store that made a change back, and up again.
pub(super) fn check(store: &Scratch, change: &Change<'_>, sweeping: Sweeping) -> Vec<(Law, Check)> {
    let when = |way: &str| match sweeping {
        Sweeping::Never => format!("{way}, without sweeps"),
        Sweeping::Everywhere => format!("{way}, with sweeps"),
    };
    let mut laws = Vec::new();
    let down = match go_down(store, change, sweeping) {
        Ok(db) => db,
        Err(broken) => return vec![(Law::Down, Err(broken.when(&when("going back"))))],
    };
    compare(
        &down,
        change.before,
        (Law::Down, Law::Inverse),
        &when("back"),
        &mut laws,
    );
    drop(down);
    match go_up(store, change, sweeping) {
        Ok(db) => compare(
            &db,
            change.after,
            (Law::UpAgain, Law::UpAgain),
            &when("up again"),
            &mut laws,
        ),
        Err(broken) => laws.push((Law::UpAgain, Err(broken.when(&when("going up again"))))),
    }
    laws
}

fn compare(
    db: &Database,
    expected: &Standing,
    (rows, place): (Law, Law),
    when: &str,
    laws: &mut Vec<(Law, Check)>,
) {
    let named = |check: Check| check.map_err(|broken| broken.when(when));
    match Standing::of(db) {
        Ok(found) => {
            laws.push((rows, named(expected.image.check_equal(&found.image))));
            laws.push((place, named(expected.check_place(&found))));
        }
        Err(error) => laws.push((rows, named(Err(error.into())))),
    }
    laws.push((Law::Ledger, named(check_sound(db))));
}

fn go_down(store: &Scratch, change: &Change<'_>, sweeping: Sweeping) -> Check<Database> {
    let db = store.open(&change.taken.declared)?;
    if sweeping == Sweeping::Everywhere {
        sweep(&db)?;
    }
    db.rollback(1)?;
    let db = store.open(&Declared::new(change.here.version.clone()))?;
    if sweeping == Sweeping::Everywhere {
        sweep(&db)?;
    }
    Ok(db)
}

fn go_up(store: &Scratch, change: &Change<'_>, sweeping: Sweeping) -> Check<Database> {
    let db = store.open_again(&change.taken.declared)?;
    if sweeping == Sweeping::Everywhere {
        sweep(&db)?;
    }
    Ok(db)
}
