//! `migrate`: brings a store to the shape of the program's entities.

use quanta_core::{ErrorKind, OpenReport, Sweep};
use serde_json::{Value, json};

use super::plan::options;
use crate::args::MigrateArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::program::Program;
use crate::progress;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples, where the program is a binary of an app that calls quanta_cli::run:
  cargo run --bin manage -- migrate app.quanta
  cargo run --bin manage -- migrate app.quanta --plan 0123456789abcdef --sweep

It does what the program itself does when it opens the store. With --plan, only the plan that has this token is run.

JSON: {\"revision\", \"changed\", \"token\", \"swept_rows\": null without --sweep,
       \"plan\": {\"class\", \"cost\", \"tables\", \"views\", \"refusals\", \"unregistered\", \"notes\"}}";

/// Runs the command.
pub fn run(program: &Program, args: &MigrateArgs, out: &mut Output) -> Result<Exit, Failure> {
    let (bar, hook) = progress::of_rows();
    let mut options = options(program, "migrate")?
        .clone()
        .sweep(Sweep::Off)
        .progress(hook);
    if !args.create {
        options = options.must_exist();
    }
    if let Some(token) = &args.plan {
        options = options.approved(token);
    }
    let opened = options.open(&args.store);
    bar.finish_and_clear();
    let db = match opened {
        Ok(db) => db,
        Err(error) if error.kind() == ErrorKind::Refused => {
            if let Some(plan) = error.plan().filter(|_| !out.json) {
                out.text(&plan.to_text(out.style()))?;
            }
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    let swept = if args.sweep {
        Some(db.sweep().wait()?.rows_rewritten)
    } else {
        None
    };
    bar.finish_and_clear();
    print(db.open_report(), swept, out)?;
    Ok(Exit::Ok)
}

fn print(report: &OpenReport, swept: Option<u64>, out: &mut Output) -> std::io::Result<()> {
    let changed = !report.plan.is_empty();
    if out.json {
        return out.value(&json!({
            "revision": report.revision,
            "changed": changed,
            "token": report.plan.token(),
            "swept_rows": swept.map_or(Value::Null, Value::from),
            "plan": report.plan.to_json(),
        }));
    }
    out.text(&report.plan.to_text(out.style()))?;
    out.line(&format!("at revision {}", report.revision))?;
    match swept {
        Some(rows) => out.line(&format!("{} rewritten", output::count(rows, "row"))),
        None => Ok(()),
    }
}
