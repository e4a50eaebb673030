//! Guards that `validate` says of every state of a store what it is, by its code, and changes no record.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails like a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use quanta_core::plan::{BuildProgress, WorkRecord, WorkTask};
use quanta_core::{Severity, Standing, Validation, ValidationCode as Code};
use quanta_storage::{Batch, Commit, Direction, Durability, Engine as _, KeyRange, Marker, Memory, StoreId};
use quantadb::{Engine, Entities, OnOlder, Options, QuantaEntity, Sweep};
use tempfile::TempDir;

mod first {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub nick: String,
    }
}

mod second {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
    }
}

/// `name` may be `nick`, or not.
#[derive(QuantaEntity)]
#[quanta(table = "users", register = false)]
struct Ambiguous {
    #[quanta(id)]
    id: u64,
    name: String,
}

#[derive(QuantaEntity)]
#[quanta(table = "teams", register = false)]
struct Team {
    #[quanta(id)]
    name: String,
}

type First = (first::User,);
type Second = (second::User,);

fn on(memory: &Memory) -> Options {
    Options::new()
        .engine(Engine::Memory(memory.clone()))
        .sweep(Sweep::Off)
}

fn fill(options: Options, path: &Path) {
    let db = options.entities::<First>().open(path).unwrap();
    let nick = "ada".to_owned();
    db.collection().insert(&first::User { id: 1, nick }).unwrap();
}

/// A store in memory with a user of the first shape.
fn memory() -> Memory {
    let memory = Memory::new();
    fill(on(&memory), Path::new("store"));
    memory
}

/// The same, taken on to the second shape.
fn newer() -> Memory {
    let memory = memory();
    drop(on(&memory).entities::<Second>().open("store").unwrap());
    memory
}

/// A directory with the same.
fn directory() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.quanta");
    fill(Options::new().sweep(Sweep::Off), &path);
    (dir, path)
}

fn records(memory: &Memory) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let snapshot = memory.snapshot().unwrap();
    let mut cursor = snapshot.scan(&KeyRange::all(), Direction::Forward).unwrap();
    let mut records = BTreeMap::new();
    while let Some((key, value)) = cursor.next().unwrap() {
        records.insert(key.to_vec(), value.to_vec());
    }
    records
}

fn write(memory: &Memory, key: &[u8], value: Option<Vec<u8>>) {
    let mut batch = Batch::new();
    match value {
        Some(value) => batch.put(key, value),
        None => batch.delete(key),
    };
    assert_eq!(memory.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
}

fn work(memory: &Memory, task: WorkTask) {
    let record = WorkRecord { epoch: 1, task };
    let bytes = bincode::serde::encode_to_vec(record, bincode::config::standard()).unwrap();
    write(memory, &[9, 0, 0, 0, 1], Some(bytes));
}

/// Which codes were seen by the cases.
#[derive(Default)]
struct Seen(BTreeSet<&'static str>);

impl Seen {
    #[track_caller]
    fn note(&mut self, validation: &Validation, expected: &str) {
        let codes: Vec<&str> = validation
            .findings
            .iter()
            .map(|finding| finding.code.code())
            .collect();
        assert_eq!(codes.join(" "), expected, "{:#?}", validation.findings);
        let mut findings = validation.findings.iter();
        assert!(findings.all(|finding| !finding.place.is_empty() && !finding.problem.is_empty()));
        let errors = validation
            .findings
            .iter()
            .filter(|finding| finding.code.severity() == Severity::Error);
        assert_eq!(validation.is_valid(), errors.count() == 0);
        self.0.extend(codes);
    }

    /// Validates a store in memory, which stays as it is.
    #[track_caller]
    fn memory<E: Entities>(
        &mut self,
        memory: &Memory,
        ask: fn(Options) -> Options,
        expected: &str,
    ) -> Validation {
        let before = records(memory);
        let validation = ask(on(memory).entities::<E>()).validate("store").unwrap();
        assert_eq!(records(memory), before, "no record changes");
        self.note(&validation, expected);
        validation
    }

    #[track_caller]
    fn path(&mut self, path: &Path, expected: &str) -> Validation {
        let validation = Options::new().entities::<First>().validate(path).unwrap();
        self.note(&validation, expected);
        validation
    }
}

fn as_it_is(options: Options) -> Options {
    options
}

fn directories(seen: &mut Seen) {
    let (dir, path) = directory();
    let validation = seen.path(&path, "");
    assert_eq!(
        (validation.format, validation.engine.as_deref()),
        (Some(1), Some("fjall"))
    );
    assert_eq!(
        (validation.revision, validation.ledger_records),
        (Some(1), Some(1))
    );
    seen.path(&dir.path().join("nothing"), "V001");
    fs::create_dir(dir.path().join("notes")).unwrap();
    fs::write(dir.path().join("notes/today.txt"), "text").unwrap();
    seen.path(&dir.path().join("notes"), "V002");
    let begun = dir.path().join("begun");
    fs::create_dir(&begun).unwrap();
    fs::write(
        begun.join("MARKER.new"),
        Marker::new("fjall", StoreId([1; 16])).encode(),
    )
    .unwrap();
    seen.path(&begun, "V003");

    let db = Options::new().entities::<First>().open(&path).unwrap();
    let validation = seen.path(&path, "V007");
    assert!(validation.is_open && validation.store_id.is_some());
    drop(db);
    let sled = Options::new().engine(Engine::Sled).entities::<First>();
    seen.note(&sled.validate(&path).unwrap(), "V006");
    fs::write(
        dir.path().join("app.backup.77-0.new"),
        "QUANTABK, and not much more",
    )
    .unwrap();
    fs::write(dir.path().join("other.77-0.new"), "of somebody else").unwrap();
    fs::create_dir(dir.path().join("app.quanta.backups")).unwrap();
    fs::write(dir.path().join("app.quanta.backups/000001.77-0.new"), "QUANTABK").unwrap();
    fs::create_dir(path.join("data.new")).unwrap();
    seen.path(&path, "V044 V045 V045");
    seen.path(&path, "V045 V045");
    fs::remove_file(dir.path().join("app.backup.77-0.new")).unwrap();
    fs::remove_dir_all(dir.path().join("app.quanta.backups")).unwrap();
    tear_journal(&path);
    seen.path(&path, "V046");

    let marker = fs::read(path.join("MARKER")).unwrap();
    let newer = Marker {
        format: 2,
        ..Marker::decode(&marker, "here").unwrap()
    };
    fs::write(path.join("MARKER"), newer.encode()).unwrap();
    seen.path(&path, "V005");
    fs::write(path.join("MARKER"), &marker[..40]).unwrap();
    seen.path(&path, "V004");
    fs::write(path.join("MARKER"), &marker).unwrap();
    fs::remove_dir_all(path.join("data")).unwrap();
    seen.path(&path, "V008");
}

/// Damages the end of what was written to the journal last.
fn tear_journal(store: &Path) {
    let files = fs::read_dir(store.join("data"))
        .unwrap()
        .map(|file| file.unwrap().path());
    let journals = files.filter(|path| path.extension().is_some_and(|ending| ending == "jnl"));
    let journal = journals.max().unwrap();
    let mut bytes = fs::read(&journal).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[last] ^= 0x55;
    fs::write(&journal, bytes).unwrap();
}

fn damage(seen: &mut Seen) {
    let damaged = |key: &[u8], value: Option<Vec<u8>>| {
        let memory = memory();
        write(&memory, key, value);
        memory
    };
    seen.memory::<First>(&damaged(&[2], None), as_it_is, "V010");
    seen.memory::<First>(&damaged(&[2], Some(vec![0; 8])), as_it_is, "V010");
    seen.memory::<First>(&damaged(&[1], Some(vec![0xff])), as_it_is, "V010");
    seen.memory::<First>(&damaged(&[5, 0, 0, 0, 0, 0, 0, 0, 0], None), as_it_is, "V011");
    seen.memory::<First>(&damaged(&[4, 0, 0, 0, 1, 0, 0, 0, 1], None), as_it_is, "V012");
    seen.memory::<First>(&damaged(&[9, 0, 0, 0, 1], Some(vec![0xff])), as_it_is, "V013");
    seen.memory::<First>(&Memory::new(), as_it_is, "V001");
}

fn programs(seen: &mut Seen) {
    let standing = |validation: &Validation| validation.tables[0].standing;
    let current = seen.memory::<First>(&memory(), as_it_is, "");
    assert_eq!(standing(&current), Some(Standing::Current));
    assert_eq!(standing(&seen.memory::<()>(&memory(), as_it_is, "")), None);
    let change = seen.memory::<Second>(&memory(), as_it_is, "V030 V031");
    assert_eq!(standing(&change), Some(Standing::Unknown));
    assert_eq!(change.plan.unwrap().steps().count(), 1);
    seen.memory::<(first::User, second::User)>(&memory(), as_it_is, "V020");
    seen.memory::<(Ambiguous,)>(&memory(), as_it_is, "V021");
    let other = seen.memory::<(Team,)>(&memory(), as_it_is, "V030 V032");
    let standings: Vec<_> = other.tables.iter().filter_map(|table| table.standing).collect();
    assert_eq!(standings, [Standing::New, Standing::Unregistered]);

    let older = seen.memory::<First>(&newer(), as_it_is, "V022 V040");
    assert_eq!(standing(&older), Some(Standing::Older));
    let back = |options: Options| options.on_older(OnOlder::RollBack);
    seen.memory::<First>(&newer(), back, "V030 V034 V040");
    let read = |options: Options| options.on_older(OnOlder::ReadOnly);
    seen.memory::<First>(&newer(), read, "V034 V040");
    let held = newer();
    on(&held)
        .entities::<Second>()
        .open("store")
        .unwrap()
        .rollback(1)
        .unwrap();
    let refused = seen.memory::<Second>(&held, as_it_is, "V023 V033 V040");
    assert_eq!(
        (standing(&refused), refused.held),
        (Some(Standing::Ahead), vec!["users".to_owned()])
    );
    seen.memory::<()>(&held, as_it_is, "V033 V040");
}

fn unfinished(seen: &mut Seen) {
    let with = |task: WorkTask| {
        let memory = memory();
        work(&memory, task);
        memory
    };
    let (digest, progress) = ([1; 32], BuildProgress::default());
    let build = with(WorkTask::Build {
        space: 9,
        digest,
        progress,
    });
    seen.memory::<First>(&build, as_it_is, "V041");
    seen.memory::<First>(&with(WorkTask::Retire { space: 9 }), as_it_is, "V042");
    let debt = WorkTask::Forget {
        space: 1,
        edges: [2].into(),
    };
    seen.memory::<First>(&with(debt), as_it_is, "V043");
}

#[test]
fn n5_every_code_is_given_where_it_is_due() {
    let mut seen = Seen::default();
    directories(&mut seen);
    damage(&mut seen);
    programs(&mut seen);
    unfinished(&mut seen);
    let missing: Vec<Code> = Code::ALL
        .into_iter()
        .filter(|code| !seen.0.contains(code.code()))
        .collect();
    // Whoever runs tests may write everywhere.
    assert_eq!(missing, [Code::NotWritable]);
}
