//! `quanta restore`: a store from a backup.

use quanta_core::Backup;
use serde_json::{Value, json};

use crate::args::RestoreArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::time::rfc3339;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta restore monday.backup app.quanta
  quanta restore monday.backup copy.quanta --to-engine redb
  quanta restore monday.backup --check

JSON: {\"backup\": {\"path\", \"store_id\", \"engine\", \"format\", \"revision\", \"time_ms\", \"app_version\", \"records\",
       \"bytes\"}, \"store\": the directory, null with --check}";

/// Runs the command.
pub fn run(args: &RestoreArgs, out: &mut Output) -> Result<Exit, Failure> {
    let backup = Backup::check(&args.file)?;
    if let Some(store) = &args.store {
        match args.to_engine {
            Some(engine) => backup.restore_on(store, engine.kind())?,
            None => backup.restore(store)?,
        };
    }
    let store = args.store.as_ref().map(|store| store.display().to_string());
    if out.json {
        out.value(&json!({ "backup": backup.to_json(), "store": store.map_or(Value::Null, Value::from) }))?;
        return Ok(Exit::Ok);
    }
    let what = format!(
        "revision {} of store {}, {}, {}, of {}",
        backup.revision(),
        backup.store_id(),
        output::count(backup.records(), "record"),
        output::bytes(backup.bytes()),
        rfc3339(backup.time_ms())
    );
    match store {
        Some(store) => out.line(&format!("{store}: restored from {}: {what}", args.file.display()))?,
        None => out.line(&format!("{}: {}: {what}", args.file.display(), out.good("whole")))?,
    }
    Ok(Exit::Ok)
}
