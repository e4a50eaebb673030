//! Second openers, handles that were overtaken, and tables that are empty or unknown.

use super::*;

const OPENER_PATH: &str = "QUANTA_OPENER_PATH";

/// What the other process does: it tries to open, and tells why it can't.
#[test]
fn opener() {
    let Some(path) = std::env::var_os(OPENER_PATH) else {
        return;
    };
    let error = Options::new().entities::<()>().open(path).unwrap_err();
    println!("told {:?} {error}", error.kind());
}

#[test]
fn l4_a_second_opener_is_told_who_holds_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let db = Options::new().entities::<(one::Item,)>().open(&path).unwrap();
    let here = Options::new().entities::<(one::Item,)>().open(&path).unwrap_err();
    assert_eq!(here.kind(), ErrorKind::Locked, "{here}");
    assert!(
        here.to_string()
            .contains("this process has the store open already"),
        "{here}"
    );
    let there = Command::new(std::env::current_exe().unwrap())
        .args(["runtime::handles::opener", "--exact", "--nocapture"])
        .env(OPENER_PATH, &path)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&there.stdout).into_owned();
    assert!(
        told.contains(&format!("is locked by process {}", std::process::id())),
        "{told}"
    );
    assert!(told.contains("told Locked"), "{told}");
    drop(db);
    drop(Options::new().entities::<(one::Item,)>().open(&path).unwrap());
}

#[test]
fn a_snapshot_that_is_too_old_says_so() {
    let memory = quanta_storage::Memory::with_preimage_bytes_max(1_000);
    let db = custom(Arc::new(memory))
        .entities::<(one::Item,)>()
        .open("")
        .unwrap();
    let items = db.collection::<one::Item>();
    let write = || (0..100).try_for_each(|id| items.put(&row_one(id)));
    write().unwrap();
    let old = db.read().unwrap();
    let read = |snapshot: &quantadb::Snapshot| snapshot.collection::<one::Item>().get(&7);
    assert_eq!(read(&old).unwrap(), Some(row_one(7)));
    write().unwrap();
    let error = read(&old).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SnapshotTooOld, "{error}");
    assert_eq!(read(&db.read().unwrap()).unwrap(), Some(row_one(7)));
}

#[test]
fn l10_an_empty_table_goes_up_and_down() {
    let engine = Small::default();
    drop(engine.open::<(one::Item,)>().unwrap());
    for _ in 0..2 {
        let db = engine
            .options::<(two::Item,)>()
            .release_hold()
            .open("memory")
            .unwrap();
        assert_eq!(rows::<two::Item>(&db), [""; 0]);
        sweep_and_check(&db, &engine);
        drop(db);
        let db = engine.open::<(three::Item,)>().unwrap();
        assert_eq!(rows::<three::Item>(&db), [""; 0]);
        sweep_and_check(&db, &engine);
        db.rollback(1).unwrap();
        engine.open::<(two::Item,)>().unwrap().rollback(1).unwrap();
        let db = engine.open::<(one::Item,)>().unwrap();
        assert_eq!(rows::<one::Item>(&db), [""; 0]);
        sweep_and_check(&db, &engine);
    }
    // What can fail for a row can't for none.
    let db = engine.open::<(panicking::Computed,)>().unwrap();
    db.collection::<panicking::Computed>()
        .put(&panicking::Computed { id: 3, half: 1 })
        .unwrap();
    assert_eq!(db.collection::<panicking::Computed>().len().unwrap(), 1);
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "others", register = false)]
struct Other {
    #[quanta(id)]
    key: String,
    value: i32,
}

#[test]
fn l11_a_table_without_an_entity_is_kept_and_reported() {
    let engine = filled(5);
    let other = Other {
        key: "a".to_owned(),
        value: -1,
    };
    let db = engine.options::<(one::Item, Other)>().open("memory").unwrap();
    db.collection::<Other>().put(&other).unwrap();
    drop(db);
    let db = engine.open::<(two::Item,)>().unwrap();
    assert_eq!(db.open_report().plan.unregistered, ["others"]);
    assert!(
        db.open_report()
            .to_string()
            .contains("left alone, without an entity here: others")
    );
    sweep_and_check(&db, &engine);
    db.rollback(1).unwrap();
    let db = engine.options::<(one::Item, Other)>().open("memory").unwrap();
    assert_eq!(db.collection::<Other>().get("a").unwrap(), Some(other));
    assert_eq!(rows::<one::Item>(&db), Generation::One.unwritten(0..5));
}

#[test]
fn other_handles_are_told_that_the_schema_has_moved() {
    let engine = filled(3);
    drop(engine.open::<(two::Item,)>().unwrap());
    let db = engine.open::<(three::Item,)>().unwrap();
    let other = db.clone();
    let items = db.collection::<three::Item>();
    db.rollback(1).unwrap();
    let errors = [
        items.get(&1).unwrap_err(),
        items.put(&lifted(row_two(1), "x")).unwrap_err(),
        items.iter().next().unwrap().unwrap_err(),
        other.read().map(drop).unwrap_err(),
        other.write(|_| Ok(())).unwrap_err(),
        other.rollback(1).map(drop).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::SchemaMoved, "{error}");
    }
    assert_eq!(
        rows::<two::Item>(&engine.open::<(two::Item,)>().unwrap()),
        Generation::Two.unwritten(0..3)
    );
}
