//! Holds `docs/coming-from.md` to what the command does: each line of its terminals is run, section by section, and each
//! command and option that its tables name is there.

use std::path::Path;
use std::process::Command;

use quantadb::{Options, QuantaEntity, Sweep};

use crate::fixture::{Ran, quanta};

const PAGE: &str = include_str!("../../../docs/coming-from.md");

/// The app whose store the examples are about.
#[derive(QuantaEntity, Debug)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u64,
    nick: String,
    age: u32,
}

/// A line that is typed, and the lines that are printed.
#[derive(Debug)]
struct Example<'a> {
    typed: &'a str,
    printed: Vec<&'a str>,
}

fn make_store(path: &Path) {
    let options = Options::new().entities::<(User,)>().sweep(Sweep::Off);
    let options = options.app_version("1.0").clock(|| 1_767_225_600_000);
    let db = options.open(path).unwrap();
    for (id, nick, age) in [(1, "ada", 36), (2, "bo", 17), (3, "cleo", 51)] {
        let nick = nick.to_owned();
        db.collection::<User>().insert(&User { id, nick, age }).unwrap();
    }
}

/// Lists the examples in the terminals of a section, in their order.
fn examples(section: &str) -> Vec<Example<'_>> {
    let mut examples: Vec<Example<'_>> = Vec::new();
    for block in section.split("```console\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        for line in block.lines() {
            match line.strip_prefix("$ ") {
                Some(typed) => examples.push(Example {
                    typed,
                    printed: Vec::new(),
                }),
                None => examples.last_mut().unwrap().printed.push(line),
            }
        }
    }
    examples
}

/// Splits a line as a shell does that knows quotes and nothing else.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for char in line.chars() {
        match (quote, char) {
            (Some(open), _) if open == char => quote = None,
            (None, '"' | '\'') => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(char),
        }
    }
    assert_eq!(quote, None, "{line}");
    words.extend(word);
    words
}

/// Tells whether printed lines are those of the page, where `...` stands for any lines, or within a line for any text.
fn matches(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|from| matches(rest, &printed[from..])),
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, others)| line_matches(line, first) && matches(rest, others)),
    }
}

fn line_matches(shown: &str, printed: &str) -> bool {
    let Some((start, rest)) = shown.split_once("...") else {
        return shown == printed.trim_end();
    };
    let Some(printed) = printed.strip_prefix(start) else {
        return false;
    };
    let mut ends = (0..=printed.len()).filter(|end| printed.is_char_boundary(*end));
    ends.any(|end| line_matches(rest, &printed[end..]))
}

fn run(folder: &Path, typed: &str) -> Ran {
    let words = words(typed);
    let (program, args) = words.split_first().unwrap();
    assert_eq!(program, "quanta", "{typed}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_quanta"));
    // Cargo says in the environment of a test which package it runs, and nobody does so at a terminal.
    command.env_remove("CARGO_MANIFEST_DIR");
    Ran::of(&command.args(args).current_dir(folder).output().unwrap())
}

#[test]
fn terminals_show_what_is_printed() {
    let (mut sections, mut lines) = (0, 0);
    for section in PAGE.split("\n## ").skip(1) {
        let examples = examples(section);
        if examples.is_empty() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        make_store(&folder.path().join("app.quanta"));
        for example in &examples {
            let ran = run(folder.path(), example.typed);
            let printed = format!("{}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.code, 0, "$ {}\n{printed}", example.typed);
            assert!(
                matches(&example.printed, &printed.lines().collect::<Vec<_>>()),
                "$ {}\n{printed}\nthe page shows:\n{}",
                example.typed,
                example.printed.join("\n")
            );
        }
        sections += 1;
        lines += examples.len();
    }
    assert!(sections >= 4 && lines >= 20, "{sections} sections, {lines} lines");
}

/// A command that a table names has a help, and its options are in it.
#[test]
fn tables_name_what_is_there() {
    let mut found = 0;
    for code in PAGE.split('`').skip(1).step_by(2) {
        let Some(rest) = code.strip_prefix("quanta ") else {
            continue;
        };
        let words = words(rest);
        let help = quanta(&[&words[0], "--help"]);
        assert_eq!(help.code, 0, "{code}");
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.stdout.contains(option.as_str()), "{code}: {option}");
        }
        found += 1;
    }
    assert!(found >= 20, "{found}");
}

#[test]
fn dots_stand_for_anything_and_all_else_for_itself() {
    let cases: [(&[&str], &[&str], bool); 7] = [
        (&["a", "..."], &["a", "b", "c"], true),
        (&["...", "c"], &["a", "b", "c"], true),
        (&["...", "b"], &["a", "b", "c"], false),
        (&["a...z", "b"], &["a to z", "b"], true),
        (&["a...z"], &["a to y"], false),
        (&["a", "b"], &["a"], false),
        (&[], &["a"], false),
    ];
    for (shown, printed, expected) in cases {
        assert_eq!(matches(shown, printed), expected, "{shown:?} {printed:?}");
    }
    assert_eq!(
        words("create --delta \"users add mail string ''\" a"),
        ["create", "--delta", "users add mail string ''", "a"]
    );
}
