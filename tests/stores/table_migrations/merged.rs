//! What migrations read and write: several tables, rows of earlier versions, values, one after the other, or later.

use super::*;

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
