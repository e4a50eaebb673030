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
        &expect![[r#"
            id  joined  name  score
            3   false   n3    3.1
            2   false   n2    2.1
            1   false   n1    1.1
            5   true    m5    0.5
        "#]],
        &none,
    );
    check(
        &["--limit", "2", "--select", "name, id"],
        0,
        &expect![[r#"
            name  id
            n0    0
            n1    1
            more rows follow: --limit shows more than 2
        "#]],
        &none,
    );
    check(
        &["id > 100"],
        0,
        &expect![[r#"
        id  joined  name  score
    "#]],
        &none,
    );
    check(
        &["id between 4 and 9", "--json"],
        0,
        &expect![[r#"
        {"id":4,"joined":true,"name":"m4","score":0.5}
        {"id":5,"joined":true,"name":"m5","score":0.5}
    "#]],
        &none,
    );
    check(
        &["id < 2", "--json", "--select", "name,score"],
        0,
        &expect![[r#"
            {"name":"n0","score":0.1}
            {"name":"n1","score":1.1}
        "#]],
        &none,
    );
}

#[test]
fn rows_are_counted_and_ways_are_told() {
    let none = expect![""];
    check(
        &["name starts with 'm'", "--count", "--limit", "1"],
        0,
        &expect![[r#"
            2
        "#]],
        &none,
    );
    check(
        &["--count", "--json"],
        0,
        &expect![[r#"
        {
          "count": 6,
          "table": "users"
        }
    "#]],
        &none,
    );
    check(
        &["id >= 3 and joined = true", "--explain"],
        0,
        &expect![[r#"
            query of users
              rows by key: 3 entries in 1 range
              asked of each row: `joined`
              limit 100
        "#]],
        &none,
    );
    check(
        &["id >= 3", "--order", "name", "--explain", "--json"],
        0,
        &expect![[r#"
            {
              "asked": [],
              "by": "key",
              "indexes": [],
              "sorted": true,
              "table": "users",
              "text": "query of users\n  rows by key: 3 entries in 1 range\n  sorted by name\n  limit 100"
            }
        "#]],
        &none,
    );
}

#[test]
fn what_is_wrong_is_pointed_at() {
    let none = expect![""];
    check(
        &["id >= 3 and name = Ada"],
        2,
        &none,
        &expect![[r#"
        error: a query of table users: the filter, column 20: expected a value, found `Ada`: a text is put in quotes, as "Ada"
          id >= 3 and name = Ada
                             ^
    "#]],
    );
    check(
        &["nick = 'x'"],
        2,
        &none,
        &expect![[r#"
        error: a query of table users: `nick` is missing: there is no `nick`, but id, joined, name, score
    "#]],
    );
    check(
        &["--order", "id up"],
        2,
        &none,
        &expect![[r#"
        error: a query of table users: the order, column 4: expected `asc`, `desc`, `,` or the end, found `up`
          id up
             ^
    "#]],
    );
    check(
        &["--select", "id,name[]"],
        2,
        &none,
        &expect![[r#"
        error: a query of table users: the path, column 1: values are read by a path to one value in each row
          name[]
          ^
    "#]],
    );
    let ran = Store::new().query(&["--count", "--explain"]);
    assert_eq!(ran.code, 2);
}
