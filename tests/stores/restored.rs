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

mod along;
mod embedded;
mod once;

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
