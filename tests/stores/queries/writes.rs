//! Queries of what a transaction wrote, and writes by queries.

use super::*;

#[test]
fn transactions_find_long_values_that_they_wrote() {
    let db = Small::default().open::<(Indexed,)>().unwrap();
    let seed = &mut Seed::new(6);
    let named = |id: u16, end: &str, seed: &mut Seed| {
        let mut row = Indexed::of(&row(id, seed));
        row.name = "x".repeat(900) + end;
        row
    };
    let users = db.collection::<Indexed>();
    users.put(&named(1, "old", seed)).unwrap();
    users.put(&named(2, "other", seed)).unwrap();
    let new = named(1, "new", seed);
    let done: Result<()> = db.write(|tx| {
        let users = tx.collection::<Indexed>();
        users.put(&new)?;
        users.put(&named(3, "three", seed))?;
        users.delete(&2)?;
        let long = || {
            tx.query::<Indexed>()
                .filter(|u| u.name.starts_with("x".repeat(900)))
        };
        assert_eq!(
            long().order_by(|u| u.name.asc()).select(|u| u.id).collect()?,
            [1, 3]
        );
        assert_eq!(
            tx.query::<Indexed>().filter(|u| u.name.eq(&new.name)).collect()?,
            std::slice::from_ref(&new)
        );
        // What is gone by the time that the walk comes to it is passed over.
        let mut seen = 0;
        for found in long().iter() {
            found?;
            seen += 1;
            users.delete(&1)?;
            users.delete(&3)?;
        }
        assert_eq!(seen, 1);
        Ok(())
    });
    done.unwrap();
    assert!(users.is_empty().unwrap() && db.verify().unwrap().is_sound());
}

#[test]
fn a_write_by_a_query_is_whole_or_breaks_its_transaction() {
    let db = Small::default().open::<(Indexed,)>().unwrap();
    let seed = &mut Seed::new(8);
    (0..4).for_each(|id| {
        let row = Indexed::of(&row(id, seed));
        db.collection::<Indexed>().put(&row).unwrap();
    });
    let before: Vec<Indexed> = db.query::<Indexed>().collect().unwrap();
    let swallowed: Result<()> = db.write(|tx| {
        let failed = tx.query::<Indexed>().update(|row| row.id = 1).unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::KeyExists);
        Ok(())
    });
    let swallowed = swallowed.unwrap_err();
    assert_eq!(swallowed.kind(), ErrorKind::KeyExists);
    let text = swallowed.to_string();
    assert!(text.starts_with("the transaction can't be committed"), "{text}");
    assert_eq!(db.query::<Indexed>().collect().unwrap(), before);
}
