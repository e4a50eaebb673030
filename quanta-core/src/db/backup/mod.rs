//! Backups of whole stores, each in one file.

mod auto;
mod note;

use std::path::{Path, PathBuf};

use quanta_storage::{
    BackupHead, CheckedBackup, Copied, EngineKind, Marker, Memory, Snapshot, check_backup, restore,
    restore_to_engine,
};
use serde_json::{Value, json};

use crate::catalog::read_standpoint;
use crate::error::Result;
use crate::plan::Head;

use super::database::Database;
use super::options::Engine;
pub(super) use auto::AutoBackups;
pub use auto::BackupPolicy;
use note::Note;

/// A backup that was read from its first byte to its last, and is whole.
///
/// ```
/// # use quantadb::{Backup, Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let dir = tempfile::tempdir().expect("a directory");
/// # let (store, file) = (dir.path().join("cities.quanta"), dir.path().join("cities.backup"));
/// # let options = || Options::new().entities::<(City,)>();
/// let db = options().open(&store)?;
/// db.collection().insert(&City { name: "Oslo".into(), people: 717_710 })?;
/// db.backup(&file)?;
/// db.collection::<City>().delete("Oslo")?;
/// drop(db);
///
/// let backup = Backup::check(&file)?;
/// assert_eq!(backup.revision(), 1);
/// backup.restore(&store)?;
/// assert_eq!(options().open(&store)?.collection::<City>().len()?, 1);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    checked: CheckedBackup,
    note: Note,
    path: PathBuf,
}

/// What a backup took, or a restore brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// The file.
    pub path: PathBuf,
    /// The revision of the store in it.
    pub revision: u64,
    /// How many records there are: rows, index entries, kept values, and what the store knows of its shapes.
    pub records: u64,
    /// How many bytes of keys and values they have.
    pub bytes: u64,
}

impl BackupReport {
    /// Returns the report as JSON: `{"path", "revision", "records", "bytes"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "path": self.path.display().to_string(),
            "revision": self.revision,
            "records": self.records,
            "bytes": self.bytes,
        })
    }
}

impl Database {
    /// Writes everything that the store holds now to a new file: rows, indexes, kept values, and the whole history. Others
    /// may write meanwhile; of that, nothing is in it. The file is compressed and checksummed (docs/format.md, "Backups"),
    /// and there whole or not at all.
    ///
    /// ```
    /// # use quantadb::{Backup, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # db.collection().insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// let report = db.backup(dir.path().join("monday.backup"))?;
    /// assert_eq!(report.revision, 1);
    /// assert_eq!(Backup::check(&report.path)?.records(), report.records);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is something at `path`, and those of the engine and of the file system, such as a full disk. No file is left
    /// then.
    pub fn backup(&self, path: impl AsRef<Path>) -> Result<BackupReport> {
        let snapshot = self.core().snapshot()?;
        let head = read_standpoint(snapshot.as_ref())?;
        let head = head.map_or_else(|| self.head(), |(_, head)| head);
        let (app_version, time_ms) = self.signature();
        let note = Note::new(&head, app_version, time_ms);
        write(snapshot.as_ref(), self.marker(), &note, path.as_ref())
    }
}

impl Backup {
    /// Reads a backup whole, and checks every byte of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Missing`](crate::ErrorKind::Missing) and [`ErrorKind::NotABackup`](crate::ErrorKind::NotABackup) if there
    /// is none, [`ErrorKind::NewerFormat`](crate::ErrorKind::NewerFormat),
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) if it is damaged or ends too early.
    pub fn check(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let checked = check_backup(path, &mut |_| {})?;
        let note = Note::decode(&checked.head().note, path)?;
        Ok(Self {
            checked,
            note,
            path: path.to_path_buf(),
        })
    }

    /// Returns the identity of the store that it was taken of, in hexadecimal digits.
    #[must_use]
    pub fn store_id(&self) -> String {
        self.checked.head().marker.id.to_string()
    }

    /// Returns the engine of that store.
    #[must_use]
    pub fn engine(&self) -> &str {
        &self.checked.head().marker.engine
    }

    /// Returns the revision that the store was at.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.note.revision
    }

    /// Returns when it was taken, in milliseconds since 1970.
    #[must_use]
    pub fn time_ms(&self) -> u64 {
        self.note.time_ms
    }

    /// Returns what the program that took it said of itself: see [`Options::app_version`](crate::Options::app_version).
    #[must_use]
    pub fn app_version(&self) -> &str {
        &self.note.app_version
    }

    /// Returns how many records are in it.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.checked.copied().records
    }

    /// Returns how many bytes of keys and values are in it.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.checked.copied().bytes
    }

    /// Puts it in place of the store that it was taken of, which nobody may have open, or makes a new store of it with the
    /// same identity and engine. The files of a store that is there may be damaged, all but its marker. What is restored is
    /// read again before anything is replaced; until then it takes its place on disk besides.
    ///
    /// # Errors
    ///
    /// If the store is open, or another one is at `path`, and those of the engine and the file system. The store is as it was
    /// then.
    pub fn restore(&self, path: impl AsRef<Path>) -> Result<BackupReport> {
        self.put(path.as_ref(), None)
    }

    /// Makes a new store of it on another engine, as [`Backup::restore`] does.
    ///
    /// # Errors
    ///
    /// As there, and if there is a store on another engine at `path`.
    pub fn restore_on(&self, path: impl AsRef<Path>, engine: EngineKind) -> Result<BackupReport> {
        self.put(path.as_ref(), Some(engine))
    }

    /// Makes a store of it in memory, to be looked at or tried on. It has the identity of the store that it was taken of.
    ///
    /// ```
    /// # use quantadb::{Backup, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// # let file = dir.path().join("cities.backup");
    /// # let options = || Options::new().entities::<(City,)>();
    /// # let db = options().engine(Engine::memory()).open("cities")?;
    /// # db.collection().insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// # db.backup(&file)?;
    /// let engine = Backup::check(&file)?.restore_to_memory()?;
    /// assert_eq!(options().engine(engine).open("cities")?.collection::<City>().len()?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the file was changed since it was checked, and those of the file system.
    pub fn restore_to_memory(&self) -> Result<Engine> {
        let memory = Memory::new();
        restore_to_engine(&self.checked, &memory)?;
        Ok(Engine::Memory(memory))
    }

    fn put(&self, path: &Path, engine: Option<EngineKind>) -> Result<BackupReport> {
        let copied = restore(&self.checked, path, engine, &mut |_| {})?;
        Ok(report(path, self.revision(), copied))
    }

    /// Returns what it is as JSON: `{"path", "store_id", "engine", "format", "revision", "time_ms", "app_version", "records",
    /// "bytes"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "path": self.path.display().to_string(),
            "store_id": self.store_id(),
            "engine": self.engine(),
            "format": self.checked.head().marker.format,
            "revision": self.revision(),
            "time_ms": self.time_ms(),
            "app_version": self.app_version(),
            "records": self.records(),
            "bytes": self.bytes(),
        })
    }
}

fn write(snapshot: &dyn Snapshot, marker: &Marker, note: &Note, path: &Path) -> Result<BackupReport> {
    let head = BackupHead {
        marker: marker.clone(),
        note: note.encode(),
    };
    let copied = quanta_storage::backup(snapshot, &head, path, &mut |_| {})?;
    Ok(report(path, note.revision, copied))
}

/// Backs up everything that a snapshot holds, also of a store that doesn't open.
///
/// # Errors
///
/// As [`Database::backup`].
pub(super) fn write_backup(
    snapshot: &dyn Snapshot,
    (marker, head): (&Marker, &Head),
    (app_version, time_ms): (&str, u64),
    path: &Path,
) -> Result<BackupReport> {
    write(snapshot, marker, &Note::new(head, app_version, time_ms), path)
}

fn report(path: &Path, revision: u64, copied: Copied) -> BackupReport {
    BackupReport {
        path: path.to_path_buf(),
        revision,
        records: copied.records,
        bytes: copied.bytes,
    }
}

impl Note {
    fn new(head: &Head, app_version: &str, time_ms: u64) -> Self {
        Self {
            revision: head.revision,
            time_ms,
            app_version: app_version.to_owned(),
        }
    }
}
