//! Damage of the head, the ledger, versions, schemas and the marker.

use super::*;

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
            FindingCode::Shared,
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
pub fn edit_ledger(records: &mut Records, change: impl Fn(&mut LedgerRecord)) {
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
