//! An import: rows into transactions.

use std::sync::Arc;

use crate::catalog::keys;
use crate::collection::{OnExisting, TransactionHandle, is_batch_full};
use crate::error::{Error, ErrorKind, Result};
use crate::txn::{Core, Table, Transaction, admit, row_place};

use super::layout::check_defaults;
use super::options::{Import, OnBadLine, Writing, check_delimiter};
use super::pass::{Next, Pass, Row};
use super::report::{ImportProgress, ImportReport, LineError};
use super::seen::Seen;
use super::source::ImportSource;

/// Rows between two calls of a progress function.
const PROGRESS_ROWS: u64 = 1000;

/// Where rows go, and how.
pub(super) struct Target<'c> {
    pub(super) core: &'c Arc<Core>,
    pub(super) table: &'c Table,
    /// Writes a row, by its key and body.
    pub(super) write: &'c dyn Fn(&TransactionHandle<'_>, OnExisting, &Row) -> Result<()>,
    /// Looks at a row that is not written yet.
    pub(super) check: &'c dyn Fn(&Row) -> Result<()>,
}

/// Imports rows.
pub(super) fn run(
    target: &Target<'_>,
    mut source: ImportSource<'_>,
    import: &Import,
    progress: &mut dyn FnMut(&ImportProgress),
) -> Result<ImportReport> {
    target.core.check_idle()?;
    if import.writing == Writing::Wanted {
        target.core.check_writable()?;
    }
    check_defaults(target.table)?;
    check_delimiter(import.delimiter)?;
    let mut run = Run {
        target,
        import,
        progress,
        is_repeatable: source.is_repeatable(),
        report: ImportReport::new(&target.table.name, import.errors_max, import.writing),
        seen: Seen::default(),
        state: State::Looking,
        pending: 0,
        batches: Batches::Whole,
    };
    let ended = run.passes(&mut source);
    run.end(ended)
}

/// What becomes of the rows that are read.
enum State<'c> {
    /// They are written into a transaction.
    Writing(Box<Transaction<'c>>),
    /// They are only looked at.
    Looking,
}

/// How much goes into one transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Batches {
    /// As much as it holds.
    Whole,
    /// As much as a batch of work should have.
    Small,
}

/// Why a pass ended before its end.
enum Stop {
    /// Nothing can be read behind a mistake, which is in the report.
    Lost,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What is wrong with a row.
enum Fault {
    KeyExists,
    Other(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::KeyExists => Self::KeyExists,
            _ => Self::Other(error),
        }
    }
}

/// What one pass left to do.
#[derive(PartialEq, Eq)]
enum Left {
    Nothing,
    /// Everything was looked at, and is to be written.
    Writing,
}

struct Run<'a, 'c> {
    target: &'a Target<'c>,
    import: &'a Import,
    progress: &'a mut dyn FnMut(&ImportProgress),
    is_repeatable: bool,
    report: ImportReport,
    seen: Seen,
    state: State<'c>,
    /// Rows in the open transaction.
    pending: u64,
    batches: Batches,
}

impl<'c> Run<'_, 'c> {
    fn passes(&mut self, source: &mut ImportSource<'_>) -> std::result::Result<(), Stop> {
        self.begin()?;
        if self.pass(source)? == Left::Nothing {
            return Ok(());
        }
        self.report.rows_read = 0;
        self.batches = Batches::Small;
        self.begin()?;
        self.pass(source).map(|_| ())
    }

    fn begin(&mut self) -> Result<()> {
        self.pending = 0;
        self.state = State::Writing(Box::new(Transaction::begin(self.target.core)?));
        Ok(())
    }

    /// Reads the source from its beginning to its end.
    fn pass(&mut self, source: &mut ImportSource<'_>) -> std::result::Result<Left, Stop> {
        let (table, import) = (self.target.table, self.import);
        let is_second = self.batches == Batches::Small;
        let reader = source.reader().map_err(|error| unreadable(&error))?;
        let mut pass = match Pass::new(reader, table, import).map_err(|error| unreadable(&error))? {
            Ok(pass) => pass,
            Err(errors) => {
                self.report.add(errors);
                return Err(Stop::Lost);
            }
        };
        loop {
            let next = pass.next(table, import).map_err(|error| unreadable(&error))?;
            match next {
                Next::End => break,
                Next::Row(row) => {
                    self.report.rows_read += 1;
                    self.take(&row)?;
                }
                Next::Bad(errors) => {
                    self.report.rows_read += 1;
                    self.bad(errors);
                }
                Next::Lost(error) => {
                    self.report.rows_read += 1;
                    self.bad([error]);
                    return Err(Stop::Lost);
                }
            }
            if is_second && self.is_refused() {
                return Ok(Left::Nothing);
            }
            if self.report.rows_read.is_multiple_of(PROGRESS_ROWS) {
                (self.progress)(&self.report.progress());
            }
        }
        Ok(self.finish_pass()?)
    }

    fn finish_pass(&mut self) -> Result<Left> {
        let is_wanted = self.import.writing == Writing::Wanted && !self.is_refused();
        if is_wanted && matches!(self.state, State::Writing(_)) {
            self.commit()?;
            return Ok(Left::Nothing);
        }
        if matches!(self.state, State::Looking) && self.import.on_existing == OnExisting::Refuse {
            for (line, first) in std::mem::take(&mut self.seen).repeated() {
                self.bad([LineError::new(line, format!("line {first} has the same key"))]);
            }
        }
        let is_left = self.import.writing == Writing::Wanted && !self.is_refused();
        Ok(if is_left { Left::Writing } else { Left::Nothing })
    }

    /// Tells whether nothing more is to be written.
    fn is_refused(&self) -> bool {
        self.report.errors_total > 0 && self.import.on_bad_line == OnBadLine::Refuse
    }

    fn bad(&mut self, errors: impl IntoIterator<Item = LineError>) {
        self.report.rows_bad += 1;
        self.report.add(errors);
        // A whole transaction still finds keys that are there twice; what is begun in parts ends here.
        if self.is_refused() && self.batches == Batches::Small {
            self.state = State::Looking;
            self.pending = 0;
        }
    }

    /// Writes a row, or looks at it.
    fn take(&mut self, row: &Row) -> Result<()> {
        let result = match &self.state {
            State::Writing(transaction) => {
                let handle = TransactionHandle::new(transaction);
                (self.target.write)(&handle, self.import.on_existing, row).map_err(Fault::from)
            }
            State::Looking => self.look(row),
        };
        match result {
            Ok(()) => self.taken(row),
            Err(Fault::Other(error))
                if error.kind() == ErrorKind::TransactionTooLarge && self.pending > 0 =>
            {
                self.make_room()?;
                self.take(row)
            }
            Err(Fault::Other(error)) if !is_of_the_row(error.kind()) => Err(error),
            Err(Fault::Other(error)) => {
                self.bad([LineError::new(row.line, error.to_string())]);
                Ok(())
            }
            Err(Fault::KeyExists) => {
                let problem = self.rival(row)?;
                self.bad([LineError::new(row.line, problem)]);
                Ok(())
            }
        }
    }

    /// Notes a row that was taken.
    fn taken(&mut self, row: &Row) -> Result<()> {
        self.seen.note(&row.key, row.line);
        if let State::Writing(transaction) = &self.state {
            self.pending += 1;
            if self.batches == Batches::Small && is_batch_full(self.target.core, transaction) {
                self.commit()?;
                self.begin()?;
            }
        }
        Ok(())
    }

    /// Goes on where the transaction holds no more.
    fn make_room(&mut self) -> Result<()> {
        let may_commit = self.import.writing == Writing::Wanted
            && match self.import.on_bad_line {
                OnBadLine::Skip => true,
                OnBadLine::Refuse => !self.is_repeatable && !self.is_refused(),
            };
        if !may_commit {
            // What it would write is written in a second pass, if at all.
            self.state = State::Looking;
            self.pending = 0;
            return Ok(());
        }
        self.commit()?;
        self.batches = Batches::Small;
        self.begin()
    }

    fn commit(&mut self) -> Result<()> {
        let State::Writing(transaction) = std::mem::replace(&mut self.state, State::Looking) else {
            return Ok(());
        };
        let pending = std::mem::take(&mut self.pending);
        if pending > 0 {
            transaction.commit()?;
            self.report.transactions += 1;
            self.report.rows_written += pending;
        }
        Ok(())
    }

    /// Finds what is wrong with a row without writing it, as far as it can be seen.
    fn look(&self, row: &Row) -> std::result::Result<(), Fault> {
        let table = self.target.table;
        admit(table, &row.key, &row.body)?;
        if self.import.on_existing == OnExisting::Refuse && self.is_stored(row)? {
            return Err(Fault::KeyExists);
        }
        Ok((self.target.check)(row)?)
    }

    /// Tells whether the store has a row with the key of one that is to be imported.
    fn is_stored(&self, row: &Row) -> Result<bool> {
        let key = keys::row(self.target.table.space, &row.key);
        Ok(self.target.core.engine().get(&key, &mut |_| {})?)
    }

    /// Says who has the key of a row; nothing if that is not listed any more.
    fn rival(&self, row: &Row) -> Result<String> {
        if self.report.errors.len() >= self.import.errors_max {
            // Looking for the line takes time, and nobody would read it.
            return Ok(String::new());
        }
        let place = row_place(self.target.table, &row.key);
        Ok(match self.seen.first_line(&row.key) {
            Some(first) => format!("line {first} has the same key: {place}"),
            None if self.is_stored(row)? => format!("{place} exists already"),
            None => format!("an earlier line has the same key: {place}"),
        })
    }

    /// Ends with the report, or with an error that carries it.
    fn end(mut self, ended: std::result::Result<(), Stop>) -> Result<ImportReport> {
        let is_unread = match &ended {
            Ok(()) => false,
            Err(Stop::Lost) => true,
            Err(Stop::Failed(error)) => error.kind() == ErrorKind::Input,
        };
        let keeps_going =
            self.import.on_bad_line == OnBadLine::Skip && self.import.writing == Writing::Wanted;
        if is_unread && keeps_going {
            // What was good so far is what was asked for.
            self.commit()?;
        }
        self.state = State::Looking;
        (self.progress)(&self.report.progress());
        match ended {
            Ok(()) if !self.is_refused() => Ok(self.report),
            Ok(()) | Err(Stop::Lost) => Err(self.refused()),
            Err(Stop::Failed(cause)) => {
                let (table, so_far) = (&self.report.table, self.so_far());
                let problem = format!("the import into {table} ended: {cause}; {so_far}");
                let error = Error::new(cause.kind(), problem).with_source(cause);
                Err(error.with_detail(Arc::new(self.report)))
            }
        }
    }

    fn so_far(&self) -> String {
        match self.report.rows_written {
            0 => "nothing was written".to_owned(),
            1 => "1 row is written already".to_owned(),
            rows => format!("{rows} rows are written already"),
        }
    }

    fn refused(self) -> Error {
        let problem = format!(
            "what is to be imported into {} has {} mistake{}; {}:{}",
            self.report.table,
            self.report.errors_total,
            if self.report.errors_total == 1 { "" } else { "s" },
            self.so_far(),
            self.report.list()
        );
        Error::new(ErrorKind::Input, problem).with_detail(Arc::new(self.report))
    }
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Input, format!("what it reads from failed: {error}"))
}

/// Tells whether an error is one row's, so that others may be better.
fn is_of_the_row(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::Storage
            | ErrorKind::DiskFull
            | ErrorKind::SnapshotTooOld
            | ErrorKind::Corrupt
            | ErrorKind::SchemaMoved
            | ErrorKind::ReadOnly
            | ErrorKind::NotSupported
            | ErrorKind::Declaration
            | ErrorKind::Locked
    )
}
