//! Migration files: `create`, `plan`, `migrate`, `status`, `redo`, `explain`, and what is said of wrong ones.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::fixture::{Store, quanta};
use crate::program::app;

/// A store, and a directory for its files.
struct Work {
    store: Store,
    files: PathBuf,
    _folder: tempfile::TempDir,
}

impl Work {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: Store::new(),
            files: folder.path().join("migrations"),
            _folder: folder,
        }
    }

    fn create(&self, words: &[&str]) -> String {
        let files = self.files.to_str().unwrap();
        let mut args = vec![
            "create",
            "--migrations",
            files,
            "--store",
            self.store.path.to_str().unwrap(),
        ];
        args.extend(words);
        let ran = quanta(&args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{words:?}");
        ran.stdout.trim_end().to_owned()
    }

    fn run(&self, command: &str, words: &[&str]) -> (i32, String) {
        let mut args = vec![
            command,
            self.store.path.to_str().unwrap(),
            "--migrations",
            self.files.to_str().unwrap(),
        ];
        args.extend(words);
        let ran = quanta(&args);
        (ran.code, ran.stdout + &ran.stderr)
    }
}

fn in_file(path: &str) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_change_in_a_line_is_a_file_with_its_way_back() {
    let work = Work::new();
    let path = work.create(&["--delta", "users add mail string ''"]);
    let text = in_file(&path);
    assert!(text.contains("[[up]]\nstep = \"add_field\"\ntable = \"users\"\nfield = \"mail\"\ntype = \"string\"\ndefault = \"\"\n"), "{text}");
    assert!(text.contains("[[down]]\nstep = \"drop_field\"\n"), "{text}");
    let second = work.create(&["--delta", "users rename mail address", "--tag", "names"]);
    assert!(second > path);
    let text = in_file(&second);
    let first = Path::new(&path)
        .file_stem()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    assert!(
        text.contains(&format!("depends_on = [\"{first}\"]\ntags = [\"names\"]\n")),
        "{text}"
    );
    let (code, status) = work.run("status", &[]);
    assert_eq!(code, 0);
    assert_eq!(status.matches("pending ").count(), 2, "{status}");
    let before = work.store.printed("history");
    let (code, plan) = work.run("plan", &[]);
    assert_eq!(code, 0, "{plan}");
    assert!(
        plan.contains("+   mail: string") && plan.contains("rename users.address from mail"),
        "{plan}"
    );
    assert_eq!(work.store.printed("history"), before);
    let (code, ran) = work.run("migrate", &["--step"]);
    assert!(code == 0 && ran.ends_with("1 file run, at revision 4\n"), "{ran}");
    let (code, ran) = work.run("migrate", &["--skip-tag", "names"]);
    assert!(code == 0 && ran.contains("at revision 4\n"), "{ran}");
    let (code, ran) = work.run("migrate", &[]);
    assert!(code == 0 && ran.contains("at revision 5\n"), "{ran}");
    let (_, status) = work.run("status", &[]);
    assert_eq!(status.matches("applied ").count(), 2, "{status}");
}

#[test]
fn files_are_noted_done_again_and_gone_to() {
    let work = Work::new();
    work.create(&["--delta", "users index name"]);
    let (code, noted) = work.run("migrate", &["--fake"]);
    assert!(
        code == 0 && noted.ends_with("1 file noted, at revision 4\n"),
        "{noted}"
    );
    let path = work.create(&["--delta", "users add mail string"]);
    let id = Path::new(&path)
        .file_stem()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let (code, ran) = work.run("migrate", &["--to", &id]);
    assert!(code == 0 && ran.ends_with("1 file run, at revision 5\n"), "{ran}");
    let redone = quanta(&["redo", work.store.path.to_str().unwrap()]);
    assert_eq!(redone.code, 0, "{}", redone.stderr);
    assert!(
        redone.stdout.starts_with("back to revision 4:\n"),
        "{}",
        redone.stdout
    );
    assert!(
        redone.stdout.contains("and to revision 5 again:\n"),
        "{}",
        redone.stdout
    );
    let (code, went) = work.run("migrate", &["--to", "4"]);
    assert!(code == 0 && went.ends_with("at revision 4\n"), "{went}");
    let (code, held) = work.run("migrate", &[]);
    assert_eq!(code, 1, "{held}");
    let (code, went) = work.run("migrate", &["--to", "5"]);
    assert!(code == 0 && went.ends_with("at revision 5\n"), "{went}");
    let (code, unknown) = work.run("migrate", &["--to", "nothing"]);
    assert!(
        code == 2 && unknown.contains("there is no migration file nothing"),
        "{unknown}"
    );
}

/// A file whose id is a number is no revision: going to it must not take the store back.
#[test]
fn a_number_that_is_a_file_means_the_file() {
    let work = Work::new();
    fs::create_dir_all(&work.files).unwrap();
    for (id, field) in [("0001", "a"), ("0002", "b")] {
        let text =
            format!("[[up]]\nstep = \"add_field\"\ntable = \"users\"\nfield = {field:?}\ntype = \"u8\"\n");
        fs::write(work.files.join(id).with_extension("toml"), text).unwrap();
    }
    let (code, ran) = work.run("migrate", &["--to", "0001"]);
    assert!(code == 0 && ran.ends_with("1 file run, at revision 4\n"), "{ran}");
    let (code, ran) = work.run("migrate", &["--to", "0002"]);
    assert!(code == 0 && ran.ends_with("1 file run, at revision 5\n"), "{ran}");
    let (code, ran) = work.run("migrate", &["--to", "0002"]);
    assert!(
        code == 0 && ran.ends_with("0 files run, at revision 5\n"),
        "{ran}"
    );
    let (code, ran) = work.run("migrate", &["--to", "4"]);
    assert!(code == 0 && ran.ends_with("at revision 4\n"), "{ran}");
}

#[test]
fn whoever_names_no_store_is_told_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().display().to_string();
    for words in [
        &["create", "add tags", "--table", "users", "--migrations", &files][..],
        &["create", "--delta", "users drop name", "--migrations", &files],
        &["create", "--delta", "users list", "--migrations", &files],
    ] {
        let ran = quanta(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words:?}");
        assert!(
            ran.stderr.contains("no table users") && ran.stderr.contains("--store"),
            "{}",
            ran.stderr
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_file_to_fill_in_shows_the_table() {
    let work = Work::new();
    let path = work.create(&["Add tags!", "--table", "users"]);
    let text = in_file(&path);
    assert!(path.ends_with("_add_tags.toml"), "{path}");
    assert!(text.contains("# The table as it is:\n# table users {"), "{text}");
    let (code, status) = work.run("status", &[]);
    assert!(code == 0 && status.contains("pending"), "{status}");
    let listed = quanta(&[
        "create",
        "--delta",
        "users list",
        "--store",
        work.store.path.to_str().unwrap(),
    ]);
    assert!(
        listed.code == 0 && listed.stdout.contains("name: string"),
        "{}",
        listed.stdout
    );
}

/// Without a store, the tables are those that the files make.
#[test]
fn files_are_written_over_those_before_them() {
    let work = Work::new();
    fs::create_dir_all(&work.files).unwrap();
    let first = "[[up]]\nstep = \"create_table\"\ntable = \"notes\"\nkey = [\"id\"]\nfields = [{ name = \"id\", type = \"u64\" }, { name = \"text\", type = \"string\" }]\n";
    fs::write(work.files.join("20260101_000000_initial.toml"), first).unwrap();
    let files = work.files.to_str().unwrap();
    let ran = quanta(&["create", "--migrations", files, "--delta", "notes drop text"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(in_file(ran.stdout.trim_end()).contains(
        "[[down]]\nstep = \"add_field\"\ntable = \"notes\"\nfield = \"text\"\ntype = \"string\"\n"
    ));
    let wrong = quanta(&["create", "--migrations", files, "--delta", "notes drop title"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("there is no `title`"), "{}", wrong.stderr);
    let store = work.files.join("made.quanta");
    let made = quanta(&[
        "migrate",
        store.to_str().unwrap(),
        "--migrations",
        files,
        "--create",
    ]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let missing = quanta(&["migrate", "no/such/store", "--migrations", files]);
    assert_eq!(missing.code, 3);
}

#[test]
fn wrong_files_are_a_mistake_of_the_caller() {
    let work = Work::new();
    fs::create_dir_all(&work.files).unwrap();
    for (text, expected) in [
        (
            "[[up]]\nstep = \"paint\"\n",
            "line 1, a step of `up`: there is no step paint",
        ),
        ("up = [", "line 1"),
        ("depends_on = [\"other\"]", "depends on other"),
        (
            "up = [{ step = \"delete\", table = \"users\", where = \"id >\" }]",
            "^",
        ),
    ] {
        fs::write(work.files.join("one.toml"), text).unwrap();
        let (code, said) = work.run("plan", &[]);
        assert!(code == 2 && said.contains(expected), "{text}\n{said}");
    }
    fs::write(work.files.join("one.toml"), "up = []").unwrap();
    assert_eq!(work.run("migrate", &[]).0, 0);
    fs::write(
        work.files.join("one.toml"),
        "up = [{ step = \"drop_table\", table = \"users\" }]",
    )
    .unwrap();
    let (code, said) = work.run("migrate", &[]);
    assert!(
        code == 2 && said.contains("was changed after it was run"),
        "{said}"
    );
    let (code, said) = work.run("status", &[]);
    assert!(code == 0 && said.contains("changed  one\n"), "{said}");
}

#[test]
fn json_has_the_shape_that_help_says() {
    let work = Work::new();
    work.create(&["--delta", "users add mail string"]);
    let read = |words: &[&str]| -> Value {
        let (command, rest) = words.split_first().unwrap();
        let mut rest = rest.to_vec();
        rest.push("--json");
        serde_json::from_str(&work.run(command, &rest).1).unwrap()
    };
    let status = read(&["status"]);
    assert_eq!(status["files"][0]["state"], "pending");
    let plan = read(&["plan"]);
    assert_eq!(plan["plan"]["files"][0]["plan"]["tables"][0]["name"], "users");
    let ran = read(&["migrate", "--step"]);
    assert_eq!(
        (&ran["revision"], ran["files"].as_array().unwrap().len()),
        (&Value::from(4), 1)
    );
}

/// N3: each kind of step is explained.
#[test]
fn n3_steps_are_explained() {
    let all = quanta(&["explain"]);
    assert_eq!((all.code, all.stdout.lines().count()), (0, 27));
    let one = quanta(&["explain", "drop_field"]);
    assert!(
        one.stdout
            .starts_with("drop_field: takes a field away\n  class: lossy"),
        "{}",
        one.stdout
    );
    let unknown = quanta(&["explain", "paint"]);
    assert_eq!(unknown.code, 2);
    for step in quantadb::FileStep::NAMES {
        assert_eq!(quanta(&["explain", step]).code, 0, "{step}");
    }
    let json: Value = serde_json::from_str(&quanta(&["explain", "edit_rows", "--json"]).stdout).unwrap();
    assert_eq!(json[0]["step"], "edit_rows");
}

/// N6: tests of a program's own migrations, for the entities that are linked.
#[test]
fn n6_tests_are_written_for_the_entities_of_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tests/migrations.rs");
    let words = ["create", "--tests", path.to_str().unwrap()];
    let ran = app("second", &words);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let text = in_file(ran.stdout.trim_end());
    assert!(
        text.contains("quanta.lock\");") && text.contains("assert_migrates!(LOCK, entities("),
        "{text}"
    );
    let again = app("second", &words);
    assert!(
        again.code == 4 && again.stderr.contains("can't be written"),
        "{}",
        again.stderr
    );
    let alone = quanta(&words);
    assert!(
        alone.code == 2 && alone.stderr.contains("src/bin/manage.rs"),
        "{}",
        alone.stderr
    );
}
