//! `migrate`: brings a store to the shape of the program's entities.

use quanta_core::{Destination, ErrorKind, MigrationSource, Plan, RunFiles, Sweep};
use serde_json::{Value, json};

use super::plan::{Files, options};
use crate::args::MigrateArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::program::Program;
use crate::progress;
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples, where the program is a binary of an app that calls quanta_cli::run:
  cargo run --bin manage -- migrate app.quanta
  cargo run --bin manage -- migrate app.quanta --plan 0123456789abcdef --sweep
  quanta migrate app.quanta --migrations migrations
  quanta migrate app.quanta --migrations migrations --step
  quanta migrate app.quanta --release 1.2.0

It does what the program itself does when it opens the store: migration files that are not applied run first, each as a
change of its own, and then the entities are compared. Without a program there are only the files. With --plan, only the
plan that has this token is run; with --to, --step or --fake, only files, and with --to and a number or --release, the
store goes to a revision that it had: back, it is held there as by `rollback`. A number that is the id of a file means the file.

JSON: {\"revision\", \"changed\", \"token\", \"swept_rows\": null without --sweep,
       \"plan\": {\"class\", \"cost\", \"files\", \"tables\", \"views\", \"refusals\", \"unregistered\", \"notes\"}}
With --to FILE, --step or --fake: {\"revision\", \"files\": [{\"id\", \"name\", \"revision\", \"plan\"}], \"notes\"}";

/// Runs the command.
pub fn run(program: &Program, args: &MigrateArgs, out: &mut Output) -> Result<Exit, Failure> {
    match travel_to(args)? {
        Some(to) => return travel(args, &to, out),
        None if args.step || args.fake || args.to.is_some() => return run_files(program, args, out),
        None => {}
    }
    let (bar, hook) = progress::of_rows();
    let mut options = options(program, asked_for(args), "migrate")?
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
    let mut plan = db.open_report().plan.clone();
    if let Program::Standalone = program {
        // Without entities, that a table has none is nothing to tell.
        plan.unregistered.clear();
    }
    told(&plan, db.open_report().revision, swept, out)?;
    Ok(Exit::Ok)
}

fn asked_for(args: &MigrateArgs) -> Files<'_> {
    Files {
        directories: &args.migrations,
        skip_tags: &args.skip_tag,
    }
}

/// Returns the revision that is asked for; none if files are. A number that is the id of a file means the file.
fn travel_to(args: &MigrateArgs) -> Result<Option<Destination>, Failure> {
    if let Some(name) = &args.release {
        return Ok(Some(Destination::Release(name.clone())));
    }
    let revision = args.to.as_ref().and_then(|to| to.parse().ok());
    let Some(revision) = revision.filter(|_| !args.fake) else {
        return Ok(None);
    };
    for directory in &args.migrations {
        let files = MigrationSource::directory(directory).files()?;
        if files.iter().any(|file| Some(&file.id) == args.to.as_ref()) {
            return Ok(None);
        }
    }
    Ok(Some(Destination::Revision(revision)))
}

fn travel(args: &MigrateArgs, to: &Destination, out: &mut Output) -> Result<Exit, Failure> {
    let (bar, hook) = progress::of_rows();
    let db = store::writable(Sweep::Off).progress(hook).open(&args.store)?;
    let gone = match to {
        Destination::Back(count) => db.rollback(*count),
        Destination::Revision(revision) => db.migrate_to(*revision),
        Destination::Release(name) => db.migrate_to_release(name),
    };
    bar.finish_and_clear();
    let report = gone?;
    let swept = match args.sweep {
        true => Some(
            store::writable(Sweep::On)
                .open(&args.store)?
                .sweep()
                .wait()?
                .rows_rewritten,
        ),
        false => None,
    };
    told(&report.plan, report.revision, swept, out)?;
    Ok(Exit::Ok)
}

fn run_files(program: &Program, args: &MigrateArgs, out: &mut Output) -> Result<Exit, Failure> {
    let which = match &args.to {
        Some(id) => RunFiles::UpTo(id.clone()),
        None if args.step => RunFiles::Next,
        None => RunFiles::All,
    };
    let (bar, hook) = progress::of_rows();
    let mut options = options(program, asked_for(args), "migrate")?.progress(hook);
    if !args.create {
        options = options.must_exist();
    }
    let ran = match args.fake {
        true => options.note_files(&args.store, &which),
        false => options.run_files(&args.store, &which),
    };
    bar.finish_and_clear();
    let report = ran?;
    if out.json {
        out.value(&report.to_json())?;
        return Ok(Exit::Ok);
    }
    out.text(&report.to_text(out.style()))?;
    let what = if args.fake { "noted" } else { "run" };
    let files = output::count(report.files.len() as u64, "file");
    out.line(&format!("{files} {what}, at revision {}", report.revision))?;
    Ok(Exit::Ok)
}

fn told(plan: &Plan, revision: u64, swept: Option<u64>, out: &mut Output) -> std::io::Result<()> {
    if out.json {
        return out.value(&json!({
            "revision": revision,
            "changed": !plan.is_empty(),
            "token": plan.token(),
            "swept_rows": swept.map_or(Value::Null, Value::from),
            "plan": plan.to_json(),
        }));
    }
    out.text(&plan.to_text(out.style()))?;
    out.line(&format!("at revision {revision}"))?;
    match swept {
        Some(rows) => out.line(&format!("{} rewritten", output::count(rows, "row"))),
        None => Ok(()),
    }
}
