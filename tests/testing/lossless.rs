//! `assert_lossless!`: what comes back, and what doesn't.

use quantadb::testing::{assert_lossless, assert_migrates, migrations};
use quantadb::{Options, QuantaEntity, migration};

use crate::locks::{fails, has, lock, users};

#[derive(QuantaEntity)]
#[quanta(table = "users", register = false)]
struct Narrow {
    #[quanta(id)]
    id: u64,
    score: f32,
    #[quanta(index)]
    name: String,
}

#[test]
fn n6_what_is_dropped_or_narrowed_comes_back() {
    let text = lock(&users("1", "name: string, note: option<string>, score: f64"));
    assert_lossless!(text.clone(), entities(Narrow));
    assert_lossless!(text.clone(), entities(Narrow), seed = 9, rows = 30);
    // Nothing to do, and nothing to go back to.
    assert_lossless!(lock(&users("1", "name: string, score: f32")), entities(Narrow));
}

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "users", register = false)]
struct Counted {
    #[quanta(id)]
    id: u64,
    count: u64,
}

#[migration(irreversible)]
fn clear(row: Counted) -> Counted {
    Counted { count: 0, ..row }
}

#[test]
fn n6_a_migration_without_a_way_back_is_told() {
    let text = lock(&users("1", "count: u64"));
    let program = || Options::new().entities::<(Counted,)>().migration::<clear>();
    assert_migrates!(text.clone(), program = program);
    let told = fails(|| assert_lossless!(text.clone(), program = program));
    has(
        &told,
        &[
            "release 1, as the program opens it: the store can't go back",
            "clear",
            "the plan:",
        ],
    );
}

#[derive(QuantaEntity)]
#[quanta(table = "users", register = false)]
struct Shouted {
    #[quanta(id)]
    id: u64,
    name: String,
    age: u8,
}

#[test]
fn n6_what_can_not_be_opened_or_checked_is_told() {
    let text = lock(&users("1", "name: string, age: string"));
    let told = migrations!(text, entities(Shouted)).are_lossless().unwrap_err();
    has(
        &told.to_string(),
        &[
            "release 1, as the program opens it: the store can't be opened",
            "users.age",
        ],
    );
    assert_eq!(told.place(), "release 1");
}
