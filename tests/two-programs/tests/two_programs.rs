//! Guards L12, L13, L14 and L4 with two programs that were compiled apart, each a process of its own, on both engines:
//! what is asserted is what they print.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails like a test")]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

const OLDER: &str = env!("CARGO_BIN_EXE_older_app");
const NEWER: &str = env!("CARGO_BIN_EXE_newer_app");

/// A store that programs open.
struct Store {
    engine: &'static str,
    table: &'static str,
    path: PathBuf,
    _folder: TempDir,
}

/// A program that has a store open, or was refused.
struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// What it said first.
    opened: Json,
}

impl Store {
    fn new(engine: &'static str, table: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            engine,
            table,
            path: folder.path().join("store"),
            _folder: folder,
        }
    }

    fn start(&self, program: &str, how: &str) -> Running {
        let mut child = Command::new(program)
            .arg(self.table)
            .arg(&self.path)
            .args([self.engine, how])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let opened = line(&mut output).unwrap();
        Running {
            child,
            input,
            output,
            opened,
        }
    }

    /// Runs a program that must get in, and returns its answers.
    #[track_caller]
    fn run(&self, program: &str, how: &str, commands: &[Json]) -> Vec<Json> {
        let mut running = self.start(program, how);
        assert!(running.opened["revision"].is_u64(), "{}", running.opened);
        let answers = commands.iter().map(|command| running.ask(command)).collect();
        running.end(0);
        answers
    }

    /// Runs a program that must not get in, and returns what it is told.
    #[track_caller]
    fn refused(&self, program: &str, how: &str, kind: &str) -> String {
        let running = self.start(program, how);
        assert_eq!(running.opened["error"], kind, "{}", running.opened);
        let text = running.opened["text"].as_str().unwrap().to_owned();
        running.end(1);
        text
    }

    #[track_caller]
    fn list(&self, program: &str, how: &str) -> Json {
        let [list] = self.run(program, how, &[json!("list")]).try_into().unwrap();
        list
    }
}

impl Running {
    fn ask(&mut self, command: &Json) -> Json {
        writeln!(self.input, "{command}").unwrap();
        line(&mut self.output).unwrap()
    }

    #[track_caller]
    fn end(self, code: i32) {
        let Self { mut child, input, .. } = self;
        drop(input);
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

/// Reads an answer; none if the program is gone.
fn line(output: &mut BufReader<ChildStdout>) -> Option<Json> {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.ends_with('\n').then(|| serde_json::from_str(&line).unwrap())
}

fn on_both_engines(check: fn(&'static str)) {
    ["fjall", "sled", "redb"].into_iter().for_each(check);
}

fn put(row: &Json) -> Json {
    json!({ "put": row })
}

fn old(id: u64, nick: &str, weight: f64, note: Option<&str>) -> Json {
    json!({"id": id, "nick": nick, "age": 40, "weight": weight, "note": note, "home": {"street": "Ekveien"}})
}

fn new(id: u64, name: &str, weight: f32, (city, tags): (&str, &[&str])) -> Json {
    let home = json!({"street": "Ekveien", "city": city});
    json!({"id": id, "name": name, "age": 40, "weight": weight, "tags": tags, "home": home})
}

const PLAIN: (&str, &[&str]) = ("nowhere", &[]);
const KNOWN: (&str, &[&str]) = ("Oslo", &["new"]);

/// Rows of the older program, taken over by the newer one, which wrote to some.
fn taken_over(engine: &'static str) -> Store {
    let store = Store::new(engine, "people");
    let rows: Vec<Json> = (1..=6)
        .map(|id| put(&old(id, "old", 0.1, Some("kept"))))
        .collect();
    store.run(OLDER, "refuse", &rows);
    let mut newer = store.start(NEWER, "refuse");
    assert_eq!(
        newer.opened["steps"].as_array().unwrap().len(),
        6,
        "{}",
        newer.opened
    );
    for command in [
        put(&new(2, "newer", 0.1, KNOWN)),
        put(&new(3, "newer", 2.5, KNOWN)),
        put(&new(7, "born newer", 0.5, KNOWN)),
    ] {
        assert_eq!(newer.ask(&command), "put");
    }
    assert_eq!(newer.ask(&json!({ "delete": 4 })), true);
    assert_eq!(newer.ask(&json!("list")), json!(as_newer_left()));
    newer.end(0);
    store
}

fn as_newer_left() -> Vec<Json> {
    vec![
        new(1, "old", 0.1, PLAIN),
        new(2, "newer", 0.1, KNOWN),
        new(3, "newer", 2.5, KNOWN),
        new(5, "old", 0.1, PLAIN),
        new(6, "old", 0.1, PLAIN),
        new(7, "born newer", 0.5, KNOWN),
    ]
}

/// The same rows by the merge rules: what was dropped and cut off is there again, unless it was written over.
fn as_older_finds() -> Vec<Json> {
    vec![
        old(1, "old", 0.1, Some("kept")),
        old(2, "newer", 0.1, Some("kept")),
        old(3, "newer", 2.5, Some("kept")),
        old(5, "old", 0.1, Some("kept")),
        old(6, "old", 0.1, Some("kept")),
        old(7, "born newer", 0.5, None),
    ]
}

#[test]
fn l12_l14_the_older_program_writes_and_the_newer_one_comes_back() {
    on_both_engines(|engine| {
        let store = taken_over(engine);
        let mut older = store.start(OLDER, "roll-back");
        assert_eq!(older.ask(&json!("list")), json!(as_older_finds()));
        for command in [
            put(&old(2, "older", 0.1, None)),
            put(&old(3, "newer", 0.7, Some("kept"))),
            put(&old(4, "again", 0.2, Some("another row"))),
            put(&old(8, "born older", 0.3, Some("of the older"))),
        ] {
            assert_eq!(older.ask(&command), "put");
        }
        assert_eq!(older.ask(&json!({ "delete": 5 })), true);
        assert_eq!(older.ask(&json!({ "delete": 7 })), true);
        assert_eq!(older.ask(&put(&old(7, "replaced", 0.4, None))), "put");
        older.end(0);

        // The newer program needs no word to go up again, and finds its own values beside those of the older one.
        let newer_finds = json!([
            new(1, "old", 0.1, PLAIN),
            new(2, "older", 0.1, KNOWN),
            new(3, "newer", 0.7, KNOWN),
            new(4, "again", 0.2, PLAIN),
            new(6, "old", 0.1, PLAIN),
            new(7, "replaced", 0.4, PLAIN),
            new(8, "born older", 0.3, PLAIN),
        ]);
        let sound = json!({"version": 2, "findings": 0});
        assert_eq!(
            store.run(
                NEWER,
                "refuse",
                &[json!("list"), json!("look"), json!({"get": 5})]
            ),
            [newer_finds, sound, Json::Null]
        );
        // And what the older one wrote is not lost to it either.
        let older_finds = store.list(OLDER, "roll-back");
        assert_eq!(older_finds[1], old(2, "older", 0.1, None));
        assert_eq!(older_finds[6], old(8, "born older", 0.3, Some("of the older")));
    });
}

#[test]
fn k8_l13_the_older_program_is_refused_or_reads() {
    on_both_engines(|engine| {
        let store = taken_over(engine);
        let text = store.refused(OLDER, "refuse", "Older");
        for part in [
            "the store is newer than this program: table people is at version 2, and this program knows version 1:",
            "rename people.name from nick",
            "change people.age from u8 to u32",
            "change people.weight from f64 to f32",
            "drop people.note: option<string>; its values are kept",
            "add people.tags: list<string>",
            "add people.home.city: string",
            "OnOlder::RollBack",
            "OnOlder::ReadOnly",
        ] {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
        let put = put(&old(1, "written", 0.5, None));
        let answers = store.run(OLDER, "read-only", &[json!("list"), put, json!({ "delete": 1 })]);
        assert_eq!(answers[0], json!(as_older_finds()));
        assert_eq!(
            [&answers[1]["error"], &answers[2]["error"]],
            ["ReadOnly", "ReadOnly"]
        );
        let newer = store.run(NEWER, "refuse", &[json!("list"), json!("look")]);
        assert_eq!(
            newer,
            [json!(as_newer_left()), json!({"version": 2, "findings": 0})]
        );
    });
}

/// Sends rows to the older program without waiting for it, and kills it after some answers.
fn kill_while_writing(store: &Store, answers: usize) {
    let Running {
        mut child,
        mut input,
        mut output,
        ..
    } = store.start(OLDER, "roll-back");
    let sender = std::thread::spawn(move || {
        for id in 100.. {
            // Until the program is gone.
            if writeln!(input, "{}", put(&old(id, "killed", 0.1, Some("late")))).is_err() {
                return;
            }
        }
    });
    for _ in 0..answers {
        assert_eq!(line(&mut output), Some(json!("put")));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    sender.join().unwrap();
}

#[test]
fn l1_l12_the_older_program_is_killed_while_it_writes() {
    on_both_engines(|engine| {
        let store = taken_over(engine);
        let answers = 40;
        kill_while_writing(&store, answers);
        let [list, look] = store
            .run(NEWER, "refuse", &[json!("list"), json!("look")])
            .try_into()
            .unwrap();
        assert_eq!(look, json!({"version": 2, "findings": 0}));
        let list = list.as_array().unwrap();
        let before = as_newer_left();
        let (known, born) = list.split_at(before.len());
        assert_eq!(known, before);
        // Every write that was answered is there, and no later one without those before it.
        assert!(born.len() >= answers, "{}", born.len());
        let wanted: Vec<Json> = (100..)
            .take(born.len())
            .map(|id| new(id, "killed", 0.1, PLAIN))
            .collect();
        assert_eq!(born, wanted);
        let older = store.list(OLDER, "roll-back");
        assert_eq!(older[before.len()], old(100, "killed", 0.1, Some("late")));
    });
}

#[test]
fn l4_both_at_once() {
    on_both_engines(|engine| {
        let store = taken_over(engine);
        for (first, how, second) in [(NEWER, "refuse", OLDER), (OLDER, "read-only", NEWER)] {
            let holder = store.start(first, how);
            for how in ["refuse", "roll-back", "read-only"] {
                let text = store.refused(second, how, "Locked");
                let told = format!("is locked by process {}", holder.child.id());
                assert!(text.contains(&told), "{told:?} is not in\n{text}");
            }
            holder.end(0);
        }
        assert_eq!(store.list(NEWER, "refuse"), json!(as_newer_left()));
    });
}

/// A -> B -> A: only the person who removed a field on purpose can tell this from an older program.
#[test]
fn a_field_that_was_removed_on_purpose() {
    on_both_engines(|engine| {
        let store = Store::new(engine, "notes");
        store.run(OLDER, "refuse", &[put(&json!({"id": 1, "text": "a"}))]);
        store.run(
            NEWER,
            "refuse",
            &[put(&json!({"id": 2, "text": "b", "stars": 5}))],
        );
        let text = store.refused(OLDER, "refuse", "Older");
        for (option, meaning) in [
            ("run the newer program", ""),
            (
                "OnOlder::RollBack",
                "takes the store back; what the old shape can't hold is kept",
            ),
            ("OnOlder::ReadOnly", "reads it as it was, and writes nothing"),
            (
                "Options::forward()",
                "if a field was removed on purpose: that makes a new version",
            ),
        ] {
            let line = text.lines().find(|line| line.contains(option)).unwrap();
            assert!(line.contains(meaning), "{line}");
        }
        let mut forward = store.start(OLDER, "forward");
        assert_eq!(
            forward.opened["steps"],
            json!(["drop notes.stars: option<u8>; its values are kept"])
        );
        assert_eq!(forward.ask(&json!("look")), json!({"version": 3, "findings": 0}));
        forward.end(0);
        // From here on nobody has to be told: this shape is the current one, and the other program is the older one.
        let rows = json!([{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]);
        assert_eq!(store.list(OLDER, "refuse"), rows);
        assert!(
            store
                .refused(NEWER, "refuse", "Older")
                .contains("drop notes.stars")
        );
        let back = json!([{"id": 1, "text": "a", "stars": null}, {"id": 2, "text": "b", "stars": 5}]);
        assert_eq!(store.list(NEWER, "roll-back"), back);
    });
}
