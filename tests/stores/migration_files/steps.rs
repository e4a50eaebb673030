//! Every step of a file: the table afterwards, its rows, and both as before once it is taken back.

use quantadb::{QuantaEntity, QuantaType};

use super::{plain, rows};
use crate::support::{Small, filled, verify};

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u32,
    #[quanta(index)]
    nick: String,
    age: i64,
    #[quanta(default = 5)]
    level: u8,
    home: Address,
    shape: Shape,
}

#[derive(QuantaType, Debug, Clone)]
struct Address {
    town: String,
    zip: u32,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Shape {
    Dot,
    Circle { radius: u8 },
}

fn store() -> Small {
    let user = |id, nick: &str, age, shape| User {
        id,
        nick: nick.into(),
        age,
        level: 1,
        home: Address {
            town: "Oslo".into(),
            zip: 150,
        },
        shape,
    };
    filled(&[
        user(1, "ada", 36, Shape::Dot),
        user(2, "alan", 300, Shape::Circle { radius: 3 }),
    ])
}

/// Runs `up`, checks what became of the table, and takes it back; then once more.
fn check(up: &str, table: &str, expected: &[&str]) {
    let engine = store();
    let before = rows(&engine.open::<()>().unwrap(), "users");
    let texts = [("20260101_000000_change", up)];
    let db = plain(&engine, &texts)
        .open("memory")
        .unwrap_or_else(|error| panic!("{up}\n{error}"));
    assert_eq!(db.open_report().plan.files.len(), 1, "{up}");
    let after = rows(&db, table);
    assert_eq!(after, expected, "{up}");
    verify(&db);
    let report = db.rollback(1).unwrap();
    assert_eq!(report.revision, 1);
    let db = engine.open::<()>().unwrap();
    assert_eq!(rows(&db, "users"), before, "{up}");
    verify(&db);
    let db = plain(&engine, &texts).release_hold().open("memory").unwrap();
    assert_eq!(rows(&db, table), expected, "{up}, once more");
    verify(&db);
}

const ADA: &str = "age: 36, home: {town: \"Oslo\", zip: 150}, id: 1, level: 1, nick: \"ada\", shape: Dot";
const ALAN: &str =
    "age: 300, home: {town: \"Oslo\", zip: 150}, id: 2, level: 1, nick: \"alan\", shape: Circle {radius: 3}";

fn both(change: impl Fn(&str) -> String) -> Vec<String> {
    [ADA, ALAN].map(|row| format!("{{{}}}", change(row))).to_vec()
}

fn check_both(up: &str, change: impl Fn(&str) -> String) {
    let expected = both(change);
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check(up, "users", &expected);
}

#[test]
fn fields_come_and_go() {
    let mail = "[[up]]\nstep = \"add_field\"\ntable = \"users\"\nfield = \"mail\"\ntype = \"string\"\ndefault = \"none\"";
    check_both(mail, |row| row.replace("nick", "mail: \"none\", nick"));
    let natural =
        "up = [{ step = \"add_field\", table = \"users\", field = \"mail\", type = \"option<string>\" }]";
    check_both(natural, |row| row.replace("nick", "mail: none, nick"));
    let nested = "up = [{ step = \"add_field\", table = \"users\", field = \"home.country\", type = \"string\", default = \"NO\" }]";
    check_both(nested, |row| row.replace("{town", "{country: \"NO\", town"));
    check_both(
        "up = [{ step = \"drop_field\", table = \"users\", field = \"age\" }]",
        |row| row.replace("age: 36, ", "").replace("age: 300, ", ""),
    );
    check_both(
        "up = [{ step = \"drop_field\", table = \"users\", field = \"home.zip\" }]",
        |row| row.replace(", zip: 150", ""),
    );
}

#[test]
fn names_and_types_change() {
    check_both(
        "up = [{ step = \"rename_field\", table = \"users\", field = \"nick\", to = \"handle\" }]",
        |row| {
            let (rest, nick) = row.split_once(", level: 1, nick: ").unwrap();
            let (nick, shape) = nick.split_once(", ").unwrap();
            rest.replace("home:", &format!("handle: {nick}, home:")) + ", level: 1, " + shape
        },
    );
    check_both(
        "up = [{ step = \"rename_field\", table = \"users\", field = \"home.town\", to = \"city\" }]",
        |row| row.replace("town", "city"),
    );
    check_both(
        "up = [{ step = \"change_type\", table = \"users\", field = \"age\", type = \"i128\" }]",
        str::to_owned,
    );
    check_both(
        "up = [{ step = \"change_type\", table = \"users\", field = \"age\", type = \"u8\", on_failure = \"default\" }]",
        |row| row.replace("300", "0"),
    );
    check_both(
        "up = [{ step = \"rename_variant\", table = \"users\", variant = \"shape::Dot\", to = \"Point\" }]",
        |row| row.replace("Dot", "Point"),
    );
    check_both(
        "up = [{ step = \"add_variant\", table = \"users\", variant = \"shape::Line\", type = \"tuple<u8>\" }]",
        str::to_owned,
    );
    let gone = "up = [{ step = \"drop_variant\", table = \"users\", variant = \"shape::Circle\", becomes = \"Dot\" }]";
    check_both(gone, |row| row.replace("Circle {radius: 3}", "Dot"));
}

#[test]
fn objects_change() {
    check_both(
        "up = [{ step = \"drop_index\", table = \"users\", name = \"users_nick\" }]",
        str::to_owned,
    );
    let unique = "up = [{ step = \"add_index\", table = \"users\", name = \"by_age\", fields = [\"age\", \"nick desc\"], unique = true }]";
    check_both(unique, str::to_owned);
    check_both(
        "up = [{ step = \"rename_index\", table = \"users\", name = \"users_nick\", to = \"nicks\" }]",
        str::to_owned,
    );
    check_both(
        "up = [{ step = \"set_default\", table = \"users\", field = \"level\", default = 7 }]",
        str::to_owned,
    );
    check_both(
        "up = [{ step = \"change_key\", table = \"users\", key = [\"nick\"] }]",
        str::to_owned,
    );
    let kept = both(str::to_owned);
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    check(
        "up = [{ step = \"rename_table\", table = \"users\", to = \"people\" }]",
        "people",
        &kept,
    );
    let created = r#"
        [[up]]
        step = "create_table"
        table = "tags"
        key = ["id"]
        fields = [{ name = "id", type = "u64" }, { name = "user", type = "u32" }]
        references = [{ fields = ["user"], table = "users", to = ["id"], on_delete = "cascade" }]
    "#;
    check(created, "tags", &[]);
}

#[test]
fn several_steps_are_one_change() {
    let swap = r#"
        up = [
            { step = "rename_field", table = "users", field = "home.town", to = "place" },
            { step = "add_field", table = "users", field = "home.town", type = "u8", default = 9 },
            { step = "rename_table", table = "users", to = "people" },
        ]
    "#;
    let swap = swap.replace("table = \"users\", field", "table = \"people\", field");
    let expected = both(|row| row.replace("town: \"Oslo\"", "place: \"Oslo\", town: 9"));
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check(&swap, "people", &expected);
}

#[test]
fn a_dropped_table_comes_back() {
    let engine = store();
    let before = rows(&engine.open::<()>().unwrap(), "users");
    let texts = [("one", "up = [{ step = \"drop_table\", table = \"users\" }]")];
    let db = plain(&engine, &texts).open("memory").unwrap();
    assert!(db.table("users").is_err());
    db.rollback(1).unwrap();
    assert_eq!(rows(&engine.open::<()>().unwrap(), "users"), before);
}

#[test]
fn a_name_that_goes_back_and_forth_keeps_its_values() {
    let engine = store();
    let rename = |from: &str, to: &str| {
        format!("up = [{{ step = \"rename_field\", table = \"users\", field = \"{from}\", to = \"{to}\" }}]")
    };
    let texts = [
        rename("nick", "handle"),
        rename("handle", "nick"),
        rename("nick", "handle"),
        rename("handle", "nick"),
    ];
    let before = rows(&engine.open::<()>().unwrap(), "users");
    let texts = [
        ("1", texts[0].as_str()),
        ("2", texts[1].as_str()),
        ("3", texts[2].as_str()),
        ("4", texts[3].as_str()),
    ];
    let db = plain(&engine, &texts).open("memory").unwrap();
    assert_eq!(db.open_report().plan.files.len(), 4);
    assert_eq!(rows(&db, "users"), before);
    assert_eq!(db.open_report().revision, 5);
}

/// The entities of a program that comes later find what the files made.
#[test]
fn entities_find_what_files_lead_to() {
    #[derive(QuantaEntity, Debug, PartialEq)]
    #[quanta(table = "users", register = false)]
    struct Later {
        #[quanta(id)]
        id: u32,
        #[quanta(index, renamed_from = "nick")]
        handle: String,
        age: i64,
        #[quanta(default = 5)]
        level: u8,
        home: Address2,
        shape: Shape,
        #[quanta(default = "none")]
        mail: String,
    }
    #[derive(QuantaType, Debug, PartialEq, Clone)]
    struct Address2 {
        town: String,
        zip: u32,
    }
    let engine = store();
    let texts = [
        (
            "1",
            "up = [{ step = \"rename_field\", table = \"users\", field = \"nick\", to = \"handle\" },
               { step = \"rename_index\", table = \"users\", name = \"users_nick\", to = \"users_handle\" }]",
        ),
        (
            "2",
            "up = [{ step = \"add_field\", table = \"users\", field = \"mail\", type = \"string\", default = \"none\" }]",
        ),
    ];
    let options = engine
        .options::<(Later,)>()
        .migration_files(super::files(&texts))
        .reviewed();
    let db = options.clone().open("memory").unwrap();
    assert_eq!(db.collection::<Later>().get(&1).unwrap().unwrap().handle, "ada");
    assert_eq!(db.open_report().revision, 3, "{}", db.open_report());
    drop(db);
    let db = options.open("memory").unwrap();
    assert!(db.open_report().plan.is_empty());
    verify(&db);
}
