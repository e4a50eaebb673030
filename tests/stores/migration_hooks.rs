//! Functions that are told of migrations, and stop them.

use std::sync::{Arc, Mutex};

use quantadb::{Error, ErrorKind, MigrationEvent, MigrationFile, MigrationSource, Options, QuantaEntity};

use crate::support::{Small, filled};

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "users", register = false)]
struct Before {
    #[quanta(id)]
    id: u32,
    age: u8,
}

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "users", register = false)]
struct After {
    #[quanta(id)]
    id: u32,
    #[quanta(index)]
    age: u32,
    nick: String,
}

fn store() -> Small {
    filled(&[Before { id: 1, age: 36 }, Before { id: 2, age: 41 }])
}

type Told = Arc<Mutex<Vec<String>>>;

/// Adds a hook that writes down what it is told; a batch is told once.
fn told(options: Options) -> (Options, Told) {
    let told = Told::default();
    let list = Arc::clone(&told);
    let options = options.on_migration(move |event| {
        let text = match event {
            MigrationEvent::Before { migration, plan } => {
                format!("before {migration}: {} steps", plan.steps().count())
            }
            MigrationEvent::Batch(_) => "batch".to_owned(),
            MigrationEvent::After {
                migration, revision, ..
            } => format!("after {migration}: revision {revision}"),
            MigrationEvent::Failed { migration, error } => format!("failed {migration}: {:?}", error.kind()),
            _ => unreachable!(),
        };
        let mut list = list.lock().unwrap();
        if list.last() != Some(&text) {
            list.push(text);
        }
        Ok(())
    });
    (options, told)
}

fn taken(told: &Told) -> Vec<String> {
    std::mem::take(&mut told.lock().unwrap())
}

#[test]
fn migrations_are_told_from_their_beginning_to_their_end() {
    let engine = store();
    let (options, list) = told(engine.options::<(After,)>());
    let db = options.clone().open("memory").unwrap();
    let expected = [
        "before the change of the entities: 3 steps",
        "batch",
        "after the change of the entities: revision 2",
    ];
    let all = taken(&list);
    assert!(
        expected.iter().all(|line| all.iter().any(|told| told == line)),
        "{all:?}"
    );
    assert_eq!(all.last().unwrap(), expected[2]);
    drop(db);
    // An open that changes nothing is no migration.
    let db = options.open("memory").unwrap();
    assert_eq!(taken(&list), [""; 0]);
    db.rollback(1).unwrap();
    let all = taken(&list);
    assert!(
        all.contains(&"before the way to another revision: 3 steps".to_owned()),
        "{all:?}"
    );
    assert_eq!(
        all.last().unwrap(),
        "after the way to another revision: revision 1"
    );
    let file = MigrationFile::from_toml(
        "one",
        "up = [{ step = \"delete\", table = \"users\", where = \"id = 1\" }]",
    );
    let source = MigrationSource::Given(vec![file.unwrap()]);
    let (options, list) = told(engine.options::<()>().migration_files(source));
    drop(options.open("memory").unwrap());
    let all = taken(&list);
    assert!(
        all.contains(&"before the migration file one: 1 steps".to_owned()),
        "{all:?}"
    );
    assert_eq!(all.last().unwrap(), "after the migration file one: revision 3");
}

fn check_stopped(stop: fn(&MigrationEvent<'_>) -> quantadb::Result<()>, kind: ErrorKind) {
    let engine = store();
    let before = engine.open::<()>().unwrap().open_report().revision;
    let (options, list) = told(engine.options::<(After,)>().on_migration(stop));
    let error = options.open("memory").unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(
        taken(&list).last().unwrap(),
        &format!("failed the change of the entities: {kind:?}")
    );
    let db = engine.open::<(Before,)>().unwrap();
    assert_eq!(db.open_report().revision, before);
    assert_eq!(db.collection::<Before>().len().unwrap(), 2);
}

#[test]
fn a_hook_stops_a_migration() {
    let refuse = |event: &MigrationEvent<'_>| match event {
        MigrationEvent::Before { .. } => Err(Error::new(ErrorKind::Invalid, "not on a Friday")),
        _ => Ok(()),
    };
    check_stopped(refuse, ErrorKind::Invalid);
    let panics = |event: &MigrationEvent<'_>| match event {
        MigrationEvent::Before { .. } => panic!("not at all"),
        _ => Ok(()),
    };
    check_stopped(panics, ErrorKind::OwnCode);
    let cancels = |event: &MigrationEvent<'_>| match event {
        MigrationEvent::Batch(_) => Err(Error::new(ErrorKind::Invalid, "it takes too long")),
        _ => Ok(()),
    };
    check_stopped(cancels, ErrorKind::Cancelled);
}
