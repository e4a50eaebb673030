//! `import` and `export`: files in and out, mistakes with their lines, exit codes, and the standard streams.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};

use crate::fixture::{Ran, Store, quanta};

impl Store {
    /// Puts a file beside the store.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path.with_file_name(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Runs a command on the store and a file.
    fn transfer(&self, command: &str, table: &str, file: &str, rest: &[&str]) -> Ran {
        let path = self.path.with_file_name(file);
        let file = if file == "-" { "-".into() } else { path };
        let mut args = vec![command.into(), self.path.clone(), table.into(), file];
        args.extend(rest.iter().map(PathBuf::from));
        let mut ran = quanta(&args).scrubbed(&self.path);
        let beside = self.path.parent().unwrap().display().to_string();
        ran.stdout = ran.stdout.replace(&beside, "DIR");
        ran.stderr = ran.stderr.replace(&beside, "DIR");
        ran
    }
}

#[track_caller]
fn check(ran: &Ran, code: i32, stdout: &Expect, stderr: &Expect) {
    stdout.assert_eq(&ran.stdout);
    stderr.assert_eq(&ran.stderr);
    assert_eq!(ran.code, code);
}

const CSV: &str = "nr,name,score,joined\n10,ada,0.5,true\n11,bob,NA,FALSE\n";

#[test]
fn rows_go_out_and_come_back() {
    let store = Store::new();
    check(
        &store.transfer("export", "users", "users.csv", &[]),
        0,
        &expect![[r#"
            6 rows of users written to DIR/users.csv
        "#]],
        &expect![""],
    );
    expect![[r#"
        id,joined,name,score
        0,false,n0,0.1
        1,false,n1,1.1
        2,false,n2,2.1
        3,false,n3,3.1
        4,true,m4,0.5
        5,true,m5,0.5
    "#]]
    .assert_eq(&fs::read_to_string(store.path.with_file_name("users.csv")).unwrap());
    let lines = store.printed("export users");
    assert_eq!(store.printed("export users - --format jsonl"), lines);
    assert_eq!(lines, store.printed("rows users --json"));
    store.file("users.jsonl", &lines);
    check(
        &store.transfer("import", "users", "users.jsonl", &["--upsert"]),
        0,
        &expect![[r#"
            6 rows written to users
        "#]],
        &expect![""],
    );
    check(
        &store.transfer("import", "users", "users.csv", &["--upsert"]),
        0,
        &expect![[r#"
            6 rows written to users
        "#]],
        &expect![""],
    );
    assert_eq!(store.printed("export users"), lines);
}

#[test]
fn a_dry_run_and_every_mistake() {
    let store = Store::new();
    store.file("more.csv", CSV);
    let before = store.printed("export users");
    let arguments = ["--null", "NA", "--map", "nr=id"];
    check(
        &store.transfer("import", "users", "more.csv", &arguments),
        1,
        &expect![""],
        &expect![[r#"
            error: what is to be imported into users has 1 mistake; nothing was written:
              line 3, column 3, field score: NA stands for none, and the field is no option
        "#]],
    );
    check(
        &store.transfer(
            "import",
            "users",
            "more.csv",
            &["--map", "nr=id", "--keep-going", "--dry-run"],
        ),
        1,
        &expect![[r#"
            1 row could be written to users: nothing was written, 1 row left out:
              line 3, column 3, field score: "NA" is no f32
        "#]],
        &expect![""],
    );
    assert_eq!(store.printed("export users"), before);
    check(
        &store.transfer("import", "users", "more.csv", &["--map", "nr=id", "--keep-going"]),
        1,
        &expect![[r#"
            1 row written to users, 1 row left out:
              line 3, column 3, field score: "NA" is no f32
        "#]],
        &expect![""],
    );
    assert!(
        store
            .printed("export users")
            .contains(r#"{"id":10,"joined":true,"name":"ada","score":0.5}"#)
    );
    check(
        &store.transfer("import", "users", "more.csv", &["--errors-max", "1"]),
        1,
        &expect![""],
        &expect![[r#"
            error: what is to be imported into users has 2 mistakes; nothing was written:
              line 1, field id: the field of the key has no column
              and 1 more
        "#]],
    );
}

#[test]
fn what_is_asked_for_wrongly() {
    let store = Store::new();
    store.file("users.txt", "id\n1\n");
    check(
        &store.transfer("import", "users", "users.txt", &[]),
        2,
        &expect![""],
        &expect![[r#"
            error: DIR/users.txt doesn't say of what form it is: name it with --format csv or --format jsonl
        "#]],
    );
    check(
        &store.transfer("import", "users", "nothing.csv", &[]),
        2,
        &expect![""],
        &expect![[r#"
            error: DIR/nothing.csv: No such file or directory (os error 2)
        "#]],
    );
    check(
        &store.transfer("import", "userz", "users.txt", &["--format", "csv"]),
        2,
        &expect![""],
        &expect![[r#"
            error: the store has no table userz: did you mean users?
        "#]],
    );
    check(
        &store.transfer("export", "userz", "-", &[]),
        2,
        &expect![""],
        &expect![[r#"
            error: the store has no table userz: did you mean users?
        "#]],
    );
    for wrong in [["--map", "id"], ["--delimiter", "ab"], ["--delimiter", "\""]] {
        let ran = store.transfer("import", "users", "users.txt", &wrong);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    check(
        &store.transfer("export", "users", "users.csv", &["--null", "n0"]),
        1,
        &expect![""],
        &expect![[r#"
            error: row 0 of table users: the field name has the value "n0", which stands for none: choose another word by none_as
        "#]],
    );
}

/// Checks that an object has exactly these keys.
#[track_caller]
fn keys(value: &serde_json::Value, expected: &str) {
    let keys: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, expected.split_whitespace().collect(), "{value:#}");
}

#[test]
fn the_json_is_as_documented() {
    let store = Store::new();
    store.file("more.csv", CSV);
    let report = "table rows_read rows_written rows_bad errors errors_total transactions dry_run";
    for arguments in [&["--json"][..], &["--json", "--map", "nr=id", "--keep-going"]] {
        let ran = store.transfer("import", "users", "more.csv", arguments);
        assert_eq!(ran.code, 1);
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        keys(&json, report);
        keys(&json["errors"][0], "line column field problem");
        assert_eq!(json["errors_total"], json["errors"].as_array().unwrap().len());
    }
    let ran = store.transfer("export", "users", "users.csv", &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    keys(&json, "table rows file");
    assert_eq!(json["rows"], 7);
}

#[test]
fn rows_are_read_from_the_standard_input() {
    let store = Store::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_quanta"))
        .args([
            "import",
            &store.path.display().to_string(),
            "teams",
            "-",
            "--format",
            "csv",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"name\nred\nblue\n").unwrap();
    drop(input);
    let ran = Ran::of(&child.wait_with_output().unwrap());
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "2 rows written to teams\n", "")
    );
    assert_eq!(store.printed("export teams - --format csv"), "name\nblue\nred\n");
}
