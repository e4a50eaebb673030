//! `validate` and `repair`: what they say of stores that are whole, in use, damaged, or another program's.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use quanta_storage::{Batch, Commit, Durability, OpenOptions, StoreId, open};
use serde_json::Value;

use crate::fixture::{Ran, Store, quanta};
use crate::program::app;

#[track_caller]
fn check(ran: &Ran, code: i32, stdout: &Expect) {
    let lines = ran.stdout.lines().map(|line| match line.split_once(", engine ") {
        Some((_, rest)) => format!("store ID, engine {rest}\n"),
        None => format!("{line}\n"),
    });
    stdout.assert_eq(&lines.collect::<String>());
    assert_eq!((ran.stderr.as_str(), ran.code), ("", code));
}

#[track_caller]
fn keys(value: &Value, expected: &str) {
    let keys: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, expected.split_whitespace().collect(), "{value:#}");
}

/// Runs the program of an app on a store.
fn manage(store: &Store, generation: &str, words: &str) -> Ran {
    let path = store.path.to_str().unwrap();
    let mut args: Vec<&str> = words.split_whitespace().collect();
    args.insert(1, path);
    app(generation, &args).scrubbed(&store.path)
}

/// Writes records that no program would.
fn plant(store: &Store, records: &[(&[u8], &[u8])]) {
    let opened = open(&store.path, &OpenOptions::default(), StoreId([0; 16])).unwrap();
    let mut batch = Batch::new();
    for (key, value) in records {
        batch.put(*key, *value);
    }
    assert_eq!(
        opened.engine.commit(&batch, Durability::Sync).unwrap(),
        Commit::Done
    );
}

#[test]
fn validate_says_whether_a_store_opens() {
    let store = Store::new();
    check(
        &store.run("validate"),
        0,
        &expect![[r#"
        store ID, engine fjall, format 1
        revision 3, 3 ledger records
        table teams at version 1
        table users at version 2
        V040 warning: table users: rows may be at version 1
        it opens
    "#]],
    );
    check(
        &manage(&store, "second", "validate"),
        0,
        &expect![[r#"
        store ID, engine fjall, format 1
        revision 3, 3 ledger records
        table teams at version 1: as the program has it
        table users at version 2: as the program has it
        V040 warning: table users: rows may be at version 1
        it opens
    "#]],
    );
    check(
        &manage(&store, "first", "validate"),
        1,
        &expect![[r#"
            store ID, engine fjall, format 1
            revision 3, 3 ledger records
            table teams at version 1: the program has no entity for it
            table users at version 2: the program is older
            V022 error: the store is newer than this program: table users is at version 2, and this program knows version 1:
              rename users.name from nick
              change users.score from f64 to f32
              drop users.note: option<string>; its values are kept
              add users.joined: bool, the same value in every old row
              fix: run the newer program
               or: Options::on_older(OnOlder::RollBack) takes the store back; what the old shape can't hold is kept
               or: Options::on_older(OnOlder::ReadOnly) reads it as it was, and writes nothing
               or: Options::forward() if a field was removed on purpose: that makes a new version
            V032 warning: table teams: its rows stay as they are
            V040 warning: table users: rows may be at version 1
            the program would be refused
        "#]],
    );
    let db = store.open::<()>("3", || 0);
    let ran = store.run("validate");
    assert!(ran.stdout.contains("V007 error: STORE"), "{ran:?}");
    assert_eq!(ran.code, 3);
    drop(db);
    let nothing = Store::at(store.path.join("nothing"));
    check(
        &nothing.run("validate"),
        3,
        &expect![[r#"
        V001 error: STORE: there is no store at STORE: check the path, or allow to create one
        it can't be opened
    "#]],
    );
}

#[test]
fn validate_as_json() {
    let store = Store::new();
    let json = store.json("validate");
    let all = "valid format engine store_id open revision ledger_records held tables plan findings";
    keys(&json, all);
    keys(&json["tables"][0], "table version standing");
    keys(&json["findings"][0], "code severity place problem");
    assert_eq!((&json["valid"], &json["plan"]), (&true.into(), &Value::Null));
    let ran = manage(&store, "first", "validate --json");
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    keys(&json["plan"], "token class cost steps refused");
    assert_eq!(
        (&json["valid"], &json["plan"]["refused"]),
        (&false.into(), &true.into())
    );
    assert_eq!(json["tables"][1]["standing"], "older");
}

#[test]
fn repair_lists_and_then_does() {
    let store = Store::new();
    check(
        &store.run("repair"),
        0,
        &expect![[r#"
        sound: there is nothing to repair
    "#]],
    );
    check(
        &store.run("repair --apply"),
        0,
        &expect![[r#"
        sound: there is nothing to repair
    "#]],
    );
    let ghost: (&[u8], &[u8]) = (b"\x03ghosts:schema", b"\0");
    let stranger: (&[u8], &[u8]) = (&[0x77, 1], b"\0");
    plant(&store, &[ghost, stranger]);
    assert_eq!(store.run("verify").code, 1);
    check(
        &store.run("repair"),
        1,
        &expect![[r#"
        schema_orphan: ghosts:schema: no live table has this name
          repair: it is deleted: nothing reads it
        unknown_area: key 7701: nothing is known to lie here
          left alone: what it is for isn't known
        nothing was changed; --apply backs the store up, and does what is certain
    "#]],
    );
    check(
        &store.run("repair --apply"),
        1,
        &expect![[r#"
        schema_orphan: ghosts:schema: no live table has this name
          repair: it is deleted: nothing reads it
        unknown_area: key 7701: nothing is known to lie here
          left alone: what it is for isn't known
        backed up to STORE.before-repair-1.backup
        0 records written, 1 record deleted; see ledger record 3
        1 finding left
    "#]],
    );
    check(
        &store.run("repair --apply"),
        1,
        &expect![[r#"
        unknown_area: key 7701: nothing is known to lie here
          left alone: what it is for isn't known
        nothing of this is certain: nothing was changed
    "#]],
    );
    let backup = store.path.with_file_name("app.quanta.before-repair-1.backup");
    assert!(backup.exists());
    assert_eq!(quanta(&["restore", "--check", backup.to_str().unwrap()]).code, 0);
    let last = &store.json("history")["records"][3];
    assert_eq!(
        (&last["kind"], &last["rows_built"]),
        (&"repair".into(), &1.into())
    );
}

#[test]
fn repair_as_json() {
    let store = Store::new();
    plant(&store, &[(b"\x03ghosts:schema", b"\0")]);
    let json = store.json("repair");
    keys(&json, "sound found done");
    let finding = &json["found"]["findings"][0];
    keys(finding, "code place problem remedy");
    assert_eq!(finding["remedy"]["repair"], "it is deleted: nothing reads it");
    assert!(json["done"].is_null());
    let file = store.path.with_file_name("mine.backup");
    let json = store.json(&format!("repair --apply --backup {}", file.display()));
    keys(
        &json["done"],
        "backup records_written records_deleted ledger_record left",
    );
    assert_eq!(
        (&json["sound"], &json["done"]["ledger_record"]),
        (&true.into(), &3.into())
    );
    assert!(file.exists());
    let ran = store.run("repair --backup x");
    assert_eq!(ran.code, 2, "{ran:?}");
}

/// Whole batches behind a damaged one are given up only where that is asked for.
#[test]
fn a_damaged_journal_is_cut_off_on_purpose() {
    let store = Store::new();
    let path = store.path.to_str().unwrap();
    let whole = quanta(&["repair", path, "--cut-journal"]);
    assert_eq!(
        (whole.code, whole.stdout.as_str()),
        (0, "the journal is whole: nothing was cut\n")
    );
    let both = quanta(&["repair", path, "--cut-journal", "--apply"]);
    assert_eq!(both.code, 2);
    let json: serde_json::Value =
        serde_json::from_str(&quanta(&["repair", path, "--cut-journal", "--json"]).stdout).unwrap();
    assert_eq!(
        (&json["bytes_cut"], &json["kept"]),
        (&0.into(), &serde_json::Value::Null)
    );
    let data = store.path.join("data");
    let journals = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let journal = journals
        .filter(|path| path.extension().is_some_and(|end| end == "jnl"))
        .max()
        .unwrap();
    let mut bytes = std::fs::read(&journal).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[written / 4] ^= 0xff;
    std::fs::write(&journal, &bytes).unwrap();
    let refused = quanta(&["inspect", path]);
    assert_eq!(refused.code, 3, "{}{}", refused.stdout, refused.stderr);
    assert!(
        refused.stderr.contains("quanta repair --cut-journal"),
        "{}",
        refused.stderr
    );
    let cut = quanta(&["repair", path, "--cut-journal"]);
    assert!(
        cut.code == 0 && cut.stdout.contains("bytes were cut off"),
        "{}{}",
        cut.stdout,
        cut.stderr
    );
    let kept = cut.stdout.trim_end().rsplit_once("kept in ").unwrap().1;
    assert!(std::fs::metadata(kept).unwrap().len() > 0, "{kept}");
}

/// A disk that takes no more while a backup is written: the file is named, none is left, and the store is as it was.
#[cfg(unix)]
#[test]
fn a_backup_on_a_full_disk_leaves_nothing_behind() {
    let store = Store::new();
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (1_000..4_000)
        .map(|id| format!("{id} {}\n", id * 7919 % 10_007))
        .collect();
    let csv = folder.path().join("teams.csv");
    std::fs::write(&csv, format!("name\n{rows}")).unwrap();
    let path = store.path.to_str().unwrap();
    let imported = quanta(&["import", path, "teams", csv.to_str().unwrap()]);
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    let before = store.printed("inspect");
    // No file may be larger than so many blocks.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" backup \"$1\" \"$2\"";
    let output = std::process::Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_quanta"), path])
        .arg(folder.path().join("full.backup"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("full.backup"), "{said}");
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["teams.csv"]);
    assert_eq!(store.printed("inspect"), before);
}
