//! Backups that are taken by themselves, before a change that takes something away or writes rows anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use quanta_storage::{Marker, Snapshot};

use crate::codec::Class;
use crate::diff::Cost;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Head, Plan};

use super::note::Note;
use super::write;

/// How many backups are kept, unless the program says otherwise.
const GENERATIONS: usize = 3;

/// How the file of a backup ends that was taken by itself.
const ENDING: &str = ".backup";

/// How many digits of the identity of a store are in the names of its backups.
const STORE_DIGITS: usize = 8;

/// Whether a backup is taken before the store changes: see [`Options::backup`](crate::Options::backup).
///
/// ```
/// # use quantadb::{Backup, BackupPolicy, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "cities", register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Name { #[quanta(id)] name: String }
/// # let dir = tempfile::tempdir().expect("a directory");
/// # let store = dir.path().join("cities.quanta");
/// # drop(Options::new().entities::<(City,)>().open(&store)?);
/// // `Name` has no field `people`.
/// let policy = BackupPolicy::auto().keep(1);
/// drop(Options::new().entities::<(Name,)>().backup(policy).open(&store)?);
/// let backups = std::fs::read_dir(dir.path().join("cities.quanta.backups")).expect("it is there");
/// let files: Vec<_> = backups.map(|file| file.expect("it can be listed").path()).collect();
/// assert_eq!((files.len(), Backup::check(&files[0])?.revision()), (1, 1));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupPolicy(Option<Auto>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Auto {
    directory: Option<PathBuf>,
    generations: usize,
}

impl BackupPolicy {
    /// No backup is taken: the default.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// A backup is taken before every change with a step that is lossy, checked, or writes rows anew before the switch,
    /// also by a rollback. It lies in a directory beside that of the store, which has its name and `.backups` behind it. The
    /// last three of the store are kept; one more for each change that didn't come to its end, until one does.
    #[must_use]
    pub fn auto() -> Self {
        Self(Some(Auto {
            directory: None,
            generations: GENERATIONS,
        }))
    }

    /// Returns the directory for the backups of the store at a path, if any are taken by themselves, or else the one that they
    /// would lie in without a word.
    pub(in super::super) fn place_beside(&self, store: &Path) -> Option<PathBuf> {
        let chosen = self.0.as_ref().and_then(|auto| auto.directory.clone());
        chosen.or_else(|| backups_beside(store))
    }

    /// Takes backups, and keeps so many of them: at least one.
    #[must_use]
    pub fn keep(self, generations: usize) -> Self {
        let auto = self.0.or(Self::auto().0);
        Self(auto.map(|auto| Auto {
            generations: generations.max(1),
            ..auto
        }))
    }

    /// Takes backups, and puts them into this directory. It is made if it isn't there.
    #[must_use]
    pub fn directory(self, directory: impl Into<PathBuf>) -> Self {
        let auto = self.0.or(Self::auto().0);
        Self(auto.map(|auto| Auto {
            directory: Some(directory.into()),
            ..auto
        }))
    }
}

/// The backups of one open store.
#[derive(Debug, Clone)]
pub(in super::super) struct AutoBackups {
    auto: Option<Auto>,
    /// The directory of the store; none on an engine that has no files.
    store: Option<PathBuf>,
    marker: Marker,
    app_version: String,
}

impl AutoBackups {
    pub(in super::super) fn new(
        policy: &BackupPolicy,
        store: Option<&Path>,
        marker: &Marker,
        app_version: &str,
    ) -> Self {
        Self {
            auto: policy.0.clone(),
            // The program may go to another directory.
            store: store.map(|store| fs::canonicalize(store).unwrap_or_else(|_| store.to_path_buf())),
            marker: marker.clone(),
            app_version: app_version.to_owned(),
        }
    }

    /// Takes a backup if a plan asks for one.
    ///
    /// # Errors
    ///
    /// If it can't be taken: nothing may be changed then.
    pub(in super::super) fn before(
        &self,
        plan: &Plan,
        (snapshot, head): (&dyn Snapshot, &Head),
        time_ms: u64,
    ) -> Result<()> {
        // A new store has nothing that could be lost.
        let is_new = head.ledger_records == 0;
        let Some(auto) = self.auto.as_ref().filter(|_| is_wanted(plan) && !is_new) else {
            return Ok(());
        };
        let directory = self.place(auto)?;
        fs::create_dir_all(&directory).map_err(|error| failed("creating", &directory, error))?;
        let note = Note::new(head, &self.app_version, time_ms);
        // By number, as clocks and revisions may go back.
        let last = self.taken(&directory).into_iter().next_back();
        let number = last.map_or(1, |(number, _)| number.saturating_add(1));
        let name = format!(
            "{number:06}-{}-revision-{}{ENDING}",
            self.store_name(),
            head.revision
        );
        let path = directory.join(name);
        let report = write(snapshot, &self.marker, &note, &path)?;
        tracing::info!(path = %path.display(), records = report.records, "backed up");
        Ok(())
    }

    /// Removes all backups but the last ones, once a change has succeeded. What can't be removed is left.
    pub(in super::super) fn after(&self, plan: &Plan) {
        let Some(auto) = self.auto.as_ref().filter(|_| is_wanted(plan)) else {
            return;
        };
        let Ok(directory) = self.place(auto) else { return };
        let taken = self.taken(&directory);
        for (_, old) in taken.iter().rev().skip(auto.generations) {
            if let Err(problem) = fs::remove_file(old) {
                tracing::warn!(path = %old.display(), %problem, "could not remove an old backup");
            }
        }
    }

    /// Lists the backups of this store that were taken by themselves, by their numbers. Other files may lie beside them,
    /// also backups of other stores.
    fn taken(&self, directory: &Path) -> BTreeMap<u64, PathBuf> {
        let Ok(files) = fs::read_dir(directory) else {
            return BTreeMap::new();
        };
        let middle = format!("-{}-revision-", self.store_name());
        let numbered = files.flatten().filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            let (number, rest) = name.split_once(&middle)?;
            let revision = rest.strip_suffix(ENDING)?;
            revision.parse::<u64>().ok()?;
            Some((number.parse().ok()?, file.path()))
        });
        numbered.collect()
    }

    /// Returns what the files of this store are told from others by: the first digits of its identity.
    fn store_name(&self) -> String {
        self.marker.id.to_string()[..STORE_DIGITS].to_owned()
    }

    fn place(&self, auto: &Auto) -> Result<PathBuf> {
        if let Some(directory) = &auto.directory {
            return Ok(directory.clone());
        }
        let Some(store) = &self.store else {
            let problem = "this store has no directory that backups could lie beside: choose one, with \
                           `BackupPolicy::directory`";
            return Err(Error::new(ErrorKind::NotSupported, problem));
        };
        Ok(backups_beside(store).unwrap_or_else(|| store.with_extension("backups")))
    }
}

fn backups_beside(store: &Path) -> Option<PathBuf> {
    let mut name = store.file_name()?.to_os_string();
    name.push(".backups");
    Some(store.with_file_name(name))
}

fn is_wanted(plan: &Plan) -> bool {
    plan.class() > Class::Exact || plan.cost() >= Cost::Build
}

fn failed(action: &str, path: &Path, error: std::io::Error) -> Error {
    quanta_storage::Error::io(format_args!("{action} {}", path.display()), error).into()
}
