//! Functions and transactions that panic or fail.

use super::*;

#[test]
fn l8_a_panic_in_default_with_changes_nothing() {
    let engine = filled(6);
    let digest = engine.digest();
    let error = engine.open::<(panicking::Once,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("items.serial") && text.contains("never") && text.contains("no serial today"),
        "{text}"
    );
    assert_eq!(engine.digest(), digest);
}

#[test]
fn l8_a_panic_in_init_with_names_function_and_key_and_changes_nothing() {
    let engine = filled(6);
    let digest = engine.digest();
    let error = engine.open::<(panicking::Computed,)>().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("items.half") && text.contains("2 rows don't fit"),
        "{text}"
    );
    assert!(
        text.contains("    3: the function `") && text.contains("half` panicked: three has no half"),
        "{text}"
    );
    assert!(
        text.contains("    5: the function `") && text.contains("half` failed: five has none either"),
        "{text}"
    );
    assert_eq!(engine.digest(), digest, "the space that was begun is empty again");
    let db = engine.open::<(one::Item,)>().unwrap();
    assert_eq!(rows::<one::Item>(&db), Generation::One.unwritten(0..6));
}

#[test]
fn l8_a_panic_in_a_transaction_commits_nothing() {
    let engine = filled(3);
    let db = engine.open::<(one::Item,)>().unwrap();
    let digest = engine.digest();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        db.write(|tx| -> quantadb::Result<()> {
            tx.collection::<one::Item>().delete(&1)?;
            panic!("in the middle")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(engine.digest(), digest);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        db.collection::<one::Item>()
            .update(&1, |_| panic!("in an update"))
    }));
    assert!(panicked.is_err());
    assert_eq!(engine.digest(), digest);
    // The next writer isn't locked out.
    db.collection::<one::Item>().put(&row_one(7)).unwrap();
    assert_eq!(db.collection::<one::Item>().len().unwrap(), 4);
}

#[test]
fn l8_an_error_in_a_transaction_commits_nothing() {
    let engine = filled(3);
    let db = engine.open::<(one::Item,)>().unwrap();
    let digest = engine.digest();
    let error = db.write(|tx| {
        tx.collection::<one::Item>().delete(&1)?;
        tx.collection::<one::Item>().insert(&row_one(2))
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::KeyExists);
    assert_eq!(engine.digest(), digest);
}
