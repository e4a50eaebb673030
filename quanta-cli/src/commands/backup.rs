//! `quanta backup`: a store in one file.

use crate::args::BackupArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta backup app.quanta monday.backup
  quanta restore monday.backup --check

A program that has the store open takes backups itself: Database::backup, or Options::backup before each change.

JSON: {\"path\", \"revision\", \"records\", \"bytes\": of keys and values}";

/// Runs the command.
pub fn run(args: &BackupArgs, out: &mut Output) -> Result<Exit, Failure> {
    let report = store::open(&args.store)?.backup(&args.file)?;
    if out.json {
        out.value(&report.to_json())?;
    } else {
        out.line(&format!(
            "{}: revision {}, {}, {}",
            report.path.display(),
            report.revision,
            output::count(report.records, "record"),
            output::bytes(report.bytes)
        ))?;
    }
    Ok(Exit::Ok)
}
