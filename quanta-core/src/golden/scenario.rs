//! A small store with one record of almost every kind: made, changed, named, rolled back.

use std::sync::Arc;

use quanta_storage::{Batch, Commit, Direction, Durability, Engine as _, KeyRange, Memory, StoreId};

use crate::db::{Database, Engine, Options, Sweep};

/// The first generation.
#[derive(Debug, PartialEq, Clone, quanta_derive::QuantaEntity)]
#[quanta(crate = crate, table = "users", register = false)]
pub struct UserV1 {
    #[quanta(id)]
    pub id: u64,
    pub nick: String,
    pub note: Option<String>,
}

/// The second: a name is changed, a field goes, a field comes.
#[derive(Debug, PartialEq, Clone, quanta_derive::QuantaEntity)]
#[quanta(crate = crate, table = "users", register = false)]
pub struct UserV2 {
    #[quanta(id)]
    pub id: u64,
    #[quanta(renamed_from = "nick")]
    pub name: String,
    #[quanta(new, default = 18)]
    pub age: u8,
}

/// What the second generation shows of its rows.
#[derive(Debug, PartialEq, quanta_derive::QuantaView)]
#[quanta(crate = crate, of = UserV2, name = "adults", filter = |user| user.age.ge(18), register = false)]
pub struct Adult {
    pub id: u64,
    pub name: String,
}

/// 2026-01-02T03:04:05.006Z.
pub fn clock() -> u64 {
    1_767_323_045_006
}

/// Everything that a store in memory holds, in order.
pub type Records = Vec<(Vec<u8>, Vec<u8>)>;

pub fn records_of(memory: &Memory) -> Records {
    let mut records = Vec::new();
    let mut cursor = memory
        .snapshot()
        .unwrap()
        .scan(&KeyRange::all(), Direction::Forward)
        .unwrap();
    while let Some((key, value)) = cursor.next().unwrap() {
        records.push((key.to_vec(), value.to_vec()));
    }
    records
}

/// Puts records into a new store in memory.
pub fn memory_with(records: &[(Vec<u8>, Vec<u8>)]) -> Memory {
    let memory = Memory::new();
    let mut batch = Batch::new();
    for (key, value) in records {
        batch.put(key.clone(), value.clone());
    }
    let committed = memory.commit(&batch, Durability::Sync).unwrap();
    assert_eq!(committed, Commit::Done);
    memory
}

pub fn options(memory: &Memory) -> Options {
    Options::new()
        .engine(Engine::Memory(memory.clone()))
        .sweep(Sweep::Off)
        .app_version("1.2.3")
        .clock(clock)
}

pub fn open_v1(memory: &Memory) -> Database {
    options(memory).entities::<(UserV1,)>().open("").unwrap()
}

pub fn open_v2(memory: &Memory) -> Database {
    options(memory)
        .entities::<(UserV2,)>()
        .views::<(Adult,)>()
        .open("")
        .unwrap()
}

/// The rows as the first generation sees them at the end.
pub fn rows() -> Vec<UserV1> {
    let row = |id, nick: &str, note: Option<&str>| UserV1 {
        id,
        nick: nick.to_owned(),
        note: note.map(str::to_owned),
    };
    vec![
        row(1, "ada", Some("first")),
        row(2, "Grace", Some("second")),
        row(300, "joan", None),
    ]
}

/// Rows 1 and 2 are born under version 1, row 2 is changed under version 2, row 300 is born after the rollback.
pub fn make() -> Memory {
    let memory = Memory::new();
    quanta_storage::open_engine(Arc::new(memory.clone()), StoreId([0x51; 16])).unwrap();
    let db = open_v1(&memory);
    let users = db.collection::<UserV1>();
    users.insert(&rows()[0]).unwrap();
    let before = UserV1 {
        nick: "grace".to_owned(),
        ..rows()[1].clone()
    };
    users.insert(&before).unwrap();
    drop((users, db));
    let db = open_v2(&memory);
    let users = db.collection::<UserV2>();
    users
        .update(&2, |user| {
            user.name = "Grace".to_owned();
            user.age = 85;
        })
        .unwrap();
    db.release("2.0").unwrap();
    db.rollback(1).unwrap();
    let db = open_v1(&memory);
    db.collection::<UserV1>().insert(&rows()[2]).unwrap();
    memory
}
