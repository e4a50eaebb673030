//! `quanta forget` and `quanta erase`: deleting what is kept, on purpose.

use quanta_core::{Forget, ForgetReport, Sweep};
use serde_json::Value;

use crate::args::{ForgetArgs, ForgetWhat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::store;

/// Examples, and the shape of the JSON.
pub const FORGET_HELP: &str = "\
Examples:
  quanta forget app.quanta --all --dry-run           what is kept, how much, and what a rollback gives without it
  quanta forget app.quanta --table users             what is kept of one table; its rows, if it is gone
  quanta forget app.quanta --before 2026-01-31       what changes before that day kept

JSON: {\"dry_run\", \"sequence\": of the ledger record, null if nothing was deleted, \"rows_swept\", \"erasure\": null,
       \"total\": {\"records\", \"bytes\"},
       \"parts\": [{\"id\", \"table\", \"revision\", \"time_ms\", \"steps\": [\"..\"], \"consequences\": [\"..\"],
         \"edge\", \"up\", \"down\", \"taken_out\": {\"records\", \"bytes\"}}
        or, of a table that is gone, {.., \"rows\", \"kept\", \"taken_out\"}]}";

/// Examples, and the shape of the JSON.
pub const ERASE_HELP: &str = "\
Examples:
  quanta erase app.quanta --all --dry-run            what would be deleted
  quanta erase app.quanta --table users

JSON: as that of forget, with \"erasure\": \"files_rewritten\"";

/// How deep it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Records are deleted.
    Forget,
    /// And their bytes in the files.
    Erase,
}

/// Runs the command.
pub fn run(args: &ForgetArgs, depth: Depth, out: &mut Output) -> Result<Exit, Failure> {
    let what = what(&args.what);
    let report = if args.dry_run {
        store::open(&args.store)?.plan_forget(&what)?
    } else {
        match depth {
            Depth::Forget => store::writable(Sweep::Off).open(&args.store)?.forget(&what)?,
            Depth::Erase => store::writable(Sweep::Off).erase(&args.store, &what)?,
        }
    };
    print(args, &report, out)?;
    Ok(Exit::Ok)
}

fn what(args: &ForgetWhat) -> Forget {
    match args {
        ForgetWhat {
            table: Some(table), ..
        } => Forget::Table(table.clone()),
        ForgetWhat {
            revision: Some(revision),
            ..
        } => Forget::Revision(*revision),
        ForgetWhat {
            before: Some(time_ms),
            ..
        } => Forget::Before(*time_ms),
        // One of them is there: the arguments say so.
        ForgetWhat { .. } => Forget::All,
    }
}

fn print(args: &ForgetArgs, report: &ForgetReport, out: &mut Output) -> std::io::Result<()> {
    if out.json {
        let mut json = report.to_json();
        json["dry_run"] = Value::Bool(args.dry_run);
        return out.value(&json);
    }
    out.line(&report.to_string())?;
    if args.dry_run {
        out.line("nothing was changed: this is what would be deleted")?;
    }
    Ok(())
}
