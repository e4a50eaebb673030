//! What came of an import.

use std::fmt;

use serde_json::json;

use crate::error::Error;

use super::options::Writing;

/// A mistake in what was to be imported.
///
/// ```
/// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let file = "name,people\nOslo,many\n";
/// let report = cities.import(ImportSource::once(file.as_bytes()), &Import::csv().keep_going())?;
/// let error = &report.errors[0];
/// assert_eq!((error.line, error.column, error.field.as_deref()), (2, Some(2), Some("people")));
/// assert!(error.to_string().starts_with("line 2, column 2, field people: "));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// The line where the row begins, counted from 1.
    pub line: u64,
    /// The column of a CSV file, counted from 1.
    pub column: Option<usize>,
    /// The path of the field.
    pub field: Option<String>,
    /// What is wrong.
    pub problem: String,
}

/// Characters of a problem that are kept: it may quote what it found.
const PROBLEM_CHARS_MAX: usize = 300;

impl LineError {
    pub(super) fn new(line: u64, problem: impl Into<String>) -> Self {
        let mut problem = problem.into();
        if let Some((end, _)) = problem.char_indices().nth(PROBLEM_CHARS_MAX) {
            problem.truncate(end);
            problem.push_str("..");
        }
        Self {
            line,
            column: None,
            field: None,
            problem,
        }
    }

    /// Names the column, by its position from 0.
    pub(super) fn in_column(mut self, position: usize) -> Self {
        self.column = Some(position + 1);
        self
    }

    pub(super) fn of_field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ", field {field}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// How far an import has got.
///
/// ```
/// # use quantadb::{Engine, Import, ImportProgress, ImportSource, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let file = "name,people\nOslo,717710\n";
/// let mut last = ImportProgress::default();
/// cities.import_with(ImportSource::once(file.as_bytes()), &Import::csv(), &mut |progress| last = *progress)?;
/// assert_eq!((last.rows_read, last.rows_written), (1, 1));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// Rows that were read. It begins again where the rows are read a second time.
    pub rows_read: u64,
    /// Rows that are written for good.
    pub rows_written: u64,
}

/// What came of an import.
///
/// ```
/// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let file = "name,people\nOslo,717710\nBergen,many\n";
/// let report = cities.import(ImportSource::once(file.as_bytes()), &Import::csv().keep_going())?;
/// assert_eq!((report.rows_read, report.rows_written, report.rows_bad), (2, 1, 1));
/// assert!(report.to_string().starts_with("1 row written to city, 1 row left out:\n"));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The table.
    pub table: String,
    /// Rows that stand in the file, as far as it was read.
    pub rows_read: u64,
    /// Rows that are written.
    pub rows_written: u64,
    /// Rows with a mistake.
    pub rows_bad: u64,
    /// The first mistakes, in the order in which they were found.
    pub errors: Vec<LineError>,
    /// All mistakes: a row may have several.
    pub errors_total: u64,
    /// Transactions that the rows were written in.
    pub transactions: u64,
    /// Whether nothing was to be written.
    pub is_dry_run: bool,
    errors_max: usize,
}

impl ImportReport {
    pub(super) fn new(table: &str, errors_max: usize, writing: Writing) -> Self {
        Self {
            table: table.to_owned(),
            rows_read: 0,
            rows_written: 0,
            rows_bad: 0,
            errors: Vec::new(),
            errors_total: 0,
            transactions: 0,
            is_dry_run: writing == Writing::DryRun,
            errors_max,
        }
    }

    pub(super) fn add(&mut self, errors: impl IntoIterator<Item = LineError>) {
        for error in errors {
            self.errors_total += 1;
            if self.errors.len() < self.errors_max {
                self.errors.push(error);
            }
        }
    }

    pub(super) fn progress(&self) -> ImportProgress {
        ImportProgress {
            rows_read: self.rows_read,
            rows_written: self.rows_written,
        }
    }

    /// Returns the report as JSON: `table`, `rows_read`, `rows_written`, `rows_bad`, `errors` with `line`, `column`,
    /// `field` and `problem`, `errors_total`, `transactions`, `dry_run`.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name,people\nOslo,717710\n";
    /// let json = cities.import(ImportSource::once(file.as_bytes()), &Import::csv())?.to_json();
    /// assert_eq!((&json["table"], &json["rows_written"]), (&"city".into(), &1.into()));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let error = |error: &LineError| {
            json!({
                "line": error.line,
                "column": error.column,
                "field": error.field,
                "problem": error.problem,
            })
        };
        json!({
            "table": self.table,
            "rows_read": self.rows_read,
            "rows_written": self.rows_written,
            "rows_bad": self.rows_bad,
            "errors": self.errors.iter().map(error).collect::<Vec<_>>(),
            "errors_total": self.errors_total,
            "transactions": self.transactions,
            "dry_run": self.is_dry_run,
        })
    }

    pub(super) fn list(&self) -> String {
        let mut text: String = self.errors.iter().map(|error| format!("\n  {error}")).collect();
        let unlisted = self.errors_total - self.errors.len() as u64;
        if unlisted > 0 {
            text.push_str(&format!("\n  and {unlisted} more"));
        }
        text
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = |count: u64| format!("{count} row{}", if count == 1 { "" } else { "s" });
        if self.is_dry_run {
            let good = rows(self.rows_read - self.rows_bad);
            write!(
                f,
                "{good} could be written to {}: nothing was written",
                self.table
            )?;
        } else {
            write!(f, "{} written to {}", rows(self.rows_written), self.table)?;
        }
        if self.rows_bad > 0 {
            write!(f, ", {} left out:{}", rows(self.rows_bad), self.list())?;
        }
        Ok(())
    }
}

impl Error {
    /// Returns what an import had done and found when this error ended it; none if it comes from elsewhere.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name,people\nOslo,many\nBergen,291940\n";
    /// let error = cities.import(ImportSource::once(file.as_bytes()), &Import::csv()).unwrap_err();
    /// let report = error.import_report().expect("the error of an import has one");
    /// assert_eq!((report.rows_written, report.errors[0].line), (0, 2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn import_report(&self) -> Option<&ImportReport> {
        self.detail()
    }
}
