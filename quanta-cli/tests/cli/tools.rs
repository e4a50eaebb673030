//! `status`, `plan`, `migrate`, `get`, `graph`, `backup`, `restore`, `copy`, `compact`, `release-hold`, `lint`, `completions`.

use std::collections::BTreeSet;
use std::fs;

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::fixture::{Ran, Store, quanta};
use crate::program::app;

/// Checks that an object has exactly these keys.
#[track_caller]
fn keys(value: &Value, expected: &str) {
    let keys: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, expected.split_whitespace().collect(), "{value:#}");
}

#[track_caller]
fn check(ran: &Ran, code: i32, stdout: &Expect, stderr: &Expect) {
    stdout.assert_eq(&ran.stdout);
    stderr.assert_eq(&ran.stderr);
    assert_eq!(ran.code, code);
}

/// Runs the program of an app on a store.
fn manage(store: &Store, generation: &str, words: &str) -> Ran {
    let mut words = words.split_whitespace();
    let mut args = vec![words.next().unwrap(), store.path.to_str().unwrap()];
    args.extend(words);
    let mut ran = app(generation, &args).scrubbed(&store.path);
    ran.stdout = without_time(&ran.stdout);
    ran
}

/// Takes out of a text how long something took.
fn without_time(text: &str) -> String {
    let Some((before, rest)) = text.split_once(" took ") else {
        return text.to_owned();
    };
    let after = rest.split_once(" s;").map_or(rest, |(_, after)| after);
    format!("{before} took T s;{after}")
}

/// Takes the identity of a store out of a text: 32 hexadecimal digits.
fn without_id(text: &str) -> String {
    let words = text.split_inclusive(|char: char| !char.is_ascii_alphanumeric());
    let scrubbed = words.map(|word| {
        let digits = word.trim_end_matches(|char: char| !char.is_ascii_alphanumeric());
        let is_id = digits.len() == 32 && digits.chars().all(|char| char.is_ascii_hexdigit());
        if is_id {
            word.replace(digits, "ID")
        } else {
            word.to_owned()
        }
    });
    scrubbed.collect()
}

#[test]
fn a_program_plans_and_migrates() {
    let store = Store::new();
    expect![[r#"
        revision 3, 2 tables, engine fjall, store ID
        last moved 2026-01-03T00:00:00Z by 2.1: auto
    "#]]
    .assert_eq(&without_id(&store.printed("status")));
    keys(
        &store.json("status"),
        "engine store_id revision releases last tables held pending files",
    );
    expect![[r#"
        revision 3, 2 tables, engine fjall, store ID
        last moved 2026-01-03T00:00:00Z by 2.1: auto
        the entities: as the store
    "#]]
    .assert_eq(&without_id(&manage(&store, "second", "status").stdout));

    store.printed("rollback 2");
    store.printed("release-hold");
    check(
        &manage(&store, "second", "plan"),
        0,
        &expect![[r#"
            + table teams {
            +   name: string (key)
            + }
              exact   record create table teams
              table users {
                id: u64 (key)
            -   nick: string
            -   note: option<string>
            -   score: f64
            +   joined: bool
            +   name: string
            +   score: f32
              }
              exact   lazy   rename users.name from nick
              lossy   lazy   change users.score from f64 to f32
              lossy   lazy   drop users.note: option<string>; its values are kept
              exact   lazy   add users.joined: bool, the same value in every old row
              what was kept of a row comes back; what is said above of added fields is for rows without
              kept: change users.score from f64 to f32 (4 rows: 0, 1, 2, 3)
              kept: drop users.note: option<string>; its values are kept (2 rows: 0, 2)
              6 rows checked
              row 0, for example:
              - {id: 0, nick: "n0", note: "note 0", score: 0.1}
              + {id: 0, joined: false, name: "n0", score: 0.1}
            looking at 6 rows took T s; the change itself is made at once
            nothing was changed; to approve this plan: --plan 82837a12fb057cb9
        "#]],
        &expect![[r#""#]],
    );
    let planned: Value = serde_json::from_str(&manage(&store, "second", "plan --json").stdout).unwrap();
    keys(&planned, "token looked_ms estimated_ms plan");
    let status = manage(&store, "second", "status").stdout;
    assert!(status.contains("revision 1, 1 table"), "{status}");
    let token = planned["token"].as_str().unwrap();
    assert!(
        status.ends_with(&format!("the entities: 5 steps to do, plan {token}\n")),
        "{status}"
    );
    check(
        &manage(&store, "second", "migrate --plan 0123456789abcdef"),
        1,
        &expect![[r#"
            + table teams {
            +   name: string (key)
            + }
              exact   record create table teams
              table users {
                id: u64 (key)
            -   nick: string
            -   note: option<string>
            -   score: f64
            +   joined: bool
            +   name: string
            +   score: f32
              }
              exact   lazy   rename users.name from nick
              lossy   lazy   change users.score from f64 to f32
              lossy   lazy   drop users.note: option<string>; its values are kept
              exact   lazy   add users.joined: bool, the same value in every old row
              what was kept of a row comes back; what is said above of added fields is for rows without
              kept: change users.score from f64 to f32 (rows are not counted ahead)
              kept: drop users.note: option<string>; its values are kept (rows are not counted ahead)
        "#]],
        &expect![[r#"
            error: the plan that was approved is 0123456789abcdef, and this is 82837a12fb057cb9: nothing was changed; look at the plan again
        "#]],
    );
    check(
        &manage(&store, "second", &format!("migrate --plan {token} --sweep")),
        0,
        &expect![[r#"
            + table teams {
            +   name: string (key)
            + }
              exact   record create table teams
              table users {
                id: u64 (key)
            -   nick: string
            -   note: option<string>
            -   score: f64
            +   joined: bool
            +   name: string
            +   score: f32
              }
              exact   lazy   rename users.name from nick
              lossy   lazy   change users.score from f64 to f32
              lossy   lazy   drop users.note: option<string>; its values are kept
              exact   lazy   add users.joined: bool, the same value in every old row
              what was kept of a row comes back; what is said above of added fields is for rows without
              kept: change users.score from f64 to f32 (rows are not counted ahead)
              kept: drop users.note: option<string>; its values are kept (rows are not counted ahead)
            at revision 3
            4 rows rewritten
        "#]],
        &expect![[r#""#]],
    );
    check(
        &manage(&store, "second", "migrate"),
        0,
        &expect![[r#"
            nothing to do
            at revision 3
        "#]],
        &expect![[r#""#]],
    );
    let done: Value = serde_json::from_str(&manage(&store, "second", "migrate --json").stdout).unwrap();
    keys(&done, "revision changed token swept_rows plan");

    let nowhere = Store::at(store.path.with_file_name("nowhere"));
    assert_eq!(manage(&nowhere, "second", "migrate").code, 3);
    assert!(!nowhere.path.exists());
    assert_eq!(manage(&nowhere, "second", "migrate --create").code, 0);
    check(
        &store.run("plan"),
        2,
        &expect![[r#""#]],
        &expect![[r#"
            error: the entities are in the program, and this command knows none. Give it migration files with `--migrations`, or add a binary to the app, `src/bin/manage.rs`, and run it as `cargo run --bin manage -- plan`:

            use my_app as _; // Links the entities.
            fn main() -> std::process::ExitCode {
                quanta_cli::run(quantadb::Options::new(), std::env::args_os()).into()
            }
        "#]],
    );
}

#[test]
fn a_row_by_its_key() {
    let store = Store::new();
    check(
        &store.run("get users 4"),
        0,
        &expect![[r#"
        FIELD   VALUE
        id      4
        joined  true
        name    m4
        score   0.5
    "#]],
        &expect![[r#""#]],
    );
    assert_eq!(store.json("get users 4")["name"], "m4");
    check(
        &store.run("get users 99"),
        2,
        &expect![[r#""#]],
        &expect![[r#"
            error: table users has no row 99
        "#]],
    );
    check(
        &store.run("get users Ada"),
        2,
        &expect![[r#""#]],
        &expect![[r#"
            error: the key Ada: id: "Ada" is no u64
        "#]],
    );
    check(
        &store.run("get user 4"),
        2,
        &expect![[r#""#]],
        &expect![[r#"
        error: the store has no table user: did you mean users?
    "#]],
    );
}

#[test]
fn pictures() {
    let store = Store::new();
    store.printed("rollback 1");
    expect![[r#"
        users
          id: u64  key
          joined: bool
          name: string
          score: f32
    "#]]
    .assert_eq(&store.printed("graph"));
    expect![[r#"
        erDiagram
            users {
                u64 id PK
                bool joined
                string name
                f32 score
            }
    "#]]
    .assert_eq(&store.printed("graph --mermaid"));
    expect![[r#"
        o 1  create table users
        * 2  rename users.name from nick, and 3 more
        o 3  create table teams
    "#]]
    .assert_eq(&store.printed("graph --history"));
    expect![[r#"
        flowchart TD
            r1["1  create table users"]
            r2(["2  rename users.name from nick, and 3 more"])
            r1 --> r2
            r3["3  create table teams"]
            r2 --> r3
    "#]]
    .assert_eq(&store.printed("graph --history --mermaid"));
}

#[test]
fn a_store_goes_into_a_file_and_comes_back() {
    let store = Store::new();
    let file = store.path.with_file_name("monday.backup");
    let path = |words: &str| words.replace("FILE", file.to_str().unwrap());
    let rows = store.printed("rows users");
    let run = |words: &str| {
        let words = path(words).replace("STORE", store.path.to_str().unwrap());
        let mut ran = quanta(&words.split_whitespace().collect::<Vec<_>>()).scrubbed(&store.path);
        for text in [&mut ran.stdout, &mut ran.stderr] {
            *text = text.replace(file.to_str().unwrap(), "FILE");
            *text = without_id(text);
            // When it was taken.
            if let Some(at) = text.find(", of 2") {
                text.replace_range(at + 5..at + 25, "TIME");
            }
        }
        ran
    };
    check(
        &run("backup STORE FILE"),
        0,
        &expect![[r#"
        FILE: revision 3, 17 records, 1.4 KiB
    "#]],
        &expect![[r#""#]],
    );
    check(
        &run("backup STORE FILE"),
        4,
        &expect![[r#""#]],
        &expect![[r#"
        error: there is something at FILE already: choose another file
    "#]],
    );
    check(
        &run("restore FILE --check"),
        0,
        &expect![[r#"
            FILE: whole: revision 3 of store ID, 17 records, 1.4 KiB, of TIME
        "#]],
        &expect![[r#""#]],
    );
    store.printed("rollback 2");
    check(
        &run("restore FILE STORE"),
        0,
        &expect![[r#"
            STORE: restored from FILE: revision 3 of store ID, 17 records, 1.4 KiB, of TIME
        "#]],
        &expect![[r#""#]],
    );
    assert_eq!(store.printed("rows users"), rows);
    check(
        &run("restore FILE STORE --to-engine redb"),
        4,
        &expect![[r#""#]],
        &expect![[r#"
            error: STORE has the engine fjall: to get the backup on redb, restore it to a new path
        "#]],
    );
    let copy = Store::at(store.path.with_file_name("copy"));
    let words = [
        "restore",
        file.to_str().unwrap(),
        copy.path.to_str().unwrap(),
        "--to-engine",
        "redb",
        "--json",
    ];
    let json: Value = serde_json::from_str(&quanta(&words).stdout).unwrap();
    keys(&json, "backup store");
    keys(
        &json["backup"],
        "path store_id engine format revision time_ms app_version records bytes",
    );
    assert_eq!(copy.printed("rows users"), rows);
    let mut bytes = fs::read(&file).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&file, bytes).unwrap();
    check(
        &run("restore FILE STORE"),
        3,
        &expect![[r#""#]],
        &expect![[r#"
            error: the backup FILE is damaged: it ends too early; use another one
        "#]],
    );
    fs::write(&file, "dear").unwrap();
    check(
        &run("restore FILE STORE"),
        3,
        &expect![[r#""#]],
        &expect![[r#"
            error: FILE is no backup: it doesn't start with QUANTABK
        "#]],
    );
    assert_eq!(store.printed("rows users"), rows);
}

#[test]
fn copies_and_space() {
    let store = Store::new();
    let copy = Store::at(store.path.with_file_name("copy"));
    let words = format!("copy {} --to-engine sled", copy.path.display());
    keys(&store.json(&words), "store engine store_id");
    assert_eq!(copy.printed("rows users"), store.printed("rows users"));
    assert_eq!(copy.json("inspect")["engine"], "sled");
    assert_eq!(store.run(&words).code, 4);
    let compacted = store.json("compact --sweep");
    keys(&compacted, "bytes_before bytes_after swept_rows");
    assert_eq!(compacted["swept_rows"], 4);
    assert_eq!(store.run("compact").code, 0);
    assert_eq!(copy.printed("rows users"), store.printed("rows users"));
}

#[test]
fn what_a_rollback_holds_is_given_free() {
    let store = Store::new();
    assert_eq!(store.printed("release-hold"), "nothing is held\n");
    store.printed("rollback 2");
    assert_eq!(
        store.json("release-hold")["released"],
        serde_json::json!(["teams", "users"])
    );
    assert_eq!(store.json("release-hold")["released"], serde_json::json!([]));
}

#[test]
fn a_change_is_held_against_rules() {
    let directory = tempfile::tempdir().unwrap();
    let lock = directory.path().join("quanta.lock");
    let at = |words: &str| -> Vec<String> {
        let words = words.replace("LOCK", lock.to_str().unwrap());
        words
            .replace("CONFIG", directory.path().join("lint.toml").to_str().unwrap())
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    };
    let run = |words: &str| quanta(&at(words));
    let manage = |generation: &str, words: &str| {
        let args = at(words);
        app(generation, &args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(manage("first", "lock --file LOCK --name shop").code, 0);
    check(
        &run("lint --lock LOCK"),
        0,
        &expect![[r#"
        nothing to say
    "#]],
        &expect![[r#""#]],
    );
    check(
        &manage("second", "lint --lock LOCK"),
        0,
        &expect![[r#"
            warn Q001: users.score: change users.score from f64 to f32
              fix: nothing, if that is what is meant; else leave the field in, or rename it with `renamed_from`
            warn Q001: users.note: drop users.note: option<string>; its values are kept
              fix: nothing, if that is what is meant; else leave the field in, or rename it with `renamed_from`
            2 findings: `--explain Q001` says why
        "#]],
        &expect![[r#""#]],
    );
    assert_eq!(manage("second", "lock --file LOCK").code, 0);
    let json: Value = serde_json::from_str(&run("lint --lock LOCK --json").stdout).unwrap();
    keys(&json["findings"][0], "code rule level table path problem fix");
    let config = directory.path().join("lint.toml");
    fs::write(&config, "[rules]\nQ001 = \"deny\"\n").unwrap();
    assert_eq!(run("lint --lock LOCK --config CONFIG").code, 1);
    let log: Value = serde_json::from_str(&run("lint --lock LOCK --config CONFIG --sarif").stdout).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["level"], "error");
    for (text, problem) in [
        ("[rules]\nQ001 = \"no\"\n", "Q001"),
        ("[rules]\nQ999 = \"warn\"\n", "Q999"),
        ("rules", "lint.toml"),
    ] {
        fs::write(&config, text).unwrap();
        let ran = run("lint --lock LOCK --config CONFIG");
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(problem), "{}", ran.stderr);
    }
    check(
        &run("lint --explain Q002"),
        0,
        &expect![[r#"
            Q002 checked-step (warn)
            what: a step may meet rows that don't fit
            why: All rows are looked at before anything changes, and one that doesn't fit refuses the change, on the disk of whoever has it.
            fix: say what becomes of such rows, with `on_failure`, or convert them, with `convert_with`
        "#]],
        &expect![[r#""#]],
    );
    assert_eq!(run("lint --explain Q999").code, 2);
    assert_eq!(run("lint --lock nowhere").code, 2);
    let store = Store::new();
    let rows = format!("lint --store {}", store.path.display());
    assert_eq!(run(&rows).code, 2);
    assert_eq!(manage("second", &rows).code, 0);
}

#[test]
fn shells_can_complete() {
    let ran = quanta(&["completions", "bash"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("_quanta()"));
}
