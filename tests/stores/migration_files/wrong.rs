//! Wrong files: what is said of them, and that nothing changes.

use quantadb::{ErrorKind, MigrationFile, QuantaEntity};

use super::{files, plain};
use crate::support::{Small, filled};

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u32,
    nick: String,
    age: i64,
}

fn store() -> Small {
    filled(&[User {
        id: 1,
        nick: "ada".into(),
        age: 300,
    }])
}

/// A text that is no file.
fn check_text(text: &str, expected: &str) {
    let error = MigrationFile::from_toml("one", text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MigrationFile, "{text}");
    assert!(error.to_string().contains(expected), "{text}\n{error}");
}

/// Files that a store refuses.
fn check(texts: &[(&str, &str)], kind: ErrorKind, expected: &str) {
    let engine = store();
    let before = engine.digest();
    let error = plain(&engine, texts).open("memory").unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(engine.digest(), before);
    let error = plain(&engine, texts).plan("memory").unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(engine.digest(), before);
}

#[test]
fn texts_that_are_no_files_name_the_line() {
    check_text("up = [", "line 1");
    check_text(
        "name = \"x\"\n\n[[up]]\nstep = \"paint\"",
        "line 3, a step of `up`: there is no step paint: there are create_table",
    );
    check_text("[[up]]\ntable = \"users\"", "it says no `step`");
    check_text(
        "[[up]]\nstep = \"drop_field\"\ntable = \"users\"",
        "missing field `field`",
    );
    check_text(
        "[[down]]\nstep = \"drop_field\"\ntable = \"u\"\nfield = \"a\"\nfeild = \"b\"",
        "unknown field `feild`",
    );
    check_text("colour = 1", "unknown field `colour`");
    check_text("id = \"a b\"", "line 1: the id \"a b\" has other characters");
    check_text("checksum = \"00\"", "line 1: the checksum is 00");
    check_text("depends_on = [\"one\"]", "it depends on itself");
    let late = "up = [{ step = \"delete\", table = \"u\" }, { step = \"drop_table\", table = \"u\" }]";
    check_text(late, "rows are changed before the tables are");
    check_text(
        "down = [{ step = \"delete\", table = \"u\" }]",
        "`down` deletes rows",
    );
}

#[test]
fn files_that_do_not_fit_together_are_named() {
    let kind = ErrorKind::MigrationFile;
    check(&[("a", ""), ("a", "")], kind, "a and a both have the id a");
    check(
        &[("a", "depends_on = [\"b\"]")],
        kind,
        "a depends on b, and there is no file with that id",
    );
    check(
        &[("a", "depends_on = [\"b\"]"), ("b", "depends_on = [\"a\"]")],
        kind,
        "these files wait for each other: a -> b -> a",
    );
}

#[test]
fn steps_that_do_not_fit_the_tables_are_refused() {
    let one = |step: &str| format!("up = [{{ {step} }}]");
    let kind = ErrorKind::MigrationFile;
    for (step, expected) in [
        (
            "step = \"drop_field\", table = \"user\", field = \"age\"",
            "one: there is no table user: there are users",
        ),
        (
            "step = \"drop_field\", table = \"users\", field = \"aeg\"",
            "there is no `aeg`",
        ),
        (
            "step = \"add_field\", table = \"users\", field = \"age\", type = \"u8\"",
            "table users",
        ),
        (
            "step = \"add_field\", table = \"users\", field = \"x\", type = \"u9\"",
            "`u9`",
        ),
        (
            "step = \"add_field\", table = \"users\", field = \"x\", type = \"u8\", default = 300",
            "the default of x",
        ),
        (
            "step = \"rename_table\", table = \"user\", to = \"people\"",
            "there is no table user",
        ),
        (
            "step = \"drop_index\", table = \"users\", name = \"x\"",
            "there is no index x: there are none",
        ),
        (
            "step = \"set\", table = \"users\", values = { id = 2 }",
            "id belongs to the key",
        ),
        (
            "step = \"set\", table = \"users\", values = { aeg = 2 }",
            "there is no field aeg",
        ),
        (
            "step = \"set\", table = \"users\", values = { age = \"old\" }",
            "age: ",
        ),
        (
            "step = \"set\", table = \"users\", values = { age = 1 }, where = \"age >\"",
            "column",
        ),
        (
            "step = \"set\", table = \"users\", values = { age = 1 }, where = \"aeg > 1\"",
            "aeg",
        ),
        (
            "step = \"create_table\", table = \"users\", key = [\"id\"], fields = [{ name = \"id\", type = \"u8\" }]",
            "there is a table users already",
        ),
    ] {
        let engine = store();
        let before = engine.digest();
        let error = plain(&engine, &[("one", one(step).as_str())])
            .open("memory")
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{step}\n{error}");
        assert_eq!(engine.digest(), before, "{step}");
    }
    let own = one("step = \"run\", migration = \"mine\"");
    check(
        &[("one", own.as_str())],
        ErrorKind::OwnCode,
        "it runs the migration mine, which this program doesn't have",
    );
    let astray = "up = [{ step = \"drop_field\", table = \"users\", field = \"age\" }]
                  down = [{ step = \"add_field\", table = \"users\", field = \"age\", type = \"u8\" }]";
    check(&[("one", astray)], kind, "`down` doesn't lead back: table users");
}

#[test]
fn rows_that_do_not_fit_refuse_a_file_and_leave_those_before_it() {
    let engine = store();
    let texts = [
        (
            "1",
            "up = [{ step = \"add_field\", table = \"users\", field = \"mail\", type = \"string\" }]",
        ),
        (
            "2",
            "up = [{ step = \"change_type\", table = \"users\", field = \"age\", type = \"u8\" }]",
        ),
    ];
    let before = engine.digest();
    let plan = plain(&engine, &texts).plan("memory").unwrap();
    assert_eq!((plan.files.len(), plan.refusals.len()), (2, 1));
    assert!(plan.to_string().contains("1: 300"), "{plan}");
    assert_eq!(engine.digest(), before);
    let error = plain(&engine, &texts).open("memory").unwrap_err();
    assert!(error.to_string().starts_with("2: "), "{error}");
    let db = engine.open::<()>().unwrap();
    assert_eq!(db.open_report().revision, 2);
}

#[test]
fn a_file_that_was_changed_after_it_was_run_is_shown() {
    let engine = store();
    let text = |ty: &str| {
        format!("up = [{{ step = \"add_field\", table = \"users\", field = \"mail\", type = \"{ty}\" }}]")
    };
    drop(
        plain(&engine, &[("1", text("string").as_str())])
            .open("memory")
            .unwrap(),
    );
    let before = engine.digest();
    // Another way of writing it, and other words for people, are no change.
    let same = format!("# A comment.\nname = \"other words\"\n{}", text("string"));
    drop(plain(&engine, &[("1", same.as_str())]).open("memory").unwrap());
    let changed = text("bytes");
    let options = || plain(&engine, &[("1", changed.as_str())]);
    let error = options().open("memory").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MigrationFile);
    let message = error.to_string();
    assert!(message.contains("1 was changed after it was run"), "{message}");
    assert!(
        message.contains("-type = \"string\"\n+type = \"bytes\""),
        "{message}"
    );
    assert_eq!(engine.digest(), before);
    let status = options().files_status("memory").unwrap();
    assert!(status.to_string().starts_with("changed  1\n"), "{status}");
}

#[test]
fn a_file_that_is_gone_is_told() {
    let engine = store();
    drop(plain(&engine, &[("1", ""), ("2", "")]).open("memory").unwrap());
    let status = engine
        .options::<()>()
        .migration_files(files(&[("2", ""), ("3", "")]))
        .files_status("memory")
        .unwrap();
    assert_eq!(
        status.to_string(),
        "gone     1\napplied  2, revision 3\npending  3"
    );
}

#[test]
fn files_in_the_documentation_are_files() {
    let page = include_str!("../../../docs/migration-files.md");
    let blocks: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        MigrationFile::from_toml("one", block).unwrap();
    }
    for step in quantadb::FileStep::NAMES {
        assert!(page.contains(&format!("`{step}`")), "{step}");
    }
}

/// What a store has applied need not stay for ever: what depends on it still runs.
#[test]
fn what_was_applied_may_go() {
    let engine = store();
    drop(plain(&engine, &[("1", "")]).open("memory").unwrap());
    let db = plain(&engine, &[("2", "depends_on = [\"1\"]")])
        .open("memory")
        .unwrap();
    assert_eq!(db.open_report().plan.files.len(), 1);
    let new = Small::default();
    let error = plain(&new, &[("2", "depends_on = [\"1\"]")])
        .open("memory")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MigrationFile);
}

/// What one change would understand as staying is refused.
#[test]
fn what_comes_and_goes_in_one_file_is_refused() {
    let add = "{ step = \"add_field\", table = \"users\", field = \"age\", type = \"string\" }";
    let drop_field = "{ step = \"drop_field\", table = \"users\", field = \"age\" }";
    check_text(
        &format!("up = [{drop_field}, {add}]"),
        "users.age is dropped and added",
    );
    let kind = ErrorKind::MigrationFile;
    let table = "{ step = \"drop_table\", table = \"users\" }, { step = \"create_table\", table = \"users\", key = [\"id\"], fields = [{ name = \"id\", type = \"u8\" }] }";
    check(
        &[("one", &format!("up = [{table}]"))],
        kind,
        "table users is dropped and created",
    );
    let renamed = |to: &str| format!("{{ step = \"rename_table\", table = \"users\", to = \"{to}\" }}");
    check(
        &[("one", &format!("up = [{}, {}]", renamed("a"), renamed("b")))],
        kind,
        "table users gets two names",
    );
    check(
        &[(
            "one",
            &format!(
                "up = [{}, {{ step = \"drop_table\", table = \"users\" }}]",
                renamed("a")
            ),
        )],
        kind,
        "table users is renamed and dropped",
    );
}

/// Filters and values are held to the tables, also where there is no row.
#[test]
fn edits_are_checked_without_rows() {
    for edit in [
        "values = { aeg = 1 }",
        "values = { id = 1 }",
        "values = { age = \"old\" }",
        "values = { age = 1 }, where = \"nonsense > 3\"",
    ] {
        for which in ["up", "down"] {
            let engine = Small::default();
            drop(engine.open::<(User,)>().unwrap());
            let text = format!("{which} = [{{ step = \"set\", table = \"users\", {edit} }}]");
            let up = "\n[[up]]\nstep = \"set\"\ntable = \"users\"\nvalues = { age = 1 }\n";
            let text = if which == "up" {
                text
            } else {
                format!("{text}{up}")
            };
            let before = engine.digest();
            let error = plain(&engine, &[("one", &text)]).open("memory").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::MigrationFile, "{error}");
            assert_eq!(engine.digest(), before);
        }
    }
}

#[test]
fn a_dry_run_sees_a_changed_file() {
    let engine = store();
    drop(plain(&engine, &[("1", "")]).open("memory").unwrap());
    let changed = [(
        "1",
        "up = [{ step = \"drop_field\", table = \"users\", field = \"age\" }]",
    )];
    let error = plain(&engine, &changed).plan("memory").unwrap_err();
    assert!(
        error.to_string().contains("was changed after it was run"),
        "{error}"
    );
}
