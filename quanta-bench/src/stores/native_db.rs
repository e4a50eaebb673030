//! native_db, with the codec that it has by default, and a second version of its model.

mod flights;

use std::path::Path;
use std::sync::LazyLock;

use native_db::{Builder, Database, Models, ToKey, native_db};
use native_model::{Model, native_model};
use serde::{Deserialize, Serialize};

use super::{EvolvedStore, Kind, Place, Role, Store, same_fields};
use crate::entities::Evolved;
use crate::error::Outcome;
use crate::rows::User;

/// As much as the engines have.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Rows in a transaction of a load.
const BATCH_ROWS: usize = 8_000;

const FILE: &str = "users.redb";

#[derive(Debug, Clone, Serialize, Deserialize)]
#[native_model(id = 1, version = 1)]
#[native_db]
struct UserV1 {
    #[primary_key]
    id: u64,
    #[secondary_key(unique)]
    email: String,
    name: String,
    score: u32,
    city: String,
    note: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[native_model(id = 1, version = 2, from = UserV1)]
#[native_db]
struct UserV2 {
    #[primary_key]
    id: u64,
    #[secondary_key(unique)]
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

impl From<UserV2> for UserV1 {
    fn from(user: UserV2) -> Self {
        let UserV2 {
            id,
            email,
            full_name,
            score,
            city,
            ..
        } = user;
        let score = u32::try_from(score).unwrap_or(u32::MAX);
        Self {
            id,
            email,
            name: full_name,
            score,
            city,
            note: String::new(),
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

static BEFORE: LazyLock<Models> = LazyLock::new(|| {
    let mut models = Models::new();
    models.define::<UserV1>().expect("the model is valid");
    models
});

static AFTER: LazyLock<Models> = LazyLock::new(|| {
    let mut models = Models::new();
    models.define::<UserV1>().expect("the model is valid");
    models.define::<UserV2>().expect("the model is valid");
    models
});

pub fn kind() -> Kind {
    Kind {
        name: "native_db",
        bare: Some("redb"),
        open: |path| Ok(Box::new(NativeDb(open(path, &BEFORE)?))),
        evolve: Ok(evolve),
        compact: Ok(|path| {
            open(path, &AFTER)?.compact()?;
            Ok(())
        }),
        again: Ok(()),
        flights: Ok(flights::flights),
        role: Role::Everything,
        place: Place::Disk,
        rows_max: None,
        evolve_rows_max: Some((400_000, "its file grows with the square of the rows")),
    }
}

fn open(path: &Path, models: &'static Models) -> Outcome<Database<'static>> {
    std::fs::create_dir_all(path)?;
    Ok(Builder::new()
        .set_cache_size(CACHE_BYTES)
        .create(models, path.join(FILE))?)
}

struct NativeDb(Database<'static>);

impl Store for NativeDb {
    fn load(&self, rows: &mut dyn Iterator<Item = User>) -> Outcome<()> {
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let transaction = self.0.rw_transaction()?;
            for user in rows.by_ref().take(BATCH_ROWS) {
                transaction.insert(UserV1::from(user))?;
            }
            transaction.commit()?;
        }
        Ok(())
    }

    fn put(&self, user: &User) -> Outcome<()> {
        let transaction = self.0.rw_transaction()?;
        transaction.upsert(UserV1::from(user.clone()))?;
        Ok(transaction.commit()?)
    }

    fn get(&self, ids: &mut dyn Iterator<Item = u64>, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let transaction = self.0.r_transaction()?;
        for id in ids {
            if let Some(user) = transaction.get().primary::<UserV1>(id)? {
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
        let transaction = self.0.r_transaction()?;
        for email in emails {
            if let Some(user) = transaction.get().secondary::<UserV1>(UserV1Key::email, email)? {
                each(user.into());
            }
        }
        Ok(())
    }

    fn range(&self, from: u64, to: u64, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let transaction = self.0.r_transaction()?;
        for user in transaction.scan().primary::<UserV1>()?.range(from..to)? {
            each(user?.into());
        }
        Ok(())
    }

    fn scan(&self, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let transaction = self.0.r_transaction()?;
        for user in transaction.scan().primary::<UserV1>()?.all()? {
            each(user?.into());
        }
        Ok(())
    }

    fn update(&self, ids: &[u64]) -> Outcome<()> {
        let transaction = self.0.rw_transaction()?;
        for &id in ids {
            if let Some(user) = transaction.get().primary::<UserV1>(id)? {
                let changed = UserV1 {
                    score: user.score + 1,
                    ..user.clone()
                };
                transaction.update(user, changed)?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn delete(&self, ids: &[u64]) -> Outcome<()> {
        let transaction = self.0.rw_transaction()?;
        for &id in ids {
            if let Some(user) = transaction.get().primary::<UserV1>(id)? {
                transaction.remove(user)?;
            }
        }
        Ok(transaction.commit()?)
    }
}

fn evolve(path: &Path) -> Outcome<Box<dyn EvolvedStore>> {
    let db = open(path, &AFTER)?;
    let transaction = db.rw_transaction()?;
    transaction.migrate::<UserV2>()?;
    transaction.commit()?;
    Ok(Box::new(Migrated(db)))
}

struct Migrated(Database<'static>);

impl EvolvedStore for Migrated {
    fn get(&self, id: u64) -> Outcome<Option<Evolved>> {
        let found = self.0.r_transaction()?.get().primary::<UserV2>(id)?;
        Ok(found.map(Evolved::from))
    }

    fn scan(&self, each: &mut dyn FnMut(Evolved)) -> Outcome<()> {
        let transaction = self.0.r_transaction()?;
        for user in transaction.scan().primary::<UserV2>()?.all()? {
            each(user?.into());
        }
        Ok(())
    }

    fn finish(&mut self) -> Outcome<()> {
        Ok(())
    }
}
