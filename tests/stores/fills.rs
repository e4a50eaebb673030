//! Guards indexes that are filled before the switch, where that is cut off: the same change goes on with them, and another
//! one, or the same one after others could write, fills them anew.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use quanta_storage::faults::{Fault, Faulty};
use quanta_storage::{Engine as _, KeyRange};
use quantadb::{Database, Options, Phase};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::support::{BATCH_ROWS, Small, custom, each, sweep_and_check, verify};

const INDEX: u8 = 0x07;
const ROWS: u64 = 21;

/// A version of the table `people`, with indexes such as `age, mail` and `unique mail`.
fn people(label: &str, key: &str, list: &str, indexes: &[&str]) -> Json {
    let index = |text: &&str| {
        let unique = text.strip_prefix("unique ");
        let fields: Vec<&str> = unique.unwrap_or(text).split(", ").collect();
        json!({"name": fields.join("_"), "fields": fields, "unique": unique.is_some()})
    };
    let indexes: Json = indexes.iter().map(index).collect();
    json!({"label": label, "hints": {}, "tables": [
        {"name": "people", "key": [key], "fields": fields(list), "indexes": indexes}]})
}

const FIELDS: &str = "age: u16, id: u64, mail: string";

fn plain() -> Json {
    people("1", "id", FIELDS, &[])
}

fn person(id: u64, mail: &str) -> (&'static str, Json) {
    ("people", json!({"id": id, "age": id % 7, "mail": mail}))
}

/// A store at the first of the versions, with rows.
fn store(versions: &[Json]) -> Store {
    let store = Store::new(&Json::from(versions));
    let rows: Vec<_> = (0..ROWS)
        .map(|id| person(id, &format!("m{:02}", 99 - id)))
        .collect();
    store.fill(0, &rows);
    store
}

/// Opens with a version over an engine that fails, and returns how many writes there were.
fn open_with(store: &Store, version: usize, fault: Fault) -> (quantadb::Result<Database>, u64) {
    let faulty = Faulty::new(Arc::new(store.small.clone())).batches_of(BATCH_ROWS);
    faulty.inject(fault);
    let options = custom(Arc::new(faulty.clone()));
    let result = options.tables_of(&store.document.versions[version]).open("");
    (result, faulty.writes())
}

/// Opens, and returns the rows whose entries were there already; none if no index was filled.
#[track_caller]
fn resumed(options: Options) -> (Database, Option<u64>) {
    let told = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&told);
    let options = options.progress(move |progress| {
        if progress.phase == Phase::Index {
            seen.lock().unwrap().get_or_insert(progress.rows_resumed);
        }
        ControlFlow::Continue(())
    });
    let db = options.open("").unwrap();
    let rows = *told.lock().unwrap();
    (db, rows)
}

/// Returns the entries of each index, by position, without the space where they lie.
fn entries(db: &Database, small: &Small) -> Vec<Vec<(Vec<u8>, Vec<u8>)>> {
    let spaces = db.head().tables.into_values().next().unwrap().index_spaces;
    let of_space = |space: u32| {
        let prefix: Vec<u8> = [INDEX].into_iter().chain(space.to_be_bytes()).collect();
        let (snapshot, mut found) = (small.0.snapshot().unwrap(), Vec::new());
        each(snapshot.as_ref(), &KeyRange::prefix(&prefix), |key, value| {
            found.push((key[prefix.len()..].to_vec(), value.to_vec()));
        });
        found
    };
    spaces.into_iter().map(of_space).collect()
}

/// Checks that a store has the entries that it would have if nothing had been cut off.
#[track_caller]
fn check(db: &Database, store: &Store, expected: &[Vec<(Vec<u8>, Vec<u8>)>], place: &str) {
    verify(db);
    assert!(entries(db, &store.small) == expected, "{place}");
    sweep_and_check(db, &store.small.0);
}

#[track_caller]
fn check_goes_on(label: &str, after: Json) {
    let start = store(&[plain(), after]);
    let in_one_go = start.duplicate();
    let (db, whole) = open_with(&in_one_go, 1, Fault::None);
    let expected = entries(&db.unwrap(), &in_one_go.small);
    let mut most = 0;
    for cut in 0..whole {
        let place = format!("{label}, cut off after {cut} of {whole} writes");
        let store = start.duplicate();
        assert!(open_with(&store, 1, Fault::CutOff { writes: cut }).0.is_err());
        let again = store.duplicate();
        let (db, rest) = open_with(&again, 1, Fault::None);
        // What was carried and what was filled are each saved once more, as far as they got.
        assert!(cut + rest <= whole + 2, "{place}, and {rest} after that");
        check(&db.unwrap(), &again, &expected, &place);
        let (db, rows) = resumed(store.options(1));
        let rows = rows.unwrap_or_else(|| panic!("{place}: no index is filled"));
        assert!(
            rows >= most,
            "{place}: {rows} rows are done, and {most} were before"
        );
        most = rows;
        check(&db, &store, &expected, &place);
    }
    assert_eq!(most, ROWS, "{label}: the last cut is before the switch");
}

#[test]
fn l5_a_fill_goes_on_where_it_was_cut_off() {
    let wider = "age: u32, id: u64, mail: string";
    for (label, key, list, indexes) in [
        ("one index", "id", FIELDS, &["mail"][..]),
        ("several", "id", FIELDS, &["age", "age, mail", "unique mail"]),
        ("other values", "id", wider, &["age"]),
        ("rows that move", "mail", FIELDS, &["age", "unique id"]),
    ] {
        check_goes_on(label, people("2", key, list, indexes));
    }
}

/// Entries of rows that were written since would lead elsewhere, and those of deleted ones nowhere.
#[test]
fn l5_what_others_write_after_a_cut_is_in_the_indexes() {
    for key in ["id", "mail"] {
        let start = store(&[plain(), people("2", key, FIELDS, &["age", "unique mail"])]);
        let (_, whole) = open_with(&start.duplicate(), 1, Fault::None);
        for cut in 0..whole {
            let place = format!("cut off after {cut} of {whole} writes, by {key}");
            let store = start.duplicate();
            assert!(open_with(&store, 1, Fault::CutOff { writes: cut }).0.is_err());
            let db = store.open(0).unwrap();
            let table = db.table("people").unwrap();
            for (_, row) in [person(0, "m98"), person(2, "a"), person(40, "z")] {
                table.put(&table.from_json(&row).unwrap()).unwrap();
            }
            assert!(table.delete(&uint(1)).unwrap());
            drop((table, db));
            let in_one_go = store.duplicate();
            let expected = entries(&in_one_go.open(1).unwrap(), &in_one_go.small);
            assert_eq!(expected[0].len() as u64, ROWS, "{place}");
            let (db, rows) = resumed(store.options(1));
            assert_eq!(rows, Some(0), "{place}");
            check(&db, &store, &expected, &place);
        }
    }
}

/// What the program of before began to delete lacks entries, and rows.
#[test]
fn l5_what_was_deleted_in_part_is_not_gone_on_with() {
    let after = |key: &str| people("2", key, FIELDS, &["age", "unique mail"]);
    let mut thinned_out = after("id");
    thinned_out["hints"] = json!({"on_failure": {"people": {"@mail": "drop_row"}}});
    for (label, after) in [
        ("rows that stay", after("id")),
        ("rows that move", after("mail")),
        ("rows that are taken out", thinned_out),
    ] {
        let start = store(&[plain(), after]);
        // For the sake of others with its value.
        let db = start.open(0).unwrap();
        let table = db.table("people").unwrap();
        let row = person(ROWS, if label.ends_with("out") { "m90" } else { "m00" });
        table.put(&table.from_json(&row.1).unwrap()).unwrap();
        drop((table, db));
        let in_one_go = start.duplicate();
        let (db, whole) = open_with(&in_one_go, 1, Fault::None);
        let expected = entries(&db.unwrap(), &in_one_go.small);
        for cut in [whole / 2, whole - 1] {
            let filled = start.duplicate();
            assert!(open_with(&filled, 1, Fault::CutOff { writes: cut }).0.is_err());
            let (_, deleting) = open_with(&filled.duplicate(), 0, Fault::None);
            for deleted in 0..deleting {
                let place = format!("{label}: {cut} of {whole} writes, {deleted} of {deleting} that delete");
                let store = filled.duplicate();
                assert!(open_with(&store, 0, Fault::CutOff { writes: deleted }).0.is_err());
                check(&store.open(1).unwrap(), &store, &expected, &place);
            }
        }
    }
}

/// Indexes of another change may get the same ids and spaces.
#[test]
fn l5_other_indexes_than_those_of_a_cut_are_filled_anew() {
    let wanted: [&[&str]; 6] = [
        &["age"],
        &["mail"],
        &["age", "unique mail"],
        &["age, mail"],
        &["mail, age"],
        &["age", "id", "mail"],
    ];
    let numbered = wanted.iter().enumerate();
    let others = numbered.map(|(at, indexes)| people(&format!("{}", at + 3), "id", FIELDS, indexes));
    let versions = [plain(), people("2", "id", FIELDS, &["age", "mail"])].into_iter();
    let start = store(&versions.chain(others).collect::<Vec<_>>());
    let (_, whole) = open_with(&start.duplicate(), 1, Fault::None);
    for (version, indexes) in (2..).zip(wanted) {
        let in_one_go = start.duplicate();
        let expected = entries(&in_one_go.open(version).unwrap(), &in_one_go.small);
        for cut in 0..whole {
            let place = format!("cut off after {cut} of {whole} writes, then {indexes:?}");
            let store = start.duplicate();
            assert!(open_with(&store, 1, Fault::CutOff { writes: cut }).0.is_err());
            let (db, rows) = resumed(store.options(version));
            assert_eq!(rows, Some(0), "{place}");
            check(&db, &store, &expected, &place);
        }
    }
}

mod own_code {
    use std::sync::atomic::{AtomicU64, Ordering};

    use quantadb::{OldRow, QuantaEntity};

    use super::*;
    use crate::support::{all, filled};

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "people", register = false)]
    struct Plain {
        #[quanta(id)]
        id: u64,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "people", register = false)]
    struct Ranked {
        #[quanta(id)]
        id: u64,
        #[quanta(index, init_with = rank)]
        rank: u64,
    }

    /// What the function adds; another number each time that a program opens.
    static MORE: AtomicU64 = AtomicU64::new(0);

    fn rank(old: &OldRow<'_>) -> Result<u64, String> {
        let id: u64 = old.get("id")?;
        Ok(id + MORE.load(Ordering::Relaxed))
    }

    /// Rows that functions of the program gave are carried anew, into another space.
    #[test]
    fn l5_indexes_of_rows_that_are_carried_anew_are_filled_anew() {
        let plain: Vec<Plain> = (0..ROWS).map(|id| Plain { id }).collect();
        let start = filled(&plain);
        let mut cut = 0;
        loop {
            let small = start.duplicate();
            let faulty = Faulty::new(Arc::new(small.clone())).batches_of(BATCH_ROWS);
            faulty.inject(Fault::CutOff { writes: cut });
            let options = custom(Arc::new(faulty)).entities::<(Ranked,)>();
            if options.open("").is_ok() {
                break;
            }
            let more = 100 + MORE.fetch_add(100, Ordering::Relaxed);
            let (db, rows) = resumed(small.options::<(Ranked,)>());
            assert_eq!(rows, Some(0), "cut off after {cut} writes");
            let expected = (0..ROWS).map(|id| Ranked { id, rank: id + more });
            assert_eq!(all::<Ranked>(&db), expected.collect::<Vec<_>>());
            sweep_and_check(&db, &small.0);
            cut += 1;
        }
        assert!(cut > ROWS, "{cut} writes");
    }
}

fn uint(id: u64) -> quantadb::Value {
    quantadb::Value::UInt(id.into())
}
