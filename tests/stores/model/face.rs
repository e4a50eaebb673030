//! A generation as programs use it.

use std::fmt::Debug;
use std::marker::PhantomData;

use quanta_core::Seed;
use quantadb::{Database, Entities, Options, QuantaEntity, Result};

use super::history::{Cell, Edge, History, Record, Rows};

/// How a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    Put,
    Insert,
    Update,
    Delete,
    /// Deleted and written anew in one transaction: nothing is inherited.
    Anew,
}

pub const WRITES: [Write; 5] = [
    Write::Put,
    Write::Insert,
    Write::Update,
    Write::Delete,
    Write::Anew,
];

/// What programs do with the rows of one generation. Rows that are read are texts, as [`Face::text`] makes them.
pub trait Face {
    fn declare(&self, options: Options) -> Options;

    fn random(&self, seed: &mut Seed) -> Cell;

    fn touched(&self, row: &Cell, seed: &mut Seed) -> Cell;

    /// Writes a row, and says whether there was one.
    fn write(&self, db: &Database, what: Write, row: &Cell) -> Result<bool>;

    fn text(&self, row: &Cell) -> String;

    /// Reads the row with the key of this one.
    fn get(&self, db: &Database, like: &Cell) -> Option<String>;

    fn all(&self, db: &Database) -> Vec<String>;

    /// Reads from one key up to another, from both ends in turns.
    fn range(&self, db: &Database, from: &Cell, to: &Cell, seed: &mut Seed) -> Vec<String>;
}

/// A generation that is an entity.
pub trait Stored: Record + QuantaEntity<Key = Self::Id> {}

impl<R: Record + QuantaEntity<Key = R::Id>> Stored for R {}

struct Typed<R>(PhantomData<R>);

fn text<R: Debug>(row: Result<R>) -> String {
    format!("{:?}", row.unwrap())
}

impl<R: Stored> Face for Typed<R>
where
    (R,): Entities,
{
    fn declare(&self, options: Options) -> Options {
        options.entities::<(R,)>()
    }

    fn random(&self, seed: &mut Seed) -> Cell {
        Cell::new(R::random(seed))
    }

    fn touched(&self, row: &Cell, seed: &mut Seed) -> Cell {
        let mut row: R = row.of::<R>().clone();
        row.touch(seed);
        Cell::new(row)
    }

    fn write(&self, db: &Database, what: Write, cell: &Cell) -> Result<bool> {
        let (rows, row) = (db.collection::<R>(), cell.of::<R>());
        let was_there = rows.contains(&row.row_id())?;
        match what {
            Write::Put => rows.put(row)?,
            Write::Insert => rows.insert(row)?,
            Write::Update => {
                let updated = rows.update(&row.row_id(), |stored| stored.clone_from(row))?;
                assert_eq!(updated.is_some(), was_there);
            }
            Write::Delete => assert_eq!(rows.delete(&row.row_id())?, was_there),
            Write::Anew => db.write(|tx| {
                let rows = tx.collection::<R>();
                assert_eq!(rows.delete(&row.row_id())?, was_there);
                assert!(rows.get(&row.row_id())?.is_none());
                rows.insert(row)?;
                assert_eq!(text(rows.get(&row.row_id()).map(Option::unwrap)), cell.text);
                Ok(())
            })?,
        }
        Ok(was_there)
    }

    fn text(&self, row: &Cell) -> String {
        row.text.clone()
    }

    fn get(&self, db: &Database, like: &Cell) -> Option<String> {
        let (rows, id) = (db.collection::<R>(), like.of::<R>().row_id());
        let found = rows.get(&id).unwrap();
        assert_eq!(rows.contains(&id).unwrap(), found.is_some());
        found.map(|row| format!("{row:?}"))
    }

    fn all(&self, db: &Database) -> Vec<String> {
        let rows = db.collection::<R>();
        let all: Vec<String> = rows.iter().map(text).collect();
        assert_eq!(rows.len().unwrap(), all.len() as u64);
        let snapshot = db.read().unwrap();
        let mut backward: Vec<String> = snapshot.collection::<R>().iter().rev().map(text).collect();
        backward.reverse();
        assert_eq!(all, backward, "a scan from the end gives other rows");
        all
    }

    fn range(&self, db: &Database, from: &Cell, to: &Cell, seed: &mut Seed) -> Vec<String> {
        let (from, to) = (from.of::<R>().row_id(), to.of::<R>().row_id());
        let mut range = db.collection::<R>().range(from..to);
        let (mut front, mut back) = (Vec::new(), Vec::new());
        loop {
            let next = if seed.one_in(2) {
                range.next().map(|row| front.push(text(row)))
            } else {
                range.next_back().map(|row| back.push(text(row)))
            };
            if next.is_none() {
                break;
            }
        }
        back.reverse();
        front.extend(back);
        front
    }
}

fn typed<R: Stored>() -> Option<Box<dyn Face>>
where
    (R,): Entities,
{
    Some(Box::new(Typed::<R>(PhantomData)))
}

impl History {
    /// Begins with an entity.
    pub fn root<R: Stored>() -> Self
    where
        (R,): Entities,
    {
        Self::default().with(None, Edge::Root, typed::<R>())
    }

    /// Adds an entity whose rows come from those of another generation.
    pub fn child<R: Stored>(self, parent: usize, rows: Rows) -> Self
    where
        (R,): Entities,
    {
        self.with(Some(parent), Edge::Rows(rows), typed::<R>())
    }

    /// Adds a generation without the table.
    pub fn dropped(self, parent: usize) -> Self {
        self.with(Some(parent), Edge::Drop, None)
    }

    /// Adds an entity whose table is made there.
    pub fn created<R: Stored>(self, parent: usize) -> Self
    where
        (R,): Entities,
    {
        self.with(Some(parent), Edge::Create, typed::<R>())
    }
}
