//! Migrations that fail, and what they must not write.

use super::*;

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
