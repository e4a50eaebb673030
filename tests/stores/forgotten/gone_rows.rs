//! Rows that were taken out, and tables that are dropped or absent.

use super::*;

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
