//! Guards L9: backups that are taken by hand or before a change bring everything back, and a change of which none can be
//! taken doesn't happen; a plan that was approved is run, and no other one.

use std::fs;
use std::path::{Path, PathBuf};

use quantadb::{
    Backup, BackupPolicy, Database, Destination, Engine, EngineKind, ErrorKind, OnOlder, Options, Sweep,
};

use crate::generations::{Generation, one, row_one, row_two, three, two};
use crate::support::{Small, rows, verify};

const ROWS: u64 = 9;

struct Place {
    directory: tempfile::TempDir,
    engine: Engine,
}

impl Place {
    fn new(engine: Engine) -> Self {
        let place = Self {
            directory: tempfile::tempdir().unwrap(),
            engine,
        };
        let db = place
            .options()
            .entities::<(one::Item,)>()
            .open(place.store())
            .unwrap();
        db.collection::<one::Item>()
            .insert_many((0..ROWS).map(row_one))
            .unwrap();
        place
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("items.quanta")
    }

    fn options(&self) -> Options {
        Options::new().engine(self.engine.clone()).sweep(Sweep::Off)
    }

    fn policy(&self) -> BackupPolicy {
        BackupPolicy::auto()
    }

    fn open(&self, generation: Generation, policy: BackupPolicy) -> quantadb::Result<Database> {
        generation
            .entities(self.options())
            .backup(policy)
            .open(self.store())
    }

    /// Lists the backups that were taken by themselves, oldest first.
    fn backups(&self) -> Vec<PathBuf> {
        files(&self.directory.path().join("items.quanta.backups"))
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn all(generation: Generation, db: &Database) -> String {
    format!("{:?}", generation.rows(db))
}

#[test]
fn l9_a_backup_brings_everything_back() {
    for engine in [Engine::Fjall, Engine::Sled, Engine::Redb] {
        let place = Place::new(engine);
        let file = place.directory.path().join("monday.backup");
        let db = place.open(Generation::Two, BackupPolicy::off()).unwrap();
        db.collection::<two::Item>().put(&row_two(100)).unwrap();
        db.release("2.0").unwrap();
        let (before, history) = (all(Generation::Two, &db), format!("{:?}", db.history().unwrap()));
        let report = db.backup(&file).unwrap();
        // Nothing that comes later is in it.
        db.collection::<two::Item>().delete(&3).unwrap();
        assert_eq!(db.backup(&file).unwrap_err().kind(), ErrorKind::Storage);
        let db = db
            .rollback(1)
            .map(|_| place.options().entities::<(one::Item,)>().open(place.store()));
        db.unwrap()
            .unwrap()
            .collection::<one::Item>()
            .put(&row_one(200))
            .unwrap();

        let backup = Backup::check(&file).unwrap();
        assert_eq!((backup.records(), backup.revision()), (report.records, 2));
        backup.restore(place.store()).unwrap();
        let db = place.open(Generation::Two, BackupPolicy::off()).unwrap();
        assert_eq!(all(Generation::Two, &db), before);
        assert_eq!(format!("{:?}", db.history().unwrap()), history);
        assert_eq!(db.marker().id.to_string(), backup.store_id());
        verify(&db);
        // What was kept of rows is there too.
        drop(db.migrate_to(1).unwrap());
        let db = place.open(Generation::One, BackupPolicy::off()).unwrap();
        assert_eq!(rows::<one::Item>(&db)[3], format!("{:?}", row_one(3)));
        drop(db);

        let copy = place.directory.path().join("copy");
        backup.restore_on(&copy, EngineKind::Redb).unwrap();
        let db = Options::new().entities::<(two::Item,)>().open(&copy).unwrap();
        assert_eq!(all(Generation::Two, &db), before);
        assert_eq!(db.marker().engine, "redb");
    }
}

#[test]
fn l9_a_backup_is_taken_before_a_change_that_takes_something_away() {
    let place = Place::new(Engine::Fjall);
    let before = all(
        Generation::One,
        &place.open(Generation::One, place.policy()).unwrap(),
    );
    assert_eq!(place.backups(), <[PathBuf; 0]>::default());
    // Lossy: `note` goes.
    drop(place.open(Generation::Two, place.policy()).unwrap());
    let [backup] = &place.backups()[..] else {
        panic!("{:?}", place.backups());
    };
    drop(place.open(Generation::Two, place.policy()).unwrap());
    assert_eq!(place.backups().len(), 1);
    // It is put by: three more will come.
    let put_by = place.directory.path().join("monday.backup");
    fs::copy(backup, &put_by).unwrap();
    let backup = Backup::check(&put_by).unwrap();
    assert_eq!(backup.revision(), 1);

    // Every row is written anew: `shout` is computed.
    drop(place.open(Generation::Three, place.policy()).unwrap());
    assert_eq!(place.backups().len(), 2);
    let beside = |name: &str| place.directory.path().join("items.quanta.backups").join(name);
    fs::write(beside("000000-00000000-revision-1.backup"), "of another store").unwrap();
    fs::write(beside("letter"), "dear").unwrap();
    // A rollback takes something away too.
    let db = place.open(Generation::Three, place.policy().keep(2)).unwrap();
    db.rollback(1).unwrap();
    let mut kept = place.backups();
    // Others may lie there too.
    kept.retain(|file| file.extension().is_some_and(|ending| ending == "backup"));
    assert_eq!(kept.len(), 3);
    let foreign = kept.remove(0);
    assert!(
        foreign.ends_with("000000-00000000-revision-1.backup"),
        "{}",
        foreign.display()
    );
    let revisions = kept.iter().map(|file| Backup::check(file).unwrap().revision());
    assert_eq!(revisions.collect::<Vec<_>>(), [2, 3]);

    backup.restore(place.store()).unwrap();
    let db = place.open(Generation::One, place.policy()).unwrap();
    assert_eq!(all(Generation::One, &db), before);
}

#[test]
fn nothing_changes_without_the_backup() {
    let place = Place::new(Engine::Fjall);
    let before = all(
        Generation::One,
        &place.open(Generation::One, place.policy()).unwrap(),
    );
    let file = place.directory.path().join("letter");
    fs::write(&file, "dear").unwrap();
    let error = place
        .open(Generation::Two, place.policy().directory(&file))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("letter"), "{error}");
    let db = place.open(Generation::One, place.policy()).unwrap();
    assert_eq!(db.open_report().revision, 1);
    assert_eq!(all(Generation::One, &db), before);
    drop(db);
    place.open(Generation::Two, place.policy()).unwrap();
    // Back again: the store would be changed by an older program.
    let error = Generation::One
        .entities(place.options())
        .on_older(OnOlder::RollBack)
        .backup(place.policy().directory(&file))
        .open(place.store())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    let db = place.open(Generation::Two, place.policy()).unwrap();
    assert_eq!(db.open_report().revision, 2);
    assert_eq!(rows::<two::Item>(&db)[3], format!("{:?}", row_two(3)));
}

#[test]
fn a_store_without_files_needs_a_directory() {
    let engine = Small::default();
    drop(engine.open::<(one::Item,)>().unwrap());
    let options = || Generation::Two.entities(engine.options::<()>());
    let error = options().backup(BackupPolicy::auto()).open("memory").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    let directory = tempfile::tempdir().unwrap();
    let policy = BackupPolicy::auto().directory(directory.path());
    let db = options().backup(policy).open("memory").unwrap();
    assert_eq!(db.open_report().revision, 2);
    assert_eq!(files(directory.path()).len(), 1);
}

#[test]
fn only_the_plan_that_was_approved_is_run() {
    let place = Place::new(Engine::Fjall);
    let options = |generation: Generation| generation.entities(place.options());
    let mut tokens = Vec::new();
    for (generation, revision) in [(Generation::Two, 2), (Generation::Three, 3)] {
        let token = options(generation).plan(place.store()).unwrap().token();
        for other in tokens.iter().map(String::as_str).chain(["", "0123456789abcdef"]) {
            let error = options(generation)
                .approved(other)
                .open(place.store())
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused);
            assert_eq!(error.plan().unwrap().token(), token);
            assert!(error.to_string().contains(&token), "{error}");
        }
        let db = options(generation).approved(&token).open(place.store()).unwrap();
        assert_eq!(
            (db.open_report().revision, db.open_report().plan.token()),
            (revision, token.clone())
        );
        tokens.push(token);
    }
    assert_ne!(tokens[0], tokens[1]);
    // A store that is as it should be has no plan to run.
    let db = options(Generation::Three)
        .approved("")
        .open(place.store())
        .unwrap();
    assert_eq!(db.open_report().revision, 3);
    let db = db.rollback(1).map(|_| options(Generation::Three).release_hold());
    let token = db.unwrap().plan(place.store()).unwrap().token();
    let db = options(Generation::Three)
        .release_hold()
        .approved(&token)
        .open(place.store())
        .unwrap();
    assert_eq!(db.open_report().plan.token(), token);
    assert_eq!(rows::<three::Item>(&db).len(), usize::try_from(ROWS).unwrap());
    let back = db.plan_travel(&Destination::Back(1)).unwrap();
    assert_ne!(back.token(), token);
}

fn here() -> String {
    "here".to_owned()
}

fn there() -> String {
    "there".to_owned()
}

/// Two changes that give new fields other values are two plans, and one whose function is yet to be called is one.
#[test]
fn what_a_new_field_begins_with_is_approved_too() {
    macro_rules! entity {
        ($module:ident, $(#[$hint:meta])*) => {
            mod $module {
                #[derive(quantadb::QuantaEntity)]
                #[quanta(table = "items", register = false)]
                pub struct Item {
                    #[quanta(id)]
                    pub id: u64,
                    $(#[$hint])*
                    pub place: String,
                }
            }
        };
    }
    #[derive(quantadb::QuantaEntity)]
    #[quanta(table = "items", register = false)]
    struct Item {
        #[quanta(id)]
        id: u64,
    }
    entity!(one_text, #[quanta(default = "one")]);
    entity!(other_text, #[quanta(default = "other")]);
    entity!(one_function, #[quanta(default_with = super::here)]);
    entity!(other_function, #[quanta(default_with = super::there)]);
    let engine = Small::default();
    let db = engine.open::<(Item,)>().unwrap();
    db.collection::<Item>().insert(&Item { id: 1 }).unwrap();
    drop(db);
    let tokens = [
        engine.options::<(one_text::Item,)>(),
        engine.options::<(other_text::Item,)>(),
        engine.options::<(one_function::Item,)>(),
        engine.options::<(other_function::Item,)>(),
    ]
    .map(|options| {
        let plan = options.plan("memory").unwrap();
        assert!(plan.refusals.is_empty(), "{plan}");
        plan.token()
    });
    let different: std::collections::BTreeSet<&String> = tokens.iter().collect();
    assert_eq!(different.len(), 4, "{tokens:?}");
    let options = engine.options::<(one_function::Item,)>();
    let db = options.approved(&tokens[2]).open("memory").unwrap();
    assert_eq!(db.open_report().plan.token(), tokens[2]);
    assert_eq!(
        db.collection::<one_function::Item>()
            .get(&1)
            .unwrap()
            .unwrap()
            .place,
        "here"
    );
    drop(db);
    let new = Small::default().options::<(Item,)>().approved("0123456789abcdef");
    assert_eq!(new.open("memory").unwrap_err().kind(), ErrorKind::Refused);
}

#[test]
fn of_two_that_write_one_backup_one_does() {
    let place = Place::new(Engine::Fjall);
    let db = place.open(Generation::One, BackupPolicy::off()).unwrap();
    for round in 0..20 {
        let file = place.directory.path().join(format!("{round}.backup"));
        let done = std::thread::scope(|scope| {
            let threads = [(); 2].map(|()| scope.spawn(|| db.backup(&file)));
            threads.map(|thread| thread.join().unwrap())
        });
        let written = done.iter().filter(|report| report.is_ok()).count();
        assert_eq!(written, 1, "{done:?}");
        Backup::check(&file).unwrap();
    }
    let left = files(place.directory.path());
    assert_eq!(left.len(), 21, "{left:?}");
}
