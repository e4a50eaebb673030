//! Damaged stores, newer ones, those of another engine, and what is no store.

use super::*;

fn disk_store(path: &Path) {
    let db = Options::new().entities::<(one::Item,)>().open(path).unwrap();
    db.collection::<one::Item>().put(&row_one(1)).unwrap();
}

#[test]
fn a_damaged_marker_is_told_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    disk_store(&path);
    let marker = std::fs::read(path.join("MARKER")).unwrap();
    let mut damaged = marker.clone();
    damaged[30] ^= 1;
    std::fs::write(path.join("MARKER"), damaged).unwrap();
    let error = Options::new().entities::<(one::Item,)>().open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("MARKER is damaged") && text.contains("restore it from a backup"),
        "{text}"
    );
    std::fs::write(path.join("MARKER"), marker).unwrap();
    let db = Options::new().entities::<(one::Item,)>().open(&path).unwrap();
    assert_eq!(db.collection::<one::Item>().get(&1).unwrap(), Some(row_one(1)));
}

#[test]
#[cfg(feature = "sled")]
fn another_engine_is_told_which_one_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    disk_store(&path);
    let error = Options::new()
        .engine(Engine::Sled)
        .entities::<(one::Item,)>()
        .open(&path)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongEngine, "{error}");
    let text = error.to_string();
    assert!(text.contains("fjall") && text.contains("sled"), "{text}");
    let db = Options::new().entities::<(one::Item,)>().open(&path).unwrap();
    assert_eq!(db.marker().engine, "fjall", "the store keeps its engine");
}

#[test]
fn a_newer_format_is_told_with_both_numbers() {
    let memory = Memory::new();
    let mut batch = Batch::new();
    batch.put(
        MARKER_KEY,
        Marker {
            format: 9,
            engine: "memory".to_owned(),
            id: StoreId([7; 16]),
        }
        .encode(),
    );
    assert_eq!(memory.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
    let error = Options::new()
        .engine(Engine::Memory(memory))
        .entities::<()>()
        .open("memory")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerFormat, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("format 9") && text.contains("open it with a newer version of quantadb"),
        "{text}"
    );
}

#[test]
fn something_that_is_no_store_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    let error = Options::new().entities::<()>().open(dir.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAStore, "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

fn row_key(engine: &Small, position: usize) -> (Vec<u8>, Vec<u8>) {
    let mut found = Vec::new();
    crate::support::each(
        engine.0.snapshot().unwrap().as_ref(),
        &quanta_storage::KeyRange::prefix(&[0x06]),
        |key, value| {
            found.push((key.to_vec(), value.to_vec()));
        },
    );
    found.swap_remove(position)
}

fn write(engine: &Small, key: &[u8], value: Option<&[u8]>) {
    let mut batch = Batch::new();
    match value {
        Some(value) => batch.put(key, value),
        None => batch.delete(key),
    };
    assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
}

#[test]
fn truncated_rows_are_told_with_table_and_key() {
    let whole = filled(&[row_one(1), row_one(2)]);
    let (key, value) = row_key(&whole, 1);
    // However much is left of it, it is an error with its place and no panic: in the row's own version, and on the
    // way to the next.
    for length in 0..value.len() {
        let engine = whole.duplicate();
        write(&engine, &key, Some(&value[..length]));
        let db = engine.open::<(one::Item,)>().unwrap();
        let items = db.collection::<one::Item>();
        assert_eq!(items.get(&1).unwrap(), Some(row_one(1)));
        check_damage(&items.get(&2).unwrap_err(), length);
        check_damage(&items.iter().nth(1).unwrap().unwrap_err(), length);
        drop(items);
        drop(db);
        let db = engine.open::<(two::Item,)>().unwrap();
        let items = db.collection::<two::Item>();
        assert_eq!(items.get(&1).unwrap(), Some(row_two(1)));
        check_damage(&items.get(&2).unwrap_err(), length);
        check_damage(&items.put(&row_two(2)).unwrap_err(), length);
        check_damage(&db.sweep().wait().unwrap_err(), length);
        assert_eq!(
            row_key(&engine, 1).1,
            value[..length],
            "a damaged row was written over"
        );
    }
}

fn check_damage(error: &quantadb::Error, length: usize) {
    assert_eq!(error.kind(), ErrorKind::Corrupt, "cut to {length}: {error}");
    let text = error.to_string();
    assert!(text.contains("table items"), "cut to {length}: {text}");
    assert!(text.contains("row 2 ") || length == 0, "cut to {length}: {text}");
}

#[test]
fn damaged_rows_never_panic() {
    // Every byte in turn is another one: an error with its place, or another value, and never a panic.
    let whole = filled(&[row_one(1), row_one(2)]);
    let (key, value) = row_key(&whole, 1);
    for position in 1..value.len() {
        for change in [0x01, 0x80, 0xff] {
            let engine = whole.duplicate();
            let mut damaged = value.clone();
            damaged[position] ^= change;
            write(&engine, &key, Some(&damaged));
            let db = engine.open::<(two::Item,)>().unwrap();
            let items = db.collection::<two::Item>();
            if let Err(error) = items.get(&2) {
                check_damage(&error, position);
            }
            if let Err(error) = db.sweep().wait() {
                check_damage(&error, position);
            }
        }
    }
}

#[test]
fn an_unknown_version_stamp_is_told_with_the_ones_known() {
    let engine = filled(&[row_one(1)]);
    let (key, mut value) = row_key(&engine, 0);
    value[0] = 9;
    write(&engine, &key, Some(&value));
    let db = engine.open::<(one::Item,)>().unwrap();
    let error = db.collection::<one::Item>().get(&1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let text = error.to_string();
    assert!(text.contains("row 1 of table items"), "{text}");
    assert!(
        text.contains("the table is at version 1 and no row should be at 9"),
        "{text}"
    );
}

#[test]
fn damaged_catalogues_are_told_and_left() {
    let whole = filled(&[row_one(1)]);
    drop(whole.open::<(two::Item,)>().unwrap());
    for (key, place) in [(&[0x01][..], "the head"), (&[0x02], "the epoch")] {
        for value in [None, Some(&b""[..]), Some(b"\xff\xff\xff\xff\xff")] {
            let engine = whole.duplicate();
            write(&engine, key, value);
            let digest = engine.digest();
            let error = engine.open::<(two::Item,)>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
            assert!(error.to_string().contains(place), "{error}");
            assert_eq!(engine.digest(), digest);
        }
    }
}
