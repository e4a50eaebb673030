//! What a program says of migration files, and running them by themselves.

use std::path::{Path, PathBuf};

use quanta_storage::{Engine as StorageEngine, Opened, Overlay};

use crate::error::{Error, ErrorKind, Result};
use crate::migrate;
use crate::migration_file::{MigrationFile, MigrationSource};
use crate::plan::Plan;
use crate::txn::Access;

use super::super::backup::AutoBackups;
use super::super::files::{Around, FileReport, FilesReport, FilesStatus, Ran, RunFiles};
use super::Options;
use super::opening::Program;

impl Options {
    /// Runs migration files from here before the entities are compared: those that this store has not applied, what they
    /// depend on first, else by their ids. May be called several times; all files are one list.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String, people: u64 }
    /// #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// #[quanta(table = "cities")]
    /// struct City { #[quanta(id)] name: String, inhabitants: u64 } // It was `people`.
    ///
    /// # let engine = Engine::memory();
    /// # drop(Options::new().engine(engine.clone()).entities::<(Before,)>().open("cities")?);
    /// # let options = || Options::new().engine(engine.clone());
    /// const FILES: &[(&str, &str)] = &[("20261122_143000_inhabitants.toml", r#"
    ///     [[up]]
    ///     step = "rename_field"
    ///     table = "cities"
    ///     field = "people"
    ///     to = "inhabitants"
    /// "#)];
    /// let options = options().migration_files(MigrationSource::embedded(FILES)).entities::<(City,)>();
    /// let db = options.open("cities")?;
    /// assert_eq!(db.open_report().plan.files[0].id, "20261122_143000_inhabitants");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn migration_files(mut self, source: impl Into<MigrationSource>) -> Self {
        self.files.sources.push(source.into());
        self
    }

    /// Takes migration files from a directory, and writes one there for each change of the entities that this open makes:
    /// in the directory of the module that the entities are in. Others then run it.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let folder = tempfile::tempdir().expect("a directory");
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let options = options().migrations_dir(folder.path()).entities::<(City,)>(); // `City` has one field more.
    /// drop(options.clone().open("cities")?);
    /// let files = options.files_status("cities")?.files;
    /// assert_eq!((files.len(), files[0].name.as_str()), (1, "add cities people"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn migrations_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.files.directory = Some(directory.into());
        self
    }

    /// Lets only migration files change the store. An open whose entities are not what the files lead to is refused, and
    /// says where the draft is of the file that is missing: in the directory of
    /// [`migrations_dir`](Self::migrations_dir), or else in the message.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let error = options().entities::<(City,)>().reviewed().open("cities").unwrap_err(); // One field more.
    /// assert_eq!(error.kind(), ErrorKind::Refused);
    /// assert!(error.to_string().contains("step = \"add_field\""));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn reviewed(mut self) -> Self {
        self.files.is_reviewed = true;
        self
    }

    /// Keeps a JSON file that says which migration files are applied, for tools that read files (docs/migration-files.md,
    /// "Trackers"). The ledger of the store is the truth: what the file says otherwise is reported, and written anew.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationSource, Options};
    /// # let folder = tempfile::tempdir().expect("a directory");
    /// # let path = folder.path().join("applied.json");
    /// let options = Options::new().engine(Engine::memory()).entities::<()>().tracker(&path);
    /// options.migration_files(MigrationSource::embedded(&[])).open("cities")?;
    /// assert!(std::fs::read_to_string(&path).is_ok_and(|text| text.contains("quanta-tracker/1")));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn tracker(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.tracker = Some(path.into());
        self
    }

    /// Runs migration files alone: the entities are not compared with what comes out.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationSource, Options, QuantaEntity, RunFiles};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # drop(Options::new().engine(engine.clone()).entities::<(City,)>().open("cities")?);
    /// # let options = Options::new().engine(engine.clone());
    /// let files = [("20261122_index.toml", "[[up]]\nstep = \"add_index\"\ntable = \"cities\"\nname = \"by_people\"\nfields = [\"people\"]")];
    /// let files = MigrationSource::embedded(Box::leak(Box::new(files)));
    /// let report = options.migration_files(files).run_files("cities", &RunFiles::Next)?;
    /// assert_eq!((report.files.len(), report.revision), (1, 2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MigrationFile`] names the file that is wrong, and the line; those of [`Options::open`]. Files before the
    /// one that is refused stay applied.
    pub fn run_files(self, path: impl AsRef<Path>, which: &RunFiles) -> Result<FilesReport> {
        let opened = self.open_engine(path.as_ref())?;
        let backups = self.backups(path.as_ref(), &opened.marker);
        let program = self.program();
        let code = self.code_tables();
        let around = Around {
            request: &self.request(&program),
            code: &code,
            backups: Some((&backups, &self.migration_hooks)),
        };
        let ran = self.files.run(opened.engine.as_ref(), around, which)?;
        self.reported(&opened, ran.reports, ran.notes)
    }

    /// Says what [`Options::run_files`] would do, and changes nothing.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationSource, Options, RunFiles};
    /// # let options = Options::new().engine(Engine::memory()).entities::<()>();
    /// # drop(options.clone().open("cities")?);
    /// let options = options.migration_files(MigrationSource::embedded(&[]));
    /// assert!(options.plan_files("cities", &RunFiles::All)?.files.is_empty());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Options::run_files`].
    pub fn plan_files(self, path: impl AsRef<Path>, which: &RunFiles) -> Result<FilesReport> {
        let read_only = Self {
            access: Access::ReadOnly,
            ..self
        };
        let opened = read_only.open_engine(path.as_ref())?;
        let program = read_only.program();
        let overlay = Overlay::new(opened.engine.snapshot()?);
        let ran = read_only.run_over(&overlay, &program, None, which)?;
        let revision = ran.reports.last().map_or(0, |report| report.revision);
        Ok(FilesReport {
            files: ran.reports,
            revision,
            notes: ran.notes,
        })
    }

    /// Notes migration files as applied without running them, where what they do was done otherwise.
    ///
    /// ```
    /// # use quantadb::{Engine, FileState, MigrationSource, Options, QuantaEntity, RunFiles};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # drop(Options::new().engine(engine.clone()).entities::<(City,)>().open("cities")?);
    /// const FILES: &[(&str, &str)] = &[("add_people.toml", r#"
    ///     up = [{ step = "add_field", table = "cities", field = "people", type = "u64" }]
    /// "#)];
    /// let options = Options::new().engine(engine).migration_files(MigrationSource::embedded(FILES));
    /// options.clone().note_files("cities", &RunFiles::All)?; // `cities` has the field already.
    /// let state = options.files_status("cities")?.files.remove(0).state;
    /// assert_eq!(state, FileState::Applied { revision: 2, is_fake: true });
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If files are wrong, the store is empty, or the engine fails.
    pub fn note_files(self, path: impl AsRef<Path>, which: &RunFiles) -> Result<FilesReport> {
        let opened = self.open_engine(path.as_ref())?;
        let by = (self.app_version.as_str(), (self.clock)());
        let noted = self.files.note(opened.engine.as_ref(), &self.policy, which, by)?;
        self.reported(&opened, noted, Vec::new())
    }

    /// Tells where each migration file stands, and changes nothing.
    ///
    /// ```
    /// # use quantadb::{Engine, FileState, MigrationSource, Options};
    /// # let options = Options::new().engine(Engine::memory()).entities::<()>();
    /// # drop(options.clone().open("cities")?);
    /// let files = MigrationSource::embedded(&[("20261122_143000_towns.toml", "up = [{ step = \"drop_table\", table = \"towns\" }]")]);
    /// let status = options.migration_files(files).files_status("cities")?;
    /// assert_eq!(status.files[0].state, FileState::Pending);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If files are wrong, and those of the engine. That one was changed after it was run is told, and no error.
    pub fn files_status(self, path: impl AsRef<Path>) -> Result<FilesStatus> {
        let read_only = Self {
            access: Access::ReadOnly,
            ..self
        };
        let opened = read_only.open_engine(path.as_ref())?;
        read_only.files.status(opened.engine.as_ref(), &read_only.policy)
    }

    /// Adds to a file the steps that lead back from it, as far as steps can say that: the tables are those of the store at
    /// `path` behind the files that are not run yet.
    ///
    /// ```
    /// # use quantadb::{Delta, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # drop(Options::new().engine(engine.clone()).entities::<(City,)>().open("cities")?);
    /// let file = "cities drop people".parse::<Delta>()?.file("20261122_143000_drop_people")?;
    /// let file = Options::new().engine(engine).with_inverse("cities", file)?;
    /// assert_eq!(file.down.len(), 1); // It adds `people: u64` again.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the file says what can't be done to these tables, and if files are wrong. Rows are not looked at.
    pub fn with_inverse(self, path: impl AsRef<Path>, file: MigrationFile) -> Result<MigrationFile> {
        let read_only = Self {
            access: Access::ReadOnly,
            ..self
        };
        let opened = read_only.open_engine(path.as_ref())?;
        read_only
            .files
            .completed(opened.engine.as_ref(), &read_only.policy, file)
    }

    fn reported(
        &self,
        opened: &Opened,
        files: Vec<FileReport>,
        mut notes: Vec<String>,
    ) -> Result<FilesReport> {
        let engine = opened.engine.as_ref();
        notes.extend(self.files.track(engine, &opened.marker.id.to_string())?);
        let standpoint = crate::catalog::read_standpoint(engine.snapshot()?.as_ref())?;
        Ok(FilesReport {
            files,
            revision: standpoint.map_or(0, |(_, head)| head.revision),
            notes,
        })
    }

    /// Runs the files that are to be run before the entities are compared. If a plan was approved, it is made first.
    pub(super) fn run_pending(
        &self,
        engine: &dyn StorageEngine,
        program: &Program<'_>,
        backups: &AutoBackups,
    ) -> Result<Ran> {
        if self.files.is_empty() || self.access == Access::ReadOnly {
            return Ok(Ran::default());
        }
        if self.approved.is_some() && self.files.are_pending(engine, &self.policy)? {
            let plan = self.plan_over(engine, program)?;
            if !plan.refusals.is_empty() {
                return Err(migrate::refuse(&plan).err().unwrap_or_else(|| {
                    Error::new(
                        ErrorKind::Refused,
                        "the change is refused, and the store is as it was",
                    )
                }));
            }
            self.check_approved(&plan)?;
        }
        self.run_over(engine, program, Some(backups), &RunFiles::All)
    }

    fn run_over(
        &self,
        engine: &dyn StorageEngine,
        program: &Program<'_>,
        backups: Option<&AutoBackups>,
        which: &RunFiles,
    ) -> Result<Ran> {
        let code = self.code_tables();
        let around = Around {
            request: &self.request(program),
            code: &code,
            backups: backups.map(|backups| (backups, &self.migration_hooks)),
        };
        self.files.run(engine, around, which)
    }

    /// Makes the plan of an open, with the files that are run before the entities are compared: those are run over a
    /// snapshot, in memory.
    pub(super) fn plan_over(&self, engine: &dyn StorageEngine, program: &Program<'_>) -> Result<Plan> {
        let request = self.request(program);
        if !self.files.are_pending(engine, &self.policy)? {
            return migrate::plan(engine, &request);
        }
        let overlay = Overlay::new(engine.snapshot()?);
        let ran = self.run_over(&overlay, program, None, &RunFiles::All)?;
        let mut plan = Plan::default();
        if ran.is_refused {
            // What comes behind it is not known.
            let refused = ran.reports.last().map(|report| report.plan.refusals.clone());
            plan.refusals = refused.unwrap_or_default();
        } else {
            plan = migrate::plan(&overlay, &request)?;
        }
        plan.files = ran.reports.into_iter().map(FileReport::into_plan).collect();
        Ok(plan)
    }
}
