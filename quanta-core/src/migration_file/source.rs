//! Where migration files come from.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::schema::limits::{MIGRATION_DIRECTORY_DEPTH_MAX, MIGRATION_FILE_BYTES_MAX};

use super::file::MigrationFile;

/// How the name of a draft ends: it is no migration file until it gets another name.
pub const DRAFT_ENDING: &str = ".draft.toml";

/// How the name of a migration file ends.
const ENDING: &str = "toml";

/// Where migration files come from: see [`Options::migration_files`](crate::Options::migration_files).
///
/// ```
/// # use quantadb::MigrationSource;
/// let embedded = MigrationSource::embedded(&[("tags/20261122_143000_tags.toml", "up = []")]);
/// let files = embedded.files()?;
/// assert_eq!(files[0].id, "20261122_143000_tags");
/// assert!(MigrationSource::directory("no/such/place").files().is_err());
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum MigrationSource {
    /// All files of a directory whose names end in `.toml`, and of those in it: one for each module, for instance. Drafts
    /// and files whose names begin with a point are left out.
    Directory(PathBuf),
    /// One file.
    File(PathBuf),
    /// Files in the program: their paths, and their texts. [`migration_files!`](https://docs.rs/quantadb) makes them of a directory.
    Embedded(&'static [(&'static str, &'static str)]),
    /// Files that the program made.
    Given(Vec<MigrationFile>),
}

impl MigrationSource {
    /// Takes the files of a directory.
    #[must_use]
    pub fn directory(path: impl Into<PathBuf>) -> Self {
        Self::Directory(path.into())
    }

    /// Takes one file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(path.into())
    }

    /// Takes files that are in the program.
    #[must_use]
    pub fn embedded(files: &'static [(&'static str, &'static str)]) -> Self {
        Self::Embedded(files)
    }

    /// Reads the files, in the order of their paths.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MigrationFile`] names a file that is wrong, and the line, or a file or directory that isn't there.
    pub fn files(&self) -> Result<Vec<MigrationFile>> {
        match self {
            Self::Directory(path) => {
                let mut paths = Vec::new();
                list(path, 0, &mut paths)?;
                paths.sort();
                paths.iter().map(|path| read(path)).collect()
            }
            Self::File(path) => Ok(vec![read(path)?]),
            Self::Embedded(files) => {
                let files = files.iter().map(|(path, text)| {
                    let path = Path::new(path);
                    MigrationFile::read(&stem(path), Some(path), text)
                });
                files.collect()
            }
            Self::Given(files) => Ok(files.clone()),
        }
    }
}

impl<P: AsRef<Path>> From<P> for MigrationSource {
    /// Takes the files of a directory.
    fn from(path: P) -> Self {
        Self::Directory(path.as_ref().to_path_buf())
    }
}

fn list(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    if depth > MIGRATION_DIRECTORY_DEPTH_MAX {
        let problem = format!(
            "{}: directories lie more than {MIGRATION_DIRECTORY_DEPTH_MAX} deep",
            directory.display()
        );
        return Err(Error::new(ErrorKind::MigrationFile, problem));
    }
    let entries = fs::read_dir(directory).map_err(|error| unreadable(directory, error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(directory, error))?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            list(&path, depth + 1, found)?;
        } else if path.extension().is_some_and(|ending| ending == ENDING) && !name.ends_with(DRAFT_ENDING) {
            found.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<MigrationFile> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if !metadata.is_file() {
        let problem = format!("{}: it is no file that can be read", path.display());
        return Err(Error::new(ErrorKind::MigrationFile, problem));
    }
    let bytes = metadata.len();
    if bytes > MIGRATION_FILE_BYTES_MAX {
        let problem = format!(
            "{}: it has {bytes} bytes, and {MIGRATION_FILE_BYTES_MAX} is the limit",
            path.display()
        );
        return Err(Error::new(ErrorKind::MigrationFile, problem));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
    MigrationFile::read(&stem(path), Some(path), &text)
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidData => ErrorKind::MigrationFile,
        _ => ErrorKind::Storage,
    };
    Error::new(kind, format!("{} can't be read: {error}", path.display())).with_source(error)
}
