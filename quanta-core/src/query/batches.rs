//! Rows that are read in batches, with what is loaded for all of a batch.

use std::collections::VecDeque;

use crate::collection::RowSource;
use crate::error::{Error, Result};
use crate::txn::Table;

use super::page::Page;
use super::question::Question;
use super::relations::Loader;
use super::request::Ties;
use super::rows::{Found, QueryRows};
use super::stream::RowBytes;

/// Rows that are read before those are that belong to them.
pub const WITH_ROWS_MAX: usize = 256;
/// Bytes of such rows; the last one may be beyond.
const WITH_BYTES_MAX: usize = 1024 * 1024;

/// What is made of rows that are read in batches.
struct Batches<'a, T> {
    source: RowSource<'a>,
    found: Found<'a>,
    loader: Box<dyn Loader<T> + 'a>,
    ready: VecDeque<Result<T>>,
}

impl<T> Batches<'_, T> {
    fn next(&mut self) -> Option<Result<T>> {
        if self.ready.is_empty()
            && let Err(error) = self.fill()
        {
            self.ready.push_back(Err(error));
        }
        self.ready.pop_front()
    }

    fn fill(&mut self) -> Result<()> {
        let (rows, failed) = next_batch(&mut self.found);
        if !rows.is_empty() {
            let loaded = self.loader.load(&self.source, self.found.table(), &rows)?;
            self.ready.extend(loaded);
        }
        // The rows before it come first.
        self.ready.extend(failed.map(Err));
        Ok(())
    }
}

/// Reads the next rows, and says what ended them.
pub(super) fn next_batch(found: &mut Found<'_>) -> (Vec<RowBytes>, Option<Error>) {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while rows.len() < WITH_ROWS_MAX && bytes < WITH_BYTES_MAX {
        match found.next() {
            Ok(None) => break,
            Ok(Some((_, row))) => {
                bytes += row.key.len() + row.body.len();
                rows.push(row.clone());
            }
            Err(error) => return (rows, Some(error)),
        }
    }
    (rows, None)
}

/// Iterates over what a loader makes of the rows of a question, in what was opened for both.
pub(super) fn batches<'a, T: 'a>(
    question: &Question<'a>,
    source: RowSource<'a>,
    loader: Box<dyn Loader<T> + 'a>,
) -> QueryRows<'a, T> {
    match question.found_in(source.clone(), Ties::AsFound) {
        Ok(found) => {
            let mut batches = Batches {
                source,
                found,
                loader,
                ready: VecDeque::new(),
            };
            QueryRows::steps(Box::new(move || batches.next().transpose()))
        }
        Err(error) => QueryRows::failed(error),
    }
}

/// Reads a page of what a loader makes of the rows of a question, in what was opened for both.
pub(super) fn page<'a, T>(
    question: Question<'a>,
    source: &RowSource<'a>,
    table: &Table,
    loader: &mut dyn Loader<T>,
) -> Result<Page<T>> {
    let bytes = question.page_in(source.clone(), &mut |_, row| Ok(row.clone()))?;
    let mut rows = Vec::new();
    for batch in bytes.rows.chunks(WITH_ROWS_MAX) {
        for row in loader.load(source, table, batch)? {
            rows.push(row?);
        }
    }
    let next = bytes.next;
    Ok(Page { rows, next })
}
