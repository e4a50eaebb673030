//! Noting files as applied without running them: what they do had been done otherwise.

use quanta_storage::Engine;

use crate::error::{Error, ErrorKind, Result};
use crate::migrate::note_file;
use crate::plan::{AppliedFile, Plan, Policy};

use super::given::Files;
use super::look::Remembered;
use super::report::{FileReport, RunFiles};
use super::run::chosen;

impl Files {
    /// Notes files as applied.
    ///
    /// # Errors
    ///
    /// If files are wrong, the store is empty, or the engine fails.
    pub(in crate::db) fn note(
        &self,
        engine: &dyn Engine,
        policy: &Policy,
        which: &RunFiles,
        by: (&str, u64),
    ) -> Result<Vec<FileReport>> {
        let remembered = Remembered::read(engine)?;
        let loaded = self.load(&policy.skip_tags, &remembered)?;
        remembered.check_unchanged(&loaded)?;
        if remembered.head.is_none() {
            let problem = "the store is empty: there is nothing that files can have done to it";
            return Err(Error::new(ErrorKind::NotFound, problem));
        }
        let pending = chosen(remembered.pending(&loaded), which, (&loaded, &remembered))?;
        let noted = pending.into_iter().map(|file| {
            let mark = AppliedFile {
                id: file.id.clone(),
                text: file.to_toml(),
                is_fake: true,
            };
            let revision = note_file(engine, mark, by)?;
            Ok(FileReport {
                id: file.id.clone(),
                name: file.name.clone(),
                revision,
                plan: Plan::default(),
            })
        });
        noted.collect()
    }
}
