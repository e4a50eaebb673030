//! Guards N9: a repair puts in order what is certain, and leaves everything else as it is, also when it is cut off.

use quanta_core::{Backup, Remedy, RepairReport};
use quanta_storage::{Memory, Snapshot};
use tempfile::tempdir;

use super::n8::*;
use super::rich::*;
use super::*;

mod cut_off;

const COUNTER: u8 = 11;

fn options(memory: &Memory) -> Options {
    let options = Options::new().engine(Engine::Memory(memory.clone()));
    options
        .entities::<()>()
        .app_version("9.9")
        .clock(|| 1_767_225_600_000)
}

fn repair(memory: &Memory) -> RepairReport {
    let dir = tempdir().unwrap();
    options(memory)
        .repair("rich", dir.path().join("before.backup"))
        .unwrap()
}

/// Takes out what every repair changes: the head, the epoch, and its own record of the ledger.
fn essence(mut records: Records) -> Records {
    let own = ledger_key(5);
    records.retain(|key, _| ![&[HEAD][..], &[2], &own].contains(&key.as_slice()));
    records
}

/// Plants a corruption, repairs it, and looks whether the store is as it was before.
#[track_caller]
fn check(name: &str, plant: impl FnOnce(&mut Records)) {
    let sound = records_of(&rich());
    let mut records = sound.clone();
    plant(&mut records);
    let memory = memory_of(&records);
    let planned = options(&memory).plan_repair("rich").unwrap();
    assert!(planned.done.is_none() && !planned.is_sound(), "{name}");
    assert_eq!(records_of(&memory), records, "{name}: looking changes nothing");
    let report = repair(&memory);
    assert_eq!(report.found, planned.found, "{name}");
    assert!(
        report.is_sound(),
        "{name}: {:#?}",
        report.done.unwrap().left.findings
    );
    let done = report.done.unwrap();
    assert_eq!(done.ledger_record, Some(5), "{name}");
    assert_eq!(essence(records_of(&memory)), essence(sound), "{name}");
    let db = options(&memory).open("rich").unwrap();
    let last = db.history().unwrap().records.pop().unwrap();
    assert_eq!(
        (last.kind.name(), last.app_version.as_str()),
        ("repair", "9.9"),
        "{name}"
    );
    assert_eq!(
        last.rows_built,
        done.records_written + done.records_deleted,
        "{name}"
    );
    assert!(db.verify().unwrap().is_sound(), "{name}");
}

#[test]
fn n9_index_entries_are_made_again_from_rows() {
    let by_group = |group: &str, id: u8| key(INDEX, &[7], &[group.as_bytes(), &[0, 0, 0x81, id]].concat());
    let by_mail = |mail: &str| key(INDEX, &[8], &[mail.as_bytes(), &[0, 0]].concat());
    check("entry missing", |r| ignore(take(r, &by_group("red", 1))));
    check("all entries missing", |r| r.retain(|key, _| key[0] != INDEX));
    check("entry surplus", |r| {
        ignore(r.insert(by_group("red", 4), Vec::new()));
    });
    check("entry of no row", |r| {
        ignore(r.insert(by_mail("m9"), vec![0x81, 9]));
    });
    check("entry of another row", |r| {
        ignore(r.insert(by_mail("m1"), vec![0x81, 2]));
    });
    check("entry with a value", |r| {
        ignore(r.insert(by_group("red", 1), vec![1]));
    });
    check("entry that is none", |r| {
        ignore(r.insert(key(INDEX, &[7], b"red"), Vec::new()));
    });
    check("entries swapped", |r| swap(r, &by_mail("m1"), &by_mail("m2")));
    check("entries of no index", |r| {
        copy(r, &by_mail("m1"), key(INDEX, &[77], b"m1\0\0"));
    });
}

#[test]
fn n9_what_belongs_to_nothing_goes() {
    check("rows of no table", |r| {
        copy(r, &person_key(1), key(ROW, &[77], &[0x81, 1]));
    });
    check("kept of no table", |r| {
        copy(r, &kept_up(), key(KEPT, &[77, 2], &[0, 0x81, 4]));
    });
    check("kept of no row", |r| {
        copy(r, &kept_up(), key(KEPT, &[5, 2], &[0, 0x81, 9]));
    });
    check("kept on no edge", |r| {
        copy(r, &kept_up(), key(KEPT, &[5, 9], &[0, 0x81, 4]));
    });
    check("kept on the wrong side", |r| {
        copy(r, &kept_up(), key(KEPT, &[5, 2], &[0, 0x81, 1]));
    });
    check("kept the other way", |r| {
        copy(r, &kept_down(), key(KEPT, &[4, 2], &[0, 0x81, 1]));
    });
    check("taken out of no table", |r| {
        copy(
            r,
            &key(VICTIM, &[9, 2], &[0x81, 3]),
            key(VICTIM, &[77, 2], &[0x81, 3]),
        );
    });
    check("counter of no table", |r| {
        ignore(r.insert(key(COUNTER, &[9], &[]), vec![3]));
    });
    check("schema of no table", |r| {
        ignore(r.insert(b"\x03ghosts:schema".to_vec(), vec![1]));
    });
    check("work that can't be read", |r| {
        ignore(r.insert(key(WORK, &[0], &[]), vec![0xff]));
    });
    check("work that empties rows", |r| {
        work(r, 0, 5, WorkTask::Retire { space: 5 });
    });
    check("work that forgets what is kept", |r| {
        work(
            r,
            0,
            5,
            WorkTask::Forget {
                space: 5,
                edges: [2].into(),
            },
        );
    });
}

#[test]
fn n9_what_the_rest_gives_is_written_again() {
    check("schema missing", |r| ignore(take(r, b"\x03people:schema")));
    check("schema cut", |r| truncate(r, b"\x03people:schema"));
    check("counter of keys behind", |r| {
        ignore(r.insert(key(COUNTER, &[5], &[]), vec![3]));
    });
    check("epoch behind", |r| r.get_mut(&[2][..]).unwrap()[7] = 4);
    check("epoch missing", |r| ignore(take(r, &[2])));
    check("epoch of 7 bytes", |r| truncate(r, &[2]));
    check("counters behind", |r| {
        edit_head(r, |head| head.counters = quanta_core::plan::Counters::default());
    });
    check("current stamp lost", |r| {
        table(r, GROUPS, |table| table.stamps.clear());
    });
}

#[test]
fn n9_an_epoch_is_set_past_what_was_written_under_it() {
    let mut records = records_of(&rich());
    work(&mut records, 1, 70, WorkTask::Retire { space: 1 });
    let memory = memory_of(&records);
    assert!(repair(&memory).is_sound());
    assert_eq!(records_of(&memory)[&[2][..]][7], 71);
}

/// What can't be told stays, and whoever asks is told why.
#[test]
fn n9_what_is_not_certain_stays() {
    let check = |name: &str, plant: fn(&mut Records)| {
        let mut records = records_of(&rich());
        plant(&mut records);
        let memory = memory_of(&records);
        let report = repair(&memory);
        assert!(report.done.is_none(), "{name}: {report:#?}");
        assert_eq!(records_of(&memory), records, "{name}");
        for finding in report.found.findings {
            let Remedy::Refuse(why) = finding.remedy else {
                panic!("{name}: {finding:?}");
            };
            assert!(!why.is_empty(), "{name}: {finding:?}");
        }
    };
    check("head missing", |r| ignore(take(r, &[HEAD])));
    check("another revision", |r| edit_head(r, |head| head.revision = 2));
    check("fingerprint", |r| {
        table(r, PEOPLE, |table| table.fingerprint.0[0] ^= 1);
    });
    check("version cut", |r| truncate(r, &version_key(PAGES, 2)));
    check("ledger cut", |r| truncate(r, &ledger_key(2)));
    check("ledger altered", |r| {
        edit(r, &ledger_key(1), |l: &mut LedgerRecord| l.time_ms += 1);
    });
    check("row cut", |r| truncate(r, &person_key(1)));
    check("rows swapped", |r| swap(r, &person_key(1), &person_key(2)));
    check("stamp lost", |r| {
        table(r, PEOPLE, |table| ignore(table.stamps.remove(&1)));
    });
    check("kept cut", |r| truncate(r, &kept_up()));
    check("kept edge lost", |r| table(r, PEOPLE, |table| table.kept.clear()));
    check("what rows refer to missing", |r| {
        ignore(take(r, b"\x06\0\0\0\x02red\0\0"));
    });
    check("counter cut", |r| truncate(r, &key(COUNTER, &[5], &[])));
    check("taken out and cut", |r| {
        truncate(r, &key(VICTIM, &[9, 2], &[0x81, 3]));
    });
    check("an area that nobody knows", |r| {
        ignore(r.insert(vec![0x77, 1], vec![3]));
    });
    check("a view of no id", |r| {
        copy(r, &key(VIEW, &[1, 1], &[]), key(VIEW, &[9, 1], &[]));
    });
    // Rows whose table the head lost lie where no table is, and must not be taken for rubbish.
    check("a table lost", |r| {
        edit_head(r, |head| ignore(head.tables.remove(&OLDS)));
    });
    check("a space of another number", |r| {
        table(r, PAGES, |table| table.state.space = 1);
    });
    check("rows of no table beside a view of no id", |r| {
        copy(r, &person_key(1), key(ROW, &[77], &[0x81, 1]));
        copy(r, &key(VIEW, &[1, 1], &[]), key(VIEW, &[9, 1], &[]));
    });
    check("rows of no table beside a damaged head", |r| {
        copy(r, &person_key(1), key(ROW, &[77], &[0x81, 1]));
        table(r, PEOPLE, |table| table.fingerprint.0[0] ^= 1);
    });
}

/// Of two rows with one unique value, none gives way: the entry that is there stays.
#[test]
fn n9_two_rows_of_one_unique_value_stay() {
    let mut records = records_of(&rich());
    records.get_mut(&person_key(2)).unwrap()[8] = b'1';
    let memory = memory_of(&records);
    let report = repair(&memory);
    let left = report.done.unwrap().left;
    assert_eq!(left.totals, [(FindingCode::IndexMissing, 1)].into());
    assert!(
        left.findings[0].place.starts_with("row 2 of table people"),
        "{left:#?}"
    );
    assert_eq!(records_of(&memory)[&key(INDEX, &[8], b"m1\0\0")], [0x81, 1]);
}

/// What was kept on an edge that was forgotten is found again as surplus, and goes.
#[test]
fn n9_what_was_forgotten_goes() {
    let sound = records_of(&forgotten());
    let mut records = sound.clone();
    records.insert(kept_up(), vec![1, 1, 1, b'x']);
    let memory = memory_of(&records);
    let report = repair(&memory);
    assert_eq!(
        report.found.totals.keys().copied().collect::<Vec<_>>(),
        [FindingCode::KeptEdge]
    );
    assert!(report.is_sound() && !records_of(&memory).contains_key(&kept_up()));
}

#[test]
fn n9_a_backup_comes_first() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("before.backup");
    let mut records = records_of(&rich());
    records.retain(|key, _| key[0] != INDEX);
    let memory = memory_of(&records);
    std::fs::write(&file, "something else").unwrap();
    let error = options(&memory).repair("rich", &file).unwrap_err();
    assert!(error.to_string().contains("there is something at"), "{error}");
    assert_eq!(
        records_of(&memory),
        records,
        "without a backup nothing is repaired"
    );
    std::fs::remove_file(&file).unwrap();
    let report = options(&memory).repair("rich", &file).unwrap();
    assert_eq!(report.done.as_ref().unwrap().backup.path, file);
    let again = dir.path().join("again");
    Backup::check(&file).unwrap().restore(&again).unwrap();
    let opened = quanta_storage::open(
        &again,
        &quanta_storage::OpenOptions::default(),
        quanta_storage::StoreId([1; 16]),
    );
    let mut restored = dump(opened.unwrap().engine.snapshot().unwrap().as_ref());
    restored.insert(vec![0], records[&[0][..]].clone());
    assert_eq!(restored, records);
    let json = report.to_json();
    assert_eq!(
        (&json["sound"], &json["done"]["records_written"]),
        (&true.into(), &11.into())
    );
}

fn dump(snapshot: &dyn Snapshot) -> Records {
    let mut records = Records::new();
    let mut cursor = snapshot.scan(&KeyRange::all(), Direction::Forward).unwrap();
    while let Some((key, value)) = cursor.next().unwrap() {
        records.insert(key.to_vec(), value.to_vec());
    }
    records
}
