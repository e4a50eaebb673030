//! Older programs, held stores, and rollbacks that can't be.

use super::*;

#[test]
fn k8_an_older_program_is_refused_with_an_account_of_every_field() {
    let engine = filled(&[row_one(1), row_one(2)]);
    sweep_and_check(&engine.open::<(two::Item,)>().unwrap(), &engine);
    let digest = engine.digest();
    let error = engine.open::<(one::Item,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Older, "{error}");
    let text = error.to_string();
    for part in [
        "table items is at version 2, and this program knows version 1",
        "rename items.name from nick",
        "change items.age from u8 to u32",
        "drop items.note: option<string>; its values are kept",
        "change items.score from f64 to f32",
        "add items.rank: u8",
        "add items.home.city: string",
        "OnOlder::RollBack",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert!(error.plan().is_some());
    assert_eq!(engine.digest(), digest);
    let db = engine
        .options::<(one::Item,)>()
        .on_older(OnOlder::RollBack)
        .open("memory")
        .unwrap();
    assert_eq!(rows::<one::Item>(&db).len(), 2);
    assert_eq!(db.collection::<one::Item>().get(&2).unwrap(), Some(row_one(2)));
}

#[test]
fn a_held_store_is_refused_with_the_way_out() {
    let engine = filled(&[row_one(1)]);
    engine.open::<(two::Item,)>().unwrap().rollback(1).unwrap();
    let digest = engine.digest();
    let error = engine.open::<(two::Item,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Held, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("holds items where it stands") && text.contains("Options::release_hold()"),
        "{text}"
    );
    assert_eq!(engine.digest(), digest);
    let plan = engine.options::<(two::Item,)>().plan("memory").unwrap();
    assert!(plan.to_string().contains("Options::release_hold()"), "{plan}");
    let db = engine
        .options::<(two::Item,)>()
        .release_hold()
        .open("memory")
        .unwrap();
    assert_eq!(db.collection::<two::Item>().get(&1).unwrap(), Some(row_two(1)));
}

#[test]
fn a_rollback_that_does_not_fit_is_refused_and_nothing_is_changed() {
    let engine = filled(&[row_one(1), row_one(2), row_one(3)]);
    let db = engine.open::<(two::Item,)>().unwrap();
    db.collection::<two::Item>()
        .update(&2, |row| row.age = 1000)
        .unwrap();
    db.collection::<two::Item>()
        .update(&3, |row| row.tags = vec![1, 70_000])
        .unwrap();
    let digest = engine.digest();
    let other = db.clone();
    let error = db.rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    let text = error.to_string();
    for part in [
        "items.age",
        "1 rows don't fit",
        "\n    2: 1000 is no u8",
        "items.tags[]",
        "\n    3: 70000 is no u16",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert_eq!(engine.digest(), digest);
    assert_eq!(
        other.collection::<two::Item>().get(&2).unwrap().unwrap().age,
        1000,
        "the other handle goes on"
    );
    other
        .collection::<two::Item>()
        .update(&2, |row| row.age = 2)
        .unwrap();
    other
        .collection::<two::Item>()
        .update(&3, |row| row.tags = vec![3])
        .unwrap();
    other.rollback(1).unwrap();
    let db = engine.open::<(one::Item,)>().unwrap();
    assert_eq!(db.collection::<one::Item>().get(&2).unwrap().unwrap().age, 2);
}

#[test]
fn revisions_that_are_not_there_are_refused() {
    let engine = filled(&[row_one(1)]);
    let digest = engine.digest();
    let db = engine.open::<(one::Item,)>().unwrap();
    let error = db.clone().rollback(5).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(
        error.to_string().contains("there is no going back by 5"),
        "{error}"
    );
    let error = db.migrate_to(77).unwrap_err();
    assert!(error.to_string().contains("no revision 77"), "{error}");
    assert_eq!(engine.digest(), digest);
}
