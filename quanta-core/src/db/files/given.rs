//! What a program says of migration files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::error::{Error, ErrorKind, Result};
use crate::migration_file::{FileStep, MigrationFile, MigrationSource, behind_tags, in_order};
use crate::query::check_filter;

use super::look::Remembered;

/// What a program says of migration files.
#[derive(Debug, Clone, Default)]
pub(in crate::db) struct Files {
    pub(in crate::db) sources: Vec<MigrationSource>,
    /// Where files go that are written for changes of the entities.
    pub(in crate::db) directory: Option<PathBuf>,
    /// Whether only files may change the store.
    pub(in crate::db) is_reviewed: bool,
    pub(in crate::db) tracker: Option<PathBuf>,
}

/// All files, in the order in which they run.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) files: Vec<MigrationFile>,
    /// Those that are left for later, by their tags.
    pub(super) left: BTreeSet<String>,
}

impl Files {
    /// Tells whether the program says nothing of files.
    pub(in crate::db) fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.directory.is_none() && !self.is_reviewed
    }

    /// Reads all files, and puts them in order.
    ///
    /// # Errors
    ///
    /// If one is wrong, two have one id, one is missing that another depends on, or they wait for each other.
    pub(super) fn load(&self, skip_tags: &BTreeSet<String>, remembered: &Remembered) -> Result<Loaded> {
        let mut files = Vec::new();
        for source in &self.sources {
            files.extend(source.files()?);
        }
        // The directory for new files may not be there yet.
        if let Some(directory) = self.directory.as_ref().filter(|directory| directory.exists()) {
            let source = MigrationSource::Directory(directory.clone());
            if !self.sources.contains(&source) {
                files.extend(source.files()?);
            }
        }
        let files = in_order(files, &remembered.applied_ids())
            .map_err(|problem| Error::new(ErrorKind::MigrationFile, problem))?;
        files.iter().try_for_each(check_filters)?;
        let left = behind_tags(&files, skip_tags);
        Ok(Loaded { files, left })
    }
}

fn check_filters(file: &MigrationFile) -> Result<()> {
    for step in file.up.iter().chain(&file.down) {
        let (FileStep::Set {
            filter: Some(filter), ..
        }
        | FileStep::Delete {
            filter: Some(filter), ..
        }) = step
        else {
            continue;
        };
        check_filter(filter).map_err(|problem| {
            Error::new(ErrorKind::MigrationFile, format!("{}: {problem}", file.place()))
        })?;
    }
    Ok(())
}
