//! microrm: SQLite under an object mapper, with a write-ahead log.

mod flights;

use std::path::Path;

use microrm::db::ConnectionPoolConfig;
use microrm::prelude::*;
use microrm::schema::migration::{MigratableEntity, MigratableItem, MigrationContext, run_migration};
use microrm::{ConnectionPool, DBResult};

use super::{EvolvedStore, Kind, Place, Role, Store};
use crate::entities::Evolved;
use crate::error::Outcome;
use crate::rows::User;

const FILE: &str = "users.sqlite";

/// Table and columns are named by the struct, so that both shapes need the same name.
mod before {
    use microrm::prelude::*;

    #[derive(Clone, Entity)]
    pub struct Person {
        #[key]
        pub number: u64,
        #[unique]
        pub email: String,
        pub name: String,
        pub score: u32,
        pub city: String,
        pub note: String,
    }

    #[derive(Clone, Schema)]
    pub struct People {
        pub people: microrm::IDMap<Person>,
    }
}

mod after {
    use microrm::prelude::*;

    #[derive(Entity)]
    pub struct Person {
        #[key]
        pub number: u64,
        #[unique]
        pub email: String,
        pub full_name: String,
        pub score: u64,
        pub city: String,
        pub level: u32,
    }

    #[derive(Clone, Schema)]
    pub struct People {
        pub people: microrm::IDMap<Person>,
    }
}

use before::{People, Person};

impl MigratableEntity<Person> for after::Person {
    fn migrate(from: &Person) -> DBResult<Option<Self>> {
        Ok(Some(Self {
            number: from.number,
            email: from.email.clone(),
            full_name: from.name.clone(),
            score: u64::from(from.score),
            city: from.city.clone(),
            level: 1,
        }))
    }
}

impl MigratableItem<People> for after::People {
    fn run_migration(_: &People, context: &mut MigrationContext<'_>) -> DBResult<()> {
        context.migrate_entity::<Person, after::Person>()?;
        Ok(())
    }
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        let User {
            id,
            email,
            name,
            score,
            city,
            note,
        } = user;
        Self {
            number: id,
            email,
            name,
            score,
            city,
            note,
        }
    }
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let Person {
            number,
            email,
            name,
            score,
            city,
            note,
        } = person;
        Self {
            id: number,
            email,
            name,
            score,
            city,
            note,
        }
    }
}

impl From<after::Person> for Evolved {
    fn from(person: after::Person) -> Self {
        let after::Person {
            number,
            email,
            full_name,
            score,
            city,
            level,
        } = person;
        Self {
            id: number,
            email,
            full_name,
            score,
            city,
            level,
        }
    }
}

pub fn kind() -> Kind {
    Kind {
        name: "microrm",
        bare: None,
        open: |path| {
            let (pool, db) = open(path)?;
            Ok(Box::new(Mapped { pool, db }))
        },
        evolve: Ok(evolve),
        compact: Err("microrm has none"),
        again: Ok(()),
        flights: Ok(flights::flights),
        role: Role::Everything,
        place: Place::Disk,
        rows_max: None,
        evolve_rows_max: None,
    }
}

fn config(path: &Path) -> Outcome<ConnectionPoolConfig> {
    std::fs::create_dir_all(path)?;
    let config = ConnectionPoolConfig::from(path.join(FILE).as_path());
    Ok(config.with_pool_size(1).with_wal())
}

fn open(path: &Path) -> Outcome<(ConnectionPool, People)> {
    Ok(ConnectionPool::open::<People>(config(path)?)?)
}

struct Mapped {
    pool: ConnectionPool,
    db: People,
}

impl Store for Mapped {
    fn load(&self, rows: &mut dyn Iterator<Item = User>) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        for user in rows {
            self.db.people.insert(&mut transaction, user.into())?;
        }
        Ok(transaction.commit()?)
    }

    fn put(&self, user: &User) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        let row = Person::from(user.clone());
        match self.db.people.keyed(&user.id).get(&mut transaction)? {
            Some(mut stored) => {
                *stored = row;
                stored.sync(&mut transaction)?;
            }
            None => drop(self.db.people.insert(&mut transaction, row)?),
        }
        Ok(transaction.commit()?)
    }

    fn get(&self, ids: &mut dyn Iterator<Item = u64>, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        for id in ids {
            if let Some(person) = self.db.people.keyed(&id).get(&mut transaction)? {
                each(person.wrapped().into());
            }
        }
        Ok(())
    }

    fn get_by_email(
        &self,
        emails: &mut dyn Iterator<Item = String>,
        each: &mut dyn FnMut(User),
    ) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        for email in emails {
            let found = self
                .db
                .people
                .with(Person::Email, &email)
                .first()
                .get(&mut transaction)?;
            if let Some(person) = found {
                each(person.wrapped().into());
            }
        }
        Ok(())
    }

    fn range(&self, from: u64, to: u64, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        let people = self
            .db
            .people
            .filter_gte(Person::Number, &from)
            .filter_lt(Person::Number, &to);
        for person in people.iter(&mut transaction)? {
            each(person?.wrapped().into());
        }
        Ok(())
    }

    fn scan(&self, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        for person in self.db.people.iter(&mut transaction)? {
            each(person?.wrapped().into());
        }
        Ok(())
    }

    fn update(&self, ids: &[u64]) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        for id in ids {
            if let Some(mut stored) = self.db.people.keyed(id).get(&mut transaction)? {
                stored.score += 1;
                stored.sync(&mut transaction)?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn delete(&self, ids: &[u64]) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        for id in ids {
            self.db.people.keyed(id).delete(&mut transaction)?;
        }
        Ok(transaction.commit()?)
    }
}

fn evolve(path: &Path) -> Outcome<Box<dyn EvolvedStore>> {
    // A pool comes with the schema that is there, and is migrated from it, unless that is done already.
    if let Ok((pool, db)) = ConnectionPool::open::<after::People>(config(path)?) {
        return Ok(Box::new(Migrated { pool, db }));
    }
    let (pool, _) = open(path)?;
    let db = run_migration::<(People, after::People)>(&pool)?;
    Ok(Box::new(Migrated { pool, db }))
}

struct Migrated {
    pool: ConnectionPool,
    db: after::People,
}

impl EvolvedStore for Migrated {
    fn get(&self, id: u64) -> Outcome<Option<Evolved>> {
        let mut transaction = self.pool.start()?;
        let found = self.db.people.keyed(&id).get(&mut transaction)?;
        Ok(found.map(|person| person.wrapped().into()))
    }

    fn scan(&self, each: &mut dyn FnMut(Evolved)) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        for person in self.db.people.iter(&mut transaction)? {
            each(person?.wrapped().into());
        }
        Ok(())
    }

    fn finish(&mut self) -> Outcome<()> {
        Ok(())
    }
}
