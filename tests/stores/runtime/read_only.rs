//! Stores that are only read.

use super::*;

#[test]
fn l3_read_only_reads_and_refuses_every_write() {
    let engine = filled(5);
    drop(engine.open::<(two::Item,)>().unwrap());
    let digest = engine.digest();
    let db = engine
        .options::<(two::Item,)>()
        .read_only()
        .open("memory")
        .unwrap();
    assert_eq!(rows::<two::Item>(&db), Generation::Two.unwritten(0..5));
    let items = db.collection::<two::Item>();
    let row = row_two(1);
    let refusals = [
        items.put(&row).unwrap_err(),
        items.insert(&row_two(9)).unwrap_err(),
        items.update(&1, |row| row.rank = 1).unwrap_err(),
        items.delete(&1).unwrap_err(),
        db.write(|tx| tx.collection::<two::Item>().put(&row)).unwrap_err(),
        db.sweep().wait().unwrap_err(),
        db.clone().rollback(1).unwrap_err(),
    ];
    for error in refusals {
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
        assert!(error.to_string().contains("for reading only"), "{error}");
    }
    assert_eq!(engine.digest(), digest);
}

#[test]
fn l3_read_only_refuses_a_change_with_its_plan() {
    let engine = filled(5);
    let digest = engine.digest();
    let error = engine
        .options::<(two::Item,)>()
        .read_only()
        .open("memory")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
    let plan = error.plan().expect("the plan is in the error").to_string();
    assert!(plan.contains("rename items.name from nick"), "{plan}");
    assert_eq!(engine.digest(), digest);
}

#[test]
fn l3_read_only_creates_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let error = Options::new()
        .entities::<(one::Item,)>()
        .read_only()
        .open(&path)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
    assert!(!path.exists());
}
