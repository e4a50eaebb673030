//! What every kind of query is: whose rows are asked, and what. Bytes in and out; the kinds say what rows are read as.

use std::sync::Arc;

use crate::collection::RowSource;
use crate::error::Result;
use crate::txn::{Core, Table, Transaction};

use super::explain::Explanation;
use super::origin::Origin;
use super::page::Page;
use super::request::{Request, Ties};
use super::rows::{Found, QueryRows, Read};
use super::stream::RowBytes;

/// A question about the rows of a table.
#[derive(Clone)]
pub struct Question<'a> {
    pub(super) origin: Origin<'a>,
    pub(super) request: Request,
    table: Which,
}

/// Which table.
#[derive(Clone)]
pub(super) enum Which {
    /// The one that is found so when the answer is asked for.
    Found(fn(&Core) -> Result<Arc<Table>>),
    /// This one.
    Known(Arc<Table>),
}

/// Writes the row with a key, and tells whether it was there.
type WriteRow<'w> = dyn FnMut(&Transaction<'_>, &Table, &[u8]) -> Result<bool> + 'w;

/// Rows of a page, if it isn't said.
pub const PAGE_ROWS: u64 = 100;

impl<'a> Question<'a> {
    pub(super) fn new(origin: Origin<'a>, table: Which) -> Self {
        Self {
            origin,
            request: Request::default(),
            table,
        }
    }

    fn table(&self, core: &Core) -> Result<Arc<Table>> {
        match &self.table {
            Which::Found(find) => find(core),
            Which::Known(table) => Ok(Arc::clone(table)),
        }
    }

    pub(super) fn open(&self) -> Result<(RowSource<'a>, Arc<Table>)> {
        Ok((self.origin.source()?, self.table(self.origin.core())?))
    }

    pub(super) fn core(&self) -> &Core {
        self.origin.core()
    }

    pub(super) fn found(&self, ties: Ties) -> Result<Found<'a>> {
        self.found_in(self.origin.source()?, ties)
    }

    /// Finds the rows in what was opened before.
    pub(super) fn found_in(&self, source: RowSource<'a>, ties: Ties) -> Result<Found<'a>> {
        let table = self.table(self.core())?;
        let prepared = self.request.prepare(&source, &table, ties)?;
        Found::new(source, prepared, &self.request)
    }

    pub(super) fn rows<T>(&self, read: Read<'a, T>) -> QueryRows<'a, T> {
        QueryRows::new(self.found(Ties::AsFound), read)
    }

    pub(super) fn page<T>(self, mut read: impl FnMut(&Table, &RowBytes) -> Result<T>) -> Result<Page<T>> {
        let source = self.origin.source()?;
        self.page_in(source, &mut read)
    }

    /// Reads a page of what was opened before.
    pub(super) fn page_in<T>(
        mut self,
        source: RowSource<'a>,
        read: &mut dyn FnMut(&Table, &RowBytes) -> Result<T>,
    ) -> Result<Page<T>> {
        let rows_max = self.request.limit.unwrap_or(PAGE_ROWS);
        self.request.limit = Some(rows_max.saturating_add(1));
        let mut found = self.found_in(source, Ties::ByKey)?;
        let mut page = Page {
            rows: Vec::new(),
            next: None,
        };
        let mut last = None;
        while let Some((table, row)) = found.next()? {
            if page.rows.len() as u64 == rows_max {
                page.next = last;
                break;
            }
            page.rows.push(read(table, row)?);
            if page.rows.len() as u64 == rows_max {
                last = Some(found.cursor(&self.request)?);
            }
        }
        Ok(page)
    }

    pub(super) fn count(&self) -> Result<u64> {
        let request = Request {
            // Each row counts, whichever comes first.
            order: Vec::new(),
            ..self.request.clone()
        };
        let (source, table) = self.open()?;
        if self.request.after.is_some() {
            return count(self.found(Ties::ByKey)?);
        }
        let prepared = request.prepare(&source, &table, Ties::AsFound)?;
        let all = match (request.limit, request.offset) {
            (None, 0) => return prepared.stream(source)?.count(),
            (None, offset) => return Ok(prepared.stream(source)?.count()?.saturating_sub(offset)),
            (Some(_), _) => Found::new(source, prepared, &request)?,
        };
        count(all)
    }

    pub(super) fn exists(self) -> Result<bool> {
        // A cursor is of the order that it comes with.
        let order = match &self.request.after {
            Some(_) => self.request.order.clone(),
            None => Vec::new(),
        };
        let question = Self {
            request: Request {
                order,
                limit: Some(1.min(self.request.limit.unwrap_or(1))),
                ..self.request
            },
            ..self
        };
        Ok(question.found(Ties::AsFound)?.next()?.is_some())
    }

    pub(super) fn explain(&self) -> Result<Explanation> {
        let (source, table) = self.open()?;
        let prepared = self.request.prepare(&source, &table, Ties::AsFound)?;
        Ok(Explanation::new(&self.request, &prepared))
    }

    pub(super) fn delete(&self) -> Result<u64> {
        self.write(&mut |transaction, table, key| transaction.delete(table, key))
    }

    /// Runs a write of each row that is found: the keys first, as writing may change what is found.
    pub(super) fn write(&self, write: &mut WriteRow<'_>) -> Result<u64> {
        self.origin.write(|transaction| {
            let table = self.table(transaction.core())?;
            let source = RowSource::Transaction(transaction);
            let prepared = self.request.prepare(&source, &table, Ties::AsFound)?;
            let mut found = Found::new(source, prepared, &self.request)?;
            let mut keys = Vec::new();
            while let Some((_, row)) = found.next()? {
                keys.push(row.key.clone());
            }
            let mut count = 0;
            for key in keys {
                // Some rows are written, and others not.
                let written =
                    write(transaction, &table, &key).inspect_err(|error| transaction.break_off(error));
                count += u64::from(written?);
            }
            Ok(count)
        })
    }
}

fn count(mut found: Found<'_>) -> Result<u64> {
    let mut count = 0;
    while found.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}
