//! Functions of the program that are told of migrations, and may stop them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result, panic_text};
use crate::plan::Plan;
use crate::progress::Progress;

/// What takes a store from one shape to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Migration<'a> {
    /// An open with the program's entities.
    Entities,
    /// The migration file with this id.
    File(&'a str),
    /// A rollback, or going on to a revision that the store had.
    Travel,
}

impl fmt::Display for Migration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entities => f.write_str("the change of the entities"),
            Self::File(id) => write!(f, "the migration file {id}"),
            Self::Travel => f.write_str("the way to another revision"),
        }
    }
}

/// What a migration is at: see [`Options::on_migration`](crate::Options::on_migration).
#[derive(Debug)]
#[non_exhaustive]
pub enum MigrationEvent<'a> {
    /// It is planned and checked, its eager work is done, and nothing can be seen of it yet. An error stops it.
    Before {
        /// Which one.
        migration: Migration<'a>,
        /// What it does.
        plan: &'a Plan,
    },
    /// A batch of rows was looked at or written, also by the sweep. An error stops the work, as
    /// [`Options::progress`](crate::Options::progress) does.
    Batch(&'a Progress),
    /// It is current.
    After {
        /// Which one.
        migration: Migration<'a>,
        /// What it did.
        plan: &'a Plan,
        /// The revision afterwards.
        revision: u64,
    },
    /// It was refused or failed: the store is as it was before it.
    Failed {
        /// Which one.
        migration: Migration<'a>,
        /// Why.
        error: &'a Error,
    },
}

type Hook = dyn Fn(&MigrationEvent<'_>) -> Result<()> + Send + Sync;

/// The functions that are told, in the order in which they were named.
#[derive(Clone, Default)]
pub(super) struct MigrationHooks(Vec<Arc<Hook>>);

impl fmt::Debug for MigrationHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MigrationHooks({})", self.0.len())
    }
}

impl MigrationHooks {
    pub(super) fn add(&mut self, hook: Arc<Hook>) {
        self.0.push(hook);
    }

    /// Tells all of them what comes, until one says no. A plan that does nothing is no migration.
    pub(super) fn before(&self, migration: Migration<'_>, plan: &Plan) -> Result<()> {
        if does_nothing(plan) {
            return Ok(());
        }
        let event = MigrationEvent::Before { migration, plan };
        self.0.iter().try_for_each(|hook| {
            called(hook.as_ref(), &event).map_err(|error| error.at(format!("a hook stopped {migration}")))
        })
    }

    /// Tells all of them what was done. What they answer comes too late.
    pub(super) fn after(&self, migration: Migration<'_>, plan: &Plan, revision: u64) {
        if !does_nothing(plan) {
            self.tell(&MigrationEvent::After {
                migration,
                plan,
                revision,
            });
        }
    }

    /// Tells all of them that it failed, and hands the error on.
    pub(super) fn failed(&self, migration: Migration<'_>, error: Error) -> Error {
        self.tell(&MigrationEvent::Failed {
            migration,
            error: &error,
        });
        error
    }

    fn tell(&self, event: &MigrationEvent<'_>) {
        for hook in &self.0 {
            if let Err(error) = called(hook.as_ref(), event) {
                tracing::warn!(%error, "a hook of migrations failed");
            }
        }
    }
}

fn does_nothing(plan: &Plan) -> bool {
    let mut left = plan.clone();
    left.forget_unchanged();
    left.is_empty()
}

/// Calls a hook; a panic becomes an error.
pub(super) fn called(hook: &Hook, event: &MigrationEvent<'_>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(|| hook(event))).unwrap_or_else(|panic| {
        let problem = format!("a hook of migrations panicked: {}", panic_text(panic.as_ref()));
        Err(Error::new(ErrorKind::OwnCode, problem))
    })
}
