//! Reading some fields of the rows that a query finds: one row after the other, or in batches, where rows are read that
//! references lead to.

use crate::collection::RowSource;
use crate::error::Result;
use crate::txn::Table;

use super::across::Reached;
use super::batches::{self, batches, next_batch};
use super::known::Known;
use super::page::Page;
use super::question::Question;
use super::relations::Loader;
use super::request::Ties;
use super::rows::QueryRows;
use super::select::Places;
use super::stream::RowBytes;

/// Reads what is asked of a row.
pub(super) type ReadFields<T> = Box<dyn Fn(&Places, &Reached<'_>) -> Result<T>>;

/// Reads fields of rows, and of those that their references lead to.
struct Fields<T> {
    places: Places,
    known: Vec<Known>,
    read: ReadFields<T>,
}

impl<T> Loader<T> for Fields<T> {
    fn load(&mut self, source: &RowSource<'_>, table: &Table, rows: &[RowBytes]) -> Result<Vec<Result<T>>> {
        let reached = self.places.ways.reach(&mut self.known, source, table, rows)?;
        let read = reached.into_iter().map(|row| (self.read)(&self.places, &row?));
        Ok(read.collect())
    }
}

/// Iterates over what is read of each row.
pub(super) fn iterate<'a, T: 'a>(
    question: &Question<'a>,
    places: Places,
    read: ReadFields<T>,
) -> QueryRows<'a, T>
where
    ReadFields<T>: 'a,
{
    if places.ways.is_empty() {
        return question.rows(Box::new(move |table, row| {
            read(&places, &Reached::alone(table, row))
        }));
    }
    let loader = Fields {
        places,
        known: Vec::new(),
        read,
    };
    match question.open() {
        Ok((source, _)) => batches(question, source, Box::new(loader)),
        Err(error) => QueryRows::failed(error),
    }
}

/// Reads a page of what is read of each row.
pub(super) fn page<T>(question: Question<'_>, places: Places, read: ReadFields<T>) -> Result<Page<T>> {
    let (source, table) = question.open()?;
    let mut loader = Fields {
        places,
        known: Vec::new(),
        read,
    };
    batches::page(question, &source, &table, &mut loader)
}

/// Shows a row, and what its references lead to.
pub(super) type ShowRow<'s> = dyn FnMut(&Table, &RowBytes, &Reached<'_>) -> Result<()> + 's;

/// Shows each row with what its references lead to.
pub(super) fn each(question: &Question<'_>, places: &Places, show: &mut ShowRow<'_>) -> Result<()> {
    let (source, _) = question.open()?;
    let mut found = question.found_in(source.clone(), Ties::AsFound)?;
    if places.ways.is_empty() {
        while let Some((table, row)) = found.next()? {
            show(table, row, &Reached::alone(table, row))?;
        }
        return Ok(());
    }
    let mut known = Vec::new();
    loop {
        let (rows, failed) = next_batch(&mut found);
        let table = found.table();
        let reached = places.ways.reach(&mut known, &source, table, &rows)?;
        for (row, reached) in rows.iter().zip(reached) {
            show(table, row, &reached?)?;
        }
        match failed {
            Some(error) => return Err(error),
            None if rows.is_empty() => return Ok(()),
            None => {}
        }
    }
}
