//! What rows are read from.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// What rows are read from: something that can be read twice, or once only.
///
/// ```
/// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
/// # #[derive(QuantaEntity)]
/// # struct City { #[quanta(id)] name: String }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// let lines = "{\"name\": \"Oslo\"}\n{\"name\": \"Rome\"}\n";
/// let report = db.table("city")?.import(ImportSource::once(lines.as_bytes()), &Import::json_lines())?;
/// assert_eq!(report.rows_written, 2);
/// assert!(ImportSource::open("no/such/file.csv").is_err());
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct ImportSource<'a> {
    kind: Kind<'a>,
}

enum Kind<'a> {
    Again {
        reader: Box<dyn ReadSeek + 'a>,
        start: u64,
    },
    Once(Box<dyn Read + 'a>),
}

trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Bytes that are asked for at a time.
const BUFFER_BYTES: usize = 64 * 1024;

impl<'a> ImportSource<'a> {
    /// Opens a file. What is no plain file, such as a pipe, is read once only.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// # let path = dir.path().join("cities.csv");
    /// # std::fs::write(&path, "name,people\nOslo,717710\n").expect("it can be written");
    /// // The file says: name,people and Oslo,717710.
    /// let report = cities.import(ImportSource::open(&path)?, &Import::csv())?;
    /// assert_eq!(report.rows_written, 1);
    /// assert_eq!(ImportSource::open("no/such/file.csv").err().map(|error| error.kind()), Some(ErrorKind::Input));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it can't be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Input, format!("{}: {error}", path.display())).with_source(error)
        };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            let problem = format!("{} is a directory", path.display());
            return Err(Error::new(ErrorKind::Input, problem));
        }
        Ok(if metadata.is_file() {
            Self::seekable(file)
        } else {
            Self::once(file)
        })
    }

    /// Reads from here on, and comes back here to read it again.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = std::io::Cursor::new("name,people\nOslo,717710\n");
    /// assert_eq!(cities.import(ImportSource::seekable(file), &Import::csv())?.rows_written, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn seekable(reader: impl Read + Seek + 'a) -> Self {
        let mut reader: Box<dyn ReadSeek + 'a> = Box::new(reader);
        let kind = match reader.stream_position() {
            Ok(start) => Kind::Again { reader, start },
            Err(_) => Kind::Once(Box::new(reader)),
        };
        Self { kind }
    }

    /// Reads what can't be read again: see [`Import`](crate::Import) for what follows from that.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let pipe = "name,people\nOslo,717710\n".as_bytes();
    /// assert_eq!(cities.import(ImportSource::once(pipe), &Import::csv())?.rows_written, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn once(reader: impl Read + 'a) -> Self {
        Self {
            kind: Kind::Once(Box::new(reader)),
        }
    }

    pub(super) fn is_repeatable(&self) -> bool {
        matches!(self.kind, Kind::Again { .. })
    }

    /// Returns a reader from the beginning, where there is a way back to it.
    pub(super) fn reader(&mut self) -> std::io::Result<BufReader<Box<dyn Read + '_>>> {
        let reader: Box<dyn Read + '_> = match &mut self.kind {
            Kind::Again { reader, start } => {
                reader.seek(SeekFrom::Start(*start))?;
                Box::new(reader)
            }
            Kind::Once(reader) => Box::new(reader),
        };
        Ok(BufReader::with_capacity(BUFFER_BYTES, reader))
    }
}

impl fmt::Debug for ImportSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Again { .. } => "ImportSource::seekable",
            Kind::Once(_) => "ImportSource::once",
        })
    }
}
