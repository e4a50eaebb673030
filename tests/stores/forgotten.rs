//! Guards forgetting on purpose: what is forgotten is gone from every record, whatever was swept, and what a journey
//! gives without it is said before it runs.

use std::sync::Arc;

use quanta_storage::Engine as _;
use quanta_storage::faults::{Fault, Faulty};
use quantadb::{Database, Destination, ErrorKind, Forget, ForgetReport, Plan};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::support::{Small, custom, each, sweep_and_check, verify};

const ROWS: u64 = 7;

fn version(label: &str, list: &str, hints: &Json) -> Json {
    let table = json!({"name": "users", "key": ["id"], "fields": fields(list)});
    json!({"label": label, "tables": [table], "hints": hints})
}

/// `note` goes, `score` narrows, `age` comes; then `nick` goes.
fn versions() -> Json {
    json!([
        version(
            "1",
            "id: u64, nick: string, note: option<string>, score: f64",
            &json!({})
        ),
        version(
            "2",
            "id: u64, nick: string, score: f32, age: u8",
            &json!({"new_fields": {"users": ["age"]}})
        ),
        version("3", "id: u64, score: f32, age: u8", &json!({})),
    ])
}

fn filled() -> Store {
    let store = Store::new(&versions());
    let row = |id: u64| {
        (
            "users",
            json!({"id": id, "nick": format!("nick-{id}"), "note": format!("note-{id}"), "score": 0.1}),
        )
    };
    store.fill(0, &(0..ROWS).map(row).collect::<Vec<_>>());
    store
}

fn put(store: &Store, version: usize, row: &Json) {
    let db = store.options(version).release_hold().open("").unwrap();
    let table = db.table("users").unwrap();
    table.put(&table.from_json(row).unwrap()).unwrap();
}

/// Shows all rows of a table, as the store has it, without sweeping.
fn rows_of(db: &Database, table: &str) -> Vec<String> {
    let table = db.table(table).unwrap();
    table
        .iter()
        .map(|row| table.to_json(&row.unwrap()).to_string())
        .collect()
}

/// Opens the store as it stands.
fn as_it_is(small: &Small) -> Database {
    small.options::<()>().open("").unwrap()
}

/// Rows read lazily, and read after a sweep: law 5.
#[track_caller]
fn rows(small: &Small) -> Vec<String> {
    let db = as_it_is(small);
    verify(&db);
    let lazy = rows_of(&db, "users");
    sweep_and_check(&db, &small.0);
    assert_eq!(lazy, rows_of(&db, "users"), "law 5: lazily and swept");
    lazy
}

/// Tells whether a text is in any record.
fn holds(small: &Small, text: &str) -> bool {
    let mut found = false;
    each(
        small.0.snapshot().unwrap().as_ref(),
        &quanta_storage::KeyRange::all(),
        |_, value| {
            found |= value.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        },
    );
    found
}

#[track_caller]
fn forget(small: &Small, what: &Forget) -> ForgetReport {
    let before = small.digest();
    let db = as_it_is(small);
    let planned = db.plan_forget(what).unwrap();
    assert!(before == small.digest(), "a dry run changed the store");
    let done = db.forget(what).unwrap();
    assert_eq!(planned.parts, done.parts, "planned, and done");
    assert_eq!(done.sequence.is_some(), !done.parts.is_empty());
    verify(&as_it_is(small));
    assert_eq!(
        as_it_is(small).plan_forget(what).unwrap().parts,
        [],
        "it is forgotten"
    );
    done
}

fn notes(plan: &Plan) -> String {
    plan.notes.join("\n")
}

/// Sweeps until the engine was written to that often.
fn sweep_for(small: &Small, writes: u64) {
    let faulty = Faulty::new(Arc::new(small.clone()));
    faulty.inject(Fault::CutOff { writes });
    let db = custom(Arc::new(faulty)).entities::<()>().open("").unwrap();
    let _ = db.sweep().wait();
}

#[test]
fn what_is_forgotten_does_not_depend_on_the_sweep() {
    let mut reports = Vec::new();
    for writes in 0..6 {
        let store = filled();
        store.change(1);
        put(
            &store,
            1,
            &json!({"id": 3, "nick": "new", "score": 0.5, "age": 40}),
        );
        sweep_for(&store.small, writes);
        let report = forget(&store.small, &Forget::All);
        assert!(
            !holds(&store.small, "note-"),
            "after {writes} writes of the sweep"
        );
        let plan = store.options(1).plan_travel("", &Destination::Back(1)).unwrap();
        let done = as_it_is(&store.small).rollback(1).unwrap();
        assert_eq!(notes(&plan), notes(&done.plan));
        let parts = report
            .parts
            .into_iter()
            .map(|part| (part.part, part.consequences));
        reports.push((parts.collect::<Vec<_>>(), notes(&plan), rows(&store.small)));
    }
    let (parts, told, rows) = &reports[0];
    assert_eq!(
        told,
        "users.score: rows get the present value, converted back to f64; 7 entries that were kept between version 2 and its \
         parent were forgotten, by ledger record 2\nusers.note: rows get none; 7 entries that were kept between version 2 and \
         its parent were forgotten, by ledger record 2"
    );
    assert_eq!(
        rows[0],
        r#"{"id":0,"nick":"nick-0","note":null,"score":0.10000000149011612}"#
    );
    assert_eq!(rows[3], r#"{"id":3,"nick":"new","note":null,"score":0.5}"#);
    assert_eq!(parts.len(), 1);
    for report in &reports {
        assert_eq!(report, &reports[0]);
    }
}

#[test]
fn what_went_down_is_forgotten_for_the_way_up() {
    for is_swept in [false, true] {
        let store = filled();
        store.change(1);
        put(
            &store,
            1,
            &json!({"id": 3, "nick": "new", "score": 0.5, "age": 40}),
        );
        as_it_is(&store.small).rollback(1).unwrap();
        if is_swept {
            rows(&store.small);
        }
        let report = forget(&store.small, &Forget::All);
        assert_eq!(report.parts.len(), 1, "{report}");
        assert_eq!(
            rows(&store.small)[0],
            r#"{"id":0,"nick":"nick-0","note":"note-0","score":0.1}"#
        );
        let again = store.options(1).release_hold().open("").unwrap();
        let told = notes(&again.open_report().plan);
        assert!(told.contains("users.age: rows get 0; 1 entries"), "{told}");
        drop(again);
        assert_eq!(
            rows(&store.small)[3],
            r#"{"age":0,"id":3,"nick":"new","score":0.5}"#
        );
        // What is kept from now on is not what was forgotten.
        as_it_is(&store.small).rollback(1).unwrap();
        assert_eq!(
            rows(&store.small)[0],
            r#"{"id":0,"nick":"nick-0","note":"note-0","score":0.1}"#
        );
    }
}

#[test]
fn each_choice_takes_its_own() {
    let edge = |table: &str, version| Forget::Edge {
        table: table.to_owned(),
        version,
    };
    let cases: [(Forget, &[&str]); 9] = [
        (Forget::All, &["teams", "users 2", "users 3"]),
        (Forget::Table("users".to_owned()), &["users 2", "users 3"]),
        (Forget::Table("teams".to_owned()), &["teams"]),
        (Forget::Revision(2), &["users 2"]),
        (Forget::Revision(3), &["teams", "users 3"]),
        (edge("users", 3), &["users 3"]),
        (edge("teams", 3), &[]),
        (Forget::Before(2_000), &["users 2"]),
        (Forget::Before(1_000), &[]),
    ];
    for (what, expected) in cases {
        let mut versions = versions();
        let teams = json!({"name": "teams", "key": ["id"], "fields": fields("id: u64")});
        for version in 0..2 {
            versions[version]["tables"]
                .as_array_mut()
                .unwrap()
                .push(teams.clone());
        }
        versions[2]["hints"] = json!({"dropped_tables": ["teams"]});
        let store = Store::new(&versions);
        let user = json!({"id": 1, "nick": "a", "note": "b", "score": 0.1});
        store.fill(0, &[("users", user), ("teams", json!({"id": 1}))]);
        drop(store.options(1).clock(|| 1_000).open("").unwrap());
        drop(store.options(2).clock(|| 2_000).open("").unwrap());
        let report = forget(&store.small, &what);
        let parts = report.to_json()["parts"].as_array().unwrap().clone();
        let parts = parts.iter().map(|part| match &part["edge"] {
            Json::Null => part["table"].as_str().unwrap().to_owned(),
            edge => format!("{} {edge}", part["table"].as_str().unwrap()),
        });
        assert_eq!(parts.collect::<Vec<_>>(), expected, "{what:?}");
        let db = as_it_is(&store.small);
        let left = db.plan_forget(&Forget::All).unwrap().parts.len();
        assert_eq!(left, 3 - expected.len(), "{what:?} leaves the rest");
        drop(db);
        assert_eq!(rows(&store.small), [r#"{"age":0,"id":1,"score":0.1}"#]);
    }
}

/// One edge is forgotten, and the one above it gives everything back all the same.
#[test]
fn other_edges_keep_theirs() {
    let store = filled();
    store.change(1);
    store.change(2);
    forget(
        &store.small,
        &Forget::Edge {
            table: "users".to_owned(),
            version: 2,
        },
    );
    assert!(holds(&store.small, "nick-") && !holds(&store.small, "note-"));
    as_it_is(&store.small).rollback(2).unwrap();
    assert_eq!(
        rows(&store.small)[1],
        r#"{"id":1,"nick":"nick-1","note":null,"score":0.10000000149011612}"#
    );
}

#[test]
fn a_rollback_without_a_fallback_counts_and_refuses() {
    let store = Store::new(&json!([
        version("1", "id: u64, token: uuid", &json!({})),
        version("2", "id: u64", &json!({})),
    ]));
    let token = "00112233-4455-6677-8899-aabbccddeeff";
    let row = |id: u64| ("users", json!({"id": id, "token": token}));
    store.fill(0, &(0..3).map(row).collect::<Vec<_>>());
    store.change(1);
    let report = forget(&store.small, &Forget::Revision(2));
    let told = "users.token: there is no fallback, and rows are refused";
    assert_eq!(report.parts[0].consequences, [told]);
    let plan = store.options(1).plan_travel("", &Destination::Back(1)).unwrap();
    let error = as_it_is(&store.small).rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    for plan in [&plan, error.plan().unwrap()] {
        let refused = plan.refusals[0].to_string();
        assert!(
            refused.contains("users.token") && refused.contains("3 rows"),
            "{refused}"
        );
        assert!(notes(plan).starts_with(told), "{plan}");
    }
    assert_eq!(rows(&store.small).len(), 3);
}

fn with_victims() -> Store {
    let list = "id: u64, mail: string, note: string";
    let unique = json!([{"name": "by_mail", "fields": ["mail"], "unique": true}]);
    let mut last = version(
        "3",
        "id: u64, mail: string",
        &json!({"on_failure": {"users": {"@by_mail": "drop_row"}}}),
    );
    last["tables"][0]["indexes"] = unique;
    let store = Store::new(&json!([
        version("1", list, &json!({})),
        version("2", "id: u64, mail: string", &json!({})),
        last,
    ]));
    let row = |id: u64| {
        (
            "users",
            json!({"id": id, "mail": format!("mail-{}", id % 3), "note": format!("note-{id}")}),
        )
    };
    store.fill(0, &(0..ROWS).map(row).collect::<Vec<_>>());
    store.change(1);
    store.change(2);
    store
}

#[test]
fn rows_that_were_taken_out_are_forgotten_and_do_not_come_back() {
    let store = with_victims();
    let report = forget(&store.small, &Forget::Revision(3));
    assert_eq!(
        report.parts[0].consequences,
        ["users: 4 rows that were taken out don't come back"]
    );
    let back = as_it_is(&store.small).rollback(2).unwrap();
    assert!(notes(&back.plan).starts_with("users: 4 rows that were taken out don't come back; 4 entries"));
    let notes = [0, 1, 2].map(|id| format!(r#"{{"id":{id},"mail":"mail-{id}","note":"note-{id}"}}"#));
    assert_eq!(rows(&store.small), notes);
}

/// What was kept of a row on an edge lies with the row where another edge took it out.
#[test]
fn rows_that_stay_taken_out_hold_nothing_of_a_forgotten_edge() {
    let store = with_victims();
    assert!(holds(&store.small, "note-6"));
    let report = forget(&store.small, &Forget::Revision(2));
    assert_eq!(report.to_json()["parts"][0]["up"]["records"], 7);
    assert!(!holds(&store.small, "note-"));
    as_it_is(&store.small).rollback(2).unwrap();
    let expected: Vec<String> = (0..ROWS)
        .map(|id| format!(r#"{{"id":{id},"mail":"mail-{}","note":""}}"#, id % 3))
        .collect();
    assert_eq!(rows(&store.small), expected);
}

/// The rows of a dropped table go; one that is there by the same name keeps its own.
#[test]
fn rows_of_a_dropped_table_are_forgotten() {
    let other = json!({"label": "2", "tables": [], "hints": {"dropped_tables": ["users"]}});
    let store = Store::new(&json!([
        version("1", "id: u64, note: string", &json!({})),
        other,
        version("3", "id: u64, name: string", &json!({"new_tables": ["users"]})),
    ]));
    store.fill(0, &[("users", json!({"id": 1, "note": "note-1"}))]);
    store.change(1);
    store.fill(2, &[("users", json!({"id": 2, "name": "name-2"}))]);
    let report = forget(&store.small, &Forget::Table("users".to_owned()));
    assert_eq!(
        report.parts[0].consequences,
        ["users: the table comes back without its 1 rows"]
    );
    assert!(!holds(&store.small, "note-"));
    assert_eq!(rows(&store.small), [r#"{"id":2,"name":"name-2"}"#]);
    let plan = store.options(1).plan_travel("", &Destination::Back(2)).unwrap();
    let told = "users: the table comes back without its 1 rows; they were forgotten, by ledger record 3";
    assert_eq!(notes(&plan), told);
    assert_eq!(notes(&as_it_is(&store.small).rollback(2).unwrap().plan), told);
    assert_eq!(rows(&store.small), [""; 0]);
}

/// Rows of a table that is gone hold what they have not left behind yet.
#[test]
fn what_is_kept_of_a_dropped_table_is_forgotten_by_its_change() {
    let mut versions = versions();
    versions[2] = json!({"label": "3", "tables": [], "hints": {"dropped_tables": ["users"]}});
    let store = Store::new(&versions);
    store.fill(
        0,
        &[(
            "users",
            json!({"id": 1, "nick": "a", "note": "note-1", "score": 0.5}),
        )],
    );
    store.change(1);
    store.change(2);
    assert!(holds(&store.small, "note-"));
    let report = forget(&store.small, &Forget::Revision(2));
    assert_eq!((report.parts.len(), report.rows_swept), (1, 1));
    assert!(!holds(&store.small, "note-"));
    as_it_is(&store.small).rollback(2).unwrap();
    assert_eq!(
        rows(&store.small),
        [r#"{"id":1,"nick":"a","note":null,"score":0.5}"#]
    );
}

/// A table that was rolled back out of existence belongs to the revision that had made it.
#[test]
fn rows_of_an_absent_table_are_forgotten() {
    let teams = json!({"name": "teams", "key": ["id"], "fields": fields("id: u64, name: string")});
    let mut with_teams = version("2", "id: u64", &json!({}));
    with_teams["tables"].as_array_mut().unwrap().push(teams);
    let store = Store::new(&json!([version("1", "id: u64", &json!({})), with_teams]));
    store.fill(0, &[("users", json!({"id": 1}))]);
    store.fill(1, &[("teams", json!({"id": 1, "name": "team-1"}))]);
    as_it_is(&store.small).rollback(1).unwrap();
    assert_eq!(forget(&store.small, &Forget::Revision(1)).parts, []);
    forget(&store.small, &Forget::Revision(2));
    assert!(!holds(&store.small, "team-"));
    let again = store.options(1).release_hold().open("").unwrap();
    assert_eq!(
        notes(&again.open_report().plan),
        "teams: the table comes back without its 1 rows; they were forgotten, by ledger record 3"
    );
    verify(&again);
    assert_eq!(rows_of(&again, "teams"), [""; 0]);
}

#[test]
fn a_late_rename_says_that_nothing_is_left_to_give_back() {
    let store = Store::new(&json!([
        version("1", "id: u64, phone: string", &json!({})),
        version("2", "id: u64", &json!({})),
        version(
            "3",
            "id: u64, tel: string",
            &json!({"renamed_fields": {"users": {"phone": "tel"}}})
        ),
    ]));
    store.fill(0, &[("users", json!({"id": 1, "phone": "phone-1"}))]);
    store.change(1);
    forget(&store.small, &Forget::All);
    let planned = store.options(2).plan("").unwrap();
    let opened = store.open(2).unwrap();
    for plan in [&planned, &opened.open_report().plan] {
        let told = "users.tel: rows get nothing back that was kept of phone; 1 entries";
        assert!(notes(plan).starts_with(told), "{plan}");
    }
    drop(opened);
    assert_eq!(rows(&store.small), [r#"{"id":1,"tel":""}"#]);
}

#[test]
fn what_is_named_must_be_there() {
    let store = filled();
    store.change(1);
    let before = store.small.digest();
    let table = "user".to_owned();
    let named = [
        Forget::Table(table.clone()),
        Forget::Edge { table, version: 2 },
        Forget::Revision(3),
    ];
    for what in named {
        let planned = as_it_is(&store.small).plan_forget(&what).unwrap_err();
        let done = as_it_is(&store.small).forget(&what).unwrap_err();
        assert_eq!(
            (planned.kind(), done.kind()),
            (ErrorKind::NotFound, ErrorKind::NotFound)
        );
        assert!(before == store.small.digest(), "{what:?}");
    }
}

#[test]
fn other_handles_are_told_that_the_schema_has_moved() {
    let store = filled();
    store.change(1);
    let db = as_it_is(&store.small);
    let (other, table) = (db.clone(), db.table("users").unwrap());
    db.forget(&Forget::All).unwrap();
    let row = table
        .from_json(&json!({"id": 1, "nick": "", "score": 0, "age": 0}))
        .unwrap();
    assert_eq!(table.put(&row).unwrap_err().kind(), ErrorKind::SchemaMoved);
    assert_eq!(
        other.forget(&Forget::All).unwrap_err().kind(),
        ErrorKind::SchemaMoved
    );
    let reader = store.small.options::<()>().read_only().open("").unwrap();
    assert_eq!(
        reader.forget(&Forget::All).unwrap_err().kind(),
        ErrorKind::ReadOnly
    );
}

/// Rows that were taken out by one edge and hold something of another, rows that have not crossed a third, and a table
/// that is gone.
fn with_everything() -> Store {
    let list = "id: u64, mail: string, nick: string, note: string";
    let unique = json!([{"name": "by_mail", "fields": ["mail"], "unique": true}]);
    let drops = json!({"on_failure": {"users": {"@by_mail": "drop_row"}}});
    let mut versions = json!([
        version("1", list, &json!({})),
        version("2", "id: u64, mail: string, nick: string", &json!({})),
        version("3", "id: u64, mail: string, nick: string", &drops),
        version(
            "4",
            "id: u64, mail: string",
            &json!({"dropped_tables": ["teams"]})
        ),
    ]);
    for version in 2..4 {
        versions[version]["tables"][0]["indexes"] = unique.clone();
    }
    let teams = json!({"name": "teams", "key": ["id"], "fields": fields("id: u64, name: string")});
    for version in 0..3 {
        versions[version]["tables"]
            .as_array_mut()
            .unwrap()
            .push(teams.clone());
    }
    let store = Store::new(&versions);
    let mut rows = Vec::new();
    for id in 0..12_u64 {
        let text = |name: &str, of: u64| json!(format!("{name}-{of}"));
        let (mail, nick, note) = (text("mail", id % 8), text("nick", id), text("note", id));
        rows.push((
            "users",
            json!({"id": id, "mail": mail, "nick": nick, "note": note}),
        ));
        rows.push(("teams", json!({"id": id, "name": text("team", id)})));
    }
    store.fill(0, &rows);
    for version in 1..4 {
        store.change(version);
    }
    store
}

/// L1: cut off after every single write, all of it is kept or all of it is forgotten, and the next open goes on.
#[test]
fn l1_forgetting_survives_a_crash_after_every_write() {
    const SECRETS: [&str; 3] = ["note-", "nick-", "team-"];
    let base = with_everything();
    assert!(SECRETS.iter().all(|secret| holds(&base.small, secret)));
    let (mut cuts, mut cuts_behind) = (0, 0);
    loop {
        let store = Store {
            small: base.small.duplicate(),
            document: base.document.clone(),
        };
        let faulty = Faulty::new(Arc::new(store.small.clone()));
        faulty.inject(Fault::CutOff { writes: cuts });
        let db = custom(Arc::new(faulty)).entities::<()>().open("").unwrap();
        let is_over = db.forget(&Forget::All).is_ok();
        let is_forgotten = {
            let reader = store.small.options::<()>().read_only().open("").unwrap();
            verify(&reader);
            assert_eq!(rows_of(&reader, "users").len(), 8);
            let records = reader.history().unwrap().records;
            records.iter().any(|record| !record.forgotten.is_empty())
        };
        let place = format!("after {cuts} writes, forgotten: {is_forgotten}");
        let plan = store.options(3).plan_travel("", &Destination::Back(3)).unwrap();
        assert_eq!(notes(&plan).is_empty(), !is_forgotten, "{place}");
        let db = as_it_is(&store.small);
        sweep_and_check(&db, &store.small.0);
        for secret in SECRETS {
            assert_eq!(holds(&store.small, secret), !is_forgotten, "{place}: {secret}");
        }
        db.rollback(3).unwrap();
        let back = rows(&store.small);
        let (count, last) = if is_forgotten {
            (8, r#"{"id":7,"mail":"mail-7","nick":"","note":""}"#)
        } else {
            (12, r#"{"id":7,"mail":"mail-7","nick":"nick-7","note":"note-7"}"#)
        };
        assert_eq!((back.len(), back[7].as_str()), (count, last), "{place}");
        let teams = rows_of(&as_it_is(&store.small), "teams").len();
        assert_eq!(teams, if is_forgotten { 0 } else { 12 }, "{place}");
        cuts_behind += u32::from(is_forgotten);
        if is_over {
            break;
        }
        cuts += 1;
    }
    assert!(
        cuts > 20,
        "forgetting makes {cuts} writes: its batches are no longer small"
    );
    assert!(
        cuts_behind > 10,
        "of which {cuts_behind} delete what is forgotten"
    );
}
