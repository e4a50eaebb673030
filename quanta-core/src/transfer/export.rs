//! Rows into files.

use std::io::{self, Write};

use serde_json::Value as Json;

use crate::collection::Rows;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Node, NodeId, Schema};
use crate::txn::{Table, row_place};
use crate::value::{Value, to_flat, to_json};

use super::layout::{path_text, paths};
use super::options::{Format, check_delimiter};

/// How rows are written out. What is written is what an [`Import`](crate::Import) of the same form reads: rows come back
/// equal.
///
/// JSON that only the program understands (`serde = ".."`) is written as it is read without the program: its integers
/// beyond 64 bits are floats.
///
/// ```
/// # use quantadb::{Engine, Export, Options, QuantaEntity, QuantaType};
/// #[derive(QuantaType)]
/// struct Place { lat: f64, lon: f64 }
///
/// #[derive(QuantaEntity)]
/// #[quanta(table = "cities")]
/// struct City {
///     #[quanta(id)]
///     name: String,
///     place: Place,
///     people: Option<u64>,
/// }
///
/// let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// let cities = db.collection::<City>();
/// cities.insert(&City { name: "Oslo".into(), place: Place { lat: 59.9, lon: 10.7 }, people: None })?;
/// let mut file = Vec::new();
/// cities.export(&mut file, &Export::csv().none_as("NA"))?;
/// assert_eq!(String::from_utf8(file).unwrap(), "name,people,place.lat,place.lon\nOslo,NA,59.9,10.7\n");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Export {
    format: Format,
    none_as: String,
    delimiter: u8,
}

impl Export {
    /// Writes this form.
    ///
    /// ```
    /// # use quantadb::{Engine, Export, Format, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let mut file = Vec::new();
    /// assert_eq!(cities.export(&mut file, &Export::new(Format::Csv))?, 3);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            format,
            none_as: String::new(),
            delimiter: b',',
        }
    }

    /// Writes CSV: a header, and one record for each row.
    ///
    /// ```
    /// # use quantadb::{Engine, Export, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let mut file = Vec::new();
    /// cities.export(&mut file, &Export::csv())?;
    /// assert!(file.starts_with(b"name,people\nBergen,291940\n"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn csv() -> Self {
        Self::new(Format::Csv)
    }

    /// Writes one JSON object on each line.
    ///
    /// ```
    /// # use quantadb::{Engine, Export, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let mut file = Vec::new();
    /// cities.export(&mut file, &Export::json_lines())?;
    /// assert!(file.starts_with(b"{\"name\":\"Bergen\",\"people\":291940}\n"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn json_lines() -> Self {
        Self::new(Format::JsonLines)
    }

    /// Writes this text for none, instead of an empty cell. CSV only. A row that has the same text as a value is an
    /// error: nobody could tell it from none.
    ///
    /// ```
    /// # use quantadb::{Engine, Export, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Plane { #[quanta(id)] tail: String, seats: Option<u16> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Plane,)>().open("flights")?;
    /// # let planes = db.collection::<Plane>();
    /// planes.insert(&Plane { tail: "N102UW".into(), seats: None })?;
    /// let mut file = Vec::new();
    /// planes.export(&mut file, &Export::csv().none_as("NA"))?;
    /// assert_eq!(file, b"tail,seats\nN102UW,NA\n");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn none_as(mut self, word: impl Into<String>) -> Self {
        self.none_as = word.into();
        self
    }

    /// Separates cells by this ASCII character instead of a comma. CSV only.
    ///
    /// ```
    /// # use quantadb::{Engine, Export, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Plane { #[quanta(id)] tail: String, seats: Option<u16> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Plane,)>().open("flights")?;
    /// # let planes = db.collection::<Plane>();
    /// planes.insert(&Plane { tail: "N102UW".into(), seats: Some(55) })?;
    /// let mut file = Vec::new();
    /// planes.export(&mut file, &Export::csv().delimiter(b'\t'))?;
    /// assert_eq!(file, b"tail\tseats\nN102UW\t55\n");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }
}

/// Rows between two calls of a progress function.
const PROGRESS_ROWS: u64 = 1000;

/// Bytes that are handed on at a time.
const BUFFER_BYTES: usize = 64 * 1024;

/// Writes rows, and returns how many.
pub(super) fn run(
    table: &Table,
    rows: Rows<'static, Value>,
    writer: &mut dyn Write,
    export: &Export,
    progress: &mut dyn FnMut(u64),
) -> Result<u64> {
    check_delimiter(export.delimiter)?;
    let mut count = 0;
    let mut writer = Writer::new(table, export, writer)?;
    for row in rows {
        writer.row(&row?)?;
        count += 1;
        if count % PROGRESS_ROWS == 0 {
            progress(count);
        }
    }
    writer.finish()?;
    progress(count);
    Ok(count)
}

enum Writer<'w> {
    Csv {
        table: &'w Table,
        none_as: &'w str,
        paths: Vec<Vec<(String, NodeId)>>,
        writer: Box<csv::Writer<&'w mut dyn Write>>,
    },
    JsonLines {
        schema: &'w Schema,
        writer: std::io::BufWriter<&'w mut dyn Write>,
    },
}

impl<'w> Writer<'w> {
    fn new(table: &'w Table, export: &'w Export, writer: &'w mut dyn Write) -> Result<Self> {
        if export.format == Format::JsonLines {
            return Ok(Self::JsonLines {
                schema: &table.schema,
                writer: std::io::BufWriter::with_capacity(BUFFER_BYTES, writer),
            });
        }
        let paths = paths(&table.schema);
        let mut writer = csv::WriterBuilder::new()
            .delimiter(export.delimiter)
            .buffer_capacity(BUFFER_BYTES)
            .from_writer(writer);
        let header = paths.iter().map(|path| path_text(path));
        writer.write_record(header).map_err(unwritten)?;
        Ok(Self::Csv {
            table,
            none_as: &export.none_as,
            paths,
            writer: Box::new(writer),
        })
    }

    fn row(&mut self, row: &Value) -> Result<()> {
        match self {
            Self::JsonLines { schema, writer } => {
                let json: Json = to_json(&schema.shape, NodeId::ROOT, row);
                serde_json::to_writer(&mut *writer, &json).map_err(unwritten)?;
                writer.write_all(b"\n").map_err(unwritten)
            }
            Self::Csv {
                table,
                none_as,
                paths,
                writer,
            } => {
                for path in paths.iter() {
                    let cell = cell(table, row, path, none_as)?;
                    writer.write_field(cell).map_err(unwritten)?;
                }
                writer.write_record(None::<&[u8]>).map_err(unwritten)
            }
        }
    }

    fn finish(&mut self) -> Result<()> {
        match self {
            Self::JsonLines { writer, .. } => writer.flush(),
            Self::Csv { writer, .. } => writer.flush(),
        }
        .map_err(unwritten)
    }
}

fn cell(table: &Table, row: &Value, path: &[(String, NodeId)], none_as: &str) -> Result<String> {
    let shape = &table.schema.shape;
    let node = path.last().map_or(NodeId::ROOT, |(_, node)| *node);
    let value = path.iter().try_fold(row, |value, (name, _)| value.get(name));
    let value = value.ok_or_else(|| {
        let place = format!("the field {} of {}", path_text(path), table.name);
        Error::corrupt(place, "the row has no such field")
    })?;
    let is_option = matches!(shape.node(node), Node::Option(_));
    if is_option && value.is_none() {
        return Ok(none_as.to_owned());
    }
    let text = to_flat(shape, node, value);
    // Only a text may be empty, and where there is no none, it is one when it is read back.
    if text == none_as && (is_option || !text.is_empty()) {
        let key = crate::value::encoded_row_value(&table.schema, row).map(|(key, _)| row_place(table, &key));
        let place = key.unwrap_or_else(|_| format!("a row of {}", table.name));
        let problem = format!(
            "{place}: the field {} has the value {none_as:?}, which stands for none: choose another word by none_as",
            path_text(path)
        );
        return Err(Error::new(ErrorKind::Value, problem));
    }
    Ok(text)
}

fn unwritten(error: impl Into<io::Error>) -> Error {
    quanta_storage::Error::io("writing the rows", error.into()).into()
}
