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
    app(generation, &args).scrubbed(&store.path)
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
    expect![[r#""#]].assert_eq(&without_id(&store.printed("status")));
    keys(
        &store.json("status"),
        "engine store_id revision releases last tables held pending",
    );
    expect![[r#""#]].assert_eq(&without_id(&manage(&store, "second", "status").stdout));

    store.printed("rollback 2");
    store.printed("release-hold");
    check(
        &manage(&store, "second", "plan"),
        0,
        &expect![[r#""#]],
        &expect![[r#""#]],
    );
    let planned: Value = serde_json::from_str(&manage(&store, "second", "plan --json").stdout).unwrap();
    keys(&planned, "token plan");
    expect![[r#""#]].assert_eq(&without_id(&manage(&store, "second", "status").stdout));
    check(
        &manage(&store, "second", "migrate --plan 0123456789abcdef"),
        1,
        &expect![[r#""#]],
        &expect![[r#""#]],
    );
    let token = planned["token"].as_str().unwrap();
    check(
        &manage(&store, "second", &format!("migrate --plan {token} --sweep")),
        0,
        &expect![[r#""#]],
        &expect![[r#""#]],
    );
    check(
        &manage(&store, "second", "migrate"),
        0,
        &expect![[r#""#]],
        &expect![[r#""#]],
    );
    let done: Value = serde_json::from_str(&manage(&store, "second", "migrate --json").stdout).unwrap();
    keys(&done, "revision changed token swept_rows plan");

    let nowhere = Store::at(store.path.with_file_name("nowhere"));
    assert_eq!(manage(&nowhere, "second", "migrate").code, 3);
    assert!(!nowhere.path.exists());
    assert_eq!(manage(&nowhere, "second", "migrate --create").code, 0);
    check(&store.run("plan"), 2, &expect![[r#""#]], &expect![[r#""#]]);
}

#[test]
fn a_row_by_its_key() {
    let store = Store::new();
    check(&store.run("get users 4"), 0, &expect![[r#""#]], &expect![[r#""#]]);
    assert_eq!(store.json("get users 4")["name"], "m4");
    check(
        &store.run("get users 99"),
        2,
        &expect![[r#""#]],
        &expect![[r#""#]],
    );
    check(
        &store.run("get users Ada"),
        2,
        &expect![[r#""#]],
        &expect![[r#""#]],
    );
    check(&store.run("get user 4"), 2, &expect![[r#""#]], &expect![[r#""#]]);
}

#[test]
fn pictures() {
    let store = Store::new();
    store.printed("rollback 1");
    expect![[r#""#]].assert_eq(&store.printed("graph"));
    expect![[r#""#]].assert_eq(&store.printed("graph --mermaid"));
    expect![[r#""#]].assert_eq(&store.printed("graph --history"));
    expect![[r#""#]].assert_eq(&store.printed("graph --history --mermaid"));
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
    check(&run("backup STORE FILE"), 0, &expect![[r#""#]], &expect![[r#""#]]);
    check(&run("backup STORE FILE"), 4, &expect![[r#""#]], &expect![[r#""#]]);
    check(
        &run("restore FILE --check"),
        0,
        &expect![[r#""#]],
        &expect![[r#""#]],
    );
    store.printed("rollback 2");
    check(
        &run("restore FILE STORE"),
        0,
        &expect![[r#""#]],
        &expect![[r#""#]],
    );
    assert_eq!(store.printed("rows users"), rows);
    check(
        &run("restore FILE STORE --to-engine redb"),
        4,
        &expect![[r#""#]],
        &expect![[r#""#]],
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
        &expect![[r#""#]],
    );
    fs::write(&file, "dear").unwrap();
    check(
        &run("restore FILE STORE"),
        3,
        &expect![[r#""#]],
        &expect![[r#""#]],
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
    check(&run("lint --lock LOCK"), 0, &expect![[r#""#]], &expect![[r#""#]]);
    check(
        &manage("second", "lint --lock LOCK"),
        0,
        &expect![[r#""#]],
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
        &expect![[r#""#]],
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
