//! structsy: indexes on both keys, as it has no key of its own that a program chooses.

mod flights;

use std::path::Path;

use structsy::{Structsy, StructsyTx};
use structsy_derive::{Persistent, queries};

use super::{EvolvedStore, Kind, Place, Role, Store, same_fields};
use crate::entities::Evolved;
use crate::error::Outcome;
use crate::rows::User;

/// Rows in a transaction of a load.
const BATCH_ROWS: usize = 8_000;

const FILE: &str = "users.stry";

#[derive(Debug, Clone, Persistent)]
struct UserV1 {
    #[index(mode = "exclusive")]
    id: u64,
    #[index(mode = "exclusive")]
    email: String,
    name: String,
    score: u32,
    city: String,
    note: String,
}

#[queries(UserV1)]
trait UserQueries {
    fn by_id(self, id: u64) -> Self;
    fn by_email(self, email: String) -> Self;
    fn by_ids<R: std::ops::RangeBounds<u64>>(self, id: R) -> Self;
}

#[derive(Debug, Clone, Persistent)]
struct UserV2 {
    #[index(mode = "exclusive")]
    id: u64,
    #[index(mode = "exclusive")]
    email: String,
    full_name: String,
    score: u64,
    city: String,
    level: u32,
}

impl From<UserV1> for UserV2 {
    fn from(user: UserV1) -> Self {
        let UserV1 {
            id,
            email,
            name,
            score,
            city,
            ..
        } = user;
        Self {
            id,
            email,
            full_name: name,
            score: u64::from(score),
            city,
            level: 1,
        }
    }
}

same_fields!(
    User,
    UserV1 {
        id,
        email,
        name,
        score,
        city,
        note
    }
);

same_fields!(
    Evolved,
    UserV2 {
        id,
        email,
        full_name,
        score,
        city,
        level
    }
);

pub fn kind() -> Kind {
    Kind {
        name: "structsy",
        bare: None,
        open: |path| {
            let db = open(path)?;
            db.define::<UserV1>()?;
            Ok(Box::new(Structs(db)))
        },
        evolve: Ok(evolve),
        compact: Err("structsy has none"),
        again: Ok(()),
        flights: Ok(flights::flights),
        role: Role::Everything,
        place: Place::Disk,
        rows_max: Some((400_000, "loading a million rows takes it more than five minutes")),
        evolve_rows_max: None,
    }
}

fn open(path: &Path) -> Outcome<Structsy> {
    std::fs::create_dir_all(path)?;
    Ok(Structsy::open(path.join(FILE))?)
}

struct Structs(Structsy);

impl Store for Structs {
    fn load(&self, rows: &mut dyn Iterator<Item = User>) -> Outcome<()> {
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let mut transaction = self.0.begin()?;
            for user in rows.by_ref().take(BATCH_ROWS) {
                transaction.insert(&UserV1::from(user))?;
            }
            transaction.commit()?;
        }
        Ok(())
    }

    fn put(&self, user: &User) -> Outcome<()> {
        let mut transaction = self.0.begin()?;
        let row = UserV1::from(user.clone());
        let before = transaction.query::<UserV1>().by_id(user.id).into_iter().next();
        match before {
            Some((place, _)) => transaction.update(&place, &row)?,
            None => drop(transaction.insert(&row)?),
        }
        Ok(transaction.commit()?)
    }

    fn get(&self, ids: &mut dyn Iterator<Item = u64>, each: &mut dyn FnMut(User)) -> Outcome<()> {
        for id in ids {
            if let Some((_, user)) = self.0.query::<UserV1>().by_id(id).into_iter().next() {
                each(user.into());
            }
        }
        Ok(())
    }

    fn get_by_email(
        &self,
        emails: &mut dyn Iterator<Item = String>,
        each: &mut dyn FnMut(User),
    ) -> Outcome<()> {
        for email in emails {
            if let Some((_, user)) = self.0.query::<UserV1>().by_email(email).into_iter().next() {
                each(user.into());
            }
        }
        Ok(())
    }

    fn range(&self, from: u64, to: u64, each: &mut dyn FnMut(User)) -> Outcome<()> {
        for (_, user) in self.0.query::<UserV1>().by_ids(from..to) {
            each(user.into());
        }
        Ok(())
    }

    fn scan(&self, each: &mut dyn FnMut(User)) -> Outcome<()> {
        for (_, user) in self.0.scan::<UserV1>()? {
            each(user.into());
        }
        Ok(())
    }

    fn update(&self, ids: &[u64]) -> Outcome<()> {
        let mut transaction = self.0.begin()?;
        for &id in ids {
            let found = transaction.query::<UserV1>().by_id(id).into_iter().next();
            if let Some((place, user)) = found {
                transaction.update(
                    &place,
                    &UserV1 {
                        score: user.score + 1,
                        ..user
                    },
                )?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn delete(&self, ids: &[u64]) -> Outcome<()> {
        let mut transaction = self.0.begin()?;
        for &id in ids {
            let found = transaction.query::<UserV1>().by_id(id).into_iter().next();
            if let Some((place, _)) = found {
                transaction.delete(&place)?;
            }
        }
        Ok(transaction.commit()?)
    }
}

fn evolve(path: &Path) -> Outcome<Box<dyn EvolvedStore>> {
    let prepared = Structsy::prepare_open(path.join(FILE))?;
    prepared.migrate::<UserV1, UserV2>()?;
    let db = prepared.open()?;
    db.define::<UserV2>()?;
    Ok(Box::new(Migrated(db)))
}

struct Migrated(Structsy);

impl EvolvedStore for Migrated {
    /// Queries by an index panic after a migration in structsy 0.5.2, so this one looks through all rows.
    fn get(&self, id: u64) -> Outcome<Option<Evolved>> {
        let found = self
            .0
            .scan::<UserV2>()?
            .map(|(_, user)| user)
            .find(|user| user.id == id);
        Ok(found.map(Evolved::from))
    }

    fn scan(&self, each: &mut dyn FnMut(Evolved)) -> Outcome<()> {
        for (_, user) in self.0.scan::<UserV2>()? {
            each(user.into());
        }
        Ok(())
    }

    fn finish(&mut self) -> Outcome<()> {
        Ok(())
    }
}
