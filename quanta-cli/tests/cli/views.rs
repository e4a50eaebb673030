//! Views that a store knows: `schema`, `query`, `objects` and `history` show them without the program that declares them.

use expect_test::{Expect, expect};
use quantadb::{Options, QuantaView};

use crate::fixture::{Store, second};

#[derive(QuantaView)]
#[quanta(of = second::User, filter = |user| user.score.ge(1.0), register = false)]
#[expect(dead_code, reason = "the command reads it, and not the struct")]
struct Scored {
    #[quanta(path = name)]
    who: String,
    score: f32,
}

fn store() -> Store {
    let store = Store::new();
    let options = Options::new().entities::<(second::User,)>().views::<(Scored,)>();
    drop(options.clock(|| 1_767_484_800_000).open(&store.path).unwrap());
    store
}

#[track_caller]
fn check(words: &str, expected: &Expect) {
    let ran = store().run(words);
    expected.assert_eq(&format!("{}{}", ran.stdout, ran.stderr));
}

#[test]
fn views_are_shown_and_asked() {
    check(
        "schema scored",
        &expect![[r#"
        view scored of users {
            score: f32,
            who: string = name,
        } where score >= 1.0
    "#]],
    );
    check(
        "query scored score<3 --order score",
        &expect![[r#"
        score  who
        1.1    n1
        2.1    n2
    "#]],
    );
    check(
        "query scored --limit 1 --json",
        &expect![[r#"
        {"score":1.1,"who":"n1"}
    "#]],
    );
    check(
        "query scored --count",
        &expect![[r#"
        3
    "#]],
    );
    check(
        "query scored --select id --limit 1",
        &expect![[r#"
        id
        1
        more rows follow: --limit shows more than 1
    "#]],
    );
}

#[test]
fn history_and_objects_have_views() {
    let store = store();
    let history = store.json("history");
    let views = &history["records"][3]["views"];
    assert_eq!(views[0]["name"], "scored");
    assert!(store.printed("history").contains("create view scored"));
    assert!(store.printed("show 4").contains("create view scored"));
    assert!(store.printed("objects").contains("scored"));
    let schema = store.json("schema");
    assert_eq!(schema["views"][0]["schema"]["columns"][1]["path"], "name");
    let planned = store.printed("rollback --dry-run");
    assert!(
        planned.contains("take view scored back with what it reads"),
        "{planned}"
    );
    let done = store.json("rollback");
    assert_eq!(done["revision"], 3);
    assert_eq!(store.json("schema")["views"].as_array().unwrap().len(), 0);
}
