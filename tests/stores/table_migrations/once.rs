//! Migrations run once, where there is something to do.

use super::*;

#[test]
fn a_dry_run_says_what_would_run_and_changes_nothing() {
    let engine = filled(&people());
    let before = engine.digest();
    let plan = split(&engine).plan("").unwrap();
    assert!(plan.refusals.is_empty(), "{plan}");
    let text = plan.to_string();
    for line in [
        "checked build  run the migration split_people: it reads people and writes users",
        "checked build  run the migration split_people: it reads people and writes addresses",
        "note: the migration split_people would run: it writes users, addresses, and was not called",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let json = plan.to_json();
    let change = &json["tables"][0]["steps"][1]["change"]["RunTableMigration"];
    assert_eq!(change["id"], "split_people", "{json:#}");
    assert_eq!(change["tags"][0], "shape");
    assert_eq!(engine.digest(), before);
}

#[test]
fn a_migration_of_tables_runs_once() {
    let engine = filled(&people());
    drop(split(&engine).open("").unwrap());
    let db = split(&engine).open("").unwrap();
    assert_eq!(kinds(&db), ["create", "custom"]);
    assert!(db.open_report().plan.is_empty());
    db.collection::<User>().delete(&1).unwrap();
    drop(db);
    let db = split(&engine).open("").unwrap();
    assert_eq!(all::<User>(&db), [user(2, "Bo"), user(3, "Cy")]);
}

/// What has nothing to do is done with: rows that come later are no business of it.
#[test]
fn a_new_store_and_an_empty_table_need_no_migration_of_tables() {
    let both = |engine: &Small| {
        engine
            .options::<(Person, User, Address)>()
            .migration::<split_people>()
    };
    for engine in [Small::default(), filled::<Person>(&[])] {
        for round in 0..2 {
            let db = both(&engine).open("").unwrap();
            assert!(db.head().migrations.contains_key("split_people"));
            assert_eq!(all::<User>(&db), []);
            if round == 0 {
                db.collection::<Person>().insert(&people()[0]).unwrap();
            }
            sweep_and_check(&db, &engine);
        }
    }
}

/// A store that changes in nothing else only notes that a migration is not needed.
#[test]
fn what_is_not_needed_makes_no_ledger_record() {
    let engine = Small::default();
    drop(engine.open::<(User, Address)>().unwrap());
    let db = split(&engine).open("").unwrap();
    assert_eq!(kinds(&db), ["create"]);
    assert_eq!(db.head().migrations["split_people"], 1);
    let notes = &db.open_report().plan.notes;
    assert!(
        notes
            .iter()
            .any(|note| note.contains("split_people reads people, which this store never had")),
        "{notes:?}"
    );
    sweep_and_check(&db, &engine);
}
