//! Which files a store has applied, by its ledger.

use std::collections::{BTreeMap, BTreeSet};

use quanta_storage::{Engine, Snapshot};
use similar::TextDiff;

use crate::catalog::{read_ledger, read_standpoint, read_table};
use crate::error::{Error, ErrorKind, Result};
use crate::migration_file::{CurrentTable, MigrationFile, apply, with_down};
use crate::plan::{AppliedFile, Head, LedgerRecord, Policy, Presence};

use super::given::{Files, Loaded};
use super::report::{FileState, FileStatus, FilesStatus};

/// What a store remembers of files.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// Where the store stands; none if it is empty.
    pub(super) head: Option<(u64, Head)>,
    /// The records of each file, oldest first: taken back, it may have been run again with another text.
    pub(super) records: BTreeMap<String, Vec<Record>>,
}

/// What the ledger says of a file.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) file: AppliedFile,
    pub(super) sequence: u64,
    /// The revision that it led to.
    pub(super) revision: u64,
    pub(super) time_ms: u64,
}

impl Remembered {
    /// Reads what a store remembers.
    pub(super) fn read(engine: &dyn Engine) -> Result<Self> {
        let snapshot = engine.snapshot()?;
        let Some((epoch, head)) = read_standpoint(snapshot.as_ref())? else {
            return Ok(Self::default());
        };
        let mut records = BTreeMap::new();
        for record in read_ledger(snapshot.as_ref(), &head)? {
            let LedgerRecord {
                sequence,
                revision,
                time_ms,
                file: Some(file),
                ..
            } = record
            else {
                continue;
            };
            let known = Record {
                file,
                sequence,
                revision,
                time_ms,
            };
            let of_file: &mut Vec<Record> = records.entry(known.file.id.clone()).or_default();
            of_file.push(known);
        }
        Ok(Self {
            head: Some((epoch, head)),
            records,
        })
    }

    /// Returns the record by which a file is applied, if it is behind where the store stands.
    pub(super) fn applied_by(&self, id: &str) -> Option<&Record> {
        let (_, head) = self.head.as_ref()?;
        let revision = head.migrations.get(id)?;
        let records = self.records.get(id)?.iter();
        records.rev().find(|record| record.revision == *revision)
    }

    /// Returns the revision at which a file was applied.
    pub(super) fn applied_at(&self, id: &str) -> Option<u64> {
        self.applied_by(id).map(|record| record.revision)
    }

    /// Lists the ids of all that is applied.
    pub(super) fn applied_ids(&self) -> BTreeSet<String> {
        let ids = self.records.keys();
        ids.filter(|id| self.applied_at(id).is_some()).cloned().collect()
    }

    /// Lists what is applied, in the order in which it was.
    pub(super) fn applied(&self) -> Vec<(&Record, u64)> {
        let records = self.records.keys().filter_map(|id| self.applied_by(id));
        let mut applied: Vec<(&Record, u64)> = records.map(|record| (record, record.revision)).collect();
        applied.sort_by_key(|(record, revision)| (*revision, record.sequence));
        applied
    }

    /// Says how a file that is applied differs from what was run; none if it doesn't, or is not applied.
    pub(super) fn difference(&self, file: &MigrationFile) -> Option<String> {
        let record = self.applied_by(&file.id)?;
        let was = match MigrationFile::from_toml(&file.id, &record.file.text) {
            Ok(was) => was,
            Err(error) => return Some(format!("what the ledger holds of it can't be read: {error}")),
        };
        if was.checksum() == file.checksum() {
            return None;
        }
        let (was, is) = (was.to_toml(), file.to_toml());
        let diff = TextDiff::from_lines(&was, &is);
        Some(
            diff.unified_diff()
                .context_radius(2)
                .header("as it was run", "as it is")
                .to_string(),
        )
    }

    /// Refuses files that were changed after they were run.
    pub(super) fn check_unchanged(&self, loaded: &Loaded) -> Result<()> {
        for file in &loaded.files {
            if let Some(difference) = self.difference(file) {
                let problem = format!(
                    "{} was changed after it was run: put it back as it was, and write what is new into a file of its own\n{}",
                    file.place(),
                    difference.trim_end()
                );
                return Err(Error::new(ErrorKind::MigrationFile, problem));
            }
        }
        Ok(())
    }

    /// Lists the files that are to be run, in this order.
    pub(super) fn pending<'l>(&self, loaded: &'l Loaded) -> Vec<&'l MigrationFile> {
        let files = loaded.files.iter();
        files
            .filter(|file| !loaded.left.contains(&file.id) && self.applied_at(&file.id).is_none())
            .collect()
    }

    /// Tells where each file stands.
    pub(super) fn status(&self, loaded: &Loaded) -> FilesStatus {
        let is_there = |id: &str| loaded.files.iter().any(|file| file.id == id);
        let gone = self
            .applied()
            .into_iter()
            .filter(|(record, _)| !is_there(&record.file.id));
        let mut files: Vec<FileStatus> = gone
            .map(|(record, _)| FileStatus {
                id: record.file.id.clone(),
                name: MigrationFile::from_toml(&record.file.id, &record.file.text)
                    .map_or_else(|_| String::new(), |file| file.name),
                tags: Vec::new(),
                state: FileState::Gone,
            })
            .collect();
        files.extend(loaded.files.iter().map(|file| FileStatus {
            id: file.id.clone(),
            name: file.name.clone(),
            tags: file.tags.clone(),
            state: self.state(file, loaded),
        }));
        FilesStatus { files }
    }

    fn state(&self, file: &MigrationFile, loaded: &Loaded) -> FileState {
        if let Some(difference) = self.difference(file) {
            return FileState::Changed { difference };
        }
        match self.applied_by(&file.id) {
            Some(record) => FileState::Applied {
                revision: record.revision,
                is_fake: record.file.is_fake,
            },
            _ if loaded.left.contains(&file.id) => FileState::Skipped,
            _ => FileState::Pending,
        }
    }
}

/// Reads the tables as they stand.
pub(super) fn current_tables(snapshot: &dyn Snapshot, head: &Head) -> Result<BTreeMap<String, CurrentTable>> {
    let mut tables = BTreeMap::new();
    for (id, table) in &head.tables {
        let state = &table.state;
        if state.presence != Presence::Live {
            continue;
        }
        let stored = read_table(snapshot, *id, table)?;
        let version = stored.versions.get(&state.version).ok_or_else(|| {
            Error::corrupt(
                format!("table {}", state.name),
                format!("version {} is missing", state.version),
            )
        })?;
        let current = CurrentTable {
            schema: state.labelled(&version.schema),
            defaults: state.write_defaults.clone(),
        };
        tables.insert(state.name.clone(), current);
    }
    Ok(tables)
}

impl Files {
    /// Adds to a file the steps that lead back from it, over the tables of a store behind all files that are to be run.
    ///
    /// # Errors
    ///
    /// If files are wrong, the file says what can't be done to the tables, and those of the engine.
    pub(in crate::db) fn completed(
        &self,
        engine: &dyn Engine,
        policy: &Policy,
        file: MigrationFile,
    ) -> Result<MigrationFile> {
        let remembered = Remembered::read(engine)?;
        let loaded = self.load(&policy.skip_tags, &remembered)?;
        let mut tables = match &remembered.head {
            Some((_, head)) => current_tables(engine.snapshot()?.as_ref(), head)?,
            None => BTreeMap::new(),
        };
        let wrong = |file: &MigrationFile, problem: String| {
            Error::new(ErrorKind::MigrationFile, format!("{}: {problem}", file.place()))
        };
        for pending in remembered.pending(&loaded) {
            tables = apply(pending, &tables)
                .map_err(|problem| wrong(pending, problem))?
                .tables;
        }
        apply(&file, &tables).map_err(|problem| wrong(&file, problem))?;
        Ok(with_down(file, &tables))
    }
}
