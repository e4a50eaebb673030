//! From options to a database: what the program declares, the engine, and the open itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use quanta_storage::{
    Access as StorageAccess, CreateMode, EngineKind, MARKER_KEY, Marker, Memory, OpenOptions, Opened,
    Snapshot,
};

use crate::custom::{MigrationDeclaration, MigrationWork, linked_migrations};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{self, Baggage, Budget, CodeTable, Destination, Request, Standpoint, plan_travel};
use crate::model::{Declaration, ViewDeclaration, linked, linked_views};
use crate::plan::{Head, OnOlder, Plan};
use crate::progress::Meter;
use crate::query::compile_edits;
use crate::txn::{Access, Core};

use super::super::backup::AutoBackups;
use super::super::database::Database;
use super::super::files::FileReport;
use super::super::migration_hooks::{Migration, MigrationHooks};
use super::super::report::OpenReport;
use super::{Engine, Known, Options, Sweep, fresh_id};

/// What a program declares.
pub(in super::super) struct Program<'a> {
    pub(in super::super) declarations: Vec<&'a Declaration>,
    views: Vec<&'a ViewDeclaration>,
    migrations: Vec<&'a MigrationDeclaration>,
}

impl Options {
    /// Opens the store at `path`, or makes it, and brings its tables to the shape of the program's entities.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = Before { name: "Oslo".into() };
    /// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
    /// // `City` has a field `people` that the stored rows don't have.
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// let oslo = City { name: "Oslo".into(), people: None };
    /// assert_eq!(db.collection::<City>().get("Oslo")?, Some(oslo));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked) names who has it open,
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) carries the plan and what to write instead,
    /// [`ErrorKind::Older`](crate::ErrorKind::Older) and [`ErrorKind::Held`](crate::ErrorKind::Held) say how the store differs. The store is as it was then.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Database> {
        let _span = tracing::info_span!("open", path = %path.as_ref().display()).entered();
        self.check_hooks()?;
        let started = Instant::now();
        let opened = self.open_engine(path.as_ref())?;
        let engine_span = started.elapsed();
        let backups = self.backups(path.as_ref(), &opened.marker);
        let program = self.program();
        let time_ms = (self.clock)();
        let ran = self.run_pending(opened.engine.as_ref(), &program, &backups)?;
        let notes = RefCell::new(ran.notes.clone());
        let before = |plan: &Plan, state: (&dyn Snapshot, &Head)| {
            // What was approved with files was looked at before the first of them ran.
            if ran.reports.is_empty() {
                self.check_approved(plan)?;
            }
            self.migration_hooks.before(Migration::Entities, plan)?;
            backups.before(plan, state, time_ms)?;
            let written = self
                .files
                .before_change((plan, time_ms), state, (&ran, &program.declarations))?;
            notes.borrow_mut().extend(written.note);
            Ok(written.file)
        };
        let request = Request {
            before: &before,
            time_ms,
            ..self.request(&program)
        };
        let mut opening = match self.access {
            Access::ReadWrite => migrate::open(opened.engine.as_ref(), &request)
                .map_err(|error| self.migration_hooks.failed(Migration::Entities, error))?,
            Access::ReadOnly => migrate::open_read_only(opened.engine.as_ref(), &request)?,
        };
        backups.after(&opening.plan);
        self.migration_hooks
            .after(Migration::Entities, &opening.plan, opening.head.revision);
        if self.access == Access::ReadWrite {
            let store = opened.marker.id.to_string();
            notes
                .borrow_mut()
                .extend(self.files.track(opened.engine.as_ref(), &store)?);
        }
        opening.plan.notes.extend(notes.take());
        opening.plan.files = ran.reports.into_iter().map(FileReport::into_plan).collect();
        tracing::info!(
            revision = opening.head.revision,
            changes = opening.plan.tables.len(),
            "opened"
        );
        let access = match opening.standpoint {
            Standpoint::Current => self.access,
            Standpoint::Older => Access::ReadOnly,
        };
        let core = Core::new(
            Arc::clone(&opened.engine),
            opening.epoch,
            opening.head,
            access,
            (self.durability, self.clock),
        )
        .validating(self.validating());
        let report = OpenReport::new(
            &opened,
            engine_span,
            opening.plan,
            opening.spans,
            core.head().revision,
        );
        let options = Self { access, ..self };
        Database::start(core, opened, report, (&options, backups))
    }

    /// Makes the plan of an open and changes nothing. Rows are checked; those that would leave something behind are
    /// counted.
    ///
    /// ```
    /// # use quantadb::{Class, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Name { #[quanta(id)] name: String }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// // `Name` has no field `people`, which the stored rows have.
    /// let plan = options().entities::<(Name,)>().plan("cities")?;
    /// assert_eq!(plan.class(), Class::Lossy);
    /// let steps: Vec<String> = plan.steps().map(ToString::to_string).collect();
    /// assert_eq!(steps.len(), 1);
    /// assert!(options().entities::<(City,)>().plan("cities")?.is_empty()); // Nothing has changed.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the engine and of wrong declarations. What would be refused is in the plan.
    pub fn plan(self, path: impl AsRef<Path>) -> Result<Plan> {
        let read_only = Self {
            access: Access::ReadOnly,
            ..self
        };
        let opened = match read_only.open_engine(path.as_ref()) {
            // A store that isn't there yet is planned like an empty one.
            Err(error) if error.kind() == ErrorKind::Missing => {
                quanta_storage::open_engine(Arc::new(Memory::new()), fresh_id())?
            }
            opened => opened?,
        };
        let program = read_only.program();
        read_only.plan_over(opened.engine.as_ref(), &program)
    }

    /// Says what a rollback would do, and changes nothing.
    ///
    /// ```
    /// # use quantadb::{Destination, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(Before,)>().open("cities")?);
    /// drop(options().entities::<(City,)>().open("cities")?);
    /// let plan = options().plan_travel("cities", &Destination::Back(1))?;
    /// assert!(plan.refusals.is_empty());
    /// assert_eq!(plan.steps().count(), 1); // The field that came goes.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such revision, and those of the engine. What would be refused is in the plan.
    pub fn plan_travel(self, path: impl AsRef<Path>, to: &Destination) -> Result<Plan> {
        let read_only = Self {
            access: Access::ReadOnly,
            ..self
        };
        let opened = read_only.open_engine(path.as_ref())?;
        let baggage = Baggage {
            code: &read_only.code_tables(),
            migrations: &read_only.migrations(),
            compile_edits,
            budget: read_only.budget(),
        };
        plan_travel(opened.engine.as_ref(), to, baggage)
    }

    pub(in super::super) fn sweep_mode(&self) -> Sweep {
        if self.access == Access::ReadOnly {
            Sweep::Off
        } else {
            self.sweep
        }
    }

    pub(in super::super) fn chosen_engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    pub(in super::super) fn app_version_text(&self) -> &str {
        &self.app_version
    }

    pub(in super::super) fn migration_hooks(&self) -> &MigrationHooks {
        &self.migration_hooks
    }

    pub(in super::super) fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(in super::super) fn budget(&self) -> Budget {
        Budget::new(self.threads)
    }

    /// Returns them for a store that is there, and what may be done with it.
    pub(in super::super) fn existing(self, access: Access) -> Self {
        Self {
            access,
            create: CreateMode::Never,
            ..self
        }
    }

    pub(in super::super) fn on_older_now(&self) -> OnOlder {
        self.policy.on_older
    }

    /// Returns where backups that are taken by themselves lie.
    pub(in super::super) fn own_backups(&self, path: &Path) -> Option<PathBuf> {
        self.backup.place_beside(path)
    }

    /// Tells whether the program gives the history that it was released with.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn has_history(&self) -> bool {
        self.history.is_some()
    }

    pub(in super::super) fn now(&self) -> fn() -> u64 {
        self.clock
    }

    pub(in super::super) fn code_tables(&self) -> BTreeMap<String, CodeTable> {
        let mut tables: BTreeMap<String, CodeTable> = BTreeMap::new();
        for declaration in self.declarations() {
            if let Ok(declared) = &declaration.declared {
                tables.insert(declaration.table.clone(), CodeTable::of(declared));
            }
        }
        for migration in self.migrations() {
            if let MigrationWork::Rows(work) = &migration.work
                && let Ok((table, _)) = &work.declared
            {
                tables.entry(table.clone()).or_default().add(migration);
            }
        }
        tables
    }

    pub(crate) fn declarations(&self) -> Vec<&Declaration> {
        let mut declarations: Vec<&Declaration> = match &self.entities {
            Some(entities) => entities.iter().map(Known::declaration).collect(),
            None => linked(),
        };
        for declaration in self.registered.iter().map(Known::declaration) {
            // Registered at link time and by hand is once.
            if !declarations.iter().any(|known| std::ptr::eq(*known, declaration)) {
                declarations.push(declaration);
            }
        }
        declarations
    }

    pub(crate) fn migrations(&self) -> Vec<&'static MigrationDeclaration> {
        let mut migrations = match &self.entities {
            Some(_) => Vec::new(),
            None => linked_migrations(),
        };
        for migration in &self.migrations {
            if !migrations.iter().any(|known| std::ptr::eq(*known, *migration)) {
                migrations.push(migration);
            }
        }
        migrations
    }

    /// Lists the entities that may have validators.
    fn validating(&self) -> Vec<&'static Declaration> {
        let linked_in = |known: &Known| match known {
            Known::Linked(declaration) => Some(*declaration),
            Known::Given(_) => None,
        };
        let mut entities = match &self.entities {
            Some(entities) => entities.iter().filter_map(linked_in).collect(),
            None => linked(),
        };
        entities.extend(self.registered.iter().filter_map(linked_in));
        entities.retain(|entity| entity.validate.is_some());
        entities
    }

    fn view_declarations(&self) -> Vec<&'static ViewDeclaration> {
        let mut views = match (&self.views, &self.entities) {
            (Some(views), _) => views.clone(),
            (None, Some(_)) => Vec::new(),
            (None, None) => linked_views(),
        };
        for view in &self.registered_views {
            if !views.iter().any(|known| std::ptr::eq(*known, *view)) {
                views.push(view);
            }
        }
        views
    }

    pub(in super::super) fn program(&self) -> Program<'_> {
        Program {
            declarations: self.declarations(),
            views: self.view_declarations(),
            migrations: self.migrations(),
        }
    }

    pub(super) fn check_approved(&self, plan: &Plan) -> Result<()> {
        let mut left = plan.clone();
        left.forget_unchanged();
        if left.is_empty() {
            return Ok(());
        }
        let token = plan.token();
        match &self.approved {
            Some(approved) if *approved != token => {
                let problem = format!(
                    "the plan that was approved is {approved}, and this is {token}: nothing was changed; look at the plan again"
                );
                Err(Error::new(ErrorKind::Refused, problem).with_detail(Arc::new(plan.clone())))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn backups(&self, path: &Path, marker: &Marker) -> AutoBackups {
        let has_files = !matches!(self.engine, Some(Engine::Memory(_) | Engine::Custom(_)));
        AutoBackups::new(&self.backup, has_files.then_some(path), marker, &self.app_version)
    }

    pub(in super::super) fn request<'a>(&'a self, program: &'a Program<'a>) -> Request<'a> {
        Request {
            declarations: &program.declarations,
            views: &program.views,
            migrations: &program.migrations,
            history: self.history.as_deref(),
            policy: &self.policy,
            app_version: &self.app_version,
            time_ms: (self.clock)(),
            hold: self.hold,
            meter: &self.meter,
            budget: self.budget(),
            before: &|_, _| Ok(None),
            file: None,
            compile_edits,
        }
    }

    pub(in super::super) fn open_engine(&self, path: &Path) -> Result<Opened> {
        let kind = match &self.engine {
            Some(Engine::Memory(memory)) => return self.open_given(Arc::new(memory.clone())),
            Some(Engine::Custom(engine)) => return self.open_given(Arc::clone(engine)),
            Some(Engine::Fjall) => Some(EngineKind::Fjall),
            Some(Engine::Sled) => Some(EngineKind::Sled),
            Some(Engine::Redb) => Some(EngineKind::Redb),
            None => None,
        };
        let mut options = OpenOptions {
            engine: kind,
            create: self.create,
            ..OpenOptions::default()
        };
        if self.access == Access::ReadOnly {
            options.access = StorageAccess::ReadOnly;
            options.create = CreateMode::Never;
        }
        Ok(quanta_storage::open(path, &options, fresh_id())?)
    }

    /// Opens an engine that is there already. Whoever may create no store writes no marker either.
    fn open_given(&self, engine: Arc<dyn quanta_storage::Engine>) -> Result<Opened> {
        let may_create = self.create != CreateMode::Never && self.access == Access::ReadWrite;
        if !may_create && !engine.get(MARKER_KEY, &mut |_| {})? {
            let problem = format!(
                "there is no store in the {} engine: allow to create one",
                engine.name()
            );
            return Err(Error::new(ErrorKind::Missing, problem));
        }
        Ok(quanta_storage::open_engine(engine, fresh_id())?)
    }
}
