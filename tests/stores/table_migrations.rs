//! Guards migrations of the program's own over whole tables: split, merged, once, in order, back, and up again.

use quanta_core::HistoryDocument;
use quantadb::{Database, ErrorKind, MigrationTables, Options, QuantaEntity, Result, Value, migration};
use serde_json::json;

use crate::support::{Small, all, filled, sweep_and_check, verify};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "people", register = false)]
pub struct Person {
    #[quanta(id)]
    pub id: u32,
    pub name: String,
    pub town: String,
    pub note: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "users", register = false, new)]
pub struct User {
    #[quanta(id)]
    pub id: u32,
    pub name: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "addresses", register = false, new)]
pub struct Address {
    #[quanta(id)]
    pub user: u32,
    pub town: String,
}

#[migration(reads("people"), writes("users", "addresses"), down = join_people, tags = "shape")]
pub fn split_people(tables: &mut MigrationTables<'_>) -> Result<()> {
    for person in tables.rows::<Person>("people")? {
        let person = person?;
        tables.put(&User {
            id: person.id,
            name: person.name,
        })?;
        tables.put(&Address {
            user: person.id,
            town: person.town,
        })?;
    }
    Ok(())
}

fn join_people(tables: &mut MigrationTables<'_>) -> Result<()> {
    for user in tables.rows::<User>("users")? {
        let user = user?;
        let note = tables
            .get::<Person>(&user.id)?
            .map_or_else(String::new, |before| before.note);
        tables.put(&Person {
            id: user.id,
            name: user.name,
            town: String::new(),
            note,
        })?;
    }
    for address in tables.rows::<Address>("addresses")? {
        let address = address?;
        if let Some(mut person) = tables.get::<Person>(&address.user)? {
            person.town = address.town;
            tables.put(&person)?;
        }
    }
    Ok(())
}

pub fn person(id: u32, name: &str, town: &str) -> Person {
    Person {
        id,
        name: name.to_owned(),
        town: town.to_owned(),
        note: format!("note {id}"),
    }
}

pub fn user(id: u32, name: &str) -> User {
    User {
        id,
        name: name.to_owned(),
    }
}

pub fn address(user: u32, town: &str) -> Address {
    Address {
        user,
        town: town.to_owned(),
    }
}

pub fn people() -> Vec<Person> {
    vec![
        person(1, "Ada", "London"),
        person(2, "Bo", "Oslo"),
        person(3, "Cy", "Rome"),
    ]
}

pub fn split(engine: &Small) -> Options {
    engine
        .options::<(User, Address)>()
        .migration::<split_people>()
        .drop_table("people")
}

pub fn kinds(db: &Database) -> Vec<&'static str> {
    db.history()
        .unwrap()
        .records
        .iter()
        .map(|record| record.kind.name())
        .collect()
}

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

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "guests", register = false)]
struct Guest {
    #[quanta(id)]
    id: u32,
    nick: String,
}

#[migration(reads("people", "guests"), writes("users"), irreversible)]
fn merge(tables: &mut MigrationTables<'_>) -> Result<()> {
    for person in tables.rows::<Person>("people")? {
        let person = person?;
        tables.insert(&User {
            id: person.id,
            name: person.name,
        })?;
    }
    for guest in tables.rows::<Guest>("guests")? {
        let guest = guest?;
        match tables.get::<User>(&guest.id)? {
            Some(known) => tables.put(&User {
                name: format!("{} ({})", known.name, guest.nick),
                ..known
            })?,
            None => tables.insert(&User {
                id: guest.id,
                name: guest.nick,
            })?,
        }
    }
    assert!(tables.remove::<User>(&1)?);
    assert!(!tables.remove::<User>(&1)?);
    Ok(())
}

#[test]
fn two_tables_become_one() {
    let engine = Small::default();
    let db = engine.open::<(Person, Guest, User)>().unwrap();
    people()
        .iter()
        .for_each(|row| db.collection::<Person>().insert(row).unwrap());
    for (id, nick) in [(2, "bobby"), (9, "zed")] {
        db.collection::<Guest>()
            .insert(&Guest {
                id,
                nick: nick.to_owned(),
            })
            .unwrap();
    }
    db.collection::<User>().insert(&user(5, "Eve")).unwrap();
    drop(db);
    let options = || engine.options::<(User,)>().migration::<merge>();
    let db = options()
        .drop_table("people")
        .drop_table("guests")
        .open("")
        .unwrap();
    let merged = [
        user(2, "Bo (bobby)"),
        user(3, "Cy"),
        user(5, "Eve"),
        user(9, "zed"),
    ];
    assert_eq!(all::<User>(&db), merged);
    sweep_and_check(&db, &engine);
    drop(db);
    let before = engine.digest();
    let error = options().open("").unwrap().rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(
        error
            .to_string()
            .contains("merge can't be taken back: it is declared irreversible"),
        "{error}"
    );
    assert_eq!(engine.digest(), before);
}

/// Rows that were never rewritten are read as they would be by now.
#[test]
fn rows_of_earlier_versions_are_read_at_the_stored_one() {
    #[derive(QuantaEntity)]
    #[quanta(table = "people", register = false)]
    struct Earlier {
        #[quanta(id)]
        id: u16,
        called: String,
        town: String,
    }
    #[derive(QuantaEntity)]
    #[quanta(table = "people", register = false)]
    struct Later {
        #[quanta(id)]
        id: u32,
        #[quanta(renamed_from = "called")]
        name: String,
        town: String,
        #[quanta(default = "none")]
        note: String,
    }
    let engine = Small::default();
    let db = engine.open::<(Earlier,)>().unwrap();
    for (id, name) in [(1, "Ada"), (2, "Bo")] {
        let row = Earlier {
            id,
            called: name.to_owned(),
            town: "Oslo".to_owned(),
        };
        db.collection::<Earlier>().insert(&row).unwrap();
    }
    drop(db);
    drop(engine.open::<(Later,)>().unwrap());
    let db = split(&engine).open("").unwrap();
    assert_eq!(all::<User>(&db), [user(1, "Ada"), user(2, "Bo")]);
    verify(&db);
}

#[migration(reads("people"), writes("users"), down = back_as_values, tags("slow"))]
fn split_as_values(tables: &mut MigrationTables<'_>) -> std::result::Result<(), String> {
    let text = |error: quantadb::Error| error.to_string();
    for person in tables.rows_of_values("people").map_err(text)? {
        let person = person.map_err(text)?;
        let (id, name) = (
            person.get("id").ok_or("no id")?.clone(),
            person.get("name").ok_or("no name")?.clone(),
        );
        let row = Value::Struct([("id".to_owned(), id.clone()), ("name".to_owned(), name)].into());
        tables.insert_value("users", &row).map_err(text)?;
        if tables.get_value("users", &id).map_err(text)?.as_ref() != Some(&row) {
            return Err("what was written isn't there".to_owned());
        }
    }
    tables.remove_value("users", &Value::from(2_u32)).map_err(text)?;
    Ok(())
}

fn back_as_values(_: &mut MigrationTables<'_>) -> Result<()> {
    Ok(())
}

#[test]
fn a_migration_over_values() {
    let engine = filled(&people());
    let options = || engine.options::<(Person, User)>().migration::<split_as_values>();
    let db = options().open("").unwrap();
    assert_eq!(all::<User>(&db), [user(1, "Ada"), user(3, "Cy")]);
    sweep_and_check(&db, &engine);
    db.rollback(1).unwrap();
    assert_eq!(all::<Person>(&engine.open::<(Person,)>().unwrap()), people());
}

/// What is left by its tag waits, and so does what depends on it.
#[test]
fn a_tag_leaves_migrations_for_later() {
    let engine = filled(&people());
    let options = || {
        let options = engine.options::<(Person, User, Address)>();
        options
            .migration::<split_as_values>()
            .migration::<shout>()
            .migration::<fill_after>()
    };
    for _ in 0..2 {
        let db = options().skip_tag("slow").skip_tag("loud").open("").unwrap();
        assert_eq!(all::<User>(&db), []);
        assert_eq!(all::<Person>(&db), people());
        assert_eq!(all::<Address>(&db), []);
        let mut notes = db.open_report().plan.notes.clone();
        notes.sort();
        assert_eq!(
            notes,
            [
                "people: the migration shout (loud) is left for a later open",
                "the migration fill_after () is left for a later open",
                "the migration split_as_values (slow) is left for a later open",
            ]
        );
    }
    let db = options().open("").unwrap();
    assert_eq!(all::<Person>(&db)[0].name, "ADA");
    assert_eq!(all::<User>(&db).len(), 2);
    assert_eq!(
        all::<Address>(&db),
        [address(1, "ADA"), address(2, "BO"), address(3, "CY")]
    );
}

#[migration(tags = "loud", down = whisper)]
fn shout(mut row: Person) -> Person {
    row.name = row.name.to_uppercase();
    row
}

fn whisper(mut row: Person) -> Person {
    row.name = row.name.to_lowercase();
    row
}

/// Sees names as `shout` left them, because it depends on it.
#[migration(reads("people"), writes("addresses"), irreversible, depends_on = "shout")]
fn fill_after(tables: &mut MigrationTables<'_>) -> Result<()> {
    for person in tables.rows::<Person>("people")? {
        let person = person?;
        tables.insert(&Address {
            user: person.id,
            town: person.name,
        })?;
    }
    Ok(())
}

#[migration(depends_on = "split_as_values")]
fn shout_after(row: Person) -> Person {
    row
}

#[test]
fn migrations_of_rows_and_of_tables_run_in_order() {
    let engine = filled(&people());
    let options = || engine.options::<(Person, User, Address)>();
    let db = options()
        .migration::<split_as_values>()
        .migration::<fill_after>()
        .migration::<shout>()
        .open("")
        .unwrap();
    // Without a dependency, rows are read as they were.
    assert_eq!(all::<User>(&db)[0], user(1, "Ada"));
    assert_eq!(all::<Address>(&db)[0], address(1, "ADA"));
    assert_eq!(
        db.history().unwrap().records[1].migrations,
        ["shout", "fill_after", "split_as_values"]
    );
    sweep_and_check(&db, &engine);
    let engine = filled(&people());
    let options = engine
        .options::<(Person, User)>()
        .migration::<shout_after>()
        .migration::<split_as_values>();
    let error = options.open("").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("shout_after of its rows depends on split_as_values, which is for whole"),
        "{error}"
    );
}

#[migration(reads("people"), writes("users"), irreversible)]
fn fail_at_bo(tables: &mut MigrationTables<'_>) -> std::result::Result<(), String> {
    for person in tables
        .rows::<Person>("people")
        .map_err(|error| error.to_string())?
    {
        let person = person.map_err(|error| error.to_string())?;
        if person.name == "Bo" {
            return Err("no Bo".to_owned());
        }
        tables
            .insert(&User {
                id: person.id,
                name: person.name,
            })
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

#[migration(reads("people"), writes("users"), irreversible)]
fn fall_at_cy(tables: &mut MigrationTables<'_>) -> Result<()> {
    for person in tables.rows::<Person>("people")? {
        let person = person?;
        assert!(person.name != "Cy", "not today");
        tables.insert(&User {
            id: person.id,
            name: person.name,
        })?;
    }
    Ok(())
}

#[migration(reads("people"), writes("users"), irreversible)]
fn collide(tables: &mut MigrationTables<'_>) -> Result<()> {
    for person in tables.rows::<Person>("people")? {
        tables.insert(&User {
            id: 7,
            name: person?.name,
        })?;
    }
    Ok(())
}

#[migration(reads("people"), writes("users"), irreversible)]
fn read_as_another(tables: &mut MigrationTables<'_>) -> Result<()> {
    tables.rows::<User>("people").map(drop)
}

#[migration(reads("people"), writes("users"), irreversible)]
fn write_as_another(tables: &mut MigrationTables<'_>) -> Result<()> {
    tables.put(&Strange { id: 1, nick: 7 })
}

#[migration(reads("people"), writes("users"), irreversible)]
fn read_what_is_not_declared(tables: &mut MigrationTables<'_>) -> Result<()> {
    tables.rows_of_values("users").map(drop)
}

#[migration(reads("people"), writes("users"), irreversible)]
fn write_what_is_not_declared(tables: &mut MigrationTables<'_>) -> Result<()> {
    tables.put(&person(1, "", ""))
}

#[derive(QuantaEntity)]
#[quanta(table = "users", register = false)]
struct Strange {
    #[quanta(id)]
    id: u32,
    nick: u8,
}

fn check_refused(migrated: impl FnOnce(Options) -> Options, kind: ErrorKind, expected: &[&str]) {
    let engine = filled(&people());
    let before = engine.digest();
    let error = migrated(engine.options::<(Person, User)>()).open("").unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    for text in expected {
        assert!(error.to_string().contains(text), "{error}");
    }
    assert!(error.plan().is_some());
    assert_eq!(engine.digest(), before, "{error}");
}

#[test]
fn l8_errors_and_panics_name_the_row_and_change_nothing() {
    let own = ErrorKind::OwnCode;
    check_refused(
        Options::migration::<fail_at_bo>,
        own,
        &["users: the migration fail_at_bo gave up (the last that it read was row 2 of table people): no Bo"],
    );
    check_refused(
        Options::migration::<fall_at_cy>,
        own,
        &[
            "fall_at_cy gave up (the last that it read was row 3 of table people)",
            "panicked: not today",
        ],
    );
    check_refused(
        Options::migration::<collide>,
        own,
        &[
            "row 2 of table people): row 7 of table users exists",
            "uses get and put",
        ],
    );
    check_refused(
        Options::migration::<read_as_another>,
        own,
        &[
            "(before it read any row)",
            "that table people has before the change",
            "-   note: string",
        ],
    );
    check_refused(
        Options::migration::<write_as_another>,
        own,
        &[
            "that table users has after the change",
            "-   name: string",
            "+   nick: u8",
        ],
    );
    check_refused(
        Options::migration::<read_what_is_not_declared>,
        own,
        &["table users is none that the migration read_what_is_not_declared reads: it reads people"],
    );
    check_refused(
        Options::migration::<write_what_is_not_declared>,
        own,
        &["table people is none that the migration write_what_is_not_declared writes: it writes users"],
    );
    check_refused(
        Options::migration::<split_people>,
        ErrorKind::Refused,
        &["addresses: the migration split_people writes it, and this program opens no entity of that name"],
    );
}

/// Makes two users of each person, with one name.
#[migration(reads("people"), writes("users"), irreversible)]
fn double(tables: &mut MigrationTables<'_>) -> Result<()> {
    for person in tables.rows::<Person>("people")? {
        let Person { id, name, .. } = person?;
        for id in [id, id + 100] {
            let fields = [
                ("id".to_owned(), Value::from(id)),
                ("name".to_owned(), Value::from(name.as_str())),
            ];
            tables.insert_value("users", &Value::Struct(fields.into()))?;
        }
    }
    Ok(())
}

/// What is written holds to the indexes and references of the new shape.
#[test]
fn rows_that_a_migration_writes_are_checked() {
    let users = json!({"name": "users", "key": ["id"],
        "fields": [{"name": "id", "type": "u32"}, {"name": "name", "type": "string"}],
        "indexes": [{"name": "by_name", "fields": ["name"], "unique": true}],
        "references": [{"fields": ["id"], "table": "people", "to": ["id"]}]});
    let fields: Vec<_> = ["name", "note", "town"]
        .iter()
        .map(|name| json!({"name": name, "type": "string"}))
        .collect();
    let fields = [vec![json!({"name": "id", "type": "u32"})], fields].concat();
    let people_table = json!({"name": "people", "key": ["id"], "fields": fields});
    let version = json!({"label": "1", "tables": [people_table, users], "hints": {"new_tables": ["users"]}});
    let document = json!({"format": "quanta-history/1", "name": "test", "versions": [version]});
    let document = HistoryDocument::from_json(&document.to_string()).unwrap();
    for is_there in [false, true] {
        let engine = filled(&people());
        let options = || engine.options::<()>().tables_of(&document.versions[0]);
        if is_there {
            drop(options().open("").unwrap());
        }
        let before = engine.digest();
        let error = options().migration::<double>().open("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        let text = error.to_string();
        assert!(
            text.contains("users.name: 3 rows have a value that another row has too"),
            "{text}"
        );
        assert!(
            text.contains("users.id: 3 rows refer to rows of people that aren't there"),
            "{text}"
        );
        assert_eq!(engine.digest(), before);
    }
}

/// What is kept of a row goes with it.
#[test]
fn a_removed_row_leaves_nothing_behind() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct Wide {
        #[quanta(id)]
        id: u32,
        name: String,
        nick: String,
    }
    #[migration(writes("users"), irreversible)]
    fn remove_bo(tables: &mut MigrationTables<'_>) -> Result<()> {
        assert!(tables.remove::<User>(&2)?);
        tables.put(&user(3, "Cyd"))
    }
    let engine = Small::default();
    let db = engine.open::<(Wide,)>().unwrap();
    for (id, name) in [(1, "Ada"), (2, "Bo"), (3, "Cy")] {
        let row = Wide {
            id,
            name: name.to_owned(),
            nick: format!("nick {id}"),
        };
        db.collection::<Wide>().insert(&row).unwrap();
    }
    drop(db);
    let db = engine
        .options::<(User,)>()
        .migration::<remove_bo>()
        .open("")
        .unwrap();
    assert_eq!(all::<User>(&db), [user(1, "Ada"), user(3, "Cyd")]);
    sweep_and_check(&db, &engine);
}
