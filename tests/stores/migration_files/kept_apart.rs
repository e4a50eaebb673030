//! Files beside what else moves a store: notes without a run, tags, trackers, dry runs, approvals, crashes, and going back.

use std::sync::Arc;

use quanta_storage::Engine as RawEngine;
use quanta_storage::faults::{Fault, Faulty};
use quantadb::{Destination, ErrorKind, FileState, QuantaEntity, RunFiles};

use super::{files, plain, rows};
use crate::support::{Small, custom, filled, verify};

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u32,
    nick: String,
    age: i64,
}

fn store() -> Small {
    let user = |id: u32| User {
        id,
        nick: format!("user {id}"),
        age: i64::from(id),
    };
    filled(&[user(1), user(2), user(3)])
}

const ADD: &str = "up = [{ step = \"add_field\", table = \"users\", field = \"mail\", type = \"string\" }]";
const SET: &str = "depends_on = [\"1\"]\nup = [{ step = \"set\", table = \"users\", values = { mail = \"?\" }, where = \"age > 1\" }]";
const INDEX: &str = "tags = [\"slow\"]\nup = [{ step = \"add_index\", table = \"users\", name = \"ages\", fields = [\"age\"] }]";
const FILES: [(&str, &str); 3] = [("1", ADD), ("2", SET), ("3", INDEX)];

#[test]
fn files_run_one_by_one_or_up_to_one() {
    let engine = store();
    let run = |which: &RunFiles| {
        let report = plain(&engine, &FILES).run_files("memory", which).unwrap();
        report
            .files
            .iter()
            .map(|file| file.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(run(&RunFiles::Next), ["1"]);
    assert_eq!(run(&RunFiles::UpTo("2".into())), ["2"]);
    assert_eq!(run(&RunFiles::UpTo("2".into())), [""; 0]);
    let error = plain(&engine, &FILES)
        .run_files("memory", &RunFiles::UpTo("9".into()))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(run(&RunFiles::All), ["3"]);
}

#[test]
fn files_are_left_by_their_tags() {
    let engine = store();
    let options = || plain(&engine, &FILES).skip_tag("slow");
    let db = options().open("memory").unwrap();
    assert_eq!(db.open_report().plan.files.len(), 2);
    drop(db);
    assert_eq!(
        options().files_status("memory").unwrap().files[2].state,
        FileState::Skipped
    );
    assert_eq!(
        plain(&engine, &FILES)
            .open("memory")
            .unwrap()
            .open_report()
            .plan
            .files
            .len(),
        1
    );
}

#[test]
fn what_was_done_otherwise_is_noted_and_not_run() {
    let engine = store();
    let noted = plain(&engine, &FILES)
        .note_files("memory", &RunFiles::All)
        .unwrap();
    assert_eq!((noted.files.len(), noted.revision), (3, 4));
    let db = plain(&engine, &FILES).open("memory").unwrap();
    assert!(db.open_report().plan.is_empty());
    assert_eq!(rows(&db, "users")[0], "{age: 1, id: 1, nick: \"user 1\"}");
    verify(&db);
    // Taken back, two of them are to be run again.
    db.rollback(2).unwrap();
    let status = plain(&engine, &FILES).files_status("memory").unwrap();
    assert_eq!(
        status.to_string(),
        "noted    1, revision 2\npending  2\npending  3"
    );
    let error = plain(&Small::default(), &FILES)
        .note_files("memory", &RunFiles::All)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn files_are_applied_again_where_the_store_goes_on() {
    let engine = store();
    let db = plain(&engine, &FILES).open("memory").unwrap();
    let after = rows(&db, "users");
    db.rollback(3).unwrap();
    let pending = plain(&engine, &FILES).files_status("memory").unwrap();
    assert!(pending.files.iter().all(|file| file.state == FileState::Pending));
    // A rollback by hand holds the store where it is.
    let error = plain(&engine, &FILES).open("memory").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Held);
    let db = engine.open::<()>().unwrap();
    db.migrate_to(4).unwrap();
    let db = plain(&engine, &FILES).open("memory").unwrap();
    assert!(db.open_report().plan.is_empty(), "{}", db.open_report());
    assert_eq!(rows(&db, "users"), after);
    let back = db.plan_travel(&Destination::Back(3)).unwrap();
    assert!(back.refusals.is_empty(), "{back}");
    verify(&db);
}

#[test]
fn a_dry_run_goes_through_all_files_and_changes_nothing() {
    let engine = store();
    let before = engine.digest();
    let plan = plain(&engine, &FILES).plan("memory").unwrap();
    assert_eq!(plan.files.len(), 3);
    assert_eq!(plan.files[1].plan.tables[0].losses[0].rows, Some(2));
    assert_eq!(engine.digest(), before);
    let report = plain(&engine, &FILES)
        .plan_files("memory", &RunFiles::Next)
        .unwrap();
    assert_eq!(report.files.len(), 1);
    assert_eq!(engine.digest(), before);
    let error = plain(&engine, &FILES)
        .approved("0123456789abcdef")
        .open("memory")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(engine.digest(), before);
    let db = plain(&engine, &FILES)
        .approved(plan.token())
        .open("memory")
        .unwrap();
    assert_eq!(db.open_report().plan.token(), plan.token());
}

#[test]
fn the_tracker_says_what_the_ledger_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("applied.json");
    let engine = store();
    let options = || plain(&engine, &FILES).tracker(&path);
    let notes = |db: &quantadb::Database| db.open_report().plan.notes.join("\n");
    let db = options().open("memory").unwrap();
    assert_eq!(notes(&db), "");
    drop(db);
    let truth = std::fs::read_to_string(&path).unwrap();
    assert_eq!(truth.matches("\"checksum\"").count(), 3, "{truth}");
    for (wrong, said) in [
        (
            truth.replace("\"id\": \"2\"", "\"id\": \"9\""),
            "it says that 9 is applied, and it isn't",
        ),
        (
            truth.replace(
                "\"id\": \"2\",\n      \"checksum\": \"",
                "\"id\": \"2\",\n      \"checksum\": \"0",
            ),
            "it has another checksum of 2",
        ),
        (
            truth.replace("\"store\": \"", "\"store\": \"00"),
            "it is of the store 00",
        ),
        ("{".to_owned(), "it can't be read"),
    ] {
        std::fs::write(&path, wrong).unwrap();
        let db = options().open("memory").unwrap();
        assert!(notes(&db).contains(said), "{}", notes(&db));
        drop(db);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), truth);
    }
    engine.open::<()>().unwrap().rollback(1).unwrap();
    let db = options().release_hold().open("memory").unwrap();
    assert_eq!(notes(&db), "");
}

#[test]
fn l1_files_survive_a_crash_after_every_write() {
    for is_power_loss in [false, true] {
        let mut cut = 0;
        while !run_until(cut, is_power_loss) {
            cut += 1;
        }
        assert!(cut > 3, "{cut}");
    }
}

/// Cuts off after so many writes, and opens again. Tells whether all was done by then.
fn run_until(cut: u64, is_power_loss: bool) -> bool {
    let left = store();
    let faulty = Faulty::new(Arc::new(left.clone()));
    faulty.inject(Fault::CutOff { writes: cut });
    let open = |engine: Arc<dyn RawEngine>| {
        custom(engine)
            .entities::<()>()
            .migration_files(files(&FILES))
            .open("memory")
    };
    let is_done = open(Arc::new(faulty.clone())).is_ok();
    if is_power_loss {
        faulty.lose_unsynced().unwrap();
    }
    let db = open(Arc::new(left.clone())).unwrap();
    assert_eq!(
        rows(&db, "users")[2],
        "{age: 3, id: 3, mail: \"?\", nick: \"user 3\"}",
        "cut {cut}"
    );
    assert_eq!(db.open_report().revision, 4, "cut {cut}");
    verify(&db);
    drop(db);
    let digest = left.digest();
    drop(open(Arc::new(left.clone())).unwrap());
    assert_eq!(left.digest(), digest, "cut {cut}");
    is_done
}
