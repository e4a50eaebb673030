//! Guards migrations of the program's own over whole tables: split, merged, once, in order, back, and up again.

use quanta_core::HistoryDocument;
use quantadb::{Database, ErrorKind, MigrationTables, Options, QuantaEntity, Result, Value, migration};
use serde_json::json;

use crate::support::{Small, all, filled, sweep_and_check, verify};

mod merged;
mod once;
mod refused;

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
