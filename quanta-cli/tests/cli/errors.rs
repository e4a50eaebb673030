//! Everything that can be wrong: what is said, and the exit code.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};

use crate::fixture::{Ran, Store, quanta, second};

const READING: [&str; 8] =
    ["inspect", "schema", "history", "show 1", "diff users 1 2", "rows users", "verify", "rollback --dry-run"];

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
    check(&missing.run("inspect"), 3, &expect![[r#"
        error: there is no store at STORE: check the path, or allow to create one
    "#]]);
    check(&file.run("inspect"), 3, &expect![[r#"
        error: STORE is no store: there is no MARKER in it; choose another path
    "#]]);
    check(&empty.run("inspect"), 3, &expect![[r#"
        error: there is no store at STORE: check the path, or allow to create one
    "#]]);
    check(&foreign.run("inspect"), 3, &expect![[r#"
        error: STORE is no store: there is no MARKER in it; choose another path
    "#]]);
    for words in READING.into_iter().chain(["rollback"]) {
        for store in [&missing, &file, &empty, &foreign] {
            let ran = store.run(words);
            assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{words}: {}", ran.stderr);
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
    check(&store.run("inspect"), 3, &expect![[r#"
        error: the marker in STORE/MARKER is damaged: its checksum doesn't match; restore it from a backup
    "#]]);
}

#[test]
fn a_store_that_is_open_elsewhere() {
    let store = Store::new();
    let db = store.open::<(second::User,)>("2.0", || 0);
    let ran = store.run("verify");
    check(&ran, 3, &expect![[r#"
        error: STORE/LOCK is locked by process PID: close the store there first
    "#]]);
    assert_eq!(store.run("rollback").code, 3);
    drop(db);
    assert_eq!(store.run("verify").code, 0);
}

#[test]
fn what_the_store_does_not_have() {
    let store = Store::new();
    check(&store.run("schema user"), 2, &expect![[r#"
        error: the store has no table user: did you mean users?
    "#]]);
    check(&store.run("rows people"), 2, &expect![[r#"
        error: the store has no table people: it has teams, users
    "#]]);
    check(&store.run("diff usres 1 2"), 2, &expect![[r#"
        error: the store has no table usres: did you mean users?
    "#]]);
    check(&store.run("schema users --at 7"), 2, &expect![[r#"
        error: table users has no version 7: it has 1, 2
    "#]]);
    check(&store.run("diff users 1 0"), 2, &expect![[r#"
        error: table users has no version 0: it has 1, 2
    "#]]);
    check(&store.run("show 9"), 2, &expect![[r#"
        error: the store has no revision 9: it has 1 to 3, see quanta history
    "#]]);
    check(&store.run("rollback 9"), 2, &expect![[r#"
        error: revision 3 has 2 ancestors: there is no going back by 9
    "#]]);
    check(&store.run("rollback --to 9"), 2, &expect![[r#"
        error: the store has no revision 9: see `quanta history`
    "#]]);
    assert_eq!(store.json("inspect")["revision"], 3);
}

#[test]
fn arguments_that_make_no_sense() {
    let store = Store::new();
    for words in
        ["inspect --what", "show x", "show -1", "rows", "rows users --limit -1", "rollback 1 --to 1", "schema --at 1"]
    {
        let ran = store.run(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words}");
        assert!(ran.stderr.starts_with("error: "), "{words}: {}", ran.stderr);
    }
    assert_eq!(quanta::<&str>(&[]).code, 2);
    assert_eq!(quanta(&["nonsense"]).code, 2);
}

#[test]
fn a_rollback_that_rows_do_not_fit() {
    let store = Store::new();
    // A row that lost its note on purpose has one again; one born later has none, which the first shape allows.
    let db = store.open::<(second::User,)>("2.0", || 0);
    db.flush().unwrap();
    drop(db);
    let ran = store.run("rollback 2 --dry-run");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    let store = Store::new();
    for words in ["show 2", "diff users 1 2", "verify", "show 2 --color never", "rollback 2 --dry-run"] {
        assert!(!store.printed(words).contains('\u{1b}'), "{words}");
    }
    let args = ["diff".as_ref(), store.path.as_os_str(), "users".as_ref(), "1".as_ref(), "2".as_ref()];
    let output = Command::new(env!("CARGO_BIN_EXE_quanta")).args(args).env("NO_COLOR", "1").output().unwrap();
    assert!(output.status.success() && !output.stdout.contains(&0x1b));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let store = Store::new();
    let db = store.open::<(second::User,)>("2.0", || 0);
    db.write(|tx| {
        (100..20_000).try_for_each(|id| {
            let name = "a name that is long enough to fill the pipe".to_owned();
            tx.collection::<second::User>().put(&second::User { id, name, score: 0.0, joined: false })
        })
    })
    .unwrap();
    drop(db);
    let mut child = Command::new(env!("CARGO_BIN_EXE_quanta"))
        .args(["rows".as_ref(), store.path.as_os_str(), "users".as_ref(), "--limit".as_ref(), "20000".as_ref()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}
