//! Files that are written for changes of the program's entities.

use std::path::{Path, PathBuf};

use quanta_storage::Snapshot;

use crate::error::{Error, ErrorKind, Result};
use crate::migration_file::{DRAFT_ENDING, MigrationFile, draft, name_of, next_file_id};
use crate::model::Declaration;
use crate::plan::{AppliedFile, Head, Movement, Plan};

use super::given::Files;
use super::look::current_tables;
use super::run::Ran;

/// What was written for a change.
#[derive(Debug, Default)]
pub(in crate::db) struct Written {
    /// The file, as the ledger remembers it.
    pub(in crate::db) file: Option<AppliedFile>,
    /// Why there is none.
    pub(in crate::db) note: Option<String>,
}

impl Files {
    /// Writes a file for a change of the program's entities, or refuses the change if only files may make it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] names the draft that was written; and those of the file system.
    pub(in crate::db) fn before_change(
        &self,
        (plan, time_ms): (&Plan, u64),
        (snapshot, head): (&dyn Snapshot, &Head),
        (ran, declarations): (&Ran, &[&Declaration]),
    ) -> Result<Written> {
        if !changes_something(plan) || (self.directory.is_none() && !self.is_reviewed) {
            return Ok(Written::default());
        }
        let tables = current_tables(snapshot, head)?;
        let id = next_file_id(time_ms, ran.ids.iter().map(String::as_str), &name_of(plan));
        let drafted = draft(plan, &id, &tables).map(|file| MigrationFile {
            depends_on: ran.leaves.clone(),
            ..file
        });
        if self.is_reviewed {
            return Err(self.refuse(plan, drafted)?);
        }
        let (Some(directory), Ok(file)) = (&self.directory, &drafted) else {
            let note = drafted
                .err()
                .map(|problem| format!("no migration file was written for this change: {problem}"));
            return Ok(Written { file: None, note });
        };
        let text = file.to_toml();
        let place = directory.join(module_of(plan, declarations));
        std::fs::create_dir_all(&place).map_err(|error| unwritten(&place, error))?;
        quanta_storage::replace_file(&place.join(format!("{id}.toml")), text.as_bytes())?;
        tracing::info!(%id, "migration file written");
        let file = AppliedFile {
            id,
            text,
            is_fake: false,
        };
        Ok(Written {
            file: Some(file),
            note: None,
        })
    }

    /// Says that a change needs a file, and writes a draft of it where there is a place for it.
    fn refuse(&self, plan: &Plan, drafted: std::result::Result<MigrationFile, String>) -> Result<Error> {
        let what =
            "the entities are not what the migration files lead to, and only files may change this store";
        let problem = match (drafted, &self.directory) {
            (Err(problem), _) => format!("{what}; no draft can be written: {problem}"),
            (Ok(file), None) => format!("{what}. This is the file that is missing:\n{}", file.to_toml()),
            (Ok(file), Some(directory)) => {
                let path = write_draft(directory, &file)?;
                let name = path.display().to_string();
                let name = name.strip_suffix(DRAFT_ENDING).unwrap_or(&name);
                format!(
                    "{what}. A draft of the file that is missing is at {}: look at it, and rename it to {name}.toml",
                    path.display()
                )
            }
        };
        Ok(Error::new(ErrorKind::Refused, problem).with_detail(std::sync::Arc::new(plan.clone())))
    }
}

/// Tells whether a plan makes a shape that files have to lead to. Going along recorded edges does not.
fn changes_something(plan: &Plan) -> bool {
    plan.tables.iter().any(|table| match table.movement {
        Movement::Travel { .. } => false,
        Movement::Relabel => !table.steps.is_empty(),
        Movement::Create { .. }
        | Movement::Change { .. }
        | Movement::Reenter { .. }
        | Movement::Follow { .. }
        | Movement::Drop => true,
    })
}

/// Returns the directory for a change of the tables of one module, as the program's modules lie in each other.
fn module_of(plan: &Plan, declarations: &[&Declaration]) -> PathBuf {
    let module = |table: &str| {
        let declaration = declarations
            .iter()
            .find(|declaration| declaration.table == table)?;
        let mut parts: Vec<&str> = declaration.rust_name.split("::").collect();
        parts.pop();
        // The first is the crate.
        Some(parts.into_iter().skip(1).collect::<PathBuf>())
    };
    let mut modules = plan
        .tables
        .iter()
        .filter(|table| !table.steps.is_empty())
        .map(|table| module(&table.name));
    let Some(first) = modules.next().flatten() else {
        return PathBuf::new();
    };
    if modules.all(|module| module.as_ref() == Some(&first)) {
        first
    } else {
        PathBuf::new()
    }
}

/// Writes a draft, unless one that says the same is there.
fn write_draft(directory: &Path, file: &MigrationFile) -> Result<PathBuf> {
    std::fs::create_dir_all(directory).map_err(|error| unwritten(directory, error))?;
    let entries = std::fs::read_dir(directory).map_err(|error| unwritten(directory, error))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let is_draft = path.to_string_lossy().ends_with(DRAFT_ENDING);
        let text = is_draft.then(|| std::fs::read_to_string(&path).ok()).flatten();
        let known = text.and_then(|text| MigrationFile::from_toml("draft", &text).ok());
        if known.is_some_and(|known| known.up == file.up && known.depends_on == file.depends_on) {
            return Ok(path);
        }
    }
    let path = directory.join(format!("{}{DRAFT_ENDING}", file.id));
    quanta_storage::replace_file(&path, file.to_toml().as_bytes())?;
    Ok(path)
}

fn unwritten(path: &Path, error: std::io::Error) -> Error {
    quanta_storage::Error::io(format_args!("writing {}", path.display()), error).into()
}
