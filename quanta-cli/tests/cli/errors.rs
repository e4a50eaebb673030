//! Everything that can be wrong: what is said, and the exit code.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use quanta_storage::{Batch, Commit, Durability, OpenOptions, StoreId, open};

use crate::fixture::{Ran, Store, narrow, quanta, second, wide};

const READING: [&str; 11] = [
    "inspect",
    "schema",
    "history",
    "show 1",
    "diff users 1 2",
    "rows users",
    "verify",
    "repair",
    "rollback --dry-run",
    "releases",
    "objects",
];

#[track_caller]
fn check(ran: &Ran, code: i32, stderr: &Expect) {
    stderr.assert_eq(&ran.stderr);
    assert_eq!(ran.code, code);
}

#[test]
fn a_path_without_a_store() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Store::at(dir.path().join("missing"));
    let file = Store::at(dir.path().join("file"));
    fs::write(&file.path, "text").unwrap();
    let empty = Store::at(dir.path().join("empty"));
    fs::create_dir(&empty.path).unwrap();
    let foreign = Store::at(dir.path().join("foreign"));
    fs::create_dir(&foreign.path).unwrap();
    fs::write(foreign.path.join("notes.txt"), "text").unwrap();
    check(
        &missing.run("inspect"),
        3,
        &expect![[r#"
        error: there is no store at STORE: check the path, or allow to create one
    "#]],
    );
    check(
        &file.run("inspect"),
        3,
        &expect![[r#"
        error: STORE is no store: there is no MARKER in it; choose another path
    "#]],
    );
    check(
        &empty.run("inspect"),
        3,
        &expect![[r#"
        error: there is no store at STORE: check the path, or allow to create one
    "#]],
    );
    check(
        &foreign.run("inspect"),
        3,
        &expect![[r#"
        error: STORE is no store: there is no MARKER in it; choose another path
    "#]],
    );
    for words in READING.into_iter().chain(["rollback", "release 1.0"]) {
        for store in [&missing, &file, &empty, &foreign] {
            let ran = store.run(words);
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (3, ""),
                "{words}: {}",
                ran.stderr
            );
            assert!(ran.stderr.starts_with("error: "), "{words}: {}", ran.stderr);
        }
    }
    assert!(!missing.path.exists(), "nothing is made where nothing is");
    assert_eq!(fs::read_dir(&empty.path).unwrap().count(), 0);
}

#[test]
fn a_damaged_marker() {
    let store = Store::new();
    let marker = store.path.join("MARKER");
    let mut bytes = fs::read(&marker).unwrap();
    bytes[20] ^= 1;
    fs::write(&marker, bytes).unwrap();
    check(
        &store.run("inspect"),
        3,
        &expect![[r#"
        error: the marker in STORE/MARKER is damaged: its checksum doesn't match; restore it from a backup
    "#]],
    );
}

#[test]
fn a_store_that_is_open_elsewhere() {
    let store = Store::new();
    let db = store.open::<(second::User,)>("2.0", || 0);
    let ran = store.run("verify");
    check(
        &ran,
        3,
        &expect![[r#"
        error: STORE/LOCK is locked by process PID: close the store there first
    "#]],
    );
    assert_eq!(store.run("rollback").code, 3);
    drop(db);
    assert_eq!(store.run("verify").code, 0);
}

#[test]
fn what_the_store_does_not_have() {
    let store = Store::new();
    check(
        &store.run("schema user"),
        2,
        &expect![[r#"
        error: the store has no table user: did you mean users?
    "#]],
    );
    check(
        &store.run("rows people"),
        2,
        &expect![[r#"
        error: the store has no table people: it has teams, users
    "#]],
    );
    check(
        &store.run("diff usres 1 2"),
        2,
        &expect![[r#"
        error: the store has no table usres: did you mean users?
    "#]],
    );
    check(
        &store.run("schema users --at 7"),
        2,
        &expect![[r#"
        error: table users has no version 7: it has 1, 2
    "#]],
    );
    check(
        &store.run("diff users 1 0"),
        2,
        &expect![[r#"
        error: table users has no version 0: it has 1, 2
    "#]],
    );
    check(
        &store.run("show 9"),
        2,
        &expect![[r#"
        error: the store has no revision 9: it has 1 to 3, see quanta history
    "#]],
    );
    check(
        &store.run("rollback 9"),
        2,
        &expect![[r#"
        error: revision 3 has 2 ancestors: there is no going back by 9
    "#]],
    );
    check(
        &store.run("rollback --to 9"),
        2,
        &expect![[r#"
        error: the store has no revision 9: see `quanta history`
    "#]],
    );
    assert_eq!(store.json("inspect")["revision"], 3);
}

#[test]
fn arguments_that_make_no_sense() {
    let store = Store::new();
    for words in [
        "inspect --what",
        "show x",
        "show -1",
        "rows",
        "rows users --limit -1",
        "rollback 1 --to 1",
        "rollback 1 --to-release 1.0",
        "rollback --to 1 --to-release 1.0",
        "release",
        "schema --at 1",
    ] {
        let ran = store.run(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words}");
        assert!(ran.stderr.starts_with("error: "), "{words}: {}", ran.stderr);
    }
    assert_eq!(quanta::<&str>(&[]).code, 2);
    assert_eq!(quanta(&["nonsense"]).code, 2);
}

#[test]
fn a_rollback_that_rows_do_not_fit() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("app.quanta"));
    drop(store.open::<(narrow::Count,)>("1", || 0));
    let db = store.open::<(wide::Count,)>("2", || 0);
    (1..4).for_each(|id| {
        db.collection::<wide::Count>()
            .put(&wide::Count { id, value: id * 150 })
            .unwrap();
    });
    drop(db);
    let planned = store.run("rollback --dry-run");
    check(&planned, 1, &expect![""]);
    expect![[r#"
          table counts {
            id: u32 (key)
        -   value: u32
        +   value: u8
          }
          checked scan   change counts.value from u32 to u8
          3 rows checked
          row 1, for example:
          - {id: 1, value: 150}
          + {id: 1, value: 150}
        refused: counts.value: 2 rows don't fit
            2: 300 is no u8
            3: 450 is no u8
          fix: change or remove these rows with the program that wrote them
           or: go no further back than to where they fit
        nothing was changed: this is what would happen
    "#]]
    .assert_eq(&planned.stdout);
    check(
        &store.run("rollback"),
        1,
        &expect![[r#"
            error: the change is refused, and the store is as it was:
            counts.value: 2 rows don't fit
                2: 300 is no u8
                3: 450 is no u8
              fix: change or remove these rows with the program that wrote them
               or: go no further back than to where they fit
        "#]],
    );
    let json = store.json("rollback");
    assert_eq!(
        (&json["refused"], &json["revision"]),
        (&true.into(), &serde_json::Value::Null)
    );
    assert_eq!(store.json("inspect")["revision"], 2);
}

/// Writes a record behind the back of the store.
fn plant(store: &Store, key: &[u8]) {
    let opened = open(&store.path, &OpenOptions::default(), StoreId([0; 16])).unwrap();
    let mut batch = Batch::new();
    batch.put(key, *b"?");
    assert_eq!(
        opened.engine.commit(&batch, Durability::Sync).unwrap(),
        Commit::Done
    );
}

#[test]
fn a_store_with_contradictions() {
    let store = Store::new();
    plant(&store, b"\x03ghosts:schema");
    plant(&store, b"\x06\0\0\0\x01\x07");
    let ran = store.run("verify");
    expect![[r#"
        schema_orphan: ghosts:schema: no live table has this name
        row_stamp: row 0x07 of table users: no row of the table should be at version 63
        2 findings: 2 tables, 3 versions, 3 ledger records, 7 rows, 1 kept value
    "#]]
    .assert_eq(&ran.stdout);
    check(&ran, 1, &expect![""]);
    assert_eq!(store.json("verify")["totals"]["schema_orphan"], 1);
    assert_eq!(store.run("inspect").code, 0);
}

#[test]
fn a_store_with_a_damaged_head() {
    let store = Store::new();
    plant(&store, &[1]);
    check(
        &store.run("verify"),
        3,
        &expect![[r#"
        error: the head is damaged: UnexpectedEnd { additional: 1 }
    "#]],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full() {
    let store = Store::new();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_quanta"));
    let output = command
        .arg("inspect")
        .arg(&store.path)
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(output.stderr.starts_with(b"error: writing the output: "));
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    let store = Store::new();
    for words in [
        "show 2",
        "diff users 1 2",
        "verify",
        "show 2 --color never",
        "rollback 2 --dry-run",
    ] {
        assert!(!store.printed(words).contains('\u{1b}'), "{words}");
    }
    let args = [
        "diff".as_ref(),
        store.path.as_os_str(),
        "users".as_ref(),
        "1".as_ref(),
        "2".as_ref(),
    ];
    let output = Command::new(env!("CARGO_BIN_EXE_quanta"))
        .args(args)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(output.status.success() && !output.stdout.contains(&0x1b));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let store = Store::new();
    let db = store.open::<(second::User,)>("2.0", || 0);
    db.write(|tx| {
        (100..20_000).try_for_each(|id| {
            let name = "a name that is long enough to fill the pipe".to_owned();
            tx.collection::<second::User>().put(&second::User {
                id,
                name,
                score: 0.0,
                joined: false,
            })
        })
    })
    .unwrap();
    drop(db);
    let mut child = Command::new(env!("CARGO_BIN_EXE_quanta"))
        .args([
            "rows".as_ref(),
            store.path.as_os_str(),
            "users".as_ref(),
            "--limit".as_ref(),
            "20000".as_ref(),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}
