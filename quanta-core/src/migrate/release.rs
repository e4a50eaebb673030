//! Giving the current revision a name.

use std::sync::Arc;

use quanta_storage::{Engine, Snapshot};

use crate::catalog::{Release, check_release_name, read_ledger, read_standpoint, releases};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{LedgerKind, Plan};

use super::switch::{Entry, Switched, switch};

/// What became of a name.
#[derive(Debug)]
pub enum Labelled {
    /// The revision has it now; this is where the store stands.
    Now(Release, Switched),
    /// The revision had it already, and nothing was done.
    Before(Release),
}

/// Gives the current revision a name, if the store is still at that epoch. No table moves.
///
/// # Errors
///
/// If the name can't be one or is another revision's, the store has moved, or the engine fails.
pub fn release(
    engine: &dyn Engine,
    epoch: u64,
    name: &str,
    (app_version, time_ms): (&str, u64),
) -> Result<Labelled> {
    check_release_name(name).map_err(|problem| {
        let name = name.escape_debug();
        Error::new(
            ErrorKind::BadName,
            format!("a release can't be named \"{name}\": {problem}"),
        )
    })?;
    let snapshot: Arc<dyn Snapshot> = Arc::from(engine.snapshot()?);
    let standpoint = read_standpoint(snapshot.as_ref())?;
    let Some((_, head)) = standpoint.filter(|(stored, _)| *stored == epoch) else {
        let problem = "another process changed the store meanwhile: open it again";
        return Err(Error::new(ErrorKind::SchemaMoved, problem));
    };
    let known = releases(&read_ledger(snapshot.as_ref(), &head)?);
    match known.into_iter().find(|release| release.name == name) {
        Some(known) if known.revision == head.revision => return Ok(Labelled::Before(known)),
        Some(known) => {
            let problem = format!(
                "revision {} is named {name} already, and revision {} is to be: a name stays where it is, so take \
                 another one",
                known.revision, head.revision
            );
            return Err(Error::new(ErrorKind::NameTaken, problem));
        }
        None => {}
    }
    let entry = Entry {
        kind: LedgerKind::Release,
        revision: head.revision,
        plan_digest: Plan::default().digest(),
        time_ms,
        app_version: app_version.to_owned(),
        rows_checked: 0,
        rows_built: 0,
        migrations: Vec::new(),
        release: Some(name.to_owned()),
        file: None,
    };
    let named = Release {
        name: name.to_owned(),
        revision: head.revision,
        time_ms,
        app_version: app_version.to_owned(),
        sequence: head.ledger_records,
    };
    let switched = switch(engine, Some(epoch), &head, (&[], &[]), Some(entry))?;
    Ok(Labelled::Now(named, switched))
}
