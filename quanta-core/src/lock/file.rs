//! The file itself.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Result};
use crate::history::HistoryDocument;

/// What the formats of history documents begin with.
const FORMATS: &str = "quanta-history/";

/// Reads a lock; none if there is no file.
///
/// ```
/// assert_eq!(quantadb::lock::read("no/such/quanta.lock")?, None);
/// # Ok::<(), quantadb::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::NewerFormat`] if a newer version wrote it, [`ErrorKind::Corrupt`] if it is no sound history, and
/// [`ErrorKind::Storage`] if the file can't be read.
pub fn read(path: impl AsRef<Path>) -> Result<Option<HistoryDocument>> {
    let path = path.as_ref();
    let text = match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| damaged(path, "it is no text"))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let problem = format!("reading {}: {error}", path.display());
            return Err(Error::new(ErrorKind::Storage, problem).with_source(error));
        }
    };
    parse(path, &text).map(Some)
}

fn parse(path: &Path, text: &str) -> Result<HistoryDocument> {
    if text.lines().any(|line| line.starts_with("<<<<<<<")) {
        return Err(damaged(
            path,
            "it has the marks of a merge that was not finished: keep the versions of one side, and write the lock anew",
        ));
    }
    let json: Json = serde_json::from_str(text).map_err(|error| damaged(path, error))?;
    match json["format"].as_str() {
        Some(format) if format.starts_with(FORMATS) && format != HistoryDocument::FORMAT => Err(Error::new(
            ErrorKind::NewerFormat,
            format!(
                "{}: its format is `{}`, and this version knows `{}`: a newer version of quantadb wrote it",
                path.display(),
                format.escape_debug(),
                HistoryDocument::FORMAT
            ),
        )),
        _ => HistoryDocument::from_json(text).map_err(|problem| damaged(path, problem)),
    }
}

fn damaged(path: &Path, problem: impl std::fmt::Display) -> Error {
    Error::corrupt(path.display(), problem)
}

/// Writes a lock in place of the one that is there: a reader sees the old file or the new one, whatever happens.
///
/// ```
/// # use quantadb::{HistoryDocument, lock};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("quanta.lock");
/// let document = HistoryDocument::from_json(r#"{"format": "quanta-history/1", "name": "shop", "versions": [
///     {"label": "1", "tables": [{"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "i64"}]}]}]}"#)?;
/// lock::replace(&path, &document)?;
/// assert_eq!(lock::read(&path)?, Some(document));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the document is not one that could be read again, or the file can't be written. The old file is as it was then.
pub fn replace(path: impl AsRef<Path>, document: &HistoryDocument) -> Result<()> {
    let path = path.as_ref();
    let mut text = document.to_json();
    text.push('\n');
    let again = parse(path, &text)?;
    if again != *document {
        return Err(damaged(path, "what would be written is not what would be read"));
    }
    Ok(quanta_storage::replace_file(path, text.as_bytes())?)
}
