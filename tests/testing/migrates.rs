//! `assert_migrates!`: what holds of good migrations, and what is said of bad ones.

use quantadb::testing::{Failure, Migrations, assert_migrates, migrations};
use quantadb::{Options, QuantaEntity};

use crate::locks::{fails, has, lock, table, users, version};

#[derive(QuantaEntity)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(renamed_from = "nick")]
    name: String,
    age: u16,
}

/// A history with a rename and a widening.
fn history() -> String {
    let first = users("1.0", "nick: string, age: u8");
    let second = version(
        "1.1",
        &table("users", "name: string, age: u8"),
        r#""renamed_fields": {"users": {"nick": "name"}}"#,
    );
    lock(&format!("{first}, {second}"))
}

#[test]
fn n6_good_migrations_pass() -> Result<(), Failure> {
    assert_migrates!(history(), entities(User));
    assert_migrates!(history(), entities(User), from = "1.1", rows = 5, seed = 3);
    assert_migrates!(
        history(),
        program = || Options::new().entities::<(User,)>().history(history())
    );
    // The same by hand: what a test gives back is shown if it fails.
    migrations!(history(), entities(User,), from = "1.0", from = "1.1",).migrate()?;
    Migrations::of(history(), || Options::new().entities::<(User,)>()).migrate()
}

#[test]
fn n6_a_rename_that_nobody_declared_is_told_with_the_plan() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct User {
        #[quanta(id)]
        id: u64,
        name: String,
        age: u8,
    }
    let text = fails(|| assert_migrates!(history(), entities(User)));
    let parts = [
        "release 1.0, as the program opens it: the store can't be opened",
        "renamed_from = \"nick\"",
        "the plan:",
        "users",
    ];
    has(&text, &parts);
    // Along the lock, which says it, there is nothing to ask.
    let along = || Options::new().entities::<(User,)>().history(history());
    migrations!(history(), program = along).migrate().unwrap();
}

#[test]
fn n6_rows_that_do_not_fit_are_told() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct User {
        #[quanta(id)]
        id: u64,
        age: u8,
    }
    let text = lock(&users("1", "age: string"));
    let told = fails(|| assert_migrates!(text.clone(), entities(User)));
    has(&told, &["release 1", "users.age", "the plan:"]);
    let numbers = migrations!(text, entities(User)).with("users", |row| row.set("age", "36"));
    numbers.migrate().unwrap();
}

#[test]
fn n6_rows_that_are_taken_out_are_told_unless_that_is_meant() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false, on_failure(index(mails) = "drop_row"), unique(name = "mails", fields(mail)))]
    struct User {
        #[quanta(id)]
        id: u64,
        mail: u8,
    }
    let text = lock(&users("1", "mail: u8"));
    let same = |row: &mut quantadb::Value| row.set("mail", 1_u8);
    let told = migrations!(text.clone(), entities(User), rows = 20).with("users", same);
    let told = told.migrate().unwrap_err();
    assert_eq!(
        told.problem(),
        "users: 19 of 20 rows are taken out; if that is meant, say so: `taking_out = \"users\"`"
    );
    has(told.plan(), &["users"]);
    let meant = migrations!(text, entities(User), rows = 20, taking_out = "users").with("users", same);
    meant.migrate().unwrap();
}

#[test]
fn n6_a_default_that_takes_the_place_of_rows_is_told() {
    // The key is a new field, and every row gets the same value.
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false, on_failure(key = "drop_row"))]
    struct User {
        id: u64,
        #[quanta(id, default = 1)]
        number: u32,
    }
    let text = lock(&users("1", ""));
    let told = migrations!(text, entities(User), rows = 20)
        .migrate()
        .unwrap_err();
    has(told.problem(), &["users: 19 of 20 rows are taken out"]);
}

#[test]
fn n6_a_table_that_is_dropped_is_told() {
    let text = lock(&version(
        "1",
        &[table("users", "nick: string, age: u8"), table("logs", "")].join(", "),
        "",
    ));
    let program = || Options::new().entities::<(User,)>().drop_table("logs");
    let told = migrations!(text.clone(), program = program)
        .migrate()
        .unwrap_err();
    has(told.problem(), &["logs: the table is dropped with 100 rows"]);
    migrations!(text.clone(), program = program, taking_out = "logs")
        .migrate()
        .unwrap();
    // Without an entity, it stays as it is.
    assert_migrates!(text, entities(User));
}

#[test]
fn n6_rows_that_are_no_rows_of_the_entity_are_told_with_their_keys() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct User {
        #[quanta(id)]
        id: u64,
        #[quanta(serde = "point")]
        place: (i32, i32),
    }
    let text = lock(&users("1", "place: opaque(point)"));
    let told = migrations!(text.clone(), entities(User)).migrate().unwrap_err();
    has(told.problem(), &["users, row ", "it is no ", "User: "]);
    let json = r#"{"id": 7, "place": [1, 2]}"#.to_owned();
    let fill = move |db: &quantadb::Database| {
        let users = db.table("users")?;
        users.insert(&users.from_json(&serde_json::from_str(&json).unwrap())?)
    };
    migrations!(text, entities(User), rows = 0, fill = fill)
        .migrate()
        .unwrap();
}

#[test]
fn n6_a_program_that_is_older_than_a_release_is_told() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct User {
        #[quanta(id)]
        id: u64,
        kind: Kind,
    }
    #[derive(quantadb::QuantaType)]
    enum Kind {
        Guest,
        Member,
    }
    let text = lock(&users("1", "name: string"));
    // No value of an enum is the natural one.
    let told = fails(|| assert_migrates!(text, entities(User)));
    has(
        &told,
        &[
            "release 1, as the program opens it: the store can't be opened",
            "kind",
        ],
    );
    let _ = [Kind::Guest, Kind::Member].len();
}

#[test]
fn n6_a_function_that_fails_or_writes_other_values_is_told() {
    fn shout(_: &quantadb::OldRow<'_>) -> Result<String, String> {
        Err("out of breath".to_owned())
    }
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct User {
        #[quanta(id)]
        id: u64,
        nick: String,
        #[quanta(init_with = shout)]
        shout: String,
    }
    let text = lock(&users("1", "nick: string"));
    let told = migrations!(text, entities(User)).migrate().unwrap_err();
    has(&told.to_string(), &["release 1", "out of breath"]);
}

#[test]
fn n6_a_text_that_is_no_lock_is_told() {
    let told = fails(|| assert_migrates!("quanta.lock", entities(User)));
    has(&told, &["the text is no lock"]);
    let told = fails(|| assert_migrates!(history(), entities(User), from = "7"));
    has(
        &told,
        &["release 7: the store can't be made: the lock has no release 7: it has 1.0, 1.1"],
    );
}
