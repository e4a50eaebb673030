//! Guards what happens around changes: reading only, second openers, panics, empty and unknown tables, and writers
//! beside the sweep.

use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use quanta_storage::{Cursor, Direction, Engine as RawEngine, KeyRange, Result as RawResult, Snapshot};
use quantadb::{Database, Engine, ErrorKind, OldRow, Options, QuantaEntity, SweepHandle};

use crate::generations::{Generation, lifted, one, row_one, row_two, texts, three, two};
use crate::support::{BATCH_ROWS, Small, custom, rows, sweep_and_check};

mod handles;
mod panics;
mod progress;
mod read_only;
mod sweeping;

fn filled(count: u64) -> Small {
    let engine = Small::default();
    let db = engine.open::<(one::Item,)>().unwrap();
    db.write(|tx| (0..count).try_for_each(|id| tx.collection::<one::Item>().put(&row_one(id))))
        .unwrap();
    engine
}

mod panicking {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Once {
        #[quanta(id)]
        pub id: u64,
        #[quanta(new, default_with = never)]
        pub serial: u32,
    }

    fn never() -> u32 {
        panic!("no serial today")
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Computed {
        #[quanta(id)]
        pub id: u64,
        #[quanta(init_with = half)]
        pub half: u64,
    }

    fn half(old: &OldRow<'_>) -> Result<u64, String> {
        let id: u64 = old.get("id")?;
        assert!(id != 3, "three has no half");
        if id == 5 {
            Err("five has none either".to_owned())
        } else {
            Ok(id / 2)
        }
    }
}
