//! Guards `validate_with`: no invalid row gets into a store by any way, and what is wrong with it is named.

use std::sync::atomic::{AtomicU64, Ordering};

use quantadb::{Database, Error, ErrorKind, FieldError, QuantaEntity, QuantaType, Value};

use crate::support::{Small, all, verify};

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Address {
    city: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "users", register = false, validate_with = check_user)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(unique)]
    mail: String,
    age: u8,
    address: Address,
}

fn check_user(user: &User) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    assert!(user.age != 255, "no such age");
    if !user.mail.contains('@') {
        errors.push(FieldError::new("mail", "has no @"));
    }
    if user.address.city.is_empty() {
        errors.push(FieldError::new("address.city", "is empty"));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn user(id: u64) -> User {
    User {
        id,
        mail: format!("{id}@here"),
        age: 30,
        address: Address {
            city: "Oslo".to_owned(),
        },
    }
}

fn homeless(id: u64) -> User {
    let mut user = user(id);
    user.address.city.clear();
    user
}

fn panicking(id: u64) -> User {
    User { age: 255, ..user(id) }
}

fn open() -> Database {
    Small::default().open::<(User,)>().unwrap()
}

fn value(db: &Database, user: &User) -> Value {
    let json = serde_json::json!({
        "id": user.id, "mail": user.mail, "age": user.age, "address": { "city": user.address.city }
    });
    db.table("users").unwrap().from_json(&json).unwrap()
}

fn assert_invalid(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    let text = "row 1 of table users is not valid: address.city: is empty";
    assert_eq!(error.to_string(), text);
    assert_eq!(
        error.field_errors(),
        [FieldError::new("address.city", "is empty")]
    );
}

#[test]
fn no_way_to_write_lets_an_invalid_row_in() {
    let db = open();
    let users = db.collection::<User>();
    let values = db.table("users").unwrap();
    let row = homeless(1);
    let written = value(&db, &row);
    let refusals = [
        users.insert(&row),
        users.put(&row),
        values.insert(&written),
        values.put(&written),
        db.write(|tx| tx.collection::<User>().insert(&row)),
        db.write(|tx| tx.collection::<User>().put(&row)),
        db.write(|tx| tx.table("users")?.insert(&written)),
        db.write(|tx| tx.table("users")?.put(&written)),
    ];
    for refused in refusals {
        assert_invalid(&refused.unwrap_err());
    }
    assert!(users.is_empty().unwrap());
    users.insert(&user(1)).unwrap();
    users.insert(&user(2)).unwrap();
    let leave = |user: &mut User| user.address.city.clear();
    let move_and_leave = |user: &mut User| *user = homeless(1);
    let refusals = [
        users.update(&1, leave).map(drop),
        users.put(&row),
        db.write(|tx| tx.collection::<User>().update(&1, leave).map(drop)),
        db.write(|tx| {
            tx.collection::<User>().delete(&1)?;
            tx.collection::<User>().update(&2, move_and_leave).map(drop)
        }),
    ];
    for refused in refusals {
        assert_invalid(&refused.unwrap_err());
    }
    assert_eq!(all::<User>(&db), [user(1), user(2)]);
    verify(&db);
}

#[test]
fn all_fields_that_are_wrong_are_named() {
    let row = User {
        mail: "nowhere".to_owned(),
        ..homeless(7)
    };
    let error = open().collection::<User>().insert(&row).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 7 of table users is not valid: mail: has no @; address.city: is empty"
    );
    assert_eq!(error.field_errors().len(), 2);
}

#[test]
fn an_error_that_is_swallowed_leaves_nothing_of_its_row() {
    let db = open();
    let users = db.collection::<User>();
    users.insert(&user(1)).unwrap();
    db.write(|tx| {
        let users = tx.collection::<User>();
        users.insert(&user(2))?;
        users.put(&homeless(1)).unwrap_err();
        users.insert(&homeless(3)).unwrap_err();
        let moved = |row: &mut User| *row = homeless(4);
        users.update(&2, moved).unwrap_err();
        assert_eq!(users.get(&1)?, Some(user(1)));
        assert_eq!(users.get(&2)?, Some(user(2)));
        assert_eq!(users.get(&3)?, None);
        Ok(())
    })
    .unwrap();
    assert_eq!(all::<User>(&db), [user(1), user(2)]);
    verify(&db);
}

#[test]
fn a_validator_that_panics_leaves_no_trace() {
    let db = open();
    let users = db.collection::<User>();
    users.insert(&user(1)).unwrap();
    let text = "panicked at row 2 of table users: no such age";
    let error = users.insert(&panicking(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
    assert!(error.to_string().ends_with(text), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("the function of `validate_with` of stores::validation::User"),
        "{error}"
    );
    let dynamic = db.table("users").unwrap().put(&value(&db, &panicking(2)));
    assert!(dynamic.unwrap_err().to_string().ends_with(text));
    // Nobody knows what a function that panicked leaves behind: even if the error is swallowed, nothing is committed.
    let swallowed = db.write(|tx| {
        tx.collection::<User>().delete(&1)?;
        tx.collection::<User>().insert(&panicking(2)).unwrap_err();
        tx.collection::<User>().insert(&user(3))
    });
    let error = swallowed.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
    assert!(
        error
            .to_string()
            .starts_with("the transaction can't be committed: ")
            && error.to_string().ends_with(text),
        "{error}"
    );
    assert_eq!(all::<User>(&db), [user(1)]);
    // The next writer is not affected.
    users.insert(&user(3)).unwrap();
    verify(&db);
}

macro_rules! other_answers {
    ($($name:ident $answer:ident: $problem:ty = $value:expr => $text:expr, $path:expr;)*) => { $(
        #[derive(QuantaEntity, Debug)]
        #[quanta(table = "rows", register = false, validate_with = "Self::check")]
        struct $name { #[quanta(id)] id: u64 }

        impl $name {
            fn check(&self) -> Result<(), $problem> {
                if self.id == 0 { Ok(()) } else { Err($value) }
            }
        }

        #[test]
        fn $answer() {
            let db = Small::default().open::<($name,)>().unwrap();
            db.collection::<$name>().insert(&$name { id: 0 }).unwrap();
            let error = db.collection::<$name>().insert(&$name { id: 1 }).unwrap_err();
            assert_eq!(error.to_string(), format!("row 1 of table rows is not valid: {}", $text));
            let paths: Vec<&str> = error.field_errors().iter().map(|field| field.path.as_str()).collect();
            let expected: &[&str] = &$path;
            assert_eq!(paths, expected);
        }
    )* };
}

other_answers! {
    Text an_answer_may_be_a_text: &'static str = "it is odd" => "it is odd", [""];
    Owned an_answer_may_be_an_owned_text: String = format!("{} is odd", 1) => "1 is odd", [""];
    Fault an_answer_may_be_any_error: std::num::ParseIntError = "x".parse::<u8>().unwrap_err()
        => "invalid digit found in string", [""];
    Single an_answer_may_be_one_field: FieldError = FieldError::new("id", "is odd") => "id: is odd", ["id"];
    Nothing an_answer_may_give_no_reason: Vec<FieldError> = Vec::new() => "the validator gives no reason", [];
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "people", register = false)]
struct Loose {
    #[quanta(id)]
    id: u64,
    age: u8,
    gone: bool,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "people", register = false, validate_with = adult)]
struct Strict {
    #[quanta(id)]
    id: u64,
    age: u8,
}

static ASKED: AtomicU64 = AtomicU64::new(0);

fn adult(person: &Strict) -> Result<(), &'static str> {
    ASKED.fetch_add(1, Ordering::Relaxed);
    if person.age < 18 {
        Err("is no adult")
    } else {
        Ok(())
    }
}

#[test]
fn only_writes_of_the_present_shape_are_validated() {
    let engine = Small::default();
    let db = engine.open::<(Loose,)>().unwrap();
    for (id, age) in [(1, 3), (2, 30)] {
        let gone = true;
        db.collection::<Loose>().insert(&Loose { id, age, gone }).unwrap();
    }
    drop(db);
    // What is there stays, whatever it is: reads, the change and the sweep ask nobody.
    let db = engine.open::<(Strict,)>().unwrap();
    assert_eq!(all::<Strict>(&db).len(), 2);
    db.sweep().wait().unwrap();
    let people = db.collection::<Strict>();
    assert_eq!(ASKED.load(Ordering::Relaxed), 0);
    people.update(&1, |person| person.age += 1).unwrap_err();
    people.update(&1, |person| person.age = 18).unwrap();
    people.delete(&2).unwrap();
    assert_eq!(ASKED.load(Ordering::Relaxed), 2);
    drop((db, people));
    // A program without the entity has nobody to ask.
    let db = engine.open::<()>().unwrap();
    let table = db.table("people").unwrap();
    let child = table
        .from_json(&serde_json::json!({ "id": 3, "age": 3 }))
        .unwrap();
    table.put(&child).unwrap();
    assert_eq!(ASKED.load(Ordering::Relaxed), 2);
    // Once it uses the entity, it has.
    let strict = db.collection::<Strict>();
    assert_eq!(strict.len().unwrap(), 2);
    table.put(&child).unwrap_err();
    assert_eq!(ASKED.load(Ordering::Relaxed), 3);
    db.rollback(1).unwrap();
    // Of another shape of the table, it has nothing to say.
    let db = engine.open::<(Loose,)>().unwrap();
    let gone = true;
    db.collection::<Loose>()
        .put(&Loose { id: 4, age: 3, gone })
        .unwrap();
    assert_eq!(ASKED.load(Ordering::Relaxed), 3);
}
