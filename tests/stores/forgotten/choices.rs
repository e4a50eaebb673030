//! What may be chosen, and what journeys give without it.

use super::*;

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
