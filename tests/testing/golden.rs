//! `golden!`: stores in files open for ever, and are never written again.

use std::fs;

use quantadb::QuantaEntity;
use quantadb::testing::{Migrations, Release, golden, migrations};

use crate::locks::{fails, has, lock, users};

#[derive(QuantaEntity)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u64,
    name: String,
    age: Option<u8>,
}

fn history() -> String {
    lock(&users("1", "name: string"))
}

fn program() -> Migrations {
    migrations!(history(), entities(User), rows = 9)
}

#[test]
fn n7_a_golden_store_is_written_once_and_opens() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("golden/1.quanta-backup");
    let missing = program().open_golden(&file).unwrap_err();
    has(
        missing.problem(),
        &["there is no golden store yet", "QUANTA_BLESS=1"],
    );
    program().write_golden(&file, "1").unwrap();
    program().open_golden(&file).unwrap();
    // Whoever writes it again leaves it as it is.
    let bytes = fs::read(&file).unwrap();
    program().rows(20).write_golden(&file, "1").unwrap();
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[test]
fn n7_a_damaged_golden_store_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("1.quanta-backup");
    program().write_golden(&file, "1").unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let told = program().open_golden(&file).unwrap_err();
    has(told.problem(), &["the golden store can't be read", "damaged"]);
}

#[test]
fn n7_a_golden_store_that_the_program_can_not_open_is_told() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct Called {
        #[quanta(id)]
        id: u64,
        nick: String,
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("1.quanta-backup");
    let store = Release::at(history(), "1").rows(4).store().unwrap();
    store.as_released().unwrap().backup(&file).unwrap();
    let told = migrations!(history(), entities(Called))
        .open_golden(&file)
        .unwrap_err();
    has(
        &told.to_string(),
        &[
            "1.quanta-backup, as the program opens it: the store can't be opened",
            "nick",
        ],
    );
}

#[test]
fn n7_the_macro_looks_beside_the_manifest() {
    let told = fails(|| {
        golden!(
            "tests/testing/no-such.quanta-backup",
            "7",
            history(),
            entities(User)
        );
    });
    has(
        &told,
        &["tests/testing/no-such.quanta-backup: there is no golden store yet"],
    );
}
