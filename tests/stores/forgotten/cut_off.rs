//! Forgetting that is cut off.

use super::*;

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
