//! `quanta rehearse`: what it prints, its JSON, and what it says of documents that can't be read.

use std::fs;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use serde_json::Value;
use tempfile::TempDir;

use crate::fixture::{Ran, quanta};

const SHOP: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
 {"label": "1", "tables": [
   {"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "i64"}, {"name": "mail", "type": "option<string>"}, {"name": "note", "type": "string"}]}]},
 {"label": "2", "tables": [
   {"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "i64"}, {"name": "email", "type": "option<string>"}]},
   {"name": "teams", "key": ["name"], "fields": [{"name": "name", "type": "string"}]}],
  "hints": {"renamed_fields": {"users": {"mail": "email"}}, "new_tables": ["teams"]}},
 {"label": "3", "tables": [
   {"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "i64"}, {"name": "email", "type": "string"}]}],
  "hints": {"dropped_tables": ["teams"]}}]}"#;

/// A document in a directory of its own.
struct Document {
    _dir: TempDir,
    path: PathBuf,
}

impl Document {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shop.history.json");
        fs::write(&path, text).unwrap();
        Self { _dir: dir, path }
    }

    fn run(&self, words: &str) -> Ran {
        let mut args = vec!["rehearse".to_owned(), self.path.display().to_string()];
        args.extend(words.split_whitespace().map(str::to_owned));
        quanta(&args).scrubbed(&self.path)
    }
}

#[track_caller]
fn check(text: &str, words: &str, (code, stdout, stderr): (i32, &Expect, &Expect)) {
    let ran = Document::new(text).run(words);
    stdout.assert_eq(&ran.stdout);
    stderr.assert_eq(&ran.stderr);
    assert_eq!(ran.code, code);
}

#[test]
fn a_history_whose_rows_partly_do_not_fit() {
    check(
        SHOP,
        "--rows 10 --no-hints",
        (
            0,
            &expect![[r#"
        shop: 3 versions, 10 rows in each table, seed 0
        FROM  TO  STEPS                                      CLASS    COST  ROWS  DROPPED  LAWS
        1     2   CreateTable 1, DropField 1, RenameField 1  lossy    lazy    10        0  held
        2     3   ChangeType 1, DropTable 1                  checked  scan     7        3  held
        2 -> 3: refused (rows) users.email: 3 rows don't fit -> drop_row
        laws: plan 2, refusal 1, 1a 2, 1c 2, 2 2, 3 2, 4 2, 5 2, 6 2, 8 2, writes 2
        renames without their hints: 1 asked
        good: 2 of 2 transitions taken
    "#]],
            &expect![""],
        ),
    );
}

#[test]
fn a_change_without_a_conversion_is_a_new_field() {
    let text = SHOP.replace(
        r#"{"name": "id", "type": "i64"}, {"name": "email", "type": "string"}"#,
        r#"{"name": "id", "type": "i64"}, {"name": "email", "type": "map<string,u8>"}"#,
    );
    let text = text.replace("\"option<string>\"", "\"date\"");
    check(
        &text,
        "--rows 3",
        (
            0,
            &expect![[r#"
        shop: 3 versions, 3 rows in each table, seed 0
        FROM  TO  STEPS                                      CLASS  COST  ROWS  DROPPED  LAWS
        1     2   CreateTable 1, DropField 1, RenameField 1  lossy  lazy     3        0  held
        2     3   AddField 1, DropField 1, DropTable 1       lossy  lazy     3        0  held
        2 -> 3: refused (no_conversion) users.email: there is no conversion from date to map<string,u8> -> new
        laws: plan 2, refusal 1, 1a 2, 1c 2, 2 2, 3 2, 4 2, 5 2, 6 2, 8 2, writes 2
        good: 2 of 2 transitions taken
    "#]],
            &expect![""],
        ),
    );
}

#[test]
fn equal_arguments_give_equal_json_but_for_the_times() {
    let document = Document::new(SHOP);
    let run = |words: &str| -> Value {
        let ran = document.run(words);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{words}");
        let mut json: Value = serde_json::from_str(&ran.stdout).unwrap();
        let times = json.as_object_mut().unwrap().remove("times").unwrap();
        assert_eq!(times.as_array().unwrap().len(), 2);
        assert!(times[0]["change_us"].is_u64() && times[0]["laws_us"].is_u64());
        json
    };
    let (one, two) = (run("--json --rows 5 --seed 1"), run("--json --rows 5 --seed 1"));
    assert_eq!(one.to_string(), two.to_string());
    let keys: Vec<&String> = one.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["good", "name", "rows", "seed", "steps", "transitions", "versions"]
    );
    let transition: Vec<&String> = one["transitions"][0].as_object().unwrap().keys().collect();
    let expected = "class cost from laws outcome refusals renames rows_checked rows_dropped steps to";
    assert_eq!(transition, expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(
        (&one["good"], &one["transitions"][0]["laws"]["3"]),
        (&true.into(), &"held".into())
    );
    assert_ne!(one["transitions"][1]["refusals"], Value::Array(Vec::new()));
}

#[test]
fn from_every_version_to_every_other_one() {
    // Rows that are born without a note can't have had one: there is no uuid to fall back on.
    let text = SHOP.replace(r#""note", "type": "string""#, r#""note", "type": "uuid""#);
    let printed = expect![[r#"
        shop: 3 versions, 12 rows in each table over all of them, seed 0
        FROM  ROWS  LEFT OUT  PAIRS  INTACT  REFUSED  BROKEN
        1        4         8      2       2        0       0
        2       16         0      2       1        1       0
        3        5         0      2       1        1       0
        2 pairs refused (rows) users.note, as 3 -> 1:
            5 rows don't fit
            -21469521321024392: there is no value for this row, and nothing was kept of it
        2 pairs refused, 1 of them intact without the rows that were named
        good: 6 pairs, 4 intact, 2 refused, 0 broken
    "#]];
    check(&text, "--all-pairs --rows 12", (0, &printed, &expect![""]));
    let ran = Document::new(&text).run("--all-pairs --rows 12 --json");
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    let expected = "broken broken_pairs good intact left_out name pairs reasons refused refused_rest_intact rows seed \
                    sources stepless turns versions";
    assert_eq!(keys, expected.split_whitespace().collect::<Vec<_>>());
    let counts = ["pairs", "intact", "refused", "broken"].map(|name| json[name].as_u64().unwrap());
    assert_eq!((counts, &json["good"]), ([6, 4, 2, 0], &true.into()));
    assert_eq!(json["sources"][0]["from"], "1");
}

#[test]
fn all_pairs_are_gone_with_the_hints() {
    let ran = Document::new(SHOP).run("--all-pairs --no-hints");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

#[test]
fn a_document_with_a_mistake() {
    let nothing = expect![""];
    for (from, to, stderr) in [
        (
            r#""key": ["name"]"#,
            r#""key": ["label"]"#,
            expect![[r#"
            error: STORE: version 2: table teams: the key field `label` is missing
        "#]],
        ),
        (
            r#""type": "i64"}, {"name": "mail""#,
            r#""type": "i65"}, {"name": "mail""#,
            expect![[r#"
                error: STORE: version 1: table users: field id: no type is named `i65`
            "#]],
        ),
        (
            r#""dropped_tables""#,
            r#""droped_tables""#,
            expect![[r#"
                error: STORE: history: unknown field `droped_tables`, expected one of `renamed_tables`, `renamed_fields`, `dropped_tables`, `types`, `new_tables`, `new_fields`, `on_failure`, `functions`, `migrations` at line 10 column 27
            "#]],
        ),
        (
            r#"{"mail": "email"}"#,
            r#"{"male": "email"}"#,
            expect![[r#"
            error: STORE: version 2: table users: `male`: no earlier version has it, so `email` can't be its new name
        "#]],
        ),
        (
            r#""versions": ["#,
            r#""versions": ["#,
            expect![[r#"
            error: STORE: the history has no version
        "#]],
        ),
    ] {
        let text = if from == to {
            r#"{"format": "quanta-history/1", "name": "empty", "versions": []}"#.to_owned()
        } else {
            SHOP.replace(from, to)
        };
        check(&text, "", (2, &nothing, &stderr));
    }
}

#[test]
fn a_document_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("no.history.json");
    let ran = quanta(&["rehearse".into(), path.clone().into_os_string()]).scrubbed(&path);
    expect![[r#"
        error: STORE: No such file or directory (os error 2)
    "#]]
    .assert_eq(&ran.stderr);
    assert_eq!(ran.code, 2);
}
