//! `query`: rows that filters find, counts and ways, as text and JSON, and what is said of filters that are wrong.

use expect_test::{Expect, expect};

use crate::fixture::{Ran, Store, quanta};

impl Store {
    fn query(&self, args: &[&str]) -> Ran {
        let path = self.path.display().to_string();
        let all = [&["query", path.as_str(), "users"], args].concat();
        quanta(&all).scrubbed(&self.path)
    }
}

#[track_caller]
fn check(args: &[&str], code: i32, stdout: &Expect, stderr: &Expect) {
    let ran = Store::new().query(args);
    stdout.assert_eq(&ran.stdout);
    stderr.assert_eq(&ran.stderr);
    assert_eq!(ran.code, code);
}

#[test]
fn rows_are_found_ordered_and_limited() {
    let none = expect![""];
    check(
        &[
            "joined = false and score > 0.5 or name = 'm5'",
            "--order",
            "score desc, id",
        ],
        0,
        &expect![[r#""#]],
        &none,
    );
    check(
        &["--limit", "2", "--select", "name, id"],
        0,
        &expect![[r#""#]],
        &none,
    );
    check(&["id > 100"], 0, &expect![[r#""#]], &none);
    check(&["id between 4 and 9", "--json"], 0, &expect![[r#""#]], &none);
    check(
        &["id < 2", "--json", "--select", "name,score"],
        0,
        &expect![[r#""#]],
        &none,
    );
}

#[test]
fn rows_are_counted_and_ways_are_told() {
    let none = expect![""];
    check(
        &["name starts with 'm'", "--count", "--limit", "1"],
        0,
        &expect![[r#""#]],
        &none,
    );
    check(&["--count", "--json"], 0, &expect![[r#""#]], &none);
    check(
        &["id >= 3 and joined = true", "--explain"],
        0,
        &expect![[r#""#]],
        &none,
    );
    check(
        &["id >= 3", "--order", "name", "--explain", "--json"],
        0,
        &expect![[r#""#]],
        &none,
    );
}

#[test]
fn what_is_wrong_is_pointed_at() {
    let none = expect![""];
    check(&["id >= 3 and name = Ada"], 2, &none, &expect![[r#""#]]);
    check(&["nick = 'x'"], 2, &none, &expect![[r#""#]]);
    check(&["--order", "id up"], 2, &none, &expect![[r#""#]]);
    check(&["--select", "id,name[]"], 2, &none, &expect![[r#""#]]);
    let ran = Store::new().query(&["--count", "--explain"]);
    assert_eq!(ran.code, 2);
}
