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
    expect![[r#"
        none yet: quanta release names the current revision
    "#]]
    .assert_eq(&store.printed("releases"));
    expect![[r#"
        revision 3 is release 1.0 now
    "#]]
    .assert_eq(&store.printed("release 1.0"));
    expect![[r#"
        revision 3 is release 1.0 already: nothing was done
    "#]]
    .assert_eq(&store.printed("release 1.0"));
    expect![[r#"
        - table teams {
        -   name: string (key)
        - }
          lossy   record drop table teams; its rows are kept
          kept: drop table teams; its rows are kept (rows are not counted ahead)
        at revision 2, held
    "#]]
    .assert_eq(&store.printed("rollback"));
    expect![[r#"
        revision 2 is release 0.9 now
    "#]]
    .assert_eq(&store.printed("release 0.9"));
    let scrub = |text: &str| {
        let lines = text.lines().map(|line| match line.find("Z  quanta ") {
            Some(at) => format!("{}TIME{}", &line[..at - 19], &line[at..]),
            None => line.to_owned(),
        });
        lines
            .map(|line| line.trim_end().to_owned() + "\n")
            .collect::<String>()
    };
    expect![[r#"
           NAME  REVISION  TIME                  BY
           1.0          3  TIMEZ  quanta 0.1.0
        *  0.9          2  TIMEZ  quanta 0.1.0
    "#]]
    .assert_eq(&scrub(&store.printed("releases")));
    expect![[r#"
           #  KIND      REVISION  FROM  RELEASE  TIME                  BY            CHANGES
           0  create           1                 2026-01-01T00:00:00Z  1.0           create table users
        *  1  auto             2     1  0.9      2026-01-02T00:00:00Z  2.0           rename users.name from nick
                                                                                     change users.score from f64 to f32
                                                                                     drop users.note: option<string>; its values are kept
                                                                                     add users.joined: bool, the same value in every old row
           2  auto             3     2  1.0      2026-01-03T00:00:00Z  2.1           create table teams
           3  release          3        1.0      TIMEZ  quanta 0.1.0
           4  rollback         2     3           TIMEZ  quanta 0.1.0  drop table teams; its rows are kept
           5  release          2        0.9      TIMEZ  quanta 0.1.0
    "#]].assert_eq(&scrub(&store.printed("history")));
    expect![[r#"
        KIND   NAME   VERSION  THERE  RELEASES    USES  CONTENT
        table  teams        1  gone   1.0               107b865f023cacb4cd391dbf3ee306c3
        table  users        2  yes    0.9 to 1.0        872db8f63c3e764a2202b34bb48664fd
    "#]]
    .assert_eq(&store.printed("objects"));
    expect![[r#"
        KIND   NAME   VERSION  THERE  RELEASES    USES  CONTENT
        table  users        2  yes    0.9 to 1.0        872db8f63c3e764a2202b34bb48664fd
    "#]]
    .assert_eq(&store.printed("objects --release 0.9"));
    expect![[r#"
        + table teams {
        +   name: string (key)
        + }
          exact   record create table teams
        nothing was changed: this is what would happen
    "#]]
    .assert_eq(&store.printed("rollback --to-release 1.0 --dry-run"));
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
    refused(
        &store.run("release 1.0"),
        1,
        &expect![[r#"
        error: revision 3 is named 1.0 already, and revision 2 is to be: a name stays where it is, so take another one
    "#]],
    );
    refused(
        &store.run("rollback --to-release 1.1"),
        2,
        &expect![[r#"
        error: the store has no release 1.1: it has 1.0
    "#]],
    );
    refused(
        &store.run("rollback --to-release 1.1 --dry-run"),
        2,
        &expect![[r#"
            error: the store has no release 1.1: it has 1.0
        "#]],
    );
    refused(
        &store.run("objects --release 1.1"),
        2,
        &expect![[r#"
        error: the store has no release 1.1: it has 1.0
    "#]],
    );
    refused(
        &store.run(&format!("release {}", "x".repeat(129))),
        2,
        &expect![[r#"
            error: a release can't be named "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": it has 129 bytes, and 128 are allowed
        "#]],
    );
}
