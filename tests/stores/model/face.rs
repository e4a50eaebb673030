//! A generation as programs use it.

use std::fmt::Debug;
use std::marker::PhantomData;

use quanta_core::Seed;
use quantadb::{Database, Entities, Options, QuantaEntity, Result};

use super::asked::{Asked, Column};
use super::asking::{Expected, Source, ask_dynamic, ask_typed, typed_query};
use super::history::{Cell, Edge, History, Id, Key, Rows};
use super::question::{Question, View};
use super::referring::Team;

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

/// What a transaction does. Rows that are found are those of a question, in the order of their keys.
#[derive(Debug)]
pub enum Change {
    One(Write, Cell),
    InsertMany(Vec<Cell>),
    PutMany(Vec<Cell>),
    DeleteMany(Vec<Cell>),
    DeleteFound(Question),
    /// With a number that says how rows change.
    UpdateFound(Question, u64),
    /// A team comes or goes.
    Team(Write, u8),
}

/// Makes the randomness with which a row changes that a query finds.
pub fn seed_of(salt: u64, key: &Key) -> Seed {
    let text = format!("{key:?}");
    Seed::new(
        text.bytes()
            .fold(salt, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())),
    )
}

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

    /// Lists what can be asked of the rows. The fields of the key come first.
    fn views(&self) -> Vec<View>;

    fn key_fields(&self) -> usize;

    /// Asks a question in every way.
    fn ask(&self, source: Source<'_>, expected: &Expected<'_>);

    /// Changes rows, and counts those that were written or removed. One row counts if there was one.
    fn change(&self, source: Source<'_>, change: &Change) -> Result<u64>;

    /// Whether rows that a query finds can be changed in place.
    fn updates_found(&self) -> bool {
        true
    }
}

/// A generation that is an entity.
pub trait Stored: Asked + QuantaEntity<Key = Self::Id> {}

impl<R: Asked + QuantaEntity<Key = R::Id>> Stored for R {}

struct Typed<R>(PhantomData<R>);

/// Does what is not done by a query.
macro_rules! change_rows {
    ($rows:expr, $change:expr) => {{
        let rows = $rows;
        match $change {
            Change::One(Write::Put, row) => rows.put(row.of::<R>()).map(|()| 1),
            Change::One(Write::Insert, row) => rows.insert(row.of::<R>()).map(|()| 1),
            Change::One(Write::Delete, row) => rows.delete(&row.of::<R>().row_id()).map(u64::from),
            Change::One(_, row) => {
                let row = row.of::<R>();
                let updated = rows.update(&row.row_id(), |stored| stored.clone_from(row))?;
                Ok(u64::from(updated.is_some()))
            }
            Change::InsertMany(many) => rows.insert_many(many.iter().map(Cell::of::<R>)),
            Change::PutMany(many) => rows.put_many(many.iter().map(Cell::of::<R>)),
            Change::DeleteMany(many) => {
                let keys: Vec<R::Id> = many.iter().map(|row| row.of::<R>().row_id()).collect();
                rows.delete_many(&keys)
            }
            _ => unreachable!("a query does it"),
        }
    }};
}

fn text<R: Debug>(row: Result<R>) -> String {
    format!("{:?}", row.unwrap())
}

/// Writes or removes a team.
pub fn change_team(source: Source<'_>, write: Write, id: u8) -> Result<u64> {
    match (source, write) {
        (Source::Store(db), Write::Delete) => db.collection::<Team>().delete(&id).map(u64::from),
        (Source::Store(db), _) => db.collection().put(&Team { id }).map(|()| 1),
        (Source::Transaction(_, transaction), Write::Delete) => {
            transaction.collection::<Team>().delete(&id).map(u64::from)
        }
        (Source::Transaction(_, transaction), _) => transaction.collection().put(&Team { id }).map(|()| 1),
    }
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

    fn views(&self) -> Vec<View> {
        views::<R>()
    }

    fn key_fields(&self) -> usize {
        R::KEY_FIELDS
    }

    fn ask(&self, source: Source<'_>, expected: &Expected<'_>) {
        ask_typed::<R>(source, expected);
        ask_dynamic(source, expected, &|_| None);
    }

    fn change(&self, source: Source<'_>, change: &Change) -> Result<u64> {
        let query = |question: &Question| {
            let query = typed_query(source, &R::columns(), question);
            query.limit(question.limit as u64)
        };
        match change {
            Change::DeleteFound(question) => return query(question).delete(),
            Change::UpdateFound(question, salt) => {
                return query(question).update(|row| row.touch(&mut seed_of(*salt, &row.row_id().key())));
            }
            Change::Team(write, id) => return change_team(source, *write, *id),
            _ => {}
        }
        match source {
            Source::Store(db) => change_rows!(db.collection::<R>(), change),
            Source::Transaction(_, transaction) => change_rows!(transaction.collection::<R>(), change),
        }
    }
}

/// Lists what can be asked of rows.
pub fn views<R: Asked>() -> Vec<View> {
    let view = |column: Column<R>| View {
        path: column.path,
        is_list: column.is_list,
        read: Box::new(move |row| R::read(row, &column)),
    };
    R::columns().into_iter().map(view).collect()
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
