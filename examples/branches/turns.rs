//! The branches taking turns on one store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use quantadb::{Database, Entities, OnOlder, Options, Sweep};

use super::Outcome;
use super::account::Account;
use super::changes::{Changes, Dice};
use super::truth::{Branch, Full};

const WRITES_PER_TURN: u64 = 30;
/// Few keys, so that rows are deleted and others come under their keys.
const KEYS: u64 = 60;

/// How a turn goes about rows that the other branch wrote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rewriting {
    /// Nothing is rewritten: rows of many versions lie side by side.
    Never,
    /// The sweep runs beside the writes.
    Beside,
    /// All rows are rewritten before the first write.
    First,
}

/// One store, and what must be in it.
pub struct Turns {
    path: PathBuf,
    truth: BTreeMap<u64, Full>,
    births: u64,
    dice: Dice,
    pub account: Account,
}

/// What a branch has before it while the store is its own.
struct Desk<'a, B> {
    db: &'a Database,
    rows: BTreeMap<u64, B>,
    /// Keys whose row is not the one that was there when the branch took the store.
    born: BTreeSet<u64>,
    dice: &'a mut Dice,
    account: &'a mut Account,
}

pub fn options<E: Entities>() -> Options {
    Options::new().entities::<E>().on_older(OnOlder::RollBack)
}

impl Turns {
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            truth: BTreeMap::new(),
            births: 0,
            dice: Dice::new(2013),
            account: Account::default(),
        }
    }

    /// A branch takes the store, finds every row as it must be, writes, and leaves.
    pub fn turn<B: Changes>(&mut self, rewriting: Rewriting) -> Outcome<()>
    where
        (B,): Entities,
    {
        let sweep = if rewriting == Rewriting::Never {
            Sweep::Off
        } else {
            Sweep::On
        };
        let db = options::<(B,)>().sweep(sweep).open(&self.path)?;
        self.compare::<B>(&db)?;
        if rewriting == Rewriting::First {
            db.sweep().wait()?;
            self.compare::<B>(&db)?;
        }
        self.account.taken::<B>(&self.truth);
        let (rows, born) = self.write::<B>(&db)?;
        self.settle(&rows, &born);
        self.account.left(&self.truth);
        // What the branch left is what it finds again while nobody else was there.
        self.compare::<B>(&db)
    }

    /// Compares all rows with what the branch must see.
    pub fn compare<B: Branch>(&self, db: &Database) -> Outcome<()> {
        let found = db.collection::<B>().iter().collect::<Result<Vec<B>, _>>()?;
        let wanted: Vec<B> = self.truth.values().map(B::seen).collect();
        let difference = wanted.iter().zip(&found).find(|(wanted, found)| wanted != found);
        if let Some((wanted, found)) = difference {
            return Err(format!("{}: expected {wanted:#?}\nfound {found:#?}", B::NAME).into());
        }
        if wanted.len() != found.len() {
            return Err(format!("{}: {} rows of {}", B::NAME, found.len(), wanted.len()).into());
        }
        Ok(())
    }

    fn write<B: Changes>(&mut self, db: &Database) -> Outcome<(BTreeMap<u64, B>, BTreeSet<u64>)> {
        let seen = self.truth.iter().map(|(id, full)| (*id, B::seen(full)));
        let mut desk = Desk {
            db,
            rows: seen.collect(),
            born: BTreeSet::new(),
            dice: &mut self.dice,
            account: &mut self.account,
        };
        for _ in 0..WRITES_PER_TURN {
            let id = desk.dice.below(KEYS);
            match desk.rows.get(&id).cloned() {
                None => desk.insert(id)?,
                Some(row) => desk.write_to(&row)?,
            }
        }
        Ok((desk.rows, desk.born))
    }

    fn settle<B: Branch>(&mut self, rows: &BTreeMap<u64, B>, born: &BTreeSet<u64>) {
        let before = std::mem::take(&mut self.truth);
        for (id, row) in rows {
            let full = match before.get(id).filter(|_| !born.contains(id)) {
                Some(full) => row.settled(full),
                None => {
                    self.births += 1;
                    row.alone(self.births)
                }
            };
            self.truth.insert(*id, full);
        }
    }
}

impl<B: Changes> Desk<'_, B> {
    fn insert(&mut self, id: u64) -> Outcome<()> {
        let row = B::random(id, self.dice);
        self.db.collection::<B>().insert(&row)?;
        self.born.insert(id);
        self.rows.insert(id, row);
        self.account.inserts += 1;
        Ok(())
    }

    fn write_to(&mut self, row: &B) -> Outcome<()> {
        let books = self.db.collection::<B>();
        let id = row.id();
        let mut changed = row.clone();
        match self.dice.below(10) {
            0 => {
                books.delete(&id)?;
                self.rows.remove(&id);
                self.account.deletes += 1;
                return Ok(());
            }
            1 => return self.replace_at_once(id),
            2 => {
                // Changed and put back as it was: the store must see that nothing happened.
                changed.change(self.dice);
                books.put(&changed)?;
                books.put(row)?;
                self.account.updates += 2;
                return Ok(());
            }
            3..=5 => {
                changed.change(self.dice);
                changed.change(self.dice);
                books.put(&changed)?;
            }
            _ => {
                let updated = books.update(&id, |row| row.change(self.dice))?;
                changed = updated.ok_or("a row went missing")?;
            }
        }
        self.account.updates += 1;
        self.rows.insert(id, changed);
        Ok(())
    }

    /// Deletes a row and inserts another one under its key, in one transaction.
    fn replace_at_once(&mut self, id: u64) -> Outcome<()> {
        let row = B::random(id, self.dice);
        self.db.write(|tx| {
            let books = tx.collection::<B>();
            books.delete(&id)?;
            books.insert(&row)
        })?;
        self.born.insert(id);
        self.rows.insert(id, row);
        self.account.inserts += 1;
        self.account.deletes += 1;
        Ok(())
    }
}
