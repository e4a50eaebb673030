//! Rows from CSV.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::codec::Encoder;
use crate::schema::limits::LINE_BYTES_MAX;
use crate::txn::Table;

use super::cells::{Record, encode_slot};
use super::layout::{Slot, layout};
use super::lines::{Line, Lines};
use super::options::{Import, OnUnknown};
use super::pass::{Next, finished};
use super::report::LineError;

/// Reads rows from CSV.
pub(super) struct CsvRows<R> {
    lines: Lines<R>,
    quotes: Quotes,
    parser: Reader,
    /// One record as it stands in the file.
    raw: Vec<u8>,
    /// Its cells, unescaped, one behind the other, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
    layout: Slot,
    columns: usize,
}

/// What was read of a record.
enum Raw {
    /// It begins at this line, and lies in the buffer.
    Read(u64),
    /// What comes behind it can't be told from it.
    Lost(LineError),
    End,
}

impl<R: BufRead> CsvRows<R> {
    /// Reads the header. The inner error lists what is wrong with it.
    pub(super) fn new(
        reader: R,
        table: &Table,
        import: &Import,
    ) -> io::Result<std::result::Result<Self, Vec<LineError>>> {
        let mut rows = Self {
            lines: Lines::new(reader),
            quotes: Quotes::new(import.delimiter),
            parser: ReaderBuilder::new().delimiter(import.delimiter).build(),
            raw: Vec::new(),
            cells: Vec::new(),
            ends: Vec::new(),
            layout: Slot::Group(Vec::new()),
            columns: 0,
        };
        let line = match rows.next_raw()? {
            Raw::Read(line) => line,
            Raw::Lost(error) => return Ok(Err(vec![error])),
            Raw::End => {
                let problem = "there is nothing, not even a header: the first line names the columns";
                return Ok(Err(vec![LineError::new(1, problem)]));
            }
        };
        if let Err(error) = rows.parse(line) {
            return Ok(Err(vec![error]));
        }
        Ok(rows.read_header(line, table, import).map(|()| rows))
    }

    fn read_header(&mut self, line: u64, table: &Table, import: &Import) -> Result<(), Vec<LineError>> {
        let mut errors = Vec::new();
        let mut columns = BTreeMap::new();
        let mut renamed: Vec<&String> = import.renamed.keys().collect();
        let mut start = 0;
        for (position, end) in self.ends.iter().enumerate() {
            let name = String::from_utf8_lossy(&self.cells[start..*end]);
            start = *end;
            renamed.retain(|column| **column != name);
            let field = import.renamed.get(&*name).map_or(&*name, String::as_str);
            if let Some(before) = columns.insert(field.to_owned(), position) {
                let problem = format!("column {} is {field} too", before + 1);
                errors.push(LineError::new(line, problem).in_column(position).of_field(field));
            }
        }
        for column in renamed {
            let problem = format!("no column is named {column}, which is to be renamed");
            errors.push(LineError::new(line, problem));
        }
        self.columns = self.ends.len();
        let mut missing = Vec::new();
        self.layout = layout(table, &mut columns, &mut missing);
        for field in missing {
            let problem = if table.schema.key.contains(&field) {
                "the field of the key has no column"
            } else {
                "the field has no column, and neither a default nor none can stand for it"
            };
            errors.push(LineError::new(line, problem).of_field(&field));
        }
        let mut unknown: Vec<(usize, String)> = columns
            .into_iter()
            .map(|(name, position)| (position, name))
            .collect();
        unknown.sort();
        for (position, name) in unknown {
            if import.on_unknown == OnUnknown::Refuse {
                let problem = format!(
                    "table {} has no field {name:?}: rename the column, or ignore it",
                    table.name
                );
                errors.push(LineError::new(line, problem).in_column(position));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Reads the next row.
    pub(super) fn next(&mut self, table: &Table, import: &Import) -> io::Result<Next> {
        let line = match self.next_raw()? {
            Raw::Read(line) => line,
            Raw::Lost(error) => return Ok(Next::Lost(error)),
            Raw::End => return Ok(Next::End),
        };
        if let Err(error) = self.parse(line) {
            return Ok(Next::Bad(vec![error]));
        }
        if self.ends.len() != self.columns {
            let (found, expected) = (self.ends.len(), self.columns);
            let problem = format!("{found} cells where the header has {expected}");
            return Ok(Next::Bad(vec![LineError::new(line, problem)]));
        }
        let mut errors = Vec::new();
        let mut out = Encoder::default();
        let record = Record {
            line,
            bytes: &self.cells,
            ends: &self.ends,
        };
        encode_slot((table, import), &self.layout, &record, &mut out, &mut errors);
        // They were found in the order of the fields.
        errors.sort_by_key(|error| error.column);
        Ok(finished(table, line, out, errors))
    }

    /// Reads the bytes of the next record; lines without anything are passed over.
    fn next_raw(&mut self) -> io::Result<Raw> {
        self.raw.clear();
        self.quotes.restart();
        let mut first = 0;
        loop {
            let start = self.raw.len();
            match self.lines.next(&mut self.raw)? {
                Line::End if start == 0 => return Ok(Raw::End),
                Line::End => {
                    let problem = "a quote that opens in this record is never closed";
                    return Ok(Raw::Lost(LineError::new(first, problem)));
                }
                Line::TooLong => {
                    let line = if start == 0 { self.lines.count } else { first };
                    let problem =
                        format!("the record has more than {LINE_BYTES_MAX} bytes: is a quote not closed?");
                    return Ok(Raw::Lost(LineError::new(line, problem)));
                }
                Line::Read => {}
            }
            if start == 0 {
                first = self.lines.count;
            }
            if self.quotes.are_closed_after(&self.raw[start..]) {
                if self.raw.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                    self.raw.clear();
                    continue;
                }
                return Ok(Raw::Read(first));
            }
        }
    }

    /// Takes the record apart.
    fn parse(&mut self, line: u64) -> Result<(), LineError> {
        self.parser.reset();
        let raw = self.raw.strip_suffix(b"\n").unwrap_or(&self.raw);
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        self.cells.resize(raw.len().max(1), 0);
        // Each cell but the last one ends with a delimiter.
        self.ends.resize(raw.len() + 1, 0);
        let (mut read, mut written, mut count) = (0, 0, 0);
        loop {
            let (result, taken, wrote, ended) =
                self.parser
                    .read_record(&raw[read..], &mut self.cells[written..], &mut self.ends[count..]);
            (read, written, count) = (read + taken, written + wrote, count + ended);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            }
        }
        self.cells.truncate(written);
        self.ends.truncate(count);
        if read < raw.len() {
            let problem = "a carriage return stands within the line: lines end with a line feed, and cells that \
                           hold either are quoted";
            return Err(LineError::new(line, problem));
        }
        Ok(())
    }
}

/// Follows quotes, to tell where a record ends.
struct Quotes {
    delimiter: u8,
    state: Quote,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    /// A cell begins: only here does a quote open.
    CellStart,
    InCell,
    Open,
    /// Behind a quote that closes, unless another one follows.
    Closing,
}

impl Quotes {
    fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: Quote::CellStart,
        }
    }

    fn restart(&mut self) {
        self.state = Quote::CellStart;
    }

    /// Follows one more line of the record, and tells whether the record ends with it.
    fn are_closed_after(&mut self, line: &[u8]) -> bool {
        if self.state == Quote::CellStart && !line.contains(&b'"') {
            return true;
        }
        for byte in line {
            self.state = match (self.state, *byte) {
                (Quote::CellStart, b'"') | (Quote::Closing, b'"') => Quote::Open,
                (Quote::Open, b'"') => Quote::Closing,
                (Quote::Open, _) => Quote::Open,
                (_, byte) if byte == self.delimiter || byte == b'\n' => Quote::CellStart,
                _ => Quote::InCell,
            };
        }
        self.state != Quote::Open
    }
}
