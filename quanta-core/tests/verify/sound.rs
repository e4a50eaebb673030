//! Stores that are sound, and damage that can be told from anything.

use super::*;

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
