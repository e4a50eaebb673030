//! Guards that `verify` finds every planted contradiction, and nothing in stores that are sound.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails like a test")]

use std::collections::BTreeMap;

use quanta_core::plan::{BuildProgress, Head, LedgerRecord, Presence, Version, WorkRecord, WorkTask};
use quanta_core::{FindingCode, VerifyReport};
use quanta_storage::{Batch, Commit, Direction, Durability, Engine as _, KeyRange, Memory};
use quantadb::{Database, Engine, Entities, OnOlder, Options, QuantaEntity, Sweep};

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

#[test]
fn a_sound_store_has_no_finding() {
    let memory = created();
    assert_sound(&memory, "create");
    let memory = mixed();
    assert_sound(&memory, "change");
    let db = open::<(second::User, Team)>(&memory, Sweep::On);
    db.collection::<Team>()
        .insert(&Team {
            name: "red".to_owned(),
        })
        .unwrap();
    assert_sound(&memory, "sweep and a new table");
    db.collection::<second::User>().delete(&3).unwrap();
    assert_sound(&memory, "delete");
    db.rollback(2).unwrap();
    assert_sound(&memory, "rollback");
    let db = open::<(first::User,)>(&memory, Sweep::Off);
    db.collection::<first::User>().put(&old(2)).unwrap();
    assert_sound(&memory, "writes after a rollback");
    drop(db);
    drop(open::<(first::User,)>(&memory, Sweep::On));
    assert_sound(&memory, "sweep after a rollback");
    open::<(first::User,)>(&memory, Sweep::Off).migrate_to(3).unwrap();
    assert_sound(&memory, "up again");
    drop(open::<(second::User, Team)>(&memory, Sweep::On));
    assert_sound(&memory, "sweep up again");
    let options = Options::new()
        .engine(Engine::Memory(memory.clone()))
        .entities::<(second::User,)>();
    drop(options.drop_table("teams").open("memory").unwrap());
    assert_sound(&memory, "a table dropped");
}

#[test]
fn counts_what_was_looked_at() {
    let report = verify(&mixed());
    let counts = report.counts;
    assert_eq!((counts.tables, counts.versions, counts.ledger_records), (1, 2, 2));
    assert_eq!((counts.rows, counts.kept, counts.work), (12, 2, 0));
    assert_eq!(report.to_json()["sound"], true);
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

#[test]
fn finds_damage_of_the_head() {
    check(&[FindingCode::Fingerprint], |records| {
        edit_head(records, |head| {
            head.tables.get_mut(&1).unwrap().fingerprint.0[3] ^= 1;
        });
    });
    check(&[FindingCode::Counter], |records| {
        edit_head(records, |head| head.counters.table = 1);
    });
    check(&[FindingCode::Counter], |records| {
        edit_head(records, |head| head.counters.revision = 2);
    });
    check(
        &[
            FindingCode::Counter,
            FindingCode::Revision,
            FindingCode::VersionTree,
        ],
        |records| {
            edit_head(records, |head| {
                let mut twin = head.tables[&1].clone();
                twin.state.space = 2;
                head.counters.table = 3;
                head.counters.space = 3;
                head.tables.insert(2, twin);
            });
        },
    );
    check(&[FindingCode::Revision], |records| {
        edit_head(records, |head| head.revision = 0);
    });
    check(&[FindingCode::Revision, FindingCode::SchemaOrphan], |records| {
        edit_head(records, |head| {
            head.tables.get_mut(&1).unwrap().state.presence = Presence::Absent;
        });
    });
    check(&[FindingCode::VersionTree], |records| {
        edit_head(records, |head| {
            head.tables.get_mut(&1).unwrap().stamps.insert(7);
        });
    });
}

#[test]
fn finds_a_head_that_is_damaged_while_the_store_is_open() {
    let memory = mixed();
    let db = open::<()>(&memory, Sweep::Off);
    let mut batch = Batch::new();
    batch.put([HEAD], [0xff]);
    assert_eq!(memory.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    let report = db.verify().unwrap();
    assert_eq!(
        report.totals.keys().copied().collect::<Vec<_>>(),
        [FindingCode::Head]
    );
}

#[test]
fn finds_damage_of_the_ledger() {
    check(&[FindingCode::LedgerHead], |records| {
        let last = nth(records, LEDGER, 1);
        edit(records, &last, |record: &mut LedgerRecord| record.time_ms += 1);
    });
    check(&[FindingCode::LedgerChain], |records| {
        let first = nth(records, LEDGER, 0);
        edit(records, &first, |record: &mut LedgerRecord| record.time_ms += 1);
    });
    check(
        &[
            FindingCode::LedgerRecord,
            FindingCode::LedgerChain,
            FindingCode::LedgerHead,
        ],
        |records| {
            records.remove(&nth(records, LEDGER, 0));
        },
    );
    check(
        &[FindingCode::LedgerRecord, FindingCode::LedgerChain],
        |records| {
            let first = nth(records, LEDGER, 0);
            truncate(records, &first);
        },
    );
    check(&[FindingCode::LedgerHead], |records| {
        records.remove(&nth(records, LEDGER, 1));
    });
}

/// Writes ledger records anew, each with the hash of the one before, and the head with that of the last.
fn edit_ledger(records: &mut Records, change: impl Fn(&mut LedgerRecord)) {
    let keys: Vec<Vec<u8>> = records.keys().filter(|key| key[0] == LEDGER).cloned().collect();
    let mut hash = [0; 32];
    for key in &keys {
        edit(records, key, |record: &mut LedgerRecord| {
            change(record);
            record.previous_hash = hash;
        });
        hash = *blake3::hash(&records[key]).as_bytes();
    }
    edit_head(records, |head| head.ledger_hash = hash);
}

/// Names that contradict each other: in a ledger whose chain is whole, each is found, and nothing else.
#[test]
fn finds_damage_of_releases() {
    let memory = mixed();
    let db = open::<()>(&memory, Sweep::Off);
    db.release("1.0").unwrap();
    db.release("1.1").unwrap();
    drop(db);
    assert_sound(&memory, "releases");
    let check = |problem: &str, change: &dyn Fn(&mut LedgerRecord)| {
        let mut records = records_of(&memory);
        edit_ledger(&mut records, change);
        let report = verify(&memory_of(&records));
        let found: Vec<String> = report
            .findings
            .iter()
            .map(|finding| format!("{} {}: {}", finding.code, finding.place, finding.problem))
            .collect();
        assert_eq!(found, [format!("release {problem}")]);
    };
    check(
        "ledger record 3: 1.0 is the name that record 2 gives",
        &|record| {
            if record.sequence == 3 {
                record.release = Some("1.0".to_owned());
            }
        },
    );
    check(
        "ledger record 3: 1.1 is revision 7, which no record before makes",
        &|record| {
            if record.sequence == 3 {
                (record.revision, record.from_revision) = (7, Some(7));
            }
        },
    );
    check(
        "ledger record 2: 1.0 moves the store, and a name doesn't",
        &|record| {
            if record.sequence == 2 {
                record.from_revision = Some(1);
            }
        },
    );
    check("ledger record 2: it is a release without a name", &|record| {
        if record.sequence == 2 {
            record.release = None;
        }
    });
    check(
        "ledger record 2: the name \\n: it begins or ends with a space",
        &|record| {
            if record.sequence == 2 {
                record.release = Some("\n".to_owned());
            }
        },
    );
    check(
        "ledger record 1: auto records give no name, and it has 0.9",
        &|record| {
            if record.sequence == 1 {
                record.release = Some("0.9".to_owned());
            }
        },
    );
}

#[test]
fn finds_damage_of_versions() {
    check(&[FindingCode::VersionTree], |records| {
        records.remove(&nth(records, VERSION, 1));
    });
    check(&[FindingCode::Version, FindingCode::VersionTree], |records| {
        let key = nth(records, VERSION, 0);
        truncate(records, &key);
    });
    check(&[FindingCode::VersionTree], |records| {
        edit_version(records, 1, |version| version.parent = Some(2));
    });
    check(&[FindingCode::VersionTree], |records| {
        edit_version(records, 1, |version| version.parent = Some(0));
    });
    check(&[FindingCode::VersionTree], |records| {
        edit_version(records, 1, |version| version.parent = None);
    });
    check(&[FindingCode::VersionTree], |records| {
        edit_version(records, 1, |version| version.edge = None);
    });
    check(&[FindingCode::VersionTree], |records| {
        edit_version(records, 1, |version| {
            version.edge.as_mut().unwrap().lens.arms.truncate(1);
        });
    });
    check(&[FindingCode::VersionOrphan], |records| {
        let mut key = nth(records, VERSION, 0);
        let value = records[&key].clone();
        key[4] = 9;
        records.insert(key, value);
    });
}

#[test]
fn finds_damage_of_current_schemas() {
    check(&[FindingCode::Schema], |records| {
        records.remove(&nth(records, SCHEMA, 0));
    });
    check(&[FindingCode::Schema], |records| {
        let key = nth(records, SCHEMA, 0);
        truncate(records, &key);
    });
    check(&[FindingCode::SchemaOrphan], |records| {
        records.insert(b"\x03ghosts:schema".to_vec(), Vec::new());
    });
}

#[test]
fn finds_damage_of_rows() {
    check(&[FindingCode::RowBody], |records| {
        let key = nth(records, ROW, 0);
        truncate(records, &key);
    });
    check(&[FindingCode::RowBody], |records| {
        let key = nth(records, ROW, 11);
        records.get_mut(&key).unwrap().push(0);
    });
    check(&[FindingCode::RowStamp], |records| {
        let key = nth(records, ROW, 0);
        records.get_mut(&key).unwrap()[0] = 3;
    });
    check(&[FindingCode::RowStamp], |records| {
        let key = nth(records, ROW, 0);
        records.insert(key, Vec::new());
    });
    check(&[FindingCode::RowKey], |records| {
        let (one, two) = (nth(records, ROW, 0), nth(records, ROW, 1));
        let value = records[&one].clone();
        records.insert(two, value);
    });
    check(&[FindingCode::RowOrphan], |records| {
        let mut key = nth(records, ROW, 0);
        let value = records[&key].clone();
        key[4] = 9;
        records.insert(key, value);
    });
}

#[test]
fn finds_damage_of_kept_values() {
    check(&[FindingCode::KeptEntry], |records| {
        let key = nth(records, KEPT, 0);
        truncate(records, &key);
    });
    check(&[FindingCode::KeptEntry], |records| {
        let key = nth(records, KEPT, 0);
        records.get_mut(&key).unwrap().push(1);
    });
    check(&[FindingCode::KeptRow], |records| {
        let key = nth(records, KEPT, 0);
        let row = [&[ROW, 0, 0, 0, 1], &key[10..]].concat();
        assert!(records.remove(&row).is_some());
    });
    // A row of the first version can hold what was dropped.
    check(&[FindingCode::KeptSide], |records| {
        let kept = nth(records, KEPT, 0);
        let value = records[&kept].clone();
        let row = nth(records, ROW, 0);
        records.insert([&kept[..10], &row[5..]].concat(), value);
    });
    check(&[FindingCode::KeptEdge], |records| {
        edit_head(records, |head| head.tables.get_mut(&1).unwrap().kept.clear());
    });
    check(&[FindingCode::KeptEdge, FindingCode::KeptSide], |records| {
        let kept = nth(records, KEPT, 0);
        let value = records.remove(&kept).unwrap();
        let mut elsewhere = kept;
        elsewhere[8] = 7;
        records.insert(elsewhere, value);
    });
    check(&[FindingCode::KeptOrphan], |records| {
        let mut key = nth(records, KEPT, 0);
        let value = records[&key].clone();
        key[4] = 9;
        records.insert(key, value);
    });
}

#[test]
fn spaces_of_unfinished_work_are_no_orphans() {
    let orphan = |records: &mut Records, task: Option<WorkTask>| {
        let mut key = nth(records, ROW, 0);
        let value = records[&key].clone();
        key[4] = 9;
        records.insert(key, value);
        if let Some(task) = task {
            let record = WorkRecord { epoch: 1, task };
            let bytes = bincode::serde::encode_to_vec(&record, bincode::config::standard()).unwrap();
            records.insert(vec![WORK, 0, 0, 0, 1], bytes);
        }
    };
    check(&[FindingCode::RowOrphan], |records| orphan(records, None));
    check(&[], |records| {
        orphan(records, Some(WorkTask::Retire { space: 9 }));
    });
    let build = WorkTask::Build {
        space: 9,
        digest: [0; 32],
        progress: BuildProgress::default(),
    };
    check(&[], |records| orphan(records, Some(build.clone())));
}

#[test]
fn finds_what_belongs_to_nothing() {
    check(&[FindingCode::Work], |records| {
        drop(records.insert(vec![WORK, 0, 0, 0, 1], vec![0xff]));
    });
    check(&[FindingCode::Work], |records| {
        drop(records.insert(vec![WORK, 0], vec![0xff]));
    });
    check(&[FindingCode::IndexOrphan], |records| {
        drop(records.insert(vec![INDEX, 0, 0, 0, 1, 5], Vec::new()));
    });
    check(&[FindingCode::VictimOrphan], |records| {
        drop(records.insert(vec![VICTIM, 0, 0, 0, 9, 0, 0, 0, 1, 5], Vec::new()));
    });
    check(&[FindingCode::UnknownArea], |records| {
        drop(records.insert(vec![0x77, 1], Vec::new()));
    });
    check(&[FindingCode::UnknownArea], |records| {
        drop(records.insert(vec![HEAD, 1], Vec::new()));
    });
    check(&[FindingCode::UnknownArea], |records| {
        drop(records.insert(vec![0x00, 0xff], Vec::new()));
    });
}

/// Plants a damage in a store with indexes: `items_code` has space 2, `items_size` 3.
#[track_caller]
fn check_entries(expected: &[(FindingCode, &str)], plant: impl FnOnce(&mut Records)) {
    let memory = Memory::new();
    let db = open::<(Item,)>(&memory, Sweep::Off);
    for (id, code, size) in [(1, "a", Some(7)), (2, "b", None)] {
        let code = code.to_owned();
        db.collection::<Item>().insert(&Item { id, code, size }).unwrap();
    }
    drop(db);
    let mut records = records_of(&memory);
    plant(&mut records);
    let report = verify(&memory_of(&records));
    let found = report.findings.iter();
    let found: Vec<(FindingCode, String)> = found
        .map(|finding| (finding.code, format!("{}: {}", finding.place, finding.problem)))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, text)| (*code, (*text).to_owned()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn f2_finds_missing_and_surplus_entries() {
    use FindingCode::{IndexMissing, IndexSurplus};
    const CODE_A: &[u8] = b"\x07\0\0\0\x02a\0\0";
    const CODE_B: &[u8] = b"\x07\0\0\0\x02b\0\0";
    const SIZE_OF_1: &[u8] = b"\x07\0\0\0\x03\x01\x81\x07\x81\x01";
    const SIZE_OF_2: &[u8] = b"\x07\0\0\0\x03\0\x81\x02";
    check_entries(&[], |records| {
        assert!(
            [CODE_A, CODE_B, SIZE_OF_1, SIZE_OF_2]
                .iter()
                .all(|key| records.contains_key(*key))
        );
    });
    check_entries(
        &[(
            IndexMissing,
            "row 1 of table items: the index items_size has no entry for 7",
        )],
        |records| drop(records.remove(SIZE_OF_1)),
    );
    check_entries(
        &[(
            IndexMissing,
            "row 2 of table items: the index items_size has no entry for none",
        )],
        |records| drop(records.remove(SIZE_OF_2)),
    );
    check_entries(
        &[
            (
                IndexMissing,
                "row 1 of table items: the unique index items_code has \"a\" for row 2 of table items",
            ),
            (
                IndexSurplus,
                "the unique index items_code of table items: it has \"a\" for row 2 of table items, which has no such \
                 value or is not there",
            ),
        ],
        |records| drop(records.insert(CODE_A.to_vec(), b"\x81\x02".to_vec())),
    );
    check_entries(
        &[(
            IndexSurplus,
            "the index items_size of table items: it has 7 for row 2 of table items, which has no such value or is not \
             there",
        )],
        |records| drop(records.insert([&SIZE_OF_1[..9], b"\x02"].concat(), Vec::new())),
    );
    check_entries(
        &[(
            IndexSurplus,
            "the index items_size of table items: it has none for row 9 of table items, which has no such value or is \
             not there",
        )],
        |records| drop(records.insert([&SIZE_OF_2[..7], b"\x09"].concat(), Vec::new())),
    );
    check_entries(
        &[(
            IndexSurplus,
            "key 07000000030185 of the index items_size: the key holds no row key",
        )],
        |records| drop(records.insert(b"\x07\0\0\0\x03\x01\x85".to_vec(), Vec::new())),
    );
}

#[test]
fn finds_the_marker_of_another_store() {
    let memory = mixed();
    let db = open::<()>(&memory, Sweep::Off);
    let other = records_of(&mixed());
    let (key, value) = other.first_key_value().unwrap();
    let mut batch = Batch::new();
    batch.put(key.clone(), value.clone());
    assert_eq!(memory.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    let report = db.verify().unwrap();
    assert_eq!(
        report.totals.keys().copied().collect::<Vec<_>>(),
        [FindingCode::Marker]
    );
}

#[test]
fn survives_any_single_changed_byte() {
    let records = records_of(&mixed());
    for (key, value) in records.iter().filter(|(key, _)| key[0] > HEAD && key[0] != 2) {
        for position in 0..value.len() {
            let mut damaged = records.clone();
            damaged.get_mut(key).unwrap()[position] ^= 0x15;
            // What counts is that it comes to an end: values inside of rows are the engine's to check.
            verify(&memory_of(&damaged));
        }
    }
}
