//! Guards erasing: nothing of what was forgotten is left in any file of the directory, on any engine that has files.

use std::fs;
use std::path::Path;

use quantadb::{Durability, Engine, Erasure, ErrorKind, Forget, Options, Sweep};
use serde_json::json;

use super::documents::{document, fields};
use super::support::verify;

const SECRET: &[u8] = b"Xq7-never-to-be-seen-again-9pT";

/// Tells whether any file below a directory holds the bytes, and how many files there are.
fn files_with(directory: &Path, bytes: &[u8]) -> (usize, usize) {
    let mut found = (0, 0);
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let (with, all) = files_with(&path, bytes);
            found = (found.0 + with, found.1 + all);
        } else {
            let content = fs::read(&path).unwrap();
            found.0 += usize::from(content.windows(bytes.len()).any(|part| part == bytes));
            found.1 += 1;
        }
    }
    found
}

/// A value that can't be compressed away, with the secret in it.
fn noise(id: u64) -> String {
    let mut state = id.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::from_utf8(SECRET.to_vec()).unwrap();
    for _ in 0..40 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text
}

#[test]
fn no_file_holds_what_was_erased() {
    let version = |label: &str, list: &str, indexes: &serde_json::Value| {
        json!({"label": label, "tables": [
            {"name": "users", "key": ["id"], "fields": fields(list), "indexes": indexes}]})
    };
    // Entries hold the values too, and those of a field that goes down hold them turned round.
    let indexes =
        json!([{"name": "by_note", "fields": ["note"]}, {"name": "down", "fields": ["note desc", "name"]}]);
    let turned: Vec<u8> = SECRET.iter().map(|byte| !byte).collect();
    let document = document(&json!([
        version("1", "id: u64, name: string, note: string", &indexes),
        version("2", "id: u64, name: string", &json!([])),
    ]));
    for engine in [Engine::Fjall, Engine::Sled, Engine::Redb] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.quanta");
        let options = |version: usize| {
            Options::new()
                .engine(engine.clone())
                .durability(Durability::Buffered)
                .sweep(Sweep::Off)
                .tables_of(&document.versions[version])
        };
        let db = options(0).open(&path).unwrap();
        let table = db.table("users").unwrap();
        for id in 0..200_u64 {
            let row = json!({"id": id, "name": format!("name-{id}"), "note": noise(id)});
            table.put(&table.from_json(&row).unwrap()).unwrap();
        }
        // A deleted row is no kept value, and its bytes go all the same.
        let last = table
            .from_json(&json!({"id": 7, "name": "", "note": "changed"}))
            .unwrap();
        table.put(&last).unwrap();
        drop((table, db));
        let db = options(1).open(&path).unwrap();
        let busy = options(1).erase(&path, &Forget::All).unwrap_err();
        assert!(matches!(busy.kind(), ErrorKind::Locked), "{busy}");
        drop(db);
        for secret in [SECRET, &turned] {
            let (with, _) = files_with(&path, secret);
            assert!(with > 0, "{engine:?}: there is nothing to look for");
        }

        let report = options(1).erase(&path, &Forget::All).unwrap();
        assert_eq!(report.erasure, Some(Erasure::FilesRewritten));
        assert_eq!(report.total().records, 200);
        for secret in [SECRET, &turned] {
            let (with, all) = files_with(&path, secret);
            assert!(
                all > 2 && with == 0,
                "{engine:?}: {with} of {all} files hold the secret"
            );
        }
        let db = options(1).open(&path).unwrap();
        verify(&db);
        let users = db.table("users").unwrap();
        assert_eq!(users.len().unwrap(), 200);
        drop(users);
        db.rollback(1).unwrap();
        let db = Options::new().entities::<()>().open(&path).unwrap();
        let users = db.table("users").unwrap();
        let rows = users
            .iter()
            .map(|row| users.to_json(&row.unwrap())["note"].clone());
        assert!(rows.into_iter().all(|note| note == json!("")));
    }
}

#[test]
fn a_store_without_files_says_so() {
    let engine = Engine::memory();
    let report = Options::new()
        .engine(engine)
        .entities::<()>()
        .erase("", &Forget::All)
        .unwrap();
    assert_eq!(report.erasure, Some(Erasure::NoFiles));
}
