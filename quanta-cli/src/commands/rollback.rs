//! `quanta rollback`: takes a store back to an earlier revision.

use quanta_core::{Destination, Error, Plan, Sweep, SweepProgress};
use serde_json::json;

use crate::args::RollbackArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::progress;
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta rollback app.quanta --dry-run
  quanta rollback app.quanta 2
  quanta rollback app.quanta --to 4 --sweep
  quanta rollback app.quanta --to-release 1.2.0

JSON: {\"dry_run\", \"refused\", \"revision\": the one gone to, null if none was, \"held\",
       \"swept_rows\": null without --sweep,
       \"plan\": {\"class\", \"cost\", \"files\", \"tables\", \"refusals\", \"unregistered\", \"notes\"}}";

/// What a rollback did, or would do.
struct Done {
    plan: Plan,
    /// None if nothing was done.
    revision: Option<u64>,
    /// Whether the store is held there.
    is_held: bool,
    swept_rows: Option<u64>,
    refusal: Option<Error>,
}

/// Runs the command.
pub fn run(args: &RollbackArgs, out: &mut Output) -> Result<Exit, Failure> {
    let to = match (args.to, &args.to_release) {
        (Some(revision), _) => Destination::Revision(revision),
        (None, Some(name)) => Destination::Release(name.clone()),
        (None, None) => Destination::Back(args.revisions),
    };
    let done = if args.dry_run {
        planned(args, &to)?
    } else {
        travelled(args, to)?
    };
    let is_refused = done.refusal.is_some() || !done.plan.refusals.is_empty();
    if out.json {
        out.value(&json!({
            "dry_run": args.dry_run,
            "refused": is_refused,
            "revision": done.revision,
            "held": done.is_held,
            "swept_rows": done.swept_rows,
            "plan": done.plan.to_json(),
        }))?;
    } else {
        print(args, &done, out)?;
    }
    match done.refusal {
        Some(error) => Err(error.into()),
        None if is_refused => Ok(Exit::Findings),
        None => Ok(Exit::Ok),
    }
}

fn planned(args: &RollbackArgs, to: &Destination) -> Result<Done, Failure> {
    // A plan for a store that isn't there would be one for an empty store.
    drop(store::open(&args.store)?);
    let plan = store::writable(Sweep::Off).plan_travel(&args.store, to)?;
    Ok(Done {
        plan,
        revision: None,
        is_held: false,
        swept_rows: None,
        refusal: None,
    })
}

fn travelled(args: &RollbackArgs, to: Destination) -> Result<Done, Failure> {
    let (bar, hook) = progress::of_rows();
    let db = store::writable(Sweep::Off).progress(hook).open(&args.store)?;
    let gone = match to {
        Destination::Back(count) => db.rollback(count),
        Destination::Revision(revision) => db.migrate_to(revision),
        Destination::Release(name) => db.migrate_to_release(&name),
    };
    bar.finish_and_clear();
    let report = match gone {
        Ok(report) => report,
        Err(error) => match error.plan().cloned() {
            Some(plan) => {
                return Ok(Done {
                    plan,
                    revision: None,
                    is_held: false,
                    swept_rows: None,
                    refusal: Some(error),
                });
            }
            None => return Err(error.into()),
        },
    };
    let is_held = store::open(&args.store)?
        .head()
        .tables
        .values()
        .any(|table| table.held);
    let swept_rows = if args.sweep {
        Some(sweep(args)?.rows_rewritten)
    } else {
        None
    };
    Ok(Done {
        plan: report.plan,
        revision: Some(report.revision),
        is_held,
        swept_rows,
        refusal: None,
    })
}

/// Rewrites all rows to the shape gone to, showing how far that is.
fn sweep(args: &RollbackArgs) -> Result<SweepProgress, Failure> {
    let (bar, hook) = progress::of_rows();
    let db = store::writable(Sweep::On).progress(hook).open(&args.store)?;
    let swept = db.sweep().wait();
    bar.finish_and_clear();
    Ok(swept?)
}

fn print(args: &RollbackArgs, done: &Done, out: &mut Output) -> std::io::Result<()> {
    out.text(&done.plan.to_text(out.style()))?;
    match done.revision {
        Some(revision) if done.is_held => out.line(&format!("at revision {revision}, held"))?,
        Some(revision) => out.line(&format!("at revision {revision}"))?,
        None if args.dry_run => out.line("nothing was changed: this is what would happen")?,
        None => {}
    }
    match done.swept_rows {
        Some(rows) => out.line(&format!("{} rewritten", output::count(rows, "row"))),
        None => Ok(()),
    }
}
