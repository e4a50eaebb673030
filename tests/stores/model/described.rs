//! A generation that a history document declares, with a unique index.

use quanta_core::{HistoryVersion, Seed};
use quantadb::{Database, ErrorKind, Options, Result, Value};
use serde_json::Value as Json;

use super::asked::Asked;
use super::asking::{Expected, Source, ask_dynamic};
use super::face::{Change, Face, Write, views};
use super::history::{Cell, Edge, History, Rows};
use super::question::View;

/// Rows that programs read and write as JSON. The key is the field `id`.
pub trait Described: Asked {
    fn to_json(&self) -> Json;
}

struct Documented<R> {
    version: HistoryVersion,
    row: std::marker::PhantomData<R>,
}

/// Does what is not done by a query.
macro_rules! change_rows {
    ($rows:expr, $change:expr, $values:expr) => {{
        let (rows, values) = ($rows, $values);
        let keys = values.iter().map(Self::key);
        match $change {
            Change::One(Write::Put, _) => rows.put(&values[0]).map(|()| 1),
            Change::One(Write::Insert, _) => rows.insert(&values[0]).map(|()| 1),
            Change::One(Write::Delete, _) => rows.delete(Self::key(&values[0])).map(u64::from),
            Change::One(..) => match rows.get(Self::key(&values[0]))? {
                Some(_) => rows.put(&values[0]).map(|()| 1),
                None => Ok(0),
            },
            Change::InsertMany(_) => rows.insert_many(&values),
            Change::PutMany(_) => rows.put_many(&values),
            Change::DeleteMany(_) => rows.delete_many(keys),
            _ => unreachable!("it is no write of rows"),
        }
    }};
}

impl<R: Described> Documented<R> {
    fn value(db: &Database, row: &Cell) -> Result<Value> {
        db.table("rows")?.from_json(&row.of::<R>().to_json())
    }

    fn key(value: &Value) -> &Value {
        value.get("id").expect("every row has an id")
    }
}

impl<R: Described> Face for Documented<R> {
    fn declare(&self, options: Options) -> Options {
        options.tables_of(&self.version)
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
        let (rows, row) = (db.table("rows")?, Self::value(db, cell)?);
        let key = Self::key(&row);
        let was_there = rows.get(key)?.is_some();
        match what {
            Write::Put => rows.put(&row)?,
            Write::Insert => rows.insert(&row)?,
            Write::Update if was_there => rows.put(&row)?,
            Write::Update => {}
            Write::Delete => assert_eq!(rows.delete(key)?, was_there),
            Write::Anew => db.write(|tx| {
                let rows = tx.table("rows")?;
                assert_eq!(rows.delete(key)?, was_there);
                rows.insert(&row)?;
                assert_eq!(rows.insert(&row).unwrap_err().kind(), ErrorKind::KeyExists);
                Ok(())
            })?,
        }
        Ok(was_there)
    }

    fn text(&self, row: &Cell) -> String {
        row.of::<R>().to_json().to_string()
    }

    fn get(&self, db: &Database, like: &Cell) -> Option<String> {
        let rows = db.table("rows").unwrap();
        let value = Self::value(db, like).unwrap();
        let found = rows.get(Self::key(&value)).unwrap();
        found.map(|row| rows.to_json(&row).to_string())
    }

    fn all(&self, db: &Database) -> Vec<String> {
        let rows = db.table("rows").unwrap();
        let all = rows.iter().map(|row| rows.to_json(&row.unwrap()).to_string());
        let all: Vec<String> = all.collect();
        assert_eq!(rows.len().unwrap(), all.len() as u64);
        all
    }

    /// Rows without a type have no ranges: picks them out of all.
    fn range(&self, db: &Database, from: &Cell, to: &Cell, _: &mut Seed) -> Vec<String> {
        let rows = db.table("rows").unwrap();
        let (from, to) = (&from.key, &to.key);
        let is_within = |row: &Value| {
            let id = Self::key(row).as_i128().expect("ids are numbers");
            let key = vec![super::history::Part::Number(id)];
            (from..to).contains(&&key)
        };
        let all = rows.iter().map(Result::unwrap).filter(is_within);
        all.map(|row| rows.to_json(&row).to_string()).collect()
    }

    fn views(&self) -> Vec<View> {
        views::<R>()
    }

    fn key_fields(&self) -> usize {
        R::KEY_FIELDS
    }

    fn ask(&self, source: Source<'_>, expected: &Expected<'_>) {
        let rows = source.db().table("rows").unwrap();
        ask_dynamic(source, expected, &|row| Some(rows.to_json(row).to_string()));
    }

    fn change(&self, source: Source<'_>, change: &Change) -> Result<u64> {
        let cells = match change {
            Change::One(_, row) => std::slice::from_ref(row),
            Change::InsertMany(rows) | Change::PutMany(rows) | Change::DeleteMany(rows) => rows,
            Change::DeleteFound(question) => {
                let views = self.views();
                let query = source.dynamic().order_by(&question.said_order(&views));
                let condition = question.condition.iter();
                let query = condition.fold(query, |query, condition| query.filter(&condition.said(&views)));
                return query.limit(question.limit as u64).delete();
            }
            Change::UpdateFound(..) | Change::Team(..) => panic!("nobody does that to rows without a type"),
        };
        let values: Result<Vec<Value>> = cells.iter().map(|row| Self::value(source.db(), row)).collect();
        match source {
            Source::Store(db) => change_rows!(db.table("rows")?, change, values?),
            Source::Transaction(_, transaction) => change_rows!(transaction.table("rows")?, change, values?),
        }
    }

    fn updates_found(&self) -> bool {
        false
    }
}

fn documented<R: Described>(version: &HistoryVersion) -> Option<Box<dyn Face>> {
    Some(Box::new(Documented::<R> {
        version: version.clone(),
        row: std::marker::PhantomData,
    }))
}

impl History {
    /// Begins with a version of a document.
    pub fn described_root<R: Described>(version: &HistoryVersion) -> Self {
        Self::default().with(None, Edge::Root, documented::<R>(version))
    }

    /// Adds a version of a document.
    pub fn described<R: Described>(self, parent: usize, rows: Rows, version: &HistoryVersion) -> Self {
        self.with(Some(parent), Edge::Rows(rows), documented::<R>(version))
    }
}
