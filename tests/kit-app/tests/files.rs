//! Guards what lies in this folder: the tests are those that are generated, the lock is that of the entities, and stores
//! of every release open.

use quantadb::testing::golden;

const LOCK: &str = include_str!("../quanta.lock");

fn path(file: &str) -> String {
    format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn n6_the_tests_of_this_program_are_those_that_are_generated() {
    let text = quantadb::lock::test_file("../quanta.lock", &["kit_app::Customer", "kit_app::Order"]).unwrap();
    let file = path("tests/migrations.rs");
    if std::env::var_os("QUANTA_BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(
        text,
        std::fs::read_to_string(&file).unwrap(),
        "run with QUANTA_BLESS=1"
    );
}

#[test]
fn n6_the_lock_is_that_of_the_entities() {
    // The entities are linked, and named.
    let _ = std::any::type_name::<(kit_app::Customer, kit_app::Order)>();
    quantadb::lock::check(path("quanta.lock")).unwrap();
}

#[test]
fn n7_golden_stores_of_every_release_open() {
    golden!(
        "tests/golden/1.0.quanta-backup",
        "1.0",
        LOCK,
        entities(kit_app::Customer, kit_app::Order),
        rows = 10
    );
    golden!(
        "tests/golden/1.1.quanta-backup",
        "1.1",
        LOCK,
        entities(kit_app::Customer, kit_app::Order),
        rows = 10
    );
    golden!(
        "tests/golden/2.0.quanta-backup",
        "2.0",
        LOCK,
        program = quantadb::Options::new,
        rows = 10
    );
}
