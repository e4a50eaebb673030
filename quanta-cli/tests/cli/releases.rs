//! `release`, `releases`, `objects`, and going to a release.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::fixture::{Ran, Store};

/// Checks that an object has exactly these keys.
#[track_caller]
fn keys(value: &Value, expected: &str) {
    let keys: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, expected.split_whitespace().collect(), "{value:#}");
}

#[track_caller]
fn refused(ran: &Ran, code: i32, stderr: &Expect) {
    stderr.assert_eq(&ran.stderr);
    assert_eq!(ran.code, code);
}

#[test]
fn the_text() {
    let store = Store::new();
    expect![[""]].assert_eq(&store.printed("releases"));
    expect![[""]].assert_eq(&store.printed("release 1.0"));
    expect![[""]].assert_eq(&store.printed("release 1.0"));
    expect![[""]].assert_eq(&store.printed("rollback"));
    expect![[""]].assert_eq(&store.printed("release 0.9"));
    let scrub = |text: &str| {
        let lines = text.lines().map(|line| match line.find("Z  quanta ") {
            Some(at) => format!("{}TIME{}", &line[..at - 19], &line[at..]),
            None => line.to_owned(),
        });
        lines
            .map(|line| line.trim_end().to_owned() + "\n")
            .collect::<String>()
    };
    expect![[""]].assert_eq(&scrub(&store.printed("releases")));
    expect![[""]].assert_eq(&scrub(&store.printed("history")));
    expect![[""]].assert_eq(&store.printed("objects"));
    expect![[""]].assert_eq(&store.printed("objects --release 0.9"));
    expect![[""]].assert_eq(&store.printed("rollback --to-release 1.0 --dry-run"));
    let shown = store.printed("show 3");
    assert!(shown.contains("\nrelease 1.0 at "), "{shown}");
}

#[test]
fn the_json_is_as_documented() {
    let store = Store::new();
    let named = store.json("release 1.0");
    keys(&named, "new release");
    let release = "name revision time time_ms app_version sequence";
    keys(&named["release"], release);
    assert_eq!(store.json("release 1.0")["new"], false);
    let releases = store.json("releases");
    keys(&releases, "revision releases");
    keys(&releases["releases"][0], release);
    let history = store.json("history");
    assert_eq!(history["records"][3]["release"], "1.0");
    let later = store.json("show 3")["later"][0].clone();
    keys(&later, "sequence kind time release");
    assert_eq!(later["release"], "1.0");
    for words in ["objects", "objects --release 1.0"] {
        let objects = store.json(words);
        keys(&objects, "revision release objects");
        keys(
            &objects["objects"][0],
            "kind name version uses content revision first_release last_release present",
        );
        assert_eq!(objects["objects"][0]["first_release"], "1.0");
    }
    let there = store.json("rollback --to 2");
    assert_eq!(there["revision"], 2);
    let back = store.json("rollback --to-release 1.0");
    assert_eq!(back["revision"], 3);
}

#[test]
fn names_that_are_refused() {
    let store = Store::new();
    store.printed("release 1.0");
    store.printed("rollback");
    refused(&store.run("release 1.0"), 1, &expect![[""]]);
    refused(&store.run("rollback --to-release 1.1"), 2, &expect![[""]]);
    refused(
        &store.run("rollback --to-release 1.1 --dry-run"),
        2,
        &expect![[""]],
    );
    refused(&store.run("objects --release 1.1"), 2, &expect![[""]]);
    refused(
        &store.run(&format!("release {}", "x".repeat(129))),
        2,
        &expect![[""]],
    );
}
