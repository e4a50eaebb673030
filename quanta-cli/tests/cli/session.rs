//! A session at a terminal, from the first open of a store to the repair of one that was damaged. The terminal is one of
//! the operating system's, so that what people see is what is looked at: colours, and what progress bars leave behind.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use quanta_storage::{Batch, Commit, Durability, OpenOptions, StoreId};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tempfile::TempDir;

use crate::fixture::quanta;
use crate::program;

/// What a command left on a terminal.
struct Shown {
    code: i32,
    /// With all escape codes.
    raw: String,
    /// Without them, and with plain line ends.
    text: String,
}

/// Whether the environment wants colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Colours,
    NoColours,
}

/// Makes a terminal: the end that reads what is shown, and the one that a program has.
fn terminal() -> (File, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    // Without NOCTTY it could become the terminal that controls the tests.
    let theirs = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: 50,
        ws_col: 160,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&theirs, size).unwrap();
    (File::from(ours), theirs)
}

/// Runs a command whose input, output and errors are one terminal.
fn at_terminal(mut command: Command, wanted: Wanted) -> Shown {
    let (mut ours, theirs) = terminal();
    let end = || Stdio::from(theirs.try_clone().unwrap());
    command.stdin(end()).stdout(end()).stderr(end());
    command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
    if wanted == Wanted::NoColours {
        command.env("NO_COLOR", "1");
    }
    let mut child = command.spawn().unwrap();
    // The end of the output shows only once nobody but the child has the other end.
    drop((command, theirs));
    let raw = String::from_utf8(read_to_end(&mut ours)).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    let text = without_escapes(&raw);
    Shown { code, raw, text }
}

/// Returns what `quanta` shows on a terminal that colours, with all escape codes.
pub fn shown(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quanta"));
    command.args(args);
    at_terminal(command, Wanted::Colours).raw
}

/// Reads until nobody has the other end: Linux calls that an error.
fn read_to_end(terminal: &mut File) -> Vec<u8> {
    let (mut shown, mut part) = (Vec::new(), [0; 4096]);
    loop {
        match terminal.read(&mut part) {
            Ok(0) => return shown,
            Ok(count) => shown.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::IO.raw_os_error()));
                return shown;
            }
        }
    }
}

/// Splits a text at its escape codes, and lists them: what follows `ESC [` up to a letter.
fn escapes(raw: &str) -> (String, Vec<&str>) {
    let mut parts = raw.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut codes = Vec::new();
    for part in parts {
        let end = part.find(|char: char| char.is_ascii_alphabetic()).unwrap();
        codes.push(&part[..=end]);
        text.push_str(&part[end + 1..]);
    }
    (text, codes)
}

fn without_escapes(raw: &str) -> String {
    escapes(raw).0.replace("\r\n", "\n")
}

/// Lists the codes that colour or embolden, and not those that move what is drawn.
fn colours(raw: &str) -> Vec<&str> {
    let (_, codes) = escapes(raw);
    codes.into_iter().filter(|code| code.ends_with('m')).collect()
}

/// A store that is worked on at a terminal.
struct Session {
    folder: TempDir,
    wanted: Wanted,
    /// Commands that showed a colour.
    coloured: Vec<String>,
}

impl Session {
    fn new(wanted: Wanted) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            wanted,
            coloured: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a line of the session, and checks how it ends and what it shows. `app` begins a line for the program of the
    /// app, in its first generation; all others are for `quanta`.
    #[track_caller]
    fn run(&mut self, line: &str, code: i32, expected: &[&str]) {
        // `_` stands for a space within a word.
        let words: Vec<String> = line.split(' ').map(|word| word.replace('_', " ")).collect();
        let mut command = match words[0].as_str() {
            "app" => {
                let args: Vec<&str> = words[1..].iter().map(String::as_str).collect();
                program::command("first", &args)
            }
            _ => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_quanta"));
                command.args(&words);
                command
            }
        };
        command.current_dir(self.folder.path());
        let shown = at_terminal(command, self.wanted);
        assert_eq!(shown.code, code, "$ {line}\n{}", shown.text);
        for part in expected {
            assert!(
                shown.text.contains(part),
                "$ {line}\n{}\nlacks: {part}",
                shown.text
            );
        }
        if !colours(&shown.raw).is_empty() {
            self.coloured.push(words[0].clone());
        }
    }
}

/// Writes what no program writes: a row at a version that its table never had.
fn contradict(store: &Path) {
    let opened = quanta_storage::open(store, &OpenOptions::default(), StoreId([0; 16])).unwrap();
    let mut batch = Batch::new();
    batch.put(b"\x06\0\0\0\x01\x07", *b"?");
    let commit = opened.engine.commit(&batch, Durability::Sync).unwrap();
    assert_eq!(commit, Commit::Done);
}

/// Overwrites the middle of every file of the engine.
fn damage(directory: &Path) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            damage(&path);
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        let (start, end) = (bytes.len() / 3, bytes.len() * 2 / 3);
        bytes[start..end].fill(0xff);
        fs::write(&path, bytes).unwrap();
    }
}

/// From the first open to a repaired store.
fn work(session: &mut Session) {
    fs::write(session.path("users.csv"), "id,nick,score\n1,ada,9.5\n2,bo,3\n").unwrap();
    session.run(
        "app migrate app.quanta --create",
        0,
        &["+ table users {", "at revision 1\n"],
    );
    session.run("import app.quanta users users.csv", 0, &["2 rows"]);
    session.run(
        "create --delta users_add_mail_string --store app.quanta",
        0,
        &["migrations/"],
    );
    session.run(
        "plan app.quanta --migrations migrations",
        0,
        &[
            "+   mail: string",
            "add users.mail: string",
            "nothing was changed",
        ],
    );
    session.run(
        "migrate app.quanta --migrations migrations",
        0,
        &["+   mail: string", "at revision 2\n"],
    );
    session.run(
        "status app.quanta --migrations migrations",
        0,
        &["revision 2, 1 table, engine fjall", "applied  2"],
    );
    session.run(
        "rollback app.quanta",
        0,
        &["-   mail: string", "at revision 1, held\n"],
    );
    session.run("status app.quanta", 0, &["held by a rollback: users"]);
    session.run("release app.quanta 1.0", 0, &["revision 1 is release 1.0 now"]);
    session.run(
        "backup app.quanta monday.backup",
        0,
        &["monday.backup: revision 1, "],
    );
    session.run("verify app.quanta", 0, &["sound: 1 table, "]);

    contradict(&session.path("app.quanta"));
    session.run(
        "verify app.quanta",
        1,
        &["row_stamp: row 0x07 of table users", "1 finding: "],
    );
    damage(&session.path("app.quanta/data"));
    session.run("verify app.quanta", 3, &["error: "]);
    session.run(
        "restore monday.backup --check",
        0,
        &["monday.backup: whole: revision 1"],
    );
    session.run(
        "restore monday.backup app.quanta",
        0,
        &["app.quanta: restored from monday.backup: revision 1"],
    );
    session.run("verify app.quanta", 0, &["sound: 1 table, "]);
    session.run("rows app.quanta users", 0, &["ada", "bo"]);
}

#[test]
fn a_session_in_colours() {
    let mut session = Session::new(Wanted::Colours);
    work(&mut session);
    let coloured: Vec<&str> = session.coloured.iter().map(String::as_str).collect();
    assert_eq!(
        coloured,
        [
            "app", "plan", "migrate", "rollback", "verify", "verify", "restore", "verify"
        ]
    );
}

#[test]
fn a_session_without_colours() {
    let mut session = Session::new(Wanted::NoColours);
    work(&mut session);
    assert_eq!(session.coloured, Vec::<String>::new());
    // The same in a pipe, where nothing is drawn either.
    let store = session.path("app.quanta").display().to_string();
    for words in [
        &["verify", &store][..],
        &["rollback", &store, "--to", "1", "--dry-run"],
    ] {
        let ran = quanta(words);
        assert!(
            !ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'),
            "{words:?}"
        );
    }
}

/// What comes is green, what goes is red, and so are good and bad verdicts.
#[test]
fn colours_say_what_they_mean() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("app.quanta").display().to_string();
    let created = at_terminal(
        program::command("first", &["migrate", &store, "--create"]),
        Wanted::Colours,
    );
    assert!(
        created.raw.contains("\u{1b}[32m+ table users {"),
        "{}",
        created.raw
    );
    let good = shown(&["verify", &store]);
    assert!(good.contains("\u{1b}[32msound\u{1b}[0m: "), "{good}");
    contradict(Path::new(&store));
    let bad = shown(&["verify", &store]);
    assert!(bad.contains("\u{1b}[31m1 finding\u{1b}[0m: "), "{bad}");
}
