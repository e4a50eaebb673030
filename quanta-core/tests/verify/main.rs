//! Guards that `verify` finds every planted contradiction, and nothing in stores that are sound.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails like a test")]

use std::collections::BTreeMap;

use quanta_core::plan::{BuildProgress, Head, LedgerRecord, Presence, Version, WorkRecord, WorkTask};
use quanta_core::{FindingCode, VerifyReport};
use quanta_storage::{Batch, Commit, Direction, Durability, Engine as _, KeyRange, Memory};
use quantadb::{Database, Engine, Entities, OnOlder, Options, QuantaEntity, Sweep};

#[path = "catalogue.rs"]
mod catalogue_of_verify;
mod n8;
mod repaired;
mod rich;
mod rows;
mod sound;
mod views;

mod first {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub name: String,
        pub note: Option<String>,
        pub score: f64,
    }
}

mod second {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub name: String,
        pub score: f32,
        #[quanta(new)]
        pub joined: bool,
    }
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "teams", register = false)]
struct Team {
    #[quanta(id)]
    name: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "items", register = false)]
struct Item {
    #[quanta(id)]
    id: u64,
    #[quanta(unique)]
    code: String,
    #[quanta(index)]
    size: Option<u8>,
}

fn old(id: u64) -> first::User {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let score = id as f64 + 0.1;
    first::User {
        id,
        name: format!("n{id}"),
        note: Some(format!("note {id}")),
        score,
    }
}

fn new(id: u64) -> second::User {
    second::User {
        id,
        name: format!("m{id}"),
        score: 0.5,
        joined: true,
    }
}

fn open<E: Entities>(memory: &Memory, sweep: Sweep) -> Database {
    let options = Options::new().engine(Engine::Memory(memory.clone())).sweep(sweep);
    let db = options
        .entities::<E>()
        .on_older(OnOlder::RollBack)
        .open("memory")
        .unwrap();
    if sweep == Sweep::On {
        db.sweep().wait().unwrap();
    }
    db
}

fn verify(memory: &Memory) -> VerifyReport {
    let options = Options::new()
        .engine(Engine::Memory(memory.clone()))
        .entities::<()>()
        .read_only();
    options.open("memory").unwrap().verify().unwrap()
}

#[track_caller]
fn assert_sound(memory: &Memory, after: &str) {
    let report = verify(memory);
    assert!(report.is_sound(), "{after}: {:#?}", report.findings);
}

/// A store at the first generation, with users 0 to 9.
fn created() -> Memory {
    let memory = Memory::new();
    let db = open::<(first::User,)>(&memory, Sweep::Off);
    (0..10).for_each(|id| db.collection::<first::User>().insert(&old(id)).unwrap());
    memory
}

/// Users 0 to 7 in the first version, 8 and 9 written in the second, with what they lost.
fn mixed() -> Memory {
    let memory = created();
    let db = open::<(second::User,)>(&memory, Sweep::Off);
    (8..12).for_each(|id| db.collection::<second::User>().put(&new(id)).unwrap());
    memory
}

type Records = BTreeMap<Vec<u8>, Vec<u8>>;

fn records_of(memory: &Memory) -> Records {
    let mut records = Records::new();
    let mut cursor = memory
        .snapshot()
        .unwrap()
        .scan(&KeyRange::all(), Direction::Forward)
        .unwrap();
    while let Some((key, value)) = cursor.next().unwrap() {
        records.insert(key.to_vec(), value.to_vec());
    }
    records
}

fn memory_of(records: &Records) -> Memory {
    let memory = Memory::new();
    let mut batch = Batch::new();
    for (key, value) in records {
        batch.put(key.clone(), value.clone());
    }
    assert_eq!(memory.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    memory
}

/// Plants a damage in a store of mixed rows, and looks for the findings expected.
#[track_caller]
fn check(expected: &[FindingCode], plant: impl FnOnce(&mut Records)) {
    let mut records = records_of(&mixed());
    plant(&mut records);
    let report = verify(&memory_of(&records));
    let found: Vec<FindingCode> = report.totals.keys().copied().collect();
    assert_eq!(found, expected, "{:#?}", report.findings);
    assert!(
        report
            .findings
            .iter()
            .all(|finding| !finding.place.is_empty() && !finding.problem.is_empty())
    );
}

// Areas of the key space, as docs/format.md numbers them.
const HEAD: u8 = 1;
const SCHEMA: u8 = 3;
const VERSION: u8 = 4;
const LEDGER: u8 = 5;
const ROW: u8 = 6;
const INDEX: u8 = 7;
const KEPT: u8 = 8;
const WORK: u8 = 9;
const VICTIM: u8 = 10;
const VIEW: u8 = 12;

fn nth(records: &Records, area: u8, position: usize) -> Vec<u8> {
    records
        .keys()
        .filter(|key| key[0] == area)
        .nth(position)
        .unwrap()
        .clone()
}

fn edit<T: serde::Serialize + serde::de::DeserializeOwned>(
    records: &mut Records,
    key: &[u8],
    change: impl FnOnce(&mut T),
) {
    let config = bincode::config::standard();
    let (mut record, _) = bincode::serde::decode_from_slice(&records[key], config).unwrap();
    change(&mut record);
    records.insert(
        key.to_vec(),
        bincode::serde::encode_to_vec(&record, config).unwrap(),
    );
}

fn edit_head(records: &mut Records, change: impl FnOnce(&mut Head)) {
    edit(records, &[HEAD], change);
}

fn edit_version(records: &mut Records, position: usize, change: impl FnOnce(&mut Version)) {
    let key = nth(records, VERSION, position);
    edit(records, &key, change);
}

fn truncate(records: &mut Records, key: &[u8]) {
    records.get_mut(key).unwrap().pop();
}
