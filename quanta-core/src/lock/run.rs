//! Checking and writing a lock.

use std::path::Path;

use crate::db::Options;
use crate::error::{Error, ErrorKind, Result};
use crate::history::HistoryDocument;

use super::compare::{Comparison, compare};
use super::file::{read, replace};

/// What a history is called whose lock lies in no directory with a name.
const NO_NAME: &str = "app";

/// What things are called in a lock.
#[derive(Debug, Clone, Default)]
pub struct Naming {
    /// What a new history is called; without it, as the directory of the lock.
    pub name: Option<String>,
    /// What a new version is called; without it, it gets the next number.
    pub label: Option<String>,
}

/// What became of a lock.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// It says already what the entities are: the file is as it was.
    Unchanged,
    /// It has a version more.
    Version(Box<Comparison>),
}

/// Checks that the lock at `path` says what the program's registered entities are.
///
/// ```
/// # use quantadb::{ErrorKind, lock};
/// let error = lock::check("no/such/quanta.lock").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Missing);
/// ```
///
/// # Errors
///
/// As [`check_with`].
pub fn check(path: impl AsRef<Path>) -> Result<()> {
    check_with(path, &Options::new())
}

/// Checks that the lock at `path` says what the entities are that `options` opens with.
///
/// ```
/// # use quantadb::{ErrorKind, Options, QuantaEntity, lock};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String }
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("quanta.lock");
/// let options = Options::new().entities::<(City,)>();
/// assert_eq!(lock::check_with(&path, &options).unwrap_err().kind(), ErrorKind::Missing);
/// lock::write_with(&path, &options, &lock::Naming::default())?;
/// lock::check_with(&path, &options)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Refused`] with every difference if it doesn't, if a hint has a name that the whole history never had, or
/// if a store that stands at the last version would refuse the change; [`ErrorKind::Missing`] if there is no lock; and
/// those of [`read`].
pub fn check_with(path: impl AsRef<Path>, options: &Options) -> Result<()> {
    let path = path.as_ref();
    let document = read(path)?.ok_or_else(|| missing(path))?;
    let comparison = compare(&document, options, None)?;
    if comparison.is_current() {
        return Ok(());
    }
    let fix = if comparison.is_sound() {
        WRITE_IT
    } else {
        "mend the entities first"
    };
    let problem = format!(
        "{} is not what the entities are: {fix}\n{comparison}",
        path.display()
    );
    Err(Error::new(ErrorKind::Refused, problem.trim_end().to_owned()))
}

const WRITE_IT: &str = "run `lock`, or call `quantadb::lock::write`, and commit the file";

fn missing(path: &Path) -> Error {
    Error::new(
        ErrorKind::Missing,
        format!("there is no {}: {WRITE_IT}", path.display()),
    )
}

/// Writes down what the program's registered entities are in the lock at `path`, if it doesn't say so already.
///
/// See the [module](crate::lock) for an example.
///
/// # Errors
///
/// As [`write_with`].
pub fn write(path: impl AsRef<Path>) -> Result<Written> {
    write_with(path, &Options::new(), &Naming::default())
}

/// Adds a version to the lock at `path`, with the entities that `options` opens with, if they have changed. Makes the
/// lock if there is none.
///
/// ```
/// # use quantadb::{Options, QuantaEntity, lock::{Naming, Written, read, write_with}};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String }
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("quanta.lock");
/// let options = Options::new().entities::<(City,)>();
/// let naming = Naming { label: Some("1.0".into()), ..Naming::default() };
/// assert!(matches!(write_with(&path, &options, &naming)?, Written::Version(_)));
/// assert_eq!(write_with(&path, &options, &Naming::default())?, Written::Unchanged);
/// assert_eq!(read(&path)?.map(|lock| lock.versions[0].label.clone()), Some("1.0".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Refused`] if a store that stands at the last version would refuse the change, or a hint has a name that
/// the whole history never had; [`ErrorKind::Declaration`] if a declaration is wrong, there is no entity, or a version
/// has that label already; and those of [`read`] and [`replace`]. The file is as it was then.
pub fn write_with(path: impl AsRef<Path>, options: &Options, naming: &Naming) -> Result<Written> {
    let path = path.as_ref();
    let mut document = read(path)?.unwrap_or_else(|| HistoryDocument {
        name: naming.name.clone().unwrap_or_else(|| name_by_place(path)),
        versions: Vec::new(),
    });
    let comparison = compare(&document, options, naming.label.as_deref())?;
    if !comparison.is_sound() {
        let problem = format!("{} can't be brought up to date:\n{comparison}", path.display());
        return Err(Error::new(ErrorKind::Refused, problem.trim_end().to_owned()));
    }
    if !comparison.is_changed() {
        return Ok(Written::Unchanged);
    }
    document.versions.push(comparison.version.clone());
    replace(path, &document)?;
    Ok(Written::Version(Box::new(comparison)))
}

/// Returns what a new history is called: the name of the directory that its lock lies in.
///
/// ```
/// use std::path::Path;
///
/// assert_eq!(quantadb::lock::name_by_place(Path::new("/projects/shop/quanta.lock")), "shop");
/// ```
#[must_use]
pub fn name_by_place(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let directory = absolute.parent().and_then(Path::file_name);
    directory.map_or_else(|| NO_NAME.to_owned(), |name| name.to_string_lossy().into_owned())
}
