//! Damage of rows, of what is kept of them, of their entries, and records that belong to nothing.

use super::*;

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
        edit_head(records, |head| {
            (head.counters.work, head.counters.space) = (2, 10);
        });
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
