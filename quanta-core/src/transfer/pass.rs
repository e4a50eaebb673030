//! Going through a file, row by row.

use std::io::{self, BufRead};

use crate::codec::{Encoder, row_key};
use crate::txn::Table;

use super::csv_rows::CsvRows;
use super::json_rows::JsonRows;
use super::options::{Format, Import};
use super::report::LineError;

/// What comes next in a file.
pub(super) enum Next {
    Row(Row),
    /// A row with mistakes.
    Bad(Vec<LineError>),
    /// A mistake behind which nothing can be read.
    Lost(LineError),
    End,
}

/// An encoded row.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) key: Vec<u8>,
    pub(super) body: Vec<u8>,
}

/// Takes the row out of the encoder, if it has no mistake.
pub(super) fn finished(table: &Table, line: u64, out: Encoder, mut errors: Vec<LineError>) -> Next {
    if errors.is_empty() {
        let body = out.finish();
        let row = body.and_then(|body| {
            let key = row_key(&table.schema, &body).map_err(|error| error.to_string())?;
            Ok(Row { line, key, body })
        });
        match row {
            Ok(row) => return Next::Row(row),
            Err(problem) => errors.push(LineError::new(line, problem)),
        }
    }
    Next::Bad(errors)
}

/// Reads rows in either form.
pub(super) enum Pass<R> {
    Csv(Box<CsvRows<R>>),
    JsonLines(JsonRows<R>),
}

impl<R: BufRead> Pass<R> {
    /// Begins. The inner error lists what is wrong with the header.
    pub(super) fn new(
        reader: R,
        table: &Table,
        import: &Import,
    ) -> io::Result<std::result::Result<Self, Vec<LineError>>> {
        Ok(match import.format {
            Format::Csv => CsvRows::new(reader, table, import)?.map(|rows| Self::Csv(Box::new(rows))),
            Format::JsonLines => Ok(Self::JsonLines(JsonRows::new(reader))),
        })
    }

    pub(super) fn next(&mut self, table: &Table, import: &Import) -> io::Result<Next> {
        match self {
            Self::Csv(rows) => rows.next(table, import),
            Self::JsonLines(rows) => rows.next(table, import),
        }
    }
}
