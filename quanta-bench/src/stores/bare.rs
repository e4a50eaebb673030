//! The bare engines, with rows in bincode and an index by hand.

use super::{EvolvedStore, Kind, Place, Role, Store};
use crate::bare::{self, Batch, Index, email_key, encoded, key};
use crate::entities::Evolved;
use crate::error::Outcome;
use crate::flights::{Flight, FlightStore};
use crate::raw::{Flow, Raw, Reader, Sync, Write, fjall::Fjall, redb::Redb, sled::Sled};
use crate::rows::User;

pub fn kinds() -> Vec<Kind> {
    vec![kind::<Fjall>(), kind::<Sled>(), kind::<Redb>()]
}

fn kind<R: Raw>() -> Kind {
    Kind {
        name: R::NAME,
        bare: Some(R::NAME),
        open: |path| Ok(Box::new(Bare(R::open(path)?))),
        evolve: Ok(|path| {
            let raw = R::open(path)?;
            bare::rewrite::<R, Evolved>(&raw)?;
            Ok(Box::new(Rewritten(raw)))
        }),
        compact: Ok(|path| R::open(path)?.compact()),
        again: Err("a rewrite by hand doesn't know which rows it has done"),
        flights: Ok(|path| Ok(Box::new(Flights(R::open(path)?)))),
        role: Role::Everything,
        place: Place::Disk,
        rows_max: None,
        evolve_rows_max: None,
    }
}

struct Bare<R>(R);

impl<R: Raw> Bare<R> {
    /// Reads rows and writes what follows from each.
    fn change(&self, ids: &[u64], change: impl Fn(User, &mut Vec<Write>) -> Outcome<()>) -> Outcome<()> {
        let reader = self.0.reader()?;
        let mut writes = Vec::new();
        for &id in ids {
            if let Some(user) = bare::get(&reader, id)? {
                change(user, &mut writes)?;
            }
        }
        self.0.write(&writes, Sync::Durable)
    }
}

impl<R: Raw> Store for Bare<R> {
    fn load(&self, rows: &mut dyn Iterator<Item = User>) -> Outcome<()> {
        bare::load(&self.0, rows, Index::Email)
    }

    fn put(&self, user: &User) -> Outcome<()> {
        bare::put_with_entry(&self.0, user, Sync::Durable)
    }

    fn get(&self, ids: &mut dyn Iterator<Item = u64>, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let reader = self.0.reader()?;
        for id in ids {
            if let Some(user) = bare::get(&reader, id)? {
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
        let reader = self.0.reader()?;
        for email in emails {
            if let Some(user) = bare::get_by_email(&reader, &email)? {
                each(user);
            }
        }
        Ok(())
    }

    fn range(&self, from: u64, to: u64, each: &mut dyn FnMut(User)) -> Outcome<()> {
        self.0.reader()?.scan(&key(from), &key(to), |_, value| {
            each(bare::decoded(value)?);
            Ok(Flow::On)
        })
    }

    fn scan(&self, each: &mut dyn FnMut(User)) -> Outcome<()> {
        bare::scan(&self.0.reader()?, 0, u64::MAX, |user| {
            each(user);
            Ok(())
        })
    }

    fn update(&self, ids: &[u64]) -> Outcome<()> {
        self.change(ids, |user, writes| {
            let user = User {
                score: user.score + 1,
                ..user
            };
            writes.push((key(user.id).to_vec(), Some(encoded(&user)?)));
            Ok(())
        })
    }

    fn delete(&self, ids: &[u64]) -> Outcome<()> {
        self.change(ids, |user, writes| {
            writes.push((key(user.id).to_vec(), None));
            writes.push((email_key(&user.email), None));
            Ok(())
        })
    }
}

/// After a rewrite by hand, for which nobody has an undo.
struct Rewritten<R>(R);

impl<R: Raw> EvolvedStore for Rewritten<R> {
    fn get(&self, id: u64) -> Outcome<Option<Evolved>> {
        bare::get(&self.0.reader()?, id)
    }

    fn scan(&self, each: &mut dyn FnMut(Evolved)) -> Outcome<()> {
        bare::scan(&self.0.reader()?, 0, u64::MAX, |row| {
            each(row);
            Ok(())
        })
    }

    fn finish(&mut self) -> Outcome<()> {
        Ok(())
    }
}

struct Flights<R>(R);

/// The key of a flight's entry, by its plane; and the end of such keys.
fn plane_key(tailnum: &str, id: u64) -> Vec<u8> {
    let mut entry = email_key(tailnum);
    entry.push(0);
    entry.extend_from_slice(&key(id));
    entry
}

impl<R: Raw> FlightStore for Flights<R> {
    fn load(&self, flights: &mut dyn Iterator<Item = Flight>) -> Outcome<()> {
        let mut batch = Batch::new(&self.0, Sync::Durable);
        for flight in flights {
            batch.add(key(flight.id).to_vec(), Some(encoded(&flight)?))?;
            batch.add(plane_key(&flight.tailnum, flight.id), Some(Vec::new()))?;
        }
        batch.send()
    }

    fn scan(&self, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        bare::scan(&self.0.reader()?, 0, u64::MAX, |flight| {
            each(flight);
            Ok(())
        })
    }

    fn of_plane(&self, tailnum: &str, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        let reader = self.0.reader()?;
        let end = plane_key(tailnum, u64::MAX);
        reader.scan(&plane_key(tailnum, 0), &end, |entry, _| {
            let id = &entry[entry.len() - size_of::<u64>()..];
            if let Some(flight) = reader.read(id, bare::decoded)?.transpose()? {
                each(flight);
            }
            Ok(Flow::On)
        })
    }
}
