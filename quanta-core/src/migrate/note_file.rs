//! Noting a migration file as applied, without running it.

use quanta_storage::Engine;

use crate::catalog::read_standpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{AppliedFile, LedgerKind, Plan};

use super::switch::{Entry, switch};

/// Notes a file as applied: a revision in which no table moves. Returns its number.
///
/// # Errors
///
/// If the store is empty, somebody moves it meanwhile, or the engine fails.
pub fn note_file(engine: &dyn Engine, file: AppliedFile, (app_version, time_ms): (&str, u64)) -> Result<u64> {
    let standpoint = read_standpoint(engine.snapshot()?.as_ref())?;
    let Some((epoch, mut head)) = standpoint else {
        return Err(Error::new(ErrorKind::NotFound, "the store is empty"));
    };
    let revision = head.counters.revision;
    head.migrations.insert(file.id.clone(), revision);
    let entry = Entry {
        kind: LedgerKind::File,
        revision,
        plan_digest: Plan::default().digest(),
        time_ms,
        app_version: app_version.to_owned(),
        rows_checked: 0,
        rows_built: 0,
        migrations: Vec::new(),
        release: None,
        file: Some(file),
    };
    switch(engine, Some(epoch), &head, (&[], &[]), Some(entry))?;
    Ok(revision)
}
