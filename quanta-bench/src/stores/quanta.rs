//! QuantaDB, on each of its engines.

use std::path::Path;
use std::time::Duration;

use quantadb::{Collection, Database, Durability, Engine, Options, Sweep};

use super::{EvolvedStore, Kind, Place, Rewriting, Role, Store};
use crate::entities::Evolved;
use crate::error::Outcome;
use crate::flights::{Flight, FlightStore};
use crate::ours;
use crate::rows::User;

pub fn kinds() -> Vec<Kind> {
    let on_disk = |name, bare, open, evolve, flights| Kind {
        name,
        bare: Some(bare),
        open,
        evolve: Ok(evolve),
        again: Ok(()),
        flights: Ok(flights),
        compact: Ok(ours::compact),
        role: Role::Everything,
        place: Place::Disk,
        rows_max: None,
        evolve_rows_max: None,
    };
    vec![
        on_disk(
            "quanta/fjall",
            "fjall",
            |path| open(path, "fjall"),
            |path| evolve(path, "fjall"),
            |path| flights(path, "fjall"),
        ),
        on_disk(
            "quanta/sled",
            "sled",
            |path| open(path, "sled"),
            |path| evolve(path, "sled"),
            |path| flights(path, "sled"),
        ),
        on_disk(
            "quanta/redb",
            "redb",
            |path| open(path, "redb"),
            |path| evolve(path, "redb"),
            |path| flights(path, "redb"),
        ),
        Kind {
            name: "quanta/memory",
            bare: None,
            open: |_| {
                let options = Options::new().engine(Engine::memory()).entities::<(User,)>();
                store(options.open("memory")?)
            },
            evolve: Err("nothing is there for another process to open"),
            again: Ok(()),
            flights: Err("only on disk"),
            compact: Err("nothing is on disk"),
            role: Role::Everything,
            place: Place::Memory,
            rows_max: None,
            evolve_rows_max: None,
        },
    ]
}

fn open(path: &Path, engine: &str) -> Outcome<Box<dyn Store>> {
    store(ours::open::<(User,)>(path, engine, Durability::Sync)?)
}

fn store(db: Database) -> Outcome<Box<dyn Store>> {
    let users = db.collection();
    Ok(Box::new(Quanta { db, users }))
}

struct Quanta {
    db: Database,
    users: Collection<User>,
}

impl Store for Quanta {
    fn load(&self, rows: &mut dyn Iterator<Item = User>) -> Outcome<()> {
        self.users.load(rows)?;
        Ok(())
    }

    fn put(&self, user: &User) -> Outcome<()> {
        Ok(self.users.put(user)?)
    }

    fn get(&self, ids: &mut dyn Iterator<Item = u64>, each: &mut dyn FnMut(User)) -> Outcome<()> {
        for id in ids {
            if let Some(user) = self.users.get(&id)? {
                each(user);
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
            let found = self
                .db
                .query::<User>()
                .filter(|user| user.email.eq(email))
                .first()?;
            if let Some(user) = found {
                each(user);
            }
        }
        Ok(())
    }

    fn range(&self, from: u64, to: u64, each: &mut dyn FnMut(User)) -> Outcome<()> {
        for user in self.users.range(from..to) {
            each(user?);
        }
        Ok(())
    }

    fn scan(&self, each: &mut dyn FnMut(User)) -> Outcome<()> {
        for user in self.users.iter() {
            each(user?);
        }
        Ok(())
    }

    fn update(&self, ids: &[u64]) -> Outcome<()> {
        self.db.write(|tx| {
            let users = tx.collection::<User>();
            for id in ids {
                users.update(id, |user| user.score += 1)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn delete(&self, ids: &[u64]) -> Outcome<()> {
        self.users.delete_many(ids)?;
        Ok(())
    }
}

fn evolve(path: &Path, engine: &str) -> Outcome<Box<dyn EvolvedStore>> {
    let options = ours::options::<(Evolved,)>(engine, Durability::Sync)?;
    Ok(Box::new(Changed {
        db: options.sweep(Sweep::Off).open(path)?,
    }))
}

struct Changed {
    db: Database,
}

impl EvolvedStore for Changed {
    fn get(&self, id: u64) -> Outcome<Option<Evolved>> {
        Ok(self.db.collection::<Evolved>().get(&id)?)
    }

    fn scan(&self, each: &mut dyn FnMut(Evolved)) -> Outcome<()> {
        for row in self.db.collection::<Evolved>().iter() {
            each(row?);
        }
        Ok(())
    }

    fn finish(&mut self) -> Outcome<()> {
        self.db.sweep().wait()?;
        Ok(self.db.flush()?)
    }

    fn engine_span(&self) -> Option<Duration> {
        Some(self.db.open_report().engine_span)
    }

    fn rewriting(&self) -> Rewriting {
        Rewriting::Later
    }
}

fn flights(path: &Path, engine: &str) -> Outcome<Box<dyn FlightStore>> {
    Ok(Box::new(Flights(ours::open::<(Flight,)>(
        path,
        engine,
        Durability::Sync,
    )?)))
}

struct Flights(Database);

impl FlightStore for Flights {
    fn load(&self, flights: &mut dyn Iterator<Item = Flight>) -> Outcome<()> {
        self.0.collection::<Flight>().load(flights)?;
        Ok(())
    }

    fn scan(&self, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        for flight in self.0.collection::<Flight>().iter() {
            each(flight?);
        }
        Ok(())
    }

    fn of_plane(&self, tailnum: &str, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        for flight in self
            .0
            .query::<Flight>()
            .filter(|flight| flight.tailnum.eq(tailnum))
            .iter()
        {
            each(flight?);
        }
        Ok(())
    }
}
