//! `lock`, as the binary of an app runs it and as the command alone does: what it prints, its JSON, and its exit codes.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use serde_json::Value;
use tempfile::TempDir;

use crate::fixture::{Ran, Store, quanta};
use crate::program::app;

/// A lock in a directory of its own.
struct Lock {
    dir: TempDir,
}

impl Lock {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("quanta.lock")
    }

    fn run(&self, generation: &str, words: &str) -> Ran {
        let path = self.path();
        let mut args = vec!["lock", "--file", path.to_str().unwrap(), "--name", "shop"];
        if words.contains("--check") {
            args.truncate(3);
        }
        args.extend(words.split_whitespace());
        app(generation, &args).scrubbed(&self.path())
    }

    #[track_caller]
    fn check(&self, generation: &str, words: &str, (code, stdout, stderr): (i32, &Expect, &Expect)) {
        let ran = self.run(generation, words);
        stdout.assert_eq(&ran.stdout);
        stderr.assert_eq(&ran.stderr);
        assert_eq!(ran.code, code);
    }
}

#[test]
fn a_version_is_added_when_entities_change() {
    let lock = Lock::new();
    lock.check(
        "first",
        "--check",
        (
            2,
            &expect![[""]],
            &expect![[r#"
        error: there is no STORE: `lock` without --check writes it
    "#]],
        ),
    );
    lock.check(
        "first",
        "",
        (
            0,
            &expect![[r#"
        STORE: version 1 added
          users
    "#]],
            &expect![[""]],
        ),
    );
    lock.check(
        "first",
        "",
        (
            0,
            &expect![[r#"
        STORE: unchanged
    "#]],
            &expect![[""]],
        ),
    );
    lock.check(
        "first",
        "--check",
        (
            0,
            &expect![[r#"
        STORE: current
    "#]],
            &expect![[""]],
        ),
    );
    lock.check(
        "second",
        "--check",
        (
            1,
            &expect![[r#"
        STORE: not what the entities are: `lock` adds a version
          table teams: table came
          teams, key: name came
          teams.name: string came
          users.joined: bool came
          users.name: string came
          users.nick: string went
          users.note: option<string> went
          users.score: f64 became f32
    "#]],
            &expect![[""]],
        ),
    );
    lock.check(
        "second",
        "--label 1.2.0",
        (
            0,
            &expect![[r#"
        STORE: version 1.2.0 added
          table teams: table came
          teams, key: name came
          teams.name: string came
          users.joined: bool came
          users.name: string came
          users.nick: string went
          users.note: option<string> went
          users.score: f64 became f32
          what it does to a store:
            exact   record create table teams
            exact   lazy   rename users.name from nick
            lossy   lazy   change users.score from f64 to f32
            lossy   lazy   drop users.note: option<string>; its values are kept
            exact   lazy   add users.joined: bool, the same value in every old row
    "#]],
            &expect![[""]],
        ),
    );
    let path = lock.path().display().to_string();
    let rehearsed = quanta(&["rehearse", path.as_str(), "--rows", "10"]);
    assert_eq!(rehearsed.code, 0, "{rehearsed:?}");
}

#[test]
fn what_is_written_and_checked_is_told_as_json() {
    let lock = Lock::new();
    lock.run("first", "");
    let json = |words: &str| -> Value { serde_json::from_str(&lock.run("second", words).stdout).unwrap() };
    let told = json("--check --json");
    assert_eq!(
        (&told["outcome"], &told["current"], &told["last"], &told["next"]),
        (&"differs".into(), &false.into(), &"1".into(), &"2".into())
    );
    let differences = told["differences"].as_array().unwrap();
    assert!(
        differences.contains(&serde_json::json!({"place": "users.score", "before": "f64", "after": "f32"})),
        "{told}"
    );
    assert_eq!(json("--json")["outcome"], "written");
    assert_eq!(json("--json")["outcome"], "unchanged");
    assert_eq!(json("--check --json")["outcome"], "current");
}

#[test]
fn a_change_that_a_store_would_refuse_is_refused() {
    let lock = Lock::new();
    lock.run("second", "");
    let before = fs::read(lock.path()).unwrap();
    lock.check("first", "", (1, &expect![[""]], &expect![[r#"
        error: STORE can't be brought up to date:
          users.joined: bool went
          users.name: string went
          users.nick: string came
          users.note: option<string> came
          users.score: f32 became f64
          refused: users.nick: `nick` came and `name` (25 % similar), `joined` (20 % similar) went: a rename, or not?
          fix: #[quanta(renamed_from = "name")] at `nick`, to keep its values
           or: #[quanta(renamed_from = "joined")] at `nick`, to keep its values
           or: #[quanta(new)] at `nick`, if it has nothing to do with them
          refused: users.note: `note` came and `name` (50 % similar), `joined` (40 % similar) went: a rename, or not?
          fix: #[quanta(renamed_from = "name")] at `note`, to keep its values
           or: #[quanta(renamed_from = "joined")] at `note`, to keep its values
           or: #[quanta(new)] at `note`, if it has nothing to do with them
    "#]]));
    lock.check("first", "--check", (1, &expect![[r#"
        STORE: not what the entities are: mend the entities first
          users.joined: bool went
          users.name: string went
          users.nick: string came
          users.note: option<string> came
          users.score: f32 became f64
          refused: users.nick: `nick` came and `name` (25 % similar), `joined` (20 % similar) went: a rename, or not?
          fix: #[quanta(renamed_from = "name")] at `nick`, to keep its values
           or: #[quanta(renamed_from = "joined")] at `nick`, to keep its values
           or: #[quanta(new)] at `nick`, if it has nothing to do with them
          refused: users.note: `note` came and `name` (50 % similar), `joined` (40 % similar) went: a rename, or not?
          fix: #[quanta(renamed_from = "name")] at `note`, to keep its values
           or: #[quanta(renamed_from = "joined")] at `note`, to keep its values
           or: #[quanta(new)] at `note`, if it has nothing to do with them
    "#]], &expect![[""]]));
    assert_eq!(fs::read(lock.path()).unwrap(), before);
}

#[test]
fn a_lock_that_is_not_understood_stays_as_it_is() {
    let lock = Lock::new();
    for text in [
        "{",
        r#"{"format": "quanta-history/7"}"#,
        r#"{"format": "quanta-history/1", "name": "shop"}"#,
    ] {
        fs::write(lock.path(), text).unwrap();
        for words in ["", "--check"] {
            let ran = lock.run("first", words);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
            assert!(ran.stderr.starts_with("error: STORE"), "{ran:?}");
        }
        assert_eq!(fs::read_to_string(lock.path()).unwrap(), text);
    }
}

/// Takes a lock from a store, as the program of an app or alone.
fn from_store(run: impl Fn(&[&str]) -> Ran, store: &Path, lock: &Lock) -> Ran {
    let (store, path) = (store.display().to_string(), lock.path().display().to_string());
    run(&["lock", "--from-store", &store, "--file", &path, "--name", "shop"]).scrubbed(&lock.path())
}

#[test]
fn k9_a_store_gives_the_first_version() {
    let (store, lock) = (Store::new(), Lock::new());
    let ran = from_store(|args| quanta(args), &store.path, &lock);
    expect![[r#"
        STORE: version 1 added
          teams, users
    "#]]
    .assert_eq(&ran.stdout);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    lock.check(
        "second",
        "--check",
        (
            0,
            &expect![[r#"
        STORE: current
    "#]],
            &expect![[""]],
        ),
    );
    let again = from_store(|args| app("second", args), &store.path, &lock);
    expect![[r#"
        error: STORE is there already, and a store only gives the first version of a history
    "#]]
    .assert_eq(&again.stderr);
    assert_eq!(again.code, 2);
}

#[test]
fn without_entities_it_says_how() {
    let ran = quanta(&["lock"]);
    expect![[r#"
        error: the entities are in the program, and this command knows none. Give it migration files with `--migrations`, or add a binary to the app, `src/bin/manage.rs`, and run it as `cargo run --bin manage -- lock`:

        use my_app as _; // Links the entities.
        fn main() -> std::process::ExitCode {
            quanta_cli::run(quantadb::Options::new(), std::env::args_os()).into()
        }

        A test can do the same: quantadb::lock::check and quantadb::lock::write. A store alone gives the first version: --from-store DIR.
    "#]].assert_eq(&ran.stderr);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    Lock::new().check("none", "", (2, &expect![[""]], &expect![[r#"
        error: this program has no entities: they have to be linked (`use models as _;`), or named with Options::entities or Options::register
    "#]]));
}
