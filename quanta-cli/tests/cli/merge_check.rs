//! `merge-check`: what it prints, its JSON, what it writes, and its exit codes.

use std::fs;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use serde_json::Value;
use tempfile::TempDir;

use crate::fixture::{Ran, quanta};

const BASE: &str = r#"{"label": "1", "tables": [{"name": "users", "key": ["id"], "fields": [
    {"name": "id", "type": "u64"}, {"name": "nick", "type": "string"}, {"name": "age", "type": "u8"}]}]}"#;
/// Renames the table, and drops a field.
const A: &str = r#"{"label": "2", "tables": [{"name": "people", "key": ["id"], "fields": [
    {"name": "id", "type": "u64"}, {"name": "nick", "type": "string"}]}], "hints": {"renamed_tables": {"users": "people"}}}"#;
/// Renames a field, and adds one.
const B: &str = r#"{"label": "2", "tables": [{"name": "users", "key": ["id"], "fields": [
    {"name": "id", "type": "u64"}, {"name": "name", "type": "string"}, {"name": "age", "type": "u8"}, {"name": "rank", "type": "u8"}]}],
    "hints": {"renamed_fields": {"users": {"nick": "name"}}}}"#;
/// Gives the fields that others change another type.
const C: &str = r#"{"label": "2", "tables": [{"name": "users", "key": ["id"], "fields": [
    {"name": "id", "type": "u64"}, {"name": "nick", "type": "bytes"}, {"name": "age", "type": "u16"}]}]}"#;

/// Locks in a directory of their own.
struct Locks {
    dir: TempDir,
}

impl Locks {
    fn new(locks: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in locks {
            fs::write(dir.path().join(name), text).unwrap();
        }
        Self { dir }
    }

    /// The locks of two branches.
    fn of(a: &str, b: &str) -> Self {
        Self::new(&[
            ("a.lock", &history("shop", &[BASE, a])),
            ("b.lock", &history("shop", &[BASE, b])),
        ])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs the command. Words that end in `.lock` are files of the directory.
    fn run(&self, words: &str) -> Ran {
        let word = |word: &str| match word.strip_suffix(".lock") {
            Some(_) => self.path(word).display().to_string(),
            None => word.to_owned(),
        };
        let words = ["merge-check", "a.lock", "b.lock"]
            .into_iter()
            .chain(words.split_whitespace());
        quanta(&words.map(word).collect::<Vec<_>>()).scrubbed(self.dir.path())
    }
}

fn history(name: &str, versions: &[&str]) -> String {
    let versions = versions.join(",\n");
    format!(r#"{{"format": "quanta-history/1", "name": "{name}", "versions": [{versions}]}}"#)
}

#[track_caller]
fn check(locks: &Locks, words: &str, code: i32, stdout: &Expect) {
    let ran = locks.run(words);
    stdout.assert_eq(&ran.stdout);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", code));
}

#[test]
fn branches_that_commute_are_written_as_one() {
    let locks = Locks::of(A, B);
    check(
        &locks,
        "",
        0,
        &expect![[r#"
        shop, since version 1
          a: version 2
            rename table users to people
            drop people.age: u8
          b: version 2
            add users.rank: u8
            rename users.name from nick
          note: a store that is still at version 1 sees at once that `age` of users went and `rank` came, and asks: `#[quanta(new)]` at `rank` says that it is no rename
        they commute
    "#]],
    );
    assert_eq!(fs::read_dir(locks.dir.path()).unwrap().count(), 2);
    check(
        &locks,
        "--write merged.lock",
        0,
        &expect![[r#"
        shop, since version 1
          a: version 2
            rename table users to people
            drop people.age: u8
          b: version 2
            add users.rank: u8
            rename users.name from nick
          note: a store that is still at version 1 sees at once that `age` of users went and `rank` came, and asks: `#[quanta(new)]` at `rank` says that it is no rename
        they commute: STORE/merged.lock holds both
    "#]],
    );
    let merged: Value =
        serde_json::from_str(&fs::read_to_string(locks.path("merged.lock")).unwrap()).unwrap();
    expect![[r#"
        {
          "hints": {
            "renamed_fields": {
              "people": {
                "nick": "name"
              }
            }
          },
          "label": "3",
          "tables": [
            {
              "fields": [
                {
                  "name": "id",
                  "type": "u64"
                },
                {
                  "name": "name",
                  "type": "string"
                },
                {
                  "name": "rank",
                  "type": "u8"
                }
              ],
              "key": [
                "id"
              ],
              "name": "people"
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&merged["versions"][2]).unwrap());
    // The same once more: what is merged already has nothing to add.
    let again = Locks::new(&[
        ("a.lock", &fs::read_to_string(locks.path("merged.lock")).unwrap()),
        ("b.lock", &fs::read_to_string(locks.path("b.lock")).unwrap()),
    ]);
    let ran = again.run("--write a.lock --base a.lock");
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_conflict_names_both_sides_and_writes_nothing() {
    let locks = Locks::of(A, C);
    check(
        &locks,
        "--write merged.lock",
        1,
        &expect![[r#"
        shop, since version 1
          a: version 2
            rename table users to people
            drop people.age: u8
          b: version 2
            change users.age from u8 to u16
            change users.nick from string to bytes
          conflict at people, age:
            a: drop people.age: u8
            b: change users.age from u8 to u16
            fix: let one side go first: take its lock, make the change of the other on top of it, and run `lock` again
        they don't commute
    "#]],
    );
    assert!(!locks.path("merged.lock").exists());
}

#[test]
fn json_says_what_the_text_says() {
    let locks = Locks::of(B, C);
    let ran = locks.run("--json");
    assert_eq!(ran.code, 1);
    expect![[r#"
        {
          "a": {
            "does": [
              {
                "does": "add users.rank: u8",
                "path": "rank",
                "table": "users"
              },
              {
                "does": "rename users.name from nick",
                "path": "name",
                "table": "users"
              }
            ],
            "labels": [
              "2"
            ]
          },
          "b": {
            "does": [
              {
                "does": "change users.age from u8 to u16",
                "path": "age",
                "table": "users"
              },
              {
                "does": "change users.nick from string to bytes",
                "path": "nick",
                "table": "users"
              }
            ],
            "labels": [
              "2"
            ]
          },
          "base": "1",
          "commutes": false,
          "conflicts": [
            {
              "a": "rename users.name from nick",
              "b": "change users.nick from string to bytes",
              "fix": "let one side go first: take its lock, make the change of the other on top of it, and run `lock` again",
              "path": "name",
              "table": "users"
            }
          ],
          "merged": null,
          "name": "shop",
          "notes": [],
          "shared": [],
          "written": null
        }
    "#]].assert_eq(&ran.stdout);
    let json: Value = serde_json::from_str(&Locks::of(A, B).run("--json --write b.lock").stdout).unwrap();
    assert_eq!(json["commutes"], true);
    assert_eq!(json["merged"], serde_json::json!(["1", "2", "3"]));
    assert!(json["written"].as_str().unwrap().ends_with("b.lock"));
}

#[test]
fn what_can_not_be_compared() {
    let shop = history("shop", &[BASE, A]);
    for (b, words, problem) in [
        (
            "{",
            "",
            expect![[r#"
            error: STORE/b.lock is damaged: EOF while parsing an object at line 1 column 1
        "#]],
        ),
        (
            history("shop", &[BASE, B]).replace("u8", "u9").as_str(),
            "",
            expect![[r#"
                error: STORE/b.lock is damaged: version 1: table users: field age: no type is named `u9`
            "#]],
        ),
        (
            shop.replace("quanta-history/1", "quanta-history/2").as_str(),
            "",
            expect![[r#"
                error: STORE/b.lock: its format is `quanta-history/2`, and this version knows `quanta-history/1`: a newer version of quantadb wrote it
            "#]],
        ),
        (
            format!("<<<<<<< HEAD\n{shop}").as_str(),
            "",
            expect![[r#"
            error: STORE/b.lock is damaged: it has the marks of a merge that was not finished: keep the versions of one side, and write the lock anew
        "#]],
        ),
        (
            history("bank", &[BASE, B]).as_str(),
            "",
            expect![[r#"
            error: the documents are histories of `shop` and of `bank`: only branches of one history merge
        "#]],
        ),
        (
            history(
                "shop",
                &[
                    A.replace(r#", "hints": {"renamed_tables": {"users": "people"}}"#, "")
                        .as_str(),
                ],
            )
            .as_str(),
            "",
            expect![[r#"
                error: the documents have no version in common, even their first ones differ: take one of them, and run `lock` with the code of both
            "#]],
        ),
        (
            shop.as_str(),
            "--base none.lock",
            expect![[r#"
            error: there is no STORE/none.lock
        "#]],
        ),
        (
            history("shop", &[]).as_str(),
            "--base b.lock",
            expect![[r#"
            error: the base has no version
        "#]],
        ),
    ] {
        let locks = Locks::new(&[("a.lock", &shop), ("b.lock", b)]);
        let ran = locks.run(words);
        problem.assert_eq(&ran.stderr);
        assert_eq!((ran.stdout.as_str(), ran.code), ("", 2));
    }
}
