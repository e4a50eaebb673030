//! What an import is told.

use std::collections::BTreeMap;

use crate::collection::OnExisting;
use crate::error::{Error, ErrorKind, Result};

/// In which form rows stand in a file.
///
/// ```
/// # use quantadb::{Engine, Export, Format, Import, ImportSource, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let text = "{\"name\": \"Oslo\", \"people\": 717710}\n";
/// cities.import(ImportSource::once(text.as_bytes()), &Import::new(Format::JsonLines))?;
/// let mut file = Vec::new();
/// cities.export(&mut file, &Export::new(Format::Csv))?;
/// assert_eq!(file, b"name,people\nOslo,717710\n");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A header with the paths of fields, and one record for each row.
    Csv,
    /// One JSON object on each line.
    JsonLines,
}

/// Lines with mistakes that are listed unless an import says otherwise.
const ERRORS_MAX_DEFAULT: usize = 20;

/// What is done about a line with a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnBadLine {
    Refuse,
    Skip,
}

/// What is done about columns that the table has no field for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnUnknown {
    Refuse,
    Ignore,
}

/// What a word that stands for none becomes in a field with an explicit default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnNone {
    Keep,
    Default,
}

/// Whether rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    Wanted,
    DryRun,
}

/// How rows are read in: the form of the file, and what becomes of what doesn't fit.
///
/// The rows of a JSON lines file are in the form of [`DynamicCollection::to_json`](crate::DynamicCollection::to_json).
/// A CSV file begins with a header: each column is a field, or the path of one inside of nested structs, such as
/// `address.city`. A cell is what the JSON of its value says, without quotes; lists, sets, maps, tuples, arrays,
/// options of structs, and variants with a payload stand in one cell as JSON. In both, a field that is left out becomes its
/// explicit default, or none if it is an option.
///
/// **What happens if a line is bad.** Nothing is imported then, unless [`Import::keep_going`] says otherwise: all lines
/// are looked at, and the error lists the bad ones. Rows that fit into one transaction (64 MiB, index entries included)
/// are written in one, all or nothing. More rows are looked at first, and then written in transactions of 1 MiB: a crash
/// between them leaves the first part in the table, and so does what the first look can't see, which is an index that
/// refuses a value, a reference to what isn't there, a row that somebody writes meanwhile, and keys that are there twice among more than two million
/// lines. Importing again with [`OnExisting::Replace`] makes it whole. A source that can only be read once
/// ([`ImportSource::once`](crate::ImportSource::once)) is not looked at first: if it is more than one transaction holds, what stands before a bad
/// line may be written already, and the report says how much.
///
/// A key that two lines have is an error that names both, unless existing rows are replaced: then the later line stays.
///
/// Memory is bounded by the transaction, whatever the size of the file. The right to write is held while the first
/// 64 MiB are read.
///
/// ```
/// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
/// # use std::io::Cursor;
/// #[derive(QuantaEntity, Debug, PartialEq)]
/// #[quanta(table = "planes")]
/// struct Plane {
///     #[quanta(id)]
///     tail: String,
///     seats: Option<u16>,
/// }
///
/// let db = Options::new().engine(Engine::memory()).entities::<(Plane,)>().open("flights")?;
/// let file = "tailnum,seats\nN10156,55\nN102UW,NA\n";
/// let import = Import::csv().none_as("NA").rename("tailnum", "tail");
/// let report = db.collection::<Plane>().import(ImportSource::seekable(Cursor::new(file)), &import)?;
/// assert_eq!(report.rows_written, 2);
/// assert_eq!(db.collection::<Plane>().get("N102UW")?.unwrap().seats, None);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Import {
    pub(super) format: Format,
    pub(super) delimiter: u8,
    none_as: Vec<String>,
    pub(super) on_none: OnNone,
    pub(super) renamed: BTreeMap<String, String>,
    pub(super) on_unknown: OnUnknown,
    pub(super) on_existing: OnExisting,
    pub(super) on_bad_line: OnBadLine,
    pub(super) errors_max: usize,
    pub(super) writing: Writing,
}

impl Import {
    /// Reads a file of this form, and adds its rows: a key that exists is an error.
    ///
    /// ```
    /// # use quantadb::{Engine, Format, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name,people\nOslo,717710\n";
    /// let import = Import::new(Format::Csv);
    /// cities.import(ImportSource::once(file.as_bytes()), &import)?;
    /// let error = cities.import(ImportSource::once(file.as_bytes()), &import).unwrap_err();
    /// assert!(error.to_string().contains("line 2")); // The key is there by now.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            format,
            delimiter: b',',
            none_as: Vec::new(),
            on_none: OnNone::Keep,
            renamed: BTreeMap::new(),
            on_unknown: OnUnknown::Refuse,
            on_existing: OnExisting::Refuse,
            on_bad_line: OnBadLine::Refuse,
            errors_max: ERRORS_MAX_DEFAULT,
            writing: Writing::Wanted,
        }
    }

    /// Reads CSV.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "people,name\n717710,Oslo\n";
    /// cities.import(ImportSource::once(file.as_bytes()), &Import::csv())?;
    /// assert_eq!(cities.get("Oslo")?.unwrap().people, 717_710);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn csv() -> Self {
        Self::new(Format::Csv)
    }

    /// Reads JSON lines.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "{\"name\": \"Oslo\", \"people\": 717710}\n{\"name\": \"Bergen\", \"people\": 291940}\n";
    /// let report = cities.import(ImportSource::once(file.as_bytes()), &Import::json_lines())?;
    /// assert_eq!(report.rows_written, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn json_lines() -> Self {
        Self::new(Format::JsonLines)
    }

    /// Takes a cell of exactly this text for none; may be called several times. Without any, the empty cell is none.
    /// A field that is no option refuses such a cell, but for the empty one, which is the empty text there. CSV only.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Plane { #[quanta(id)] tail: String, seats: Option<u16> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Plane,)>().open("flights")?;
    /// # let planes = db.collection::<Plane>();
    /// let file = "tail,seats\nN102UW,NA\nN103US,-\n";
    /// let import = Import::csv().none_as("NA").none_as("-");
    /// planes.import(ImportSource::once(file.as_bytes()), &import)?;
    /// assert_eq!(planes.get("N103US")?.unwrap().seats, None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn none_as(mut self, word: impl Into<String>) -> Self {
        self.none_as.push(word.into());
        self
    }

    /// Gives a field with an explicit default its default where the file says none.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// struct Plane { #[quanta(id)] tail: String, #[quanta(default = 2)] engines: u8 }
    ///
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Plane,)>().open("flights")?;
    /// # let planes = db.collection::<Plane>();
    /// let file = "tail,engines\nN102UW,NA\n";
    /// let import = Import::csv().none_as("NA").none_as_default();
    /// planes.import(ImportSource::once(file.as_bytes()), &import)?;
    /// assert_eq!(planes.get("N102UW")?.unwrap().engines, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn none_as_default(mut self) -> Self {
        self.on_none = OnNone::Default;
        self
    }

    /// Takes a column, or a key of the JSON objects, for the field of another name.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "town,people\nOslo,717710\n";
    /// cities.import(ImportSource::once(file.as_bytes()), &Import::csv().rename("town", "name"))?;
    /// assert!(cities.contains("Oslo")?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn rename(mut self, column: impl Into<String>, field: impl Into<String>) -> Self {
        self.renamed.insert(column.into(), field.into());
        self
    }

    /// Passes over columns, or keys of the JSON objects, that the table has no field for, instead of refusing them.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name,mayor,people\nOslo,Anne,717710\n";
    /// let read = || ImportSource::once(file.as_bytes());
    /// assert!(cities.import(read(), &Import::csv()).is_err());
    /// assert_eq!(cities.import(read(), &Import::csv().ignore_unknown())?.rows_written, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn ignore_unknown(mut self) -> Self {
        self.on_unknown = OnUnknown::Ignore;
        self
    }

    /// Says what becomes of a row whose key exists.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, OnExisting, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let file = "name,people\nOslo,717711\n";
    /// let import = Import::csv().on_existing(OnExisting::Replace);
    /// cities.import(ImportSource::once(file.as_bytes()), &import)?;
    /// assert_eq!(cities.get("Oslo")?.unwrap().people, 717_711);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn on_existing(mut self, on_existing: OnExisting) -> Self {
        self.on_existing = on_existing;
        self
    }

    /// Leaves bad lines out, and imports the others: the report lists what was left out.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name,people\nOslo,many\nBergen,291940\n";
    /// let report = cities.import(ImportSource::once(file.as_bytes()), &Import::csv().keep_going())?;
    /// assert_eq!((report.rows_written, report.rows_bad), (1, 1));
    /// assert_eq!(report.errors[0].line, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn keep_going(mut self) -> Self {
        self.on_bad_line = OnBadLine::Skip;
        self
    }

    /// Lists at most so many mistakes, 20 if not told; all are counted.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name,people\nOslo,many\nBergen,few\nTurku,some\n";
    /// let import = Import::csv().keep_going().errors_max(1);
    /// let report = cities.import(ImportSource::once(file.as_bytes()), &import)?;
    /// assert_eq!((report.errors.len(), report.errors_total), (1, 3));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn errors_max(mut self, errors_max: usize) -> Self {
        self.errors_max = errors_max;
        self
    }

    /// Looks at everything, and writes nothing.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name,people\nOslo,717710\n";
    /// let report = cities.import(ImportSource::once(file.as_bytes()), &Import::csv().dry_run())?;
    /// assert_eq!(report.to_string(), "1 row could be written to city: nothing was written");
    /// assert!(cities.is_empty()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.writing = Writing::DryRun;
        self
    }

    /// Separates cells by this ASCII character instead of a comma. CSV only.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name;people\nOslo;717710\n";
    /// cities.import(ImportSource::once(file.as_bytes()), &Import::csv().delimiter(b';'))?;
    /// assert!(cities.contains("Oslo")?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Tells whether a cell stands for none.
    pub(super) fn is_none(&self, text: &str) -> bool {
        match self.none_as.as_slice() {
            [] => text.is_empty(),
            words => words.iter().any(|word| word == text),
        }
    }
}

/// Checks that a character can separate cells.
///
/// # Errors
///
/// If it has another meaning, or is no character by itself.
pub(super) fn check_delimiter(delimiter: u8) -> Result<()> {
    if delimiter.is_ascii() && !matches!(delimiter, b'"' | b'\r' | b'\n') {
        return Ok(());
    }
    let problem = "cells can't be separated by a quote, the end of a line, or what is not ASCII";
    Err(Error::new(ErrorKind::Input, problem))
}
