//! Guards migrations of the program's own over whole tables: split, merged, once, in order, back, and up again.

use quantadb::{Database, MigrationTables, QuantaEntity, Result, migration};

use crate::support::{Small, sweep_and_check};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "people", register = false)]
struct Person {
    #[quanta(id)]
    id: u32,
    name: String,
    town: String,
    note: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "users", register = false, new)]
struct User {
    #[quanta(id)]
    id: u32,
    name: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "addresses", register = false, new)]
struct Address {
    #[quanta(id)]
    user: u32,
    town: String,
}

#[migration(reads("people"), writes("users", "addresses"), down = join_people)]
fn split_people(tables: &mut MigrationTables<'_>) -> Result<()> {
    for person in tables.rows::<Person>("people")? {
        let person = person?;
        tables.put(&User { id: person.id, name: person.name })?;
        tables.put(&Address { user: person.id, town: person.town })?;
    }
    Ok(())
}

fn join_people(tables: &mut MigrationTables<'_>) -> Result<()> {
    for user in tables.rows::<User>("users")? {
        let user = user?;
        let note = tables.get::<Person>(&user.id)?.map_or_else(String::new, |before| before.note);
        tables.put(&Person { id: user.id, name: user.name, town: String::new(), note })?;
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

fn person(id: u32, name: &str, town: &str) -> Person {
    Person { id, name: name.to_owned(), town: town.to_owned(), note: format!("note {id}") }
}

fn user(id: u32, name: &str) -> User {
    User { id, name: name.to_owned() }
}

fn address(user: u32, town: &str) -> Address {
    Address { user, town: town.to_owned() }
}

fn filled(rows: &[Person]) -> Small {
    let engine = Small::default();
    let db = engine.open::<(Person,)>().unwrap();
    rows.iter().for_each(|row| db.collection::<Person>().insert(row).unwrap());
    engine
}

fn people() -> Vec<Person> {
    vec![person(1, "Ada", "London"), person(2, "Bo", "Oslo"), person(3, "Cy", "Rome")]
}

fn all<E: QuantaEntity>(db: &Database) -> Vec<E> {
    db.collection::<E>().iter().collect::<Result<_>>().unwrap()
}

fn split(engine: &Small) -> quantadb::Options {
    engine.options::<(User, Address)>().migration::<split_people>().drop_table("people")
}

fn kinds(db: &Database) -> Vec<&'static str> {
    db.history().unwrap().records.iter().map(|record| record.kind.name()).collect()
}

#[test]
fn a_table_is_split_and_joined_again() {
    let engine = filled(&people());
    let plan = split(&engine).plan("").unwrap();
    assert!(plan.refusals.is_empty(), "{plan}");
    assert!(plan.to_string().contains("checked build  run the migration split_people: it reads people and writes users"), "{plan}");
    let db = split(&engine).open("").unwrap();
    assert_eq!(all::<User>(&db), [user(1, "Ada"), user(2, "Bo"), user(3, "Cy")]);
    assert_eq!(all::<Address>(&db), [address(1, "London"), address(2, "Oslo"), address(3, "Rome")]);
    sweep_and_check(&db, &engine);
    assert_eq!(kinds(&db), ["create", "custom"]);
    assert_eq!(db.history().unwrap().records[1].migrations, ["split_people"]);
    db.collection::<User>().put(&user(2, "Bob")).unwrap();
    db.collection::<User>().put(&user(4, "Di")).unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(Person,)>().unwrap();
    let mut expected = people();
    expected[1].name = "Bob".to_owned();
    expected.push(Person { note: String::new(), ..person(4, "Di", "") });
    assert_eq!(all::<Person>(&db), expected);
    sweep_and_check(&db, &engine);
}
