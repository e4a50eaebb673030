//! What became of migration files.

use std::fmt;

use serde_json::{Value, json};

use crate::plan::{FilePlan, Plan, Style};

/// Which files are run: see [`Options::run_files`](crate::Options::run_files).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RunFiles {
    /// All that are not applied yet.
    #[default]
    All,
    /// The next one.
    Next,
    /// All up to the one with this id.
    UpTo(String),
}

/// A migration file that was run, or would be.
#[derive(Debug, Clone, PartialEq)]
pub struct FileReport {
    /// Its id.
    pub id: String,
    /// What it does, as it says itself.
    pub name: String,
    /// The revision that it led to.
    pub revision: u64,
    /// What was done.
    pub plan: Plan,
}

impl FileReport {
    pub(in crate::db) fn into_plan(self) -> FilePlan {
        FilePlan {
            id: self.id,
            name: self.name,
            plan: self.plan,
        }
    }

    /// Returns it as JSON: `{"id", "name", "revision", "plan"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "id": self.id, "name": self.name, "revision": self.revision, "plan": self.plan.to_json() })
    }
}

/// What became of several files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FilesReport {
    /// Those that were run, or noted, in this order.
    pub files: Vec<FileReport>,
    /// The revision afterwards.
    pub revision: u64,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

impl FilesReport {
    /// Returns it as JSON: `{"revision", "files": [{"id", "name", "revision", "plan"}], "notes"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let files: Vec<Value> = self.files.iter().map(FileReport::to_json).collect();
        json!({ "revision": self.revision, "files": files, "notes": self.notes })
    }

    /// Returns it as text.
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        let mut text = String::new();
        for file in &self.files {
            text.push_str(&format!("{}: {}\n", file.id, file.name));
            for line in file.plan.to_text(style).lines() {
                text.push_str(&format!("  {line}\n"));
            }
        }
        for note in &self.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        text
    }
}

/// Where a migration file stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileState {
    /// It was run, at this revision.
    Applied {
        /// The revision that it led to.
        revision: u64,
        /// Whether it was only noted.
        is_fake: bool,
    },
    /// It is to be run.
    Pending,
    /// It is left for later, by its tags.
    Skipped,
    /// It was run, and says something else by now: a difference, line by line.
    Changed {
        /// The difference.
        difference: String,
    },
    /// It was run, and is not there any more.
    Gone,
}

impl FileState {
    /// Returns the name in reports and JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Applied { is_fake: false, .. } => "applied",
            Self::Applied { is_fake: true, .. } => "noted",
            Self::Pending => "pending",
            Self::Skipped => "skipped",
            Self::Changed { .. } => "changed",
            Self::Gone => "gone",
        }
    }
}

/// A migration file and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStatus {
    /// Its id.
    pub id: String,
    /// What it does, as it says itself.
    pub name: String,
    /// Words to choose it by.
    pub tags: Vec<String>,
    /// Where it stands.
    pub state: FileState,
}

/// All migration files: see [`Options::files_status`](crate::Options::files_status).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilesStatus {
    /// The files, in the order in which they run; those that are gone come first.
    pub files: Vec<FileStatus>,
}

impl FilesStatus {
    /// Tells whether some are to be run.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.files.iter().any(|file| file.state == FileState::Pending)
    }

    /// Returns it as JSON: `[{"id", "name", "tags", "state", "revision", "difference"}]`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let files = self.files.iter().map(|file| {
            let (revision, difference) = match &file.state {
                FileState::Applied { revision, .. } => (Some(*revision), None),
                FileState::Changed { difference } => (None, Some(difference.clone())),
                _ => (None, None),
            };
            json!({
                "id": file.id,
                "name": file.name,
                "tags": file.tags,
                "state": file.state.name(),
                "revision": revision,
                "difference": difference,
            })
        });
        files.collect()
    }
}

impl fmt::Display for FilesStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, file) in self.files.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            write!(f, "{:8} {}", file.state.name(), file.id)?;
            match &file.state {
                FileState::Applied { revision, .. } => write!(f, ", revision {revision}")?,
                FileState::Changed { difference } => {
                    for line in difference.lines() {
                        write!(f, "\n    {line}")?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
