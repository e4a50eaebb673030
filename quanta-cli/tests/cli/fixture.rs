//! Stores to look into, and running the command on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use quantadb::{Database, Entities, Options, QuantaEntity, Sweep};
use tempfile::TempDir;

pub mod first {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug, Clone)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub nick: String,
        pub note: Option<String>,
        pub score: f64,
    }
}

pub mod second {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug, Clone)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from = "nick")]
        pub name: String,
        pub score: f32,
        #[quanta(new)]
        pub joined: bool,
    }
}

pub mod narrow {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "counts", register = false)]
    pub struct Count {
        #[quanta(id)]
        pub id: u32,
        pub value: u8,
    }
}

pub mod wide {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "counts", register = false)]
    pub struct Count {
        #[quanta(id)]
        pub id: u32,
        pub value: u32,
    }
}

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "teams", register = false)]
pub struct Team {
    #[quanta(id)]
    pub name: String,
}

/// A store in a directory of its own: revision 1 makes users, 2 changes them, 3 makes teams. Users 0 to 3 are in
/// version 1, user 4 was written again in version 2, user 5 is new there. Nothing was swept.
pub struct Store {
    _dir: Option<TempDir>,
    pub path: PathBuf,
}

impl Store {
    /// Names a path, whatever is there.
    pub fn at(path: PathBuf) -> Self {
        Self { _dir: None, path }
    }

    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.quanta");
        let store = Self {
            _dir: Some(dir),
            path,
        };
        let db = store.open::<(first::User,)>("1.0", || 1_767_225_600_000);
        for id in 0..5_u8 {
            let note = (id % 2 == 0).then(|| format!("note {id}"));
            let user = first::User {
                id: id.into(),
                nick: format!("n{id}"),
                note,
                score: f64::from(id) + 0.1,
            };
            db.collection::<first::User>().insert(&user).unwrap();
        }
        drop(db);
        let db = store.open::<(second::User,)>("2.0", || 1_767_312_000_000);
        for id in 4..6 {
            let user = second::User {
                id,
                name: format!("m{id}"),
                score: 0.5,
                joined: true,
            };
            db.collection::<second::User>().put(&user).unwrap();
        }
        drop(db);
        drop(store.open::<(second::User, Team)>("2.1", || 1_767_398_400_000));
        store
    }

    pub fn open<E: Entities>(&self, version: &str, clock: fn() -> u64) -> Database {
        let options = Options::new()
            .entities::<E>()
            .sweep(Sweep::Off)
            .app_version(version)
            .clock(clock);
        options.open(&self.path).unwrap()
    }

    /// Runs a command on the store: the words after its name come behind the path.
    pub fn run(&self, words: &str) -> Ran {
        let mut words = words.split_whitespace();
        let command = words.next().unwrap();
        let mut args = vec![command.to_owned(), self.path.display().to_string()];
        args.extend(words.map(str::to_owned));
        quanta(&args).scrubbed(&self.path)
    }

    /// Runs a command that succeeds, and returns what it printed.
    #[track_caller]
    pub fn printed(&self, words: &str) -> String {
        let ran = self.run(words);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{words}");
        ran.stdout
    }

    /// Runs a command with `--json` and reads what it printed.
    #[track_caller]
    pub fn json(&self, words: &str) -> serde_json::Value {
        let ran = self.run(&format!("{words} --json"));
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{words}: {error}\n{}", ran.stdout))
    }
}

/// What a run of the command left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Takes out what differs from run to run: paths, process ids, the store's id, bytes on disk, the clock.
    pub fn scrubbed(mut self, path: &Path) -> Self {
        let pid = format!("process {}", std::process::id());
        let scrub = |text: &str| {
            let text = text
                .replace(&path.display().to_string(), "STORE")
                .replace(&pid, "process PID");
            let lines = text.lines().map(|line| {
                let (name, rest) = line.split_at(line.len().min(10));
                match name {
                    "store     " => "store     ID\n".to_owned(),
                    "on disk   " => "on disk   BYTES\n".to_owned(),
                    _ => format!("{name}{rest}\n"),
                }
            });
            lines.collect::<String>()
        };
        (self.stdout, self.stderr) = (scrub(&self.stdout), scrub(&self.stderr));
        self
    }
}

/// Runs the command with these arguments.
pub fn quanta<A: AsRef<std::ffi::OsStr>>(args: &[A]) -> Ran {
    Ran::of(
        &Command::new(env!("CARGO_BIN_EXE_quanta"))
            .args(args)
            .output()
            .unwrap(),
    )
}
