//! Running files one after the other, each as a change of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use quanta_storage::{Engine, Snapshot};

use crate::custom::MigrationDeclaration;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{self, CodeTable, FileRun, Request};
use crate::migration_file::{
    Applied, MigrationFile, TRACKER_FORMAT, Tracked, TrackedFile, Tracker, apply, unsaid,
};
use crate::model::Declaration;
use crate::plan::{AppliedFile, ConsumedHints, Direction, Head, OnOlder, Plan, Policy};

use crate::query::compile_edits;

use super::super::backup::AutoBackups;
use super::super::migration_hooks::{Migration, MigrationHooks};
use super::given::{Files, Loaded};
use super::look::{Remembered, current_tables};
use super::report::{FileReport, FilesStatus, RunFiles};

/// What a program brings along where files are run.
#[derive(Clone, Copy)]
pub(in crate::db) struct Around<'a> {
    /// How the program's own entities are opened.
    pub(in crate::db) request: &'a Request<'a>,
    /// Its functions, by table.
    pub(in crate::db) code: &'a BTreeMap<String, CodeTable>,
    /// What takes backups, and whom to tell; none where nothing is changed.
    pub(in crate::db) backups: Option<(&'a AutoBackups, &'a MigrationHooks)>,
}

/// What was run, and what is known of files by now.
#[derive(Debug, Default)]
pub(in crate::db) struct Ran {
    pub(in crate::db) reports: Vec<FileReport>,
    /// The ids of files that none depends on: what comes next depends on them.
    pub(in crate::db) leaves: Vec<String>,
    /// The ids of all files.
    pub(in crate::db) ids: Vec<String>,
    /// What is worth knowing.
    pub(in crate::db) notes: Vec<String>,
    /// Whether the last of the reports is of a file that would be refused: only where nothing is changed.
    pub(in crate::db) is_refused: bool,
}

impl Files {
    /// Runs the files that are to be run.
    ///
    /// # Errors
    ///
    /// If files are wrong, or one is refused: those before it stay applied.
    pub(in crate::db) fn run(
        &self,
        engine: &dyn Engine,
        around: Around<'_>,
        which: &RunFiles,
    ) -> Result<Ran> {
        if self.is_empty() {
            return Ok(Ran::default());
        }
        let remembered = Remembered::read(engine)?;
        let loaded = self.load(&around.request.policy.skip_tags, &remembered)?;
        remembered.check_unchanged(&loaded)?;
        let mut ran = Ran {
            leaves: leaves(&loaded),
            ids: loaded.files.iter().map(|file| file.id.clone()).collect(),
            ..Ran::default()
        };
        let pending = chosen(remembered.pending(&loaded), which, (&loaded, &remembered))?;
        for file in pending {
            match run_one(engine, file, around, &remembered) {
                Ok(report) => ran.reports.push(report),
                Err(error) if around.backups.is_none() && error.plan().is_some() => {
                    ran.reports.extend(refused(file, &error));
                    ran.is_refused = true;
                    break;
                }
                Err(error) => return Err(error.at(file.place())),
            }
        }
        Ok(ran)
    }

    /// Tells whether files are to be run.
    ///
    /// # Errors
    ///
    /// If files are wrong, and those of the engine.
    pub(in crate::db) fn are_pending(&self, engine: &dyn Engine, policy: &Policy) -> Result<bool> {
        if self.is_empty() {
            return Ok(false);
        }
        let remembered = Remembered::read(engine)?;
        let loaded = self.load(&policy.skip_tags, &remembered)?;
        remembered.check_unchanged(&loaded)?;
        Ok(!remembered.pending(&loaded).is_empty())
    }

    /// Tells where each file stands.
    ///
    /// # Errors
    ///
    /// If files are wrong, and those of the engine.
    pub(in crate::db) fn status(&self, engine: &dyn Engine, policy: &Policy) -> Result<FilesStatus> {
        let remembered = Remembered::read(engine)?;
        let loaded = self.load(&policy.skip_tags, &remembered)?;
        Ok(remembered.status(&loaded))
    }

    /// Brings the tracker up to date; tells what was wrong with it.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub(in crate::db) fn track(&self, engine: &dyn Engine, store: &str) -> Result<Option<String>> {
        let Some(path) = &self.tracker else {
            return Ok(None);
        };
        let remembered = Remembered::read(engine)?;
        let applied = remembered.applied().into_iter().map(|(record, revision)| {
            let file = MigrationFile::from_toml(&record.file.id, &record.file.text);
            TrackedFile {
                id: record.file.id.clone(),
                checksum: file.map_or_else(|_| String::new(), |file| file.checksum()),
                revision,
                time_ms: record.time_ms,
            }
        });
        let truth = Tracked {
            format: TRACKER_FORMAT.to_owned(),
            store: store.to_owned(),
            applied: applied.collect(),
        };
        Tracker {
            path: PathBuf::from(path),
        }
        .update(&truth)
    }
}

/// Returns what is known of a file that a dry run refuses.
fn refused(file: &MigrationFile, error: &Error) -> Option<FileReport> {
    Some(FileReport {
        id: file.id.clone(),
        name: file.name.clone(),
        revision: 0,
        plan: error.plan()?.clone(),
    })
}

fn leaves(loaded: &Loaded) -> Vec<String> {
    let kept = || loaded.files.iter().filter(|file| !loaded.left.contains(&file.id));
    kept()
        .filter(|file| !kept().any(|other| other.depends_on.contains(&file.id)))
        .map(|file| file.id.clone())
        .collect()
}

pub(super) fn chosen<'l>(
    mut pending: Vec<&'l MigrationFile>,
    which: &RunFiles,
    (loaded, remembered): (&Loaded, &Remembered),
) -> Result<Vec<&'l MigrationFile>> {
    match which {
        RunFiles::All => {}
        RunFiles::Next => pending.truncate(1),
        RunFiles::UpTo(id) => {
            let position = pending.iter().position(|file| file.id == *id);
            if let Some(position) = position {
                pending.truncate(position + 1);
            } else if remembered.applied_at(id).is_some() {
                pending.clear();
            } else {
                let known: Vec<&str> = loaded.files.iter().map(|file| file.id.as_str()).collect();
                let problem = format!(
                    "there is no migration file {id} to run: there are {}",
                    known.join(", ")
                );
                return Err(Error::new(ErrorKind::NotFound, problem));
            }
        }
    }
    Ok(pending)
}

/// Runs one file: a change of its own, that is made current as a whole or not at all.
fn run_one(
    engine: &dyn Engine,
    file: &MigrationFile,
    around: Around<'_>,
    remembered: &Remembered,
) -> Result<FileReport> {
    let _span = tracing::info_span!("migration_file", id = %file.id).entered();
    let mark = AppliedFile {
        id: file.id.clone(),
        text: file.to_toml(),
        is_fake: false,
    };
    let snapshot = engine.snapshot()?;
    let head = crate::catalog::read_standpoint(snapshot.as_ref())?.map_or_else(Head::empty, |(_, head)| head);
    let tables = current_tables(snapshot.as_ref(), &head)?;
    drop(snapshot);
    let wrong = |problem: String| Error::new(ErrorKind::MigrationFile, problem);
    check_written(file, &mark.text)?;
    let applied = apply(file, &tables).map_err(wrong)?;
    check_edits(&applied).map_err(wrong)?;
    let declarations: Vec<&Declaration> = applied.declarations.iter().collect();
    let migrations = own_migrations(&applied, around.request.migrations)?;
    let policy = policy_of(around.request, &applied, known_again(file, remembered));
    let before = |plan: &Plan, state: (&dyn Snapshot, &Head)| {
        refuse_unsaid(plan, file)?;
        if let Some((backups, hooks)) = around.backups {
            hooks.before(Migration::File(&file.id), plan)?;
            backups.before(plan, state, around.request.time_ms)?;
        }
        Ok(None)
    };
    let request = Request {
        declarations: &declarations,
        views: &[],
        migrations: &migrations,
        history: None,
        policy: &policy,
        before: &before,
        file: Some(FileRun {
            file: &mark,
            edits: &applied.edits,
            code: around.code,
        }),
        ..*around.request
    };
    let failed = |error| match around.backups {
        Some((_, hooks)) => hooks.failed(Migration::File(&file.id), error),
        None => error,
    };
    let mut opening = migrate::open(engine, &request).map_err(failed)?;
    // The other tables are none of the file's business.
    opening.plan.unregistered.clear();
    if let Some((backups, hooks)) = around.backups {
        backups.after(&opening.plan);
        hooks.after(Migration::File(&file.id), &opening.plan, opening.head.revision);
    }
    tracing::info!(revision = opening.head.revision, "migration file ran");
    Ok(FileReport {
        id: file.id.clone(),
        name: file.name.clone(),
        revision: opening.head.revision,
        plan: opening.plan,
    })
}

/// Checks that the text which the ledger keeps says what the file says.
fn check_written(file: &MigrationFile, text: &str) -> Result<()> {
    if MigrationFile::from_toml(&file.id, text)?.checksum() == file.checksum() {
        return Ok(());
    }
    let problem = "it holds a value that has no form in a file, such as none";
    Err(Error::new(ErrorKind::MigrationFile, problem))
}

/// Checks filters and values against the tables as they are afterwards, whether there are rows or not.
fn check_edits(applied: &Applied) -> std::result::Result<(), String> {
    for (table, edit) in &applied.edits {
        let schema = applied.tables.get(table).map(|table| &table.schema);
        let schema = schema.ok_or_else(|| format!("there is no table {table}"))?;
        for edits in [&edit.up, &edit.down] {
            compile_edits(edits, schema)
                .map(drop)
                .map_err(|problem| format!("table {table}: {problem}"))?;
        }
    }
    Ok(())
}

/// Tells whether the very same file was run in this store before: then it goes along what was recorded.
fn known_again(file: &MigrationFile, remembered: &Remembered) -> Direction {
    let records = remembered.records.get(&file.id).into_iter().flatten();
    let mut texts = records
        .filter(|record| !record.file.is_fake)
        .map(|record| &record.file.text);
    let is_same = |text: &String| {
        MigrationFile::from_toml(&file.id, text).is_ok_and(|was| was.checksum() == file.checksum())
    };
    if texts.any(is_same) {
        Direction::Onward
    } else {
        Direction::Forward
    }
}

fn policy_of(request: &Request<'_>, applied: &Applied, direction: Direction) -> Policy {
    let policy = request.policy;
    // What the program declares of a view, or that it drops one, comes behind all files.
    let declared_views = request.views.iter().map(|view| view.name.clone());
    let dropped_views = policy.drop_views.iter().cloned();
    Policy {
        on_older: OnOlder::Refuse,
        direction,
        drop_tables: applied.dropped.clone(),
        drop_views: Default::default(),
        yielding_views: declared_views.chain(dropped_views).collect(),
        consumed: ConsumedHints::Fresh,
        ..policy.clone()
    }
}

/// Finds the migrations of the program's own that a file names.
fn own_migrations<'m>(
    applied: &Applied,
    known: &[&'m MigrationDeclaration],
) -> Result<Vec<&'m MigrationDeclaration>> {
    let find = |id: &String| {
        known.iter().copied().find(|migration| migration.hints.id == *id).ok_or_else(|| {
            let problem = format!(
                "it runs the migration {id}, which this program doesn't have: run it with the program that has it, through \
                 quanta_cli::run"
            );
            Error::new(ErrorKind::OwnCode, problem)
        })
    };
    applied.runs.iter().map(find).collect()
}

/// Refuses a plan that takes something away which the file doesn't say.
fn refuse_unsaid(plan: &Plan, file: &MigrationFile) -> Result<()> {
    let unsaid = unsaid(plan.steps(), &file.up);
    let Some(first) = unsaid.first() else {
        return Ok(());
    };
    let problem = format!("the store would also {first}, and the file doesn't say so");
    Err(Error::new(ErrorKind::MigrationFile, problem))
}
