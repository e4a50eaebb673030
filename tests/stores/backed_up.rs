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
    // A rollback takes something away too.
    let db = place.open(Generation::Three, place.policy().keep(2)).unwrap();
    db.rollback(1).unwrap();
    let kept = place.backups();
    assert_eq!(kept.len(), 2);
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
