//! `set` and `delete`: which rows they mean, and how every row comes back.

use quantadb::{QuantaEntity, Value};

use super::{plain, rows};
use crate::support::{Small, filled, verify};

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u32,
    #[quanta(index)]
    plan: String,
    age: u32,
    note: Option<String>,
}

fn store() -> Small {
    let users: Vec<User> = (1..=6)
        .map(|id| User {
            id,
            plan: if id % 2 == 0 { "free" } else { "paid" }.into(),
            age: id * 10,
            note: None,
        })
        .collect();
    filled(&users)
}

fn user(id: u32, plan: &str, age: u32, note: &str) -> String {
    format!("{{age: {age}, id: {id}, note: {note}, plan: \"{plan}\"}}")
}

const PROMOTE: &str = r#"
    [[up]]
    step = "set"
    table = "users"
    values = { plan = "paid", note = "promoted" }
    where = "plan = 'free' and age >= 40"
"#;

fn quoted(text: &str) -> String {
    text.replace('\'', "\\\"")
}

#[test]
fn rows_that_a_filter_means_are_set_and_come_back() {
    let engine = store();
    let before = rows(&engine.open::<()>().unwrap(), "users");
    let text = quoted(PROMOTE);
    let texts = [("promote", text.as_str())];
    let db = plain(&engine, &texts).open("memory").unwrap();
    let expected = [
        user(1, "paid", 10, "none"),
        user(2, "free", 20, "none"),
        user(3, "paid", 30, "none"),
        user(4, "paid", 40, "\"promoted\""),
        user(5, "paid", 50, "none"),
        user(6, "paid", 60, "\"promoted\""),
    ];
    assert_eq!(rows(&db, "users"), expected);
    let plan = &db.open_report().plan.files[0].plan;
    assert_eq!(plan.tables[0].losses[0].rows, Some(2), "{plan}");
    let free = db
        .table("users")
        .unwrap()
        .query()
        .filter("plan = \"free\"")
        .count()
        .unwrap();
    assert_eq!(free, 1);
    verify(&db);
    drop(db);
    // One row that was set is changed since, and one that was not.
    let db = engine.open::<()>().unwrap();
    let users = db.table("users").unwrap();
    for (id, age) in [(6, 61), (1, 11)] {
        let mut row = users.get(&Value::from(id)).unwrap().unwrap();
        let Value::Struct(fields) = &mut row else {
            panic!("it is a row")
        };
        fields.insert("age".into(), Value::from(age));
        users.put(&row).unwrap();
    }
    db.rollback(1).unwrap();
    let db = engine.open::<()>().unwrap();
    let mut expected = before;
    expected[0] = user(1, "paid", 11, "none");
    // What was changed since stays as it is.
    expected[5] = user(6, "paid", 61, "\"promoted\"");
    assert_eq!(rows(&db, "users"), expected);
    verify(&db);
}

#[test]
fn what_was_changed_since_is_set_on_the_way_back_as_the_file_says() {
    let engine = store();
    let text = quoted(PROMOTE)
        + &quoted(
            "\n[[down]]\nstep = \"set\"\ntable = \"users\"\nvalues = { plan = \"free\" }\nwhere = \"note = 'promoted'\"",
        );
    let db = plain(&engine, &[("promote", text.as_str())])
        .open("memory")
        .unwrap();
    let users = db.table("users").unwrap();
    users
        .put(&Value::from([
            ("id", 6_u32.into()),
            ("plan", "paid".into()),
            ("age", 1_u32.into()),
            ("note", Some("promoted".to_owned()).into()),
        ]))
        .unwrap();
    drop(users);
    db.rollback(1).unwrap();
    let db = engine.open::<()>().unwrap();
    assert_eq!(rows(&db, "users")[5], user(6, "free", 1, "\"promoted\""));
    assert_eq!(rows(&db, "users")[3], user(4, "free", 40, "none"));
}

#[test]
fn rows_that_are_deleted_are_kept_and_come_back() {
    let engine = store();
    let before = rows(&engine.open::<()>().unwrap(), "users");
    let text = "up = [{ step = \"delete\", table = \"users\", where = \"age > 40\" }]";
    let texts = [("old", text)];
    let db = plain(&engine, &texts).open("memory").unwrap();
    assert_eq!(rows(&db, "users"), before[..4]);
    assert_eq!(db.open_report().plan.files[0].plan.tables[0].rows_dropped, 2);
    verify(&db);
    db.rollback(1).unwrap();
    assert_eq!(rows(&engine.open::<()>().unwrap(), "users"), before);
    let db = plain(&engine, &texts).release_hold().open("memory").unwrap();
    assert_eq!(rows(&db, "users"), before[..4]);
    verify(&db);
}

#[test]
fn all_rows_are_meant_without_a_filter() {
    let engine = store();
    let before = rows(&engine.open::<()>().unwrap(), "users");
    let texts = [(
        "all",
        "up = [{ step = \"set\", table = \"users\", values = { age = 1 } }]",
    )];
    let db = plain(&engine, &texts).open("memory").unwrap();
    assert!(rows(&db, "users").iter().all(|row| row.starts_with("{age: 1,")));
    db.rollback(1).unwrap();
    assert_eq!(rows(&engine.open::<()>().unwrap(), "users"), before);
}

/// The shape changes first: filters and values are of what it is then.
#[test]
fn rows_change_behind_the_tables() {
    let engine = store();
    let text = r#"
        up = [
            { step = "add_field", table = "users", field = "vip", type = "bool" },
            { step = "drop_field", table = "users", field = "note" },
            { step = "set", table = "users", values = { vip = true }, where = "age > 50" },
        ]
    "#;
    let before = rows(&engine.open::<()>().unwrap(), "users");
    let db = plain(&engine, &[("vip", text)]).open("memory").unwrap();
    assert_eq!(
        rows(&db, "users")[5],
        "{age: 60, id: 6, plan: \"free\", vip: true}"
    );
    assert_eq!(
        rows(&db, "users")[0],
        "{age: 10, id: 1, plan: \"paid\", vip: false}"
    );
    verify(&db);
    db.rollback(1).unwrap();
    assert_eq!(rows(&engine.open::<()>().unwrap(), "users"), before);
}

/// A file that was taken back may say something else: rows that are written later follow what was recorded then.
#[test]
fn two_texts_of_one_file_are_two_edits() {
    let engine = store();
    let set =
        |age: u32| format!("up = [{{ step = \"set\", table = \"users\", values = {{ age = {age} }} }}]");
    let (first, second) = (set(100), set(200));
    let db = plain(&engine, &[("f", &first)]).open("memory").unwrap();
    assert_eq!(db.rollback(1).unwrap().revision, 1);
    let db = plain(&engine, &[("f", &second)])
        .release_hold()
        .open("memory")
        .unwrap();
    let users = db.table("users").unwrap();
    users
        .insert(&Value::from([
            ("id", 9_u32.into()),
            ("plan", "free".into()),
            ("age", 9_u32.into()),
            ("note", None::<String>.into()),
        ]))
        .unwrap();
    drop(users);
    db.migrate_to(2).unwrap();
    let db = engine.open::<()>().unwrap();
    let all = rows(&db, "users");
    assert!(all.iter().all(|row| row.starts_with("{age: 100,")), "{all:#?}");
    verify(&db);
    drop(db);
    // It stands where the first text led, so the second one is a change.
    let state = |text: &str| {
        plain(&engine, &[("f", text)])
            .files_status("memory")
            .unwrap()
            .files
            .remove(0)
            .state
    };
    assert_eq!(state(&first).name(), "applied");
    assert_eq!(state(&second).name(), "changed");
}

/// A dry run of the way back foresees that a row which would come back has a value that another one has by now.
#[test]
fn rows_that_can_not_come_back_are_foreseen() {
    #[derive(QuantaEntity, Debug, Clone)]
    #[quanta(table = "users", register = false)]
    struct Named {
        #[quanta(id)]
        id: u32,
        #[quanta(unique)]
        nick: String,
    }
    let named = |id: u32, nick: &str| Named {
        id,
        nick: nick.into(),
    };
    let engine = filled(&[named(1, "ada"), named(2, "alan")]);
    let text = "up = [{ step = \"delete\", table = \"users\", where = \"id = 2\" }]";
    let db = plain(&engine, &[("gone", text)]).open("memory").unwrap();
    let row = Value::from([("id", 3_u32.into()), ("nick", "alan".into())]);
    db.table("users").unwrap().insert(&row).unwrap();
    let plan = db.plan_travel(&quantadb::Destination::Back(1)).unwrap();
    let before = engine.digest();
    let refused = db.rollback(1);
    assert_eq!(plan.refusals.is_empty(), refused.is_ok(), "{plan}\n{refused:?}");
    if refused.is_err() {
        assert_eq!(engine.digest(), before);
    }
}

#[quantadb::migration]
fn shout(mut user: User) -> User {
    user.plan = user.plan.to_uppercase();
    user
}

#[derive(QuantaEntity, Debug, PartialEq)]
#[quanta(table = "plans", register = false, new)]
struct Plan {
    #[quanta(id)]
    name: String,
    users: u64,
}

#[quantadb::migration(reads("users"), writes("plans"), irreversible)]
fn count_plans(tables: &mut quantadb::MigrationTables<'_>) -> quantadb::Result<()> {
    for user in tables.rows_of_values("users")? {
        let name = user?
            .get("plan")
            .and_then(|plan| plan.as_str().map(str::to_owned));
        let name = name.unwrap_or_default();
        let users = tables.get::<Plan>(&name)?.map_or(0, |plan| plan.users);
        tables.put(&Plan {
            name,
            users: users + 1,
        })?;
    }
    Ok(())
}

/// Functions of the program run as a step of a file, over rows and over whole tables.
#[test]
fn functions_of_the_program_run_with_a_file() {
    let engine = store();
    let before = rows(&engine.open::<()>().unwrap(), "users");
    let texts = [("loud", "up = [{ step = \"run\", migration = \"shout\" }]")];
    let options = || {
        let options = engine.options::<(User,)>().migration::<shout>();
        options.migration_files(super::files(&texts)).reviewed()
    };
    let db = options().open("memory").unwrap();
    assert!(
        rows(&db, "users")
            .iter()
            .all(|row| row.contains("\"PAID\"") || row.contains("\"FREE\""))
    );
    let records = db.history().unwrap().records;
    let last = records.last().unwrap();
    assert_eq!(
        (records.len(), last.migrations.as_slice()),
        (2, ["shout".to_owned()].as_slice())
    );
    assert_eq!(last.file.as_ref().unwrap().id, "loud");
    verify(&db);
    drop(db);
    let db = options().open("memory").unwrap();
    assert!(db.open_report().plan.is_empty());
    db.rollback(1).unwrap();
    assert_eq!(rows(&engine.open::<()>().unwrap(), "users"), before);
}

#[test]
fn functions_over_whole_tables_run_with_a_file() {
    let engine = store();
    let create = "create_table\", table = \"plans\", key = [\"name\"], fields = [{ name = \"name\", type = \"string\" }, { name = \"users\", type = \"u64\" }]";
    let text = format!("up = [{{ step = \"{create} }}, {{ step = \"run\", migration = \"count_plans\" }}]");
    let options = engine.options::<(User, Plan)>().migration::<count_plans>();
    let db = options
        .migration_files(super::files(&[("plans", &text)]))
        .open("memory")
        .unwrap();
    assert_eq!(
        rows(&db, "plans"),
        ["{name: \"free\", users: 3}", "{name: \"paid\", users: 3}"]
    );
    verify(&db);
}
